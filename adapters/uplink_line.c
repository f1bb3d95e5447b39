/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/uplink_line.h"

#include "proto/base/mem.h"

enum wh_err
lines_init(struct lines *lines, const char *addresses)
{
	const char *from = addresses + strspn(addresses, " ");

	*lines = (struct lines){0};
	while (*from != '\0') {
		size_t len = strcspn(from, " ");

		if (lines->address_count == LINE_ADDRESSES_MAX) {
			lines_fini(lines);
			return WH_INVALID;
		}
		lines->addresses[lines->address_count++] =
		    mem_dup(span_of(from, len));
		from += len + strspn(from + len, " ");
	}
	return lines->address_count == 0 ? WH_INVALID : WH_OK;
}

void
lines_fini(struct lines *lines)
{
	for (size_t i = 0; i < lines->address_count; i++)
		mem_free(lines->addresses[i]);
	*lines = (struct lines){0};
}

/* Keys in the order in which they are tried. */
struct choice {
	const uint8_t *hub[LINE_KEYS_MAX]; /* borrowed from the register */
	size_t hub_count;
	struct key_own own[LINE_KEYS_MAX];
	size_t own_count;
};

static bool
newer(const struct reg_key *a, const struct reg_key *b)
{
	return a->from_ms > b->from_ms;
}

/* The valid transport keys of a list, the newest first. */
static size_t
valid_keys(const struct reg_key *keys, size_t count, int64_t now_ms,
    const struct reg_key *out[LINE_KEYS_MAX])
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		const struct reg_key *key = &keys[i];
		size_t at = found;

		if (key->use != KEY_TRANSPORT ||
		    !register_key_holds(key, now_ms))
			continue;
		while (at > 0 && newer(key, out[at - 1]))
			at--;
		if (at == LINE_KEYS_MAX)
			continue;
		if (found < LINE_KEYS_MAX)
			found++;
		for (size_t j = found - 1; j > at; j--)
			out[j] = out[j - 1];
		out[at] = key;
	}
	return found;
}

static bool
own_chosen(const struct choice *choice, const struct key_own *own)
{
	for (size_t i = 0; i < choice->own_count; i++)
		if (memcmp(choice->own[i].public_key, own->public_key,
			SOCK_KEY_LEN) == 0)
			return true;
	return false;
}

/* Those that the register knows, then the others: ours may be out of date. */
static void
choose_own(const struct line_view *view, struct choice *choice)
{
	const struct reg_member *us = register_member(view->reg, view->member);
	const struct reg_key *valid[LINE_KEYS_MAX];
	size_t count = us == NULL ? 0
				  : valid_keys(us->keys, us->key_count,
					view->now_ms, valid);
	struct key_own own;

	for (size_t i = 0; i < count; i++)
		if (keyring_find(view->keys, KEY_TRANSPORT,
			wire_key_id(valid[i]->key),
			&choice->own[choice->own_count]) == WH_OK)
			choice->own_count++;
	for (size_t n = 0; choice->own_count < LINE_KEYS_MAX &&
			   keyring_nth(view->keys, KEY_TRANSPORT, n, &own);
	     n++)
		if (!own_chosen(choice, &own))
			choice->own[choice->own_count++] = own;
	mem_wipe(&own, sizeof(own));
}

static void
choose_keys(const struct line_view *view, struct choice *choice)
{
	const struct reg_key *valid[LINE_KEYS_MAX];

	*choice = (struct choice){0};
	choice->hub_count = valid_keys(view->reg->hub_keys,
	    view->reg->hub_key_count, view->now_ms, valid);
	for (size_t i = 0; i < choice->hub_count; i++)
		choice->hub[i] = valid[i]->key;
	choose_own(view, choice);
}

/* Did another key of the hub answer there? */
static bool
is_others(const struct lines *lines, size_t address, const uint8_t *hub_key)
{
	static const uint8_t none[SOCK_KEY_LEN];
	const uint8_t *answered = lines->answered[address];

	return memcmp(answered, none, SOCK_KEY_LEN) != 0 &&
	       memcmp(answered, hub_key, SOCK_KEY_LEN) != 0;
}

/* The n-th address for this key: first where nothing else answered. */
static size_t
address_for(const struct lines *lines, const uint8_t *hub_key, size_t n)
{
	for (unsigned others = 0; others < 2; others++)
		for (size_t i = 0; i < lines->address_count; i++)
			if (is_others(lines, i, hub_key) == (others == 1) &&
			    n-- == 0)
				return i;
	return 0;
}

enum wh_err
line_choose(const struct lines *lines, const struct line_view *view, size_t n,
    struct line *out)
{
	struct choice choice;
	size_t per_key, total;
	const struct key_own *own;

	if (view->reg == NULL)
		return WH_NOT_FOUND;
	choose_keys(view, &choice);
	per_key = choice.own_count * lines->address_count;
	total = choice.hub_count * per_key;
	if (total == 0)
		return WH_NOT_FOUND;
	n %= total;
	own = &choice.own[n % per_key / lines->address_count];
	memcpy(out->hub_key, choice.hub[n / per_key], SOCK_KEY_LEN);
	out->address =
	    address_for(lines, out->hub_key, n % lines->address_count);
	memcpy(out->own.secret, own->secret, SOCK_KEY_LEN);
	memcpy(out->own.public_key, own->public_key, SOCK_KEY_LEN);
	mem_wipe(&choice, sizeof(choice));
	return WH_OK;
}

void
line_answered(struct lines *lines, const struct line *line)
{
	memcpy(lines->answered[line->address], line->hub_key, SOCK_KEY_LEN);
}

static bool
is_valid(const struct reg_key *keys, size_t count, const uint8_t *key,
    int64_t now_ms)
{
	for (size_t i = 0; i < count; i++)
		if (keys[i].use == KEY_TRANSPORT &&
		    memcmp(keys[i].key, key, SOCK_KEY_LEN) == 0)
			return register_key_holds(&keys[i], now_ms);
	return false;
}

bool
line_holds(const struct line *line, const struct line_view *view)
{
	const struct reg_member *us;
	struct key_own own;
	bool have;

	if (view->reg == NULL ||
	    !is_valid(view->reg->hub_keys, view->reg->hub_key_count,
		line->hub_key, view->now_ms))
		return false;
	us = register_member(view->reg, view->member);
	/* Does it know any of ours? Else the hub knows more than we do. */
	have = us != NULL && keyring_now(view->keys, us->keys, us->key_count,
				 KEY_TRANSPORT, view->now_ms, &own) == WH_OK;
	mem_wipe(&own, sizeof(own));
	return !have || is_valid(us->keys, us->key_count, line->own.public_key,
			    view->now_ms);
}

bool
line_is_old(const struct lines *lines, const struct line *line,
    const struct line_view *view)
{
	struct line best;
	bool own, hub;

	if (line_choose(lines, view, 0, &best) != WH_OK)
		return false;
	own = memcmp(best.own.public_key, line->own.public_key, SOCK_KEY_LEN) !=
	      0;
	hub = memcmp(best.hub_key, line->hub_key, SOCK_KEY_LEN) != 0 &&
	      !is_others(lines, best.address, best.hub_key);
	mem_wipe(&best, sizeof(best));
	return own || hub;
}
