#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claims: the log of a hub is cosigned by members of two sectors, and a receipt
# under it verifies offline; without them it says since when nobody watches; a
# hub that shows two members two logs is found out by both, with evidence that
# verifies offline; a hub whose store was put back writes nothing more.
set -eu
: "${WIJKHUB_BIN:?}" "${WIJKHUB_SOURCE:?}"
PYTHONPATH=$WIJKHUB_SOURCE/ops/play
PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE
exec /usr/bin/python3 "$WIJKHUB_SOURCE/tests/scenarios/witness.py" "$@"
