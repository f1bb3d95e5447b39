/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/note_proof.h"

#include <inttypes.h>
#include <stdio.h>

#include "consent/note_line.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

#define HEADER "c2sp.org/tlog-proof@v1"

/* The line may be left out, but not be there for nothing. */
static enum wh_err
parse_extra(struct span *rest, struct note_proof *proof)
{
	struct span after = *rest;
	struct span line;
	enum wh_err err;

	proof->extra_len = 0;
	if (!note_line_next(&after, &line) || !note_line_skip(&line, "extra "))
		return WH_OK;
	err = base64_decode(line, proof->extra, sizeof(proof->extra),
	    &proof->extra_len);
	if (err != WH_OK)
		return err;
	*rest = after;
	return proof->extra_len > 0 ? WH_OK : WH_INVALID;
}

/* The hashes, up to and with the blank line. */
static enum wh_err
parse_path(struct span *rest, struct note_proof *proof)
{
	struct span line;
	enum wh_err err;

	proof->path_len = 0;
	while (note_line_next(rest, &line)) {
		if (line.len == 0)
			return WH_OK;
		if (proof->path_len == MERKLE_PATH_MAX)
			return WH_TOO_BIG;
		err = note_line_hash(line, &proof->path[proof->path_len++]);
		if (err != WH_OK)
			return err;
	}
	return WH_INVALID;
}

static enum wh_err
parse(struct span bytes, struct note_proof *proof)
{
	struct span line;
	enum wh_err err;

	if (bytes.len > NOTE_PROOF_MAX)
		return WH_TOO_BIG;
	if (!note_line_next(&bytes, &line) ||
	    !span_equal(line, span_str(HEADER)))
		return WH_INVALID;
	err = parse_extra(&bytes, proof);
	if (err != WH_OK)
		return err;
	if (!note_line_next(&bytes, &line) || !note_line_skip(&line, "index "))
		return WH_INVALID;
	err = note_line_number(line, &proof->index);
	if (err != WH_OK)
		return err;
	err = parse_path(&bytes, proof);
	proof->checkpoint = bytes;
	return err == WH_OK && bytes.len == 0 ? WH_INVALID : err;
}

enum wh_err
note_proof_parse(struct span bytes, struct note_proof *out)
{
	struct note_proof proof = {.extra_len = 0};
	enum wh_err err;

	err = parse(bytes, &proof);
	if (err == WH_OK)
		*out = proof;
	return err;
}

/* What stands before the checkpoint, at most. */
#define HEAD_MAX                                                               \
	(sizeof(HEADER) + 64 + BASE64_SIZE(NOTE_PROOF_EXTRA_MAX) +             \
	    (size_t)MERKLE_PATH_MAX * (BASE64_SIZE(HASH_LEN) + 1))

struct text {
	char *p; /* owned; HEAD_MAX and the checkpoint fit */
	size_t len;
};

static void
add(struct text *text, struct span bytes)
{
	memcpy(text->p + text->len, bytes.p, bytes.len);
	text->len += bytes.len;
}

static void
add_base64(struct text *text, struct span bytes)
{
	base64_encode(bytes, text->p + text->len);
	text->len += BASE64_SIZE(bytes.len) - 1;
	add(text, span_str("\n"));
}

static void
write_text(const struct note_proof *proof, struct text *text)
{
	char index[32];

	add(text, span_str(HEADER "\n"));
	if (proof->extra_len > 0) {
		add(text, span_str("extra "));
		add_base64(text, span_of(proof->extra, proof->extra_len));
	}
	(void)snprintf(index, sizeof(index), "index %" PRIu64 "\n",
	    proof->index);
	add(text, span_str(index));
	for (size_t i = 0; i < proof->path_len; i++)
		add_base64(text, span_of(proof->path[i].b, HASH_LEN));
	add(text, span_str("\n"));
	add(text, proof->checkpoint);
}

enum wh_err
note_proof_text(const struct note_proof *proof, char **text)
{
	struct note_proof again;
	struct text made = {NULL, 0};
	enum wh_err err;

	if (proof->extra_len > NOTE_PROOF_EXTRA_MAX ||
	    proof->path_len > MERKLE_PATH_MAX ||
	    proof->checkpoint.len > NOTE_MAX)
		return WH_TOO_BIG;
	if (proof->checkpoint.len == 0)
		return WH_INVALID;
	made.p = (char *)mem_new(HEAD_MAX + proof->checkpoint.len + 1);
	write_text(proof, &made);
	err = parse(span_of(made.p, made.len), &again);
	if (err != WH_OK) {
		mem_free(made.p);
		return err;
	}
	*text = made.p;
	return WH_OK;
}

enum wh_err
note_proof_check(const struct note_proof *proof, const struct hash *leaf_hash,
    const struct note_policy *policy, struct note_checkpoint *checkpoint,
    struct why *why)
{
	struct note_checkpoint head;
	struct span path[MERKLE_PATH_MAX];
	enum wh_err err;

	err = note_policy_check(policy, proof->checkpoint, &head, why);
	if (err != WH_OK)
		return err;
	for (size_t i = 0; i < proof->path_len; i++)
		path[i] = span_of(proof->path[i].b, HASH_LEN);
	err = merkle_check_inclusion(span_of(leaf_hash->b, HASH_LEN),
	    proof->index, head.size, path, proof->path_len,
	    span_of(head.root.b, HASH_LEN));
	if (err != WH_OK)
		return why_set(why, WH_CRYPTO,
		    "the hashes do not lead from this entry to the root");
	if (checkpoint != NULL)
		*checkpoint = head;
	return WH_OK;
}
