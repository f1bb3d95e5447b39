# SPDX-License-Identifier: EUPL-1.2
"""Five referrals, with real sector documents and made-up people.

Each step checks what it did and raises Failed when it did not; each shows what
the broker saw beside what the recipient saw.
"""
import base64
import json
import os
import shutil
import textwrap
import time

from stage import ROOT, Failed, request, wait_for

SAMPLES = os.path.join(ROOT, "tests", "samples")
KINDS = ["corporatie", "buurtteam", "wpi", "politie"]
NOTIFICATION_SECRET = "Bearer notificaties-van-de-demo"
ATTEMPTS = ["vroegsignaal-persoonlijk-contact", "vroegsignaal-gewezen-op-hulp",
            "vroegsignaal-schriftelijke-herinnering",
            "vroegsignaal-aanbod-overdracht-zonder-weigering"]
WIDTH = 38
# In every number that a sender gives: a story played again in a folder that
# was kept is about other people and other referrals.
RUN = time.strftime("%y%m%d%H%M%S", time.gmtime())


def settings(partners, folder):
    """What each adapter is told about its partner system; makes the file with
    the secret that WPI's notifications come with."""
    secret = os.path.join(folder, "notificaties.auth")
    with open(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
              "w", encoding="utf-8") as file:
        file.write(NOTIFICATION_SECRET + "\n")
    return {"politie": {"besluit": "NW-2026-017"},
            "wpi": {"actor": "77777777-7777-4777-8777-777777777777",
                    "klanten": partners["wpi"].url + "/",
                    "notificatie_auth": secret}}


def title(number, text):
    print(f"\n{number}. {text}\n{'=' * (len(text) + 3)}")


def say(text):
    print(textwrap.fill(text, 78, initial_indent="  ",
                        subsequent_indent="    "))


def expect(what, got, *wanted):
    """The outcome of a call; Failed when it is another one."""
    if got not in wanted:
        raise Failed(f"{what}: expected {' or '.join(map(str, wanted))}, "
                     f"got {got}")
    say(f"{what}: {got}")


def cut(text):
    return text if len(text) <= WIDTH else text[:WIDTH - 3] + "..."


def side_by_side(left_title, left, right_title, right):
    print(f"\n    {left_title:<{WIDTH}}  {right_title}")
    print(f"    {'-' * WIDTH}  {'-' * WIDTH}")
    for n in range(max(len(left), len(right))):
        a = left[n] if n < len(left) else ""
        b = right[n] if n < len(right) else ""
        print(f"    {cut(a):<{WIDTH}}  {cut(b)}".rstrip())
    print()


def flat(value, prefix=""):
    """Leaves of a JSON value as "a.b: text" lines."""
    if isinstance(value, dict):
        return [line for key, part in value.items()
                for line in flat(part, f"{prefix}{key}.")]
    if isinstance(value, list):
        return [line for n, part in enumerate(value)
                for line in flat(part, f"{prefix}{n}.")]
    return [f"{prefix[:-1]}: {value}"]


def show_both(stage, case, recipient):
    """What went over the wire as the broker saw it, and as the recipient did;
    nothing that the recipient read may stand in the broker's folder."""
    seen = json.loads(stage.wijkhub("journal", stage.broker_dir, "--case",
                                    case, "--json"))
    left = []
    for envelope in seen:
        left.append(f"{envelope['event']} {envelope['type']}")
        left.append(f"  {envelope['from']} -> {envelope['to']}")
        left += [f"  {name}: {s['bytes']} bytes {s['starts']}"
                 for name, s in envelope["sealed"].items()]
    status, dossier = recipient.json("GET", f"/v1/verwijzingen/{case}")
    if status != 200:
        raise Failed(f"{recipient.member} does not have the referral")
    right = flat(dossier.get("gegevens", {}))
    side_by_side("the broker saw", left, f"{recipient.member} saw", right)
    check_blind(stage, right)


