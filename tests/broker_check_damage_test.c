/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/base/log.h"
#include "tests/broker_check.h"

/* Files that are damaged, lost, or of another version. */

static void
test_flipped_byte_in_the_store_is_found(void **state)
{
	struct hub *h = *state;
	char *store = support_path(h->data, "store/data.mdb");
	const uint8_t *at;
	uint8_t *bytes = NULL;
	size_t len;

	assert_int_equal(file_read(store, 512 * MIB, &bytes, &len, NULL),
	    WH_OK);
	/* In the register, which is whole in one place. */
	at = memmem(bytes, len, "Wildemanbuurt", 13);
	assert_non_null(at);
	bytes[at - bytes] ^= 1;
	assert_int_equal(file_write(store, span_of(bytes, len), 0600, NULL),
	    WH_OK);
	assert_finds(h, "do not match their checksum");
	mem_free(bytes);
	free(store);
}

static void
test_lost_checkpoint_is_found(void **state)
{
	struct hub *h = *state;
	char *path = support_path(h->data, "checkpoint");

	assert_int_equal(unlink(path), 0);
	assert_finds(h, "checkpoint: ");
	free(path);
}

static void
test_damaged_journal_is_found(void **state)
{
	struct hub *h = *state;
	char *path = support_path(h->data, "journal/0000000000000001.wal");
	int fd = open(path, O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "x", 1, 2 * 4096 + 40), 1);
	close(fd);
	free(path);
	assert_finds(h, "is damaged before record");
}

static void
test_lost_journal_is_found(void **state)
{
	struct hub *h = *state;

	support_dir_remove(support_path(h->data, "journal"));
	assert_finds(h, "journal: ");
}

static void
test_store_of_another_version_is_refused(void **state)
{
	struct hub *h = *state;
	struct check_result result;
	struct why why = {""};
	struct surgery s = cut_open(h);

	reshape_permission(s.txn, "\n\x04word\x12\x04sign");
	sew(&s);
	assert_int_equal(check_folder(h->data, note, NULL, &result, &why),
	    WH_UNSUPPORTED);
	assert_non_null(strstr(why.text, "the form of another version"));
	why = (struct why){""};
	assert_int_equal(hub_open(h, &why), WH_UNSUPPORTED);
	assert_non_null(strstr(why.text, "the form of another version"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CHECK(test_flipped_byte_in_the_store_is_found),
	    CHECK(test_lost_checkpoint_is_found),
	    CHECK(test_damaged_journal_is_found),
	    CHECK(test_lost_journal_is_found),
	    CHECK(test_store_of_another_version_is_refused),
	};

	log_level_set(LOG_LEVEL_ERR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
