# SPDX-License-Identifier: EUPL-1.2
"""See withdrawal.sh."""
import os
import sys
import tempfile
import threading

from stage import Failed, Stage, wait_for

NAME = "Verzonnenachternaam"
DONE = {"RECALLED_BEFORE_DELIVERY", "ERASURE_CONFIRMED"}


def need(what, holds):
    if not holds:
        raise Failed(what)


def post(adapter, path, body, *wanted):
    status, made = adapter.json("POST", path, body)
    need(f"{path}: {status} {made}", status in wanted)
    return made


def consent(sender, client, **more):
    return post(sender, "/v1/toestemmingen", {
        "client": client, "soort": "CONSENT_AVG", "partijen": ["wpi"],
        "typen": ["geldzorgen"], "categorieen": ["CONTACT", "REQUEST"],
        "vastgelegd": {"hoe": "IN_PERSON", "door": "M. Medewerker"},
        **more}, 201)


def refer(sender, given, client, mark, *wanted):
    return post(sender, "/v1/verwijzingen", {
        "type": "geldzorgen", "naar": {"lid": "wpi"}, "client": client,
        "grondslag": {"soort": "CONSENT_AVG", "toestemming": given["id"]},
        "kenmerk": mark, "gegevens": {
            "CONTACT": {"naam": {"achternaam": NAME}},
            "REQUEST": {"tekst": "Overzicht over schulden."}}},
        *(wanted or (201,)))["id"]


def case_at(adapter, case):
    status, seen = adapter.json("GET", f"/v1/verwijzingen/{case}")
    return seen if status == 200 else None


def act(adapter, case, word, **more):
    post(adapter, f"/v1/verwijzingen/{case}/gebeurtenissen",
         {"soort": word, **more}, 200, 201)


def delivered(stage, client, mark):
    """Taken by WPI, which has seen identity and need."""
    sender, wpi = stage.adapters["buurtteam"], stage.adapters["wpi"]
    given = consent(sender, client)
    case = refer(sender, given, client, mark)
    wait_for("the offer arrives", lambda: case_at(wpi, case))
    act(wpi, case, "accepteren")
    wait_for("identity arrives", lambda: "CONTACT" in case_at(
        wpi, case)["gegevens"])
    return given, case


def withdraw(adapter, given, *wanted):
    return post(adapter, f"/v1/toestemmingen/{given['id']}/intrekking", {},
                *(wanted or (200, 201)))


def ending(sender, given):
    _, now = sender.json("GET", f"/v1/toestemmingen/{given['id']}")
    return now.get("intrekking")


def carried(sender, given):
    return wait_for("it is carried through", lambda: (
        lambda end: end if end and end["doorgevoerd"] else None)(
            ending(sender, given)), 40)


def reach_of(end):
    return sorted(m["bereik"] for m in end["bereik"])


def while_away(stage):
    sender, wpi = stage.adapters["buurtteam"], stage.adapters["wpi"]
    given = consent(sender, "A-1")
    first = refer(sender, given, "A-1", "a-1")
    wait_for("the first arrives", lambda: case_at(wpi, first))
    stage.hold(wpi.program)
    second = refer(sender, given, "A-1", "a-2")
    withdraw(sender, given)
    end = wait_for("it is recorded", lambda: (
        lambda e: e if e["vastgelegd"] and e["bereik"] else None)(
            ending(sender, given)))
    need(f"{end}", end["doorgevoerd"] is None and end["openstaand"] == ["wpi"])
    need(f"{end}", reach_of(end) == ["DELIVERED_UNREAD",
                                     "RECALLED_BEFORE_DELIVERY"])
    stage.release(wpi.program)
    end = carried(sender, given)
    need(f"{end}", end["openstaand"] == [] and len(end["bereik"]) == 2)
    need("WPI never heard of the second", case_at(wpi, second) is None)
    seen = wait_for("the first is withdrawn", lambda: (
        lambda c: c if c["status"] == "WITHDRAWN" else None)(
            case_at(wpi, first)))
    need(f"{seen}", seen["gegevens"] == {} and "gewistOp" in seen)
    return given


