# SPDX-License-Identifier: EUPL-1.2
"""See witness.sh. Each trick has an alliance of its own."""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

from stage import ADAPTERS, Failed, Program, Stage, free_base, wait_for

SETTINGS = {"politie": {"besluit": "NW-1"}, "wpi": {"uitgaand": "nee"}}
LONG = 60  # seconds; everything here waits for a condition


def must(what, holds):
    if not holds:
        raise Failed(what)


def status(stage):
    return dict(line.split(" ", 1) for line in stage.wijkhub(
        "status", stage.control, check=False).splitlines() if " " in line)


def policy_of(stage):
    path = stage.path("policy.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.write(stage.wijkhub("register", "policy",
                                 stage.path("register.bin"), "--alliance",
                                 stage.path("keys", "alliance.pub")))
    return path


def verify(stage, *arguments):
    """Exit status and output of the static, confined program."""
    done = subprocess.run([os.path.join(stage.bin, "wijkhub-verify"),
                           *arguments, "--policy", policy_of(stage)],
                          capture_output=True, text=True)
    return done.returncode, done.stdout


def cosigned(stage, at_least=1):
    return lambda: int(status(stage).get("quorum-size", 0)) >= at_least


def fresh_head(stage):
    """A start signs the head of the log as soon as a witness spoke."""
    stage.hold(stage.broker)
    stage.release(stage.broker)
    wait_for("the broker is up", stage.broker_is_up, LONG)


def grow(stage):
    """One entry more in the log: a consent."""
    code, _ = stage.adapters["buurtteam"].json("POST", "/v1/toestemmingen", {
        "client": "PROEF-1", "soort": "CONSENT_AVG", "partijen": ["wpi"],
        "typen": ["geldzorgen"], "categorieen": ["CONTACT", "REQUEST"],
        "vastgelegd": {"hoe": "IN_PERSON", "door": "M. Proef"}})
    must(f"a consent is kept, not {code}", code in (201, 202))


def health(adapter):
    return adapter.json("GET", "/healthz")[1]["bewaking"]


def evidence(stage, adapter):
    return sorted(glob.glob(os.path.join(adapter.folder, "evidence",
                                         "*.evidence")))


def test_two_sectors_cosign_and_a_receipt_says_so(stage):
    wait_for("a quorum", cosigned(stage), LONG)
    must("it is watched", status(stage)["unwitnessed-since"] == "no")
    receipt = stage.path("receipt.txt")
    with open(receipt, "w", encoding="utf-8") as file:
        file.write(stage.wijkhub("audit", "prove", stage.broker_dir, "0"))
    code, said = verify(stage, receipt)
    must(f"the receipt verifies: {said}", code == 0)
    said = json.loads(stage.wijkhub("audit", "verify", stage.broker_dir,
                                    "--json"))
    must(f"cosigned by two: {said}", len(said["cosigned"]["by"]) >= 2)
    wpi = stage.adapters["wpi"]
    wait_for("wpi sees it", lambda: health(wpi)["status"] == "bewaakt", LONG)
    wait_for("peers are heard", lambda: wpi.metric(
        "wijkhub_peers_heard") == 3, LONG)
    must("nothing contradicts", wpi.metric("wijkhub_log_contradictions") == 0)


def test_without_witnesses_it_says_since_when(stage):
    before = int(status(stage)["quorum-size"])
    for kind in ["corporatie", "wpi", "politie"]:
        stage.hold(stage.adapters[kind].program)
    grow(stage)
    fresh_head(stage)
    wait_for("nobody watches", lambda: status(stage).get(
        "unwitnessed-since", "no") != "no", LONG)
    seen = stage.adapters["buurtteam"]
    wait_for("the member says so", lambda: health(seen)["status"]
             == "onbewaakt", LONG)
    must("and since when", health(seen)["onbewaaktSinds"].startswith("20"))
    for kind in ["corporatie", "wpi", "politie"]:
        stage.release(stage.adapters[kind].program)
    wait_for("it is watched again", lambda: status(stage).get(
        "unwitnessed-since") == "no" and cosigned(stage, before + 1)(), LONG)
    wait_for("the member says so", lambda: health(seen)["status"]
             == "bewaakt", LONG)


