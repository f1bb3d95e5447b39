/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "consent/note_checkpoint.h"
#include "consent/witness.h"
#include "tests/broker_hub.h"
#include "tests/witness_log.h"

#define AT_S 1789382400

/* The world of the hub's tests, with witnesses of three sectors. */
static int
setup(void **state)
{
	struct hub *h;

	if (hub_setup(state) != 0)
		return 1;
	h = *state;
	for (enum who who = BUURTTEAM; who < WHO_COUNT; who++) {
		struct reg_member *m = people_member(&h->people, who_name[who]);

		m->keys[3] = (struct reg_key){.use = KEY_WITNESS, .from_ms = 1};
		memcpy(m->keys[3].key, h->people.member[who].witness.public_key,
		    32);
		m->key_count = 4;
	}
	hub_register(h, 1);
	return 0;
}

static struct note_key
key_of(struct hub *h, enum who who)
{
	struct note_key key;

	assert_int_equal(witness_key_of(&h->people.reg, who_name[who],
			     h->people.member[who].witness.public_key, &key),
	    WH_OK);
	return key;
}

/* Cosign what is asked, by the key of who. */
static void
cosign(struct hub *h, struct sock *client, enum who who,
    const struct from_hub *asked)
{
	const struct note_key key = key_of(h, who);
	char line[NOTE_LINE_SIZE];
	struct note parsed;
	struct to_hub answer = {.request = asked->request,
	    .kind = TO_HUB_COSIGNATURE};

	assert_int_equal(note_parse(asked->u.add_checkpoint.checkpoint,
			     &parsed),
	    WH_OK);
	assert_int_equal(note_sign(&key, &h->people.member[who].witness,
			     parsed.text, AT_S, line),
	    WH_OK);
	answer.u.bytes = span_str(line);
	tell(h, client, &answer);
}

static void
conflict(struct hub *h, struct sock *client, const struct from_hub *asked,
    uint64_t size, const char *note)
{
	const struct to_hub answer = {.request = asked->request,
	    .kind = TO_HUB_WITNESS_CONFLICT,
	    .u.witness_conflict = {WITNESS_CONFLICT, size, span_str(note)}};

	tell(h, client, &answer);
}

/* Until the hub shows a head that this many signed, itself included. */
static struct note_checkpoint
hear_signed(struct hub *h, struct sock *client, size_t count)
{
	struct note_checkpoint head;
	struct note parsed;

	do {
		struct from_hub frame = hear(h, client, FROM_HUB_CHECKPOINT);

		assert_int_equal(note_parse(frame.u.bytes, &parsed), WH_OK);
		assert_int_equal(note_checkpoint_parse(parsed.text, &head),
		    WH_OK);
	} while (parsed.sig_count != count);
	return head;
}

static void
test_two_sectors_make_a_quorum_that_all_are_shown(void **state)
{
	struct hub *h = *state;
	struct sock *buurtteam, *wpi;
	struct from_hub asked;
	struct note_checkpoint head;
	uint8_t *kept = NULL;
	char *path = support_path(h->data, "cosigned");
	size_t len;

	hub_start(h);
	buurtteam = join(h, BUURTTEAM);
	asked = hear(h, buurtteam, FROM_HUB_ADD_CHECKPOINT);
	assert_int_equal(asked.u.add_checkpoint.old_size, 0);
	cosign(h, buurtteam, BUURTTEAM, &asked);
	while (h->loop->stats.value[STAT_COSIGNATURES] == 0)
		hub_turn_well(h);
	assert_int_equal(h->loop->cosigned_size, 0); /* one is no quorum */
	wpi = join(h, WPI);
	asked = hear(h, wpi, FROM_HUB_ADD_CHECKPOINT);
	cosign(h, wpi, WPI, &asked);
	head = hear_signed(h, buurtteam, 3);
	assert_int_equal(h->loop->cosigned_size, head.size);
	assert_int_equal(h->loop->behind_since_ms, 0);
	assert_int_equal(file_read(path, NOTE_MAX, &kept, &len, NULL), WH_OK);
	assert_true(
	    span_equal(span_of(kept, len), span_str(h->loop->cosigned)));
	mem_free(kept);
	free(path);
	sock_close(buurtteam);
	sock_close(wpi);
}

