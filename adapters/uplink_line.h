/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_UPLINK_LINE_H
#define WH_ADAPTERS_UPLINK_LINE_H

#include "consent/keyring.h"
#include "proto/base/sock.h"

/*
 * Over which line to the hub: which of its addresses, which of its keys and
 * which of ours, while all three rotate. A hub serves one key per address and
 * does not say which, so what was answered where is remembered. Pure.
 */
#define LINE_ADDRESSES_MAX 4
#define LINE_KEYS_MAX      4 /* of either side that are tried */

struct line {
	size_t address;
	uint8_t hub_key[SOCK_KEY_LEN];
	struct sock_keys own;
};

struct lines {
	char *addresses[LINE_ADDRESSES_MAX]; /* owned */
	size_t address_count;
	/* The key of the hub that answered there last; zero: none did. */
	uint8_t answered[LINE_ADDRESSES_MAX][SOCK_KEY_LEN];
};

/* What the choice is made from; all borrowed. */
struct line_view {
	const struct wh_register *reg; /* NULL: no line at all */
	const char *member;
	const struct key_secrets *keys;
	int64_t now_ms;
};

/* Addresses with a space between. WH_INVALID: none, or too many. */
enum wh_err lines_init(struct lines *lines, const char *addresses);
void lines_fini(struct lines *lines);

/*
 * The line to try as number n, from 0; after the last it begins again. The
 * newest keys that are valid come first, at addresses where nothing else
 * answered. WH_NOT_FOUND: the register has no key of the hub that holds.
 */
enum wh_err line_choose(const struct lines *lines, const struct line_view *view,
    size_t n, struct line *out);

/* A welcome came over this line. */
void line_answered(struct lines *lines, const struct line *line);

/* Do both keys of it hold by the register, as far as that knows ours? */
bool line_holds(const struct line *line, const struct line_view *view);

/*
 * Is there a newer key to move to, of ours or of the hub? For one of the hub
 * only when there is an address where it may be.
 */
bool line_is_old(const struct lines *lines, const struct line *line,
    const struct line_view *view);

#endif
