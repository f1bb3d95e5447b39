/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "consent/note_checkpoint.h"
#include "tests/broker_hub.h"

/* The hub's own keys are replaced while it runs. */

static char *keys_path;

static void
write_keys(struct hub *h)
{
	const struct key_secrets *keys = &h->people.hub;
	char *copy = support_path(h->dir, "made");
	char *made;

	assert_int_equal(file_mkdir(copy, NULL), WH_OK);
	made = support_path(copy, "hub.secret");
	(void)unlink(made);
	free(made);
	made = support_path(copy, "hub.pub");
	(void)unlink(made);
	free(made);
	assert_int_equal(keyfile_write(copy, "hub", keys, NULL), WH_OK);
	made = support_path(copy, "hub.secret");
	assert_int_equal(rename(made, keys_path), 0);
	free(made);
	free(copy);
}

/* Both keys get a successor, in the file and the register. */
static void
rotate(struct hub *h, uint64_t version)
{
	struct reg_key *keys = h->people.reg.hub_keys;

	assert_int_equal(keyring_rotate(&h->people.hub, KEY_TRANSPORT), WH_OK);
	assert_int_equal(keyring_rotate(&h->people.hub, KEY_SIGNING), WH_OK);
	keys[2] = (struct reg_key){.use = KEY_TRANSPORT, .from_ms = 2};
	memcpy(keys[2].key, h->people.hub.transport.public_key, 32);
	keys[3] = (struct reg_key){.use = KEY_SIGNING, .from_ms = 2};
	memcpy(keys[3].key, h->people.hub.signing.public_key, 32);
	h->people.reg.hub_key_count = 4;
	write_keys(h);
	hub_register(h, version);
}

/* Only the successors stay. */
static void
end_old(struct hub *h, uint64_t version)
{
	struct reg_key *keys = h->people.reg.hub_keys;

	keys[0] = keys[2];
	keys[1] = keys[3];
	h->people.reg.hub_key_count = 2;
	hub_register(h, version);
}

static void
until_version(struct hub *h, uint64_t version)
{
	while (core_register(h->loop->core)->reg.version != version)
		hub_turn_well(h);
}

/* The port of a socket that was just closed is free a moment later. */
static void
until_open(struct hub *h, size_t door)
{
	while (h->loop->doors.door[door].sock == NULL)
		hub_turn_well(h);
}

static struct sock *
knock(struct hub *h, enum who who, size_t door, const uint8_t *server_key)
{
	struct sock_options options = {.endpoint =
					   h->loop->doors.door[door].endpoint,
	    .keys = &h->people.member[who].transport,
	    .server_key = server_key,
	    .message_max = FRAME_MAX};
	struct sock *client = NULL;

	assert_int_equal(sock_client_open(h->ctx, &options, &client, NULL),
	    WH_OK);
	return client;
}

static void
test_while_the_transport_key_rotates_there_are_two_doors(void **state)
{
	struct hub *h = *state;
	struct key_own old;
	struct sock *stays, *moves;

	hub_start(h);
	assert_true(keyring_nth(&h->people.hub, KEY_TRANSPORT, 0, &old));
	stays = join(h, WPI);
	rotate(h, 2);
	until_version(h, 2);
	until_open(h, 1);
	assert_memory_equal(h->loop->doors.door[0].key, old.public_key, 32);
	assert_memory_equal(h->loop->doors.door[1].key,
	    h->people.hub.transport.public_key, 32);
	moves = knock(h, BUURTTEAM, 1, h->people.hub.transport.public_key);
	greet(h, moves);
	assert_int_equal(h->loop->sessions.count, 2);
	/* What goes to one goes through its own door. */
	hear(h, stays, FROM_HUB_REGISTER);
	hear(h, moves, FROM_HUB_REGISTER);
	grant(h, stays, 1);
	greet(h, stays);
	end_old(h, 3);
	until_version(h, 3);
	until_open(h, 0);
	assert_memory_equal(h->loop->doors.door[0].key,
	    h->people.hub.transport.public_key, 32);
	assert_int_equal(h->loop->sessions.count, 1);
	greet(h, moves);
	sock_close(stays);
	stays = knock(h, WPI, 0, h->people.hub.transport.public_key);
	greet(h, stays);
	sock_close(stays);
	sock_close(moves);
}

static void
test_an_old_member_moves_without_a_lost_message(void **state)
{
	struct hub *h = *state;
	struct permission consent = people_consent(&h->people, h->now_ms);
	struct letter letter;
	struct sock *from, *to;
	struct receipt receipt;

	hub_start(h);
	from = join(h, BUURTTEAM);
	(void)capture(h, from, &consent);
	letter = letter_offer(&h->people, &consent, h->now_ms);
	receipt = offer(h, from, &letter);
	assert_true(receipt.log_index > 0);
	to = join(h, WPI);
	grant(h, to, 1);
	(void)hear(h, to, FROM_HUB_DELIVER); /* and it is not acknowledged */
	rotate(h, 2);
	until_version(h, 2);
	sock_close(to);
	until_open(h, 1);
	to = knock(h, WPI, 1, h->people.hub.transport.public_key);
	greet(h, to);
	grant(h, to, 1);
	acknowledge(h, to, hear(h, to, FROM_HUB_DELIVER).u.deliver.delivery);
	sock_close(from);
	sock_close(to);
}

static struct from_hub
greeted(struct hub *h, struct sock *client)
{
	struct to_hub hello = {.request = 1,
	    .kind = TO_HUB_HELLO,
	    .u.hello = {.major = WIRE_MAJOR, .software = "test"}};

	tell(h, client, &hello);
	return hear(h, client, FROM_HUB_WELCOME);
}

