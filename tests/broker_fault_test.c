/* SPDX-License-Identifier: EUPL-1.2 */
#include <dlfcn.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "proto/base/log.h"
#include "tests/broker_hub.h"

/*
 * Full stores, full disks, failing disks and kills: what was acknowledged is
 * never lost, and what needs no room goes on. The disk fails here because this
 * program's own pwrite() and its like stand before those of libc.
 */

static struct {
	bool no_space;      /* no file gets longer, none gets blocks */
	bool journal_fails; /* writing a segment: EIO */
	bool store_fails;   /* flushing the store: EIO */
} fault;

static bool
names(int fd, const char *what)
{
	char link[64], path[512] = "";
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	return n > 0 && strstr(path, what) != NULL;
}

/* errno for a write of this many bytes at this place, or 0. */
static int
misfortune(int fd, off_t end)
{
	struct stat st;

	if (fault.journal_fails && names(fd, ".wal"))
		return EIO;
	if (fault.no_space && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    end > (off_t)st.st_blocks * 512)
		return ENOSPC;
	return 0;
}

#define REAL(name, type)                                                       \
	static type *real;                                                     \
	if (real == NULL)                                                      \
	*(void **)&real = dlsym(RTLD_NEXT, name)

typedef ssize_t pwrite_fn(int fd, const void *p, size_t n, off_t at);
typedef ssize_t pwritev_fn(int fd, const struct iovec *v, int n, off_t at);
typedef ssize_t write_fn(int fd, const void *p, size_t n);
typedef int fdatasync_fn(int fd);
typedef int fallocate_fn(int fd, off_t at, off_t len);

ssize_t pwrite(int fd, const void *p, size_t n, off_t at);
ssize_t pwritev(int fd, const struct iovec *v, int n, off_t at);
int fdatasync(int fd);
int posix_fallocate(int fd, off_t at, off_t len);

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	int wrong = misfortune(fd, at + (off_t)n);

	REAL("pwrite", pwrite_fn);
	if (wrong == 0)
		return real(fd, p, n, at);
	errno = wrong;
	return -1;
}

ssize_t
pwritev(int fd, const struct iovec *v, int n, off_t at)
{
	off_t end = at;
	int wrong;

	REAL("pwritev", pwritev_fn);
	for (int i = 0; i < n; i++)
		end += (off_t)v[i].iov_len;
	wrong = misfortune(fd, end);
	if (wrong == 0)
		return real(fd, v, n, at);
	errno = wrong;
	return -1;
}

ssize_t
write(int fd, const void *p, size_t n)
{
	REAL("write", write_fn);
	if (!fault.no_space || !names(fd, "/checkpoint"))
		return real(fd, p, n);
	errno = ENOSPC;
	return -1;
}

int
fdatasync(int fd)
{
	REAL("fdatasync", fdatasync_fn);
	if (!fault.store_fails || !names(fd, "/store/"))
		return real(fd);
	errno = EIO;
	return -1;
}

int
posix_fallocate(int fd, off_t at, off_t len)
{
	REAL("posix_fallocate", fallocate_fn);
	return fault.no_space ? ENOSPC : real(fd, at, len);
}

/* A hub whose store commits only when it must. */
static int
setup(void **state)
{
	struct hub *h;

	memset(&fault, 0, sizeof(fault));
	hub_setup(state);
	h = *state;
	h->options.commit_ms = 10000;
	hub_start(h);
	return 0;
}

static int
teardown(void **state)
{
	memset(&fault, 0, sizeof(fault));
	return hub_teardown(state);
}

struct traffic {
	struct sock *from;
	struct sock *to;
	struct permission permission;
};

static struct traffic
traffic(struct hub *h)
{
	struct traffic t = {.from = join(h, BUURTTEAM), .to = join(h, WPI)};

	t.permission = people_consent(&h->people, h->now_ms);
	capture(h, t.from, &t.permission);
	return t;
}

static void
hang_up(struct traffic *t)
{
	sock_close(t->from);
	sock_close(t->to);
}

