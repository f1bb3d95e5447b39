/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/scrub.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "broker/core.h"
#include "consent/audit_check.h"
#include "proto/base/clk.h"
#include "proto/base/file.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* At least so many a turn while anything is due: well under a millisecond. */
#define SHARE_MIN 64
/* And one in so many of what is due, so that no size is too much. */
#define SHARE_PART 256
#define SAVE_MS    ((int64_t)5 * 60 * 1000)
/* A disk that goes would fill the log; the rest is only counted. */
#define SAID_MAX 20
#define HEX_MAX  ((size_t)2 * KV_KEY_MAX)
/* Of a key in a log line: enough to find it. */
#define KEY_SHOWN 16
#define FILE_MAX  (64 * 20 + 2 * KV_KEY_MAX)
#define FILE_MODE 0600

uint64_t
scrub_due(uint64_t total, uint64_t done, int64_t elapsed_ms)
{
	double part =
	    elapsed_ms <= 0 ? 0.0 : (double)elapsed_ms / (double)SCRUB_PASS_MS;
	uint64_t by_now =
	    part >= 1.0 ? total : (uint64_t)((double)total * part);

	return by_now > done ? by_now - done : 0;
}

uint64_t
scrub_share(uint64_t due)
{
	uint64_t share = SHARE_MIN + due / SHARE_PART;

	return due < share ? due : share;
}

/* What one turn does. */
struct turn {
	struct scrub *scrub;
	struct stats *stats;
	struct kv_txn *txn;
};

static void
found(struct turn *turn, const char *where, const char *what)
{
	stats_add(turn->stats, STAT_SCRUB_FINDINGS);
	if (turn->scrub->findings++ < SAID_MAX)
		log_err("SCRUB-FINDING", "%s: %s", where, what);
}

static void
bad_value(void *arg, unsigned table, struct span key)
{
	char hex[2 * KEY_SHOWN + 1];
	char where[96];

	hex_encode(span_of(key.p, key.len < KEY_SHOWN ? key.len : KEY_SHOWN),
	    hex);
	(void)snprintf(where, sizeof(where), "table=%s key=%s",
	    core_table_names[table], hex);
	found(arg, where, "a value does not match its checksum");
}

static void
bad_entry(struct turn *turn, uint64_t index, const char *what)
{
	char where[32];

	(void)snprintf(where, sizeof(where), "entry=%" PRIu64, index);
	found(turn, where, what);
}

static enum wh_err
count_all(struct turn *turn)
{
	uint64_t count = 0, total = 0;
	enum wh_err err = WH_OK;

	for (unsigned table = 0; err == WH_OK && table < CORE_TABLES; table++) {
		err = kv_count(turn->txn, table, &count);
		total += count;
	}
	if (err == WH_OK)
		err = kv_count(turn->txn, TABLE_LOG_LEAF, &count);
	if (err == WH_OK)
		turn->scrub->total = total + count;
	return err;
}

/* A table that cannot be walked on is a finding, and the next one follows. */
static uint64_t
look_at_tables(struct turn *turn, uint64_t max)
{
	struct scrub *scrub = turn->scrub;
	const struct kv_look how = {bad_value, turn};
	uint64_t visited = 0;
	char where[64];
	enum wh_err err =
	    kv_look(turn->txn, &how, max, &scrub->place, &visited);

	if (err == WH_OK)
		return visited;
	if (err != WH_NOT_FOUND) {
		(void)snprintf(where, sizeof(where), "table=%s",
		    core_table_names[scrub->place.table]);
		found(turn, where, "it cannot be read to its end");
		scrub->place.table++;
		scrub->place.key_len = 0;
	}
	scrub->tables_done = scrub->place.table >= CORE_TABLES;
	return visited;
}

/* The next entry; false at the end of the log. */
static bool
look_at_entry(struct turn *turn)
{
	struct scrub *scrub = turn->scrub;
	struct why why = {""};
	struct span leaf;
	uint64_t index = scrub->entry;
	enum wh_err err =
	    audit_leaf_next(turn->txn, scrub->entry, &index, &leaf);

	if (err == WH_NOT_FOUND)
		return false;
	if (err == WH_OK)
		err = audit_check_entry(turn->txn, index, &why);
	if (err != WH_OK)
		bad_entry(turn, index,
		    why.text[0] == '\0' ? wh_err_str(err) : why.text);
	scrub->entry = index + 1;
	return true;
}

