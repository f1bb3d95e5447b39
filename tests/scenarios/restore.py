# SPDX-License-Identifier: EUPL-1.2
"""See restore.sh."""
import base64
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid

import story
from stage import Failed, Stage, wait_for


def claim(what, holds):
    if not holds:
        raise Failed(what)
    print(f"  {what}")


def consent(stage, number):
    return story.consent(stage.adapters["buurtteam"], f"BT-{number}", "wpi",
                         "geldzorgen", ["CONTACT", "REQUEST"])


def offer(stage, number, given):
    """A referral that the hub has; its id."""
    status, made = stage.adapters["buurtteam"].json(
        "POST", "/v1/verwijzingen", {
            "type": "geldzorgen", "naar": {"lid": "wpi"},
            "client": f"BT-{number}", "kenmerk": f"BT-HERSTEL-{number}",
            "grondslag": {"soort": "CONSENT_AVG", "toestemming": given["id"]},
            "gegevens": {"CONTACT": {"naam": {"achternaam": "Testpersoon"}},
                         "REQUEST": {"tekst": "Overzicht"}}})
    if status not in (201, 202):
        raise Failed(f"referral {number}: {status} {made}")
    return made["id"]


def has(adapter, case):
    return any(r["id"] == case for r in adapter.referrals("ontvangen"))


def told(adapter):
    """What this member's own copy of the log shows, newest first."""
    path, rows = "/v1/logboek", []
    while path is not None:
        status, found = adapter.json("GET", path)
        if status != 200:
            raise Failed(f"{path}: {status} {found}")
        rows += found["resultaten"]
        path = found["volgende"]
    return rows, found["stand"]


def concerns(entry, member):
    return member in (entry["from"], entry["to"]) or (
        entry["from"] == "" and entry["to"] == "")


def copy_is_true(stage, adapter, generation):
    """Nothing twice; what the hub has, and nothing else, can be proved."""
    rows, stand = told(adapter)
    if not stand["compleet"]:
        return None
    if f"van log {generation}," not in stand["zin"] or \
            stand["ontvangenTot"] < stand["omvang"]:
        raise Failed(f"{stand}")
    numbers = [row["index"] for row in rows]
    if len(set(numbers)) != len(numbers):
        raise Failed(f"{adapter.member}: an entry stands twice: {numbers}")
    proved = {row["index"] for row in rows if "bewijs" in row}
    size = (generation << 32) + stand["omvang"]
    has = {e["index"] for e in entries(stage, stage.broker_dir)
           if concerns(e, adapter.member) and e["index"] < size}
    return (rows, numbers) if proved == has else None


def refer(stage, number, given=None):
    """A referral that arrives; its id."""
    case = offer(stage, number, given or consent(stage, number))
    wait_for(f"referral {number} arrives",
             lambda: has(stage.adapters["wpi"], case))
    return case


def entries(stage, folder, *more):
    return json.loads(stage.wijkhub("audit", "show", folder, "--limit",
                                    "100000", "--json", *more))


def start_refused(stage):
    """The broker's last words; Failed when it starts."""
    done = subprocess.run(
        [os.path.join(stage.bin, "wijkhub-broker"), "-c",
         stage.path("broker.yaml")], capture_output=True, text=True,
        timeout=30)
    if done.returncode == 0:
        raise Failed("the broker started on it")
    return done.stderr


def link_of(note):
    """SHA-256 of the signed text."""
    return hashlib.sha256(note[:note.index(b"\n\n") + 1]).digest()


def restart(stage):
    """Killed and started."""
    stage.hold(stage.broker, signal.SIGKILL)
    stage.release(stage.broker)
    wait_for("the broker is back", stage.broker_is_up)


def shown(folder):
    """The size of the last checkpoint."""
    with open(os.path.join(folder, "checkpoint"), encoding="utf-8") as file:
        return int(file.read().split("\n")[1])


def keys_in(path):
    """Subject and key of each: see ops/ctl/log_keys.h."""
    with open(path, "rb") as file:
        body = file.read()[4:-32]
    return {body[at:at + 16]: body[at + 16:at + 48]
            for at in range(0, len(body), 48)}


