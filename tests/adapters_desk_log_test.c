/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_log.h"

#include <dirent.h>
#include <stdio.h>

#include "proto/base/file.h"
#include "tests/adapters_desk_world.h"
#include "tests/witness_log.h"

#define ORIGIN "test/log"
#define SECOND 1000

struct world {
	struct desk_world desks;
	struct two_logs logs;
	struct desk *wpi; /* borrowed from desks */
};

static int
setup(void **state)
{
	struct world *w = mem_new(sizeof(*w));
	struct key_secrets hub;

	desk_world_init(&w->desks);
	desk_world_start(&w->desks);
	alliance_hub_keys(w->desks.alliance, &hub);
	two_logs_init(&w->logs, &hub.signing);
	w->wpi = w->desks.at[AT_WPI].desk;
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	desk_world_stop(&w->desks);
	desk_world_fini(&w->desks);
	mem_free(w);
	return 0;
}

/* Ask wpi to cosign; *size is the size that it answers with. */
static enum witness_verdict
ask(struct world *w, uint64_t old_size, int which, uint64_t size,
    uint64_t *known)
{
	char *note = two_logs_note(&w->logs, which, size, ORIGIN);
	struct hash path[MERKLE_PATH_MAX];
	struct add_checkpoint asked = {.old_size = old_size,
	    .proof = (const uint8_t(*)[WIRE_KEY_LEN])path,
	    .checkpoint = span_str(note)};
	struct desk_cosigned out;
	enum witness_verdict verdict;

	if (old_size > 0 && old_size < size)
		asked.proof_count =
		    two_logs_proof(&w->logs, which, old_size, size, path);
	assert_int_equal(desk_witness(w->wpi, &asked, w->desks.now_ms, &out),
	    WH_OK);
	verdict = out.verdict;
	*known = out.size;
	assert_true((out.lines != NULL) == (verdict == WITNESS_COSIGNED));
	desk_cosigned_fini(&out);
	mem_free(note);
	return verdict;
}

static uint64_t
contradictions(struct world *w)
{
	struct desk_log_state state;

	assert_int_equal(desk_log_state(w->wpi, w->desks.now_ms, &state),
	    WH_OK);
	return state.contradictions;
}

/* The only file of evidence, checked as anybody can; the kind that it is. */
static enum evidence_kind
the_evidence(struct world *w)
{
	char *dir = support_path(w->desks.at[AT_WPI].dir, "evidence");
	DIR *folder = opendir(dir);
	const struct dirent *entry;
	struct evidence evidence;
	struct note_key log;
	uint8_t *bytes = NULL;
	char *path = NULL;
	size_t len = 0;

	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.') {
			assert_null(path);
			path = support_path(dir, entry->d_name);
		}
	(void)closedir(folder);
	assert_non_null(path);
	assert_int_equal(file_read(path, EVIDENCE_MAX, &bytes, &len, NULL),
	    WH_OK);
	assert_int_equal(evidence_parse(span_of(bytes, len), &evidence), WH_OK);
	assert_true(span_equal(evidence.by, span_str("wpi")));
	assert_int_equal(note_key_make(ORIGIN, NOTE_ED25519,
			     w->logs.key.public_key, &log),
	    WH_OK);
	assert_int_equal(evidence_check(&evidence, &log, 1, NULL, NULL), WH_OK);
	mem_free(bytes);
	free(path);
	free(dir);
	return evidence.kind;
}

static void
test_what_was_cosigned_is_known_after_a_crash(void **state)
{
	struct world *w = *state;
	uint64_t known;

	assert_int_equal(ask(w, 0, 0, 12, &known), WITNESS_COSIGNED);
	assert_int_equal(known, 12);
	/* the answer was lost with the process: the same gets the same */
	desk_restart(&w->desks, AT_WPI);
	w->wpi = w->desks.at[AT_WPI].desk;
	assert_int_equal(ask(w, 0, 0, 12, &known), WITNESS_CONFLICT);
	assert_int_equal(known, 12);
	assert_int_equal(ask(w, 12, 0, 12, &known), WITNESS_COSIGNED);
	assert_int_equal(ask(w, 12, 0, 30, &known), WITNESS_COSIGNED);
	assert_int_equal(contradictions(w), 0);
}

