/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_BROKER_CHECK_H
#define WH_TESTS_BROKER_CHECK_H

#include <stdio.h>

#include "broker/check.h"
#include "tests/broker_hub.h"

/* The folder of a hub that did a bit of everything, and what is found in it. */

static struct {
	char text[64][512];
	size_t count;
} findings;

static struct letter offered; /* one that waits for WPI */

static inline void
note(void *arg, const char *finding)
{
	(void)arg;
	assert_true(findings.count < 64);
	(void)snprintf(findings.text[findings.count++], 512, "%s", finding);
}

static inline struct check_result
check(struct hub *h)
{
	struct check_result result = {0};
	struct why why = {""};

	findings.count = 0;
	if (check_folder(h->data, note, NULL, &result, &why) != WH_OK)
		fail_msg("%s", why.text);
	assert_true(result.findings == findings.count);
	return result;
}

static inline void
assert_finds(struct hub *h, const char *what)
{
	check(h);
	for (size_t i = 0; i < findings.count; i++)
		if (strstr(findings.text[i], what) != NULL)
			return;
	for (size_t i = 0; i < findings.count; i++)
		print_message("found: %s\n", findings.text[i]);
	fail_msg("nothing about '%s'", what);
}

/* A hub that did a bit of everything, and ended in order. */
static inline int
setup(void **state)
{
	struct sock *from, *to;
	struct permission permission;
	struct letter first;
	struct hub *h;

	hub_setup(state);
	h = *state;
	hub_start(h);
	from = join(h, BUURTTEAM);
	to = join(h, WPI);
	permission = people_consent(&h->people, h->now_ms);
	capture(h, from, &permission);
	first = letter_offer(&h->people, &permission, h->now_ms);
	offer(h, from, &first);
	grant(h, to, 1);
	acknowledge(h, to, hear(h, to, FROM_HUB_DELIVER).u.deliver.delivery);
	offered = letter_offer(&h->people, &permission, h->now_ms);
	offer(h, from, &offered);
	grant(h, from, 1);
	hear(h, from, FROM_HUB_DELIVER); /* the notice */
	sock_close(from);
	sock_close(to);
	loop_close(h->loop);
	h->loop = NULL;
	return 0;
}

/* Change the store as no hub would. */
struct surgery {
	struct kv *kv;
	struct kv_txn *txn;
};

static inline struct surgery
cut_open(struct hub *h)
{
	struct kv_options options = {.mode = KV_READ_WRITE,
	    .map_bytes = 256 * MIB,
	    .tables = core_table_names,
	    .table_count = CORE_TABLES};
	char *path = support_path(h->data, "store");
	struct surgery s = {0};

	assert_int_equal(kv_open(path, &options, &s.kv, NULL), WH_OK);
	assert_int_equal(kv_begin(s.kv, KV_READ_WRITE, &s.txn), WH_OK);
	free(path);
	return s;
}

static inline void
sew(struct surgery *s)
{
	assert_int_equal(kv_commit(&s->txn), WH_OK);
	kv_close(s->kv);
}

/* The first record's row, in this form and with nothing behind it. */
static inline void
reshape_permission(struct kv_txn *txn, const char *row)
{
	struct span key = span_str(""), value;
	struct id id;

	assert_int_equal(kv_seek(txn, TABLE_PERMISSION, &key, &value), WH_OK);
	memcpy(id.b, key.p, sizeof(id.b));
	value = span_str(row);
	assert_int_equal(kv_put(txn, TABLE_PERMISSION, span_id(&id), value),
	    WH_OK);
}

#define CHECK(name) cmocka_unit_test_setup_teardown(name, setup, hub_teardown)

#endif