def lies_in(path, needle):
    """In a file, or in any file of a folder?"""
    paths = [path] if os.path.isfile(path) else [
        os.path.join(folder, name) for folder, _, names in os.walk(path)
        for name in names]
    for one in paths:
        try:
            with open(one, "rb") as file:
                if needle in file.read():
                    return True
        except (FileNotFoundError, OSError):
            if os.path.isfile(one):
                raise
    return False


def succeeds(stage, *arguments):
    return subprocess.run([os.path.join(stage.bin, "wijkhub"), *arguments],
                          capture_output=True).returncode == 0


def erase(stage, tmp):
    """A referral that is over is erased, and no backup tells of it."""
    hub, wpi = stage.broker_dir, stage.adapters["wpi"]
    socket = ("--socket", stage.control)
    before, after = os.path.join(tmp, "before"), os.path.join(tmp, "after")
    keys, old_keys = os.path.join(tmp, "now"), os.path.join(tmp, "then")
    kept, over = refer(stage, 9004), refer(stage, 9005)
    status, _ = wpi.json("POST", f"/v1/verwijzingen/{over}/gebeurtenissen",
                         {"soort": "afwijzen", "code": "NO_CAPACITY"})
    claim("a referral is declined", status in (200, 201))
    wait_for("that is delivered", lambda: sum(
        e["kind"] == "delivered"
        for e in entries(stage, hub, "--case", over)) >= 2)
    canaries = {uuid.UUID(e["details"]["message"]).bytes
                for e in entries(stage, hub, "--case", over)
                if "message" in e.get("details", {})}
    stage.wijkhub("backup", hub, before, "--keys", keys)
    shutil.copy(keys, old_keys)
    key = keys_in(keys)[uuid.UUID(over).bytes]
    claim("before, a backup has its messages, and the key file its key",
          len(canaries) >= 2 and lies_in(keys, key) and
          not lies_in(before, key) and
          all(lies_in(before, needle) for needle in canaries))
    canaries.add(key)

    wait_for("it can be erased", lambda: succeeds(
        stage, "audit", "erase", hub, "--case", over, *socket), 30)
    wait_for("the store is written anew without it", lambda: succeeds(
        stage, "compact", hub, *socket) and not any(
            lies_in(hub, needle) for needle in canaries), 30)
    stage.wijkhub("backup", hub, after, "--keys", keys)
    claim("after, no byte of it is in a backup, nor in the key file",
          not any(lies_in(path, needle) for path in (after, keys)
                  for needle in canaries))

    os.unlink(old_keys)
    again = os.path.join(tmp, "again")
    stage.wijkhub("restore", before, again, "--keys", keys)
    claim("the backup of before opens no details of it with the keys of now",
          entries(stage, again, "--case", over) != [] and
          not any("details" in e
                  for e in entries(stage, again, "--case", over)) and
          all("details" in e
              for e in entries(stage, again, "--case", kept)))


def lose(stage, backup, keys, old):
    """The broker's folder is lost; it goes on from the backup."""
    stage.hold(stage.broker, signal.SIGKILL)
    shutil.move(stage.broker_dir, old)
    stage.wijkhub("restore", backup, stage.broker_dir, "--keys", keys,
                  "--checkpoint", os.path.join(old, "checkpoint"))


def ending(stage, given):
    _, now = stage.adapters["buurtteam"].json(
        "GET", f"/v1/toestemmingen/{given['id']}")
    return now["intrekking"]


def post(adapter, path, body):
    status, made = adapter.json("POST", path, body)
    if status not in (200, 201):
        raise Failed(f"{path}: {status} {made}")
    return made


def recalled(stage, case):
    return any(e["kind"] == "recalled"
               for e in entries(stage, stage.broker_dir, "--case", case))


