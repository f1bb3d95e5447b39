# SPDX-License-Identifier: EUPL-1.2
"""See kill9.sh. WIJKHUB_KILLS and WIJKHUB_SEED change how often and when."""
import collections
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from stage import Failed, Stage, wait_for

KILLS = int(os.environ.get("WIJKHUB_KILLS", "60"))
SEED = int(os.environ.get("WIJKHUB_SEED", str(int(time.time()))))

ATTEMPTS = {"persoonlijkContact": True, "gewezenOpHulp": True,
            "schriftelijkeHerinnering": True, "aanbodNietGeweigerd": True}
CONTACT = {"naam": {"achternaam": "Testpersoon"}}
ADDRESS = {"postcode": "1064HA", "huisnummer": "9999"}
# sender -> recipient and what travels: one line per kind of ground and phase
LANES = [
    ("buurtteam", "wpi", "garantieknop", {
        "CONTACT": CONTACT, "WORK_EDUCATION": {"tekst": "Baan verloren"},
        "FINANCE": {"tekst": "Geen inkomen"}}, "CONSENT_AVG"),
    ("buurtteam", "wpi", "geldzorgen", {
        "CONTACT": CONTACT, "REQUEST": {"tekst": "Overzicht"}}, "CONSENT_AVG"),
    ("corporatie", "wpi", "huurachterstand", {
        "CONTACT": CONTACT, "ADDRESS": ADDRESS,
        "ARREARS": {"bedragCenten": 74215, "maanden": 2}},
     "DUTY_WITH_OBJECTION"),
    ("politie", "buurtteam", "zorgmelding", {
        "CONTACT": CONTACT, "SAFETY": {"tekst": "Zorgen"}}, "POLICE_WPG"),
]


