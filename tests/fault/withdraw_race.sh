#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: a withdrawal that races a stream of referrals, at a random moment, from
# a random desk, with programs killed in between, is honest: after "doorgevoerd"
# nothing has any effect at the recipient, and the reach adds up to the messages
# that the hub accepted.
#
#   tests/fault/withdraw_race.sh [SEEDS [SENDS [FIRST]]]   5 of 1000, from 1
set -eu
: "${WIJKHUB_BIN:?}" "${WIJKHUB_SOURCE:?}"
PYTHONPATH=$WIJKHUB_SOURCE/ops/play
PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE
exec /usr/bin/python3 "$WIJKHUB_SOURCE/tests/fault/withdraw_race.py" "$@"
