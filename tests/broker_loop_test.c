/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/merkle.h"
#include "consent/note_checkpoint.h"
#include "proto/base/log.h"
#include "tests/broker_hub.h"

/* Who gets in, what is answered, and what goes out when. */

static void
test_hello_is_welcomed_and_told_what_it_lacks(void **state)
{
	struct hub *h = *state;
	struct sock *client;
	struct from_hub frame;
	struct to_hub hello = {.request = 5,
	    .kind = TO_HUB_HELLO,
	    .u.hello = {.major = WIRE_MAJOR,
		.minor = WIRE_MINOR + 7,
		.software = "newer"}};

	hub_start(h);
	client = client_of(h, BUURTTEAM);
	tell(h, client, &hello);
	frame = hear(h, client, FROM_HUB_WELCOME);
	assert_int_equal(frame.request, 5);
	assert_int_equal(frame.u.welcome.major, WIRE_MAJOR);
	assert_int_equal(frame.u.welcome.minor, WIRE_MINOR);
	assert_int_equal(frame.u.welcome.register_version, 1);
	hear(h, client, FROM_HUB_REGISTER);
	hear(h, client, FROM_HUB_CHECKPOINT);
	sock_close(client);
}

static void
test_newer_major_is_told_what_this_hub_speaks(void **state)
{
	struct hub *h = *state;
	struct sock *client;
	struct from_hub frame;
	struct to_hub hello = {.request = 5,
	    .kind = TO_HUB_HELLO,
	    .u.hello = {.major = WIRE_MAJOR + 1, .software = "newest"}};

	hub_start(h);
	client = client_of(h, BUURTTEAM);
	tell(h, client, &hello);
	frame = hear(h, client, FROM_HUB_REFUSAL);
	assert_int_equal(frame.u.refusal.reason, REASON_VERSION_UNSUPPORTED);
	assert_non_null(strstr(frame.u.refusal.detail, "version 1"));
	assert_int_equal(h->loop->sessions.count, 0);
	sock_close(client);
}

static void
test_nothing_is_taken_before_hello(void **state)
{
	struct hub *h = *state;
	struct sock *client;
	struct from_hub frame;
	uint64_t size;

	hub_start(h);
	size = audit_size(core_audit(h->loop->core));
	client = client_of(h, BUURTTEAM);
	acknowledge(h, client, 1);
	frame = hear(h, client, FROM_HUB_REFUSAL);
	assert_int_equal(frame.u.refusal.reason, REASON_NOT_A_MEMBER);
	assert_non_null(strstr(frame.u.refusal.detail, "hello"));
	assert_int_equal(audit_size(core_audit(h->loop->core)), size);
	assert_int_equal(h->loop->stats.value[STAT_FRAMES_REFUSED], 1);
	sock_close(client);
}

static void
test_unknown_key_never_gets_in(void **state)
{
	struct hub *h = *state;
	struct sock_keys keys;
	struct sock *stranger;
	uint64_t before;

	assert_int_equal(sock_keys_new(&keys), WH_OK);
	hub_start(h);
	before = h->loop->stats.value[STAT_HANDSHAKES_REFUSED];
	stranger = client_with(h, &keys);
	while (h->loop->stats.value[STAT_HANDSHAKES_REFUSED] == before)
		hub_turn_well(h);
	assert_int_equal(sock_send(stranger, span_of(NULL, 0), span_str("x")),
	    WH_AGAIN);
	assert_int_equal(h->loop->stats.value[STAT_FRAMES], 0);
	sock_close(stranger);
}

/* Give the member another transport key under the next version. */
static void
change_key(struct hub *h, enum who who)
{
	struct reg_member *m = people_member(&h->people, who_name[who]);
	struct sock_keys fresh;

	assert_int_equal(sock_keys_new(&fresh), WH_OK);
	memcpy(m->keys[0].key, fresh.public_key, SOCK_KEY_LEN);
	hub_register(h, 2);
	raise(SIGHUP);
}

static void
test_revoked_key_stops_on_its_open_connection(void **state)
{
	struct hub *h = *state;
	struct sock *revoked, *other;
	struct from_hub frame;
	uint64_t refused;

	hub_start(h);
	revoked = join(h, BUURTTEAM);
	other = join(h, WPI);
	hear(h, other, FROM_HUB_REGISTER);
	change_key(h, BUURTTEAM);
	hear(h, other, FROM_HUB_REGISTER); /* pushed, without a question */
	assert_int_equal(core_register(h->loop->core)->reg.version, 2);
	assert_int_equal(h->loop->sessions.count, 1);
	refused = h->loop->stats.value[STAT_FRAMES_REFUSED];
	acknowledge(h, revoked, 1);
	while (h->loop->stats.value[STAT_FRAMES_REFUSED] == refused)
		hub_turn_well(h);
	while (hear_now(h, revoked, &frame))
		assert_true(is_pushed(frame.kind));
	greet(h, other); /* and this one goes on */
	sock_close(revoked);
	sock_close(other);
}

