#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: the broker does not contain the code that opens a section, nor the
# code that knows what is in one.
#
#   tests/sealed.sh BINARY [MAPFILE]    MAPFILE: what the linker's -Map wrote
#
# Each thing found is one line; exit 1. A stripped binary proves nothing: exit 1.
set -eu

binary=$1
map=${2-}
sections=$(dirname "$(readlink -f "$0")")/../proto/sections.proto

# Source files that must not be in it, by symbol table and by link map.
files='(seal|wire_section|sections\.pb-c)\.c'

# protobuf-c calls message FooBar of package wijkhub wijkhub__foo_bar.
messages=$(sed -nE 's/^message ([A-Za-z0-9]+).*/\1/p' "$sections" |
    sed -E 's/([A-Z])/_\L\1/g; s/^_//' | paste -sd'|')
if [ -z "$messages" ]; then
	echo "sealed: no messages in $sections"
	exit 1
fi
symbols="(seal_|wire_section_|wijkhub__($messages)__)"

tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT
nm -a "$binary" >"$tmp"
if ! grep -qE ' [tT] main$' "$tmp" || ! grep -qE ' a [^ ]+\.c$' "$tmp"; then
	echo "sealed: $binary has no symbols to look at"
	exit 1
fi

found=0
if grep -E " [a-zA-Z] $symbols| a (.*/)?$files\$" "$tmp"; then
	echo "sealed: the above is in $binary"
	found=1
fi
if grep -qF 'HPKE-v1' "$binary"; then
	echo "sealed: the HPKE labels are in $binary"
	found=1
fi
# A member of an archive stands in the map only when it was linked in.
if [ -n "$map" ]; then
	if ! grep -qE '^LOAD ' "$map"; then
		echo "sealed: $map is no link map"
		exit 1
	fi
	if grep -m 5 -E "[/( ]$files\.o" "$map"; then
		echo "sealed: the above is linked in, by $map"
		found=1
	fi
fi
exit "$found"
