#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: what the housing adapter reads and makes is valid VERA 4.3.
#
# The documents are those of tests/samples/housing that the adapter's own tests
# compare with what it makes, member by member; the schemas are Aedes' own
# (vera-openapi), from $WIJKHUB_SHARED/formats/schemas/vera or the folder shared
# beside this tree. Skipped (77) where they, or Python's yaml and jsonschema,
# are absent.
set -eu

source=${WIJKHUB_SOURCE:-$(dirname "$(readlink -f "$0")")/..}
schemas=${WIJKHUB_SHARED:-$source/../shared}/formats/schemas/vera
python=/usr/bin/python3

if [ ! -f "$schemas/BDO.yaml" ]; then
	echo "skipped: no VERA schemas"
	exit 77
fi
if ! "$python" -c 'import yaml, jsonschema' 2>/dev/null; then
	echo "skipped: needs python3-yaml and python3-jsonschema"
	exit 77
fi
exec "$python" - "$schemas" "$source/tests/samples/housing" <<'PYTHON'
import json
import re
import sys

import jsonschema
import yaml

schemas, samples = sys.argv[1:]
OHD = "OHD-onderhoudsverzoeken.subset.yaml"
CHECKS = [
    ("BRG.yaml", "Signaleringen-Signaleringbericht", "vera-signalering"),
    ("BRG.yaml", "Relaties-Relatiebericht", "vera-relatie"),
    ("BRG.yaml", "Contactmomenten-Contactmomentbericht", "vera-contactmoment"),
    ("BRG.yaml", "Contactmomenten-Contactmomentbericht", "sent-zaak-made"),
    ("INC.yaml", "ExterneIncassos-ExterneIncassobericht",
     "vera-externe-incasso"),
    ("BDO.yaml", "Zaken-Zaakbericht", "vera-zaak"),
    ("BDO.yaml", "Zaken-Zaakbericht", "vera-zaak-stored"),
    ("BDO.yaml", "Zaken-Zaakbericht", "received-woonoverlast-made"),
    (OHD, "Onderhoudsverzoeken-Onderhoudsverzoekbericht",
     "vera-onderhoudsverzoek"),
    (OHD, "Onderhoudsverzoeken-Onderhoudsverzoekbericht",
     "received-vocht-schimmel-made"),
]
# The form that the descriptions ask of a moment; format alone allows "+02:00".
MOMENT = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$")


def relax(node):
    """VERA's oneOf cannot be satisfied: one object fits all branches."""
    if isinstance(node, dict):
        return {("anyOf" if key == "oneOf" else key): relax(value)
                for key, value in node.items()}
    return [relax(x) for x in node] if isinstance(node, list) else node


def resolve(spec, schema):
    while "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        schema = spec["components"]["schemas"][name]
    return schema


def members(spec, schema):
    """All properties that the schema and its parts name."""
    schema = resolve(spec, schema)
    found = dict(schema.get("properties", {}))
    for key in ("allOf", "anyOf"):
        for part in schema.get(key, []):
            found.update(members(spec, part))
    return found


def items(spec, schema):
    schema = resolve(spec, schema)
    return schema.get("items", {})


def strangers(spec, schema, value, path):
    """VERA forbids nothing, so a slip of the pen would pass: look for it."""
    if isinstance(value, list):
        for entry in value:
            yield from strangers(spec, items(spec, schema), entry, path)
    if not isinstance(value, dict):
        return
    known = members(spec, schema)
    for key, inner in value.items():
        if key not in known:
            yield f"{path}.{key}: not in the schema"
            continue
        if known[key].get("format") == "date-time" and not MOMENT.match(inner):
            yield f"{path}.{key}: not a moment that ends in Z"
        yield from strangers(spec, known[key], inner, f"{path}.{key}")


failed = 0
for file, name, sample in CHECKS:
    with open(f"{schemas}/{file}", encoding="utf-8") as f:
        spec = relax(yaml.safe_load(f))
    with open(f"{samples}/{sample}.json", encoding="utf-8") as f:
        document = json.load(f)
    schema = dict(spec, **{"$ref": f"#/components/schemas/{name}"})
    found = [e.message for e in
             jsonschema.Draft4Validator(schema).iter_errors(document)]
    found += strangers(spec, {"$ref": f"#/components/schemas/{name}"},
                       document, sample)
    for message in found:
        print(f"{sample}: {message}")
    print(f"{sample}: {'WRONG' if found else 'valid'} {name}")
    failed += bool(found)

# The checks themselves must find what there is to find.
planted = {"omschrijvng": "x", "kanaal": "INT", "datum": "2026-09-14"}
with open(f"{schemas}/BRG.yaml", encoding="utf-8") as f:
    spec = relax(yaml.safe_load(f))
ref = {"$ref": "#/components/schemas/Contactmomenten-Contactmomentbericht"}
errors = list(jsonschema.Draft4Validator(dict(spec, **ref)).iter_errors(planted))
odd = list(strangers(spec, ref, planted, "planted"))
if not errors or len(odd) != 2:
    print("planted mistakes were not found")
    failed += 1
sys.exit(1 if failed else 0)
PYTHON