static void
test_register_with_other_hub_keys_is_not_taken(void **state)
{
	struct hub *h = *state;
	struct sock *client;
	struct key_secrets other;

	hub_start(h);
	assert_int_equal(key_secrets_new(KEYFILE_HUB, &other), WH_OK);
	memcpy(h->people.reg.hub_keys[1].key, other.signing.public_key, 32);
	hub_register(h, 2);
	raise(SIGHUP);
	client = join(h, WPI);
	hub_turn_well(h);
	assert_int_equal(core_register(h->loop->core)->reg.version, 1);
	memcpy(h->people.reg.hub_keys[1].key, h->people.hub.signing.public_key,
	    32);
	h->people.reg.log_origin = "another.example.org/log";
	hub_register(h, 3);
	raise(SIGHUP);
	greet(h, client);
	hub_turn_well(h);
	assert_int_equal(core_register(h->loop->core)->reg.version, 1);
	sock_close(client);
}

static void
test_malformed_frame_is_refused_and_counted(void **state)
{
	struct hub *h = *state;
	struct sock *client;
	struct from_hub frame;

	hub_start(h);
	client = join(h, BUURTTEAM);
	tell_bytes(h, client, span_str("\xff\xff\xff no frame of ours"));
	frame = hear(h, client, FROM_HUB_REFUSAL);
	assert_int_equal(frame.u.refusal.reason, REASON_MALFORMED);
	assert_int_equal(h->loop->stats.value[STAT_FRAMES_MALFORMED], 1);
	greet(h, client);
	sock_close(client);
}

static void
test_credit_is_respected(void **state)
{
	struct hub *h = *state;
	struct permission permission;
	struct sock *from, *to;
	struct from_hub frame;
	struct letter letter;
	uint64_t first;

	hub_start(h);
	from = join(h, BUURTTEAM);
	to = join(h, WPI);
	permission = people_consent(&h->people, h->now_ms);
	capture(h, from, &permission);
	for (int i = 0; i < 3; i++) {
		letter = letter_offer(&h->people, &permission, h->now_ms);
		offer(h, from, &letter);
	}
	for (int i = 0; i < 5; i++)
		hub_turn_well(h);
	while (hear_now(h, to, &frame))
		assert_true(is_pushed(frame.kind));
	grant(h, to, 1);
	first = hear(h, to, FROM_HUB_DELIVER).u.deliver.delivery;
	for (int i = 0; i < 5; i++)
		hub_turn_well(h);
	assert_false(hear_now(h, to, &frame) && !is_pushed(frame.kind));
	grant(h, to, 2);
	frame = hear(h, to, FROM_HUB_DELIVER);
	assert_int_equal(frame.u.deliver.delivery, first + 1);
	frame = hear(h, to, FROM_HUB_DELIVER);
	assert_int_equal(frame.u.deliver.delivery, first + 2);
	sock_close(from);
	sock_close(to);
}

static void
test_unacknowledged_delivery_comes_again_after_reconnect(void **state)
{
	struct hub *h = *state;
	struct permission permission;
	struct sock *from, *to;
	struct letter letter;
	uint64_t first;

	hub_start(h);
	from = join(h, BUURTTEAM);
	permission = people_consent(&h->people, h->now_ms);
	letter = letter_offer(&h->people, &permission, h->now_ms);
	capture(h, from, &permission);
	offer(h, from, &letter);
	for (int i = 0; i < 3; i++) {
		to = join(h, WPI);
		grant(h, to, 9);
		first = hear(h, to, FROM_HUB_DELIVER).u.deliver.delivery;
		sock_close(to);
	}
	to = join(h, WPI);
	grant(h, to, 9);
	assert_int_equal(hear(h, to, FROM_HUB_DELIVER).u.deliver.delivery,
	    first);
	acknowledge(h, to, first);
	grant(h, from, 9);
	assert_int_equal(hear(h, from, FROM_HUB_DELIVER).u.deliver.notice.state,
	    STATE_DELIVERED);
	sock_close(from);
	sock_close(to);
}