def check_blind(stage, lines):
    """Who, where and what in free text: none of it is in a file of the
    broker. Single words ("schimmel") also stand in the covenant."""
    needles = []
    for path, value in (line.split(": ", 1) for line in lines):
        told = path.startswith(("CONTACT", "ADDRESS")) or " " in value
        if told and len(value) >= 5 and value != "Amsterdam":
            needles.append(value.encode())
    for folder, _, names in os.walk(stage.broker_dir):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                content = file.read()
            for needle in needles:
                if needle in content:
                    raise Failed(f"the broker's file {name} holds what only "
                                 f"the recipient may read")


def status_of(adapter, case):
    status, dossier = adapter.json("GET", f"/v1/verwijzingen/{case}")
    return dossier.get("status") if status == 200 else None


def wait_status(adapter, case, *wanted):
    return wait_for(f"{adapter.member} has {case} in {' or '.join(wanted)}",
                    lambda: status_of(adapter, case) in wanted)


def consent(adapter, client, party, referral_type, categories):
    status, made = adapter.json("POST", "/v1/toestemmingen", {
        "client": client, "soort": "CONSENT_AVG",
        "partijen": [adapter.member, party], "typen": [referral_type],
        "categorieen": categories,
        "vastgelegd": {"hoe": "IN_PERSON", "door": "M. Medewerker",
                       "tekstVersie": "1"}})
    expect(f"{adapter.member} records consent", status, 201)
    return made


def receipt(stage, adapter, given):
    """What the resident takes home, kept to be looked at in a browser."""
    status, _, page = adapter.call(
        "GET", f"/v1/toestemmingen/{given['id']}/ontvangstbewijs")
    expect("the resident's receipt", status, 200)
    first = given["ontvangstbewijs"]["intrekkingscode"].split("-")[0]
    if f"<span>{first}-</span>".encode() not in page:
        raise Failed("the receipt does not show the code to withdraw with")
    path = os.path.join(stage.dir, "ontvangstbewijs.html")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
              "wb") as file:
        file.write(page)
    say("to read, print or scan, in Dutch and English, it is kept in")
    print(f"    {path}")  # not wrapped, to be copied


def act(adapter, case, kind, **more):
    status, answer = adapter.json(
        "POST", f"/v1/verwijzingen/{case}/gebeurtenissen",
        {"soort": kind, **more})
    if status not in (200, 201):
        raise Failed(f"{adapter.member}: {kind}: {status} {answer}")
    say(f"{adapter.member}: {kind} {more.get('code', '')}".rstrip())


# ------------------------------------------------------------------- steps

def transaction(client, number, consented=None):
    """The sample Bundle: a Patient, a ServiceRequest and a Task."""
    with open(os.path.join(SAMPLES, "buurtteam", "damp-bundle.json"),
              encoding="utf-8") as file:
        bundle = json.load(file)
    patient, needed = (e["resource"] for e in bundle["entry"][:2])
    patient["identifier"][0]["value"] = client
    needed["identifier"][0]["value"] = number
    if consented:
        needed["supportingInfo"][0]["identifier"]["value"] = consented
    else:
        del needed["supportingInfo"]
    return bundle


def post_fhir(adapter, bundle):
    """(status, answer, id of the referral or None)."""
    status, _, raw = adapter.call("POST", "/fhir", json.dumps(bundle),
                                  "application/fhir+json")
    answer = json.loads(raw)
    at = [e["response"]["location"] for e in answer.get("entry", [])
          if e["response"]["location"].startswith("Task/")]
    return status, answer, at[0].split("/")[1] if at else None


