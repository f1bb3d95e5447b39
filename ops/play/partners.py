# SPDX-License-Identifier: EUPL-1.2
"""The partner systems of the demo: small servers that keep what they get.

They stand for software that every organisation has already: a landlord's VERA
service, WPI's Klantinteracties, the police's StUF intake, a team's FHIR server.
"""
import json
import re
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RELATIE = {
    "id": "100234", "idExtern": "REL-100234",
    "idGegevensbeheerder": "CORP-VB", "idOrganisatie": "CORP-VB",
    "idAdministratie": "wonen",
    "soort": {"code": "NAT", "naam": "Natuurlijke persoon"},
    "voornaam": "Sanne", "voorletters": "S.", "tussenvoegsels": "van",
    "achternaam": "Voorbeeld", "bsn": "999990202",
    "geboortedatum": "1987-04-19",
    "geslacht": {"code": "V", "naam": "Vrouwelijk"},
    "voorkeurstaal": {"code": "NLD", "naam": "Nederlands"},
    "contactgegevens": [
        {"soort": {"code": "MOB", "naam": "Mobiele telefoon"},
         "waarde": "0612345678"},
        {"soort": {"code": "EMA", "naam": "E-mail"},
         "waarde": "sanne@voorbeeld.example"}],
    "adressen": [
        {"soort": {"code": "WOO", "naam": "Woonadres"},
         "adres": {"straatnaam": "Slotermeerlaan", "huisnummer": "9999",
                   "postcode": "1064HA",
                   "woonplaats": {"code": "3594", "naam": "Amsterdam"}}}],
}
BV03 = """<?xml version="1.0" encoding="UTF-8"?>
<StUF:Bv03Bericht xmlns:StUF="http://www.egem.nl/StUF/StUF0301">
<StUF:stuurgegevens><StUF:berichtcode>Bv03</StUF:berichtcode>
<StUF:zender><StUF:organisatie>POLITIE EENHEID AMSTERDAM</StUF:organisatie>
<StUF:applicatie>BVH</StUF:applicatie></StUF:zender>
<StUF:ontvanger><StUF:organisatie>WIJKTEAM NIEUW-WEST</StUF:organisatie>
<StUF:applicatie>WIJKHUB</StUF:applicatie></StUF:ontvanger>
<StUF:referentienummer>BVH-ACK-1</StUF:referentienummer>
<StUF:tijdstipBericht>20260911150001000</StUF:tijdstipBericht>
<StUF:crossRefnummer>{cross}</StUF:crossRefnummer>
</StUF:stuurgegevens></StUF:Bv03Bericht>"""


def vera(_partner, method, path, body):
    if method == "GET" and path.startswith("/relaties/"):
        number = path.rsplit("/", 1)[1]
        return 200, {**RELATIE, "id": number, "idExtern": f"REL-{number}"}
    if method == "POST":
        return 201, {**json.loads(body), "id": str(uuid.uuid4())}
    return (200, json.loads(body)) if body else (404, {})


def klantinteracties(partner, method, path, body):
    """Enough of Open Klant to be asked again for what it was told."""
    def keep(kind, resource):
        resource = {**resource, "uuid": str(uuid.uuid4())}
        resource["url"] = f"{partner.url}/{kind}/{resource['uuid']}"
        partner.kept[f"/{kind}/{resource['uuid']}"] = resource
        return resource

    if method == "POST" and path == "/maak-klantcontact":
        sent = json.loads(body)
        return 201, {"klantcontact": keep("klantcontacten",
                                          sent["klantcontact"]),
                     "betrokkene": keep("betrokkenen", sent["betrokkene"]),
                     "onderwerpobject": None}
    if method == "POST":
        return 201, keep(path.strip("/"), json.loads(body))
    if path not in partner.kept:
        return 404, {}
    if method == "PATCH":
        partner.kept[path].update(json.loads(body))
    return 200, partner.kept[path]


def stuf(_partner, _method, _path, body):
    found = re.search(rb"<StUF:referentienummer>([^<]*)<", body)
    return 200, BV03.format(cross=found.group(1).decode() if found else "-")


def fhir(partner, method, path, body):
    """Keeps resources; a transaction puts several at once."""
    if method == "GET":
        return (200, partner.kept[path]) if path in partner.kept else (404, {})
    sent = json.loads(body)
    if sent["resourceType"] != "Bundle":
        partner.kept[path] = sent
        return 200, sent
    answers = []
    for entry in sent["entry"]:
        url = entry["request"]["url"]
        partner.kept[f"/{url}"] = entry["resource"]
        answers.append({"response": {"status": "201 Created",
                                     "location": f"{url}/_history/1"}})
    return 200, {"resourceType": "Bundle", "type": "transaction-response",
                 "entry": answers}


KINDS = {"corporatie": vera, "wpi": klantinteracties, "politie": stuf,
         "buurtteam": fhir}


class Partner:
    """One partner system on a free port; received is a list of
    (method, path, headers, body)."""

    def __init__(self, kind):
        self.kind, self.received = kind, []
        self.kept = {}  # path -> resource, where the kind keeps any
        self.refuse = None  # an HTTP status: what it answers when it is ill
        answer = KINDS[kind]
        partner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                if partner.refuse:
                    status, content = partner.refuse, {}
                else:
                    status, content = answer(
                        partner, self.command, self.path, body)
                    partner.received.append(
                        (self.command, self.path, dict(self.headers), body))
                text = content if isinstance(content, str) \
                    else json.dumps(content)
                raw = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/xml"
                                 if isinstance(content, str)
                                 else "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = do_PUT = do_PATCH = handle_any

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def got(self, path):
        """The bodies received so far on a path that begins so."""
        return [body for _, at, _, body in list(self.received)
                if at.startswith(path)]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
