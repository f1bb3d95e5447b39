#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Claim: from covenant and keys to a signed register with the real command, and
# every register that is not this alliance's, whole and newer, gets a "no".
set -eu

wijkhub=$WIJKHUB_BIN/wijkhub
covenant=$WIJKHUB_SOURCE/ops/covenant-nieuw-west.yaml
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# expect STATUS WORD COMMAND...: the exit status, and WORD in what it says
expect() {
	status=$1 word=$2
	shift 2
	got=0
	"$@" >out 2>&1 || got=$?
	if [ "$got" -ne "$status" ] || ! grep -qF -e "$word" out; then
		echo "expected $status and '$word', got $got from: $*" >&2
		cat out >&2
		exit 1
	fi
}

sign() {
	"$wijkhub" register sign --keys keys --alliance safe/alliance.secret "$@"
}

# Wrong usage is 2, and the help knows every command.
expect 2 'no command' "$wijkhub"
expect 2 "unknown command 'frobnicate'" "$wijkhub" frobnicate
expect 2 'register verify' "$wijkhub" register
expect 2 'unrecognized option' "$wijkhub" register show --colour r1
expect 2 'cannot be the id of a member' "$wijkhub" keygen member Hub
expect 2 'give --covenant' sign
for command in keygen 'register sign' 'register show' 'register verify'; do
	expect 0 "$command" "$wijkhub" --help
done

# Keys.
expect 0 'keep it on this machine' "$wijkhub" keygen alliance --dir safe
expect 0 '"ok": true' "$wijkhub" keygen --member politie --dir keys --json
[ "$(stat -c %a keys/politie.secret)" = 600 ]
expect 1 'never overwritten' "$wijkhub" keygen member politie --dir keys
expect 1 'the hub has no keys' sign --covenant "$covenant" --out r1
expect 0 '' "$wijkhub" keygen hub --dir keys
expect 0 '' "$wijkhub" keygen member wpi --dir keys
[ ! -e r1 ]

# Signed, shown, verified.
expect 0 '7 members (2 with keys), 13 types' \
    sign --covenant "$covenant" --out r1 --origin nieuw-west.example/log
expect 0 'rochdale' sign --covenant "$covenant" --out again
expect 0 'nieuw-west.example/log' "$wijkhub" register show r1
expect 0 'signed by this alliance' \
    "$wijkhub" register verify r1 --alliance safe/alliance.pub
"$wijkhub" register show r1 --json >shown
[ "$(jq -r '.types | length' shown)" = 13 ]
[ "$(jq -r '.members[] | select(.id == "wpi") | .keys | length' shown)" = 4 ]

# One changed byte, anywhere; another alliance; half a file; no file.
size=$(stat -c %s r1)
for at in 0 9 "$((size / 2))" "$((size - 60))" "$((size - 1))"; do
	byte=$(od -An -tu1 -j "$at" -N 1 r1)
	cp r1 changed
	# shellcheck disable=SC2059
	printf "$(printf '\\%03o' "$((byte ^ 1))")" |
	    dd of=changed bs=1 seek="$at" conv=notrunc 2>/dev/null
	expect 1 changed "$wijkhub" register verify changed \
	    --alliance safe/alliance.pub
done
"$wijkhub" keygen alliance --dir other >/dev/null
expect 1 'not signed by this alliance' \
    "$wijkhub" register verify r1 --alliance other/alliance.pub
expect 1 '"ok": false' \
    "$wijkhub" register verify r1 --alliance other/alliance.pub --json
expect 1 'not the key of an alliance' \
    "$wijkhub" register verify r1 --alliance keys/wpi.pub
head -c "$((size / 2))" r1 >half
expect 1 half "$wijkhub" register verify half --alliance safe/alliance.pub
expect 1 absent "$wijkhub" register show absent

# Only higher versions, of this covenant and alliance; what changed is told.
expect 1 'not higher than 1' \
    sign --covenant "$covenant" --out r2 --previous r1
sed -e 's/^version: 1/version: 2/' -e '/{id: rochdale/d' \
    -e 's/decide: 3, contact: 10/decide: 4, contact: 10/' "$covenant" >next.yaml
rm keys/wpi.secret keys/wpi.pub
"$wijkhub" keygen member wpi --dir keys >/dev/null
expect 0 'changed:' sign --covenant next.yaml --out r2 --previous r1
grep -qE '^ *members +wpi +changed +keys$' out
grep -qE '^ *members +rochdale +removed' out
grep -qE '^ *types +woonoverlast +changed +clocks$' out
"$wijkhub" register show r2 --json >shown
[ "$(jq -r '.members[] | select(.id == "wpi") | .keys | length' shown)" = 8 ]
[ "$(jq -r .hub.logOrigin shown)" = nieuw-west.example/log ]
expect 1 'not higher than 2' \
    sign --covenant "$covenant" --out r3 --previous r2
expect 1 'not signed by this alliance' "$wijkhub" register sign --keys keys \
    --alliance other/alliance.secret --covenant next.yaml --out r3 --previous r1

# A mistake in the covenant has its line; weak and open keys are refused.
sed 's/role: wpi, /role: wpj, /' "$covenant" >wrong.yaml
line=$(grep -n 'role: wpj' wrong.yaml | cut -d: -f1)
expect 1 "wrong.yaml:$line: member wpi has unknown role 'wpj'" \
    sign --covenant wrong.yaml --out r3
cp keys/wpi.pub wpi.pub
sed 's/^signing: .*/signing: 0100000000000000000000000000000000000000000000000000000000000000/' \
    wpi.pub >keys/wpi.pub
expect 1 'wpi.pub:5: signing is of low order' \
    sign --covenant "$covenant" --out r3
cp keys/politie.pub keys/wpi.pub
expect 1 'one owner and one use' sign --covenant "$covenant" --out r3
cp wpi.pub keys/wpi.pub
chmod 644 safe/alliance.secret
expect 1 'others may read this secret' sign --covenant "$covenant" --out r3
[ ! -e r3 ]
