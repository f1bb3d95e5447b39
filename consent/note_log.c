/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/note_log.h"

#include <inttypes.h>
#include <stdio.h>

#include "proto/base/mem.h"

#define DIGITS_MAX 10 /* of UINT32_MAX */

enum wh_err
note_log_origin(const char *log_origin, uint32_t generation,
    char out[NOTE_LOG_ORIGIN_SIZE])
{
	int len;

	if (generation == 0)
		return str_copy(out, NOTE_LOG_ORIGIN_SIZE, log_origin);
	len = snprintf(out, NOTE_LOG_ORIGIN_SIZE, "%s/%" PRIu32, log_origin,
	    generation);
	return len > 0 && len < NOTE_LOG_ORIGIN_SIZE ? WH_OK : WH_TOO_BIG;
}

enum wh_err
note_log_parse(const char *log_origin, struct span origin, uint32_t *generation)
{
	size_t base = strlen(log_origin);
	uint64_t number = 0;

	if (origin.len < base || memcmp(origin.p, log_origin, base) != 0)
		return WH_INVALID;
	if (origin.len == base) {
		*generation = 0;
		return WH_OK;
	}
	if (origin.p[base] != '/' || origin.len - base - 1 > DIGITS_MAX ||
	    origin.len == base + 1 || origin.p[base + 1] == '0')
		return WH_INVALID;
	for (size_t i = base + 1; i < origin.len; i++) {
		if (origin.p[i] < '0' || origin.p[i] > '9')
			return WH_INVALID;
		number = number * 10 + (uint64_t)(origin.p[i] - '0');
	}
	if (number > UINT32_MAX)
		return WH_INVALID;
	*generation = (uint32_t)number;
	return WH_OK;
}

enum wh_err
note_log_read(struct span bytes, const char *log_origin, uint32_t *generation,
    struct note_checkpoint *out)
{
	struct note *note = mem_new(sizeof(*note));
	struct note_checkpoint said;
	enum wh_err err;

	err = note_parse(bytes, note);
	if (err == WH_OK)
		err = note_checkpoint_parse(note->text, &said);
	if (err == WH_OK &&
	    note_log_parse(log_origin, said.origin, generation) != WH_OK)
		err = WH_CRYPTO;
	if (err == WH_OK)
		*out = said;
	mem_free(note);
	return err;
}

enum wh_err
note_log_open(struct span bytes, const struct note_key *keys, size_t count,
    uint32_t *generation, struct note_checkpoint *out)
{
	char origin[NOTE_LOG_ORIGIN_SIZE];
	struct note_checkpoint unchecked;
	struct note_key *named;
	uint32_t said = 0;
	enum wh_err err;

	if (count == 0)
		return WH_CRYPTO;
	if (count > NOTE_KEYS_MAX)
		return WH_TOO_BIG;
	err = note_log_read(bytes, keys[0].name, &said, &unchecked);
	if (err == WH_OK)
		err = note_log_origin(keys[0].name, said, origin);
	if (err != WH_OK)
		return err;
	named = mem_new(count * sizeof(*named));
	for (size_t i = 0; i < count && err == WH_OK; i++)
		err = note_key_make(origin, NOTE_ED25519, keys[i].public_key,
		    &named[i]);
	if (err == WH_OK)
		err = note_checkpoint_open_any(bytes, named, count, out);
	mem_free(named);
	if (err == WH_OK)
		*generation = said;
	return err;
}

enum wh_err
note_log_link(struct span bytes, struct hash *out)
{
	struct note *note = mem_new(sizeof(*note));
	enum wh_err err = note_parse(bytes, note);

	if (err == WH_OK)
		*out = hash_span(note->text);
	mem_free(note);
	return err;
}