def damp_and_mould(stage, partners):
    title(1, "Damp and mould: buurtteam to the landlord of the neighbourhood")
    sender, recipient = stage.adapters["buurtteam"], stage.adapters[
        "corporatie"]
    client, number = f"BT-4711-{RUN}", f"BT-{RUN}-1"
    status, answer, _ = post_fhir(sender, transaction(client, number))
    expect("FHIR transaction without consent", status, 403)
    expect("the reason", answer["issue"][0]["details"]["coding"][0]["code"],
           "NO_PERMISSION")
    given = consent(sender, client, "eigen-haard", "vocht-schimmel",
                    ["CONTACT", "ADDRESS", "HOUSING"])
    receipt(stage, sender, given)
    bundle = transaction(client, number, given["id"])
    status, answer, case = post_fhir(sender, bundle)
    expect("with consent", status, 200)
    for entry in answer["entry"]:
        for issue in entry["response"].get("outcome", {}).get("issue", []):
            say(f"noted: {issue['expression'][0]}: {issue['diagnostics']}")
    status, _, again = post_fhir(sender, bundle)
    expect("the same again", status, 200)
    expect("is the same referral", again, case)
    _, made = sender.json("GET", f"/v1/verwijzingen/{case}")
    expect("dichtersbuurt is renewed by", made["naar"]["lid"], "eigen-haard")
    wait_status(recipient, case, "ACCEPTED")
    show_both(stage, case, recipient)
    repair = wait_for("the landlord's system has the repair request",
                      lambda: partners["corporatie"].got(
                          "/onderhoudsverzoeken"))
    defect = json.loads(repair[0])["defecten"][0]["soort"]["code"]
    expect("VERA Onderhoudsverzoek, defect", defect, "SCH")
    act(recipient, case, "starten")
    act(recipient, case, "afronden", code="HELPED")
    wait_status(sender, case, "COMPLETED")
    _, task = sender.json("GET", f"/fhir/Task/{case}")
    expect("the buurtteam reads its FHIR Task", task["status"], "completed")
    kept = partners["buurtteam"].kept
    wait_for("the team's own server has the Task completed", lambda: kept.get(
        f"/Task/{case}", {}).get("status") == "completed")
    say("and the team's own server was told")


def signalering(number, attempts):
    with open(os.path.join(SAMPLES, "housing", "vera-signalering.json"),
              encoding="utf-8") as file:
        document = json.load(file)
    document["idExtern"] = f"SIG-{RUN}-{number}"
    document["relatie"] |= {"id": RUN, "idExtern": f"REL-{RUN}"}
    document["extra-attributen"] = [
        a for a in document["extra-attributen"]
        if not a["naam"].startswith("vroegsignaal")] + [
        {"naam": name, "waarde": "true"} for name in attempts]
    return document


def notify(adapter, partner):
    """Somebody at WPI took the task up: its system says so."""
    path, task = next((p, t) for p, t in partner.kept.items()
                      if p.startswith("/internetaken/"))
    task["status"] = "verwerkt"
    status, _, _ = request("POST", adapter.url + "/zgw/notificaties",
                           json.dumps({
                               "kanaal": "internetaken",
                               "hoofdObject": partner.url + path,
                               "resource": "internetaak",
                               "resourceUrl": partner.url + path,
                               "actie": "update",
                               "aanmaakdatum": "2026-09-14T13:00:01Z",
                               "kenmerken": {}}),
                           {"Content-Type": "application/json",
                            "Authorization": NOTIFICATION_SECRET})
    expect("Notificatie", status, 204)


