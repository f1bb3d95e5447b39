#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: a withdrawal comes through, also when the key that signed it is taken
# out of the register before everybody has heard: who sent it signs it anew,
# and when that member is gone, who carried it through says it. Nobody has to
# do anything.
set -eu
: "${WIJKHUB_BIN:?}" "${WIJKHUB_SOURCE:?}"
PYTHONPATH=$WIJKHUB_SOURCE/ops/play:$WIJKHUB_SOURCE/tests:$WIJKHUB_SOURCE/tests/fault
PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE
exec /usr/bin/python3 "$WIJKHUB_SOURCE/tests/scenarios/withdrawal_keys.py"
