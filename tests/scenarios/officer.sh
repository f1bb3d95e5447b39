#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: a privacy officer sees what was decided about this member and who
# looked; the report of a client holds all that it must, and no trace of a
# police report that the resident may not hear of yet. Both are the same when
# the hub was put back from a backup.
set -eu
: "${WIJKHUB_BIN:?}" "${WIJKHUB_SOURCE:?}"
PYTHONPATH=$WIJKHUB_SOURCE/ops/play
PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE
exec /usr/bin/python3 "$WIJKHUB_SOURCE/tests/scenarios/officer.py"
