/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/proto_wire_samples.h"

/*
 * The seeds of the fuzz targets are what we write today: a seed that is
 * refused at the first field finds nothing. After a change of the contract,
 * WIJKHUB_WRITE_SEEDS=1 in the environment writes them anew.
 */
#define CORPUS WH_SOURCE_DIR "/tests/fuzz/corpus"

static void
seed_write(const char *path, struct span bytes)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes.p, 1, bytes.len, file), bytes.len);
	assert_int_equal(fclose(file), 0);
}

static void
seed_check(const char *folder, const char *name, uint8_t *bytes, size_t len)
{
	uint8_t *found = calloc(1, len + 2);
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), CORPUS "/%s", folder);
	if (getenv("WIJKHUB_WRITE_SEEDS") != NULL) {
		(void)mkdir(CORPUS, 0777);
		(void)mkdir(path, 0777);
	}
	snprintf(path, sizeof(path), CORPUS "/%s/%s", folder, name);
	if (getenv("WIJKHUB_WRITE_SEEDS") != NULL)
		seed_write(path, span_of(bytes, len));
	file = fopen(path, "rb");
	if (file == NULL)
		fail_msg("%s is missing", path);
	assert_int_equal(fread(found, 1, len + 1, file), len);
	assert_memory_equal(found, bytes, len);
	fclose(file);
	free(found);
	mem_free(bytes);
}

static void
test_the_seeds_of_frames_are_valid(void **state)
{
	struct from_hub from_hub;
	struct to_hub to_hub;
	uint8_t *bytes = NULL;
	char name[32];
	size_t len = 0;

	(void)state;
	for (size_t n = 0; sample_to_hub(n, &to_hub); n++) {
		snprintf(name, sizeof(name), "frame-%zu", n);
		assert_int_equal(wire_to_hub_write(&to_hub, &bytes, &len),
		    WH_OK);
		seed_check("to_hub", name, bytes, len);
	}
	for (size_t n = 0; sample_from_hub(n, &from_hub); n++) {
		snprintf(name, sizeof(name), "frame-%zu", n);
		assert_int_equal(wire_from_hub_write(&from_hub, &bytes, &len),
		    WH_OK);
		seed_check("from_hub", name, bytes, len);
	}
}

static void
test_the_seeds_of_envelopes_are_valid(void **state)
{
	const struct header headers[] = {sample_header(), sample_header_duty()};
	struct signed_body made = {.signature = {1}, .key_id = {{2}}};
	uint8_t *header_bytes = NULL, *bytes = NULL, *body = NULL;
	struct envelope envelope;
	size_t len = 0;

	(void)state;
	envelope = sample_envelope(&headers[0], 0, &header_bytes);
	assert_int_equal(wire_envelope_write(&envelope, &bytes, &len), WH_OK);
	seed_check("envelope", "bare", bytes, len);
	mem_free(header_bytes);
	envelope = sample_envelope(&headers[1], 2, &header_bytes);
	assert_int_equal(wire_envelope_write(&envelope, &body, &len), WH_OK);
	mem_free(header_bytes);
	made.body = span_of(body, len);
	assert_int_equal(wire_signed_write(&made, &bytes, &len), WH_OK);
	seed_check("envelope", "signed", bytes, len);
	seed_check("envelope", "sections", body, made.body.len);
}

static void
test_the_seeds_of_permissions_are_valid(void **state)
{
	const struct permission all[] = {sample_permission(),
	    sample_permission_vital()};
	struct permission_change change = sample_change();
	uint8_t *bytes = NULL;
	char name[32];
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "permission-%zu", i);
		assert_int_equal(wire_permission_write(&all[i], &bytes, &len),
		    WH_OK);
		seed_check("permission", name, bytes, len);
	}
	assert_int_equal(wire_permission_change_write(&change, &bytes, &len),
	    WH_OK);
	seed_check("permission", "change", bytes, len);
	assert_int_equal(wire_carried_write(&sample_carried, &bytes, &len),
	    WH_OK);
	seed_check("permission", "carried", bytes, len);
}

static void
test_the_seed_of_the_register_is_valid(void **state)
{
	struct wh_register reg = sample_register();
	uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	assert_int_equal(wire_register_write(&reg, &bytes, &len), WH_OK);
	seed_check("register", "small", bytes, len);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_seeds_of_frames_are_valid),
	    cmocka_unit_test(test_the_seeds_of_envelopes_are_valid),
	    cmocka_unit_test(test_the_seeds_of_permissions_are_valid),
	    cmocka_unit_test(test_the_seed_of_the_register_is_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
