/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/gossip.h"

#include <stdio.h>

#include "adapters/desk_log.h"
#include "proto/base/clk.h"
#include "tests/adapters_desk_world.h"
#include "tests/witness_log.h"

#define ORIGIN      "test/log"
#define INTERVAL_MS 20
#define DEADLINE_MS 20000

/* Two adapters that compare, over real HTTP, and a hub that is asked. */
struct world {
	struct desk_world desks;
	struct two_logs logs;
	struct event_base *base;
	struct http *http[2]; /* of wpi, of politie */
	struct gossip *gossip[2];
	struct desk *desk[2];
	int hub;        /* which log it proves from; -1: it refuses */
	unsigned asked; /* the hub */
	int64_t deadline_ms;
};

static struct world *the_world;

/* The hub's answer, in place of the line to it. */
void
uplink_consistency(struct uplink *uplink,
    const struct consistency_request *request, uplink_consistency_fn *done,
    void *arg)
{
	struct world *w = the_world;
	struct hash path[MERKLE_PATH_MAX];
	struct consistency proof = {.sizes = request->sizes,
	    .path = (const uint8_t(*)[WIRE_KEY_LEN])path};

	assert_null(uplink);
	assert_string_equal(request->origin, ORIGIN);
	w->asked++;
	if (w->hub < 0) {
		done(arg, NULL, WH_NOT_FOUND);
		return;
	}
	proof.path_count = two_logs_proof(&w->logs, w->hub, request->sizes.from,
	    request->sizes.to, path);
	done(arg, &proof, WH_OK);
}

static int
setup(void **state)
{
	static const char *const tokens[] =
	    {"not-known-to-anybody-000000000000", NULL};
	const struct http_options http = {.listen = "127.0.0.1:0",
	    .tokens = tokens};
	struct world *w = mem_new(sizeof(*w));
	struct key_secrets hub;

	desk_world_init(&w->desks);
	desk_world_start(&w->desks);
	alliance_hub_keys(w->desks.alliance, &hub);
	two_logs_init(&w->logs, &hub.signing);
	w->desk[0] = w->desks.at[AT_WPI].desk;
	w->desk[1] = w->desks.at[AT_POLITIE].desk;
	w->base = event_base_new();
	for (int i = 0; i < 2; i++)
		assert_int_equal(http_open(w->base, &http, &w->http[i], NULL),
		    WH_OK);
	w->deadline_ms = clk_mono_ms() + DEADLINE_MS;
	the_world = w;
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 2; i++)
		gossip_close(w->gossip[i]);
	for (int i = 0; i < 2; i++)
		http_close(w->http[i]);
	event_base_free(w->base);
	desk_world_stop(&w->desks);
	desk_world_fini(&w->desks);
	mem_free(w);
	return 0;
}

/* wpi looks at politie; politie only serves, unless something else does. */
static void
start(struct world *w, bool serves)
{
	char url[64];
	const char *const peers[] = {url, NULL};
	struct gossip_options options = {.peers = peers,
	    .interval_ms = INTERVAL_MS};

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/",
	    http_port(w->http[1]));
	assert_int_equal(gossip_open(w->base, w->desk[0], NULL, w->http[0],
			     &options, &w->gossip[0], NULL),
	    WH_OK);
	options.peers = NULL;
	if (serves)
		assert_int_equal(gossip_open(w->base, w->desk[1], NULL,
				     w->http[1], &options, &w->gossip[1], NULL),
		    WH_OK);
}

static void
turn(struct world *w)
{
	if (clk_mono_ms() > w->deadline_ms)
		fail_msg("nothing happens");
	(void)event_base_loop(w->base, EVLOOP_ONCE);
}

static void
show(struct world *w, int desk, int which, uint64_t size)
{
	char *note = two_logs_note(&w->logs, which, size, ORIGIN);

	assert_int_equal(desk_checkpoint(w->desk[desk], span_str(note),
			     w->desks.now_ms),
	    WH_OK);
	mem_free(note);
}

