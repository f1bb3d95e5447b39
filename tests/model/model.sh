#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: delivery.pml keeps its six properties whatever is killed or lost when,
# every step of it happens, and each mutation breaks its own property alone.
#
#   model.sh [NAME | --plain | --mutations]    one line of the table, or some
#
# Each search is exhaustive: one that was cut short (depth, memory) fails.
# Exit status: 0 as claimed, 1 not, 77 spin is not there.
set -eu
export LC_ALL=C
model=$(dirname "$(readlink -f "$0")")/delivery.pml
command -v spin >/dev/null || exit 77

# NAME  FLAGS  SEARCHES
# A search is CLAIM+ (holds), CLAIM- (is violated), or "steps": every step of
# the model is taken, those that only a violation takes excepted.
table='
plain           -                        rest+,steps
both_ways       -DBOTH_WAYS              rest+,steps
inside          -DCOVER                  steps
ends            -DLIVE                   ending+
ends_both_ways  -DLIVE,-DBOTH_WAYS       ending+
ack_early       -DBUG_ACK_EARLY          durable-,rest+
release_early   -DBUG_RELEASE_EARLY      durable-
no_dedupe       -DBUG_NO_DEDUPE          once-,rest+
no_recheck      -DBUG_NO_RECHECK         handover-,rest+
no_epoch        -DBUG_NO_EPOCH           carried-,rest+
not_asked       -DBUG_NOT_ASKED          carried-,rest+
event_ack_early -DBUG_EVENT_ACK_EARLY    carried-,rest+
second_at_once  -DBUG_SECOND_AT_ONCE     carried-,rest+
untold          -DBUG_SUBMITTER_UNTOLD   carried-,rest+
by_status       -DBUG_HEARD_BY_STATUS    carried-,rest+
unsent_any      -DBUG_UNSENT_ANY         carried-,rest+
entry_outside   -DBUG_ENTRY_OUTSIDE      entry-,rest+
no_rewind       -DBUG_NO_REWIND          rest+
no_rewind_ends  -DBUG_NO_REWIND,-DLIVE   ending-
'
depth=50000
memory=2000 # MB

# What a search came to: holds, violated, or why it says nothing.
verdict() { # OUTPUT
	if grep -q 'search depth too small' "$1"; then
		echo 'cut short: depth'
	elif grep -qE 'out of memory|reached -DMEMLIM' "$1"; then
		echo 'cut short: memory'
	elif grep -qE 'assertion violated +!\(|: acceptance cycle' "$1"; then
		echo violated
	elif grep -q 'errors: 0$' "$1" &&
	    ! grep -q 'Search not completed' "$1"; then
		echo holds
	else
		echo "broken: $(grep -m1 '^pan' "$1" || echo 'no result')"
	fi
}

states() {
	sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$1"
}

search() { # NAME CLAIM EXPECTED; in the folder of its pan
	case $2 in
	ending) set -- "$@" -a -f ;;
	esac
	name=$1 claim=$2 expected=$3
	shift 3
	# shellcheck disable=SC2094 # -N takes a name, not a file
	./pan "$@" -m$depth -N "$claim" >"$claim" 2>&1 || :
	found=$(verdict "$claim")
	printf '%-16s %-9s %-9s %9s states\n' "$name" "$claim" "$found" \
	    "$(states "$claim")"
	[ "$found" = "$expected" ]
}

# Of the search before, or one without a claim.
steps() { # NAME
	[ -e rest ] || ./pan -m$depth >rest 2>&1 || :
	sed -n '/^unreached in \(proctype\|init\)/,/^\t(/p' rest |
	    grep 'state ' | grep -vE '"-end-"|"late_(handover|effect) = 1"' \
	    >unreached || :
	printf '%-16s %-9s %-9s %9s states\n' "$1" steps \
	    "$([ -s unreached ] && echo 'not all' || echo all)" "$(states rest)"
	cat unreached
	[ "$(verdict rest)" = holds ] && grep -q '^unreached in' rest &&
	    [ ! -s unreached ]
}

run() { # NAME FLAGS SEARCHES
	mkdir "$tmp/$1" && cd "$tmp/$1"
	flags=$(echo "$2" | tr , ' ') how='-O1 -DNOREDUCE'
	[ "$flags" != - ] || flags=
	case $3 in
	*ending*) how="$how -DNFAIR=3" ;;
	*) how="$how -DSAFETY -DNOFAIR" ;;
	esac
	case $3 in
	*-*rest+) flags="$flags -DBUT_${3%%-*}" ;;
	*steps) flags="$flags -o3" ;;
	esac
	[ "$3" != steps ] || how="$how -DNOCLAIM"
	# shellcheck disable=SC2086
	if ! spin $flags -a "$model" >spin.out 2>&1 ||
	    ! gcc -w $how -DMEMLIM=$memory -o pan pan.c; then
		echo "$1: does not build"
		cat spin.out
		return 1
	fi
	ok=0
	for one in $(echo "$3" | tr , ' '); do
		case $one in
		steps) steps "$1" || ok=1 ;;
		*+) search "$1" "${one%+}" holds || ok=1 ;;
		*-) search "$1" "${one%-}" violated || ok=1 ;;
		esac
	done
	# A search that is cut short is seen to be.
	if [ "$1" = plain ]; then
		depth=40
		search plain_shallow rest 'cut short: depth' || ok=1
	fi
	return $ok
}

if [ "${1-}" = --run ]; then
	tmp=$2
	run "$3" "$4" "$5" >"$tmp/$3.out" 2>&1 || echo FAILED >>"$tmp/$3.out"
	cat "$tmp/$3.out"
	exit 0
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
echo "$table" | awk -v only="${1-}" 'NF && (only == "" || $1 == only ||
    (only == "--plain" && !/BUG_/) || (only == "--mutations" && /BUG_/))' \
    >"$tmp/table"
[ -s "$tmp/table" ] || { echo "model.sh: no such line: $1" >&2; exit 1; }
xargs -a "$tmp/table" -P "$(nproc)" -L 1 "$0" --run "$tmp"
! grep -qx FAILED "$tmp"/*.out