/* By this a member knows that it needs an old sealing key no more. */
static void
test_a_welcome_says_since_when_an_envelope_waits(void **state)
{
	struct hub *h = *state;
	struct permission consent = people_consent(&h->people, h->now_ms);
	struct letter letter;
	struct sock *from, *to;
	struct receipt receipt;
	struct deliver delivery;

	hub_start(h);
	from = join(h, BUURTTEAM);
	(void)capture(h, from, &consent);
	to = client_of(h, WPI);
	assert_int_equal(greeted(h, to).u.welcome.waiting_since_ms, 0);
	letter = letter_offer(&h->people, &consent, h->now_ms);
	receipt = offer(h, from, &letter);
	assert_int_equal(greeted(h, to).u.welcome.waiting_since_ms,
	    receipt.at_ms);
	grant(h, to, 1);
	delivery = hear(h, to, FROM_HUB_DELIVER).u.deliver;
	assert_int_equal(greeted(h, to).u.welcome.waiting_since_ms,
	    receipt.at_ms); /* handed over is not stored */
	acknowledge(h, to, delivery.delivery);
	while (greeted(h, to).u.welcome.waiting_since_ms != 0)
		hub_turn_well(h);
	sock_close(from);
	sock_close(to);
}

/* So nothing new can need it. */
static void
test_what_is_sealed_for_an_ended_key_is_not_taken(void **state)
{
	struct hub *h = *state;
	struct permission consent = people_consent(&h->people, h->now_ms);
	struct reg_member *wpi = people_member(&h->people, "wpi");
	struct letter letter;
	struct sock *from;

	wpi->keys[3] = wpi->keys[2];
	wpi->keys[3].key[0] ^= 0x10;
	wpi->key_count = 4;
	wpi->keys[2].until_ms = h->now_ms - 1;
	hub_register(h, 1);
	hub_start(h);
	from = join(h, BUURTTEAM);
	(void)capture(h, from, &consent);
	letter = letter_offer(&h->people, &consent, h->now_ms);
	tell_signed(h, from, TO_HUB_SUBMIT, letter_seal(&h->people, &letter));
	assert_int_equal(hear(h, from, FROM_HUB_REFUSAL).u.refusal.reason,
	    REASON_KEY_ENDED);
	sock_close(from);
}

static enum wh_err
opens(struct hub *h, const uint8_t *key)
{
	struct note_checkpoint head;
	struct note_key log;

	assert_int_equal(note_key_make(WORLD_ORIGIN, NOTE_ED25519, key, &log),
	    WH_OK);
	return note_checkpoint_open(span_str(h->loop->checkpoint), &log, &head);
}

static void
test_a_checkpoint_holds_under_the_old_and_the_new_log_key(void **state)
{
	struct hub *h = *state;
	struct key_own old;

	hub_start(h);
	assert_true(keyring_nth(&h->people.hub, KEY_SIGNING, 0, &old));
	while (h->loop->checkpoint == NULL)
		hub_turn_well(h);
	assert_int_equal(opens(h, old.public_key), WH_OK);
	rotate(h, 2);
	until_version(h, 2);
	while (opens(h, h->people.hub.signing.public_key) != WH_OK)
		hub_turn_well(h);
	assert_int_equal(opens(h, old.public_key), WH_OK);
	end_old(h, 3);
	until_version(h, 3);
	while (opens(h, old.public_key) == WH_OK)
		hub_turn_well(h);
	assert_int_equal(opens(h, h->people.hub.signing.public_key), WH_OK);
	/* And it starts again from what both have signed. */
	loop_close(h->loop);
	hub_start(h);
}

/* The key is out, and the hub stops before it signed anew. */
static void
test_a_hub_starts_on_a_checkpoint_of_a_key_just_taken_out(void **state)
{
	struct hub *h = *state;

	hub_start(h);
	while (h->loop->checkpoint == NULL)
		hub_turn_well(h);
	rotate(h, 2);
	end_old(h, 2);
	h->loop->checkpoint_tried_mono_ms = INT64_MAX / 2; /* none is made */
	until_version(h, 2);
	hub_kill(h);
	hub_start(h);
	assert_int_equal(core_register(h->loop->core)->reg.version, 2);
}

static void
test_a_broken_key_file_leaves_what_was(void **state)
{
	struct hub *h = *state;
	struct sock *client;
	uint64_t before;

	hub_start(h);
	assert_int_equal(file_write(keys_path, span_str("kind: hub\n"), 0600,
			     NULL),
	    WH_OK);
	raise(SIGHUP);
	before = h->loop->stats.value[STAT_FRAMES];
	client = join(h, WPI);
	assert_true(h->loop->stats.value[STAT_FRAMES] > before);
	assert_memory_equal(h->loop->keys.transport.public_key,
	    h->people.hub.transport.public_key, 32);
	sock_close(client);
}

static int
setup(void **state)
{
	struct hub *h;

	if (hub_setup(state) != 0)
		return 1;
	h = *state;
	keys_path = support_path(h->dir, "hub.secret");
	write_keys(h);
	h->options.keys_path = keys_path;
	h->options.second_endpoint = "tcp://127.0.0.1:*";
	return 0;
}

static int
teardown(void **state)
{
	free(keys_path);
	return hub_teardown(state);
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CLAIM(test_while_the_transport_key_rotates_there_are_two_doors),
	    CLAIM(test_an_old_member_moves_without_a_lost_message),
	    CLAIM(test_a_welcome_says_since_when_an_envelope_waits),
	    CLAIM(test_what_is_sealed_for_an_ended_key_is_not_taken),
	    CLAIM(test_a_checkpoint_holds_under_the_old_and_the_new_log_key),
	    CLAIM(test_a_hub_starts_on_a_checkpoint_of_a_key_just_taken_out),
	    CLAIM(test_a_broken_key_file_leaves_what_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
