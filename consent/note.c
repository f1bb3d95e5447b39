/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/note.h"

#include <inttypes.h>
#include <stdio.h>

#include "consent/note_key.h"
#include "consent/note_line.h"
#include "proto/base/be.h"
#include "proto/base/mem.h"

#define DASH     "\xe2\x80\x94 " /* U+2014 and a space */
#define TIME_LEN 8               /* bytes, big-endian, in a cosignature */
#define OURS_MAX (NOTE_KEY_ID_LEN + TIME_LEN + SIGN_LEN)

static enum wh_err
parse_sig(struct span line, struct note_sig *out)
{
	struct note_sig sig;
	uint8_t bytes[NOTE_SIG_MAX];
	const uint8_t *space;
	size_t len;
	enum wh_err err;

	if (!note_line_skip(&line, DASH) || line.len == 0)
		return WH_INVALID;
	space = (const uint8_t *)memchr(line.p, ' ', line.len);
	if (space == NULL)
		return WH_INVALID;
	sig.name = span_of(line.p, (size_t)(space - line.p));
	sig.encoded = span_of(space + 1, line.len - sig.name.len - 1);
	if (!note_key_is_name(sig.name))
		return WH_INVALID;
	err = base64_decode(sig.encoded, bytes, sizeof(bytes), &len);
	if (err != WH_OK)
		return err;
	if (len <= NOTE_KEY_ID_LEN)
		return WH_INVALID;
	sig.key_id = be32_get(bytes);
	*out = sig;
	return WH_OK;
}

/* The text may hold blank lines of its own: the last one counts. */
static enum wh_err
cut_at_blank_line(struct span bytes, struct span *text, struct span *lines)
{
	for (size_t i = bytes.len; i >= 2; i--) {
		if (bytes.p[i - 1] != '\n' || bytes.p[i - 2] != '\n')
			continue;
		*text = span_of(bytes.p, i - 1);
		*lines = span_of(bytes.p + i, bytes.len - i);
		return WH_OK;
	}
	return WH_INVALID;
}

enum wh_err
note_parse(struct span bytes, struct note *out)
{
	struct note note;
	struct span rest;
	struct span line;
	enum wh_err err;

	if (bytes.len > NOTE_MAX)
		return WH_TOO_BIG;
	if (!note_line_is_clean(bytes))
		return WH_INVALID;
	err = cut_at_blank_line(bytes, &note.text, &note.lines);
	if (err != WH_OK)
		return err;
	rest = note.lines;
	for (note.sig_count = 0; note_line_next(&rest, &line);
	     note.sig_count++) {
		if (note.sig_count == NOTE_SIGS_MAX)
			return WH_TOO_BIG;
		err = parse_sig(line, &note.sigs[note.sig_count]);
		if (err != WH_OK)
			return err;
	}
	if (rest.len != 0 || note.sig_count == 0)
		return WH_INVALID;
	out->text = note.text;
	out->lines = note.lines;
	out->sig_count = note.sig_count;
	memcpy(out->sigs, note.sigs, note.sig_count * sizeof(note.sigs[0]));
	return WH_OK;
}

/*
 * What the key's signature is over. The span lives as long as text and *held,
 * which the caller frees.
 */
static struct span
message(enum note_type type, uint64_t at_s, struct span text, char **held)
{
	int head;

	switch (type) {
	case NOTE_ED25519:
		return text;
	case NOTE_COSIGNATURE:
		break;
	}
	*held = (char *)mem_new(64 + text.len);
	head = snprintf(*held, 64, "cosignature/v1\ntime %" PRIu64 "\n", at_s);
	memcpy(*held + head, text.p, text.len);
	return span_of(*held, (size_t)head + text.len);
}

static size_t
time_len(enum note_type type)
{
	return type == NOTE_COSIGNATURE ? TIME_LEN : 0;
}

static enum wh_err
verify_one(const struct note *note, const struct note_sig *sig,
    const struct note_key *key, uint64_t *at_s)
{
	size_t head = NOTE_KEY_ID_LEN + time_len(key->type);
	uint8_t bytes[OURS_MAX];
	size_t len;
	uint64_t when;
	char *held = NULL;
	struct span signed_text;
	enum wh_err err;

	err = base64_decode(sig->encoded, bytes, sizeof(bytes), &len);
	if (err != WH_OK || len != head + SIGN_LEN)
		return WH_CRYPTO;
	when = time_len(key->type) == 0 ? 0 : be64_get(bytes + NOTE_KEY_ID_LEN);
	if (when > (uint64_t)INT64_MAX)
		return WH_CRYPTO;
	signed_text = message(key->type, when, note->text, &held);
	err = sign_check(key->public_key, signed_text, bytes + head);
	mem_free(held);
	if (err == WH_OK)
		*at_s = when;
	return err;
}