def withdrawn_since(stage, tmp):
    """What was withdrawn, and given, after a backup is so again after it was
    put back; nobody does anything for that."""
    sender, wpi = stage.adapters["buurtteam"], stage.adapters["wpi"]
    police = stage.adapters["politie"]
    backup, keys = os.path.join(tmp, "later"), os.path.join(tmp, "later-keys")
    here, coded, there = (consent(stage, n) for n in (9101, 9102, 9103))
    arrived = refer(stage, 9103, there)
    stage.hold(wpi.program)
    waits = offer(stage, 9101, here)
    coded_waits = offer(stage, 9102, coded)
    wait_for("they are committed", lambda: all(
        entries(stage, stage.broker_dir, "--case", case)
        for case in (waits, coded_waits)))
    stage.wijkhub("backup", stage.broker_dir, backup, "--keys", keys)

    post(sender, f"/v1/toestemmingen/{here['id']}/intrekking", {})
    post(sender, f"/v1/toestemmingen/{there['id']}/intrekking", {})
    by_code = post(police, "/v1/intrekkingen", {
        "code": coded["ontvangstbewijs"]["intrekkingscode"]})["id"]
    given = consent(stage, 9104)
    claim("three are withdrawn, one is not carried through yet",
          ending(stage, here)["doorgevoerd"] is not None and
          ending(stage, there)["doorgevoerd"] is None)
    told = ending(stage, here)
    told_by_code = police.json("GET", f"/v1/intrekkingen/{by_code}")[1]

    stage.hold(sender.program)
    lose(stage, backup, keys, stage.path("older"))
    stage.release(stage.broker)
    wait_for("the police, who are no party, say it again",
             lambda: recalled(stage, coded_waits), 60)
    claim("the capturer's is still away", not recalled(stage, waits))
    stage.release(sender.program)
    stage.wait_connected(sender)
    wait_for("so does who captured it", lambda: recalled(stage, waits), 60)
    wait_for("what was given is known too", lambda: sum(
        e["kind"] == "permission" and e["index"] > 2 << 32
        for e in entries(stage, stage.broker_dir)) >= 1, 60)
    stage.release(wpi.program)
    stage.wait_connected(wpi)
    refer(stage, 9104, given)
    claim("nothing was handed over under what was withdrawn",
          not has(wpi, waits) and not has(wpi, coded_waits))
    end = wait_for("the third is carried through", lambda: (
        lambda e: e if e["doorgevoerd"] else None)(ending(stage, there)), 60)
    claim("its data is erased", end["openstaand"] == [] and
          wpi.json("GET", f"/v1/verwijzingen/{arrived}")[1]["gegevens"] == {})
    wait_for("the other two are carried through again", lambda: sum(
        e["kind"] == "carried-through" and e["from"] == "wpi" and
        e["index"] > 2 << 32
        for e in entries(stage, stage.broker_dir)) >= 3, 60)
    claim("what the residents were told stays as it was", told == ending(
        stage, here) and told_by_code == police.json(
            "GET", f"/v1/intrekkingen/{by_code}")[1])


def copies(stage, lost):
    """After two restores: see copy_is_true(). What was told of what is lost
    since is still shown, and a checkpoint of then with it."""
    for adapter in stage.adapters.values():
        rows, numbers = wait_for(
            f"{adapter.member} has what the hub has, once",
            lambda: copy_is_true(stage, adapter, 2), 90)
        if adapter.member in ("buurtteam", "wpi"):
            claim(f"{adapter.member} keeps what it was told of a lost referral",
                  any(row.get("verwijzing") == lost and "bewijs" not in row
                      for row in rows))
    _, referral = stage.adapters["buurtteam"].json(
        "GET", f"/v1/verwijzingen/{lost}")
    claim("its checkpoint is one of the lost log",
          referral["bewijs"]["checkpoint"].split("\n")[0].endswith("/log"))


