/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/file.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "tests/support.h"

/* What one line gave on stderr; heap. */
static char *
written(enum log_level level, const char *id, const char *text)
{
	char *dir = support_dir_new();
	char *path = support_path(dir, "stderr");
	int kept = dup(STDERR_FILENO);
	uint8_t *bytes = NULL;
	size_t len;

	assert_non_null(freopen(path, "w", stderr));
	log_at(level, id, "%s", text);
	fflush(stderr);
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	close(kept);
	assert_int_equal(file_read(path, 4096, &bytes, &len, NULL), WH_OK);
	free(path);
	support_dir_remove(dir);
	return (char *)bytes;
}

static void
test_a_line_has_priority_program_id_and_values(void **state)
{
	char *line;

	(void)state;
	log_open("wijkhub-broker");
	line = written(LOG_LEVEL_INFO, "REGISTER-LOADED", "version=3");
	assert_string_equal(line,
	    "<6>wijkhub-broker REGISTER-LOADED version=3\n");
	mem_free(line);
	line = written(LOG_LEVEL_ERR, "STOPPED", "");
	assert_string_equal(line, "<3>wijkhub-broker STOPPED\n");
	mem_free(line);
}

static void
test_a_value_cannot_start_a_line_of_its_own(void **state)
{
	char *line;

	(void)state;
	line = written(LOG_LEVEL_WARN, "ODD", "a=1\n<3>forged\x1b[31m\r");
	assert_string_equal(line,
	    "<4>wijkhub-broker ODD a=1 <3>forged [31m \n");
	mem_free(line);
}

static void
test_a_long_line_is_cut_and_still_ends(void **state)
{
	char text[4000];
	char *line;
	size_t len;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	line = written(LOG_LEVEL_ERR, "LONG", text);
	len = strlen(line);
	assert_in_range(len, 1000, 1100);
	assert_int_equal(line[len - 1], '\n');
	mem_free(line);
}

static void
test_lines_below_the_level_are_left_out(void **state)
{
	char *line;

	(void)state;
	log_level_set(LOG_LEVEL_WARN);
	assert_int_equal(log_level_get(), LOG_LEVEL_WARN);
	line = written(LOG_LEVEL_INFO, "QUIET", "");
	assert_string_equal(line, "");
	mem_free(line);
	line = written(LOG_LEVEL_WARN, "LOUD", "");
	assert_non_null(strstr(line, "LOUD"));
	mem_free(line);
	log_level_set(LOG_LEVEL_INFO);
}

static void
test_levels_are_four_words(void **state)
{
	static const char *const words[] = {"err", "warn", "info", "debug"};
	enum log_level level = LOG_LEVEL_INFO;
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++) {
		assert_int_equal(log_level_parse(words[i], &level), WH_OK);
		assert_int_equal(level, i);
	}
	assert_int_equal(log_level_parse("INFO", &level), WH_INVALID);
	assert_int_equal(log_level_parse("", &level), WH_INVALID);
	assert_int_equal(level, LOG_LEVEL_DEBUG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_line_has_priority_program_id_and_values),
	    cmocka_unit_test(test_a_value_cannot_start_a_line_of_its_own),
	    cmocka_unit_test(test_a_long_line_is_cut_and_still_ends),
	    cmocka_unit_test(test_lines_below_the_level_are_left_out),
	    cmocka_unit_test(test_levels_are_four_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
