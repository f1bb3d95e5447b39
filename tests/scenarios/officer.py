# SPDX-License-Identifier: EUPL-1.2
"""See officer.sh."""
import json
import os
import shutil
import sys
import tempfile

from stage import Failed, Stage, request, wait_for

OFFICER, DESK = "officer-officer-0123456789", "wijkteam-wijkteam-0123456789"
CLIENT, NAME = "BT-1", "Verzonnenachternaam"


def need(what, holds):
    if not holds:
        raise Failed(what)


def post(adapter, path, body, *wanted):
    status, made = adapter.json("POST", path, body)
    need(f"{path}: {status} {made}", status in wanted)
    return made


def ask(adapter, method, path, body=None, token=OFFICER):
    status, headers, raw = request(
        method, adapter.url + path, json.dumps(body) if body else None,
        {"Authorization": f"Bearer {token}",
         "Content-Type": "application/json"})
    return status, headers, json.loads(raw)


def referral(consent, mark):
    return {"type": "geldzorgen", "naar": {"lid": "wpi"}, "client": CLIENT,
            "grondslag": {"soort": "CONSENT_AVG", "toestemming": consent},
            "kenmerk": mark, "gegevens": {
                "CONTACT": {"naam": {"achternaam": NAME}},
                "REQUEST": {"tekst": "Kan de huur niet betalen."}}}


def arrives(adapter, case):
    wait_for(f"{adapter.kind} has {case}", lambda: adapter.json(
        "GET", f"/v1/verwijzingen/{case}")[0] == 200)


def share(stage):
    """A referral that is taken, so that the identity follows."""
    own, wpi = stage.adapters["buurtteam"], stage.adapters["wpi"]
    given = post(own, "/v1/toestemmingen", {
        "client": CLIENT, "soort": "CONSENT_AVG", "partijen": ["wpi"],
        "typen": ["geldzorgen"], "categorieen": ["CONTACT", "REQUEST"],
        "vastgelegd": {"hoe": "IN_PERSON", "door": "M. Medewerker"}}, 201)
    case = post(own, "/v1/verwijzingen", referral(given["id"], "s-1"),
                201)["id"]
    arrives(wpi, case)
    post(wpi, f"/v1/verwijzingen/{case}/gebeurtenissen",
         {"soort": "accepteren"}, 200, 201)
    wait_for("the identity arrived", lambda: "CONTACT" in wpi.json(
        "GET", f"/v1/verwijzingen/{case}")[1]["gegevens"])
    return given, case


def withdraw_and_refuse(stage, given):
    """Withdrawn at another desk while ours had sent more already: the hub
    hears of the end first, and refuses."""
    own, wpi = stage.adapters["buurtteam"], stage.adapters["wpi"]
    stage.hold(stage.broker)
    late = post(own, "/v1/verwijzingen", referral(given["id"], "s-2"),
                202)["id"]
    stage.hold(own.program)
    post(wpi, "/v1/intrekkingen",
         {"code": given["ontvangstbewijs"]["intrekkingscode"]}, 202)
    stage.release(stage.broker)
    stage.wait_connected(wpi)
    wait_for("the end is recorded", lambda: "permission-end" in stage.wijkhub(
        "audit", "show", stage.broker_dir, check=False))
    stage.release(own.program)
    wait_for("the adapter is back", own.is_up)
    wait_for("the hub refused", lambda: own.json(
        "GET", f"/v1/verwijzingen/{late}")[1].get("status") == "DISCARDED")
    return late


def police(stage):
    """A report that the resident may not hear of for twenty working days."""
    own = stage.adapters["buurtteam"]
    case = post(stage.adapters["politie"], "/v1/verwijzingen", {
        "type": "zorgmelding", "naar": {"lid": "buurtteam"}, "client": "P-7",
        "grondslag": {"soort": "POLICE_WPG", "instrument": "wpg-zorgmelding",
                      "besluit": "NW-1"},
        "gegevens": {"CONTACT": {"naam": {"achternaam": NAME}},
                     "SAFETY": {"tekst": "Verzonnen melding."}}}, 201)["id"]
    wait_for("accepted by itself, as one-phase types are", lambda: own.json(
        "GET", f"/v1/verwijzingen/{case}")[1].get("status") == "ACCEPTED")
    post(own, f"/v1/verwijzingen/{case}/gebeurtenissen",
         {"soort": "contactpoging", "client": CLIENT}, 200, 201)
    return case


def check_log(stage, late):
    own = stage.adapters["buurtteam"]
    stage.hold(stage.broker)  # a start publishes a checkpoint at once
    stage.release(stage.broker)

    def refused():
        status, _, found = ask(own, "GET", "/v1/logboek?oordeel=geweigerd")
        need(f"logboek: {status} {found}", status == 200)
        return [e for e in found["resultaten"] if e["verwijzing"] == late]

    entry = wait_for("the refusal is in the log", refused)[0]
    need(f"{entry}", entry["reden"] == "PERMISSION_WITHDRAWN" and
         entry["type"] == "geldzorgen" and "geweigerd" in entry["tekst"])
    wait_for("the log is complete", lambda: ask(
        own, "GET", "/v1/logboek")[2]["stand"]["compleet"])
    status, _, proof = ask(own, "GET", entry["bewijs"])
    need(f"proof: {status}", status == 200 and
         proof["index"] == entry["index"])
    status, _, no = ask(own, "GET", "/v1/logboek", token=DESK)
    need(f"{status} {no}", (status, no["code"]) == (403, "ROL_ONTBREEKT"))


