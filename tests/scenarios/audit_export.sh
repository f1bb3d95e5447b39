#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: the whole log of a running hub comes out as Logboek Dataverwerkingen
# records and as CSV, each entry once, by time range, with nothing about a
# person in it.
set -eu
: "${WIJKHUB_BIN:?}" "${WIJKHUB_SOURCE:?}"
if ! /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
	echo "skipped: needs python3-jsonschema"
	exit 77
fi
PYTHONPATH=$WIJKHUB_SOURCE/ops/play
PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE
exec /usr/bin/python3 "$WIJKHUB_SOURCE/tests/scenarios/audit_export.py"