static void
begin_pass(struct scrub *scrub, int64_t now_ms)
{
	scrub->place = (struct kv_place){0};
	scrub->entry = 0;
	scrub->done = 0;
	scrub->findings = 0;
	scrub->tables_done = false;
	scrub->began_ms = now_ms;
}

static void
end_pass(struct turn *turn, int64_t now_ms)
{
	struct scrub *scrub = turn->scrub;
	struct why why = {""};

	if (audit_check_heads(turn->txn, &why) != WH_OK)
		found(turn, "head", why.text);
	log_info("SCRUB-PASSED", "records=%" PRIu64 " findings=%" PRIu64,
	    scrub->done, scrub->findings);
	scrub->findings_before = scrub->findings;
	scrub->ended_ms = now_ms;
	begin_pass(scrub, now_ms);
	scrub->saved_ms = 0; /* this is worth keeping at once */
}

static void
look(struct turn *turn, uint64_t share, int64_t now_ms)
{
	struct scrub *scrub = turn->scrub;
	uint64_t before = scrub->done;

	if (!scrub->tables_done)
		scrub->done += look_at_tables(turn, share);
	while (scrub->tables_done && scrub->done - before < share) {
		if (!look_at_entry(turn)) {
			turn->stats->value[STAT_SCRUBBED] +=
			    scrub->done - before;
			end_pass(turn, now_ms);
			return;
		}
		scrub->done++;
	}
	turn->stats->value[STAT_SCRUBBED] += scrub->done - before;
}

/* Its own words; a reader that finds others starts anew. */
#define HEAD "wijkhub scrub 1\n"
#define FORMAT                                                                 \
	HEAD "began %" PRId64 "\nended %" PRId64 "\ndone %" PRIu64             \
	     "\nfindings %" PRIu64 "\nbefore %" PRIu64 "\nentry %" PRIu64      \
	     "\ntable %u\nkey %s\n"

/*
 * Not flushed to the disk: after a power cut it may be gone or torn, and then
 * a pass begins anew, which is better than a flush beside the broker's own.
 */
static bool
put_place(const char *path, const char *text)
{
	char beside[PATH_MAX];
	int fd = -1;
	size_t len = strlen(text);
	bool done = false;

	if (snprintf(beside, sizeof(beside), "%s.new", path) < PATH_MAX)
		fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		    FILE_MODE);
	if (fd < 0)
		return false;
	done = write(fd, text, len) == (ssize_t)len;
	done = close(fd) == 0 && done;
	return done && rename(beside, path) == 0;
}

static void
save(struct scrub *scrub, int64_t now_ms)
{
	char text[FILE_MAX], hex[2 * KV_KEY_MAX + 1];
	unsigned table = scrub->tables_done ? CORE_TABLES : scrub->place.table;

	scrub->saved_ms = now_ms;
	hex_encode(span_of(scrub->place.key, scrub->place.key_len), hex);
	(void)snprintf(text, sizeof(text), FORMAT, scrub->began_ms,
	    scrub->ended_ms, scrub->done, scrub->findings,
	    scrub->findings_before, scrub->entry, table, hex);
	if (!put_place(scrub->path, text))
		log_warn("SCRUB-NOT-KEPT", "%s: %s", scrub->path,
		    strerror(errno));
}

/* "name 123\n", taken off at. */
static bool
take_number(const char **at, const char *name, uint64_t max, uint64_t *out)
{
	size_t len = strlen(name);
	const char *p = *at;
	char *end;

	if (strncmp(p, name, len) != 0 || p[len] != ' ' || p[len + 1] < '0' ||
	    p[len + 1] > '9')
		return false;
	*out = strtoull(p + len + 1, &end, 10);
	if (*end != '\n' || *out > max)
		return false;
	*at = end + 1;
	return true;
}

/* "key 00ff\n", and nothing behind it. */
static bool
take_key(const char *at, struct kv_place *place)
{
	char hex[2 * KV_KEY_MAX + 1];
	size_t len;

	if (strncmp(at, "key ", 4) != 0)
		return false;
	at += 4;
	len = strcspn(at, "\n");
	if (len > HEX_MAX || len % 2 != 0 || strcmp(at + len, "\n") != 0)
		return false;
	memcpy(hex, at, len);
	hex[len] = '\0';
	place->key_len = len / 2;
	return hex_decode(hex, place->key, place->key_len) == WH_OK;
}

