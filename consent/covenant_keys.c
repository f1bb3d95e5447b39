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

static enum wh_err
add_member_keys(struct arena *arena, const struct key_publics *publics,
    int64_t from_ms, struct reg_member *member, struct why *why)
{
	const uint8_t *keys[] = {publics->transport, publics->signing,
	    publics->sealing, publics->witness};
	const enum key_use uses[] = {KEY_TRANSPORT, KEY_SIGNING, KEY_SEALING,
	    KEY_WITNESS};
	const size_t count = publics->has_witness ? 4 : 3;

	member->keys = arena_alloc(arena, count * sizeof(*member->keys));
	if (member->keys == NULL)
		return why_set(why, WH_TOO_BIG, "too many members with keys");
	for (size_t i = 0; i < count; i++) {
		member->keys[i].use = uses[i];
		member->keys[i].from_ms = from_ms;
		memcpy(member->keys[i].key, keys[i], WIRE_KEY_LEN);
	}
	member->key_count = count;
	return WH_OK;
}

enum wh_err
covenant_add_keys(struct arena *arena, const char *dir, int64_t at_ms,
    struct wh_register *reg, struct why *why)
{
	const int64_t from_ms = at_ms > SKEW_MAX_MS ? at_ms - SKEW_MAX_MS : 0;
	struct key_publics publics = {0};
	enum wh_err err;

	err = read_publics(dir, "hub", KEYFILE_HUB, &publics, why);
	if (err == WH_OK) {
		memcpy(reg->hub_transport_key, publics.transport, WIRE_KEY_LEN);
		memcpy(reg->log_key, publics.signing, WIRE_KEY_LEN);
	}
	if (err != WH_OK && err != WH_NOT_FOUND)
		return err;
	for (size_t i = 0; i < reg->member_count; i++) {
		struct reg_member *member = &reg->members[i];

		err = read_publics(dir, member->id, KEYFILE_MEMBER, &publics,
		    why);
		if (err == WH_OK)
			err = add_member_keys(arena, &publics, from_ms, member,
			    why);
		if (err != WH_OK && err != WH_NOT_FOUND)
			return err;
	}
	return WH_OK;
}

static struct reg_key *
find_key(struct reg_key *keys, size_t count, const struct reg_key *wanted)
{
	for (size_t i = 0; i < count; i++)
		if (keys[i].use == wanted->use &&
		    memcmp(keys[i].key, wanted->key, WIRE_KEY_LEN) == 0)
			return &keys[i];
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

static enum wh_err
keep_member_keys(struct arena *arena, const struct reg_member *before,
    int64_t until_ms, struct reg_member *member, struct why *why)
{
	size_t count = member->key_count;
	struct reg_key *keys =
	    arena_alloc(arena, (count + before->key_count) * sizeof(*keys));

	if (keys == NULL)
		return why_set(why, WH_TOO_BIG, "too many keys to keep");
	if (count > 0)
		memcpy(keys, member->keys, count * sizeof(*keys));
	for (size_t i = 0; i < before->key_count; i++) {
		const struct reg_key *old = &before->keys[i];
		struct reg_key *same = find_key(keys, member->key_count, old);

		if (same != NULL) {
			same->from_ms = old->from_ms;
			continue;
		}
		if (end_of(old) > until_ms && old->from_ms >= until_ms)
			continue;
		keys[count] = *old;
		if (end_of(old) > until_ms)
			keys[count].until_ms = until_ms;
		count++;
	}
	qsort(keys, count, sizeof(*keys), latest_end_first);
	member->keys = keys;
	member->key_count =
	    count > REGISTER_KEYS_MAX ? REGISTER_KEYS_MAX : count;
	return WH_OK;
}

static enum wh_err
keep_hub(struct arena *arena, const struct wh_register *previous,
    struct wh_register *reg, struct why *why)
{
	static const uint8_t no_key[WIRE_KEY_LEN];

	if (memcmp(reg->hub_transport_key, no_key, sizeof(no_key)) == 0) {
		memcpy(reg->hub_transport_key, previous->hub_transport_key,
		    WIRE_KEY_LEN);
		memcpy(reg->log_key, previous->log_key, WIRE_KEY_LEN);
	}
	if (reg->log_origin[0] != '\0')
		return WH_OK;
	reg->log_origin = arena_str(arena, span_str(previous->log_origin));
	if (reg->log_origin != NULL)
		return WH_OK;
	reg->log_origin = "";
	return why_set(why, WH_TOO_BIG, "the log's origin is too long");
}

enum wh_err
covenant_keep_keys(struct arena *arena, const struct wh_register *previous,
    int64_t until_ms, struct wh_register *reg, struct why *why)
{
	enum wh_err err = keep_hub(arena, previous, reg, why);

	for (size_t i = 0; i < reg->member_count && err == WH_OK; i++) {
		struct reg_member *member = &reg->members[i];
		const struct reg_member *before =
		    register_member(previous, member->id);

		if (before != NULL && before->key_count > 0)
			err = keep_member_keys(arena, before, until_ms, member,
			    why);
	}
	return err;
}
