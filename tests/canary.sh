#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: nothing about a resident leaves the adapters' memory and the sealed
# sections. Plays the whole story, then looks for its people in every log, the
# broker's files, metrics, a core dump of the broker taken while messages pass,
# and the adapters' own stores (which are encrypted at rest).
set -eu
: "${WIJKHUB_BIN:?}" "${WIJKHUB_SOURCE:?}"
PYTHONPATH=$WIJKHUB_SOURCE/ops/play
PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE
exec /usr/bin/python3 "$WIJKHUB_SOURCE/tests/canary.py" "$@"