static void
test_kill_loses_nothing_that_was_acknowledged(void **state)
{
	struct hub *h = *state;
	struct traffic t = traffic(h);
	struct letter letter;
	struct hash root;
	uint64_t size, index[20];

	for (int i = 0; i < 20; i++) {
		letter = letter_offer(&h->people, &t.permission, h->now_ms);
		index[i] = offer(h, t.from, &letter).log_index;
	}
	assert_true(h->loop->uncommitted >= 20);
	root = hub_root(h);
	size = audit_size(core_audit(h->loop->core));
	hub_kill(h);
	hang_up(&t);
	hub_start(h);
	assert_true(audit_size(core_audit(h->loop->core)) == size);
	assert_memory_equal(hub_root(h).b, root.b, HASH_LEN);
	t.from = join(h, BUURTTEAM);
	t.to = join(h, WPI);
	grant(h, t.to, 20);
	for (int i = 0; i < 20; i++)
		hear(h, t.to, FROM_HUB_DELIVER);
	assert_true(index[19] < size);
	hang_up(&t);
}

static void
test_kill_after_kill_ends_in_the_same_place(void **state)
{
	struct hub *h = *state;
	struct traffic t = traffic(h);
	struct letter letter =
	    letter_offer(&h->people, &t.permission, h->now_ms);
	struct hash root;

	offer(h, t.from, &letter);
	root = hub_root(h);
	for (int i = 0; i < 4; i++) {
		hub_kill(h);
		hub_start(h);
		assert_memory_equal(hub_root(h).b, root.b, HASH_LEN);
	}
	hang_up(&t);
}

static void
test_orderly_end_needs_no_replay(void **state)
{
	struct hub *h = *state;
	struct traffic t = traffic(h);
	struct hash root = hub_root(h);

	raise(SIGTERM);
	assert_int_equal(loop_run(h->loop), WH_OK);
	loop_close(h->loop);
	h->loop = NULL;
	hang_up(&t);
	hub_start(h);
	assert_memory_equal(hub_root(h).b, root.b, HASH_LEN);
}

/* Offer until the hub says that it is busy; how many were taken. */
static size_t
fill(struct hub *h, struct traffic *t, struct busy_answer *busy)
{
	size_t taken = 0;

	for (;;) {
		struct letter letter =
		    letter_offer(&h->people, &t->permission, h->now_ms);
		struct from_hub frame = {0};

		letter.size = SECTION_MAX - 16;
		tell_signed(h, t->from, TO_HUB_SUBMIT,
		    letter_seal(&h->people, &letter));
		do {
			while (!hear_now(h, t->from, &frame))
				hub_turn_well(h);
		} while (is_pushed(frame.kind));
		if (frame.kind == FROM_HUB_RECEIPT) {
			taken++;
			continue;
		}
		assert_int_equal(frame.kind, FROM_HUB_BUSY);
		*busy = frame.u.busy;
		if (busy->cause != BUSY_OVERLOADED)
			return taken;
	}
}

static enum deliver_kind
take(struct hub *h, struct traffic *t)
{
	struct deliver delivery = hear(h, t->to, FROM_HUB_DELIVER).u.deliver;

	acknowledge(h, t->to, delivery.delivery);
	return delivery.kind;
}

/* What must pass when nothing new can come in. */
static void
assert_the_rest_goes_on(struct hub *h, struct traffic *t)
{
	struct permission_change change = people_change(&h->people,
	    &t->permission, PERMISSION_WITHDRAWN, BUURTTEAM, h->now_ms);

	grant(h, t->to, 5);
	for (int i = 0; i < 5; i++)
		assert_int_equal(take(h, t), DELIVER_ENVELOPE);
	tell_signed(h, t->from, TO_HUB_PERMISSION_EVENT,
	    change_sign(&h->people, &change, BUURTTEAM));
	hear(h, t->from, FROM_HUB_RECEIPT);
	grant(h, t->to, 1);
	assert_int_equal(take(h, t), DELIVER_PERMISSION_EVENT);
}