static bool
is_by(const struct note_sig *sig, const struct note_key *key)
{
	return sig->key_id == key->id &&
	       span_equal(sig->name, span_str(key->name));
}

/* All that one key signed; WH_NOT_FOUND when that is nothing. */
static enum wh_err
verify_key(const struct note *note, const struct note_key *key,
    struct note_signed *did)
{
	uint64_t at_s;
	enum wh_err err;

	for (size_t i = 0; i < note->sig_count; i++) {
		if (!is_by(&note->sigs[i], key))
			continue;
		err = verify_one(note, &note->sigs[i], key, &at_s);
		if (err != WH_OK)
			return err;
		did->valid = true;
		if (at_s > did->at_s)
			did->at_s = at_s;
	}
	return did->valid ? WH_OK : WH_NOT_FOUND;
}

enum wh_err
note_verify(const struct note *note, const struct note_key *keys, size_t count,
    struct note_signed *by)
{
	struct note_signed did[NOTE_KEYS_MAX] = {{0}};
	size_t signers = 0;
	enum wh_err err;

	if (count > NOTE_KEYS_MAX)
		return WH_TOO_BIG;
	for (size_t i = 0; i < count; i++) {
		err = verify_key(note, &keys[i], &did[i]);
		if (err == WH_OK)
			signers++;
		else if (err != WH_NOT_FOUND)
			return err;
	}
	if (signers == 0)
		return WH_CRYPTO;
	if (by != NULL)
		memcpy(by, did, count * sizeof(did[0]));
	return WH_OK;
}

static bool
can_be_signed(struct span text)
{
	return text.len > 0 && text.len < NOTE_MAX &&
	       text.p[text.len - 1] == '\n' && note_line_is_clean(text);
}

enum wh_err
note_sign(const struct note_key *key, const struct sign_secret *secret,
    struct span text, uint64_t at_s, char line[NOTE_LINE_SIZE])
{
	size_t head = NOTE_KEY_ID_LEN + time_len(key->type);
	uint8_t bytes[OURS_MAX];
	char encoded[BASE64_SIZE(OURS_MAX)];
	char *held = NULL;
	struct span signed_text;
	enum wh_err err;

	if (!can_be_signed(text) || at_s > (uint64_t)INT64_MAX)
		return WH_INVALID;
	if (memcmp(key->public_key, secret->public_key, SIGN_KEY_LEN) != 0)
		return WH_INVALID;
	be32_put(bytes, key->id);
	if (time_len(key->type) > 0)
		be64_put(bytes + NOTE_KEY_ID_LEN, at_s);
	signed_text = message(key->type, at_s, text, &held);
	err = sign_make(secret, signed_text, bytes + head);
	mem_free(held);
	if (err != WH_OK)
		return err;
	base64_encode(span_of(bytes, head + SIGN_LEN), encoded);
	(void)snprintf(line, NOTE_LINE_SIZE, DASH "%s %s\n", key->name,
	    encoded);
	return WH_OK;
}

/* Where the blank line is found again depends on what the lines hold. */
static enum wh_err
check_made(const char *made, size_t len, struct span text)
{
	struct note note;
	enum wh_err err = note_parse(span_of(made, len), &note);

	if (err == WH_OK && note.text.len != text.len)
		return WH_INVALID;
	return err;
}

enum wh_err
note_make(struct span text, struct span lines, struct span more, char **note)
{
	const struct span parts[] = {text, span_str("\n"), lines, more};
	char *made;
	size_t len = 0;
	enum wh_err err;

	if (text.len > NOTE_MAX || lines.len > NOTE_MAX || more.len > NOTE_MAX)
		return WH_TOO_BIG;
	made = (char *)mem_new(text.len + lines.len + more.len + 2);
	for (size_t i = 0; i < 4; i++) {
		if (parts[i].len > 0)
			memcpy(made + len, parts[i].p, parts[i].len);
		len += parts[i].len;
	}
	err = check_made(made, len, text);
	if (err != WH_OK) {
		mem_free(made);
		return err;
	}
	*note = made;
	return WH_OK;
}
