/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "consent/evidence.h"
#include "consent/note_line.h"
#include "consent/witness.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "tests/consent_vectors.h"
#include "tests/witness_log.h"

#define ORIGIN   "wijkhub.example/log"
#define STATUSES 6

struct world {
	struct wh_register reg;
	struct reg_key log_key; /* of reg */
	struct two_logs logs;
};

static int
setup(void **state)
{
	struct world *w = mem_new(sizeof(*w));
	struct sign_secret key;

	sign_secret_new(&key);
	two_logs_init(&w->logs, &key);
	w->reg.log_origin = ORIGIN;
	w->log_key = (struct reg_key){.use = KEY_SIGNING, .from_ms = 1};
	memcpy(w->log_key.key, key.public_key, SIGN_KEY_LEN);
	w->reg.hub_keys = &w->log_key;
	w->reg.hub_key_count = 1;
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	mem_free(*state);
	return 0;
}

/* Ask a witness that cosigned last for size of tree 0. */
static enum witness_verdict
ask(struct world *w, uint64_t last, uint64_t old_size, int which, uint64_t size,
    uint64_t proof_from)
{
	const struct witness_head known = {.size = last,
	    .root = last == 0 ? (struct hash){{0}}
			      : two_logs_head(&w->logs, 0, last).root};
	struct hash path[MERKLE_PATH_MAX];
	struct note_checkpoint checkpoint;
	struct witness_question question = {.checkpoint = &checkpoint,
	    .old_size = old_size};
	char *note = two_logs_note(&w->logs, which, size, ORIGIN);
	enum witness_verdict verdict;

	if (proof_from > 0)
		question.proof_count =
		    two_logs_proof(&w->logs, which, proof_from, size, path);
	question.proof = (const uint8_t(*)[WIRE_KEY_LEN])path;
	verdict = witness_open(&w->reg, span_str(note), &checkpoint);
	assert_int_equal(verdict, WITNESS_COSIGNED);
	verdict = witness_judge(&known, &question);
	mem_free(note);
	return verdict;
}

static void
test_a_log_that_grows_is_cosigned(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, 0, 0, 0, 7, 0), WITNESS_COSIGNED);
	assert_int_equal(ask(w, 7, 7, 0, 7, 0), WITNESS_COSIGNED);
	for (uint64_t from = 1; from < LEAVES; from++)
		for (uint64_t to = from + 1; to <= LEAVES; to += 3)
			assert_int_equal(ask(w, from, from, 0, to, from),
			    WITNESS_COSIGNED);
}

static void
test_every_refusal_has_its_verdict(void **state)
{
	struct world *w = *state;

	/* old size: above the new one, not what was cosigned last */
	assert_int_equal(ask(w, 9, 9, 0, 8, 0), WITNESS_BAD_SIZE);
	assert_int_equal(ask(w, 9, 0, 0, 20, 0), WITNESS_CONFLICT);
	assert_int_equal(ask(w, 9, 5, 0, 20, 5), WITNESS_CONFLICT);
	/* smaller than what was cosigned, whatever it says */
	assert_int_equal(ask(w, 9, 8, 0, 8, 0), WITNESS_CONFLICT);
	assert_int_equal(ask(w, 9, 0, 0, 8, 0), WITNESS_CONFLICT);
	/* as large, another root */
	assert_int_equal(ask(w, 35, 35, 1, 35, 0), WITNESS_CONFLICT);
	/* proofs: missing, of something else, where none belongs */
	assert_int_equal(ask(w, 9, 9, 0, 20, 0), WITNESS_BAD_PROOF);
	assert_int_equal(ask(w, 9, 9, 0, 20, 10), WITNESS_BAD_PROOF);
	assert_int_equal(ask(w, 35, 35, 1, 38, 35), WITNESS_BAD_PROOF);
	assert_int_equal(ask(w, 0, 0, 0, 20, 3), WITNESS_BAD_PROOF);
	assert_int_equal(ask(w, 9, 9, 0, 9, 5), WITNESS_BAD_PROOF);
}

