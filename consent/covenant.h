/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_COVENANT_H
#define WH_CONSENT_COVENANT_H

#include "consent/register.h"

/*
 * The covenant: a YAML text that people can read and sign off, read through
 * libcyaml into a register without keys. Every mistake is "file:line: what,
 * and what to do": unknown keys and words, and the checks of the whole.
 * Dates are whole days, UTC; until names the last one. covenant_load() borrows
 * into arena.
 */
enum wh_err covenant_load(struct arena *arena, const char *path,
    struct wh_register *out, struct why *why);

/* The same from memory; name stands for the file in messages. */
enum wh_err covenant_load_text(struct arena *arena, const char *name,
    struct span text, struct wh_register *out, struct why *why);

/*
 * Add the public key files of dir ("<member>.pub", "hub.pub"; YAML, made by
 * `wijkhub keygen`) to the members. A member without a file gets no keys: it
 * is known but cannot take part yet. A new key holds from at_ms on, less the
 * skew of clocks that we forgive.
 */
enum wh_err covenant_add_keys(struct arena *arena, const char *dir,
    int64_t at_ms, struct wh_register *reg, struct why *why);

/* How the keys of the register before are carried on. */
struct covenant_keep {
	int64_t until_ms; /* the end of a key that was replaced */
	/* Keys that go at once and for good: what they signed is no longer
	 * believed. Borrowed. */
	const struct key_id *revoked;
	size_t revoked_count;
};

/*
 * Carry on from the register before: a key that is in both keeps its start;
 * one that was replaced or removed stays, for what it signed, and ends at
 * until_ms if it had no earlier end; transport keys that have ended go. The
 * oldest give way when there are more than REGISTER_KEYS_MAX. A new register
 * without hub keys or origin takes over the old ones. WH_INVALID when a key to
 * revoke is not in the register before, or is still somebody's newest.
 */
enum wh_err covenant_keep_keys(struct arena *arena,
    const struct wh_register *previous, const struct covenant_keep *how,
    struct wh_register *reg, struct why *why);

#endif
