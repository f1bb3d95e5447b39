#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: the replay finds a parser's mistake that no seed shows, keeps the input
# that shows it, and finds it again from that input alone.
set -eu

program=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
mkdir corpus
printf 'length=3;abc' >corpus/seed

quiet() {
	"$@" >/dev/null 2>&1
}

quiet "$program" corpus || { echo 'the seed alone fails' >&2; exit 1; }
[ ! -e crash-replay_planted ]
! quiet "$program" -n 2000 corpus || { echo 'not found' >&2; exit 1; }
[ -s crash-replay_planted ] || { echo 'the input is not kept' >&2; exit 1; }
mv crash-replay_planted kept
! quiet "$program" kept || { echo 'not found again' >&2; exit 1; }
cmp kept crash-replay_planted
quiet "$program" -n 2000 absent || { echo 'fails without a corpus' >&2; exit 1; }
