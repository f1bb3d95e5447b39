#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: what the municipality's adapter sends and answers is valid by the
# official OpenAPI descriptions. The C tests hold it to these same documents.
#
# Skipped (77) without the descriptions ($WIJKHUB_SHARED, or ../shared beside
# the source tree) or without python3 with yaml and jsonschema.
set -eu

source=${WIJKHUB_SOURCE:-$(dirname "$(readlink -f "$0")")/..}
schemas=${WIJKHUB_SHARED:-$source/../shared}/formats/schemas/zgw
python=/usr/bin/python3

[ -d "$schemas" ] || {
	echo "skipped: no $schemas"
	exit 77
}
"$python" -c 'import yaml, jsonschema' 2>/dev/null || {
	echo 'skipped: needs python3-yaml and python3-jsonschema'
	exit 77
}
exec "$python" - "$schemas" "$source/tests/samples/municipality" <<'EOF'
import json
import sys

import jsonschema
import yaml

schemas, samples = sys.argv[1:]
klant = "klantinteracties-0.9.0.subset.yaml"
hook = "notificaties-consumer.openapi.yaml"
zaken = "zaken-1.7.0.subset.yaml"

documents = [
    (klant, "MaakKlantcontact", "out/maak-klantcontact"),
    (klant, "MaakKlantcontact", "out/maak-klantcontact-huurachterstand"),
    (klant, "MaakKlantcontact", "klantinteracties-maak-klantcontact"),
    (klant, "DigitaalAdres", "out/digitaaladres-telefoon"),
    (klant, "DigitaalAdres", "out/digitaaladres-email"),
    (klant, "InterneTaak", "out/internetaak"),
    (klant, "InterneTaak", "out/internetaak-huurachterstand"),
    (klant, "InterneTaak", "klantinteracties-internetaak"),
    (klant, "PatchedInterneTaak", "out/internetaak-ingetrokken"),
    (klant, "PatchedInterneTaak", "out/internetaak-nieuws"),
    (klant, "PartijIdentificator", "out/partij-identificator"),
    (hook, "Notificatie", "notificatie"),
    (hook, "Fout", "out/fout-403"),
    (hook, "ValidatieFout", "out/validatiefout-400"),
    (zaken, "Fout", "out/fout-403"),
    (zaken, "ValidatieFout", "out/validatiefout-400"),
]

# Each of these must be refused, or the check says nothing.
planted = [
    ("out/internetaak", ("status",), "klaar"),
    ("out/internetaak", ("gevraagdeHandeling",), "x" * 201),
    ("out/internetaak", ("onbekend",), "x"),
    ("out/maak-klantcontact", ("klantcontact", "inhoud"), "x" * 1001),
    ("out/maak-klantcontact", ("betrokkene", "bezoekadres", "postcode"),
     "1064HA"),
    ("out/maak-klantcontact", ("betrokkene", "bezoekadres", "huisnummer"),
     "28"),
]


def strict(node, closed):
    """OpenAPI 3.0 to JSON Schema, for what a client sends: the server's own
    fields need not be there, and (closed) nothing unknown may be."""
    if isinstance(node, list):
        return [strict(item, closed) for item in node]
    if not isinstance(node, dict):
        return node
    out = {key: strict(value, closed) for key, value in node.items()}
    properties = out.get("properties")
    if isinstance(properties, dict) and out.get("type") == "object":
        own = {k for k, v in properties.items() if v.get("readOnly")}
        if isinstance(out.get("required"), list):
            out["required"] = [k for k in out["required"] if k not in own]
        if closed:
            out.setdefault("additionalProperties", False)
    if out.pop("nullable", False):
        out = {"anyOf": [{"type": "null"}, out]}
    return out


def check(file, name, document):
    with open(f"{schemas}/{file}", encoding="utf-8") as text:
        api = strict(yaml.safe_load(text), file == klant)
    api["$ref"] = f"#/components/schemas/{name}"
    validator = jsonschema.Draft7Validator(
        api, format_checker=jsonschema.FormatChecker())
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message}"
            for e in validator.iter_errors(document)]


def load(name):
    with open(f"{samples}/{name}.json", encoding="utf-8") as text:
        return json.load(text)


bad = 0
for file, name, sample in documents:
    for error in check(file, name, load(sample)):
        print(f"{sample}: {name}: {error}")
        bad += 1
kinds = {sample: (file, name) for file, name, sample in documents}
for sample, path, value in planted:
    document = load(sample)
    at = document
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    if not check(*kinds[sample], document):
        print(f"{sample}: {'.'.join(path)} was let through")
        bad += 1
print(f"{len(documents)} documents, {len(planted)} planted, {bad} wrong")
sys.exit(1 if bad else 0)
EOF
