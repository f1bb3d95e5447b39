#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: `ops/demo --check` plays its whole story, with these programs.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
PYTHONDONTWRITEBYTECODE=1 "$WIJKHUB_SOURCE/ops/demo" --check --dir "$dir/demo"
