/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_COVENANT_H
#define WH_CONSENT_COVENANT_H

#include "consent/register.h"

/*
 * The covenant: a YAML text that people can read and sign off, read through
 * libcyaml into a register without keys. Every mistake is "file:line: what,
 * and what to do": unknown keys and words, and the checks of the whole.
 * covenant_load() borrows into arena.
 */
enum wh_err covenant_load(struct arena *arena, const char *path,
    struct wh_register *out, struct why *why);

/*
 * Add the public key files of dir ("<member>.pub", "hub.pub"; YAML, made by
 * `wijkhub keygen`) to the members. A member without a file gets no keys: it
 * is known but cannot take part yet.
 */
enum wh_err covenant_add_keys(struct arena *arena, const char *dir,
    struct wh_register *reg, struct why *why);

#endif
