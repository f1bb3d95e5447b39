# SPDX-License-Identifier: EUPL-1.2
"""See receipts.sh."""
import base64
import json
import os
import subprocess
import sys
import tempfile

from stage import Failed, Stage, wait_for


def consent(adapter, number):
    status, made = adapter.json("POST", "/v1/toestemmingen", {
        "client": f"BT-{number}", "soort": "CONSENT_AVG",
        "partijen": ["buurtteam", "wpi"], "typen": ["geldzorgen"],
        "categorieen": ["CONTACT", "REQUEST"],
        "vastgelegd": {"hoe": "IN_PERSON", "door": "M. Medewerker",
                       "tekstVersie": "1"}})
    if status != 201:
        raise Failed(f"consent: {status} {made}")
    return made["id"]


def refer(adapter):
    status, made = adapter.json("POST", "/v1/verwijzingen", {
        "type": "geldzorgen", "naar": {"lid": "wpi"}, "client": "BT-0",
        "grondslag": {"soort": "CONSENT_AVG",
                      "toestemming": consent(adapter, 0)},
        "kenmerk": "bewijs-1", "gegevens": {
            "CONTACT": {"naam": {"achternaam": "Verzonnen"}},
            "REQUEST": {"tekst": "Overzicht over schulden"}}})
    if status != 201:
        raise Failed(f"referral: {status} {made}")
    return made["id"]


def fetch(adapter, case):
    """The file, once a checkpoint covers its entry; None before."""
    status, headers, raw = adapter.call("GET",
                                        f"/v1/verwijzingen/{case}/bewijs")
    if status == 200:
        kind = headers.get("Content-Type", "")
        if not kind.startswith("text/plain"):
            raise Failed(f"a file of type {kind}")
        return raw
    return None


class Checker:
    """wijkhub-verify under one policy."""

    def __init__(self, program, policy, folder):
        self.program, self.policy, self.folder = program, policy, folder

    def ask(self, receipt, policy=None):
        path = os.path.join(self.folder, "receipt")
        with open(path, "wb") as file:
            file.write(receipt)
        done = subprocess.run([self.program, path, "--policy",
                               policy or self.policy, "--json"],
                              capture_output=True, check=False)
        return done.returncode, json.loads(done.stdout)

    def accepts(self, what, receipt):
        status, answer = self.ask(receipt)
        if status != 0:
            raise Failed(f"{what} is not believed: {answer}")
        return answer

    def refuses(self, what, receipt, policy=None):
        if receipt is None:
            raise Failed(f"{what}: nothing was changed")
        status, answer = self.ask(receipt, policy)
        if status != 1 or answer["ok"]:
            raise Failed(f"{what}: status {status}: {answer}")


def forged(receipt):
    """(what, bytes) of one changed thing each."""
    lines = receipt.decode().split("\n")
    leaf = bytearray(base64.b64decode(lines[1].split(" ")[1]))

    def changed(at, line):
        return "\n".join([*lines[:at], line, *lines[at + 1:]]).encode()

    for what, at in [("kind", 1), ("time", 11), ("case", 30), ("from", 44),
                     ("to", 76), ("commitment", 120)]:
        other = bytearray(leaf)
        other[at] ^= 1
        text = base64.b64encode(other).decode()
        yield f"another {what}", changed(1, f"extra {text}")
    index = int(lines[2].split(" ")[1])
    yield "another place", changed(2, f"index {index - 1}")
    yield "a hash less", "\n".join(lines[:3] + lines[4:]).encode()
    size = lines.index("") + 2  # origin, size, root
    yield "a longer log", changed(size, str(int(lines[size]) + 1))


def check_file(checker, receipt, case):
    answer = checker.accepts("the receipt", receipt)
    entry = answer["entry"]
    told = {key: entry.get(key) for key in ("kind", "from", "to", "case")}
    if told != {"kind": "accepted", "from": "buurtteam", "to": "wpi",
                "case": case}:
        raise Failed(f"it proves something else: {answer}")
    for what, bytes_ in forged(receipt):
        checker.refuses(what, bytes_)
    return entry["index"]


