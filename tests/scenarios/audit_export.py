# SPDX-License-Identifier: EUPL-1.2
"""See audit_export.sh."""
import copy
import csv
import datetime
import io
import json
import os
import subprocess
import sys
import tempfile

import jsonschema
from stage import Failed, Stage, wait_for

NAME, STREET, NEED = "Verzonnenachternaam", "1064HA", "Schulden na scheiding"
CSV_HEAD = ["entry", "time", "kind", "reason", "from", "to", "referral",
            "type", "processing_activity", "event"]


def post(adapter, path, body, *wanted):
    status, made = adapter.json("POST", path, body)
    if status not in wanted:
        raise Failed(f"{path}: {status} {made}")
    return made


def play(stage):
    """A referral that is delivered, and one that is refused."""
    sender, recipient = stage.adapters["buurtteam"], stage.adapters["wpi"]
    given = post(sender, "/v1/toestemmingen", {
        "client": "BT-0", "soort": "CONSENT_AVG",
        "partijen": ["buurtteam", "wpi"], "typen": ["geldzorgen"],
        "categorieen": ["CONTACT", "REQUEST"],
        "vastgelegd": {"hoe": "IN_PERSON", "door": "M. Medewerker",
                       "tekstVersie": "1"}}, 201)
    body = {"type": "geldzorgen", "naar": {"lid": "wpi"}, "client": "BT-0",
            "grondslag": {"soort": "CONSENT_AVG", "toestemming": given["id"]},
            "kenmerk": "export-1", "gegevens": {
                "CONTACT": {"naam": {"achternaam": NAME}},
                "REQUEST": {"tekst": NEED}}}
    case = post(sender, "/v1/verwijzingen", body, 201)["id"]
    wait_for("WPI has it", lambda: recipient.json(
        "GET", f"/v1/verwijzingen/{case}")[0] == 200)
    post(recipient, f"/v1/verwijzingen/{case}/gebeurtenissen",
         {"soort": "accepteren"}, 200, 201)
    post(sender, f"/v1/toestemmingen/{given['id']}/intrekking", {}, 200, 201)
    return case


# Commits come in groups: the log of the referral may not be all there yet.
ENTRIES_MIN = 8


def shown(stage):
    return json.loads(stage.wijkhub("audit", "show", stage.broker_dir,
                                    "--limit", "100000", "--json"))


