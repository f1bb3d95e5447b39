/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/register.h"

#include "consent/register_check.h"
#include "proto/base/mem.h"
#include "proto/base/sign.h"

/* Structs are wider than the fields they come from. */
#define REGISTER_ARENA_MAX ((size_t)16 * REGISTER_MAX)

enum wh_err
register_check(const struct wh_register *reg, struct why *why)
{
	struct check check = {.reg = reg, .why = why};

	return check_register(&check);
}

/* The key id too, which the signature does not cover. */
static enum wh_err
check_signature(const struct signed_body *body, const uint8_t *alliance_key)
{
	struct key_id id = wire_key_id(alliance_key);

	if (memcmp(id.b, body->key_id.b, sizeof(id.b)) != 0)
		return WH_CRYPTO;
	return wire_signed_check(body, WIRE_DOMAIN_REGISTER, alliance_key);
}

enum wh_err
register_read(struct arena *arena, struct span signed_bytes,
    const uint8_t *alliance_key, struct wh_register *out, struct why *why)
{
	struct wh_register reg;
	struct signed_body body;
	enum wh_err err;

	err = wire_signed_read(arena, signed_bytes, REGISTER_MAX, &body, why);
	if (err != WH_OK)
		return err;
	if (alliance_key != NULL &&
	    check_signature(&body, alliance_key) != WH_OK)
		return why_set(why, WH_CRYPTO,
		    "the register is not signed by this alliance, or was "
		    "changed");
	err = wire_register_read(arena, body.body, &reg, why);
	if (err == WH_OK)
		err = register_check(&reg, why);
	if (err == WH_OK)
		err = register_complete(&reg, why);
	if (err == WH_OK)
		*out = reg;
	return err;
}

enum wh_err
register_open(struct span signed_bytes,
    const uint8_t alliance_key[WIRE_KEY_LEN], struct registry **out,
    struct why *why)
{
	struct registry *registry = mem_new(sizeof(*registry));
	enum wh_err err;

	arena_init(&registry->arena, REGISTER_ARENA_MAX);
	registry->signed_bytes = mem_dup(signed_bytes);
	registry->signed_len = signed_bytes.len;
	err = register_read(&registry->arena,
	    span_of(registry->signed_bytes, registry->signed_len), alliance_key,
	    &registry->reg, why);
	if (err == WH_OK) {
		*out = registry;
		registry = NULL;
	}
	register_free(registry);
	return err;
}

void
register_free(struct registry *registry)
{
	if (registry == NULL)
		return;
	arena_fini(&registry->arena);
	mem_free(registry->signed_bytes);
	mem_free(registry);
}

enum wh_err
register_sign(const struct wh_register *reg, const struct sign_secret *secret,
    uint8_t **out, size_t *len, struct why *why)
{
	uint8_t *body = NULL;
	size_t body_len = 0;
	enum wh_err err;

	err = register_check(reg, why);
	if (err == WH_OK)
		err = register_complete(reg, why);
	if (err != WH_OK)
		goto out;
	err = wire_register_write(reg, &body, &body_len);
	if (err == WH_OK && body_len > REGISTER_MAX)
		err = WH_TOO_BIG;
	if (err == WH_OK)
		err = wire_sign(secret, WIRE_DOMAIN_REGISTER,
		    span_of(body, body_len), out, len);
	if (err != WH_OK)
		(void)why_set(why, err, "the register cannot be written: %s",
		    wh_err_str(err));
out:
	mem_free(body);
	return err;
}

#define REGISTER_FIND(list, count)                                             \
	for (size_t i = 0; i < reg->count; i++)                                \
		if (strcmp(reg->list[i].id, id) == 0)                          \
			return &reg->list[i];                                  \
	return NULL

const struct reg_member *
register_member(const struct wh_register *reg, const char *id)
{
	REGISTER_FIND(members, member_count);
}

const struct reg_role *
register_role(const struct wh_register *reg, const char *id)
{
	REGISTER_FIND(roles, role_count);
}

const struct reg_type *
register_type(const struct wh_register *reg, const char *id)
{
	REGISTER_FIND(types, type_count);
}

const struct reg_area *
register_area(const struct wh_register *reg, const char *id)
{
	REGISTER_FIND(areas, area_count);
}

const struct reg_instrument *
register_instrument(const struct wh_register *reg, const char *id)
{
	REGISTER_FIND(instruments, instrument_count);
}

const struct reg_activity *
register_activity(const struct wh_register *reg, const char *id)
{
	REGISTER_FIND(activities, activity_count);
}

