/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_BASE_TEXT_H
#define WH_PROTO_BASE_TEXT_H

#include <stdio.h>

#include "proto/base/err.h"
#include "proto/base/span.h"

/* Bytes as text and back. Decoders refuse anything but the canonical form. */

/* out gets 2 * len characters and a NUL. */
void hex_encode(struct span bytes, char *out);

/* Exactly len bytes from 2 * len lower-case hex digits, else WH_INVALID. */
enum wh_err hex_decode(const char *text, uint8_t *out, size_t len);

#define BASE64_SIZE(len) ((((len) + 2) / 3) * 4 + 1) /* with the NUL */

/* RFC 4648 section 4, padded. */
void base64_encode(struct span bytes, char *out);

/*
 * Padded, canonical base64 of text.len characters. out has room for max
 * bytes; *len is what was written. WH_INVALID, WH_TOO_BIG.
 */
enum wh_err base64_decode(struct span text, uint8_t *out, size_t max,
    size_t *len);

#define ID_TEXT_SIZE 37 /* 8-4-4-4-12 and a NUL */

/* RFC 9562 text form, lower case. */
void id_text(const struct id *id, char out[ID_TEXT_SIZE]);
enum wh_err id_parse(const char *text, struct id *out);

/* UUIDv7 (RFC 9562 section 5.7): 48 bits of at_ms, the rest from random. */
struct id id_v7(int64_t at_ms, const uint8_t random[10]);

/*
 * prefix and text as one JSON string (RFC 8259 section 7), quotes included.
 * What is not UTF-8 goes out as it is.
 */
void text_put_json(FILE *to, const char *prefix, struct span text);

/* Well-formed UTF-8 without control characters other than tab and newline. */
bool text_is_clean(struct span text);

/* One word of the characters of a URI (RFC 3986), at most max; maybe empty. */
bool text_is_token(const char *text, size_t max);

/* [a-z0-9-]{1,max}, no hyphen first or last: ids of members, types, areas. */
bool text_is_slug(const char *text, size_t max);

#endif
