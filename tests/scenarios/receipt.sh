#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: what a resident took home withdraws at another member's desk, by its
# QR code, also when the adapter that made it was killed before it answered.
set -eu
: "${WIJKHUB_BIN:?}" "${WIJKHUB_SOURCE:?}"
if ! command -v zbarimg >/dev/null; then
	echo "skipped: zbarimg is not installed"
	exit 77
fi
PYTHONPATH=$WIJKHUB_SOURCE/ops/play
PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE
exec /usr/bin/python3 "$WIJKHUB_SOURCE/tests/scenarios/receipt.py"
