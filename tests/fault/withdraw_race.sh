#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: a withdrawal that races a stream of referrals, acceptances and identity,
# at a random moment, from a random desk, with programs killed in between, is
# honest: nothing arrived at the recipient after "doorgevoerd", all that did is
# erased by then, its own system got no more than the notice, and the reach adds
# up to the messages that the hub accepted.
#
#   tests/fault/withdraw_race.sh [SEEDS [SENDS [FIRST]]]   5 of 1000, from 1
#
# A line per seed, FAULT lines where one is not as claimed, then OK or FAILED.
# The times are of one clock: what the recipient's adapter stored, what the hub
# recorded, and for the partner's system what the kernel says.
set -eu
: "${WIJKHUB_BIN:?}" "${WIJKHUB_SOURCE:?}"
PYTHONPATH=$WIJKHUB_SOURCE/ops/play
PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE
exec /usr/bin/python3 "$WIJKHUB_SOURCE/tests/fault/withdraw_race.py" "$@"