/* Whoever reads the folder, as audit prove does, sees what is committed. */
static void
test_a_quorum_that_is_told_can_be_read_by_others(void **state)
{
	struct hub *h = *state;
	struct sock *client[2];
	const enum who who[2] = {BUURTTEAM, WPI};
	struct from_hub asked;
	struct span kept;
	uint64_t size;

	hub_start(h);
	for (size_t i = 0; i < 2; i++)
		client[i] = join(h, who[i]);
	while (h->loop->uncommitted > 0) /* what joining gave it to do */
		hub_turn_well(h);
	for (size_t i = 0; i < 2; i++) {
		asked = hear(h, client[i], FROM_HUB_ADD_CHECKPOINT);
		cosign(h, client[i], who[i], &asked);
	}
	while (h->loop->cosigned_size == 0)
		hub_turn_well(h);
	size = h->loop->cosigned_size;
	assert_int_equal(h->loop->uncommitted, 0);
	hub_kill(h); /* and with it what was not committed */
	hub_start(h);
	assert_int_equal(audit_cosigned_get(h->loop->txn,
			     audit_generation(core_audit(h->loop->core)),
			     &kept),
	    WH_OK);
	assert_int_equal(h->loop->cosigned_size, size);
	sock_close(client[0]);
	sock_close(client[1]);
}

static void
test_the_next_head_comes_with_a_proof_from_the_last(void **state)
{
	struct hub *h = *state;
	struct sock *client;
	struct from_hub asked;
	struct note_checkpoint first, next;
	struct witness_head from, to;

	hub_start(h);
	client = join(h, BUURTTEAM);
	asked = hear(h, client, FROM_HUB_ADD_CHECKPOINT);
	assert_int_equal(witness_open(&h->people.reg,
			     asked.u.add_checkpoint.checkpoint, &first),
	    WITNESS_COSIGNED);
	from = (struct witness_head){first.size, first.root};
	cosign(h, client, BUURTTEAM, &asked);
	while (h->loop->stats.value[STAT_COSIGNATURES] == 0)
		hub_turn_well(h);
	hub_register(h, 2); /* an entry in the log */
	while (core_register(h->loop->core)->reg.version != 2)
		hub_turn_well(h);
	h->loop->checkpoint_mono_ms = 0; /* as if a minute went by */
	asked = hear(h, client, FROM_HUB_ADD_CHECKPOINT);
	assert_int_equal(asked.u.add_checkpoint.old_size, from.size);
	assert_int_equal(witness_open(&h->people.reg,
			     asked.u.add_checkpoint.checkpoint, &next),
	    WITNESS_COSIGNED);
	to = (struct witness_head){next.size, next.root};
	assert_true(to.size > from.size);
	assert_int_equal(witness_consistent(&from, &to,
			     asked.u.add_checkpoint.proof,
			     asked.u.add_checkpoint.proof_count),
	    WH_OK);
	sock_close(client);
}

static void
test_what_is_no_cosignature_of_this_member_is_refused(void **state)
{
	struct hub *h = *state;
	struct sock *client;
	struct from_hub asked;

	hub_start(h);
	client = join(h, BUURTTEAM);
	asked = hear(h, client, FROM_HUB_ADD_CHECKPOINT);
	cosign(h, client, WPI, &asked); /* another's key */
	tell(h, client,
	    &(struct to_hub){.request = asked.request,
		.kind = TO_HUB_COSIGNATURE,
		.u.bytes = span_str("no line at all\n")});
	asked.request += 100; /* nobody asked this */
	cosign(h, client, BUURTTEAM, &asked);
	grant(h, client, 1);
	for (int i = 0; i < 20; i++)
		hub_turn_well(h);
	assert_int_equal(h->loop->stats.value[STAT_COSIGNATURES], 0);
	assert_int_equal(h->failed, WH_OK);
	sock_close(client);
}

/* What a hub with this log's key signed, whatever its log is. */
static char *
signed_head(struct hub *h, uint64_t size, const struct hash *root)
{
	const struct note_checkpoint head = {.origin = span_str(
						 h->people.reg.log_origin),
	    .size = size,
	    .root = *root};
	struct note_key keys[REGISTER_KEYS_MAX];
	struct note_key log;
	char *note = NULL;

	assert_int_equal(witness_log_keys(&h->people.reg, head.origin, keys),
	    1);
	log = keys[0];
	assert_int_equal(note_checkpoint_seal(&head, &log,
			     &h->people.hub.signing, &note),
	    WH_OK);
	return note;
}

