/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/note_checkpoint.h"

#include <inttypes.h>
#include <stdio.h>

#include "consent/note_line.h"
#include "proto/base/mem.h"

enum wh_err
note_checkpoint_parse(struct span text, struct note_checkpoint *out)
{
	struct note_checkpoint made;
	struct span rest = text;
	struct span line;

	if (!note_line_next(&rest, &made.origin) || made.origin.len == 0)
		return WH_INVALID;
	if (!note_line_next(&rest, &line) ||
	    note_line_number(line, &made.size) != WH_OK)
		return WH_INVALID;
	if (!note_line_next(&rest, &line) ||
	    note_line_hash(line, &made.root) != WH_OK)
		return WH_INVALID;
	made.extensions = rest;
	while (note_line_next(&rest, &line)) {
		if (line.len == 0)
			return WH_INVALID;
	}
	if (rest.len != 0 || !note_line_is_clean(text))
		return WH_INVALID;
	*out = made;
	return WH_OK;
}

static bool
is_same(const struct note_checkpoint *a, const struct note_checkpoint *b)
{
	return span_equal(a->origin, b->origin) && a->size == b->size &&
	       hash_equal(&a->root, &b->root) &&
	       span_equal(a->extensions, b->extensions);
}

enum wh_err
note_checkpoint_text(const struct note_checkpoint *checkpoint, char **text)
{
	struct note_checkpoint again;
	struct span origin = checkpoint->origin;
	struct span extensions = checkpoint->extensions;
	char root[BASE64_SIZE(HASH_LEN)];
	char middle[sizeof(root) + 32];
	char *made;
	size_t len;

	if (origin.len > NOTE_MAX || extensions.len > NOTE_MAX)
		return WH_TOO_BIG;
	base64_encode(span_of(checkpoint->root.b, HASH_LEN), root);
	(void)snprintf(middle, sizeof(middle), "\n%" PRIu64 "\n%s\n",
	    checkpoint->size, root);
	len = strlen(middle);
	made = (char *)mem_new(origin.len + len + extensions.len + 1);
	if (origin.len > 0)
		memcpy(made, origin.p, origin.len);
	memcpy(made + origin.len, middle, len);
	if (extensions.len > 0)
		memcpy(made + origin.len + len, extensions.p, extensions.len);
	len += origin.len + extensions.len;
	if (note_checkpoint_parse(span_of(made, len), &again) != WH_OK ||
	    !is_same(&again, checkpoint)) {
		mem_free(made);
		return WH_INVALID;
	}
	*text = made;
	return WH_OK;
}

enum wh_err
note_checkpoint_open(struct span bytes, const struct note_key *log,
    struct note_checkpoint *out)
{
	return note_checkpoint_open_any(bytes, log, 1, out);
}

enum wh_err
note_checkpoint_open_any(struct span bytes, const struct note_key *keys,
    size_t count, struct note_checkpoint *out)
{
	struct note_checkpoint checkpoint;
	struct note note;
	enum wh_err err;

	err = note_parse(bytes, &note);
	if (err != WH_OK)
		return err;
	err = note_checkpoint_parse(note.text, &checkpoint);
	if (err != WH_OK)
		return err;
	err = count == 0 ? WH_CRYPTO : note_verify(&note, keys, count, NULL);
	if (err != WH_OK)
		return err;
	if (!span_equal(checkpoint.origin, span_str(keys[0].name)))
		return WH_CRYPTO;
	*out = checkpoint;
	return WH_OK;
}

enum wh_err
note_checkpoint_seal(const struct note_checkpoint *checkpoint,
    const struct note_key *log, const struct sign_secret *secret, char **note)
{
	char line[NOTE_LINE_SIZE];
	char *text = NULL;
	enum wh_err err;

	if (!span_equal(checkpoint->origin, span_str(log->name)) ||
	    log->type != NOTE_ED25519)
		return WH_INVALID;
	err = note_checkpoint_text(checkpoint, &text);
	if (err != WH_OK)
		goto out;
	err = note_sign(log, secret, span_str(text), 0, line);
	if (err != WH_OK)
		goto out;
	err = note_make(span_str(text), span_str(line), span_of(NULL, 0), note);
out:
	mem_free(text);
	return err;
}
