#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claims: a backup of a running broker is whole and tells no details without
# its keys; a store that is put back by hand is refused; `wijkhub restore` makes
# the broker go on under a new origin, whose first leaf holds the last
# checkpoint of the lost log; members go on. What was erased is in no backup
# taken since, and one taken before opens nothing without the old key file. A
# withdrawal made after the backup, also by code at a desk that is no party, and
# a consent given after it, come back by themselves, and nobody is told otherwise
# than before. Each member's copy of the log shows nothing twice, proves what
# the hub has, and keeps what was lost.
set -eu
: "${WIJKHUB_BIN:?}" "${WIJKHUB_SOURCE:?}"
PYTHONPATH=$WIJKHUB_SOURCE/ops/play
PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE
exec /usr/bin/python3 "$WIJKHUB_SOURCE/tests/scenarios/restore.py" "$@"