/* The hub ends, and no start gets past what the witness had. */
static void
ends_for_good(struct hub *h)
{
	struct why why = {""};

	while (!h->loop->rolled_back)
		hub_turn(h);
	assert_int_not_equal(h->failed, WH_OK);
	assert_int_not_equal(loop_turn(h->loop, 0), WH_OK);
	loop_close(h->loop);
	h->loop = NULL;
	assert_int_equal(hub_open(h, &why), WH_CORRUPT);
	assert_non_null(strstr(why.text, "append nothing"));
}

static void
test_a_log_behind_a_witness_is_written_no_more(void **state)
{
	struct hub *h = *state;
	struct hash root = {{1}};
	struct from_hub asked;
	struct sock *client;
	char *note = signed_head(h, 1000, &root);

	hub_start(h);
	client = join(h, BUURTTEAM);
	asked = hear(h, client, FROM_HUB_ADD_CHECKPOINT);
	conflict(h, client, &asked, 1000, note);
	ends_for_good(h);
	mem_free(note);
	sock_close(client);
}

static void
test_a_log_that_differs_from_a_witness_is_written_no_more(void **state)
{
	struct hub *h = *state;
	struct hash root = {{1}};
	struct from_hub asked;
	struct sock *client;
	char *note = signed_head(h, 1, &root);

	hub_start(h);
	client = join(h, BUURTTEAM);
	asked = hear(h, client, FROM_HUB_ADD_CHECKPOINT);
	conflict(h, client, &asked, 1, note);
	ends_for_good(h);
	mem_free(note);
	sock_close(client);
}

static void
test_a_witness_cannot_stop_the_hub_with_what_the_hub_did_not_sign(void **state)
{
	struct hub *h = *state;
	struct hash root = {{1}};
	struct sign_secret real = h->people.hub.signing;
	struct from_hub asked;
	struct sock *client;
	char *note;

	sign_secret_new(&h->people.hub.signing);
	memcpy(h->people.reg.hub_keys[1].key, h->people.hub.signing.public_key,
	    32);
	note = signed_head(h, 1000, &root);
	h->people.hub.signing = real;
	memcpy(h->people.reg.hub_keys[1].key, real.public_key, 32);
	hub_start(h);
	client = join(h, BUURTTEAM);
	asked = hear(h, client, FROM_HUB_ADD_CHECKPOINT);
	conflict(h, client, &asked, 1000, note);
	grant(h, client, 1);
	for (int i = 0; i < 20; i++)
		hub_turn_well(h);
	assert_false(h->loop->rolled_back);
	mem_free(note);
	sock_close(client);
}

static void
test_a_witness_that_is_further_back_gets_a_proof_from_there(void **state)
{
	struct hub *h = *state;
	struct from_hub asked;
	struct sock *client;
	struct hash root;
	char *note;

	hub_start(h);
	assert_int_equal(audit_root_at(h->loop->txn, 0, 1, &root), WH_OK);
	note = signed_head(h, 1, &root);
	hub_register(h, 2);
	while (core_register(h->loop->core)->reg.version != 2)
		hub_turn_well(h);
	h->loop->checkpoint_mono_ms = 0;
	while (h->loop->checkpoint_size < 2)
		hub_turn_well(h);
	client = join(h, BUURTTEAM);
	asked = hear(h, client, FROM_HUB_ADD_CHECKPOINT);
	conflict(h, client, &asked, 1, note);
	asked = hear(h, client, FROM_HUB_ADD_CHECKPOINT);
	assert_int_equal(asked.u.add_checkpoint.old_size, 1);
	assert_true(asked.u.add_checkpoint.proof_count > 0);
	mem_free(note);
	sock_close(client);
}

