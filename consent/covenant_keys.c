/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <stdlib.h>

#include "consent/covenant.h"
#include "consent/keyfile.h"
#include "proto/base/mem.h"

/* The public file of name in dir. WH_NOT_FOUND when there is none. */
static enum wh_err
read_publics(const char *dir, const char *name, enum keyfile_kind kind,
    struct key_publics *out, struct why *why)
{
	size_t size = strlen(dir) + strlen(name) + sizeof("/.pub");
	char *path = mem_new(size);
	struct key_publics read = {0};
	enum wh_err err;

	(void)snprintf(path, size, "%s/%s.pub", dir, name);
	err = keyfile_read_public(path, &read, why);
	if (err == WH_OK && read.kind != kind)
		err = why_set(why, WH_INVALID,
		    "%s: these are not the keys of a %s: make them with "
		    "wijkhub keygen",
		    path, kind == KEYFILE_HUB ? "hub" : "member");
	if (err == WH_OK)
		*out = read;
	mem_free(path);
	return err;
}

/* The keys of one owner in the register. */
struct key_list {
	struct reg_key *keys; /* of an arena */
	size_t count;
};

static enum wh_err
list_publics(struct arena *arena, const struct key_publics *publics,
    int64_t from_ms, struct key_list *out, struct why *why)
{
	const uint8_t *keys[] = {publics->transport, publics->signing,
	    publics->sealing, publics->witness};
	const enum key_use uses[] = {KEY_TRANSPORT, KEY_SIGNING, KEY_SEALING,
	    KEY_WITNESS};
	size_t count = publics->kind == KEYFILE_HUB ? 2
		       : publics->has_witness       ? 4
						    : 3;
	struct reg_key *list = arena_alloc(arena, count * sizeof(*list));

	if (list == NULL)
		return why_set(why, WH_TOO_BIG, "too many members with keys");
	for (size_t i = 0; i < count; i++) {
		list[i] = (struct reg_key){.use = uses[i], .from_ms = from_ms};
		memcpy(list[i].key, keys[i], WIRE_KEY_LEN);
	}
	*out = (struct key_list){list, count};
	return WH_OK;
}

/* WH_OK also without a file: then out is left as it is. */
static enum wh_err
add_keys(struct arena *arena, const char *dir, const char *name,
    enum keyfile_kind kind, int64_t from_ms, struct key_list *out,
    struct why *why)
{
	struct key_publics publics = {0};
	enum wh_err err;

	err = read_publics(dir, name, kind, &publics, why);
	if (err == WH_OK)
		err = list_publics(arena, &publics, from_ms, out, why);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
covenant_add_keys(struct arena *arena, const char *dir, int64_t at_ms,
    struct wh_register *reg, struct why *why)
{
	const int64_t from_ms = at_ms > SKEW_MAX_MS ? at_ms - SKEW_MAX_MS : 0;
	struct key_list list = {reg->hub_keys, reg->hub_key_count};
	enum wh_err err;

	err = add_keys(arena, dir, "hub", KEYFILE_HUB, from_ms, &list, why);
	reg->hub_keys = list.keys;
	reg->hub_key_count = list.count;
	for (size_t i = 0; i < reg->member_count && err == WH_OK; i++) {
		struct reg_member *member = &reg->members[i];

		list = (struct key_list){member->keys, member->key_count};
		err = add_keys(arena, dir, member->id, KEYFILE_MEMBER, from_ms,
		    &list, why);
		member->keys = list.keys;
		member->key_count = list.count;
	}
	return err;
}

static struct reg_key *
find_key(const struct key_list *list, const struct reg_key *wanted)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->keys[i].use == wanted->use &&
		    memcmp(list->keys[i].key, wanted->key, WIRE_KEY_LEN) == 0)
			return &list->keys[i];
	return NULL;
}

static int64_t
end_of(const struct reg_key *key)
{
	return key->until_ms == 0 ? INT64_MAX : key->until_ms;
}

static int
latest_end_first(const void *left, const void *right)
{
	int64_t a = end_of(left);
	int64_t b = end_of(right);

	return a > b ? -1 : a < b;
}

static bool
is_revoked(const struct covenant_keep *how, const struct reg_key *key)
{
	struct key_id id = wire_key_id(key->key);

	for (size_t i = 0; i < how->revoked_count; i++)
		if (memcmp(how->revoked[i].b, id.b, sizeof(id.b)) == 0)
			return true;
	return false;
}

