# SPDX-License-Identifier: EUPL-1.2
"""See scenarios/rotation.sh. WIJKHUB_REFERRALS: how many at least."""
import json
import os
import shutil
import sys
import tempfile
import threading
import time

from kill9 import Lane, check_arrival, check_broker
from stage import ROOT, Failed, Stage, wait_for
from withdraw_check import ms

REFERRALS = int(os.environ.get("WIJKHUB_REFERRALS", "200"))
ROTATED = ["wpi", "buurtteam"]
TAKES_MS = 1000  # an emergency: from the register's file to its being in force
STEP_S = 0.05


class Alliance:
    """Signs registers, each with the keys of a folder and the one before."""

    def __init__(self, stage):
        self.stage, self.version = stage, 1
        with open(os.path.join(ROOT, "ops", "covenant-nieuw-west.yaml"),
                  encoding="utf-8") as file:
            self.covenant = file.read()

    def sign(self, keys, *arguments):
        """A register of the next version in place; when, by the clock."""
        stage = self.stage
        self.version += 1
        text = self.covenant.replace("\nversion: 1\n",
                                     f"\nversion: {self.version}\n")
        covenant = stage._write("covenant.yaml", text)
        stage.wijkhub("register", "sign", "--covenant", covenant, "--keys",
                      keys, "--alliance", stage.path("keys",
                                                     "alliance.secret"),
                      "--previous", stage.path("register.bin"), "--out",
                      stage.path("register.next"), *arguments)
        at = time.monotonic()
        os.replace(stage.path("register.next"), stage.path("register.bin"))
        return at

    def in_force(self):
        """Until the hub and all who are connected have it."""
        want = f"register {self.version}\n"
        wait_for(want, lambda: want in self.stage.wijkhub(
            "status", self.stage.control, check=False))


def log_of(stage, name):
    with open(stage.path(name + ".log"), encoding="utf-8") as file:
        return file.read()


def until_logged(stage, name, text, seconds=30):
    wait_for(f"{name} logs {text}", lambda: text in log_of(stage, name),
             seconds)


def flow(lanes, more):
    """Let so many more be acknowledged, over every lane."""
    for lane in lanes:
        goal = len(lane.acknowledged) + more
        wait_for("referrals flow",
                 lambda: lane.error or len(lane.acknowledged) >= goal, 120)
        if lane.error:
            raise Failed(str(lane.error))


def rotate_member(stage, alliance, member, use, lanes):
    stage.wijkhub("keygen", "member", member, "--dir", stage.path("keys"),
                  "--rotate", use)
    flow(lanes, 2)  # the key file came first
    alliance.sign(stage.path("keys"))
    alliance.in_force()
    flow(lanes, 5)
    print(f"{member}: {use} replaced", flush=True)


def register_first(stage, alliance, member, lanes):
    """A sealing key that its owner gets only after it was published."""
    later = stage.path("later")
    shutil.copytree(stage.path("keys"), later)
    stage.wijkhub("keygen", "member", member, "--dir", later, "--rotate",
                  "sealing")
    alliance.sign(later)
    alliance.in_force()
    until_logged(stage, member, "KEY-MISSING use=sealing")
    for suffix in ("pub", "secret"):
        name = f"{member}.{suffix}"
        os.replace(os.path.join(later, name), stage.path("keys", name))
    shutil.rmtree(later)
    flow(lanes, 5)
    print(f"{member}: sealing replaced, register first", flush=True)


def rotate_hub(stage, alliance, lanes):
    stage.wijkhub("keygen", "hub", "--dir", stage.path("keys"), "--rotate",
                  "all")
    alliance.sign(stage.path("keys"))
    alliance.in_force()
    for kind in stage.adapters:
        until_logged(stage, kind, "HUB-KEYS-MOVE")
        stage.wait_connected(stage.adapters[kind])
    flow(lanes, 5)
    print("hub: transport and log key replaced, everybody moved", flush=True)


def secret_of(stage, member):
    with open(stage.path("keys", f"{member}.secret"),
              encoding="utf-8") as file:
        return file.read()


def end_overlap(stage, alliance, lanes):
    """The old keys end; then old sealing keys are destroyed by themselves."""
    time.sleep(0.1)
    alliance.sign(stage.path("keys"), "--overlap", "0")
    alliance.in_force()
    flow(lanes, 5)
    for member in ROTATED:
        until_logged(stage, member, "KEY-DESTROYED use=sealing", 60)
        wait_for(f"{member} has no old sealing key",
                 lambda: "use: sealing" not in secret_of(stage, member))
    print("old sealing keys destroyed", flush=True)


def key_id(stage, member, use):
    """Of the present key, as register show prints it."""
    shown = json.loads(stage.wijkhub("register", "show",
                                     stage.path("register.bin"), "--json"))
    for row in shown["members"]:
        if row["id"] == member:
            return next(key["id"] for key in row["keys"]
                        if key["use"] == use and key["until"] is None)
    raise Failed(f"{member} is not in the register")


