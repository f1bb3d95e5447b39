/* SPDX-License-Identifier: EUPL-1.2 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/row.h"
#include "ops/ctl/broker_store.h"
#include "ops/ctl/export.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/*
 * The audit log for other systems. A running broker goes on meanwhile: each
 * transaction is short, and what is appended during the export is in it.
 */

#define TXN_ENTRIES 1000

struct options {
	const char *dir;
	const char *out; /* NULL: standard output */
	enum export_format format;
	int64_t since_ms;
	int64_t until_ms;
};

static const struct {
	const char *word;
	enum export_format format;
} formats[] = {{"otlp", EXPORT_OTLP}, {"csv", EXPORT_CSV}};

static error_t
parse_format(struct argp_state *state, const char *word,
    enum export_format *out)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(formats[i].word, word) != 0)
			continue;
		*out = formats[i].format;
		return 0;
	}
	argp_error(state, "'%s' is no format; there are otlp and csv", word);
	return EINVAL;
}

static error_t
parse_time(struct argp_state *state, const char *text, int64_t *out)
{
	if (clk_parse(text, out) != WH_OK)
		argp_error(state,
		    "'%s' is no time; write 2026-09-14 or "
		    "2026-09-14T13:00:00Z",
		    text);
	return 0;
}

static error_t
parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'F':
		return parse_format(state, arg, &options->format);
	case 's':
		return parse_time(state, arg, &options->since_ms);
	case 'u':
		return parse_time(state, arg, &options->until_ms);
	case 'o':
		options->out = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (options->dir != NULL)
			argp_error(state, "one argument too many: %s", arg);
		options->dir = arg;
		return 0;
	case ARGP_KEY_END:
		if (options->dir == NULL)
			argp_error(state, "which broker's folder?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option option_rows[] = {
    {"format", 'F', "otlp|csv", 0, "how [otlp]", 0},
    {"since", 's', "TIME", 0, "entries of this time and later", 0},
    {"until", 'u', "TIME", 0, "entries of before this time", 0},
    {"out", 'o', "FILE", 0, "where [standard output]", 0},
    {0},
};
static const struct argp argp = {.options = option_rows,
    .parser = parse,
    .args_doc = "DIR",
    .doc = "Entries of the audit log as Logboek Dataverwerkingen records "
	   "(OTLP/JSON, one TracesData a line) or as CSV (RFC 4180)."};

/* "type=" in the details, while they are there; else what the referral is. */
static void
find_type(struct kv_txn *txn, uint64_t index, const struct audit_leaf *leaf,
    char type[NAME_MAX_LEN + 1])
{
	static const char key[] = "\ntype=";
	struct case_row row;
	struct audit_detail detail;
	const uint8_t *at = NULL, *end;
	size_t len;

	type[0] = '\0';
	if (audit_detail_get(txn, index, &detail) == WH_OK)
		at = memmem(detail.bytes, detail.len, key, sizeof(key) - 1);
	if (at != NULL) {
		at += sizeof(key) - 1;
		len = (size_t)(detail.bytes + detail.len - at);
		end = memchr(at, '\n', len);
		if (end != NULL && (size_t)(end - at) <= NAME_MAX_LEN) {
			memcpy(type, at, (size_t)(end - at));
			type[end - at] = '\0';
		}
	} else if (!id_is_zero(&leaf->case_ref) &&
		   row_case_get(txn, &leaf->case_ref, &row) == WH_OK) {
		memcpy(type, row.type, sizeof(row.type));
	}
	if (!text_is_slug(type, NAME_MAX_LEN))
		type[0] = '\0';
}

static enum wh_err
write_entry(struct export *export, struct kv_txn *txn, uint64_t index,
    struct span bytes, const struct options *options)
{
	char type[NAME_MAX_LEN + 1];
	struct export_entry entry = {.index = index, .type = type};
	enum wh_err err = audit_leaf_read(bytes, &entry.leaf);

	if (err != WH_OK)
		return WH_CORRUPT;
	if (entry.leaf.at_ms < options->since_ms ||
	    entry.leaf.at_ms >= options->until_ms)
		return WH_OK;
	find_type(txn, index, &entry.leaf, type);
	export_write(export, &entry);
	return ferror(export->to) ? WH_IO : WH_OK;
}

static int
write_all(const struct ctl *ctl, struct broker_store *store,
    struct export *export, const struct options *options)
{
	uint64_t from = 0, index = 0, n;
	struct span leaf;
	enum wh_err err = WH_OK;

	export_begin(export);
	while (err == WH_OK) {
		for (n = 0; err == WH_OK && n < TXN_ENTRIES; n++) {
			err = audit_leaf_next(store->txn, from, &index, &leaf);
			if (err == WH_OK)
				err = write_entry(export, store->txn, index,
				    leaf, options);
			from = index + 1;
		}
		if (err == WH_OK)
			err = broker_store_refresh(store);
	}
	export_end(export);
	if (err == WH_NOT_FOUND)
		return CTL_OK;
	return ctl_fail(ctl, CTL_NO,
	    "after %" PRIu64 " entries, at %" PRIu64 ": %s", export->count,
	    index, wh_err_str(err));
}

/* A file that is there is whole: it gets its name when it is. */
static int
to_file(const struct ctl *ctl, struct broker_store *store,
    struct export *export, const struct options *options)
{
	size_t size = strlen(options->out) + sizeof(".part");
	char *part = mem_new(size);
	int status;

	(void)snprintf(part, size, "%s.part", options->out);
	export->to = fopen(part, "we");
	if (export->to == NULL) {
		status =
		    ctl_fail(ctl, CTL_USAGE, "%s: cannot be written: %m", part);
		mem_free(part);
		return status;
	}
	status = write_all(ctl, store, export, options);
	if (status == CTL_OK &&
	    (fflush(export->to) != 0 || fsync(fileno(export->to)) != 0))
		status = ctl_fail(ctl, CTL_NO, "%s: %m", part);
	if (fclose(export->to) != 0 && status == CTL_OK)
		status = ctl_fail(ctl, CTL_NO, "%s: %m", part);
	if (status == CTL_OK && rename(part, options->out) != 0)
		status = ctl_fail(ctl, CTL_NO, "%s: %m", options->out);
	if (status != CTL_OK)
		(void)unlink(part);
	mem_free(part);
	return status;
}

int
cmd_audit_export(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {.until_ms = INT64_MAX};
	struct broker_store store;
	struct export export = {.to = stdout};
	int status;

	ctl_parse(ctl, &argp, argc, argv, &options);
	ctl->json = false; /* the export has a form of its own */
	status = broker_store_open(ctl, options.dir, &store);
	if (status != CTL_OK)
		return status;
	export.format = options.format;
	export.reg = &store.reg;
	status = options.out == NULL ? write_all(ctl, &store, &export, &options)
				     : to_file(ctl, &store, &export, &options);
	broker_store_close(&store);
	return status;
}
