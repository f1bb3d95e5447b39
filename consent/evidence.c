/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/evidence.h"

#include <inttypes.h>
#include <stdio.h>

#include "consent/note_line.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/limits.h"

#define FIRST_LINE "wijkhub evidence v1"
#define HEAD_MAX   256

static const char *const kinds[EVIDENCE_KINDS] = {
    [EVIDENCE_FORK] = "fork",
    [EVIDENCE_ROLLBACK] = "rollback",
    [EVIDENCE_UNPROVEN] = "unproven",
};

const char *
evidence_kind_text(enum evidence_kind kind)
{
	return kinds[kind];
}

static bool
is_same(const struct evidence *a, const struct evidence *b)
{
	return a->kind == b->kind && a->seen_ms / 1000 == b->seen_ms / 1000 &&
	       span_equal(a->by, b->by) &&
	       span_equal(a->notes[0], b->notes[0]) &&
	       span_equal(a->notes[1], b->notes[1]);
}

static size_t
add_note(char *text, size_t len, struct span note)
{
	len += (size_t)snprintf(text + len, HEAD_MAX, "note %zu\n", note.len);
	memcpy(text + len, note.p, note.len);
	return len + note.len;
}

enum wh_err
evidence_text(const struct evidence *evidence, char **text)
{
	char iso[CLK_ISO_SIZE];
	struct evidence again;
	char *made;
	size_t len;

	for (size_t i = 0; i < 2; i++)
		if (evidence->notes[i].len == 0 ||
		    evidence->notes[i].len > NOTE_MAX)
			return WH_INVALID;
	if (evidence->by.len > NAME_MAX_LEN)
		return WH_INVALID;
	made = mem_new(EVIDENCE_MAX + 1);
	clk_iso(evidence->seen_ms / 1000 * 1000, iso);
	len = (size_t)snprintf(made, HEAD_MAX,
	    FIRST_LINE "\nkind %s\nseen %s\nby %.*s\n", kinds[evidence->kind],
	    iso, (int)evidence->by.len, (const char *)evidence->by.p);
	len = add_note(made, len, evidence->notes[0]);
	len = add_note(made, len, evidence->notes[1]);
	made[len] = '\0';
	if (evidence_parse(span_of(made, len), &again) != WH_OK ||
	    !is_same(&again, evidence)) {
		mem_free(made);
		return WH_INVALID;
	}
	*text = made;
	return WH_OK;
}

/* A line "<word> <value>". */
static bool
value_of(struct span *rest, const char *word, struct span *value)
{
	return note_line_next(rest, value) && note_line_skip(value, word);
}

static enum wh_err
read_kind(struct span word, enum evidence_kind *out)
{
	for (int i = 0; i < EVIDENCE_KINDS; i++) {
		if (!span_equal(word, span_str(kinds[i])))
			continue;
		*out = (enum evidence_kind)i;
		return WH_OK;
	}
	return WH_INVALID;
}

static enum wh_err
read_time(struct span word, int64_t *out)
{
	char text[CLK_ISO_SIZE];

	if (word.len >= sizeof(text))
		return WH_INVALID;
	memcpy(text, word.p, word.len);
	text[word.len] = '\0';
	return clk_parse(text, out);
}

static enum wh_err
read_note(struct span *rest, struct span *note)
{
	struct span line;
	uint64_t len;

	if (!value_of(rest, "note ", &line) ||
	    note_line_number(line, &len) != WH_OK || len == 0 ||
	    len > NOTE_MAX || len > rest->len)
		return WH_INVALID;
	*note = span_of(rest->p, (size_t)len);
	*rest = span_of(rest->p + len, rest->len - (size_t)len);
	return WH_OK;
}

static bool
is_member(struct span word)
{
	char name[NAME_MAX_LEN + 1];

	if (word.len > NAME_MAX_LEN)
		return false;
	memcpy(name, word.p, word.len);
	name[word.len] = '\0';
	return strlen(name) == word.len && text_is_slug(name, NAME_MAX_LEN);
}

