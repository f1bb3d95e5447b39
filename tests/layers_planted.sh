#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: layers.sh finds a breach of each of its rules.
#
# Plants one breach per rule in a copy of the tree and expects to read the
# rule's name and the planted file.
set -eu

tree=$(dirname "$(readlink -f "$0")")/..
layers=$tree/tests/layers.sh
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
tar -C "$tree" --exclude=./.git --exclude=./build -cf - . | tar -C "$copy" -xf -
failed=0
: >"$copy/planted.log"

# plant RULE FILE, the content on stdin
plant() {
	mkdir -p "$copy/$(dirname "$2")"
	cat >"$copy/$2"
	echo "$1" >>"$copy/planted.log"
	status=0
	found=$("$layers" --only "$1" "$copy") || status=$?
	rm "${copy:?}/$2"
	case "$status,$found" in
	1,*"$1: $2:"*) return ;;
	esac
	echo "not found: $1 in $2 (exit status $status)" >&2
	failed=1
}

spdx='/* SPDX-License-Identifier: EUPL-1.2 */'
code() {
	printf '%s\n' "$spdx" "$@"
}

code '#include <lmdb.h>' | plant door-lmdb broker/planted.c
code '#  include <lmdb.h>' | plant door-lmdb proto/base/kv.h
code '#include <zmq.h>' | plant door-zmq adapters/planted.c
code '#include "proto/envelope.pb-c.h"' | plant door-protobuf consent/planted.c
code '#include "proto/envelope.pb-c.h"' | plant door-protobuf proto/wire.h
code '#include <cyaml/cyaml.h>' | plant door-cyaml consent/planted.c
code '#include <libxml/xmlreader.h>' | plant door-libxml proto/planted.c
code '#include <curl/curl.h>' | plant door-curl ops/ctl/planted.c
code '#include <event2/http.h>' | plant door-evhttp broker/planted.c
code '#include <qrencode.h>' | plant door-qrencode adapters/planted.c
code '#include <jansson.h>' | plant door-jansson consent/planted.c

code '#include "consent/decide.h"' | plant dir-proto proto/base/planted.c
code '#include "broker/core.h"' | plant dir-consent consent/planted.h
code '#include "adapters/seal.h"' | plant dir-broker broker/planted.c
code '#include "broker/core.h"' | plant dir-adapters adapters/wpi/planted.c
code '#include "tests/fixture.h"' | plant dir-ops ops/ctl/planted.c
code '#include "proto/wire_section.h"' | plant sealed broker/planted.c
code '#include "consent/store.h"' | plant adapters-pure adapters/planted.c
code '#include "consent/audit.h"' | plant adapters-pure adapters/wpi/planted.c
code '#include "adapters/politie/map.h"' |
    plant adapter-folders adapters/wpi/planted.c
code '#include "adapters/politie/map.h"' |
    plant adapter-folders adapters/planted.c

code '#include "../proto/wire.h"' | plant include-root broker/planted.c
code '#include "wire.h"' | plant include-root proto/planted.c
code '#ifndef WH_PROTO_PLANTED_H' '#define WH_PROTO_PLANTED_H' '' \
    '/* All of it:' ' * in one. */' '#include "proto/wire.h"' \
    '#include "proto/base/err.h"' '#endif' | plant umbrella proto/planted.h

echo 'int planted;' | plant spdx consent/planted.c
# In pieces, because this file is checked too.
away() {
	printf '#define PLANTED "%s%s/wijkhub"' "$1" "$2"
}

printf '#!/bin/sh\nexit 0\n' | plant spdx ops/planted
seq -f '/* %g */' 601 | plant size broker/planted.c
code "$(away /home /someone)" | plant machine-path ops/ctl/planted.c
code "$(away .. /shared)" | plant shared-folder adapters/planted.c
code "$(away .. /shared)" | plant shared-folder tests/planted.c
if clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
	code 'int   planted( void );' | plant format proto/planted.h
else
	echo format >>"$copy/planted.log"
fi

for rule in $("$layers" --rules); do
	grep -qxF "$rule" "$copy/planted.log" && continue
	echo "no plant for the rule $rule" >&2
	failed=1
done
exit "$failed"
