/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "consent/audit.h"
#include "ops/ctl/ctl.h"
#include "ops/ctl/export.h"
#include "proto/base/log.h"
#include "tests/broker_hub.h"

/* The export of a large log takes no more memory than that of a small one. */

#define MANY 20000
/* One line of OTLP is 400 kB: what is collected there would show. */
#define GROWTH_MAX_KB 2048

#if defined(__SANITIZE_ADDRESS__)
/* What was given back is to be given back, or it would count here. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "quarantine_size_mb=1:thread_local_quarantine_size_kb=64";
}
#endif

static void
append(struct hub *h, unsigned count)
{
	const struct kv_options options = {.mode = KV_READ_WRITE,
	    .map_bytes = 256 * MIB,
	    .tables = core_table_names,
	    .table_count = CORE_TABLES};
	struct audit_entry entry = {.kind = AUDIT_ACCEPTED,
	    .at_ms = WORLD_NOW_MS,
	    .from = "buurtteam",
	    .to = "wpi",
	    .details = span_str("message=1\ntype=geldzorgen\n")};
	const struct hash seed = {{3}};
	char *path = support_path(h->data, "store");
	struct kv *kv = NULL;
	struct kv_txn *txn = NULL;
	struct audit audit;
	uint64_t index;

	assert_int_equal(kv_open(path, &options, &kv, NULL), WH_OK);
	assert_int_equal(kv_begin(kv, KV_READ_WRITE, &txn), WH_OK);
	assert_int_equal(audit_load(&audit, txn), WH_OK);
	for (unsigned i = 0; i < count; i++) {
		entry.case_ref =
		    (struct id){{1, (uint8_t)(i >> 8), (uint8_t)i}};
		assert_int_equal(audit_append(&audit, txn, &seed, &entry,
				     &index),
		    WH_OK);
	}
	assert_int_equal(kv_commit(&txn), WH_OK);
	kv_close(kv);
	free(path);
}

/* Memory of our own, without the pages of files. */
static long
own_kb(void)
{
	char line[256];
	long kb = -1;
	FILE *file = fopen("/proc/self/status", "re");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, "RssAnon:", 8) == 0)
			kb = strtol(line + 8, NULL, 10);
	(void)fclose(file);
	return kb;
}

static void
in_child(const char *data, const char *format, const char *out)
{
	const char *const words[] = {"wijkhub", "audit", "export", data,
	    "--format", format, NULL};
	long before;
	int status;

	if (freopen(out, "w", stdout) == NULL)
		_exit(99);
	before = own_kb();
	status = ctl_main(6, (char **)(uintptr_t)words);
	(void)fflush(stdout);
	if (status == 0 && own_kb() - before > GROWTH_MAX_KB)
		status = 98;
	(void)syscall(SYS_exit_group, status);
}

static void export(struct hub *h, const char *format, const char *out)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		in_child(h->data, format, out);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static size_t
lines_of(const char *path, size_t *longest)
{
	FILE *file = fopen(path, "re");
	size_t lines = 0, len = 0;
	int c;

	assert_non_null(file);
	*longest = 0;
	while ((c = getc(file)) != EOF) {
		len++;
		if (c != '\n')
			continue;
		lines++;
		*longest = len > *longest ? len : *longest;
		len = 0;
	}
	(void)fclose(file);
	assert_int_equal(len, 0);
	return lines;
}

static void
test_memory_does_not_grow_with_the_log(void **state)
{
	struct hub *h = *state;
	char *out = support_path(h->dir, "out");
	size_t longest;

	hub_start(h);
	loop_close(h->loop);
	h->loop = NULL;
	append(h, MANY);
	export(h, "csv", out);
	assert_int_equal(lines_of(out, &longest), 1 + 1 + MANY);
	export(h, "otlp", out);
	assert_int_equal(lines_of(out, &longest),
	    (1 + MANY + EXPORT_SPANS - 1) / EXPORT_SPANS);
	assert_true(longest < 1024u * 1024);
	free(out);
}

/* What comes from a register or a leaf cannot break out of its place. */
static void
test_quotes_stay_inside(void **state)
{
	struct reg_type type = {.id = "t", .activity = "a"};
	struct reg_activity activity = {.id = "a", .uri = "urn:x,\"y\""};
	const struct wh_register reg = {.covenant = "een \"naam\"",
	    .log_origin = "log\\1",
	    .type_count = 1,
	    .types = &type,
	    .activity_count = 1,
	    .activities = &activity};
	const struct export_entry entry = {.index = 7,
	    .leaf = {.kind = AUDIT_ACCEPTED, .event_id = {{1}}},
	    .type = "t"};
	char *text = NULL;
	size_t len = 0;

	(void)state;
	for (int format = EXPORT_OTLP; format <= EXPORT_CSV; format++) {
		struct export export = {.to = open_memstream(&text, &len),
		    .format = (enum export_format)format,
		    .reg = &reg};
		json_t *json;

		export_begin(&export);
		export_write(&export, &entry);
		export_end(&export);
		assert_int_equal(fclose(export.to), 0);
		if (format == EXPORT_CSV) {
			assert_non_null(strstr(text, ",\"urn:x,\"\"y\"\"\","));
		} else {
			json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
			assert_non_null(json);
			json_decref(json);
			assert_non_null(strstr(text, "urn:x,\\\"y\\\""));
			/* The ids of W3C Trace Context are never all zero. */
			assert_non_null(
			    strstr(text, "\"spanId\":\"0000000000000001\""));
		}
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HUB(test_memory_does_not_grow_with_the_log),
	    cmocka_unit_test(test_quotes_stay_inside),
	};

	log_level_set(LOG_LEVEL_ERR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