static void
test_a_cosignature_is_of_this_member_at_this_time(void **state)
{
	struct world *w = *state;
	char *note = two_logs_note(&w->logs, 0, 7, ORIGIN);
	const struct add_checkpoint asked = {.checkpoint = span_str(note)};
	const struct wh_register *reg = desk_register(w->wpi);
	struct desk_cosigned out;
	struct note_signed by;
	struct note_key key;
	struct note parsed;
	char *whole = NULL;

	assert_int_equal(desk_witness(w->wpi, &asked, w->desks.now_ms, &out),
	    WH_OK);
	assert_int_equal(note_parse(span_str(note), &parsed), WH_OK);
	assert_int_equal(note_make(parsed.text, parsed.lines,
			     span_str(out.lines), &whole),
	    WH_OK);
	assert_int_equal(witness_key(reg, register_member(reg, "wpi"),
			     w->desks.now_ms, &key),
	    WH_OK);
	assert_int_equal(note_parse(span_str(whole), &parsed), WH_OK);
	assert_int_equal(note_verify(&parsed, &key, 1, &by), WH_OK);
	assert_int_equal(by.at_s, w->desks.now_ms / 1000);
	desk_cosigned_fini(&out);
	mem_free(whole);
	mem_free(note);
}

static void
test_a_rolled_back_log_is_refused_with_our_size_and_kept_as_evidence(
    void **state)
{
	struct world *w = *state;
	uint64_t known;

	assert_int_equal(ask(w, 0, 0, 35, &known), WITNESS_COSIGNED);
	assert_int_equal(ask(w, 0, 0, 31, &known), WITNESS_CONFLICT);
	assert_int_equal(known, 35);
	assert_int_equal(the_evidence(w), EVIDENCE_ROLLBACK);
	/* asked again, it is the same evidence */
	w->desks.now_ms += 60 * SECOND;
	assert_int_equal(ask(w, 0, 0, 31, &known), WITNESS_CONFLICT);
	assert_int_equal(contradictions(w), 1);
}

static void
test_a_forked_log_is_refused_and_kept_as_evidence(void **state)
{
	struct world *w = *state;
	uint64_t known;

	assert_int_equal(ask(w, 0, 0, 35, &known), WITNESS_COSIGNED);
	assert_int_equal(ask(w, 35, 1, 35, &known), WITNESS_CONFLICT);
	assert_int_equal(the_evidence(w), EVIDENCE_FORK);
	assert_int_equal(ask(w, 35, 0, 36, &known), WITNESS_COSIGNED);
}

static void
test_a_proof_that_does_not_hold_is_evidence_of_what_was_signed(void **state)
{
	struct world *w = *state;
	uint64_t known;

	assert_int_equal(ask(w, 0, 0, 35, &known), WITNESS_COSIGNED);
	assert_int_equal(ask(w, 35, 1, 38, &known), WITNESS_BAD_PROOF);
	assert_int_equal(the_evidence(w), EVIDENCE_UNPROVEN);
}

static void
test_a_new_log_starts_from_nothing(void **state)
{
	struct world *w = *state;
	char *note = two_logs_note(&w->logs, 1, 5, ORIGIN "/1");
	const struct add_checkpoint asked = {.checkpoint = span_str(note)};
	struct desk_cosigned out;
	uint64_t known;

	assert_int_equal(ask(w, 0, 0, 35, &known), WITNESS_COSIGNED);
	assert_int_equal(desk_witness(w->wpi, &asked, w->desks.now_ms, &out),
	    WH_OK);
	assert_int_equal(out.verdict, WITNESS_COSIGNED);
	assert_int_equal(contradictions(w), 0);
	desk_cosigned_fini(&out);
	mem_free(note);
}

/* The hub shows wpi a checkpoint, with these members' cosignatures. */
static enum wh_err
show(struct world *w, int which, uint64_t size, const enum place *by, size_t n)
{
	const struct wh_register *reg = desk_register(w->wpi);
	char *note = two_logs_note(&w->logs, which, size, ORIGIN);
	enum wh_err err;

	for (size_t i = 0; i < n; i++) {
		struct place_state *at = &w->desks.at[by[i]];
		char line[NOTE_LINE_SIZE];
		struct note_key key;
		struct note parsed;
		char *more = NULL;

		assert_int_equal(witness_key_of(reg, place_names[by[i]],
				     at->keys.witness.public_key, &key),
		    WH_OK);
		assert_int_equal(note_parse(span_str(note), &parsed), WH_OK);
		assert_int_equal(note_sign(&key, &at->keys.witness, parsed.text,
				     (uint64_t)w->desks.now_ms / 1000, line),
		    WH_OK);
		assert_int_equal(note_make(parsed.text, parsed.lines,
				     span_str(line), &more),
		    WH_OK);
		mem_free(note);
		note = more;
	}
	err = desk_checkpoint(w->wpi, span_str(note), w->desks.now_ms);
	mem_free(note);
	return err;
}

