/* SPDX-License-Identifier: EUPL-1.2 */
#include <assert.h>

#include "proto/base/mem.h"
#include "proto/wire_section.h"
#include "tests/fuzz/fuzz.h"

/* What was read can be written, and reads the same again. */
static void
there_and_back(enum category category, const json_t *object)
{
	json_t *again = NULL;
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum wh_err err;

	err = wire_section_write(category, object, &bytes, &len, NULL);
	assert(err == WH_OK && len > 0 && len <= SECTION_MAX);
	err = wire_section_read(category, span_of(bytes, len), &again, NULL);
	assert(err == WH_OK && json_equal(object, again));
	json_decref(again);
	mem_free(bytes);
}

static void
from_bytes(enum category category, struct span body)
{
	struct why why = {""};
	json_t *object = NULL;

	if (wire_section_read(category, body, &object, &why) == WH_OK)
		there_and_back(category, object);
	else
		assert(object == NULL && why.text[0] != '\0');
	json_decref(object);
}

static void
from_json(enum category category, struct span text)
{
	json_t *object =
	    json_loadb((const char *)text.p, text.len, JSON_DECODE_ANY, NULL);
	struct why why = {""};
	json_t *back = NULL;
	uint8_t *bytes = NULL;
	size_t len = 0;

	if (object == NULL)
		return;
	if (wire_section_write(category, object, &bytes, &len, &why) == WH_OK) {
		enum wh_err err = wire_section_read(category,
		    span_of(bytes, len), &back, NULL);

		assert(err == WH_OK);
		there_and_back(category, back);
	} else {
		assert(bytes == NULL && why.text[0] != '\0');
	}
	json_decref(back);
	json_decref(object);
	mem_free(bytes);
}

/* The first byte: the category, and with the high bit set JSON follows. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	enum category category;

	if (len == 0)
		return 0;
	category = (enum category)((data[0] & 0x7f) % (CATEGORY_COUNT + 2));
	if (data[0] & 0x80)
		from_json(category, span_of(data + 1, len - 1));
	else
		from_bytes(category, span_of(data + 1, len - 1));
	return 0;
}