def rent_arrears(stage, partners):
    title(2, "Rent arrears: the landlord's own signal to WPI")
    sender, recipient = stage.adapters["corporatie"], stage.adapters["wpi"]
    path = "/vera/v4/signaleringen"
    status, answer = sender.json("POST", path,
                                 signalering(1, ATTEMPTS[:3]))
    expect("with three of the four attempts", status, 422, 403)
    say(f"Foutbericht: {answer.get('omschrijving', '')}")
    status, _ = sender.json("POST", path, signalering(2, ATTEMPTS))
    expect("with all four", status, 201)
    case = sender.referrals("verzonden")[0]
    wait_status(recipient, case["id"], "ACCEPTED")
    show_both(stage, case["id"], recipient)
    tasks = wait_for("WPI's system has the task",
                     lambda: partners["wpi"].got("/internetaken"))
    say(f"Klantinteracties internetaak: "
        f"{json.loads(tasks[0])['gevraagdeHandeling']}")
    notify(recipient, partners["wpi"])
    wait_status(sender, case["id"], "IN_PROGRESS")
    say("WPI takes the task up; a Notificatie moves the referral: IN_PROGRESS")
    status, objection = sender.json("POST", "/v1/toestemmingen", {
        "client": case["client"], "soort": "DUTY_WITH_OBJECTION",
        "instrument": "wgs-vroegsignalering",
        "partijen": ["eigen-haard", "wpi"], "typen": ["huurachterstand"],
        "categorieen": ["CONTACT", "ADDRESS", "ARREARS"],
        "pogingen": {"persoonlijkContact": True, "gewezenOpHulp": True,
                     "schriftelijkeHerinnering": True,
                     "aanbodNietGeweigerd": True},
        "vastgelegd": {"hoe": "PHONE", "door": "M. Medewerker",
                       "tekstVersie": "1"}})
    expect("the resident objects: the ground is put on record", status, 201)
    status, _ = sender.json(
        "POST", f"/v1/toestemmingen/{objection['id']}/intrekking", {})
    expect("and the objection against it", status, 200, 201)
    status, answer = sender.json("POST", path, signalering(3, ATTEMPTS))
    expect("the next signal", status, 403)
    say(f"Foutbericht: {answer.get('omschrijving', '')}")


def police_report(stage, partners):
    title(3, "A police care report to the buurtteam, and the outcome back")
    sender, recipient = stage.adapters["politie"], stage.adapters["buurtteam"]
    with open(os.path.join(SAMPLES, "police", "meldingGeneriekDi01.xml"),
              encoding="utf-8") as file:
        document = file.read().replace("PL1300-2026101234-NAZ",
                                       f"PL1300-{RUN}-NAZ")
    status, _, raw = sender.call("POST", "/stuf/jeugdzorg", document,
                                 "application/xml")
    expect("meldingGeneriekDi01", status, 200)
    expect("answered with", "Bv03" if b"Bv03" in raw else "Fo03", "Bv03")
    status, _, raw = sender.call("POST", "/stuf/jeugdzorg", document,
                                 "application/xml")
    expect("the same referentienummer again: Fo03 with StUF016",
           b"StUF016" in raw, True)
    case = sender.referrals("verzonden")[0]["id"]
    wait_status(recipient, case, "ACCEPTED")
    show_both(stage, case, recipient)
    act(recipient, case, "starten")
    act(recipient, case, "afronden", code="HELPED")
    outcome = wait_for("the police have the outcome",
                       lambda: partners["politie"].got("/stuf/jeugdzorg"))
    expect("uitkomstMeldingGeneriekDi01 sent",
           b"uitkomstMeldingGeneriekDi01" in outcome[-1], True)


def money_worries(stage, _partners):
    title(4, "Money worries in two phases: an offer, and identity after it")
    sender, recipient = stage.adapters["buurtteam"], stage.adapters["wpi"]
    client = f"BT-4712-{RUN}"
    given = consent(sender, client, "wpi", "geldzorgen",
                    ["CONTACT", "REQUEST", "FINANCE"])
    status, made = sender.json("POST", "/v1/verwijzingen", {
        "type": "geldzorgen", "naar": {"lid": "wpi"}, "client": client,
        "grondslag": {"soort": "CONSENT_AVG", "toestemming": given["id"]},
        "kenmerk": f"BT-{RUN}-2",
        "gegevens": {
            "CONTACT": {"naam": {"voornamen": "Bram",
                                 "achternaam": "Verzonnen"},
                        "telefoon": "0687654321"},
            "REQUEST": {"tekst": "Hulp bij overzicht over schulden"},
            "FINANCE": {"tekst": "Drie schuldeisers, dreigende afsluiting",
                        "dreigendeAfsluiting": True}}})
    expect("offered", status, 201)
    wait_status(recipient, made["id"], "DELIVERED")
    say("the offer: need, area and urgency; no identity")
    show_both(stage, made["id"], recipient)
    _, seen = recipient.json("GET", f"/v1/verwijzingen/{made['id']}")
    if "CONTACT" in seen["gegevens"]:
        raise Failed("identity was readable before acceptance")
    act(recipient, made["id"], "accepteren")
    wait_for("identity follows by itself", lambda: "CONTACT" in recipient.json(
        "GET", f"/v1/verwijzingen/{made['id']}")[1]["gegevens"])
    show_both(stage, made["id"], recipient)