static bool
take(struct scrub *scrub, const char *text)
{
	struct scrub read = *scrub;
	uint64_t began = 0, ended = 0, table = 0;

	if (strncmp(text, HEAD, sizeof(HEAD) - 1) != 0)
		return false;
	text += sizeof(HEAD) - 1;
	if (!take_number(&text, "began", INT64_MAX, &began) || began == 0 ||
	    !take_number(&text, "ended", INT64_MAX, &ended) ||
	    !take_number(&text, "done", UINT64_MAX, &read.done) ||
	    !take_number(&text, "findings", UINT64_MAX, &read.findings) ||
	    !take_number(&text, "before", UINT64_MAX, &read.findings_before) ||
	    !take_number(&text, "entry", UINT64_MAX, &read.entry) ||
	    !take_number(&text, "table", CORE_TABLES, &table) ||
	    !take_key(text, &read.place))
		return false;
	read.began_ms = (int64_t)began;
	read.ended_ms = (int64_t)ended;
	read.place.table = (unsigned)table;
	read.tables_done = table == CORE_TABLES;
	*scrub = read;
	return true;
}

void
scrub_open(struct scrub *scrub, struct kv *kv, const char *dir, int64_t now_ms)
{
	uint8_t *text = NULL;
	size_t len;

	*scrub = (struct scrub){.kv = kv, .path = file_path(dir, "scrub")};
	begin_pass(scrub, now_ms);
	scrub->saved_ms = now_ms;
	if (file_read(scrub->path, FILE_MAX, &text, &len, NULL) == WH_OK)
		(void)take(scrub, (const char *)text);
	/* From a clock that was ahead nothing would be due for long. */
	if (scrub->began_ms > now_ms)
		begin_pass(scrub, now_ms);
	mem_free(text);
}

/* How far, for whoever watches. */
static void
show(const struct scrub *scrub, struct stats *stats)
{
	uint64_t total = scrub->total > 0 ? scrub->total : 1;

	stats->value[STAT_SCRUB_PROGRESS] =
	    scrub->done >= total
		? 1000
		: (uint64_t)((double)scrub->done * 1000.0 / (double)total);
	stats->value[STAT_SCRUB_ENDED] = (uint64_t)(scrub->ended_ms / 1000);
}

bool
scrub_turn(struct scrub *scrub, int64_t now_ms, struct stats *stats)
{
	struct turn turn = {.scrub = scrub, .stats = stats};
	int64_t elapsed_ms = now_ms - scrub->began_ms;
	uint64_t due = 0;
	enum wh_err err = kv_begin(scrub->kv, KV_READ_ONLY, &turn.txn);

	if (err == WH_OK)
		err = count_all(&turn);
	if (err == WH_OK) {
		due = scrub_due(scrub->total, scrub->done, elapsed_ms);
		/* What was counted before may be gone: the pass still ends. */
		if (due == 0 && elapsed_ms >= SCRUB_PASS_MS)
			due = 1;
		if (due > 0)
			look(&turn, scrub_share(due), now_ms);
	}
	kv_abort(&turn.txn);
	if (err != WH_OK)
		log_warn("SCRUB-FAILED", "cause=%s", wh_err_str(err));
	show(scrub, stats);
	if (now_ms - scrub->saved_ms >= SAVE_MS)
		save(scrub, now_ms);
	return due > SHARE_MIN;
}

void
scrub_close(struct scrub *scrub, bool keep)
{
	if (scrub->path == NULL)
		return;
	if (keep)
		save(scrub, scrub->saved_ms);
	mem_free(scrub->path);
	*scrub = (struct scrub){0};
}

size_t
scrub_text(const struct scrub *scrub, char *out, size_t size)
{
	char began[CLK_ISO_SIZE], ended[CLK_ISO_SIZE] = "never";
	uint64_t total = scrub->total > 0 ? scrub->total : 1;
	int n;

	clk_iso(scrub->began_ms, began);
	if (scrub->ended_ms != 0)
		clk_iso(scrub->ended_ms, ended);
	n = snprintf(out, size,
	    "scrub %.1f%% of %" PRIu64 " since %s\nscrub-passed %s\n"
	    "scrub-findings %" PRIu64 "\n",
	    scrub->done >= total ? 100.0
				 : 100.0 * (double)scrub->done / (double)total,
	    scrub->total, began, ended,
	    scrub->findings + scrub->findings_before);
	return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}
