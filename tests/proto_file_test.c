/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "tests/support.h"

struct scene {
	char *dir, *path;
	struct why why;
};

static struct scene
scene_new(const char *name)
{
	char *dir = support_dir_new();

	return (struct scene){.dir = dir, .path = support_path(dir, name)};
}

static void
scene_end(struct scene *s)
{
	free(s->path);
	support_dir_remove(s->dir);
}

static unsigned
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void
test_what_is_written_is_read_with_a_nul_behind_it(void **state)
{
	struct scene s = scene_new("note");
	uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	assert_int_equal(file_write(s.path, span_of("a\0b", 3), 0600, &s.why),
	    WH_OK);
	assert_int_equal(file_read(s.path, 3, &bytes, &len, &s.why), WH_OK);
	assert_int_equal(len, 3);
	assert_memory_equal(bytes, "a\0b\0", 4);
	mem_free(bytes);
	scene_end(&s);
}

static void
test_a_file_is_replaced_whole_and_nothing_stays_beside_it(void **state)
{
	struct scene s = scene_new("note");
	char *beside = support_path(s.dir, "note.new");
	uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	assert_int_equal(file_write(beside, span_str("left by a crash"), 0644,
			     NULL),
	    WH_OK);
	assert_int_equal(file_write(s.path, span_str("longer"), 0600, NULL),
	    WH_OK);
	assert_int_equal(file_write(s.path, span_str("new"), 0600, NULL),
	    WH_OK);
	assert_int_equal(file_read(s.path, 10, &bytes, &len, NULL), WH_OK);
	assert_string_equal((char *)bytes, "new");
	assert_int_equal(access(beside, F_OK), -1);
	mem_free(bytes);
	free(beside);
	scene_end(&s);
}

static void
test_the_mode_is_the_one_asked_for_whatever_the_umask(void **state)
{
	struct scene s = scene_new("note");
	mode_t before = umask(077);

	(void)state;
	assert_int_equal(file_write(s.path, span_str("x"), 0644, NULL), WH_OK);
	assert_int_equal(mode_of(s.path), 0644);
	umask(0);
	assert_int_equal(file_write(s.path, span_str("x"), 0600, NULL), WH_OK);
	assert_int_equal(mode_of(s.path), 0600);
	umask(before);
	scene_end(&s);
}

static void
test_a_file_above_the_bound_is_not_read(void **state)
{
	struct scene s = scene_new("big");
	uint8_t *bytes = NULL;
	size_t len = 42;

	(void)state;
	assert_int_equal(file_write(s.path, span_str("12345"), 0600, NULL),
	    WH_OK);
	assert_int_equal(file_read(s.path, 4, &bytes, &len, &s.why),
	    WH_TOO_BIG);
	assert_non_null(strstr(s.why.text, "big: "));
	assert_null(bytes);
	assert_int_equal(len, 42);
	scene_end(&s);
}

static void
test_what_is_no_file_is_told_from_what_is_not_there(void **state)
{
	struct scene s = scene_new("absent");
	uint8_t *bytes = NULL;
	size_t len;

	(void)state;
	assert_int_equal(file_read(s.path, 10, &bytes, &len, &s.why),
	    WH_NOT_FOUND);
	assert_non_null(strstr(s.why.text, "absent: "));
	assert_int_equal(file_read(s.dir, 10, &bytes, &len, &s.why),
	    WH_INVALID);
	assert_null(bytes);
	scene_end(&s);
}

static void
test_a_write_that_cannot_be_leaves_the_old_file_and_says_why(void **state)
{
	struct scene s = scene_new("folder");
	char *inside = support_path(s.path, "note");

	(void)state;
	assert_int_equal(file_write(inside, span_str("x"), 0600, &s.why),
	    WH_IO);
	assert_non_null(strstr(s.why.text, "No such file"));
	assert_int_equal(file_mkdir(s.path, NULL), WH_OK);
	assert_int_equal(file_write(s.path, span_str("x"), 0600, &s.why),
	    WH_IO);
	assert_non_null(strstr(s.why.text, "Is a directory"));
	assert_int_equal(file_write(inside, span_str("x"), 0600, NULL), WH_OK);
	free(inside);
	scene_end(&s);
}

static void
test_folders_are_made_all_the_way_and_closed_to_others(void **state)
{
	struct scene s = scene_new("a//b/c/");
	char *outer = support_path(s.dir, "a");

	(void)state;
	assert_int_equal(file_mkdir(s.path, &s.why), WH_OK);
	assert_int_equal(mode_of(s.path), 0700);
	assert_int_equal(mode_of(outer), 0700);
	assert_int_equal(file_mkdir(s.path, &s.why), WH_OK);
	assert_int_equal(file_mkdir("/", &s.why), WH_OK);
	free(outer);
	scene_end(&s);
}

static void
test_a_folder_cannot_be_made_where_a_file_is(void **state)
{
	struct scene s = scene_new("note");
	char *inside = support_path(s.path, "folder");

	(void)state;
	assert_int_equal(file_write(s.path, span_str("x"), 0600, NULL), WH_OK);
	assert_int_equal(file_mkdir(s.path, &s.why), WH_IO);
	assert_non_null(strstr(s.why.text, "note: cannot be made"));
	assert_int_equal(file_mkdir(inside, &s.why), WH_IO);
	assert_int_equal(file_mkdir("", &s.why), WH_IO);
	free(inside);
	scene_end(&s);
}

static void
test_only_a_folder_can_be_synced(void **state)
{
	struct scene s = scene_new("note");

	(void)state;
	assert_int_equal(file_sync_dir(s.dir), WH_OK);
	assert_int_equal(file_sync_dir(s.path), WH_IO);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_is_written_is_read_with_a_nul_behind_it),
	    cmocka_unit_test(
		test_a_file_is_replaced_whole_and_nothing_stays_beside_it),
	    cmocka_unit_test(
		test_the_mode_is_the_one_asked_for_whatever_the_umask),
	    cmocka_unit_test(test_a_file_above_the_bound_is_not_read),
	    cmocka_unit_test(
		test_what_is_no_file_is_told_from_what_is_not_there),
	    cmocka_unit_test(
		test_a_write_that_cannot_be_leaves_the_old_file_and_says_why),
	    cmocka_unit_test(
		test_folders_are_made_all_the_way_and_closed_to_others),
	    cmocka_unit_test(test_a_folder_cannot_be_made_where_a_file_is),
	    cmocka_unit_test(test_only_a_folder_can_be_synced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
