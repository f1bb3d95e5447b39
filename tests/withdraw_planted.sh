#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: the race of fault/withdraw_race.sh passes with the programs as they
# are, and finds a hub that says "doorgevoerd" when it only recorded, and a
# recipient that says that it erased and did not.
#
#   tests/withdraw_planted.sh HUB RECIPIENT    programs with that fault
set -eu
: "${WIJKHUB_BIN:?}" "${WIJKHUB_SOURCE:?}"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

# race NAME [PROGRAM]: one seed, with this program in place of the real one. In
# it the withdrawal comes after 43 of 60 referrals, at the sender's desk, and
# nothing is killed.
race() {
	mkdir "$tmp/$1"
	ln -s "$WIJKHUB_BIN"/* "$tmp/$1"
	if [ $# -gt 1 ]; then ln -sf "$2" "$tmp/$1"; fi
	WIJKHUB_BIN=$tmp/$1 "$WIJKHUB_SOURCE/tests/fault/withdraw_race.sh" \
	    1 60 19 >"$tmp/$1.out" 2>&1
}

# found NAME PROGRAM TEXT: it fails, with a fault that says TEXT
found() {
	if race "$1" "$2"; then
		echo "not found: $1" >&2
		failed=1
	elif ! grep -q "FAULT: .*$3" "$tmp/$1.out"; then
		echo "$1 failed for another reason:" >&2
		cat "$tmp/$1.out" >&2
		failed=1
	fi
}

race real || { cat "$tmp/real.out" >&2; failed=1; }
found hub "$1" 'was erased [0-9]* ms after doorgevoerd'
found recipient "$2" 'is not erased'
exit $failed
