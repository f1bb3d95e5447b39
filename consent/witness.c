/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/witness.h"

#include <stdio.h>

#include "consent/merkle.h"
#include "consent/note_line.h"

/* "/" and a number, without leading zeroes, after the register's origin? */
static bool
is_later_log(const char *base, struct span origin)
{
	size_t len = strlen(base);
	struct span rest;
	uint64_t number;

	if (origin.len < len + 2 || memcmp(origin.p, base, len) != 0 ||
	    origin.p[len] != '/')
		return false;
	rest = span_of(origin.p + len + 1, origin.len - len - 1);
	return note_line_number(rest, &number) == WH_OK;
}

size_t
witness_log_keys(const struct wh_register *reg, struct span origin,
    struct note_key out[REGISTER_KEYS_MAX])
{
	char name[NOTE_NAME_MAX + 1];

	if (origin.len == 0 || origin.len >= sizeof(name) ||
	    (!span_equal(origin, span_str(reg->log_origin)) &&
		!is_later_log(reg->log_origin, origin)))
		return 0;
	memcpy(name, origin.p, origin.len);
	name[origin.len] = '\0';
	return register_log_keys_of(reg, name, 0, out);
}

enum witness_verdict
witness_open(const struct wh_register *reg, struct span note,
    struct note_checkpoint *out)
{
	struct note_checkpoint read;
	struct note parsed;
	struct note_key logs[REGISTER_KEYS_MAX];
	size_t count;

	if (note_parse(note, &parsed) != WH_OK ||
	    note_checkpoint_parse(parsed.text, &read) != WH_OK)
		return WITNESS_BAD_SIGNATURE;
	count = witness_log_keys(reg, read.origin, logs);
	if (count == 0)
		return WITNESS_UNKNOWN_LOG;
	if (note_verify(&parsed, logs, count, NULL) != WH_OK)
		return WITNESS_BAD_SIGNATURE;
	*out = read;
	return WITNESS_COSIGNED;
}

enum witness_order
witness_compare(const struct witness_head *known,
    const struct note_checkpoint *seen)
{
	if (seen->size > known->size)
		return WITNESS_NEWER;
	if (seen->size < known->size)
		return WITNESS_OLDER;
	return seen->size == 0 || hash_equal(&seen->root, &known->root)
		   ? WITNESS_SAME
		   : WITNESS_FORK;
}

enum wh_err
witness_consistent(const struct witness_head *from,
    const struct witness_head *to, const uint8_t (*path)[WIRE_KEY_LEN],
    size_t count)
{
	struct span hashes[MERKLE_PATH_MAX];

	if (count > MERKLE_PATH_MAX)
		return WH_INVALID;
	for (size_t i = 0; i < count; i++)
		hashes[i] = span_of(path[i], WIRE_KEY_LEN);
	return merkle_check_consistency(from->size, to->size,
	    span_of(from->root.b, HASH_LEN), span_of(to->root.b, HASH_LEN),
	    hashes, count);
}

/* The first one that is cosigned has nothing before it to agree with. */
static enum witness_verdict
judge_first(const struct witness_question *question)
{
	static const struct merkle_frontier nothing;
	struct hash empty = merkle_frontier_root(&nothing);

	if (question->proof_count != 0)
		return WITNESS_BAD_PROOF;
	if (question->checkpoint->size == 0 &&
	    !hash_equal(&question->checkpoint->root, &empty))
		return WITNESS_BAD_PROOF;
	return WITNESS_COSIGNED;
}

enum witness_verdict
witness_judge(const struct witness_head *last,
    const struct witness_question *question)
{
	const struct note_checkpoint *checkpoint = question->checkpoint;
	const struct witness_head head = {.size = checkpoint->size,
	    .root = checkpoint->root};

	if (question->old_size > checkpoint->size)
		return WITNESS_BAD_SIZE;
	if (question->old_size != last->size ||
	    witness_compare(last, checkpoint) == WITNESS_FORK)
		return WITNESS_CONFLICT;
	if (last->size == 0)
		return judge_first(question);
	return witness_consistent(last, &head, question->proof,
		   question->proof_count) == WH_OK
		   ? WITNESS_COSIGNED
		   : WITNESS_BAD_PROOF;
}

enum wh_err
witness_key_of(const struct wh_register *reg, const char *member,
    const uint8_t public_key[SIGN_KEY_LEN], struct note_key *out)
{
	char name[NOTE_NAME_MAX + 1];
	int n = snprintf(name, sizeof(name), "%s/witness/%s", reg->log_origin,
	    member);

	if (n < 0 || (size_t)n >= sizeof(name))
		return WH_INVALID;
	return note_key_make(name, NOTE_COSIGNATURE, public_key, out);
}

enum wh_err
witness_key(const struct wh_register *reg, const struct reg_member *member,
    int64_t now_ms, struct note_key *out)
{
	const struct reg_key *key = register_key(member, KEY_WITNESS, now_ms);

	return key == NULL ? WH_NOT_FOUND
			   : witness_key_of(reg, member->id, key->key, out);
}
