/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_QUESTION_H
#define WH_ADAPTERS_QUESTION_H

#include "adapters/plain.h"
#include "consent/register.h"
#include "proto/wire_permission.h"

/*
 * What a resident is asked before a record is made, word for word: who wants
 * to share what with whom, what for, and until when. Of the statutory kinds,
 * which ask nothing: what the resident is told.
 *
 * The text follows from what the record says in clear, the covenant and this
 * version of the words, and from nothing else. So its hash in the record
 * (Permission.purpose) tells the hub nothing new, and every party can make the
 * text again and compare. One text per record: a text that named all parties
 * of a consent would show that their records are of one resident.
 */
#define QUESTION_VERSION      1
#define QUESTION_VERSION_TEXT "1"

/*
 * Reads kind, types, categories, feedback, instrument, from, to and
 * valid_until_ms. *out is heap (mem_free). WH_NOT_FOUND: a member or type is
 * not in the register.
 */
enum wh_err question_write(const struct wh_register *reg,
    const struct permission *permission, enum plain_language language,
    char **out);

/* How the resident ends it, or why not; from is the member that shares. */
enum wh_err question_ending(const struct wh_register *reg,
    enum permission_kind kind, const char *from, enum plain_language language,
    char **out);

#endif