static void
test_full_store_turns_intake_away_and_lets_the_rest_pass(void **state)
{
	struct hub *h = *state;
	struct busy_answer busy;
	struct traffic t;
	size_t taken;

	hub_kill(h);
	h->options.map_bytes = 6 * MIB;
	h->options.commit_ms = 20;
	hub_start(h);
	t = traffic(h);
	taken = fill(h, &t, &busy);
	assert_in_range(taken, 5, 80);
	assert_int_equal(busy.cause, BUSY_STORE_FULL);
	assert_true(busy.retry_ms > 0);
	assert_the_rest_goes_on(h, &t);
	assert_true(h->loop->stats.value[STAT_BUSY] > 0);
	hang_up(&t);
	hub_kill(h);
	hub_start(h); /* and it can start again on it */
}

/* What changes nothing is turned away, or it would eat the reserve. */
static void
test_full_store_takes_no_event_that_ends_nothing(void **state)
{
	struct hub *h = *state;
	struct permission_change change;
	struct from_hub frame = {0};
	struct busy_answer busy;
	struct traffic t;
	uint64_t size;

	hub_kill(h);
	h->options.map_bytes = 6 * MIB;
	h->options.commit_ms = 20;
	hub_start(h);
	t = traffic(h);
	fill(h, &t, &busy);
	size = audit_size(core_audit(h->loop->core));
	change = people_change(&h->people, &t.permission, PERMISSION_WITHDRAWN,
	    WPI, h->now_ms);
	change.permission_id = people_id(&h->people);
	for (int i = 0; i < 100; i++) {
		tell_signed(h, t.to, TO_HUB_PERMISSION_EVENT,
		    change_sign(&h->people, &change, WPI));
		do {
			while (!hear_now(h, t.to, &frame))
				hub_turn_well(h);
		} while (is_pushed(frame.kind));
		assert_int_equal(frame.kind, FROM_HUB_BUSY);
	}
	assert_int_equal(audit_size(core_audit(h->loop->core)), size);
	assert_the_rest_goes_on(h, &t);
	hang_up(&t);
}

static void
test_full_disk_turns_intake_away_and_lets_the_rest_pass(void **state)
{
	struct hub *h = *state;
	struct busy_answer busy;
	struct traffic t = traffic(h);
	size_t taken;

	fault.no_space = true;
	h->loop->options.commit_ms = 50;
	taken = fill(h, &t, &busy);
	assert_int_equal(busy.cause, BUSY_DISK_FULL);
	assert_true(taken > 10);
	assert_the_rest_goes_on(h, &t);
	hub_kill(h);
	hang_up(&t);
	hub_start(h); /* and it can start again on it */
	t.from = join(h, BUURTTEAM);
	t.to = join(h, WPI);
	fault.no_space = false;
	while (!h->loop->room || !h->loop->disk)
		hub_turn_well(h);
	t.permission = people_consent(&h->people, h->now_ms);
	capture(h, t.from, &t.permission);
	hang_up(&t);
}

/* The write that would have made it durable fails: nobody hears anything. */
static void
test_failed_journal_ends_the_hub_unanswered(void **state)
{
	struct hub *h = *state;
	struct traffic t = traffic(h);
	struct letter letter =
	    letter_offer(&h->people, &t.permission, h->now_ms);
	struct hash root = hub_root(h);
	struct from_hub frame;

	fault.journal_fails = true;
	tell_signed(h, t.from, TO_HUB_SUBMIT, letter_seal(&h->people, &letter));
	while (h->failed == WH_OK)
		hub_turn(h);
	assert_int_equal(h->failed, WH_IO);
	assert_int_equal(loop_turn(h->loop, 0), WH_IO);
	while (hear_now(h, t.from, &frame))
		assert_true(is_pushed(frame.kind));
	loop_close(h->loop);
	h->loop = NULL;
	fault.journal_fails = false;
	hang_up(&t);
	hub_start(h);
	assert_memory_equal(hub_root(h).b, root.b, HASH_LEN);
	t.from = join(h, BUURTTEAM);
	t.to = NULL;
	offer(h, t.from, &letter);
	hang_up(&t);
}