static int64_t
unwitnessed(struct world *w, int64_t after_ms)
{
	struct desk_log_state state;

	assert_int_equal(desk_log_state(w->wpi, w->desks.now_ms + after_ms,
			     &state),
	    WH_OK);
	assert_true(state.has_policy);
	return state.unwitnessed_since_ms;
}

static void
test_without_a_quorum_the_log_is_unwatched_since_then(void **state)
{
	static const enum place two[] = {AT_BUURTTEAM, AT_EIGEN_HAARD};
	struct world *w = *state;
	int64_t since_ms = w->desks.now_ms;

	assert_int_equal(show(w, 0, 10, NULL, 0), WH_OK);
	assert_int_equal(unwitnessed(w, 9 * SECOND), 0);
	assert_int_equal(unwitnessed(w, 10 * SECOND), since_ms);
	w->desks.now_ms += 60 * SECOND;
	assert_int_equal(show(w, 0, 12, two, 1), WH_OK);
	assert_int_equal(unwitnessed(w, 0), since_ms);
	assert_int_equal(show(w, 0, 12, two, 2), WH_OK);
	assert_int_equal(unwitnessed(w, 3600 * SECOND), 0);
	/* nothing new, nothing to watch; then traffic goes on */
	w->desks.now_ms += 3600 * SECOND;
	assert_int_equal(show(w, 0, 13, two, 1), WH_OK);
	assert_int_equal(unwitnessed(w, 10 * SECOND), w->desks.now_ms);
}

static void
test_what_the_hub_shows_may_not_shrink_or_change(void **state)
{
	struct world *w = *state;

	assert_int_equal(show(w, 0, 35, NULL, 0), WH_OK);
	assert_int_equal(show(w, 0, 35, NULL, 0), WH_OK);
	assert_int_equal(contradictions(w), 0);
	assert_int_equal(show(w, 1, 35, NULL, 0), WH_OK);
	assert_int_equal(contradictions(w), 1);
	assert_int_equal(show(w, 0, 20, NULL, 0), WH_OK);
	assert_int_equal(contradictions(w), 2);
	assert_int_equal(show(w, 0, 36, NULL, 0), WH_OK);
	assert_int_equal(contradictions(w), 2);
}

static void
test_a_checkpoint_that_the_log_did_not_sign_is_not_kept(void **state)
{
	struct world *w = *state;
	char *note = NULL;

	sign_secret_new(&w->logs.key);
	assert_int_equal(show(w, 0, 5, NULL, 0), WH_CRYPTO);
	assert_int_equal(desk_checkpoint(w->wpi, span_str("x"), 1), WH_CRYPTO);
	assert_int_equal(desk_checkpoint_get(w->wpi, &note), WH_NOT_FOUND);
}

/* What another member serves. */
static enum wh_err
peer(struct world *w, int which, uint64_t size, struct size_range *sizes)
{
	char *note = two_logs_note(&w->logs, which, size, ORIGIN);
	char origin[ORIGIN_MAX_LEN + 1] = "";
	enum wh_err err;

	err = desk_peer(w->wpi, span_str(note), w->desks.now_ms, sizes, origin);
	if (err == WH_AGAIN)
		assert_string_equal(origin, ORIGIN);
	mem_free(note);
	return err;
}

static void
test_a_peer_with_another_log_of_our_size_is_evidence_at_once(void **state)
{
	struct world *w = *state;
	struct size_range sizes;

	assert_int_equal(peer(w, 0, 35, &sizes), WH_NOT_FOUND);
	assert_int_equal(show(w, 0, 35, NULL, 0), WH_OK);
	assert_int_equal(peer(w, 0, 35, &sizes), WH_OK);
	assert_int_equal(contradictions(w), 0);
	assert_int_equal(peer(w, 1, 35, &sizes), WH_OK);
	assert_int_equal(the_evidence(w), EVIDENCE_FORK);
}