def after_reading(stage):
    """Its data went out to WPI's own system: only people can say the rest."""
    sender, wpi = stage.adapters["buurtteam"], stage.adapters["wpi"]
    given, case = delivered(stage, "B-1", "b-1")
    withdraw(sender, given)
    end = carried(sender, given)
    need(f"{end}", set(reach_of(end)) == {"READ_RECIPIENT_NOTIFIED"})
    need(f"{case_at(wpi, case)}",
         case_at(wpi, case)["wissing"]["status"] == "OPEN")
    post(wpi, f"/v1/verwijzingen/{case}/wissing",
         {"status": "BEHOUDEN", "artikel": "Archiefwet-3"}, 200)
    wait_for("the ground is told", lambda: set(reach_of(ending(
        sender, given))) == {"RETAINED_WITH_GROUND"})
    post(wpi, f"/v1/verwijzingen/{case}/wissing", {"status": "GEWIST"}, 200)
    wait_for("the erasure is told", lambda: set(reach_of(ending(
        sender, given))) == {"ERASURE_CONFIRMED"})


def after_completion(stage):
    sender, wpi = stage.adapters["buurtteam"], stage.adapters["wpi"]
    given, case = delivered(stage, "C-1", "c-1")
    act(wpi, case, "starten")
    act(wpi, case, "afronden", code="HELPED")
    wait_for("it is completed", lambda: case_at(
        sender, case)["status"] == "COMPLETED")
    withdraw(sender, given)
    end = carried(sender, given)
    need("its end stays what it was", case_at(
        sender, case)["status"] == "COMPLETED")
    need(f"{end}", len(end["bereik"]) >= 2 and
         "gewistOp" in case_at(wpi, case))