def check_report(stage, shared, late, hidden):
    own = stage.adapters["buurtteam"]
    status, headers, made = ask(own, "POST", "/v1/inzageverzoeken",
                                {"client": CLIENT, "kenmerk": "V-1"})
    need(f"{status} {made}", status == 201 and
         CLIENT not in headers["Location"])
    told, text = made["verslag"], made["afdruk"]
    cases = {v["id"]: v for v in told["verwijzingen"]}
    need(f"cases {list(cases)}", set(cases) == {shared, late})
    went = {c for g in cases[shared]["gedeeld"] for c in g["categorieen"]}
    need(f"went {went}", {"CONTACT", "REQUEST"} <= went)
    need("shared what was refused", not cases[late]["gedeeld"])
    need(f"{told['weigeringen']}", [w["reden"] for w in told["weigeringen"]]
         == ["PERMISSION_WITHDRAWN"])
    consent = told["toestemmingen"][0]
    need(f"{consent}", consent["status"] == "WITHDRAWN" and
         any("gelezen" in h["tekst"] or "had het bericht" in h["tekst"]
             for h in consent["geschiedenis"]))
    need(f"{told['ontvangers']}",
         [o["lid"] for o in told["ontvangers"]] == ["wpi"])
    for word in ("olitie", "Zorgmelding", hidden, "SAFETY", "Wpg"):
        need(f"the report holds {word}", word not in text and
             word not in json.dumps(told))
    need(f"{made['nietVerstrekt']}",
         [(n["id"], n["wijze"]) for n in made["nietVerstrekt"]]
         == [(hidden, "DELAYED")])
    status, _, again = ask(own, "GET", headers["Location"])
    need("another report", status == 200 and again == made)
    return made["id"]


def check_looks(stage, report):
    own = stage.adapters["buurtteam"]
    _, _, found = ask(own, "GET", "/v1/logboek?soort=inzage")
    looks = [(e["wie"], e["wat"], e.get("waar")) for e in found["resultaten"]]
    for what in ("inzageverzoek", "inzageverslag"):
        need(f"{looks}", ("b-bakker", what, report) in looks)
    need(f"{found['inzagen']}", found["inzagen"]["klopt"])
    need("a look holds a client", CLIENT not in json.dumps(found))


def put_back(stage):
    """The hub is lost, and put back from a backup that has all of this."""
    own, old = stage.adapters["buurtteam"], stage.path("old")
    backup, keys = stage.path("backup"), stage.path("backup-keys")
    stage.wijkhub("backup", stage.broker_dir, backup, "--keys", keys)
    stage.hold(stage.broker)
    shutil.move(stage.broker_dir, old)
    stage.wijkhub("restore", backup, stage.broker_dir, "--keys", keys,
                  "--checkpoint", os.path.join(old, "checkpoint"))
    stage.release(stage.broker)

    def told():
        _, _, found = ask(own, "GET", "/v1/logboek")
        return found if found["stand"]["compleet"] and \
            "log 1," in found["stand"]["zin"] else None

    found = wait_for("all was told of the new log", told, 60)
    numbers = [e["index"] for e in found["resultaten"]]
    need(f"twice: {numbers}", len(set(numbers)) == len(numbers) and
         found["volgende"] is None)
    need(f"{found['resultaten']}",
         all("bewijs" in e for e in found["resultaten"]))
    need(f"{found['stand']}", found["stand"]["omvang"] < 100 and
         found["stand"]["ontvangenTot"] == found["stand"]["omvang"])


def run(stage):
    given, shared = share(stage)
    late = withdraw_and_refuse(stage, given)
    hidden = police(stage)
    check_log(stage, late)
    report = check_report(stage, shared, late, hidden)
    check_looks(stage, report)
    put_back(stage)
    check_report(stage, shared, late, hidden)  # counts once, as before
    stage.hold(stage.broker)  # what is known here needs no hub
    status, _, found = ask(stage.adapters["buurtteam"], "GET", "/v1/logboek")
    need(f"{status}", status == 200 and found["resultaten"])
    print(f"{len(found['resultaten'])} entries, {found['stand']['zin']}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        try:
            with Stage(os.path.join(folder, "stage"),
                       settings={"politie": {"besluit": "NW-1"},
                                 "wpi": {"uitgaand": "nee"}}) as stage:
                with open(stage.path("buurtteam.tokens"), "a",
                          encoding="utf-8") as tokens:
                    tokens.write(f"{OFFICER} b-bakker privacy-officer\n"
                                 f"{DESK} wijkteam professional\n")
                stage.start()
                run(stage)
        except Failed as failed:
            print(failed, file=sys.stderr)
            sys.exit(1)


main()
