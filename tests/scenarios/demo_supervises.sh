#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claims: a program of the demo that is killed is there again, with its new pid
# in demo.json; ending the demo ends them all, kill -9 included; what was kept
# is there in a later run, in which the story plays again; a folder that holds
# something else, or that a demo runs in, is left alone.
set -eu
export PYTHONDONTWRITEBYTECODE=1

tmp=$(mktemp -d)
dir="$tmp/a folder: of #1"
demo=
trap '[ -z "$demo" ] || kill "$demo" 2>/dev/null || :; wait; rm -rf "$tmp"' EXIT

die() {
	echo "$*" >&2
	cat "$tmp/out" >&2
	exit 1
}

# until_ok WHAT COMMAND...: for at most 30 s.
until_ok() {
	what=$1 n=0
	shift
	until "$@"; do
		n=$((n + 1))
		[ "$n" -lt 600 ] || die "$what"
		sleep 0.05
	done
}

of() {
	jq -r "$1" "$dir/demo.json"
}

pids() {
	of '.broker.pid, .adapters[].pid'
}

start() {
	"$WIJKHUB_SOURCE/ops/demo" --dir "$dir" --keep --no-documents \
	    >"$tmp/out" 2>&1 &
	demo=$!
	until_ok "it does not start" grep -q '^Running' "$tmp/out"
	[ "$(pids | wc -l)" -eq 5 ] || die "demo.json does not list five programs"
}

# A zombie whose new parent has not looked yet is gone too.
is_gone() {
	! grep -q '^State:[[:space:]]*[^Z[:space:]]' "/proc/$1/status" 2>/dev/null
}

has_new_pid() {
	[ "$(of ".$1.pid")" != "$2" ]
}

is_listed() {
	curl -sf -H "Authorization: Bearer $(of .adapters.buurtteam.token)" \
	    "$(of .adapters.buurtteam.url)/v1/verwijzingen/$1" >"$tmp/listed"
}

# end SIGNAL: the demo, after which none of its programs is left.
end() {
	running=$(pids)
	kill "-$1" "$demo"
	wait "$demo" || [ "$1" = KILL ] || die "$1: exit $?"
	demo=
	for pid in $running; do
		until_ok "$1 leaves $pid running" is_gone "$pid"
	done
}

# Its files are there, of nobody who runs.
mkdir "$tmp/other"
touch "$tmp/other/thesis.txt"
if "$WIJKHUB_SOURCE/ops/demo" --dir "$tmp/other" --check >"$tmp/out" 2>&1; then
	die "a folder with something else in it was taken"
fi
[ -f "$tmp/other/thesis.txt" ] || die "somebody's file was removed"

start
for name in broker adapters.corporatie adapters.wpi; do
	pid=$(of ".$name.pid")
	kill -KILL "$pid"
	until_ok "$name is not started again" has_new_pid "$name" "$pid"
done
if "$WIJKHUB_SOURCE/ops/demo" --dir "$dir" --check >"$tmp/second" 2>&1; then
	die "two demos in one folder"
fi
end TERM

"$WIJKHUB_SOURCE/ops/demo" --dir "$dir" --keep --check >"$tmp/out" 2>&1 ||
    die "the story fails in a folder that was kept"
case=$(sed -n 's/^  is the same referral: //p' "$tmp/out")
"$WIJKHUB_SOURCE/ops/demo" --dir "$dir" --keep --check >"$tmp/out" 2>&1 ||
    die "the story fails when it is played again"
start
until_ok "the referral of an earlier run is gone" is_listed "$case"
end INT
start
end KILL
