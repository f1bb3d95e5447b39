#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: a referral leads both its parties to one file that proves it, offline,
# under a policy made from the register; so do all entries about it; and what
# was changed in a file, or is judged by another alliance's policy, is refused.
set -eu
: "${WIJKHUB_BIN:?}" "${WIJKHUB_SOURCE:?}"
PYTHONPATH=$WIJKHUB_SOURCE/ops/play
PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE
exec /usr/bin/python3 "$WIJKHUB_SOURCE/tests/scenarios/receipts.py"