/* Of no use to anybody: it never began, or opens no connection any more. */
static bool
is_spent(const struct reg_key *key, int64_t until_ms, int64_t now_ms)
{
	return (end_of(key) > until_ms && key->from_ms >= until_ms) ||
	       (key->use == KEY_TRANSPORT && end_of(key) <= now_ms);
}

static enum wh_err
keep_keys(struct arena *arena, const struct key_list *before,
    const struct covenant_keep *how, int64_t now_ms, struct key_list *list,
    struct why *why)
{
	size_t room = list->count + before->count;
	struct reg_key *keys = arena_alloc(arena, (room + 1) * sizeof(*keys));
	size_t count = list->count;

	if (keys == NULL)
		return why_set(why, WH_TOO_BIG, "too many keys to keep");
	if (count > 0)
		memcpy(keys, list->keys, count * sizeof(*keys));
	for (size_t i = 0; i < before->count; i++) {
		const struct reg_key *old = &before->keys[i];
		struct reg_key *same =
		    find_key(&(struct key_list){keys, list->count}, old);

		if (same != NULL) {
			same->from_ms = old->from_ms;
			continue;
		}
		if (is_revoked(how, old) ||
		    is_spent(old, how->until_ms, now_ms))
			continue;
		keys[count] = *old;
		if (end_of(old) > how->until_ms)
			keys[count].until_ms = how->until_ms;
		count++;
	}
	qsort(keys, count, sizeof(*keys), latest_end_first);
	list->keys = keys;
	list->count = count > REGISTER_KEYS_MAX ? REGISTER_KEYS_MAX : count;
	return WH_OK;
}

/* How many of these keys are to be revoked. */
static size_t
count_revoked(const struct covenant_keep *how, const struct reg_key *keys,
    size_t count)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += is_revoked(how, &keys[i]);
	return found;
}

static size_t
all_revoked(const struct covenant_keep *how, const struct wh_register *reg)
{
	size_t found = count_revoked(how, reg->hub_keys, reg->hub_key_count);

	for (size_t i = 0; i < reg->member_count; i++)
		found += count_revoked(how, reg->members[i].keys,
		    reg->members[i].key_count);
	return found;
}

/* A key that stays somewhere, or never was, is a mistake in an emergency. */
static enum wh_err
check_revoked(const struct covenant_keep *how,
    const struct wh_register *previous, const struct wh_register *reg,
    struct why *why)
{
	if (all_revoked(how, reg) > 0)
		return why_set(why, WH_INVALID,
		    "a key to revoke is still the newest in a .pub file: first "
		    "make another with wijkhub keygen --rotate, or remove the "
		    "file");
	if (all_revoked(how, previous) < how->revoked_count)
		return why_set(why, WH_INVALID,
		    "a key to revoke is not in the previous register: its id "
		    "is the one that register show prints");
	return WH_OK;
}

static enum wh_err
keep_hub(struct arena *arena, const struct wh_register *previous,
    const struct covenant_keep *how, struct wh_register *reg, struct why *why)
{
	const struct key_list before = {previous->hub_keys,
	    previous->hub_key_count};
	struct key_list list = {reg->hub_keys, reg->hub_key_count};
	enum wh_err err = WH_OK;

	if (list.count == 0)
		list = before;
	else
		err =
		    keep_keys(arena, &before, how, reg->signed_ms, &list, why);
	reg->hub_keys = list.keys;
	reg->hub_key_count = list.count;
	if (err != WH_OK || reg->log_origin[0] != '\0')
		return err;
	reg->log_origin = arena_str(arena, span_str(previous->log_origin));
	if (reg->log_origin != NULL)
		return WH_OK;
	reg->log_origin = "";
	return why_set(why, WH_TOO_BIG, "the log's origin is too long");
}

enum wh_err
covenant_keep_keys(struct arena *arena, const struct wh_register *previous,
    const struct covenant_keep *how, struct wh_register *reg, struct why *why)
{
	enum wh_err err = check_revoked(how, previous, reg, why);

	if (err == WH_OK)
		err = keep_hub(arena, previous, how, reg, why);
	for (size_t i = 0; i < reg->member_count && err == WH_OK; i++) {
		struct reg_member *member = &reg->members[i];
		struct key_list list = {member->keys, member->key_count};
		const struct reg_member *before =
		    register_member(previous, member->id);

		if (before == NULL || before->key_count == 0)
			continue;
		err = keep_keys(arena,
		    &(struct key_list){before->keys, before->key_count}, how,
		    reg->signed_ms, &list, why);
		member->keys = list.keys;
		member->key_count = list.count;
	}
	return err;
}
