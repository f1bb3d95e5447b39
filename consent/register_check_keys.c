/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <stdlib.h>

#include "consent/register_check.h"
#include "proto/base/mem.h"
#include "proto/base/sign.h"

static const uint8_t no_key[WIRE_KEY_LEN];

/* Whose key it is and what for, to find one that is used twice. */
struct owned_key {
	const uint8_t *key;              /* borrowed from the register */
	const struct reg_member *member; /* NULL: the hub */
	enum key_use use;
};

static const char *
use_text(enum key_use use)
{
	switch (use) {
	case KEY_TRANSPORT:
		return "transport";
	case KEY_SIGNING:
		return "signing";
	case KEY_SEALING:
		return "sealing";
	case KEY_WITNESS:
		return "witness";
	}
	return "unknown";
}

static enum wh_err
key_check(enum key_use use, const uint8_t key[WIRE_KEY_LEN])
{
	return use == KEY_SIGNING || use == KEY_WITNESS ? sign_key_check(key)
							: x25519_key_check(key);
}

static enum wh_err
check_key(struct check *check, const struct reg_member *member,
    const struct reg_key *key)
{
	if (key_check(key->use, key->key) != WH_OK)
		return check_no(check, "",
		    "member %s: its %s key is of low order or not canonical: "
		    "have it made again with wijkhub keygen",
		    member->id, use_text(key->use));
	if (key->until_ms != 0 && key->until_ms <= key->from_ms)
		return check_no(check, "",
		    "member %s: its %s key ends before it begins", member->id,
		    use_text(key->use));
	return WH_OK;
}

/* No keys at all, or at least one for each use; only some are witnesses. */
static enum wh_err
check_member_keys(struct check *check, const struct reg_member *member)
{
	enum wh_err err = WH_OK;
	unsigned uses = 0;

	if (member->key_count > REGISTER_KEYS_MAX)
		return check_no(check, "", "member %s has %zu keys: at most %d",
		    member->id, member->key_count, REGISTER_KEYS_MAX);
	for (size_t i = 0; i < member->key_count && err == WH_OK; i++) {
		uses |= 1u << member->keys[i].use;
		err = check_key(check, member, &member->keys[i]);
	}
	if (err == WH_OK && uses != 0 &&
	    (uses & ~(1u << KEY_WITNESS)) !=
		(1u << KEY_TRANSPORT | 1u << KEY_SIGNING | 1u << KEY_SEALING))
		err = check_no(check, "",
		    "member %s needs a transport, a signing and a sealing key",
		    member->id);
	return err;
}

static int
by_key(const void *left, const void *right)
{
	const struct owned_key *a = left;
	const struct owned_key *b = right;

	return memcmp(a->key, b->key, WIRE_KEY_LEN);
}

static const char *
owner(const struct owned_key *key)
{
	return key->member == NULL ? "hub" : key->member->id;
}

static bool
has_hub(const struct wh_register *reg)
{
	return memcmp(reg->hub_transport_key, no_key, sizeof(no_key)) != 0;
}

static struct owned_key *
all_keys(const struct wh_register *reg, size_t *count)
{
	struct owned_key *keys;
	size_t room = 2;
	size_t n = 0;

	for (size_t i = 0; i < reg->member_count; i++)
		room += reg->members[i].key_count;
	keys = mem_new(room * sizeof(*keys));
	if (has_hub(reg)) {
		keys[n++] = (struct owned_key){reg->hub_transport_key, NULL,
		    KEY_TRANSPORT};
		keys[n++] = (struct owned_key){reg->log_key, NULL, KEY_SIGNING};
	}
	for (size_t i = 0; i < reg->member_count; i++) {
		const struct reg_member *member = &reg->members[i];

		for (size_t j = 0; j < member->key_count; j++)
			keys[n++] = (struct owned_key){member->keys[j].key,
			    member, member->keys[j].use};
	}
	*count = n;
	return keys;
}

static enum wh_err
check_keys_differ(struct check *check)
{
	enum wh_err err = WH_OK;
	size_t count = 0;
	struct owned_key *keys = all_keys(check->reg, &count);

	qsort(keys, count, sizeof(*keys), by_key);
	for (size_t i = 1; i < count && err == WH_OK; i++) {
		const struct owned_key *a = &keys[i - 1];
		const struct owned_key *b = &keys[i];

		if (by_key(a, b) != 0)
			continue;
		if (b->member != NULL)
			check_at(check, "members",
			    (size_t)(b->member - check->reg->members));
		err = check_no(check, "",
		    "the %s key of %s is also the %s key of %s: each key has "
		    "one owner and one use",
		    use_text(b->use), owner(b), use_text(a->use), owner(a));
	}
	mem_free(keys);
	return err;
}

static enum wh_err
check_hub(struct check *check)
{
	const struct wh_register *reg = check->reg;

	check_at(check, "", 0);
	if (!has_hub(reg)) {
		if (memcmp(reg->log_key, no_key, sizeof(no_key)) == 0)
			return WH_OK;
		return check_no(check, "",
		    "the hub has a log key and no transport key");
	}
	if (key_check(KEY_TRANSPORT, reg->hub_transport_key) != WH_OK ||
	    key_check(KEY_SIGNING, reg->log_key) != WH_OK)
		return check_no(check, "",
		    "a key of the hub is of low order or not canonical: "
		    "have it made again with wijkhub keygen");
	if (strpbrk(reg->log_origin, " +") != NULL)
		return check_no(check, "",
		    "the log's origin holds a space or '+': choose another");
	return check_text(check, "", reg->log_origin, REFERENCE_MAX_LEN);
}

enum wh_err
check_keys(struct check *check)
{
	const struct wh_register *reg = check->reg;
	enum wh_err err = check_hub(check);

	for (size_t i = 0; i < reg->member_count && err == WH_OK; i++) {
		check_at(check, "members", i);
		err = check_member_keys(check, &reg->members[i]);
	}
	if (err == WH_OK)
		err = check_keys_differ(check);
	return err;
}

enum wh_err
register_complete(const struct wh_register *reg, struct why *why)
{
	if (!has_hub(reg))
		return why_set(why, WH_INVALID,
		    "the hub has no keys: make them with wijkhub keygen hub");
	for (size_t i = 0; i < reg->member_count; i++)
		if (reg->members[i].key_count > 0)
			return WH_OK;
	return why_set(why, WH_INVALID,
	    "no member has keys: make them with wijkhub keygen member ID");
}
