/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_OPS_TRICKS_H
#define WH_TESTS_OPS_TRICKS_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "consent/audit_impl.h"
#include "consent/note.h"
#include "ops/ctl/ctl.h"
#include "proto/base/log.h"
#include "tests/broker_hub.h"

/*
 * The folder of a real hub, what a member kept of it, the command that checks
 * them, and somebody who owns the disk.
 */
#define ENTRIES_MAX 64

/* One run of the command in a child; its output is in out. */
struct run {
	int status;
	char out[8192];
};

static inline void
in_child(const char *file, char *const argv[], int argc)
{
	int status;

	if (freopen(file, "w", stdout) == NULL ||
	    dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
		_exit(99);
	status = ctl_main(argc, (char **)(uintptr_t)argv);
	(void)fflush(stdout);
	/* The parent's memory is not ours to account for. */
	(void)syscall(SYS_exit_group, status);
}

static inline struct run
run(struct hub *h, const char *const *words)
{
	char *file = support_path(h->dir, "said");
	char *argv[16];
	struct run result = {.status = -1};
	uint8_t *said = NULL;
	size_t len;
	int argc = 0, status = 0;
	pid_t pid;

	for (; words[argc] != NULL; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc];
	argv[argc] = NULL;
	pid = fork();
	if (pid == 0)
		in_child(file, argv, argc);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	result.status = WEXITSTATUS(status);
	assert_int_equal(file_read(file, sizeof(result.out) - 1, &said, &len,
			     NULL),
	    WH_OK);
	memcpy(result.out, said, len);
	mem_free(said);
	free(file);
	return result;
}

#define RUN(h, ...) run(h, (const char *const[]){"wijkhub", __VA_ARGS__, NULL})

static inline void
expect_run(const struct run *result, int status, const char *word)
{
	if (result->status != status || strstr(result->out, word) == NULL)
		fail_msg("status %d, not %d, without '%s': %s", result->status,
		    status, word, result->out);
}

/* The folder itself shows it, to both commands. */
static inline void
caught_in_folder(struct hub *h, const char *word)
{
	struct run result = RUN(h, "audit", "verify", h->data);

	expect_run(&result, CTL_NO, word);
	result = RUN(h, "fsck", h->data);
	expect_run(&result, CTL_NO, word);
}

/* The folder agrees with itself: its owner signed it anew. */
static inline void
holds_in_folder(struct hub *h)
{
	struct run result = RUN(h, "fsck", h->data);

	expect_run(&result, CTL_OK, " 0 findings");
	result = RUN(h, "audit", "verify", h->data);
	expect_run(&result, CTL_OK, "the log holds");
}

/* What a member kept: the checkpoint that was published, and a receipt. */
static inline void
caught_by_what_was_kept(struct hub *h, const char *word)
{
	static const char *const kept[] = {"kept", "kept.receipt"};

	for (size_t i = 0; i < 2; i++) {
		char *path = support_path(h->dir, kept[i]);
		struct run result =
		    RUN(h, "audit", "verify", h->data, "--kept", path);

		expect_run(&result, CTL_NO, word);
		free(path);
	}
}

static inline void
copy(struct hub *h, const char *from, const char *to)
{
	char command[512];

	(void)snprintf(command, sizeof(command),
	    "rm -rf '%s/%s' && cp -a "
	    "'%s/%s' '%s/%s'",
	    h->dir, to, h->dir, from, h->dir, to);
	assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
}

/* Only the log's key: nobody witnesses in this test. */
static inline void
write_policy(struct hub *h)
{
	char vkey[NOTE_VKEY_SIZE], text[NOTE_VKEY_SIZE + 32];
	char *path = support_path(h->dir, "policy");
	struct note_key key;

	assert_int_equal(note_key_make(WORLD_ORIGIN, NOTE_ED25519,
			     h->people.hub.signing.public_key, &key),
	    WH_OK);
	note_key_text(&key, vkey);
	(void)snprintf(text, sizeof(text), "log %s\nquorum none\n", vkey);
	assert_int_equal(file_write(path, span_str(text), 0644, NULL), WH_OK);
	free(path);
}

static inline struct run
prove(struct hub *h, const char *index, const char *to)
{
	struct run result = RUN(h, "audit", "prove", h->data, index);
	char *path = support_path(h->dir, to);

	assert_int_equal(file_write(path, span_str(result.out), 0644, NULL),
	    WH_OK);
	free(path);
	return result;
}

static inline struct run
verify(struct hub *h, const char *name)
{
	char *receipt = support_path(h->dir, name);
	char *policy = support_path(h->dir, "policy");
	struct run result = RUN(h, "verify", receipt, "--policy", policy);

	free(receipt);
	free(policy);
	return result;
}

/* Offers from the buurtteam to WPI, and an end in order. */
static inline void
hub_day(struct hub *h, unsigned offers)
{
	struct permission permission;
	struct sock *from, *to;

	hub_start(h);
	from = join(h, BUURTTEAM);
	to = join(h, WPI);
	permission = people_consent(&h->people, h->now_ms);
	capture(h, from, &permission);
	grant(h, to, 1);
	while (offers-- > 0) {
		struct letter letter =
		    letter_offer(&h->people, &permission, h->now_ms);

		offer(h, from, &letter);
	}
	acknowledge(h, to, hear(h, to, FROM_HUB_DELIVER).u.deliver.delivery);
	sock_close(from);
	sock_close(to);
	loop_close(h->loop);
	/* A start publishes a checkpoint of everything. */
	hub_start(h);
	loop_close(h->loop);
	h->loop = NULL;
}

/* Once: a hub of a day, what a member kept of it, and a folder of before. */
static inline int
setup_all(void **state)
{
	struct run result;
	struct hub *h;

	hub_setup(state);
	h = *state;
	hub_day(h, 1);
	copy(h, "data", "before");
	hub_day(h, 4);
	copy(h, "data/checkpoint", "kept");
	write_policy(h);
	result = prove(h, "2", "kept.receipt");
	expect_run(&result, CTL_OK, "c2sp.org/tlog-proof");
	result = verify(h, "kept.receipt");
	expect_run(&result, CTL_OK, "The receipt holds");
	copy(h, "data", "honest");
	return 0;
}

/* For each test: as the honest hub left it. */
static inline int
setup(void **state)
{
	struct hub *h = *state;

	copy(h, "honest", "data");
	h->deadline_ms = clk_mono_ms() + DEADLINE_MS;
	return 0;
}

/* The store, open for whoever owns the disk. */
struct forger {
	struct hub *hub;
	struct kv *kv;
	struct kv_txn *txn;
	size_t count;
	struct forged {
		uint8_t leaf[AUDIT_LEAF_LEN];
		uint8_t detail[AUDIT_DETAIL_MIN + AUDIT_DETAIL_MAX];
		size_t detail_len;
	} entry[ENTRIES_MAX];
};

static inline struct forger *
break_in(struct hub *h)
{
	const struct kv_options options = {.mode = KV_READ_WRITE,
	    .map_bytes = 256 * MIB,
	    .tables = core_table_names,
	    .table_count = CORE_TABLES};
	struct forger *f = mem_new(sizeof(*f));
	char *path = support_path(h->data, "store");
	struct span key = {0}, value;

	f->hub = h;
	assert_int_equal(kv_open(path, &options, &f->kv, NULL), WH_OK);
	assert_int_equal(kv_begin(f->kv, KV_READ_WRITE, &f->txn), WH_OK);
	free(path);
	while (kv_next(f->txn, TABLE_LOG_LEAF, &key, &value) == WH_OK) {
		struct forged *e = &f->entry[f->count++];

		assert_int_equal(value.len, AUDIT_LEAF_LEN);
		memcpy(e->leaf, value.p, value.len);
		if (kv_peek(f->txn, TABLE_LOG_DETAIL, key, &value) == WH_OK)
			memcpy(e->detail, value.p, e->detail_len = value.len);
	}
	assert_true(f->count > 8);
	return f;
}

static inline void
leave(struct forger *f)
{
	assert_int_equal(kv_commit(&f->txn), WH_OK);
	kv_close(f->kv);
	mem_free(f);
}

static inline void
put(struct forger *f, unsigned table, struct audit_key key, struct span value)
{
	assert_int_equal(kv_put(f->txn, table, audit_key_span(&key), value),
	    WH_OK);
}

static inline void
wipe(struct forger *f, unsigned table)
{
	struct span key = {0}, value;
	uint8_t at[KV_KEY_MAX];
	size_t len;

	while (kv_seek(f->txn, table, &key, &value) == WH_OK) {
		memcpy(at, key.p, len = key.len);
		assert_int_equal(kv_del(f->txn, table, span_of(at, len)),
		    WH_OK);
		key = span_of(NULL, 0);
	}
}

static inline enum wh_err
put_node(void *arg, unsigned level, uint64_t index, const struct hash *hash)
{
	if (level > 0)
		put(arg, TABLE_LOG_NODE, audit_node_key(level, index),
		    span_of(hash->b, HASH_LEN));
	return WH_OK;
}

/* Both names, or one, or the empty one: as audit_append() does. */
static inline void
put_members(struct forger *f, const struct audit_leaf *leaf, uint64_t index)
{
	bool to = leaf->to[0] != '\0' && strcmp(leaf->to, leaf->from) != 0;

	if (leaf->from[0] != '\0' || !to)
		put(f, TABLE_LOG_BY_MEMBER, audit_member_key(leaf->from, index),
		    span_of(NULL, 0));
	if (to)
		put(f, TABLE_LOG_BY_MEMBER, audit_member_key(leaf->to, index),
		    span_of(NULL, 0));
}

/* Found by the subject of its details; without them by its case. */
static inline void
put_subject(struct forger *f, const struct audit_leaf *leaf, uint64_t index)
{
	const struct forged *e = &f->entry[index];
	struct id subject = leaf->case_ref;

	if (e->detail_len > 0)
		memcpy(subject.b, e->detail, sizeof(subject.b));
	if (!id_is_zero(&subject))
		put(f, TABLE_LOG_BY_CASE, audit_case_key(&subject, index),
		    span_of(NULL, 0));
}

/* Leaves, tree, head, details and index, as an honest hub would have them. */
static inline void
rebuild(struct forger *f)
{
	static const unsigned tables[] = {TABLE_LOG_LEAF, TABLE_LOG_NODE,
	    TABLE_LOG_DETAIL, TABLE_LOG_BY_CASE, TABLE_LOG_BY_MEMBER};
	struct merkle_frontier frontier = {0};
	uint8_t head[AUDIT_HEAD_MAX];
	struct audit_leaf leaf;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		wipe(f, tables[i]);
	for (size_t i = 0; i < f->count; i++) {
		struct span bytes = span_of(f->entry[i].leaf, AUDIT_LEAF_LEN);
		struct hash hash = merkle_leaf(bytes);

		put(f, TABLE_LOG_LEAF, audit_index_key(i), bytes);
		if (f->entry[i].detail_len > 0)
			put(f, TABLE_LOG_DETAIL, audit_index_key(i),
			    span_of(f->entry[i].detail,
				f->entry[i].detail_len));
		assert_int_equal(merkle_frontier_add(&frontier, &hash, put_node,
				     f),
		    WH_OK);
		assert_int_equal(audit_leaf_read(bytes, &leaf), WH_OK);
		put_subject(f, &leaf, i);
		put_members(f, &leaf, i);
	}
	put(f, TABLE_LOG_META, audit_meta_key(AUDIT_HEAD, 0),
	    audit_head_write(&frontier, head));
}

/* As if erased: sealed for its place, it would not open in another. */
static inline void
forget(struct forger *f, size_t from)
{
	for (; from < f->count; from++)
		f->entry[from].detail_len = 0;
}

/* The hub's own key is the operator's too. */
static inline void
sign_anew(struct forger *f)
{
	char *second = support_path(f->hub->data, "checkpoint");
	struct audit audit;
	char *note;

	assert_int_equal(audit_load(&audit, f->txn), WH_OK);
	assert_int_equal(audit_checkpoint_make(&audit, WORLD_ORIGIN,
			     &f->hub->people.hub.signing, 1, &note),
	    WH_OK);
	assert_int_equal(audit_checkpoint_keep(f->txn, second, note, NULL),
	    WH_OK);
	mem_free(note);
	free(second);
}

/* Who got it: the leaf's field "to", see audit_leaf.c. */
static inline void
name_another(struct forger *f, size_t index)
{
	struct audit_leaf leaf;

	assert_int_equal(audit_leaf_read(span_of(f->entry[index].leaf,
					     AUDIT_LEAF_LEN),
			     &leaf),
	    WH_OK);
	assert_int_equal(str_copy(leaf.to, sizeof(leaf.to), "iemand-anders"),
	    WH_OK);
	audit_leaf_write(&leaf, f->entry[index].leaf);
}

#endif
