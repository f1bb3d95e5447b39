#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: every answer that the API gave in its tests is one that openapi.json
# promises for that route and status, in the promised shape.
#
#   tests/api_answers.sh TEST-PROGRAM...     skipped without python3-jsonschema
set -eu
here=$(dirname "$(readlink -f "$0")")
python=/usr/bin/python3

if ! "$python" -c 'import jsonschema' 2>/dev/null; then
	echo "skipped: python3-jsonschema is not installed"
	exit 77
fi
answers=$(mktemp -d)
trap 'rm -rf "$answers"' EXIT
for test; do
	WIJKHUB_API_DUMP=$answers "$test" >"$answers/log" 2>&1 || {
		cat "$answers/log"
		exit 1
	}
done
"$python" "$here/api_answers.py" "$answers"
