#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: whatever is killed, every acknowledged referral arrives exactly once,
# the log verifies, fsck finds nothing, and a replay gives the same root.
set -eu
: "${WIJKHUB_BIN:?}" "${WIJKHUB_SOURCE:?}"
PYTHONPATH=$WIJKHUB_SOURCE/ops/play
PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE
exec /usr/bin/python3 "$WIJKHUB_SOURCE/tests/fault/kill9.py" "$@"