static void
test_a_peer_of_another_size_needs_a_proof_of_the_hub(void **state)
{
	struct world *w = *state;
	struct hash path[MERKLE_PATH_MAX];
	struct consistency proof = {
	    .path = (const uint8_t(*)[WIRE_KEY_LEN])path};
	char *ahead = two_logs_note(&w->logs, 0, 38, ORIGIN);
	char *forked = two_logs_note(&w->logs, 1, 33, ORIGIN);

	assert_int_equal(show(w, 0, 35, NULL, 0), WH_OK);
	assert_int_equal(peer(w, 0, 38, &proof.sizes), WH_AGAIN);
	assert_int_equal(proof.sizes.from, 35);
	assert_int_equal(proof.sizes.to, 38);
	proof.path_count = two_logs_proof(&w->logs, 0, 35, 38, path);
	assert_int_equal(desk_peer_proof(w->wpi, span_str(ahead), &proof),
	    WH_OK);
	assert_int_equal(desk_peer_proof(w->wpi, span_str(forked), &proof),
	    WH_INVALID);
	assert_int_equal(peer(w, 1, 33, &proof.sizes), WH_AGAIN);
	proof.path_count = two_logs_proof(&w->logs, 0, 33, 35, path);
	assert_int_equal(desk_peer_proof(w->wpi, span_str(forked), &proof),
	    WH_CRYPTO);
	assert_int_equal(contradictions(w), 0);
	assert_int_equal(desk_peer_unproven(w->wpi, span_str(forked),
			     w->desks.now_ms),
	    WH_OK);
	assert_int_equal(the_evidence(w), EVIDENCE_UNPROVEN);
	mem_free(ahead);
	mem_free(forked);
}

static void
test_evidence_is_bounded(void **state)
{
	struct world *w = *state;
	char *dir = support_path(w->desks.at[AT_WPI].dir, "evidence");

	assert_int_equal(file_mkdir(dir, NULL), WH_OK);
	for (int i = 0; i < DESK_EVIDENCE_MAX; i++) {
		char name[32];
		char *path;

		(void)snprintf(name, sizeof(name), "%d.evidence", i);
		path = support_path(dir, name);
		assert_int_equal(file_write(path, span_str("x"), 0644, NULL),
		    WH_OK);
		free(path);
	}
	assert_int_equal(contradictions(w), DESK_EVIDENCE_MAX);
	assert_int_equal(show(w, 0, 35, NULL, 0), WH_OK);
	assert_int_equal(show(w, 1, 35, NULL, 0), WH_OK);
	assert_int_equal(contradictions(w), DESK_EVIDENCE_MAX);
	free(dir);
}

static void
test_without_a_key_of_its_own_a_member_is_no_witness(void **state)
{
	struct world *w = *state;
	char *note = two_logs_note(&w->logs, 0, 5, ORIGIN);
	const struct add_checkpoint asked = {.checkpoint = span_str(note)};
	struct desk_log_state told;
	struct desk_cosigned out;

	w->desks.at[AT_WPI].keys.has_witness = false;
	desk_restart(&w->desks, AT_WPI);
	w->wpi = w->desks.at[AT_WPI].desk;
	assert_int_equal(desk_witness(w->wpi, &asked, w->desks.now_ms, &out),
	    WH_UNSUPPORTED);
	assert_int_equal(desk_log_state(w->wpi, w->desks.now_ms, &told), WH_OK);
	assert_false(told.is_witness);
	mem_free(note);
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CLAIM(test_what_was_cosigned_is_known_after_a_crash),
	    CLAIM(test_a_cosignature_is_of_this_member_at_this_time),
	    CLAIM(
		test_a_rolled_back_log_is_refused_with_our_size_and_kept_as_evidence),
	    CLAIM(test_a_forked_log_is_refused_and_kept_as_evidence),
	    CLAIM(
		test_a_proof_that_does_not_hold_is_evidence_of_what_was_signed),
	    CLAIM(test_a_new_log_starts_from_nothing),
	    CLAIM(test_without_a_quorum_the_log_is_unwatched_since_then),
	    CLAIM(test_what_the_hub_shows_may_not_shrink_or_change),
	    CLAIM(test_a_checkpoint_that_the_log_did_not_sign_is_not_kept),
	    CLAIM(test_a_peer_with_another_log_of_our_size_is_evidence_at_once),
	    CLAIM(test_a_peer_of_another_size_needs_a_proof_of_the_hub),
	    CLAIM(test_evidence_is_bounded),
	    CLAIM(test_without_a_key_of_its_own_a_member_is_no_witness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
