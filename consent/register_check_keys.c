/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <stdlib.h>

#include "consent/register_check.h"
#include "proto/base/mem.h"
#include "proto/base/sign.h"

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
check_key(struct check *check, const char *whose, const struct reg_key *key)
{
	if (key_check(key->use, key->key) != WH_OK)
		return check_no(check, "",
		    "%s: its %s key is of low order or not canonical: "
		    "have it made again with wijkhub keygen",
		    whose, use_text(key->use));
	if (key->until_ms != 0 && key->until_ms <= key->from_ms)
		return check_no(check, "",
		    "%s: its %s key ends before it begins", whose,
		    use_text(key->use));
	return WH_OK;
}

#define HUB_USES    (1u << KEY_TRANSPORT | 1u << KEY_SIGNING)
#define MEMBER_USES (HUB_USES | 1u << KEY_SEALING)

/*
 * No keys at all, or at least one for each of these uses and no other; only
 * some members are witnesses.
 */
static enum wh_err
check_key_list(struct check *check, const char *whose,
    const struct reg_key *keys, size_t count, unsigned wanted)
{
	enum wh_err err = WH_OK;
	unsigned uses = 0;

	if (count > REGISTER_KEYS_MAX)
		return check_no(check, "", "%s has %zu keys: at most %d", whose,
		    count, REGISTER_KEYS_MAX);
	for (size_t i = 0; i < count && err == WH_OK; i++) {
		uses |= 1u << keys[i].use;
		err = check_key(check, whose, &keys[i]);
	}
	if (wanted == MEMBER_USES)
		uses &= ~(1u << KEY_WITNESS);
	if (err == WH_OK && uses != 0 && uses != wanted)
		err = check_no(check, "", "%s needs %s", whose,
		    wanted == HUB_USES
			? "a transport key and a signing key for its log"
			: "a transport, a signing and a sealing key");
	return err;
}

static enum wh_err
check_member_keys(struct check *check, const struct reg_member *member)
{
	char whose[sizeof("member ") + NAME_MAX_LEN];

	(void)snprintf(whose, sizeof(whose), "member %s", member->id);
	return check_key_list(check, whose, member->keys, member->key_count,
	    MEMBER_USES);
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
	return reg->hub_key_count > 0;
}

static struct owned_key *
all_keys(const struct wh_register *reg, size_t *count)
{
	struct owned_key *keys;
	size_t room = reg->hub_key_count + 1;
	size_t n = 0;

	for (size_t i = 0; i < reg->member_count; i++)
		room += reg->members[i].key_count;
	keys = mem_new(room * sizeof(*keys));
	for (size_t i = 0; i < reg->hub_key_count; i++)
		keys[n++] = (struct owned_key){reg->hub_keys[i].key, NULL,
		    reg->hub_keys[i].use};
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
	enum wh_err err;

	check_at(check, "", 0);
	if (!has_hub(reg))
		return WH_OK;
	err = check_key_list(check, "the hub", reg->hub_keys,
	    reg->hub_key_count, HUB_USES);
	if (err != WH_OK)
		return err;
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
