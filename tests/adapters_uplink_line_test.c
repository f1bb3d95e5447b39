/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/uplink_line.h"

#define NOW_MS 1789382400000ll

/* A hub and a member whose transport keys are being replaced. */
struct world {
	struct lines lines;
	struct sock_keys hub[2]; /* old, new */
	struct key_secrets keys;
	struct reg_key hub_keys[2];
	struct reg_key own_keys[2];
	struct reg_member member;
	struct wh_register reg;
	struct line_view view;
};

static struct world world;

static int
setup(void **state)
{
	struct world *w = &world;
	struct key_own own;

	memset(w, 0, sizeof(*w));
	*state = w;
	for (size_t i = 0; i < 2; i++) {
		if (sock_keys_new(&w->hub[i]) != WH_OK)
			return 1;
		w->hub_keys[i].use = KEY_TRANSPORT;
		memcpy(w->hub_keys[i].key, w->hub[i].public_key, SOCK_KEY_LEN);
	}
	if (key_secrets_new(KEYFILE_MEMBER, &w->keys) != WH_OK ||
	    keyring_rotate(&w->keys, KEY_TRANSPORT) != WH_OK)
		return 1;
	for (size_t i = 0; i < 2; i++) {
		(void)keyring_nth(&w->keys, KEY_TRANSPORT, 1 - i, &own);
		w->own_keys[i].use = KEY_TRANSPORT;
		memcpy(w->own_keys[i].key, own.public_key, SOCK_KEY_LEN);
	}
	/* New from NOW_MS, old until an hour later. */
	w->hub_keys[0].until_ms = w->own_keys[0].until_ms = NOW_MS + 3600000;
	w->hub_keys[1].from_ms = w->own_keys[1].from_ms = NOW_MS;
	w->member = (struct reg_member){.id = "wpi",
	    .keys = w->own_keys,
	    .key_count = 2};
	w->reg = (struct wh_register){.members = &w->member,
	    .member_count = 1,
	    .hub_keys = w->hub_keys,
	    .hub_key_count = 2};
	w->view = (struct line_view){.reg = &w->reg,
	    .member = "wpi",
	    .keys = &w->keys,
	    .now_ms = NOW_MS};
	return lines_init(&w->lines, "tcp://a:1 tcp://b:2") != WH_OK;
}

static int
teardown(void **state)
{
	lines_fini(&((struct world *)*state)->lines);
	return 0;
}

static struct line
chosen(struct world *w, size_t n)
{
	struct line line;

	assert_int_equal(line_choose(&w->lines, &w->view, n, &line), WH_OK);
	return line;
}

static void
is_line(const struct world *w, const struct line *line, size_t hub, size_t own,
    size_t address)
{
	assert_memory_equal(line->hub_key, w->hub[hub].public_key,
	    SOCK_KEY_LEN);
	assert_memory_equal(line->own.public_key, w->own_keys[own].key,
	    SOCK_KEY_LEN);
	assert_int_equal(line->address, address);
}

static void
test_addresses_are_one_to_four(void **state)
{
	struct lines lines;

	(void)state;
	assert_int_equal(lines_init(&lines, ""), WH_INVALID);
	assert_int_equal(lines_init(&lines, "   "), WH_INVALID);
	assert_int_equal(lines_init(&lines, "a b c d e"), WH_INVALID);
	assert_int_equal(lines_init(&lines, " a  b c d "), WH_OK);
	assert_int_equal(lines.address_count, 4);
	assert_string_equal(lines.addresses[1], "b");
	lines_fini(&lines);
}

static void
test_the_newest_valid_keys_come_first_and_all_are_tried(void **state)
{
	struct world *w = *state;
	struct line line;
	unsigned tried = 0;

	w->view.now_ms = NOW_MS - 1;
	line = chosen(w, 0);
	is_line(w, &line, 0, 0, 0);
	w->view.now_ms = NOW_MS;
	line = chosen(w, 0);
	is_line(w, &line, 1, 1, 0);
	for (size_t n = 0; n < 8; n++) {
		line = chosen(w, n);
		tried |=
		    1u << (4 * (memcmp(line.hub_key, w->hub[1].public_key,
				    SOCK_KEY_LEN) == 0) +
			   2 * (memcmp(line.own.public_key, w->own_keys[1].key,
				    SOCK_KEY_LEN) == 0) +
			   line.address);
	}
	assert_int_equal(tried, 0xff);
	line = chosen(w, 8);
	is_line(w, &line, 1, 1, 0);
	w->view.now_ms = NOW_MS + 3600000;
	line = chosen(w, 3); /* the old key of the hub is no longer tried */
	assert_memory_equal(line.hub_key, w->hub[1].public_key, SOCK_KEY_LEN);
}

static void
test_a_new_key_of_the_hub_is_sought_where_the_old_did_not_answer(void **state)
{
	struct world *w = *state;
	struct line line;

	w->view.now_ms = NOW_MS - 1;
	line = chosen(w, 0);
	line_answered(&w->lines, &line);
	assert_false(line_is_old(&w->lines, &line, &w->view));
	w->view.now_ms = NOW_MS;
	assert_true(line_holds(&line, &w->view));
	assert_true(line_is_old(&w->lines, &line, &w->view));
	line = chosen(w, 0);
	is_line(w, &line, 1, 1, 1);
}

static void
test_without_an_address_for_it_nobody_moves_to_a_key_of_the_hub(void **state)
{
	struct world *w = *state;
	struct line line;

	lines_fini(&w->lines);
	assert_int_equal(lines_init(&w->lines, "tcp://a:1"), WH_OK);
	w->own_keys[1].from_ms = 0;
	w->view.now_ms = NOW_MS - 1;
	line = chosen(w, 0);
	line_answered(&w->lines, &line);
	w->view.now_ms = NOW_MS;
	assert_false(line_is_old(&w->lines, &line, &w->view));
	/* Until the old one ends: then there is no choice. */
	w->view.now_ms = NOW_MS + 3600000;
	assert_false(line_holds(&line, &w->view));
	line = chosen(w, 0);
	is_line(w, &line, 1, 1, 0);
}

static void
test_a_line_holds_while_both_its_keys_do(void **state)
{
	struct world *w = *state;
	struct line line;

	w->view.now_ms = NOW_MS - 1;
	line = chosen(w, 0);
	w->view.now_ms = NOW_MS + 3599999;
	assert_true(line_holds(&line, &w->view));
	w->view.now_ms = NOW_MS + 3600000;
	assert_false(line_holds(&line, &w->view));
	line = chosen(w, 0);
	assert_true(line_holds(&line, &w->view));
	w->member.key_count = 1; /* an emergency: the new one was taken out */
	w->view.now_ms = NOW_MS;
	assert_false(line_holds(&line, &w->view));
	w->member.key_count = 0; /* a register from before we were in it */
	assert_true(line_holds(&line, &w->view));
	w->reg.hub_key_count = 0;
	assert_false(line_holds(&line, &w->view));
	assert_int_equal(line_choose(&w->lines, &w->view, 0, &line),
	    WH_NOT_FOUND);
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CLAIM(test_addresses_are_one_to_four),
	    CLAIM(test_the_newest_valid_keys_come_first_and_all_are_tried),
	    CLAIM(
		test_a_new_key_of_the_hub_is_sought_where_the_old_did_not_answer),
	    CLAIM(
		test_without_an_address_for_it_nobody_moves_to_a_key_of_the_hub),
	    CLAIM(test_a_line_holds_while_both_its_keys_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
