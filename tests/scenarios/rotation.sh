#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claims: transport, signing and sealing keys of members and the transport and
# log keys of the hub are replaced while referrals flow, and each arrives once,
# none refused; a sealing key that came to the register before it came to its
# owner loses nothing; old sealing keys are destroyed; the log verifies. A stolen
# key in use is taken out: its register is in force within a second of being
# placed, by the hub's clock, and not one message of that key is accepted behind
# it in the log.
set -eu
: "${WIJKHUB_BIN:?}" "${WIJKHUB_SOURCE:?}"
PYTHONPATH=$WIJKHUB_SOURCE/ops/play:$WIJKHUB_SOURCE/tests/fault
PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE
exec /usr/bin/python3 "$WIJKHUB_SOURCE/tests/rotation.py" "$@"
