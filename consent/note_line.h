/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_NOTE_LINE_H
#define WH_CONSENT_NOTE_LINE_H

#include "proto/base/err.h"
#include "proto/base/hash.h"
#include "proto/base/span.h"

/* Lines of the C2SP text formats. Internal to consent/note*.c. */

/*
 * Take the first line off rest, without its newline. False, and rest as it
 * was, when no newline is left.
 */
bool note_line_next(struct span *rest, struct span *line);

/* Take prefix off line; false, and line as it was, when it starts otherwise. */
bool note_line_skip(struct span *line, const char *prefix);

/* Decimal without leading zeroes, at most INT64_MAX; else WH_INVALID. */
enum wh_err note_line_number(struct span line, uint64_t *out);

/* One SHA-256 hash in base64; else WH_INVALID. */
enum wh_err note_line_hash(struct span line, struct hash *out);

/* UTF-8 without control characters other than newline. */
bool note_line_is_clean(struct span text);

#endif
