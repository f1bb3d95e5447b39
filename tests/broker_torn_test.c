/* SPDX-License-Identifier: EUPL-1.2 */
#include <fcntl.h>
#include <unistd.h>

#include "broker/journal_format.h"
#include "proto/base/file.h"
#include "tests/broker_scene.h"

/*
 * Claim: with the journal's last write torn, cut or doubled at every offset of
 * its last two records, a restart has exactly the records before the damage,
 * the log they give holds and has the root it had then; or the journal says
 * that it is damaged. Nothing else ever comes out.
 */
#define SEGMENT   65536
#define COMMITTED 4
#define RECORDS   6

struct rig {
	struct scene *scene;
	char *dir;
	char *path; /* of the segment that holds all records */
	uint8_t *good;
	size_t len;
	size_t at[RECORDS + 2];        /* where record n starts; the end */
	struct hash root[RECORDS + 1]; /* of the log after record n */
	struct journal *journal;
	unsigned outcomes[3]; /* both, one, none of the last two */
	unsigned damaged;
};

static const struct journal_options *
options_of(const struct rig *rig)
{
	static struct journal_options options;

	options =
	    (struct journal_options){.dir = rig->dir, .segment_bytes = SEGMENT};
	return &options;
}

static void
deaf(void *arg, const struct effect *effect)
{
	(void)arg;
	(void)effect;
}

/* Apply a record as the loop does, its root compared first. */
static enum wh_err
replay(void *arg, const struct journal_record *record)
{
	struct scene *s = arg;
	struct moment moment = {.seq = record->seq,
	    .now_ms = record->now_ms,
	    .seed = record->seed};
	struct hash root = audit_root(core_audit(s->core));

	assert_true(hash_equal(&root, &record->root));
	for (size_t i = 0; i < record->count; i++)
		assert_int_equal(core_apply(s->core, s->txn, &moment,
				     &record->commands[i], deaf, NULL),
		    WH_OK);
	return core_seq_set(s->core, s->txn, record->seq);
}

/* One consent as a command: journalled, then applied. */
static void
write_record(struct rig *rig, uint64_t seq)
{
	struct scene *s = rig->scene;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct bytes record =
	    permission_sign(&s->people, &permission, BUURTTEAM);
	struct to_hub message = {.request = seq,
	    .kind = TO_HUB_PERMISSION,
	    .u.bytes = span_bytes(&record)};
	struct command command = {.kind = COMMAND_FRAME, .member = "buurtteam"};
	struct journal_record journalled = {.seq = seq,
	    .now_ms = s->now_ms,
	    .root = audit_root(core_audit(s->core)),
	    .count = 1,
	    .commands = &command};
	uint8_t *bytes = NULL;
	size_t len;

	assert_int_equal(wire_to_hub_write(&message, &bytes, &len), WH_OK);
	command.bytes = span_of(bytes, len);
	memset(journalled.seed.b, (int)seq, HASH_LEN);
	assert_int_equal(journal_append(rig->journal, &journalled), WH_OK);
	assert_int_equal(replay(s, &journalled), WH_OK);
	rig->root[seq] = audit_root(core_audit(s->core));
	rig->at[seq + 1] = rig->at[seq] + journal_record_size(&command, 1);
	mem_free(bytes);
	mem_free(record.p);
}

static void
commit(struct scene *s)
{
	assert_int_equal(kv_commit(&s->txn), WH_OK);
	assert_int_equal(kv_begin(s->kv, KV_READ_WRITE, &s->txn), WH_OK);
}

/* Six records, four of them in the store; then the power goes. */
static int
rig_setup(void **state)
{
	struct rig *rig = mem_new(sizeof(*rig));
	void *scene = NULL;

	scene_setup(&scene);
	rig->scene = scene;
	rig->dir = support_dir_new();
	assert_int_equal(journal_open(options_of(rig), 0, replay, scene,
			     &rig->journal, NULL),
	    WH_OK);
	rig->at[1] = JOURNAL_BLOCK;
	commit(rig->scene);
	for (uint64_t seq = 1; seq <= RECORDS; seq++) {
		write_record(rig, seq);
		if (seq == COMMITTED)
			commit(rig->scene);
	}
	journal_close(rig->journal);
	kv_abort(&rig->scene->txn);
	rig->path = support_path(rig->dir, "0000000000000001.wal");
	assert_int_equal(file_read(rig->path, SEGMENT, &rig->good, &rig->len,
			     NULL),
	    WH_OK);
	*state = rig;
	return 0;
}

