#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: the source tree keeps the rules of the architecture.
#
#   tests/layers.sh [--only RULE] [TREE]    TREE defaults to this one
#   tests/layers.sh --rules                 the names of the rules
#
# A broken rule is one line "RULE: FILE:LINE: what is wrong"; exit 1.
# A new rule needs a plant in layers_planted.sh, which refuses to pass without.
set -eu

# One door per library: who may include HEADER. Tests may: they also play the
# hostile outside.
doors='
door-lmdb     ^lmdb\.h$               ^(proto/base/kv(_[a-z]+)?\.[ch]$|tests/)
door-zmq      ^zmq(_utils)?\.h$       ^(proto/base/sock\.c|tests/)
door-protobuf (\.pb-c\.h$|^protobuf-c/)  ^proto/wire[a-z_]*\.c$
door-cyaml    ^(cyaml/|yaml\.h$)      ^(proto/base/conf\.[ch]|tests/)
door-libxml   ^libxml/                ^(adapters|tests)/
door-curl     ^curl/                  ^(adapters|tests)/
door-qrencode ^qrencode\.h$           ^(adapters/qr\.c|tests/)
door-evhttp   ^(event2/|event\.h|evhttp\.h)  ^(adapters|ops/ctl|tests)/
door-jansson  ^jansson\.h$            ^(proto/wire_section[a-z_]*\.[ch]$|(adapters|ops|tests)/)
'

# Folder direction: FROM never includes TARGET.
walls='
dir-proto     ^proto/     ^(consent|broker|adapters|ops|tests)/
dir-consent   ^consent/   ^(broker|adapters|ops|tests)/
dir-broker    ^broker/    ^(adapters|ops|tests)/
dir-adapters  ^adapters/  ^(broker|ops|tests)/
dir-ops       ^ops/       ^tests/
sealed        ^(broker|consent)/  ^proto/(wire_section|sections\.pb-c)
'

# What adapters may use of consent/: the parts without a store of their own.
pure='^consent/(register|permission|disclosure|decide|merkle|note|keyfile|keyring|audit_leaf|witness|evidence)(_[a-z_]+)?\.h$'

# Folders of adapters/ that every adapter may include.
shared_folders='inbox'

rules="$(printf '%s\n%s' "$doors" "$walls" | awk 'NF { print $1 }')
adapters-pure adapter-folders include-root umbrella
spdx size machine-path shared-folder format"

only=
case "${1-}" in
--rules)
	# shellcheck disable=SC2086
	printf '%s\n' $rules
	exit 0
	;;
--only)
	only=$2
	shift 2
	;;
esac
cd "${1:-$(dirname "$(readlink -f "$0")")/..}"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
: >"$tmp/broken"

# The rule whose functions follow: skipped when another one was asked for.
rule() {
	name=$1
	[ -z "$only" ] || [ "$only" = "$name" ]
}

# Lines "FILE:LINE: what" on stdin are breaches of the rule at hand.
breaches() {
	sed "s/^/$name: /" >>"$tmp/broken"
}

find . \( -path ./.git -o -path ./build -o -path ./tests/vectors \
    -o -path ./tests/fuzz/corpus \) -prune -o -type f -print |
    sed 's|^\./||' | sort >"$tmp/files"
grep -E '\.[ch]$' "$tmp/files" >"$tmp/c" || :

# every #include as "FILE LINE <|\" HEADER"
xargs -r -d '\n' grep -HnE '^[[:space:]]*#[[:space:]]*include' <"$tmp/c" |
    sed -nE 's/^([^:]+):([0-9]+):[^<"]*([<"])([^>"]+).*/\1 \2 \3 \4/p' \
	>"$tmp/includes"

# includes HEADER-MATCHES FILE-MATCHES [!]: with "!" the files that do not
includes() {
	awk -v header="$1" -v from="$2" -v not="${3-}" '
	    $4 ~ header && (($1 ~ from) != (not == "!")) {
		print $1 ":" $2 ": includes " $4 }' "$tmp/includes"
}

printf '%s' "$doors" | sed 's/\\/\\\\/g' | while read -r name header door; do
	if [ -z "$name" ] || ! rule "$name"; then continue; fi
	includes "$header" "$door" ! | breaches
done