static void
test_only_the_log_of_the_register_is_known(void **state)
{
	struct world *w = *state;
	struct note_checkpoint checkpoint;
	static const struct {
		const char *origin;
		enum witness_verdict verdict;
	} cases[] = {
	    {ORIGIN, WITNESS_COSIGNED},
	    {ORIGIN "/2", WITNESS_COSIGNED},
	    {ORIGIN "/02", WITNESS_UNKNOWN_LOG},
	    {ORIGIN "/", WITNESS_UNKNOWN_LOG},
	    {ORIGIN "/x", WITNESS_UNKNOWN_LOG},
	    {ORIGIN "2", WITNESS_UNKNOWN_LOG},
	    {"another.example/log", WITNESS_UNKNOWN_LOG},
	};
	char *note;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		note = two_logs_note(&w->logs, 0, 5, cases[i].origin);
		assert_int_equal(witness_open(&w->reg, span_str(note),
				     &checkpoint),
		    cases[i].verdict);
		mem_free(note);
	}
	note = two_logs_note(&w->logs, 0, 5, ORIGIN);
	w->log_key.key[0] ^= 1;
	assert_int_not_equal(witness_open(&w->reg, span_str(note), &checkpoint),
	    WITNESS_COSIGNED);
	mem_free(note);
	assert_int_equal(witness_open(&w->reg, span_str("no note"),
			     &checkpoint),
	    WITNESS_BAD_SIGNATURE);
}

/* One request of the transcript: the old size, proof lines, and the note. */
static void
replay(const struct wh_register *reg, char *text, struct witness_head *last,
    unsigned *status)
{
	static const unsigned statuses[STATUSES] = {200, 409, 404, 403, 400,
	    422};
	uint8_t proof[MERKLE_PATH_MAX][WIRE_KEY_LEN];
	struct note_checkpoint checkpoint;
	struct witness_question question = {.checkpoint = &checkpoint,
	    .proof = (const uint8_t(*)[WIRE_KEY_LEN])proof};
	char *note = strstr(text, "\n\n") + 2;
	struct span rest = span_of(text, (size_t)(note - text) - 1);
	struct span line;
	enum witness_verdict verdict;
	size_t len;

	assert_true(
	    note_line_next(&rest, &line) && note_line_skip(&line, "old "));
	assert_int_equal(note_line_number(line, &question.old_size), WH_OK);
	while (note_line_next(&rest, &line)) {
		assert_int_equal(base64_decode(line,
				     proof[question.proof_count++],
				     WIRE_KEY_LEN, &len),
		    WH_OK);
	}
	verdict = witness_open(reg, span_str(note), &checkpoint);
	if (verdict == WITNESS_COSIGNED)
		verdict = witness_judge(last, &question);
	if (verdict == WITNESS_COSIGNED) {
		last->size = checkpoint.size;
		last->root = checkpoint.root;
	}
	*status = statuses[verdict];
}

static void
test_the_transcript_of_litewitness_gets_its_statuses(void **state)
{
	struct reg_key log_key = {.use = KEY_SIGNING};
	struct wh_register reg =
	    {.log_origin =
		    "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0"
		    "bcd41b5211d9e1ce768b0ff0309e562",
		.hub_key_count = 1,
		.hub_keys = &log_key};
	char *file = vector_file("notes/litewitness_transcript.txt", NULL);
	char *at = file;
	struct witness_head last = {0};
	unsigned count = 0;

	(void)state;
	assert_int_equal(
	    hex_decode("ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302e"
		       "c79cf100f",
		log_key.key, WIRE_KEY_LEN),
	    WH_OK);
	for (; (at = strstr(at, "```\nold ")) != NULL; count++) {
		char *request = at + 4;
		char *end = strstr(request, "```\nHTTP ");
		unsigned long want;
		unsigned status;

		*end = '\0';
		at = end + strlen("```\nHTTP ");
		want = strtoul(at, NULL, 10);
		replay(&reg, request, &last, &status);
		/* an unknown log was 403 when this was written down */
		assert_int_equal(status == 404 ? 403 : status, want);
	}
	assert_int_equal(count, 9);
	assert_int_equal(last.size, 5);
	free(file);
}

static struct evidence
evidence_of(enum evidence_kind kind, const char *a, const char *b)
{
	return (struct evidence){.kind = kind,
	    .seen_ms = 1789382400000,
	    .by = span_str("wpi"),
	    .notes = {span_str(a), span_str(b)}};
}

