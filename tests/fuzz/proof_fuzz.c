/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>

#include "consent/note_proof.h"
#include "proto/base/mem.h"

/* Receipts, and bare hashes as proofs in any tree. */

static const char policy_text[] =
    "log example.com/log/testdata+33d7b496+"
    "AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx\n"
    "witness a witness.example/w1+e75f6532+"
    "BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4\n"
    "witness b witness.example/w2+59115eca+"
    "BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X\n"
    "group g all a b\nquorum g\n";

static void
fuzz_receipt(struct span bytes)
{
	static struct note_policy policy;
	struct hash leaf = merkle_leaf(span_str("seven"));
	struct note_checkpoint head;
	struct note_proof proof;
	struct why why;
	char *again;

	if (policy.log_count == 0)
		assert(note_policy_parse(span_str(policy_text), &policy,
			   NULL) == WH_OK);
	if (note_proof_parse(bytes, &proof) != WH_OK)
		return;
	if (proof.checkpoint.len <= NOTE_MAX) {
		assert(note_proof_text(&proof, &again) == WH_OK);
		assert(memcmp(again, bytes.p, bytes.len) == 0);
		mem_free(again);
	}
	/* The only leaf that this log shows a receipt for is its seventh. */
	if (note_proof_check(&proof, &leaf, &policy, &head, &why) == WH_OK)
		assert(proof.index == 6 && head.size == 15);
}

/* Two numbers below 256 or of 8 bytes, then hashes; the last one is short. */
static void
fuzz_hashes(struct span bytes)
{
	struct span path[MERKLE_PATH_MAX + 4];
	uint64_t number[2];
	size_t count = 0;
	bool small = bytes.len > 0 && (bytes.p[0] & 1) == 0;
	size_t at = small ? 3 : 17;

	if (bytes.len < at)
		return;
	if (!small)
		memcpy(number, bytes.p + 1, sizeof(number));
	for (size_t i = 0; small && i < 2; i++)
		number[i] = bytes.p[1 + i];
	for (; at < bytes.len && count < MERKLE_PATH_MAX + 4; count++) {
		size_t len =
		    bytes.len - at < HASH_LEN ? bytes.len - at : HASH_LEN;

		path[count] = span_of(bytes.p + at, len);
		at += len;
	}
	if (count < 2)
		return;
	(void)merkle_check_inclusion(path[0], number[0], number[1], path + 2,
	    count - 2, path[1]);
	(void)merkle_check_consistency(number[0], number[1], path[0], path[1],
	    path + 2, count - 2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_receipt(span_of(data, len));
	fuzz_hashes(span_of(data, len));
	return 0;
}