/* More than a pipe holds, to one who does not read for a while. */
static void
test_slow_reader_gets_everything_in_order(void **state)
{
	struct hub *h = *state;
	struct permission permission;
	struct sock *from, *to;
	struct letter letter;
	uint64_t last = 0;

	hub_start(h);
	from = join(h, BUURTTEAM);
	to = join(h, WPI);
	permission = people_consent(&h->people, h->now_ms);
	capture(h, from, &permission);
	for (int i = 0; i < CREDIT_MAX; i++) {
		letter = letter_offer(&h->people, &permission, h->now_ms);
		letter.size = 16384 - 16;
		offer(h, from, &letter);
	}
	grant(h, to, CREDIT_MAX);
	for (int i = 0; i < 50; i++)
		hub_turn_well(h);
	assert_int_equal(h->loop->sessions.count, 2);
	for (int i = 0; i < CREDIT_MAX; i++) {
		struct from_hub frame = hear(h, to, FROM_HUB_DELIVER);

		assert_true(frame.u.deliver.delivery > last);
		last = frame.u.deliver.delivery;
	}
	assert_int_equal(h->loop->stats.value[STAT_DELIVERIES], CREDIT_MAX);
	sock_close(from);
	sock_close(to);
}

/* With nothing but the register's key of the log. */
static void
assert_proves(const struct hub *h, const struct proof *proof)
{
	struct hash leaf = merkle_leaf(proof->leaf);
	struct note_checkpoint head;
	struct note_key log;
	struct span path[WIRE_PROOF_MAX];

	for (size_t i = 0; i < proof->path_count; i++)
		path[i] = span_of(proof->path[i], HASH_LEN);
	assert_int_equal(note_key_make(WORLD_ORIGIN, NOTE_ED25519,
			     h->people.reg.hub_keys[1].key, &log),
	    WH_OK);
	assert_int_equal(note_checkpoint_open(proof->checkpoint, &log, &head),
	    WH_OK);
	assert_int_equal(head.size, proof->size);
	assert_int_equal(merkle_check_inclusion(span_of(leaf.b, HASH_LEN),
			     proof->index, proof->size, path, proof->path_count,
			     span_of(head.root.b, HASH_LEN)),
	    WH_OK);
}

static void
test_proof_is_for_whom_it_concerns(void **state)
{
	struct hub *h = *state;
	struct permission permission;
	struct sock *from, *other;
	struct to_hub ask = {.request = 9, .kind = TO_HUB_PROOF};
	struct from_hub frame;

	hub_start(h);
	from = join(h, BUURTTEAM);
	other = join(h, POLITIE);
	permission = people_consent(&h->people, h->now_ms);
	ask.u.proof_index = capture(h, from, &permission).log_index;
	hub_kill(h); /* a start publishes a checkpoint at once */
	sock_close(from);
	sock_close(other);
	hub_start(h);
	from = join(h, BUURTTEAM);
	other = join(h, POLITIE);
	tell(h, from, &ask);
	frame = hear(h, from, FROM_HUB_PROOF);
	assert_int_equal(frame.u.proof.index, ask.u.proof_index);
	assert_proves(h, &frame.u.proof);
	tell(h, other, &ask);
	frame = hear(h, other, FROM_HUB_REFUSAL);
	assert_int_equal(frame.u.refusal.reason, REASON_WRONG_PARTIES);
	ask.u.proof_index = 0; /* the register concerns everybody */
	tell(h, other, &ask);
	hear(h, other, FROM_HUB_PROOF);
	ask.u.proof_index = 12345;
	tell(h, other, &ask);
	frame = hear(h, other, FROM_HUB_REFUSAL);
	assert_int_equal(frame.u.refusal.reason, REASON_MALFORMED);
	sock_close(from);
	sock_close(other);
}

/* What names others is not in the page, and goes unmentioned. */
static void
test_page_of_the_log_is_for_whom_it_concerns(void **state)
{
	struct hub *h = *state;
	struct permission permission;
	struct sock *from, *other;
	struct to_hub ask = {.request = 9,
	    .kind = TO_HUB_LOG,
	    .u.log = {.from = 0, .count = 2}};
	struct audit_leaf leaf;
	struct from_hub frame;
	uint64_t index;

	hub_start(h);
	from = join(h, BUURTTEAM);
	permission = people_consent(&h->people, h->now_ms);
	index = capture(h, from, &permission).log_index;
	hub_kill(h); /* a start publishes a checkpoint at once */
	sock_close(from);
	hub_start(h);
	from = join(h, BUURTTEAM);
	other = join(h, POLITIE);
	tell(h, from, &ask);
	frame = hear(h, from, FROM_HUB_LOG);
	assert_int_equal(frame.u.log.count, 2);
	assert_int_equal(frame.u.log.entries[0].index, 0); /* the register */
	assert_int_equal(frame.u.log.entries[1].index, index);
	assert_int_equal(audit_leaf_read(frame.u.log.entries[1].leaf, &leaf),
	    WH_OK);
	assert_int_equal(leaf.kind, AUDIT_PERMISSION);
	assert_true(frame.u.log.entries[1].details.len > 0);
	assert_int_equal(frame.u.log.next, index + 1);
	tell(h, other, &ask);
	frame = hear(h, other, FROM_HUB_LOG);
	assert_int_equal(frame.u.log.count, 1);
	assert_int_equal(frame.u.log.entries[0].index, 0);
	assert_int_equal(frame.u.log.next, frame.u.log.size);
	ask.u.log.from = frame.u.log.size + 1;
	tell(h, other, &ask);
	frame = hear(h, other, FROM_HUB_REFUSAL);
	assert_int_equal(frame.u.refusal.reason, REASON_MALFORMED);
	sock_close(from);
	sock_close(other);
}

