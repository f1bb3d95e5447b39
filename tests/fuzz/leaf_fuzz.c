/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>

#include "consent/note_checkpoint.h"
#include "ops/verify/verify.h"
#include "proto/base/mem.h"

/*
 * An entry as a dishonest log could have made it, in a receipt that is signed
 * as it should be: what is believed is said as JSON and as clean text.
 */

static struct note_policy policy;
static struct sign_secret secret;
static struct note_key key;

static void
init(void)
{
	const uint8_t seed[SIGN_KEY_LEN] = {1};
	char vkey[NOTE_VKEY_SIZE];
	char text[sizeof(vkey) + 32];

	if (policy.log_count != 0)
		return;
	assert(sign_secret_from_seed(seed, &secret) == WH_OK);
	assert(note_key_make("a\"log\\", NOTE_ED25519, secret.public_key,
		   &key) == WH_OK);
	note_key_text(&key, vkey);
	(void)snprintf(text, sizeof(text), "log %s\nquorum none\n", vkey);
	assert(note_policy_parse(span_str(text), &policy, NULL) == WH_OK);
}

/* The only entry of its log. */
static char *
receipt_of(struct span leaf)
{
	struct note_proof *proof = mem_new(sizeof(*proof));
	const struct note_checkpoint head = {.origin = span_str(key.name),
	    .size = 1,
	    .root = merkle_leaf(leaf)};
	char *note, *text;

	assert(note_checkpoint_seal(&head, &key, &secret, &note) == WH_OK);
	proof->checkpoint = span_str(note);
	memcpy(proof->extra, leaf.p, leaf.len);
	proof->extra_len = leaf.len;
	assert(note_proof_text(proof, &text) == WH_OK);
	mem_free(note);
	mem_free(proof);
	return text;
}

static void
say(const struct verify_answer *answer)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	json_t *json;

	verify_say_json(to, answer);
	assert(fclose(to) == 0);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert(json != NULL);
	json_decref(json);
	free(text);
	to = open_memstream(&text, &len);
	verify_say(to, answer);
	assert(fclose(to) == 0);
	assert(text_is_clean(span_of(text, len)));
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct verify_answer answer;
	struct note_proof proof;
	struct audit_leaf leaf;
	uint8_t again[AUDIT_LEAF_LEN];
	struct why why;
	char *receipt;

	init();
	if (len == 0 || len > NOTE_PROOF_EXTRA_MAX)
		return 0;
	receipt = receipt_of(span_of(data, len));
	if (verify_receipt(&policy, span_str(receipt), span_of(NULL, 0), &proof,
		&answer, &why) == WH_OK) {
		assert(audit_leaf_read(span_of(data, len), &leaf) == WH_OK);
		audit_leaf_write(&leaf, again);
		assert(memcmp(again, data, len) == 0);
		assert(answer.is_leaf && answer.index == 0);
		say(&answer);
	}
	mem_free(receipt);
	return 0;
}
