/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>

#include "consent/note_checkpoint.h"
#include "consent/note_policy.h"
#include "proto/base/mem.h"

/* Notes, checkpoints, keys and policies; what is accepted must come back. */

static void
fuzz_key(struct span bytes)
{
	struct note_key key;
	char text[NOTE_VKEY_SIZE];

	if (note_key_parse(bytes, &key) != WH_OK)
		return;
	note_key_text(&key, text);
	assert(span_equal(span_str(text), bytes));
}

static void
fuzz_checkpoint(struct span text)
{
	struct note_checkpoint checkpoint;
	char *again;

	if (note_checkpoint_parse(text, &checkpoint) != WH_OK)
		return;
	assert(note_checkpoint_text(&checkpoint, &again) == WH_OK);
	assert(span_equal(span_str(again), text));
	mem_free(again);
}

static void
fuzz_note(struct span bytes)
{
	static const char vkey[] =
	    "example.com/log/testdata+33d7b496+"
	    "AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
	struct note note;
	struct note_key key;
	char *again;

	assert(note_key_parse(span_str(vkey), &key) == WH_OK);
	if (note_parse(bytes, &note) != WH_OK)
		return;
	(void)note_verify(&note, &key, 1, NULL);
	fuzz_checkpoint(note.text);
	assert(note_make(note.text, note.lines, span_of(NULL, 0), &again) ==
	       WH_OK);
	assert(span_equal(span_str(again), bytes));
	mem_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct note_policy policy;
	struct note_checkpoint checkpoint;
	struct why why;

	fuzz_note(span_of(data, len));
	fuzz_checkpoint(span_of(data, len));
	fuzz_key(span_of(data, len));
	if (note_policy_parse(span_of(data, len), &policy, &why) == WH_OK)
		(void)note_policy_check(&policy, span_of(data, len),
		    &checkpoint, &why);
	return 0;
}
