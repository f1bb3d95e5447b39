#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""Check answers that the tests kept (adapters_api_world.h) against the
openapi.json that is among them. Prints what differs; exit 1 then."""
import json
import pathlib
import re
import sys
import warnings

warnings.simplefilter("ignore", DeprecationWarning)
from jsonschema import Draft202012Validator, RefResolver  # noqa: E402


def pattern(path):
    parts = re.split(r"\{\w+\}", path)
    return re.compile("[^/]+".join(map(re.escape, parts)))


def promised(document, answer):
    """The response object for this answer, or why there is none."""
    path = answer["path"].split("?")[0]
    for template, operations in document["paths"].items():
        if pattern(template).fullmatch(path) is None:
            continue
        operation = operations.get(answer["method"].lower())
        if operation is None:
            return None, "no such method"
        response = operation["responses"].get(str(answer["status"]))
        return response, None if response else "no such status"
    # An address that is not in the document answers 404 and nothing else.
    return None, None if answer["status"] == 404 else "no such path"


def faults(document, resolver, answer):
    response, why = promised(document, answer)
    if why is not None:
        return [why]
    schema = {"$ref": "#/components/schemas/Probleem"}
    media = answer["type"].split(";")[0]
    if response is not None:
        if media not in response["content"]:
            return ["no such type: " + media]
        schema = response["content"][media]["schema"]
    validator = Draft202012Validator(schema, resolver=resolver)
    return [
        "/".join(map(str, error.absolute_path)) + ": " + error.message[:300]
        for error in validator.iter_errors(answer["body"])
    ]


def main(folder):
    files = sorted(pathlib.Path(folder).glob("*.json"))
    answers = [json.loads(file.read_text()) for file in files]
    documents = [a["body"] for a in answers if a["path"] == "/v1/openapi.json"]
    if not documents:
        sys.exit("no openapi.json among the answers")
    document = documents[0]
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    resolver = RefResolver("", document)
    seen, bad = set(), 0
    for answer in answers:
        seen.add((answer["method"], answer["status"]))
        for fault in faults(document, resolver, answer):
            bad += 1
            print(answer["method"], answer["path"], answer["status"], fault)
    print(f"{len(answers)} answers, {len(seen)} kinds, {bad} faults")
    # Too few answers would prove nothing.
    if bad > 0 or len(answers) < 100 or len(seen) < 10:
        sys.exit(1)


main(sys.argv[1])
