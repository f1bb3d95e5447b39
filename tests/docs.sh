#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: the documents name nothing that is not there, and PROTOCOL.md leaves
# out no field and no number of the contract.
#
#   tests/docs.sh [TREE]    TREE defaults to this one
#
# A difference is one line; exit 1.
set -eu
cd "${1:-$(dirname "$(readlink -f "$0")")/..}"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
protocol=proto/PROTOCOL.md
documents="README.md $protocol $(echo adapters/*.md adapters/*/*.md ops/decisions/*.md tests/model/*.md)"
: >"$tmp/said"

say() {
	echo "$*" >>"$tmp/said"
}

# Paths in backquotes that begin with a folder of the source, a glob or
# {a,b} included, and the targets of relative links.
for document in $documents; do
	{
		grep -oE '`(proto|consent|broker|adapters|ops|tests|cmake)/[^` ]*`' \
		    "$document" | tr -d '`' | sed 's/:[0-9]*$//'
		grep -oE '\]\([^)#:]+[)#]' "$document" | sed 's/^](//; s/[)#]$//' |
		    sed "s|^|$(dirname "$document")/|"
	} | sort -u >"$tmp/paths" || :
	while read -r path; do
		case $path in
		*NAME* | *\<* | *NNNN*) continue ;; # stands for many
		*\{*\}*) # one {a,b}: each of them
			head=${path%%\{*} tail=${path#*\}}
			list=${path#*\{} list=${list%%\}*}
			all=$(echo "$list" | tr , '\n' |
			    sed "s|^|$head|; s|\$|$tail|")
			;;
		*) all=$path ;;
		esac
		for one in $all; do
			# shellcheck disable=SC2086
			ls -d $one >/dev/null 2>&1 ||
			    say "$document: no such path: $one"
		done
	done <"$tmp/paths"
done

# Headings that are linked to, as GitHub and Forgejo name them.
for document in $documents; do
	sed -nE 's/^#+ //p' "$document" | tr 'A-Z ' 'a-z-' |
	    tr -cd 'a-z0-9_\n-' >"$tmp/anchors"
	grep -oE '\]\(#[^)]+\)' "$document" | sed 's/^](#//; s/)$//' | sort -u |
	    while read -r anchor; do
		grep -qxF -- "$anchor" "$tmp/anchors" ||
		    say "$document: no such heading: #$anchor"
	    done
done

# Tests that are named, in a file that has them.
cat tests/*_test.c | grep -oE '^test_[a-z0-9_]+' | sort -u >"$tmp/tests"
for document in $documents; do
	grep -oE '`test_[a-z0-9_]+`' "$document" | tr -d '`' | sort -u |
	    comm -23 - "$tmp/tests" | while read -r name; do
		say "$document: no such test: $name"
	    done
done

# Functions and steps that the model is compared with.
grep -oE '`[a-z_]+\(\)`' tests/model/README.md | tr -d '`()' | sort -u |
    while read -r name; do
	grep -qE "^(inline )?$name\(" broker/*.c adapters/*.c \
	    tests/model/delivery.pml ||
		say "tests/model/README.md: no such function: $name"
    done

# Every field of every message: "| NO | NAME | ..." below "### MESSAGE", or
# "| MESSAGE | NO | NAME | ..." for the sealed bodies.
awk '/^message / { message = $2; next }
    /^}/ { message = "" }
    message != "" && match($0, /[a-z_]+ = [0-9]+;/) {
	split(substr($0, RSTART, RLENGTH), part, /[ =;]+/)
	print message, part[2], part[1] }' proto/*.proto | sort >"$tmp/fields"
awk -F ' *[|] *' '/^##/ { n = split(substr($0, index($0, " ") + 1), names, /, /) }
    /^\| [0-9]+ \| [a-z_]+ \|/ {
	for (i = 1; i <= n; i++) print names[i], $2, $3 }
    /^\| [A-Z][A-Za-z]+ \| [0-9]+ \| [a-z_]+ \|/ { print $2, $3, $4 }' \
    "$protocol" | grep -E '^[A-Z][A-Za-z]+ [0-9]+ [a-z_]+$' | sort >"$tmp/told"
[ -s "$tmp/fields" ] || say "proto/*.proto: no fields found; mend tests/docs.sh"
comm -23 "$tmp/fields" "$tmp/told" | while read -r field; do
	say "$protocol: no field: $field"
done
comm -13 "$tmp/fields" "$tmp/told" | while read -r field; do
	say "$protocol: not in the contract: $field"
done

# Every word of the vocabulary with its number.
grep -oE 'X\([A-Z_]+, [0-9]+, "[A-Z_]+"\)' proto/terms.h |
    sed -E 's/.*, ([0-9]+), "([A-Z_]+)"\)/\1 \2/' | sort -u >"$tmp/words"
sed -n '/^## C\. /,$p' "$protocol" | grep -oE '[0-9]+ [A-Z][A-Z_]+' |
    sort -u >"$tmp/listed"
comm -3 "$tmp/words" "$tmp/listed" | tr -d '\t' | while read -r word; do
	say "$protocol: numbers differ from proto/terms.h: $word"
done

# Kinds of log entries.
grep -oE 'X\(AUDIT_[A-Z_]+, [0-9]+, "[a-z-]+"\)' consent/audit_leaf.h |
    sed -E 's/.*, ([0-9]+), "([a-z-]+)"\)/\1 \2/' | while read -r number word; do
	grep -qE "\| $number \| $word \|" "$protocol" ||
	    say "$protocol: no kind of log entry: $number $word"
done

# Each decision has a number of its own, and is headed by it.
for document in ops/decisions/*.md; do
	number=$(basename "$document" | cut -c1-4)
	[ "$(ls ops/decisions/"$number"-* | wc -l)" = 1 ] ||
	    say "$document: another decision has this number"
	grep -qE "^# ${number#"${number%%[1-9]*}"}\\. " "$document" ||
	    say "$document: is not headed by its number"
done

cat "$tmp/said"
[ ! -s "$tmp/said" ]