class Bystander(threading.Thread):
    """Waits and flushes as a hub does: how long this machine held that up."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.ending, self.ms = path, threading.Event(), 0

    def run(self):
        with open(self.path, "wb") as file:
            while True:
                began = time.monotonic()
                if self.ending.wait(STEP_S):
                    return
                file.write(b"x")
                file.flush()
                os.fsync(file.fileno())
                self.ms += 1000 * (time.monotonic() - began - STEP_S)


def entries(stage):
    return json.loads(stage.wijkhub("audit", "show", stage.broker_dir,
                                    "--limit", "1000000", "--json"))


def check_emergency(stage, version, placed_ms, back_ms, held_ms):
    """By the hub's own log: its times and its order."""
    log = entries(stage)
    [force] = [e for e in log if e["kind"] == "register" and
               e["details"]["version"] == str(version)]
    sent = [e for e in log if e["from"] == "politie" and
            e["kind"] == "accepted"]
    before = [e for e in sent if e["index"] < force["index"]]
    thief = [e for e in sent if e["index"] > force["index"] and
             ms(e["at"]) < back_ms]
    owner = [e for e in sent if ms(e["at"]) >= back_ms]
    if not before or not owner:
        raise Failed("nobody used the key, or nobody came back")
    if thief:
        raise Failed(f"{len(thief)} accepted of the stolen key after the "
                     f"register was: {thief[0]}")
    took_ms = ms(force["at"]) - placed_ms
    print(f"a stolen key: its register was in force after {took_ms} ms (this "
          f"machine held up {held_ms:.0f} ms of that), {len(before)} accepted "
          f"before, none after, {len(owner)} of its owner later", flush=True)
    if took_ms > TAKES_MS + held_ms:
        raise Failed(f"an emergency took {took_ms} ms")


def steal(stage, alliance, clean):
    """The thief has the old key file and goes on; the owner a new one. When
    the register was placed, and what the machine held up until it counted."""
    stolen = key_id(stage, "politie", "TRANSPORT")
    shutil.copytree(stage.path("keys"), clean)
    stage.wijkhub("keygen", "member", "politie", "--dir", clean, "--rotate",
                  "transport")
    bystander = Bystander(stage.path("bystander"))
    bystander.start()
    alliance.sign(clean, "--revoke", stolen)
    placed_ms = os.stat(stage.path("register.bin")).st_mtime_ns // 1000000
    until_logged(stage, "broker", "SESSION-REVOKED member=politie")
    bystander.ending.set()
    bystander.join()
    return placed_ms, bystander.ms


def emergency(stage, alliance):
    """A stolen line, in use. How soon its removal counts is what the hub makes
    of the file, by its own clock; from there on not one message passes, which
    is stronger than any second."""
    thief, ending = stage.adapters["politie"], threading.Event()
    lane = Lane(stage, 3, ending)
    lane.start()
    try:
        flow([lane], 5)
        clean = stage.path("clean")
        placed_ms, held_ms = steal(stage, alliance, clean)
        wait_for("the thief would say more", lambda: (
            thief.metric("wijkhub_outbox_rows") or 0) >= 5)
    finally:
        ending.set()
        lane.join()
    wait_for("the thief is out", lambda: thief.metric(
        "wijkhub_connected") == 0)
    shutil.copy(os.path.join(clean, "politie.secret"),
                stage.path("keys", "politie.new"))
    back_ms = time.time_ns() // 1000000
    os.replace(stage.path("keys", "politie.new"),
               stage.path("keys", "politie.secret"))
    stage.wait_connected(thief, 60)
    if lane.error:
        raise Failed(str(lane.error))
    check_arrival(stage, [lane])
    stage.hold(stage.broker)
    check_emergency(stage, alliance.version, placed_ms, back_ms, held_ms)


def none_refused(stage):
    for name in ["broker", *stage.adapters]:
        for line in log_of(stage, name).splitlines():
            if any(word in line for word in (" REFUSED ", "INTAKE-REFUSED",
                                             "HUB-REFUSED")):
                raise Failed(f"{name}: {line}")


def play(stage):
    stage.start()
    alliance, ending = Alliance(stage), threading.Event()
    lanes = [Lane(stage, n, ending) for n in (1, 2)]
    for lane in lanes:
        lane.start()
    try:
        flow(lanes, 3)
        for member in ROTATED:
            for use in ("transport", "signing", "sealing"):
                rotate_member(stage, alliance, member, use, lanes)
        register_first(stage, alliance, "wpi", lanes)
        rotate_hub(stage, alliance, lanes)
        end_overlap(stage, alliance, lanes)
        flow(lanes, max(0, REFERRALS // 2 - min(
            len(lane.acknowledged) for lane in lanes)))
    finally:
        ending.set()
        for lane in lanes:
            lane.join()
    errors = [str(lane.error) for lane in lanes if lane.error]
    if errors:
        raise Failed("; ".join(errors))
    check_arrival(stage, lanes)
    none_refused(stage)
    print("none was refused", flush=True)
    emergency(stage, alliance)
    check_broker(stage)


def main():
    where = tempfile.mkdtemp(prefix="wijkhub-rotation-")
    try:
        with Stage(os.path.join(where, "alliance"), second=True,
                   settings={"politie": {"besluit": "NW-1"},
                             "wpi": {"uitgaand": "nee"}}) as stage:
            play(stage)
        return 0
    finally:
        if os.environ.get("WIJKHUB_KEEP"):
            print("kept", where)
        else:
            shutil.rmtree(where, ignore_errors=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as error:
        print("FAILED:", error)
        sys.exit(1)
