#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: the QR code on a receipt is read by a scanner that is not ours, and
# holds the code; every receipt is well-formed.
#
#   tests/slip.sh TEST-PROGRAM     skipped without zbarimg
set -eu
here=$(dirname "$(readlink -f "$0")")

if ! command -v zbarimg >/dev/null; then
	echo "skipped: zbarimg is not installed"
	exit 77
fi
slips=$(mktemp -d)
trap 'rm -rf "$slips"' EXIT
WIJKHUB_SLIP_DUMP=$slips "$1" >"$slips/log" 2>&1 || {
	cat "$slips/log"
	exit 1
}
xmllint --nonet --noout "$slips"/*.html

# Both languages have one, and it is the same.
/usr/bin/python3 "$here/slip_scan.py" "$slips/toestemming.html" "$slips" |
    while read -r image; do
	zbarimg --quiet --raw "$image"
    done >"$slips/scanned"
code=$(cat "$slips/toestemming.code")
printf 'WIJKHUB:%s\nWIJKHUB:%s\n' "$code" "$code" | diff - "$slips/scanned"

# A receipt without a code has nothing to scan.
if grep -q '<svg' "$slips/ingetrokken.html" "$slips/plicht.html"; then
	echo "a receipt without a code has a QR code"
	exit 1
fi