static int
rig_teardown(void **state)
{
	struct rig *rig = *state;
	void *scene = rig->scene;

	scene_teardown(&scene);
	support_dir_remove(rig->dir);
	free(rig->path);
	mem_free(rig->good);
	mem_free(rig);
	return 0;
}

static void
put_file(const struct rig *rig, const uint8_t *bytes, size_t len)
{
	int fd = open(rig->path, O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, rig->len, 0), (ssize_t)rig->len);
	assert_int_equal(ftruncate(fd, (off_t)len), 0);
	close(fd);
}

/* Restart on the damaged file, from the store's last commit. */
static void
restart(struct rig *rig)
{
	struct scene *s = rig->scene;
	struct hash root, recomputed;
	uint64_t size, bad, last;
	enum wh_err err;

	assert_int_equal(kv_begin(s->kv, KV_READ_WRITE, &s->txn), WH_OK);
	assert_int_equal(core_reload(s->core, s->txn), WH_OK);
	err = journal_open(options_of(rig), COMMITTED, replay, s, &rig->journal,
	    NULL);
	if (err != WH_OK) {
		assert_int_equal(err, WH_CORRUPT);
		rig->damaged++;
		kv_abort(&s->txn);
		return;
	}
	last = journal_last(rig->journal);
	assert_in_range(last, COMMITTED, RECORDS);
	root = audit_root(core_audit(s->core));
	assert_true(hash_equal(&root, &rig->root[last]));
	assert_int_equal(audit_verify(s->txn, &size, &recomputed, &bad, NULL),
	    WH_OK);
	assert_true(hash_equal(&root, &recomputed));
	rig->outcomes[RECORDS - last]++;
	journal_close(rig->journal);
	kv_abort(&s->txn);
}

/* Damage the file at each offset of the last two records. */
static void
at_every_offset(struct rig *rig,
    void (*damage)(const struct rig *rig, uint8_t *bytes, size_t at), bool cut)
{
	uint8_t *bytes = mem_new(rig->len);

	for (size_t at = rig->at[RECORDS - 1]; at < rig->at[RECORDS + 1];
	     at++) {
		memcpy(bytes, rig->good, rig->len);
		damage(rig, bytes, at);
		put_file(rig, bytes, cut ? at : rig->len);
		restart(rig);
	}
	put_file(rig, rig->good, rig->len);
	restart(rig);
	mem_free(bytes);
}

/* What was not written yet reads as zeros. */
static void
torn(const struct rig *rig, uint8_t *bytes, size_t at)
{
	memset(bytes + at, 0, rig->at[RECORDS + 1] - at);
}

/* Or as whatever stood in these blocks in an earlier life. */
static void
torn_over_old(const struct rig *rig, uint8_t *bytes, size_t at)
{
	for (size_t i = at; i < rig->at[RECORDS + 1]; i++)
		bytes[i] = rig->good[rig->at[1] + i % 4096];
}

/* The last write a second time, from here on. */
static void
doubled(const struct rig *rig, uint8_t *bytes, size_t at)
{
	memcpy(bytes + at, rig->good + rig->at[RECORDS],
	    rig->at[RECORDS + 1] - rig->at[RECORDS]);
}

static void
test_torn_at_every_offset(void **state)
{
	struct rig *rig = *state;

	at_every_offset(rig, torn, false);
	assert_true(rig->outcomes[0] > 0 && rig->outcomes[1] > 0 &&
		    rig->outcomes[2] > 0);
	assert_int_equal(rig->damaged, 0);
}

static void
test_torn_over_old_blocks_at_every_offset(void **state)
{
	struct rig *rig = *state;

	at_every_offset(rig, torn_over_old, false);
	assert_true(rig->outcomes[1] > 0 && rig->outcomes[2] > 0);
}

static void
test_cut_at_every_offset(void **state)
{
	struct rig *rig = *state;

	at_every_offset(rig, torn, true);
	assert_true(rig->outcomes[1] > 0 && rig->outcomes[2] > 0);
	assert_int_equal(rig->damaged, 0);
}

static void
test_doubled_at_every_offset(void **state)
{
	struct rig *rig = *state;

	at_every_offset(rig, doubled, false);
	assert_true(rig->outcomes[0] > 0);
}

#define RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RIG(test_torn_at_every_offset),
	    RIG(test_torn_over_old_blocks_at_every_offset),
	    RIG(test_cut_at_every_offset),
	    RIG(test_doubled_at_every_offset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