def twice_at_once(stage):
    """At the capturer, and with the code at the police: one withdrawal."""
    sender, wpi = stage.adapters["buurtteam"], stage.adapters["wpi"]
    police = stage.adapters["politie"]
    given = consent(sender, "D-1")
    case = refer(sender, given, "D-1", "d-1")
    wait_for("it arrives", lambda: case_at(wpi, case))
    made = []
    threads = [
        threading.Thread(target=lambda: withdraw(sender, given, 200, 201, 202)),
        threading.Thread(target=lambda: made.append(post(
            police, "/v1/intrekkingen",
            {"code": given["ontvangstbewijs"]["intrekkingscode"]}, 201,
            202)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    carried(sender, given)
    other = wait_for("the police see it too", lambda: (
        lambda w: w if w["doorgevoerd"] else None)(police.json(
            "GET", f"/v1/intrekkingen/{made[0]['id']}")[1]))
    need(f"numbers only: {other}", other["bereik"] == [] and
         sum(other["aantallen"].values()) == 1)


def derived(stage):
    """WPI referred on with the resident's leave: that ends too."""
    sender, wpi = stage.adapters["buurtteam"], stage.adapters["wpi"]
    landlord = stage.adapters["corporatie"]
    given = consent(sender, "E-1", doorverwijzen=True,
                    typen=["geldzorgen", "vocht-schimmel"],
                    categorieen=["CONTACT", "REQUEST", "ADDRESS", "HOUSING"])
    case = refer(sender, given, "E-1", "e-1")
    wait_for("it arrives", lambda: case_at(wpi, case))
    onward = post(wpi, "/v1/toestemmingen", {
        "client": "W-1", "soort": "CONSENT_AVG", "partijen": ["eigen-haard"],
        "typen": ["vocht-schimmel"], "afgeleidVan": case,
        "categorieen": ["CONTACT", "ADDRESS", "HOUSING"],
        "vastgelegd": {"hoe": "IN_PERSON", "door": "M. Medewerker"}}, 201)
    further = post(wpi, "/v1/verwijzingen", {
        "type": "vocht-schimmel", "naar": {"lid": "eigen-haard"},
        "client": "W-1", "kenmerk": "e-2",
        "grondslag": {"soort": "CONSENT_AVG", "toestemming": onward["id"]},
        "gegevens": {"CONTACT": {"naam": {"achternaam": NAME}},
                     "ADDRESS": {"postcode": "1064HA", "huisnummer": "1"},
                     "HOUSING": {"tekst": "Schimmel."}}}, 201)["id"]
    wait_for("the landlord has it", lambda: case_at(landlord, further))
    stage.hold(landlord.program)
    withdraw(sender, given)
    wait_for("the derived one ends", lambda: wpi.json(
        "GET", f"/v1/toestemmingen/{onward['id']}")[1]["status"] ==
        "WITHDRAWN")
    end = ending(sender, given)
    need(f"not done while the landlord is away: {end}",
         end["doorgevoerd"] is None and end["openstaand"] == ["wpi"])
    stage.release(landlord.program)
    carried(sender, given)
    need("erased at the landlord", wait_for("it is erased", lambda: (
        "gewistOp" in case_at(landlord, further))))


def during_delivery(stage):
    """Twenty are on their way while it is withdrawn: each is accounted for."""
    sender, wpi = stage.adapters["buurtteam"], stage.adapters["wpi"]
    given = consent(sender, "F-1")
    cases, stop = [], threading.Event()

    def send():
        for n in range(20):
            status, made = sender.json("POST", "/v1/verwijzingen", {
                "type": "geldzorgen", "naar": {"lid": "wpi"}, "client": "F-1",
                "grondslag": {"soort": "CONSENT_AVG",
                              "toestemming": given["id"]},
                "kenmerk": f"f-{n}", "gegevens": {
                    "CONTACT": {"naam": {"achternaam": NAME}},
                    "REQUEST": {"tekst": "Overzicht."}}})
            if status not in (201, 202, 403):
                raise Failed(f"{status} {made}")
            if status != 403:
                cases.append(made["id"])
            if n == 10:
                stop.set()

    thread = threading.Thread(target=send)
    thread.start()
    stop.wait(30)
    withdraw(sender, given, 200, 201, 202)
    thread.join()
    end = carried(sender, given)
    accepted = [c for c in cases
                if case_at(sender, c)["status"] != "DISCARDED"]
    need(f"{len(accepted)} accepted, {len(end['bereik'])} reached",
         len(end["bereik"]) == len(accepted))
    need(f"{end}", set(reach_of(end)) <= DONE)
    for case in accepted:
        seen = case_at(wpi, case)
        need(f"{seen}", seen is None or seen["gegevens"] == {})


def the_law_goes_on(stage):
    """What rests on the law is not ended, and the answer says so."""
    sender = stage.adapters["corporatie"]
    given = post(sender, "/v1/toestemmingen", {
        "client": "G-1", "soort": "CONSENT_AVG", "partijen": ["wpi"],
        "typen": ["geldzorgen"], "categorieen": ["CONTACT", "REQUEST"],
        "vastgelegd": {"hoe": "IN_PERSON", "door": "M. Medewerker"}}, 201)
    case = post(sender, "/v1/verwijzingen", {
        "type": "woonoverlast", "naar": {"lid": "politie"}, "client": "G-1",
        "kenmerk": "g-1", "grondslag": {"soort": "PUBLIC_TASK"},
        "gegevens": {"ADDRESS": {"postcode": "1064HA", "huisnummer": "1"},
                     "NUISANCE": {"tekst": "Geluid in de nacht."}}},
        201)["id"]
    end = withdraw(sender, given)
    left = end["blijftGelden"]
    need(f"{end}", [w["verwijzing"] for w in left] == [case] and
         "rust op de wet" in left[0]["uitleg"])
    need("it goes on", case_at(sender, case)["status"] != "WITHDRAWN")
    status, answer = sender.json("POST", "/v1/toestemmingen", {
        "client": "G-1", "soort": "PUBLIC_TASK", "partijen": ["politie"],
        "typen": ["woonoverlast"], "categorieen": ["ADDRESS", "NUISANCE"],
        "vastgelegd": {"hoe": "IN_PERSON", "door": "M. Medewerker"}})
    need(f"{status} {answer}", status == 201)
    status, answer = sender.json(
        "POST", f"/v1/toestemmingen/{answer['id']}/intrekking", {})
    need(f"{status} {answer}", status == 422 and "rust op de wet" in
         str(answer))


def main():
    with tempfile.TemporaryDirectory() as folder:
        try:
            with Stage(os.path.join(folder, "stage"),
                       settings={"politie": {"besluit": "NW-1"},
                                 "wpi": {"uitgaand": "nee"}}) as stage:
                stage.start()
                for part in (while_away, after_reading, after_completion,
                             twice_at_once, derived, the_law_goes_on,
                             during_delivery):
                    part(stage)
                    print(f"{part.__name__}: ok", flush=True)
                stage.wijkhub("audit", "verify", stage.broker_dir)
        except Failed as failed:
            print(failed, file=sys.stderr)
            sys.exit(1)


if __name__ == "__main__":
    main()