def withdrawal(stage, _partners):
    title(5, "A withdrawal stops what waits for a recipient that is away")
    sender, recipient = stage.adapters["buurtteam"], stage.adapters["wpi"]
    stage.hold(recipient.program)
    say("WPI's adapter is stopped")
    client = f"BT-4713-{RUN}"
    given = consent(sender, client, "wpi", "regelingen",
                    ["CONTACT", "REQUEST"])
    status, made = sender.json("POST", "/v1/verwijzingen", {
        "type": "regelingen", "naar": {"lid": "wpi"}, "client": client,
        "grondslag": {"soort": "CONSENT_AVG", "toestemming": given["id"]},
        "kenmerk": f"BT-{RUN}-3",
        "gegevens": {"CONTACT": {"naam": {"achternaam": "Fictief"}},
                     "REQUEST": {"tekst": "Toeslagen nalopen"}}})
    expect("referred while WPI is away", status, 201)
    expect("it waits at the hub", made["status"], "QUEUED")
    status, _ = sender.json(
        "POST", f"/v1/toestemmingen/{given['id']}/intrekking", {})
    expect("the resident withdraws", status, 200, 201)
    wait_status(sender, made["id"], "WITHDRAWN")

    def reach():
        _, now = sender.json("GET", f"/v1/toestemmingen/{given['id']}")
        return [r["bereik"] for r in now["intrekking"]["bereik"]]

    wait_for("the reach is known", reach)
    expect("the reach", reach()[0], "RECALLED_BEFORE_DELIVERY")
    stage.release(recipient.program)
    wait_for("WPI is back", recipient.is_up)
    stage.wait_connected(recipient)
    # What was sent before arrives before what is sent now: a second referral
    # proves that the first is not merely late.
    money = [r["id"] for r in recipient.referrals("ontvangen")]
    if made["id"] in money:
        raise Failed("the withdrawn referral arrived")
    expect("WPI never heard of it", status_of(recipient, made["id"]), None)