/* One line in, the answer, and the end. */
static void
ask_control(struct hub *h, const char *question, char *out, size_t size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	size_t len = 0;
	ssize_t n = -1;

	str_copy(address.sun_path, sizeof(address.sun_path), h->control);
	assert_int_equal(connect(fd, (struct sockaddr *)&address,
			     sizeof(address)),
	    0);
	assert_int_equal(write(fd, question, strlen(question)),
	    (ssize_t)strlen(question));
	while (n != 0) {
		hub_turn_well(h);
		n = read(fd, out + len, size - 1 - len);
		if (n > 0)
			len += (size_t)n;
	}
	out[len] = '\0';
	close(fd);
}

static void
test_control_socket_answers(void **state)
{
	struct hub *h = *state;
	struct sock *client;
	char text[8192];

	hub_start(h);
	client = join(h, BUURTTEAM);
	ask_control(h, "status\n", text, sizeof(text));
	assert_non_null(strstr(text, "register 1\n"));
	assert_non_null(strstr(text, "sessions 1\n"));
	assert_non_null(strstr(text, "intake open\n"));
	ask_control(h, "members\n", text, sizeof(text));
	assert_non_null(strstr(text, "buurtteam role=buurtteam keys=3 "
				     "connected=yes waiting=0 credit=0\n"));
	ask_control(h, "metrics\n", text, sizeof(text));
	assert_non_null(strstr(text, "\nwijkhub_sessions 1\n"));
	assert_non_null(strstr(text, "\nwijkhub_register_version 1\n"));
	ask_control(h, "nonsense\n", text, sizeof(text));
	assert_non_null(strstr(text, "error unknown question"));
	sock_close(client);
}

static void
test_hub_without_register_says_what_to_do(void **state)
{
	struct hub *h = *state;
	struct why why = {""};

	assert_int_equal(unlink(h->reg), 0);
	assert_int_equal(hub_open(h, &why), WH_NOT_FOUND);
	assert_non_null(strstr(why.text, "wijkhub register sign"));
	hub_register(h, 1);
	hub_start(h);
}

static void
test_wrong_register_at_start_can_be_put_right(void **state)
{
	struct hub *h = *state;
	struct key_secrets other;
	struct why why = {""};

	assert_int_equal(key_secrets_new(KEYFILE_HUB, &other), WH_OK);
	memcpy(h->people.reg.hub_keys[1].key, other.signing.public_key, 32);
	hub_register(h, 1);
	assert_int_equal(hub_open(h, &why), WH_NOT_FOUND);
	memcpy(h->people.reg.hub_keys[1].key, h->people.hub.signing.public_key,
	    32);
	hub_register(h,
	    1); /* the same version: nothing was kept of the other */
	hub_start(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HUB(test_hello_is_welcomed_and_told_what_it_lacks),
	    HUB(test_newer_major_is_told_what_this_hub_speaks),
	    HUB(test_nothing_is_taken_before_hello),
	    HUB(test_unknown_key_never_gets_in),
	    HUB(test_revoked_key_stops_on_its_open_connection),
	    HUB(test_register_with_other_hub_keys_is_not_taken),
	    HUB(test_malformed_frame_is_refused_and_counted),
	    HUB(test_credit_is_respected),
	    HUB(test_unacknowledged_delivery_comes_again_after_reconnect),
	    HUB(test_slow_reader_gets_everything_in_order),
	    HUB(test_proof_is_for_whom_it_concerns),
	    HUB(test_page_of_the_log_is_for_whom_it_concerns),
	    HUB(test_control_socket_answers),
	    HUB(test_hub_without_register_says_what_to_do),
	    HUB(test_wrong_register_at_start_can_be_put_right),
	};

	log_level_set(LOG_LEVEL_ERR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
