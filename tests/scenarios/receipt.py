# SPDX-License-Identifier: EUPL-1.2
"""See receipt.sh."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile

from stage import ROOT, Failed, Stage, wait_for

SCOPE = {"soort": "CONSENT_AVG", "partijen": ["wpi"], "typen": ["geldzorgen"],
         "categorieen": ["CONTACT", "REQUEST"]}


def check(what, holds):
    if not holds:
        raise Failed(what)


def record(adapter):
    """Ask, record, lose the answer to a kill, and record again."""
    status, question = adapter.json("POST", "/v1/toestemmingsvragen", SCOPE)
    check("there is a question", status == 200)
    body = {**SCOPE, "client": "BT-1", "kenmerk": "T-1",
            "geldigTot": question["geldigTot"],
            "vastgelegd": {"hoe": "IN_PERSON", "door": "M. Medewerker",
                           "tekstHash": question["tekstHash"]["nl"]}}
    status, first = adapter.json("POST", "/v1/toestemmingen", body)
    check("it is recorded", status == 201)
    killed = adapter.program.pid
    os.kill(killed, signal.SIGKILL)
    wait_for("the adapter is back",
             lambda: adapter.program.pid != killed and adapter.is_up())
    status, again = adapter.json("POST", "/v1/toestemmingen", body)
    check("the same again is the same consent", status == 200 and
          again["id"] == first["id"])
    check("with the same code and the text that was asked",
          again["ontvangstbewijs"] == first["ontvangstbewijs"] and
          again["ontvangstbewijs"]["tekst"] == question["tekst"])
    return again


def receipt(adapter, consent):
    status, headers, page = adapter.call(
        "GET", f"/v1/toestemmingen/{consent['id']}/ontvangstbewijs")
    check("there is a receipt", status == 200)
    check("nothing is loaded and no script runs",
          headers["Content-Security-Policy"].startswith("default-src 'none'"))
    return page


def scan(page, folder):
    """What a scanner reads off the page."""
    path = os.path.join(folder, "receipt.html")
    with open(path, "wb") as file:
        file.write(page)
    images = subprocess.run(
        [sys.executable, os.path.join(ROOT, "tests", "slip_scan.py"), path,
         folder], check=True, capture_output=True, text=True).stdout.split()
    read = {subprocess.run(["zbarimg", "--quiet", "--raw", image], check=True,
                           capture_output=True, text=True).stdout.strip()
            for image in images}
    check("each language has the same QR code",
          len(images) == 2 and len(read) == 1)
    return read.pop()


def nobody_else_has(stage, code):
    """In the files of the hub and of every adapter: not in clear."""
    for top in [stage.broker_dir, *(stage.path(k) for k in stage.adapters)]:
        for folder, _, names in os.walk(top):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    check(f"{name} holds a code in clear",
                          code.encode() not in file.read())


def play(stage, folder):
    team, landlord = stage.adapters["buurtteam"], stage.adapters["corporatie"]
    consent = record(team)
    code = consent["ontvangstbewijs"]["intrekkingscode"]
    scanned = scan(receipt(team, consent), folder)
    check("the QR code holds the code", scanned.endswith(code))
    status, _ = landlord.json("POST", "/v1/intrekkingen", {"code": scanned})
    check("another member takes what was scanned", status == 201)

    def ended():
        _, now = team.json("GET", f"/v1/toestemmingen/{consent['id']}")
        return now["status"] == "WITHDRAWN"

    wait_for("the team that recorded it knows", ended)
    page = receipt(team, consent)
    check("the receipt says so, and has no code any more",
          b"U bent gestopt op" in page and b"<svg" not in page and
          code[:4].encode() not in page)
    nobody_else_has(stage, code)


def main():
    where = tempfile.mkdtemp(prefix="wijkhub-receipt-")
    try:
        with Stage(os.path.join(where, "alliance"),
                   settings={"politie": {"besluit": "NW-1"},
                             "wpi": {"uitgaand": "nee"}}) as stage:
            stage.start()
            play(stage, where)
    finally:
        shutil.rmtree(where, ignore_errors=True)


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        print("FAILED:", error)
        sys.exit(1)