enum wh_err
evidence_parse(struct span bytes, struct evidence *out)
{
	struct evidence read = {0};
	struct span rest = bytes;
	struct span line;

	if (bytes.len > EVIDENCE_MAX)
		return WH_TOO_BIG;
	if (bytes.len == 0 || memchr(bytes.p, 0, bytes.len) != NULL)
		return WH_INVALID;
	if (!note_line_next(&rest, &line) ||
	    !span_equal(line, span_str(FIRST_LINE)) ||
	    !value_of(&rest, "kind ", &line) ||
	    read_kind(line, &read.kind) != WH_OK ||
	    !value_of(&rest, "seen ", &line) ||
	    read_time(line, &read.seen_ms) != WH_OK ||
	    !value_of(&rest, "by ", &read.by) || !is_member(read.by))
		return WH_INVALID;
	if (read_note(&rest, &read.notes[0]) != WH_OK ||
	    read_note(&rest, &read.notes[1]) != WH_OK || rest.len != 0)
		return WH_INVALID;
	*out = read;
	return WH_OK;
}

static enum wh_err
open_head(struct span note, const struct note_key *logs, size_t count,
    struct note_checkpoint *out)
{
	for (size_t i = 0; i < count; i++)
		if (note_checkpoint_open(note, &logs[i], out) == WH_OK)
			return WH_OK;
	return WH_CRYPTO;
}

/* What each kind claims of the two heads. */
static bool
holds(enum evidence_kind kind, const struct note_checkpoint *a,
    const struct note_checkpoint *b)
{
	switch (kind) {
	case EVIDENCE_FORK:
		return a->size == b->size && !hash_equal(&a->root, &b->root);
	case EVIDENCE_ROLLBACK:
		return a->size > b->size;
	case EVIDENCE_UNPROVEN:
		return a->size != b->size;
	case EVIDENCE_KINDS:
		break;
	}
	return false;
}

enum wh_err
evidence_check(const struct evidence *evidence, const struct note_key *logs,
    size_t count, struct note_checkpoint heads[2], struct why *why)
{
	struct note_checkpoint read[2];

	for (size_t i = 0; i < 2; i++)
		if (open_head(evidence->notes[i], logs, count, &read[i]) !=
		    WH_OK)
			return why_set(why, WH_CRYPTO,
			    "note %zu is not a checkpoint that a known log "
			    "signed for its own origin",
			    i + 1);
	if (!span_equal(read[0].origin, read[1].origin))
		return why_set(why, WH_CRYPTO,
		    "the notes are of two logs: those may differ");
	if (!holds(evidence->kind, &read[0], &read[1]))
		return why_set(why, WH_CRYPTO,
		    "the notes do not contradict each other: %" PRIu64
		    " and %" PRIu64 " entries",
		    read[0].size, read[1].size);
	if (heads != NULL)
		memcpy(heads, read, sizeof(read));
	return WH_OK;
}

enum wh_err
evidence_name(const struct evidence *evidence, char out[EVIDENCE_NAME_SIZE])
{
	struct note_checkpoint heads[2];
	struct span texts[2];
	struct hash hash;

	for (size_t i = 0; i < 2; i++) {
		struct note note;

		if (note_parse(evidence->notes[i], &note) != WH_OK ||
		    note_checkpoint_parse(note.text, &heads[i]) != WH_OK)
			return WH_INVALID;
		texts[i] = note.text;
	}
	hash = hash_spans(texts, 2);
	(void)snprintf(out, EVIDENCE_NAME_SIZE,
	    "%s-%" PRIu64 "-%" PRIu64 "-%02x%02x%02x%02x",
	    kinds[evidence->kind], heads[0].size, heads[1].size, hash.b[0],
	    hash.b[1], hash.b[2], hash.b[3]);
	return WH_OK;
}