def withdrawal_after(stage, _partners):
    title(6, "A withdrawal after delivery: how far it came, message by message")
    sender, recipient = stage.adapters["buurtteam"], stage.adapters["wpi"]
    client = f"BT-4714-{RUN}"
    given = consent(sender, client, "wpi", "geldzorgen",
                    ["CONTACT", "REQUEST"])
    status, made = sender.json("POST", "/v1/verwijzingen", {
        "type": "geldzorgen", "naar": {"lid": "wpi"}, "client": client,
        "grondslag": {"soort": "CONSENT_AVG", "toestemming": given["id"]},
        "kenmerk": f"BT-{RUN}-4",
        "gegevens": {"CONTACT": {"naam": {"achternaam": "Bedacht"}},
                     "REQUEST": {"tekst": "Een betalingsregeling"}}})
    expect("referred", status, 201)
    wait_status(recipient, made["id"], "DELIVERED")
    act(recipient, made["id"], "accepteren")
    wait_for("identity follows", lambda: "CONTACT" in recipient.json(
        "GET", f"/v1/verwijzingen/{made['id']}")[1]["gegevens"])
    say("WPI has read it in its own system")
    status, _ = sender.json(
        "POST", f"/v1/toestemmingen/{given['id']}/intrekking", {})
    expect("the resident withdraws", status, 200, 201)

    def ending(which):
        _, now = sender.json("GET", f"/v1/toestemmingen/{given['id']}")
        return now["intrekking"] if now["intrekking"][which] else None

    end = wait_for("the hub recorded it", lambda: ending("vastgelegd"))
    say(f"vastgelegd  {end['vastgelegd']}  log entry {end['index']}")
    end = wait_for("WPI carried it through", lambda: ending("doorgevoerd"))
    say(f"doorgevoerd {end['doorgevoerd']}  log entry "
        f"{end['doorgevoerdIndex']}, on WPI's own signed word")
    for message in end["bereik"]:
        say(f"to {message['aan']}: {message['bereik']}")
    _, seen = recipient.json("GET", f"/v1/verwijzingen/{made['id']}")
    expect("WPI's adapter holds nothing of it any more", seen["gegevens"], {})
    status, _ = recipient.json(
        "POST", f"/v1/verwijzingen/{made['id']}/wissing",
        {"status": "GEWIST"})
    expect("WPI erases its own copy too, and says so", status, 200)
    wait_for("the reach follows", lambda: all(
        m["bereik"] == "ERASURE_CONFIRMED"
        for m in ending("doorgevoerd")["bereik"]))
    say("the reach: ERASURE_CONFIRMED")
    stage.last_withdrawal = end["doorgevoerdIndex"]


def the_log(stage, _partners):
    title(7, "The log holds, and nobody needs to believe the operator")
    for line in stage.wijkhub("audit", "verify",
                              stage.broker_dir).splitlines():
        say(line)
    # Closed and opened again it publishes a checkpoint at once, and has the
    # witnesses cosign it.
    stage.reopen_broker()
    receipt, policy = stage.path("receipt.txt"), stage.path("policy.txt")
    with open(policy, "w", encoding="utf-8") as file:
        file.write(stage.wijkhub("register", "policy",
                                 stage.path("register.bin"), "--alliance",
                                 stage.path("keys", "alliance.pub")))

    def proven():
        with open(receipt, "w", encoding="utf-8") as file:
            file.write(stage.wijkhub("audit", "prove", stage.broker_dir,
                                     str(stage.last_withdrawal), check=False))
        return stage.wijkhub("verify", receipt, "--policy", policy,
                             check=False)

    said = wait_for("the witnesses have cosigned", lambda: (
        lambda text: text if "carried-through" in text else None)(proven()),
        150)
    say(f"a receipt of that withdrawal, {receipt}, checked offline:")
    for line in said.splitlines():
        say(f"  {line}")
    rewrite(stage, receipt)


def rewrite(stage, receipt):
    """What if the operator changes one entry of the log?"""
    with open(receipt, encoding="utf-8") as file:
        extra = [line.split()[1] for line in file
                 if line.startswith("extra ")][0]
    leaf = base64.b64decode(extra)
    stage.hold(stage.broker)
    copy = stage.path("rewritten")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(stage.broker_dir, copy)
    stage.release(stage.broker)
    data = os.path.join(copy, "store", "data.mdb")
    with open(data, "rb") as file:
        pages = file.read()
    expect("the entry lies in the store", leaf in pages, True)
    changed = bytearray(leaf)
    changed[11] ^= 1  # its time, by a millisecond
    with open(data, "wb") as file:
        file.write(pages.replace(leaf, bytes(changed)))
    say("somebody changes that entry in a copy of the store:")
    try:
        stage.wijkhub("audit", "verify", copy)
    except Failed as caught:
        say(f"  {str(caught).strip().splitlines()[-1]}")
    else:
        raise Failed("the rewriting was not noticed")
    shutil.rmtree(copy)


STEPS = [damp_and_mould, rent_arrears, police_report, money_worries,
         withdrawal, withdrawal_after, the_log]


def play(stage, partners):
    for step in STEPS:
        step(stage, partners)
    print("\nEvery step did what it should.")