def play(stage, tmp):
    backup, keys = os.path.join(tmp, "backup"), os.path.join(tmp, "keys")
    first = refer(stage, 9001)
    wait_for("its details are committed", lambda: any(
        e["kind"] == "delivered" for e in entries(
            stage, stage.broker_dir, "--case", first)))
    claim("details can be read in the broker", all(
        "details" in e for e in entries(stage, stage.broker_dir, "--case",
                                        first)))
    stage.wijkhub("backup", stage.broker_dir, backup, "--keys", keys)
    stage.wijkhub("fsck", backup)
    claim("a backup of the running broker is whole, and tells no details",
          all("details" not in e for e in entries(stage, backup)))
    claim("a second one does not overwrite it", "not empty" in subprocess.run(
        [os.path.join(stage.bin, "wijkhub"), "backup", stage.broker_dir,
         backup, "--keys", keys], capture_output=True, text=True).stderr)

    erase(stage, tmp)
    lost = refer(stage, 9002)
    restart(stage)  # which soon shows all of its log
    wait_for("the world has seen more than the backup",
             lambda: shown(stage.broker_dir) > len(entries(stage, backup)), 90)
    wait_for("its members were told of it", lambda: all(
        any(row.get("verwijzing") == lost
            for row in told(stage.adapters[kind])[0])
        for kind in ("buurtteam", "wpi")))
    stage.hold(stage.broker, signal.SIGKILL)
    old = stage.path("old")
    shutil.move(stage.broker_dir, old)
    with open(os.path.join(old, "checkpoint"), "rb") as file:
        last = file.read()

    shutil.copytree(backup, stage.broker_dir)
    claim("no broker starts on a backup",
          "wijkhub restore" in start_refused(stage))
    os.unlink(os.path.join(stage.broker_dir, "backup"))
    shutil.copy(os.path.join(old, "checkpoint"), stage.broker_dir)
    claim("nor on a store that was put back by hand",
          "rolled back" in start_refused(stage))
    shutil.rmtree(stage.broker_dir)

    said = json.loads(stage.wijkhub(
        "restore", backup, stage.broker_dir, "--keys", keys, "--checkpoint",
        os.path.join(old, "checkpoint"), "--json"))
    claim("the restore knows what was lost",
          said["lastSize"] == int(last.split(b"\n")[1]))
    stage.release(stage.broker)
    wait_for("the broker is back", stage.broker_is_up)
    opened = [e for e in entries(stage, stage.broker_dir)
              if e["kind"] == "opened"]
    claim("one new generation was opened", [(e["index"], e["reason"])
          for e in opened] == [(1 << 32, "restored")])
    proof = stage.wijkhub("audit", "prove", stage.broker_dir, str(1 << 32))
    leaf = base64.b64decode(next(
        line for line in proof.splitlines()
        if line.startswith("extra ")).split()[1])
    claim("its first leaf holds the last checkpoint of the lost log",
          leaf[-32:] == link_of(last))
    with open(os.path.join(stage.broker_dir, "checkpoint"), "rb") as file:
        claim("it has an origin of its own", file.readline().strip() ==
              last.split(b"\n")[0] + b"/1")
    claim("details are back, with their keys", all(
        "details" in e for e in entries(stage, stage.broker_dir, "--case",
                                        first)))
    claim("what came after the backup is lost at the hub",
          entries(stage, stage.broker_dir, "--case", lost) == [])

    for adapter in stage.adapters.values():
        stage.wait_connected(adapter)
    third = refer(stage, 9003)
    claim("members go on, under numbers of the new log", all(
        e["index"] > 1 << 32 for e in entries(stage, stage.broker_dir,
                                              "--case", third)))
    restart(stage)
    claim("a next start opens nothing", len(
        [e for e in entries(stage, stage.broker_dir)
         if e["kind"] == "opened"]) == 1)
    withdrawn_since(stage, tmp)
    copies(stage, lost)
    stage.wijkhub("audit", "verify", stage.broker_dir)
    stage.hold(stage.broker)
    stage.wijkhub("fsck", stage.broker_dir)
    claim("the log and the folder hold", True)


def main():
    tmp = tempfile.mkdtemp(prefix="wijkhub-restore-")
    try:
        with Stage(os.path.join(tmp, "stage"),
                   settings={"politie": {"besluit": "NW-1"},
                             "wpi": {"uitgaand": "nee"}}) as stage:
            stage.start()
            play(stage, tmp)
    except Failed as failed:
        print(f"restore: {failed}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(tmp, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