def otlp(stage, *more):
    """The spans of an export, each line valid by itself."""
    text = stage.wijkhub("audit", "export", stage.broker_dir, *more)
    spans = []
    for line in text.splitlines():
        document = json.loads(line)
        VALIDATOR.validate(document)
        for resource in document["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                spans += scope["spans"]
    return text, spans


def rows(stage, *more):
    text = stage.wijkhub("audit", "export", stage.broker_dir, "--format",
                         "csv", *more)
    # Read by the rules: ended by CRLF, quotes doubled, as many fields each.
    found = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    if found[0] != CSV_HEAD or any(len(r) != len(CSV_HEAD) for r in found):
        raise Failed(f"not a table of {len(CSV_HEAD)} columns")
    return text, [dict(zip(CSV_HEAD, r)) for r in found[1:]]


def attributes(span):
    return {a["key"]: next(iter(a["value"].values()))
            for a in span["attributes"]}


def check_agree(entries, spans, table, case):
    """Show, OTLP and CSV tell the same of each entry."""
    if not len(entries) == len(spans) == len(table) > ENTRIES_MIN:
        raise Failed(f"{len(entries)} entries, {len(spans)} spans, "
                     f"{len(table)} rows")
    for entry, span, row in zip(entries, spans, table):
        told = attributes(span)
        at_ms = int(span["startTimeUnixNano"]) // 1_000_000
        iso = datetime.datetime.fromtimestamp(
            at_ms / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
        reason = (entry.get("reason") or entry.get("state") or
                  entry.get("event") or "")
        want = (str(entry["index"]), entry["kind"], reason, entry["from"],
                entry["to"], entry["case"])
        of_span = (told["wijkhub.entry"], told["wijkhub.kind"],
                   told.get("wijkhub.reason", ""),
                   told.get("wijkhub.from", ""), told.get("wijkhub.to", ""),
                   told.get("dpl.core.data_subject_id", ""))
        of_row = tuple(row[k] for k in ("entry", "kind", "reason", "from",
                                        "to", "referral"))
        if not want == of_span == of_row:
            raise Failed(f"{want} {of_span} {of_row}")
        if not entry["at"].startswith(iso) or row["time"] != entry["at"]:
            raise Failed(f"{entry['at']} {iso} {row['time']}")
        if entry["case"] == case and (
                span["traceId"] != case.replace("-", "") or
                told["dpl.core.processing_activity_id"] !=
                row["processing_activity"] or row["type"] != "geldzorgen"):
            raise Failed(f"{span} {row}")
    if len({s["spanId"] for s in spans}) != len(spans):
        raise Failed("a span id is used twice")


def check_ranges(stage, entries, end):
    """Every cut by time gives both halves and nothing twice."""
    cut = entries[len(entries) // 2]["at"]
    before = [e for e in entries if e["at"] < cut]
    for fetch in (otlp, rows):
        _, first = fetch(stage, "--until", cut)
        _, second = fetch(stage, "--since", cut, "--until", end)
        if (len(first), len(first) + len(second)) != (len(before),
                                                      len(entries)):
            raise Failed(f"{len(first)} and {len(second)} of {len(entries)}")
    text, none = otlp(stage, "--since", "2099-01-01")
    if none or json.loads(text) != {"resourceSpans": []}:
        raise Failed(f"entries of the future: {text}")


def check_file(stage, text, end):
    path = stage.path("export.json")
    stage.wijkhub("audit", "export", stage.broker_dir, "--until", end,
                  "--out", path)
    with open(path, encoding="utf-8") as file:
        if file.read() != text or os.path.exists(path + ".part"):
            raise Failed("the file is not what standard output was")
    for wrong in (["--format", "xml"], ["--since", "yesterday"],
                  ["--out", stage.path("no", "such", "folder")]):
        done = subprocess.run([os.path.join(stage.bin, "wijkhub"), "audit",
                               "export", stage.broker_dir, *wrong],
                              capture_output=True, check=False)
        if done.returncode != 2:
            raise Failed(f"{wrong}: status {done.returncode}")


def check_schema(text):
    """The schema has teeth: each of these is not what OTLP/JSON is."""
    good = json.loads(text.splitlines()[0])

    def spoil(change):
        bad = copy.deepcopy(good)
        change(bad["resourceSpans"][0]["scopeSpans"][0]["spans"][-1])
        if VALIDATOR.is_valid(bad):
            raise Failed(f"the schema takes {bad}")

    spoil(lambda s: s.update(traceId=s["traceId"].upper() + "=="))
    spoil(lambda s: s.update(spanId="0" * 16))
    spoil(lambda s: s.update(startTimeUnixNano=int(s["startTimeUnixNano"])))
    spoil(lambda s: s.update(kind="SPAN_KIND_INTERNAL"))
    spoil(lambda s: s.update(status={"code": "STATUS_CODE_OK"}))
    spoil(lambda s: s.pop("name"))
    spoil(lambda s: s.update(span_id="1"))
    spoil(lambda s: s["attributes"].append(
        {"key": "dpl.wijkhub.own", "value": {"stringValue": "x"}}))
    spoil(lambda s: s["attributes"].append(
        {"key": "dpl.core.data_subject_id",
         "value": {"stringValue": "999990019"}}))
    spoil(lambda s: s["attributes"].append(
        {"key": "n", "value": {"intValue": 5}}))


def run(stage):
    case = play(stage)

    def told():
        """What is older than the newest entry, and when that was: this stays
        as it is, whatever the running hub adds."""
        entries = shown(stage)
        end = entries[-1]["at"]
        past = [e for e in entries if e["at"] < end]
        return (past, end) if len(past) > ENTRIES_MIN and any(
            e["kind"] == "delivered" for e in past) else None

    entries, end = wait_for("the log tells the story", told, 60)
    for text in (otlp(stage)[0], rows(stage)[0]):
        for word in (NAME, STREET, NEED, "BT-0", "export-1", "Medewerker"):
            if word in text:
                raise Failed(f"the export holds {word}")
    text, spans = otlp(stage, "--until", end)
    table = rows(stage, "--until", end)[1]
    check_agree(entries, spans, table, case)
    check_ranges(stage, entries, end)
    check_file(stage, text, end)
    check_schema(text)
    print(f"{len(entries)} entries, the same in all forms")


with open(os.path.join(os.environ["WIJKHUB_SOURCE"], "tests",
                       "otlp_traces.schema.json"), encoding="utf-8") as schema:
    SCHEMA = json.load(schema)
jsonschema.Draft202012Validator.check_schema(SCHEMA)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


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