def check_folder(stage, checker, case):
    """What the operator can hand out: one, and all of a referral."""
    def cosigned():
        """The newest checkpoint may not have its quorum yet."""
        text = stage.wijkhub("audit", "prove", stage.broker_dir, "--case",
                             case).encode()
        return text if checker.ask(text)[0] == 0 else None

    one = wait_for("the operator's file", cosigned, 90)
    index = check_file(checker, one, case)
    out = stage.path("receipts")
    stage.wijkhub("audit", "prove", stage.broker_dir, "--case", case,
                  "--out", out)
    kinds = set()
    for name in os.listdir(out):
        with open(os.path.join(out, name), "rb") as file:
            entry = checker.accepts(name, file.read())["entry"]
        if entry["case"] != case or f"{entry['index']}.tlog-proof" != name:
            raise Failed(f"{name} is of {entry}")
        kinds.add(entry["kind"])
    if not {"accepted", "handover", "delivered"} <= kinds:
        raise Failed(f"receipts of {kinds} only")
    return index


def check_other_alliance(stage, checker, receipt):
    """The same origin, and the log key of somebody else."""
    other = stage.path("other")
    stage.wijkhub("keygen", "hub", "--dir", other)
    stage.wijkhub("keygen", "alliance", "--dir", other)
    for member in ("wpi", "buurtteam"):
        stage.wijkhub("keygen", "member", member, "--dir", other)
    register = os.path.join(other, "register.bin")
    stage.wijkhub("register", "sign", "--covenant", os.path.join(
        os.environ["WIJKHUB_SOURCE"], "ops", "covenant-nieuw-west.yaml"),
        "--keys", other, "--alliance",
        os.path.join(other, "alliance.secret"), "--out", register)
    policy = os.path.join(other, "policy")
    with open(policy, "w", encoding="ascii") as file:
        file.write(stage.wijkhub("register", "policy", register, "--alliance",
                                 os.path.join(other, "alliance.pub")))
    checker.refuses("another alliance's policy", receipt, policy)


def run(stage):
    sender, recipient = stage.adapters["buurtteam"], stage.adapters["wpi"]
    case = refer(sender)
    wait_for("WPI has it", lambda: recipient.json(
        "GET", f"/v1/verwijzingen/{case}")[0] == 200)
    # Enough entries for a checkpoint now and not within the minute.
    for number in range(1, 80):
        consent(sender, number)
    policy = stage.path("policy")
    with open(policy, "w", encoding="ascii") as file:
        file.write(stage.wijkhub("register", "policy",
                                 stage.path("register.bin"), "--alliance",
                                 stage.path("keys", "alliance.pub")))
    checker = Checker(os.path.join(stage.bin, "wijkhub-verify"), policy,
                      stage.dir)

    def believed(adapter):
        """The file, once a quorum of witnesses cosigned its checkpoint."""
        raw = fetch(adapter, case)
        return raw if raw and checker.ask(raw)[0] == 0 else None

    receipt = wait_for("the sender's file", lambda: believed(sender), 90)
    index = check_file(checker, receipt, case)
    theirs = wait_for("the recipient's file", lambda: believed(recipient), 90)
    check_file(checker, theirs, case)
    if check_folder(stage, checker, case) != index:
        raise Failed("the adapters and the folder prove different entries")
    check_other_alliance(stage, checker, receipt)
    status = stage.wijkhub("status", stage.control)
    if "scrub-passed never\nscrub-findings 0\n" not in status:
        raise Failed(f"the scrubber does not say where it is: {status}")
    print(f"entry {index} is proven to both parties, and no forgery is")


def main():
    with tempfile.TemporaryDirectory() as folder:
        try:
            with Stage(os.path.join(folder, "stage"),
                       settings={"politie": {"besluit": "NW-1"},
                                 "wpi": {"uitgaand": "nee"}}) as stage:
                stage.start()
                run(stage)
        except Failed as failed:
            print(failed, file=sys.stderr)
            sys.exit(1)


main()