bool
register_key_holds(const struct reg_key *key, int64_t now_ms)
{
	return key->from_ms <= now_ms &&
	       (key->until_ms == 0 || now_ms < key->until_ms);
}

static bool
key_is_valid(const struct reg_key *key, enum key_use use, int64_t now_ms)
{
	return key->use == use && register_key_holds(key, now_ms);
}

static const struct reg_key *
newest_valid(const struct reg_key *keys, size_t count, enum key_use use,
    int64_t now_ms)
{
	const struct reg_key *newest = NULL;

	for (size_t i = 0; i < count; i++)
		if (key_is_valid(&keys[i], use, now_ms) &&
		    (newest == NULL || keys[i].from_ms > newest->from_ms))
			newest = &keys[i];
	return newest;
}

const struct reg_member *
register_by_transport(const struct wh_register *reg,
    const uint8_t key[WIRE_KEY_LEN], int64_t now_ms)
{
	for (size_t i = 0; i < reg->member_count; i++) {
		const struct reg_member *member = &reg->members[i];

		for (size_t j = 0; j < member->key_count; j++)
			if (key_is_valid(&member->keys[j], KEY_TRANSPORT,
				now_ms) &&
			    memcmp(member->keys[j].key, key, WIRE_KEY_LEN) == 0)
				return member;
	}
	return NULL;
}

const struct reg_key *
register_key(const struct reg_member *member, enum key_use use, int64_t now_ms)
{
	return newest_valid(member->keys, member->key_count, use, now_ms);
}

const struct reg_key *
register_hub_key(const struct wh_register *reg, enum key_use use,
    int64_t now_ms)
{
	return newest_valid(reg->hub_keys, reg->hub_key_count, use, now_ms);
}

size_t
register_log_keys(const struct wh_register *reg, int64_t at_ms,
    struct note_key out[REGISTER_KEYS_MAX])
{
	return register_log_keys_of(reg, reg->log_origin, at_ms, out);
}

size_t
register_log_keys_of(const struct wh_register *reg, const char *origin,
    int64_t at_ms, struct note_key out[REGISTER_KEYS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < reg->hub_key_count; i++) {
		const struct reg_key *key = &reg->hub_keys[i];

		if (key->use != KEY_SIGNING || count == REGISTER_KEYS_MAX ||
		    (key->until_ms != 0 && key->until_ms <= at_ms))
			continue;
		/* What makes no key signs nothing. */
		if (note_key_make(origin, NOTE_ED25519, key->key,
			&out[count]) == WH_OK)
			count++;
	}
	return count;
}

const struct reg_key *
register_key_by_id(const struct reg_member *member, enum key_use use,
    struct key_id key_id)
{
	for (size_t i = 0; i < member->key_count; i++) {
		struct key_id id = wire_key_id(member->keys[i].key);

		if (member->keys[i].use == use &&
		    memcmp(id.b, key_id.b, sizeof(id.b)) == 0)
			return &member->keys[i];
	}
	return NULL;
}

const struct reg_key *
register_key_at(const struct reg_member *member, enum key_use use,
    struct key_id key_id, int64_t at_ms)
{
	const struct reg_key *key = register_key_by_id(member, use, key_id);

	if (key == NULL || at_ms + SKEW_MAX_MS < key->from_ms ||
	    (key->until_ms != 0 && at_ms - SKEW_MAX_MS >= key->until_ms))
		return NULL;
	return key;
}

static bool
has_text(const char *const *list, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], text) == 0)
			return true;
	return false;
}

bool
register_serves(const struct reg_member *member, const char *area)
{
	return member->all_areas || area[0] == '\0' ||
	       has_text(member->areas, member->area_count, area);
}

bool
register_has_desk(const struct reg_member *member, const char *desk)
{
	return has_text(member->desks, member->desk_count, desk);
}

bool
type_from_role(const struct reg_type *type, const char *role)
{
	return has_text(type->from_roles, type->from_count, role);
}

bool
type_to_role(const struct reg_type *type, const char *role)
{
	return has_text(type->to_roles, type->to_count, role);
}

size_t
register_recipients(const struct wh_register *reg, const struct reg_type *type,
    const char *area, const char *from, const struct reg_member **out,
    size_t max)
{
	size_t found = 0;

	for (size_t i = 0; i < reg->member_count; i++) {
		const struct reg_member *member = &reg->members[i];

		if (member->key_count == 0 || strcmp(member->id, from) == 0 ||
		    !type_to_role(type, member->role) ||
		    !register_serves(member, area))
			continue;
		if (type->desk[0] != '\0' &&
		    !register_has_desk(member, type->desk))
			continue;
		if (found < max)
			out[found] = member;
		found++;
	}
	return found;
}