static void
test_failed_commit_ends_the_hub_and_loses_nothing(void **state)
{
	struct hub *h = *state;
	struct traffic t = traffic(h);
	struct letter letter =
	    letter_offer(&h->people, &t.permission, h->now_ms);
	struct hash root;

	offer(h, t.from, &letter);
	root = hub_root(h);
	fault.store_fails = true;
	h->loop->options.commit_ms = 0;
	while (h->failed == WH_OK)
		hub_turn(h);
	assert_int_equal(h->failed, WH_IO);
	loop_close(h->loop);
	h->loop = NULL;
	fault.store_fails = false;
	hang_up(&t);
	hub_start(h);
	assert_memory_equal(hub_root(h).b, root.b, HASH_LEN);
}

static void
test_signal_in_a_failing_turn_commits_nothing(void **state)
{
	struct hub *h = *state;
	struct traffic t = traffic(h);
	struct letter letter =
	    letter_offer(&h->people, &t.permission, h->now_ms);
	uint64_t commits;

	fault.journal_fails = true;
	tell_signed(h, t.from, TO_HUB_SUBMIT, letter_seal(&h->people, &letter));
	raise(SIGTERM);
	while (h->failed == WH_OK)
		hub_turn(h);
	commits = h->loop->stats.value[STAT_COMMITS];
	assert_true(h->loop->stop);
	fault.store_fails = true; /* a commit would be seen to fail */
	assert_int_equal(commits, h->loop->stats.value[STAT_COMMITS]);
	loop_close(h->loop);
	h->loop = NULL;
	memset(&fault, 0, sizeof(fault));
	hang_up(&t);
	hub_start(h);
}

static void
test_checkpoint_that_cannot_be_written_waits(void **state)
{
	struct hub *h = *state;
	struct traffic t = traffic(h);

	hub_kill(h);
	hang_up(&t);
	fault.no_space = true; /* the second file is new blocks, always */
	hub_start(h);
	assert_int_equal(h->loop->stats.value[STAT_CHECKPOINTS], 0);
	fault.no_space = false;
	t = traffic(h);
	h->loop->options.commit_ms = 20;
	while (h->loop->stats.value[STAT_CHECKPOINTS] == 0)
		hub_turn_well(h);
	hang_up(&t);
}

static void
remove_tree(const struct hub *h, const char *name)
{
	char *path = support_path(h->data, name);

	support_dir_remove(path); /* frees it too */
}

static void
test_store_that_was_thrown_away_is_noticed(void **state)
{
	struct hub *h = *state;
	struct why why = {""};

	hub_kill(h);
	remove_tree(h, "store");
	remove_tree(h, "journal");
	assert_int_equal(hub_open(h, &why), WH_CORRUPT);
	assert_non_null(strstr(why.text, "rolled back"));
}

static void
test_checkpoint_that_was_thrown_away_is_noticed(void **state)
{
	struct hub *h = *state;
	struct why why = {""};
	char *path = support_path(h->data, "checkpoint");

	hub_kill(h);
	assert_int_equal(unlink(path), 0);
	free(path);
	assert_int_equal(hub_open(h, &why), WH_CORRUPT);
	assert_non_null(strstr(why.text, "missing"));
}

#define FAULT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    FAULT(test_kill_loses_nothing_that_was_acknowledged),
	    FAULT(test_kill_after_kill_ends_in_the_same_place),
	    FAULT(test_orderly_end_needs_no_replay),
	    FAULT(test_full_store_turns_intake_away_and_lets_the_rest_pass),
	    FAULT(test_full_store_takes_no_event_that_ends_nothing),
	    FAULT(test_full_disk_turns_intake_away_and_lets_the_rest_pass),
	    FAULT(test_failed_journal_ends_the_hub_unanswered),
	    FAULT(test_failed_commit_ends_the_hub_and_loses_nothing),
	    FAULT(test_signal_in_a_failing_turn_commits_nothing),
	    FAULT(test_checkpoint_that_cannot_be_written_waits),
	    FAULT(test_store_that_was_thrown_away_is_noticed),
	    FAULT(test_checkpoint_that_was_thrown_away_is_noticed),
	};

	log_level_set(LOG_LEVEL_ERR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
