#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: a withdrawal is honest, whenever it comes: while the recipient is away,
# while it is being delivered, after it was read, after it was completed, twice
# at once. Recorded is told apart from carried through; the reach adds up to the
# messages; what was received is erased, or retained on a ground that is named.
set -eu
: "${WIJKHUB_BIN:?}" "${WIJKHUB_SOURCE:?}"
PYTHONPATH=$WIJKHUB_SOURCE/ops/play
PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE
exec /usr/bin/python3 "$WIJKHUB_SOURCE/tests/scenarios/withdrawal.py"