static void
test_after_a_start_nothing_new_is_signed_before_a_witness_spoke(void **state)
{
	struct hub *h = *state;
	struct from_hub asked;
	struct sock *client;
	uint64_t size;

	hub_start(h);
	hub_register(h, 2);
	while (core_register(h->loop->core)->reg.version != 2 ||
	       h->loop->checkpoint == NULL)
		hub_turn_well(h);
	size = h->loop->checkpoint_size;
	hub_kill(h);
	hub_register(h, 3);
	hub_start(h);
	assert_int_equal(h->loop->checkpoint_size, size);
	while (h->loop->mono_ms - h->loop->started_mono_ms < 1500)
		hub_turn_well(h);
	assert_int_equal(h->loop->checkpoint_size, size);
	client = join(h, BUURTTEAM);
	asked = hear(h, client, FROM_HUB_ADD_CHECKPOINT);
	cosign(h, client, BUURTTEAM, &asked);
	while (h->loop->checkpoint_size == size)
		hub_turn_well(h);
	assert_true(h->loop->mono_ms - h->loop->started_mono_ms < 5000);
	sock_close(client);
}

static void
test_without_a_quorum_the_status_says_since_when(void **state)
{
	struct hub *h = *state;
	char text[1024];
	int64_t since_ms;

	hub_start(h);
	since_ms = h->loop->behind_since_ms;
	assert_true(since_ms > 0);
	status_answer(h->loop, "status", text, sizeof(text));
	assert_non_null(strstr(text, "unwitnessed-since no\n"));
	h->loop->now_ms += 10000;
	status_answer(h->loop, "status", text, sizeof(text));
	assert_non_null(strstr(text, "unwitnessed-since 20"));
	h->loop->now_ms = since_ms + 1;
	hub_kill(h);
	hub_start(h); /* it is not forgotten, nor does it start again */
	h->loop->now_ms = since_ms + 10000;
	assert_int_equal(witness_unwitnessed_ms(h->loop), since_ms);
}

static void
test_any_member_can_ask_for_a_proof_between_two_sizes(void **state)
{
	struct hub *h = *state;
	struct to_hub question = {.request = 9,
	    .kind = TO_HUB_CONSISTENCY,
	    .u.consistency = {{1, 2}, h->people.reg.log_origin}};
	struct witness_head from = {.size = 1};
	struct witness_head to = {.size = 2};
	struct from_hub frame;
	struct sock *client;

	hub_start(h);
	hub_register(h, 2);
	while (core_register(h->loop->core)->reg.version != 2)
		hub_turn_well(h);
	client = join(h, WPI);
	tell(h, client, &question);
	do {
		while (!hear_now(h, client, &frame))
			hub_turn_well(h);
	} while (frame.kind != FROM_HUB_CONSISTENCY);
	assert_int_equal(frame.request, 9);
	assert_int_equal(audit_root_at(h->loop->txn, 0, 1, &from.root), WH_OK);
	assert_int_equal(audit_root_at(h->loop->txn, 0, 2, &to.root), WH_OK);
	assert_int_equal(witness_consistent(&from, &to,
			     frame.u.consistency.path,
			     frame.u.consistency.path_count),
	    WH_OK);
	question.u.consistency.sizes.to = 1000;
	tell(h, client, &question);
	do {
		while (!hear_now(h, client, &frame))
			hub_turn_well(h);
	} while (frame.kind != FROM_HUB_REFUSAL);
	sock_close(client);
}

#define WITNESSED(test)                                                        \
	cmocka_unit_test_setup_teardown(test, setup, hub_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITNESSED(test_two_sectors_make_a_quorum_that_all_are_shown),
	    WITNESSED(test_a_quorum_that_is_told_can_be_read_by_others),
	    WITNESSED(test_the_next_head_comes_with_a_proof_from_the_last),
	    WITNESSED(test_what_is_no_cosignature_of_this_member_is_refused),
	    WITNESSED(test_a_log_behind_a_witness_is_written_no_more),
	    WITNESSED(
		test_a_log_that_differs_from_a_witness_is_written_no_more),
	    WITNESSED(
		test_a_witness_cannot_stop_the_hub_with_what_the_hub_did_not_sign),
	    WITNESSED(
		test_a_witness_that_is_further_back_gets_a_proof_from_there),
	    WITNESSED(
		test_after_a_start_nothing_new_is_signed_before_a_witness_spoke),
	    WITNESSED(test_without_a_quorum_the_status_says_since_when),
	    WITNESSED(test_any_member_can_ask_for_a_proof_between_two_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
