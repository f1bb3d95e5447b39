#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: sealed.sh says no to a program that could open a section, however the
# code got in, and yes to one that could not.
#
#   tests/sealed_planted.sh [BINARY…]    programs that must be refused as well
set -eu

sealed=$(dirname "$(readlink -f "$0")")/sealed.sh
cc=${CC:-cc}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

say() {
	echo "$*" >&2
	failed=1
}

# link NAME FILE FUNCTION: a program that calls FUNCTION from FILE in a library
link() {
	mkdir "$tmp/$1"
	(
		cd "$tmp/$1"
		echo "int $3(void); int $3(void) { return 0; }" >"$2"
		echo "int $3(void); int main(void) { return $3(); }" >main.c
		$cc -c -o "$2.o" "$2"
		ar rc libplanted.a "$2.o"
		$cc -o program -Wl,-Map=program.map main.c libplanted.a
	)
}

refused() {
	if "$sealed" "$@" >/dev/null 2>&1; then say "not refused: $*"; fi
}

link clean queue.c queue_next
"$sealed" "$tmp/clean/program" "$tmp/clean/program.map" ||
    say 'a clean program was refused'

link opener other.c seal_open
refused "$tmp/opener/program"
link reader other.c wire_section_read
refused "$tmp/reader/program"
link parser other.c wijkhub__section_contact__unpack
refused "$tmp/parser/program"
link file seal.c renamed
refused "$tmp/file/program"
link generated sections.pb-c.c renamed
refused "$tmp/generated/program"

# The map tells what the symbol table no longer does.
objcopy --strip-symbol=seal.c "$tmp/file/program"
"$sealed" "$tmp/file/program" >/dev/null || say 'the map is not the only trace'
refused "$tmp/file/program" "$tmp/file/program.map"

# What cannot be looked into is not proven.
: >"$tmp/empty.map"
refused "$tmp/clean/program" "$tmp/empty.map"
strip "$tmp/clean/program"
refused "$tmp/clean/program"
refused "$tmp/absent"

for program; do
	refused "$program"
done
exit "$failed"
