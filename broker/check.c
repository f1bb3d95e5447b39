/* SPDX-License-Identifier: EUPL-1.2 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "broker/check_state.h"
#include "broker/journal_format.h"
#include "broker/journal_segment.h"
#include "consent/store.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"

/* The folder as a whole: checksums, log, checkpoints, journal. */

#define REGISTER_ARENA_MAX ((size_t)16 * REGISTER_MAX)

void
check_found(struct check *check, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	check->result.findings++;
	check->fn(check->arg, text);
}

struct check_name
check_name(const struct id *id)
{
	struct check_name out;

	id_text(id, out.text);
	return out;
}

struct id
check_id(const uint8_t *p)
{
	struct id id;

	memcpy(id.b, p, sizeof(id.b));
	return id;
}

bool
check_has(struct check *check, enum core_table table, struct span key)
{
	struct span value;

	return kv_peek(check->txn, table, key, &value) == WH_OK;
}

static enum wh_err
open_store(struct check *check, const char *dir, struct why *why)
{
	const struct kv_options options = {
	    .mode = KV_READ_ONLY,
	    .tables = core_table_names,
	    .table_count = CORE_TABLES,
	};
	char *path = file_path(dir, "store");
	enum wh_err err = kv_open(path, &options, &check->kv, why);

	mem_free(path);
	if (err == WH_OK)
		err = kv_begin(check->kv, KV_READ_ONLY, &check->txn);
	if (err == WH_OK)
		err = store_form(check->txn, why);
	return err;
}

static void
check_values(struct check *check)
{
	uint64_t visited = 0, bad = 0;
	enum wh_err err = kv_check(check->kv, &visited, &bad);

	check->result.values = visited;
	if (err != WH_OK)
		check_found(check, "store: cannot be read to its end: %s",
		    wh_err_str(err));
	if (bad > 0)
		check_found(check,
		    "store: %" PRIu64 " of %" PRIu64
		    " values do not match their checksum",
		    bad, visited);
}

/* A number of the core; 0 while there is none. */
static uint64_t
number(struct check *check, const char *name)
{
	struct span value;
	enum wh_err err =
	    kv_peek(check->txn, TABLE_CORE_META, span_str(name), &value);

	if (err == WH_OK && value.len == 8)
		return be64_get(value.p);
	if (err != WH_NOT_FOUND)
		check_found(check, "store: the number %s cannot be read", name);
	return 0;
}

/* False while there is no register, and so no log. */
static bool
read_register(struct check *check)
{
	struct why why = {""};
	struct span bytes;
	enum wh_err err;

	err =
	    kv_peek(check->txn, TABLE_CORE_META, span_str("register"), &bytes);
	if (err == WH_NOT_FOUND)
		return false;
	if (err == WH_OK)
		err = register_read(&check->arena, bytes, NULL, &check->reg,
		    &why);
	if (err == WH_OK)
		return true;
	check_found(check, "register: cannot be read: %s",
	    why.text[0] == '\0' ? wh_err_str(err) : why.text);
	return false;
}

static enum wh_err
compare(struct check *check, const char *dir, struct why *why)
{
	char *second = file_path(dir, "checkpoint");
	struct note_key keys[REGISTER_KEYS_MAX];
	size_t count = register_log_keys(&check->reg, 0, keys);
	enum wh_err err =
	    audit_checkpoint_compare(check->txn, second, keys, count, why);

	mem_free(second);
	return err;
}

/*
 * A running broker may have written a checkpoint since this transaction
 * began: then the store of now has it too.
 */
static void
check_checkpoint(struct check *check, const char *dir)
{
	struct why why = {""};
	enum wh_err err = compare(check, dir, &why);

	if (err != WH_OK) {
		kv_abort(&check->txn);
		err = kv_begin(check->kv, KV_READ_ONLY, &check->txn);
		if (err == WH_OK)
			err = compare(check, dir, &why);
	}
	if (err != WH_OK)
		check_found(check, "checkpoint: %s",
		    why.text[0] == '\0' ? wh_err_str(err) : why.text);
}

static void
check_log(struct check *check)
{
	struct why why = {""};
	struct hash root;
	struct audit audit = {0};
	uint64_t size = 0, bad = 0, entries = 0;
	enum wh_err err = audit_verify(check->txn, &size, &root, &bad, &why);

	if (err != WH_OK)
		check_found(check, "log: entry %" PRIu64 ": %s", bad,
		    why.text[0] == '\0' ? wh_err_str(err) : why.text);
	/* What is wrong with these was found just now. */
	(void)audit_load(&audit, check->txn);
	(void)kv_count(check->txn, TABLE_LOG_LEAF, &entries);
	check->result.entries = entries;
	check->log_next = audit_next(&audit);
}

/* Records of one segment; what follows one another has no gap. */
static void
check_segment(struct check *check, const struct segment *segment,
    uint64_t *last)
{
	struct command commands[BATCH_MAX];
	struct journal_record record;
	struct why why = {""};
	uint8_t *bytes = NULL;
	size_t len, at = JOURNAL_BLOCK;

	if (segment_read(segment, &bytes, &len, &why) != WH_OK) {
		check_found(check, "journal: %s", why.text);
		return;
	}
	while (at < len && journal_decode(span_of(bytes + at, len - at),
			       &segment->mark, commands, &record) == WH_OK) {
		if (*last != 0 && record.seq != *last + 1 &&
		    record.seq != *last)
			check_found(check,
			    "journal: record %" PRIu64 " comes after %" PRIu64,
			    record.seq, *last);
		*last = record.seq;
		check->result.records++;
		at += journal_record_size(record.commands, record.count);
	}
	for (; at < len; at += JOURNAL_BLOCK)
		if (journal_decode(span_of(bytes + at, len - at),
			&segment->mark, commands, &record) == WH_OK) {
			check_found(check,
			    "journal: segment %" PRIu64
			    " is damaged before record %" PRIu64,
			    segment->number, record.seq);
			break;
		}
	mem_free(bytes);
}

static void
check_journal(struct check *check, const char *dir)
{
	char *path = file_path(dir, "journal");
	struct segments segments;
	struct why why = {""};
	uint64_t last = 0;
	size_t i;

	/* On failure it has released what it opened. */
	if (segments_read(&segments, path, &why) == WH_OK) {
		for (i = 0; i < segments.count; i++)
			check_segment(check, &segments.list[i], &last);
		segments_close(&segments);
	} else {
		check_found(check, "journal: %s", why.text);
	}
	mem_free(path);
	if (last < check->seq)
		check_found(check,
		    "journal: ends at record %" PRIu64
		    ", the store has applied %" PRIu64,
		    last, check->seq);
}

enum wh_err
check_folder(const char *dir, check_fn *found, void *arg,
    struct check_result *out, struct why *why)
{
	struct check check = {.fn = found, .arg = arg};
	enum wh_err err;

	arena_init(&check.arena, REGISTER_ARENA_MAX);
	err = open_store(&check, dir, why);
	if (err == WH_OK) {
		check_values(&check);
		if (read_register(&check))
			check_checkpoint(&check, dir);
		check.seq = number(&check, "seq");
		check.delivery = number(&check, "delivery");
		check_log(&check);
		check_rows(&check);
		check_journal(&check, dir);
		*out = check.result;
	}
	kv_abort(&check.txn);
	kv_close(check.kv);
	arena_fini(&check.arena);
	return err;
}