printf '%s' "$walls" | sed 's/\\/\\\\/g' | while read -r name from target; do
	if [ -z "$name" ] || ! rule "$name"; then continue; fi
	includes "$target" "$from" | breaches
done

if rule adapters-pure; then
	awk -v pure="$(printf '%s' "$pure" | sed 's/\\/\\\\/g')" '
	    $1 ~ /^adapters\// && $4 ~ /^consent\// && $4 !~ pure {
		print $1 ":" $2 ": includes " $4 }' "$tmp/includes" | breaches
fi

# A partner's folder is included by nothing but itself.
if rule adapter-folders; then
	awk -v shared="$shared_folders" '
	    $1 ~ /^adapters\// && split($4, to, "/") == 3 &&
	    to[1] == "adapters" && index(" " shared " ", " " to[2] " ") == 0 {
		split($1, from, "/")
		if (from[2] != to[2] || from[3] == "")
			print $1 ":" $2 ": includes " $4
	    }' "$tmp/includes" | breaches
fi

if rule include-root; then
	awk '$3 == "\"" && ($4 ~ /\.\./ ||
	    $4 !~ /^(proto|consent|broker|adapters|ops|tests)\//) {
		print $1 ":" $2 ": \"" $4 "\" is not a path from the root" }' \
	    "$tmp/includes" | breaches
fi

# A header that declares nothing and only includes others.
if rule umbrella; then
	grep '\.h$' "$tmp/c" | while read -r file; do
		sed -E 's://.*::; s:/\*.*\*/::g; /\/\*/,/\*\//d' "$file" | awk '
		    /^[ \t]*#[ \t]*include[ \t]*"/ { own++; next }
		    /^[ \t]*#[ \t]*define[ \t]+[A-Z0-9_]+_H[ \t]*$/ { next }
		    /^[ \t]*#[ \t]*define/ { says++ }
		    /^[ \t]*#/ || NF == 0 { next }
		    { says++ }
		    END { exit !(own > 0 && says == 0) }' || continue
		echo "$file:1: declares nothing of its own"
	done | breaches
fi

if rule spdx; then
	while read -r file; do
		case "${file##*/}" in
		*.c | *.h | *.proto | *.sh | *.py | *.js | *.css | *.html) ;;
		*.cmake | CMakeLists.txt | *.yaml | *.yml | *.md | *.pml) ;;
		*.service | *.socket | *.timer | *.target | *.[1-8]) ;;
		*) head -c 2 "$file" | grep -qxF '#!' || continue ;;
		esac
		head -n 3 "$file" |
		    grep -qF 'SPDX-License-Identifier: EUPL-1.2' ||
		    echo "$file:1: no SPDX line"
	done <"$tmp/files" | breaches
fi

if rule size; then
	grep -E '\.(c|h|proto|sh|py|js|css|html|cmake)$' "$tmp/files" |
	    xargs -r -d '\n' awk '
		FNR == 601 { print FILENAME ":601: more than 600 lines" }' |
	    breaches
fi

if rule machine-path; then
	xargs -r -d '\n' grep -InE \
	    '(^|[^[:alnum:]_.$})*/-])/(work|home|root|Users)/[[:alnum:]]' \
	    /dev/null <"$tmp/files" | breaches
fi

# What lies beside the clone is not part of it. Tests may look there when the
# environment or its default says so, and must do without.
if rule shared-folder; then
	xargs -r -d '\n' grep -InE '\.\./shared|shared/(design|formats|vectors)' \
	    /dev/null <"$tmp/files" | while IFS= read -r hit; do
		file=${hit%%:*}
		case "$file" in
		tests/*) ! grep -q 'WIJKHUB_SHARED' "$file" || continue ;;
		esac
		echo "$hit"
	done | breaches
fi

if rule format; then
	case "$(clang-format --version 2>/dev/null || :)" in
	*'version 14.'*)
		xargs -r -d '\n' clang-format --dry-run -Werror \
		    --ferror-limit=1 <"$tmp/c" 2>&1 |
		    grep -E '^[^ ].*: error:' | breaches || :
		;;
	*) echo 'format: skipped, there is no clang-format 14' >&2 ;;
	esac
fi

cat "$tmp/broken"
[ ! -s "$tmp/broken" ]