static uint64_t
contradictions(struct world *w)
{
	struct desk_log_state state;

	assert_int_equal(desk_log_state(w->desk[0], w->desks.now_ms, &state),
	    WH_OK);
	return state.contradictions;
}

static void
test_a_peer_of_the_same_log_is_heard_without_a_token(void **state)
{
	struct world *w = *state;

	show(w, 0, 0, 20);
	show(w, 1, 0, 20);
	start(w, true);
	while (gossip_heard(w->gossip[0]) == 0)
		turn(w);
	assert_int_equal(gossip_peers(w->gossip[0]), 1);
	assert_int_equal(contradictions(w), 0);
	assert_int_equal(w->asked, 0);
}

static void
test_a_peer_of_another_log_is_found_out(void **state)
{
	struct world *w = *state;

	show(w, 0, 0, 35);
	show(w, 1, 1, 35);
	start(w, true);
	while (contradictions(w) == 0)
		turn(w);
	assert_int_equal(w->asked, 0); /* nobody's word is needed */
}

static void
test_for_another_size_the_hub_proves_that_it_is_one_log(void **state)
{
	struct world *w = *state;

	show(w, 0, 0, 20);
	show(w, 1, 0, 35);
	start(w, true);
	while (w->asked < 3)
		turn(w);
	assert_int_equal(contradictions(w), 0);
}

static void
test_a_proof_of_another_log_is_found_out_at_once(void **state)
{
	struct world *w = *state;

	show(w, 0, 0, 32);
	show(w, 1, 1, 35);
	start(w, true); /* the hub proves from log 0 */
	while (contradictions(w) == 0)
		turn(w);
	assert_int_equal(w->asked, 1);
}

static void
test_a_hub_that_gives_no_proof_has_two_looks(void **state)
{
	struct world *w = *state;

	w->hub = -1;
	show(w, 0, 0, 32);
	show(w, 1, 1, 35);
	start(w, true);
	while (w->asked < 1)
		turn(w);
	assert_int_equal(contradictions(w), 0);
	while (contradictions(w) == 0)
		turn(w);
	assert_int_equal(w->asked, GOSSIP_LOOKS);
}

static struct span served;

static void
serve(void *arg, struct http_request *request)
{
	(void)arg;
	http_reply(request, 200, "text/plain", served, NULL);
}

static void
test_what_a_strange_peer_serves_does_not_hurt(void **state)
{
	struct world *w = *state;
	const struct http_route route = {.method = "GET",
	    .path = GOSSIP_PATH,
	    .handler = serve,
	    .is_open = true};
	static const char *const texts[] = {"", "no note\n", "a\n1\nx\n\n",
	    NULL};
	char *large = mem_new(NOTE_MAX + 2);
	unsigned looks = 0;

	memset(large, 'a', NOTE_MAX + 1);
	show(w, 0, 0, 20);
	http_routes(w->http[1], &route, 1);
	start(w, false);
	for (size_t i = 0; texts[i] != NULL; i++) {
		served = span_str(texts[i]);
		for (looks = 0; looks < 50; looks++)
			turn(w);
	}
	served = span_str(large);
	for (looks = 0; looks < 50; looks++)
		turn(w);
	assert_int_equal(gossip_heard(w->gossip[0]), 0);
	assert_int_equal(contradictions(w), 0);
	assert_int_equal(w->asked, 0);
	mem_free(large);
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CLAIM(test_a_peer_of_the_same_log_is_heard_without_a_token),
	    CLAIM(test_a_peer_of_another_log_is_found_out),
	    CLAIM(test_for_another_size_the_hub_proves_that_it_is_one_log),
	    CLAIM(test_a_proof_of_another_log_is_found_out_at_once),
	    CLAIM(test_a_hub_that_gives_no_proof_has_two_looks),
	    CLAIM(test_what_a_strange_peer_serves_does_not_hurt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
