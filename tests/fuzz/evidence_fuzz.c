/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/fuzz/fuzz.h"

#include <assert.h>

#include "consent/evidence.h"
#include "consent/witness.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/*
 * What another adapter serves, and a file of evidence: neither is believed
 * before it was checked, and what is read can be written again.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reg_key log_key = {.use = KEY_SIGNING};
	struct wh_register reg = {.log_origin = "example.com/log/testdata",
	    .hub_key_count = 1,
	    .hub_keys = &log_key};
	struct note_checkpoint heads[2];
	struct evidence evidence;
	struct evidence again;
	struct note_key logs[REGISTER_KEYS_MAX];
	char name[EVIDENCE_NAME_SIZE];
	char *text = NULL;
	size_t count;

	/* the key of the log in tests/vectors/tessera_log */
	assert(hex_decode("e1d3bb843784420c1cda9ce9f01232ca"
			  "b7aca371dbcd0d23ea0ee710859244b1",
		   log_key.key, WIRE_KEY_LEN) == WH_OK);
	(void)witness_open(&reg, span_of(data, len), &heads[0]);
	if (evidence_parse(span_of(data, len), &evidence) != WH_OK)
		return 0;
	(void)evidence_name(&evidence, name);
	count = witness_log_keys(&reg, span_str(reg.log_origin), logs);
	(void)evidence_check(&evidence, logs, count, heads, NULL);
	if (evidence_text(&evidence, &text) == WH_OK) {
		assert(evidence_parse(span_str(text), &again) == WH_OK);
		assert(again.kind == evidence.kind);
	}
	mem_free(text);
	return 0;
}
