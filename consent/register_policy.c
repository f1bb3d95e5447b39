/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/register_policy.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "consent/note_log.h"
#include "consent/witness.h"
#include "proto/base/mem.h"

/* A policy in the making: its text, and what a reader could not take. */
struct writing {
	const struct wh_register *reg;
	int64_t now_ms;
	char *text; /* owned; NOTE_POLICY_MAX */
	size_t len;
	size_t witnesses;
	size_t sectors;
};

static void add(struct writing *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What does not fit leaves len at its limit, for finish() to see. */
static void
add(struct writing *w, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(w->text + w->len, NOTE_POLICY_MAX - w->len, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= NOTE_POLICY_MAX - w->len)
		w->len = NOTE_POLICY_MAX - 1;
	else
		w->len += (size_t)n;
}

static bool
in_force(const struct reg_key *key, int64_t now_ms)
{
	return key->use == KEY_WITNESS && now_ms >= key->from_ms &&
	       (key->until_ms == 0 || now_ms < key->until_ms);
}

/* During a rotation a member has two keys, and either of them is it. */
static size_t
keys_in_force(const struct reg_member *member, int64_t now_ms)
{
	size_t count = 0;

	for (size_t i = 0; i < member->key_count; i++)
		count += in_force(&member->keys[i], now_ms);
	return count;
}

static enum wh_err
add_witnesses(struct writing *w, const struct reg_member *member)
{
	size_t n = 0;
	enum wh_err err = WH_OK;

	for (size_t i = 0; i < member->key_count && err == WH_OK; i++) {
		char vkey[NOTE_VKEY_SIZE];
		struct note_key key;

		if (!in_force(&member->keys[i], w->now_ms))
			continue;
		err = witness_key_of(w->reg, member->id, member->keys[i].key,
		    &key);
		if (err != WH_OK)
			break;
		note_key_text(&key, vkey);
		n++;
		w->witnesses++;
		if (n == 1)
			add(w, "witness %s %s\n", member->id, vkey);
		else
			add(w, "witness %s:%zu %s\n", member->id, n, vkey);
	}
	return err;
}

static void
add_names(struct writing *w, const struct reg_member *member)
{
	size_t count = keys_in_force(member, w->now_ms);

	for (size_t n = 1; n <= count; n++)
		if (n == 1)
			add(w, " %s", member->id);
		else
			add(w, " %s:%zu", member->id, n);
}

/* No slug holds a colon: these names are nobody else's. */
static void
add_sector(struct writing *w, const char *role)
{
	bool any = false;

	for (size_t i = 0; i < w->reg->member_count; i++) {
		const struct reg_member *member = &w->reg->members[i];

		if (strcmp(member->role, role) != 0 ||
		    keys_in_force(member, w->now_ms) == 0)
			continue;
		if (!any)
			add(w, "group sector:%s any", role);
		any = true;
		add_names(w, member);
	}
	if (any)
		add(w, "\n");
	w->sectors += any;
}

static bool
is_sector(const struct writing *w, const char *role)
{
	for (size_t i = 0; i < w->reg->member_count; i++)
		if (strcmp(w->reg->members[i].role, role) == 0 &&
		    keys_in_force(&w->reg->members[i], w->now_ms) > 0)
			return true;
	return false;
}

static void
add_quorum(struct writing *w)
{
	add(w, "group sectors:%d %d", REGISTER_POLICY_SECTORS,
	    REGISTER_POLICY_SECTORS);
	for (size_t i = 0; i < w->reg->role_count; i++)
		if (is_sector(w, w->reg->roles[i].id))
			add(w, " sector:%s", w->reg->roles[i].id);
	add(w, "\nquorum sectors:%d\n", REGISTER_POLICY_SECTORS);
}

/* Each key that the log has or had: for receipts of before, too. */
static enum wh_err
add_log(struct writing *w)
{
	struct note_key logs[REGISTER_KEYS_MAX];
	char origin[NOTE_LOG_ORIGIN_SIZE], vkey[NOTE_VKEY_SIZE];
	size_t count, total = 0;

	add(w, "# %s, register version %" PRIu64 "\n", w->reg->covenant,
	    w->reg->version);
	for (uint32_t g = 0; g <= REGISTER_POLICY_GENERATIONS; g++) {
		if (note_log_origin(w->reg->log_origin, g, origin) != WH_OK)
			break;
		count = register_log_keys_of(w->reg, origin, 0, logs);
		for (size_t i = 0; i < count && total < NOTE_POLICY_LOGS_MAX;
		     i++, total++) {
			note_key_text(&logs[i], vkey);
			add(w, "log %s\n", vkey);
		}
	}
	return total == 0 ? WH_CRYPTO : WH_OK;
}

static enum wh_err
finish(const struct writing *w, struct why *why)
{
	if (w->sectors < REGISTER_POLICY_SECTORS)
		return why_set(why, WH_NOT_FOUND,
		    "members of %zu sectors have a witness key: a quorum needs "
		    "%d; have keys made with wijkhub keygen member",
		    w->sectors, REGISTER_POLICY_SECTORS);
	if (w->witnesses > NOTE_POLICY_WITNESSES_MAX ||
	    w->sectors + 1 > NOTE_POLICY_GROUPS_MAX ||
	    w->len == NOTE_POLICY_MAX - 1)
		return why_set(why, WH_TOO_BIG,
		    "%zu witnesses in %zu sectors: a policy holds %d and %d",
		    w->witnesses, w->sectors, NOTE_POLICY_WITNESSES_MAX,
		    NOTE_POLICY_GROUPS_MAX - 1);
	return WH_OK;
}

enum wh_err
register_policy_text(const struct wh_register *reg, int64_t now_ms, char **text,
    struct why *why)
{
	struct writing w = {.reg = reg, .now_ms = now_ms};
	enum wh_err err;

	w.text = mem_new(NOTE_POLICY_MAX);
	err = add_log(&w);
	for (size_t i = 0; i < reg->member_count && err == WH_OK; i++)
		err = add_witnesses(&w, &reg->members[i]);
	if (err != WH_OK) {
		why_set(why, err, "a key of the register is no vkey: %s",
		    wh_err_str(err));
		goto out;
	}
	for (size_t i = 0; i < reg->role_count; i++)
		add_sector(&w, reg->roles[i].id);
	add_quorum(&w);
	err = finish(&w, why);
out:
	if (err == WH_OK)
		*text = w.text;
	else
		mem_free(w.text);
	return err;
}

enum wh_err
register_policy(const struct wh_register *reg, int64_t now_ms,
    struct note_policy *out, struct why *why)
{
	char *text = NULL;
	enum wh_err err;

	err = register_policy_text(reg, now_ms, &text, why);
	if (err == WH_OK)
		err = note_policy_parse(span_str(text), out, why);
	mem_free(text);
	return err;
}