def test_a_store_that_was_put_back_is_written_no_more(stage):
    copy = stage.path("copy")
    wait_for("a quorum", cosigned(stage), LONG)
    stage.hold(stage.broker)
    shutil.copytree(stage.broker_dir, copy)
    stage.release(stage.broker)
    wait_for("the broker is up", stage.broker_is_up, LONG)
    size = int(status(stage)["log-size"])
    wait_for("connected", lambda: stage.adapters["buurtteam"].metric(
        "wijkhub_connected") == 1, LONG)
    grow(stage)
    wait_for("it grew", lambda: int(status(stage)["log-size"]) > size, LONG)
    fresh_head(stage)
    wait_for("a quorum for more", cosigned(stage, size + 1), LONG)
    stage.hold(stage.broker)
    shutil.rmtree(stage.broker_dir)
    shutil.move(copy, stage.broker_dir)
    stage.release(stage.broker)

    def log():
        with open(stage.broker.log, encoding="utf-8") as file:
            return file.read()
    wait_for("a witness has more", lambda: "LOG-ROLLED-BACK" in log(), LONG)
    wait_for("it does not start again", lambda: "append nothing" in log(),
             LONG)
    stage.hold(stage.broker)
    keeper = wait_for("a member keeps the evidence", lambda: [
        a for a in stage.adapters.values() if evidence(stage, a)], LONG)[0]
    found = evidence(stage, keeper)
    code, said = verify(stage, found[0], "--evidence")
    must(f"it is of a rollback: {said}", code == 0 and "rollback" in said)
    must("and it is an alarm", health(keeper)["status"] == "tegenspraak")


def split(stage):
    """Half of the members meet another hub with the same keys."""
    port = free_base(1)
    control = f"/tmp/wijkhub-{os.getpid()}-second.sock"
    with open(stage.path("broker.yaml"), encoding="utf-8") as file:
        text = file.read()
    config = stage._write("second.yaml", text.replace(
        stage.endpoint, f"tcp://127.0.0.1:{port}").replace(
            "dir: broker\n", "dir: second\n").replace(
                json.dumps(stage.control), json.dumps(control)))
    second = Program("second", [os.path.join(stage.bin, "wijkhub-broker"),
                                "--config", config], stage.path("second.log"))
    stage.programs.insert(1, second)
    for kind in ["wpi", "politie"]:
        with open(stage.path(kind + ".yaml"), encoding="utf-8") as file:
            text = file.read()
        stage._write(kind + ".yaml", text.replace(
            stage.endpoint, f"tcp://127.0.0.1:{port}"))


def test_two_logs_are_found_out_by_both_sides(stage):
    for kind in ["buurtteam", "wpi"]:
        adapter = stage.adapters[kind]
        wait_for(f"{kind} has evidence", lambda: adapter.metric(
            "wijkhub_log_contradictions") or 0, LONG)
        said = health(adapter)
        must(f"an alarm: {said}", said["status"] == "tegenspraak")
        path = evidence(stage, adapter)[0]
        code, said = verify(stage, path, "--evidence")
        must(f"it verifies: {said}", code == 0 and "fork" in said)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        forged = stage.path("forged.evidence")
        with open(forged, "w", encoding="utf-8") as file:
            file.write(text.replace("by " + adapter.member, "by nobody", 1)
                       .replace("\n1\n", "\n2\n", 1))
        must("a forged one does not",
             verify(stage, forged, "--evidence")[0] == 1)


TESTS = [
    (None, [test_two_sectors_cosign_and_a_receipt_says_so,
            test_without_witnesses_it_says_since_when,
            test_a_store_that_was_put_back_is_written_no_more]),
    (split, [test_two_logs_are_found_out_by_both_sides]),
]


def main():
    for prepare, tests in TESTS:
        folder = tempfile.mkdtemp(prefix="wijkhub-witness-")
        try:
            with Stage(folder, peer_seconds=1, settings=SETTINGS) as stage:
                must("four kinds", len(ADAPTERS) == 4)
                if prepare:
                    prepare(stage)
                try:
                    stage.start(60)
                    for test in tests:
                        test(stage)
                        print("ok", test.__name__, flush=True)
                except Exception:
                    for program in stage.programs:
                        with open(program.log, encoding="utf-8") as log:
                            print(f"--- {program.name}\n{log.read()[-3000:]}",
                                  file=sys.stderr)
                    raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)


main()