class Lane(threading.Thread):
    """Refers without end; keeps what was acknowledged: kenmerk -> id."""

    def __init__(self, stage, number, ending):
        super().__init__()
        self.sender_kind, self.recipient_kind, self.type, self.data, \
            self.kind = LANES[number]
        self.stage, self.number, self.ending = stage, number, ending
        self.sender = stage.adapters[self.sender_kind]
        self.recipient = stage.adapters[self.recipient_kind]
        self.acknowledged = {}
        self.error = None

    def insist(self, path, body):
        """POST until somebody answers for good: the sender may be dying."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                status, answer = self.sender.json("POST", path, body,
                                                  timeout=20)
                if status in (200, 201, 202):
                    return answer
                if status != 503:
                    raise Failed(f"{path}: {status} {answer}")
            except (OSError, ValueError):
                pass
            time.sleep(0.1)
        raise Failed(f"{path}: no answer in a minute")

    def ground(self, client):
        if self.kind == "DUTY_WITH_OBJECTION":
            return {"soort": self.kind, "pogingen": ATTEMPTS}
        if self.kind == "POLICE_WPG":
            return {"soort": self.kind, "besluit": "NW-1"}
        made = self.insist("/v1/toestemmingen", {
            "client": client, "soort": self.kind,
            "partijen": [self.recipient.member], "typen": [self.type],
            "categorieen": list(self.data),
            "vastgelegd": {"hoe": "PAPER", "door": "Medewerker"}})
        return {"soort": self.kind, "toestemming": made["id"]}

    def run(self):
        try:
            client = f"K-{self.number}"
            ground = self.ground(client)
            n = 0
            while not self.ending.is_set():
                n += 1
                kenmerk = f"L{self.number}-{n}"
                made = self.insist("/v1/verwijzingen", {
                    "type": self.type, "naar": {"lid": self.recipient.member},
                    "client": client, "kenmerk": kenmerk, "grondslag": ground,
                    "gegevens": self.data})
                self.acknowledged[kenmerk] = made["id"]
        except (Failed, OSError) as error:
            self.error = error


def kill(stage, rng):
    """One program, at a random moment; it is started again by the stage."""
    program = rng.choice(stage.programs + [stage.broker] * 3)
    time.sleep(rng.uniform(0.05, 1.2))
    if program.is_running():
        program.process.send_signal(signal.SIGKILL)
        return 1
    return 0


def listed(adapter):
    """id -> how often it is listed as received; None when it does not say."""
    counts, path = collections.Counter(), "/v1/verwijzingen?richting=ontvangen"
    while path:
        status, answer = adapter.json("GET", path)
        if status != 200:
            return None
        counts.update(r["id"] for r in answer["resultaten"])
        path = answer.get("volgende")
    return counts


def offers(adapter, case):
    """How often this referral was offered, by its own events."""
    _, dossier = adapter.json("GET", f"/v1/verwijzingen/{case}")
    return sum(e["soort"] == "aanbieden" for e in dossier["gebeurtenissen"])


def check_arrival(stage, lanes):
    for kind in {lane.recipient_kind for lane in lanes}:
        adapter = stage.adapters[kind]
        wanted = {i for lane in lanes if lane.recipient_kind == kind
                  for i in lane.acknowledged.values()}

        def all_there(adapter=adapter, wanted=wanted):
            try:
                found = listed(adapter)
            except OSError:
                return None
            return found if found and wanted <= set(found) else None

        counts = wait_for(f"{kind} has all {len(wanted)}", all_there, 120)
        twice = [i for i in wanted
                 if counts[i] != 1 or offers(adapter, i) != 1]
        if twice:
            raise Failed(f"{kind}: {len(twice)} arrived more than once")
        print(f"{kind}: {len(wanted)} acknowledged, each arrived once",
              flush=True)


def check_broker(stage):
    print(stage.wijkhub("audit", "verify", stage.broker_dir), end="")
    print(stage.wijkhub("fsck", stage.broker_dir), end="", flush=True)


def root_after_replay(stage, name):
    """Start the broker on a copy of a folder that was never closed."""
    copy = stage.path(name)
    shutil.copytree(stage.broker_dir, os.path.join(copy, "broker"))
    for file in ("register.bin", "broker.yaml"):
        shutil.copy(stage.path(file), copy)
    shutil.copytree(stage.path("keys"), os.path.join(copy, "keys"))
    config = os.path.join(copy, "broker.yaml")
    with open(config, encoding="utf-8") as file:
        lines = [line for line in file
                 if not line.startswith(("endpoint", "control"))]
    with open(config, "w", encoding="utf-8") as file:
        file.writelines(lines)
        file.write("endpoint: tcp://127.0.0.1:*\n")
        file.write(f"control: {stage.control}.{name}\n")
    broker = subprocess.Popen(
        [os.path.join(stage.bin, "wijkhub-broker"), "--config", config],
        stderr=subprocess.DEVNULL)
    try:
        wait_for("the copy runs", lambda: "endpoint " in stage.wijkhub(
            "status", f"{stage.control}.{name}", check=False))
    finally:
        broker.terminate()
        broker.wait()
    answer = json.loads(stage.wijkhub(
        "audit", "verify", os.path.join(copy, "broker"), "--json"))
    shutil.rmtree(copy)
    return answer["size"], answer["root"]


def main():
    rng = random.Random(SEED)
    where = tempfile.mkdtemp(prefix="wijkhub-kill9-")
    print(f"seed {SEED}, {KILLS} kills", flush=True)
    try:
        with Stage(os.path.join(where, "alliance"),
                   settings={"politie": {"besluit": "NW-1"},
                             "wpi": {"uitgaand": "nee"}}) as stage:
            stage.start()
            ending = threading.Event()
            lanes = [Lane(stage, n, ending) for n in range(len(LANES))]
            for lane in lanes:
                lane.start()
            killed = 0
            try:
                while killed < KILLS and not any(l.error for l in lanes):
                    killed += kill(stage, rng)
            finally:
                ending.set()
                for lane in lanes:
                    lane.join()
            errors = [str(lane.error) for lane in lanes if lane.error]
            if errors:
                raise Failed("; ".join(errors))
            print(f"{killed} programs killed", flush=True)
            check_arrival(stage, lanes)
            stage.hold(stage.broker, signal.SIGKILL)
            first = root_after_replay(stage, "copy1")
            second = root_after_replay(stage, "copy2")
            if first != second:
                raise Failed(f"two replays differ: {first} {second}")
            print(f"replayed twice: {first[0]} entries, the same root")
            stage.release(stage.broker)
            wait_for("the broker answers", stage.broker_is_up)
            stage.hold(stage.broker)
            check_broker(stage)
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