/* Write it, read it back, check it. */
static enum wh_err
judged(struct world *w, enum evidence_kind kind, const char *a, const char *b)
{
	const struct evidence made = evidence_of(kind, a, b);
	struct note_checkpoint heads[2];
	struct note_key keys[REGISTER_KEYS_MAX];
	struct note_key log;
	struct evidence read;
	struct why why = {""};
	char *text = NULL;
	enum wh_err err;

	assert_int_equal(witness_log_keys(&w->reg, span_str(ORIGIN), keys), 1);
	log = keys[0];
	assert_int_equal(evidence_text(&made, &text), WH_OK);
	assert_int_equal(evidence_parse(span_str(text), &read), WH_OK);
	err = evidence_check(&read, &log, 1, heads, &why);
	assert_true((err == WH_OK) == (why.text[0] == '\0'));
	mem_free(text);
	return err;
}

static void
test_evidence_shows_what_it_claims_and_nothing_else(void **state)
{
	struct world *w = *state;
	char *small = two_logs_note(&w->logs, 0, 31, ORIGIN);
	char *large = two_logs_note(&w->logs, 0, 35, ORIGIN);
	char *fork = two_logs_note(&w->logs, 1, 35, ORIGIN);
	char *other = two_logs_note(&w->logs, 1, 35, ORIGIN "/2");

	assert_int_equal(judged(w, EVIDENCE_FORK, large, fork), WH_OK);
	assert_int_equal(judged(w, EVIDENCE_FORK, large, large), WH_CRYPTO);
	assert_int_equal(judged(w, EVIDENCE_FORK, large, small), WH_CRYPTO);
	assert_int_equal(judged(w, EVIDENCE_FORK, large, other), WH_CRYPTO);
	assert_int_equal(judged(w, EVIDENCE_ROLLBACK, large, small), WH_OK);
	assert_int_equal(judged(w, EVIDENCE_ROLLBACK, small, large), WH_CRYPTO);
	assert_int_equal(judged(w, EVIDENCE_UNPROVEN, fork, small), WH_OK);
	assert_int_equal(judged(w, EVIDENCE_UNPROVEN, fork, large), WH_CRYPTO);
	mem_free(small);
	mem_free(large);
	mem_free(fork);
	mem_free(other);
}

static void
test_evidence_of_a_changed_note_shows_nothing(void **state)
{
	struct world *w = *state;
	char *large = two_logs_note(&w->logs, 0, 35, ORIGIN);
	char *fork = two_logs_note(&w->logs, 1, 35, ORIGIN);
	char *size = strstr(fork, "35");

	size[1] = '6';
	assert_int_equal(judged(w, EVIDENCE_ROLLBACK, fork, large), WH_CRYPTO);
	mem_free(large);
	mem_free(fork);
}

static void
test_what_is_no_evidence_is_refused(void **state)
{
	static const char *const texts[] = {"", "wijkhub evidence v1\n",
	    "wijkhub evidence v2\nkind fork\nseen 2026-09-14\nby wpi\n"
	    "note 1\nanote 1\nb",
	    "wijkhub evidence v1\nkind theft\nseen 2026-09-14\nby wpi\n"
	    "note 1\nanote 1\nb",
	    "wijkhub evidence v1\nkind fork\nseen then\nby wpi\n"
	    "note 1\nanote 1\nb",
	    "wijkhub evidence v1\nkind fork\nseen 2026-09-14\nby W P\n"
	    "note 1\nanote 1\nb",
	    "wijkhub evidence v1\nkind fork\nseen 2026-09-14\nby wpi\n"
	    "note 1\nanote 2\nb",
	    "wijkhub evidence v1\nkind fork\nseen 2026-09-14\nby wpi\n"
	    "note 0\nnote 1\nb",
	    "wijkhub evidence v1\nkind fork\nseen 2026-09-14\nby wpi\n"
	    "note 1\nanote 1\nbc"};
	struct evidence read;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(evidence_parse(span_str(texts[i]), &read),
		    WH_INVALID);
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CLAIM(test_a_log_that_grows_is_cosigned),
	    CLAIM(test_every_refusal_has_its_verdict),
	    CLAIM(test_only_the_log_of_the_register_is_known),
	    CLAIM(test_the_transcript_of_litewitness_gets_its_statuses),
	    CLAIM(test_evidence_shows_what_it_claims_and_nothing_else),
	    CLAIM(test_evidence_of_a_changed_note_shows_nothing),
	    CLAIM(test_what_is_no_evidence_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
