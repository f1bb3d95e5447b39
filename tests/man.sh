#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: the man pages say what the programs do: every log id, configuration
# key and subcommand is in its page and nowhere else, and none that is not
# there.
#
#   tests/man.sh [TREE]    TREE defaults to this one
#
# Subcommands are asked of $WIJKHUB_BIN/wijkhub; without it, of its source. A
# difference is one line; exit 1.
set -eu
cd "${1:-$(dirname "$(readlink -f "$0")")/..}"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
found=0

# same WHAT: the lists $tmp/code and $tmp/page must be equal.
same() {
	sort -u "$tmp/code" >"$tmp/a"
	sort "$tmp/page" >"$tmp/b"
	if [ ! -s "$tmp/a" ]; then
		echo "$1: nothing found in the sources; mend tests/man.sh"
		found=1
	fi
	uniq -d "$tmp/b" | sed "s/^/$1: listed twice: /" >"$tmp/said"
	sort -u "$tmp/b" | comm -23 "$tmp/a" - |
	    sed "s/^/$1: not in the page: /" >>"$tmp/said"
	sort -u "$tmp/b" | comm -13 "$tmp/a" - |
	    sed "s/^/$1: not in the sources: /" >>"$tmp/said"
	cat "$tmp/said"
	[ ! -s "$tmp/said" ] || found=1
}

# Ids in calls of log_*(), and of helpers named fail() that pass one on.
ids_in() {
	find "$@" -name '*.c' -exec cat {} + | tr '\n' ' ' |
	    grep -oE '(log_(err|warn|info|debug)|fail)\( *"[A-Z][A-Z0-9-]+"' |
	    sed -E 's/.*"(.*)"/\1/'
}

ids_of() {
	sed -nE 's/^\.It Sy ([A-Z][A-Z0-9-]+)$/\1/p' "$1"
}

# All words behind ".It Ic", which may be several: "from , to".
keys_of() {
	sed -nE '/^\.Sh '"$2"'$/,/^\.Sh /s/^\.It Ic //p' "$1" |
	    sed 's/ , /\n/g'
}

page=ops/man/wijkhub-broker.8
ids_in broker >"$tmp/code"
ids_of $page >"$tmp/page"
same "log ids of the broker"

page=ops/man/wijkhub-adapter.8
ids_in adapters >"$tmp/code"
ids_of $page >"$tmp/page"
same "log ids of adapters"

# What every program shares must not log: nobody's page would list it.
if ids_in proto consent | grep .; then
	echo "the above is logged below the programs: no page lists it"
	found=1
fi

# Keys in a table of libcyaml fields: the first text of each row.
fields_in() {
	tr '\n' ' ' <"$1" | grep -oE "$2" | sed -E 's/.*"([a-z_]+)".*/\1/'
}

row='(CYAML_FIELD_[A-Z_]+|CONF_FIELD_[A-Z_]+|TEXT(_OR_NULL)?|FILE_NAME)'
fields_in broker/config.c "$row\( *\"[a-z_]+\"" >"$tmp/code"
keys_of ops/man/wijkhub-broker.8 CONFIGURATION >"$tmp/page"
same "configuration of the broker"

{
	fields_in adapters/config.c "$row\( *\"[a-z_]+\""
	fields_in adapters/config.c 'key = "[a-z_]+"'
} >"$tmp/code"
keys_of ops/man/wijkhub-adapter.8 CONFIGURATION >"$tmp/page"
# keys that stand in two places of the file stand twice in the page
sort -u "$tmp/page" >"$tmp/once" && mv "$tmp/once" "$tmp/page"
same "configuration of adapters"

# In the covenant a list or number is named after its member.
{
	fields_in consent/covenant_doc.c "$row\( *\"[a-z_]+\""
	tr '\n' ' ' <consent/covenant_doc.c |
	    grep -oE '(LIST|NUMBER)(_OR_NULL)?\( *struct [a-z_]+, *[a-z_]+' |
	    sed -E 's/.*, *//'
} | grep -vxE 'nl|en|decide|contact|heartbeat' >"$tmp/code"
keys_of ops/man/wijkhub-covenant.5 KEYS | sort -u >"$tmp/page"
same "keys of the covenant"
for key in nl en decide contact heartbeat; do
	grep -qE "^\.Ic $key( [,;])?\$" ops/man/wijkhub-covenant.5 || {
		echo "keys of the covenant: not in the page: $key"
		found=1
	}
done

# Settings that an adapter knows: one array of texts each.
{
	cat adapters/*/*.c | tr '\n' ' ' |
	    grep -oE '[a-z_]*settings[a-z_]*\[\] = \{[^}]*\}' |
	    grep -oE '"[a-z_]+"' | tr -d '"'
	grep -rqE '"zaaktype_" #' adapters/corporatie/ 2>/dev/null &&
	    echo 'zaaktype_<soort>_<detailSoort>'
} >"$tmp/code" || :
keys_of ops/man/wijkhub-adapter.8 SETTINGS >"$tmp/page"
same "settings of adapters"

if [ -x "${WIJKHUB_BIN-}/wijkhub" ]; then
	"$WIJKHUB_BIN/wijkhub" --help | sed -nE 's/^  ([a-z].*[a-z])  .*/\1/p' |
	    sed -E 's/  .*//'
else
	sed -nE 's/^    \{"([a-z -]+)",( ".*)?$/\1/p' ops/ctl/ctl.c
fi >"$tmp/code"
# "audit show Ar DIR ..." and "keygen Cm member ...": the words before a macro
sed -nE 's/^\.It Ic ([a-z-]+( [a-z-]+)*)( [A-Z][a-z].*)?$/\1/p' \
    ops/man/wijkhub.1 >"$tmp/page"
same "subcommands of wijkhub"

# Questions to the control socket.
grep -oE '"(status|health|metrics|members|log-level) ?"' \
    broker/loop_status.c | tr -d '" ' >"$tmp/code"
sed -nE '/^\.Sh CONTROL SOCKET$/,/^\.Sh /s/^\.It Ic //p' \
    ops/man/wijkhub-broker.8 | sed 's/ , /\n/g; s/ Ar .*//' >"$tmp/page"
same "control questions"

for page in ops/man/*.[158]; do
	if command -v mandoc >/dev/null; then
		mandoc -Tlint -Wwarning "$page" || found=1
	elif command -v groff >/dev/null; then
		groff -mdoc -Tutf8 -ww -z "$page" >"$tmp/said" 2>&1 || :
		sed "s|^|$page: |" "$tmp/said"
		[ ! -s "$tmp/said" ] || found=1
	else
		echo "$page: not rendered, there is no mandoc or groff" >&2
	fi
done
exit "$found"
