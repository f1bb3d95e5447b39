/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/witnesses.h"

#include "consent/register_policy.h"
#include "consent/witness.h"
#include "proto/base/mem.h"

struct witness *
witnesses_find(struct witnesses *w, const char *member)
{
	for (size_t i = 0; i < w->count; i++)
		if (strcmp(w->list[i].member, member) == 0)
			return &w->list[i];
	return NULL;
}

static void
add(struct witnesses *w, const struct witness *before, size_t before_count,
    const char *member, const struct note_key *key)
{
	struct witness *witness = &w->list[w->count++];

	*witness = (struct witness){.key = *key};
	(void)str_copy(witness->member, sizeof(witness->member), member);
	for (size_t i = 0; i < before_count; i++)
		if (strcmp(before[i].member, member) == 0 &&
		    memcmp(before[i].key.public_key, key->public_key,
			SIGN_KEY_LEN) == 0)
			*witness = before[i];
}

void
witnesses_register(struct witnesses *w, const struct wh_register *reg,
    int64_t now_ms)
{
	size_t count = w->count;
	struct witness *before = mem_dup(span_of(w->list, sizeof(w->list)));
	struct note_policy *policy = mem_new(sizeof(*policy));

	w->count = 0;
	for (size_t i = 0; i < reg->member_count; i++) {
		const struct reg_member *member = &reg->members[i];
		struct note_key key;

		if (w->count < NOTE_POLICY_WITNESSES_MAX &&
		    witness_key(reg, member, now_ms, &key) == WH_OK)
			add(w, before, count, member->id, &key);
	}
	mem_free(before);
	mem_free(w->policy);
	w->policy = policy;
	if (register_policy(reg, now_ms, policy, NULL) == WH_OK)
		return;
	mem_free(policy);
	w->policy = NULL;
}

void
witnesses_fini(struct witnesses *w)
{
	mem_free(w->policy);
	mem_free(w->note);
	*w = (struct witnesses){0};
}

void
witnesses_checkpoint(struct witnesses *w, const char *note, uint64_t size)
{
	mem_free(w->note);
	w->note = mem_strdup(note);
	w->size = size;
	w->is_quorum = false;
	w->is_news = false;
	for (size_t i = 0; i < w->count; i++) {
		w->list[i].is_cosigned = false;
		w->list[i].request = 0;
		w->list[i].asked = 0;
	}
}

bool
witnesses_due(const struct witnesses *w, const struct witness *witness,
    int64_t mono_ms)
{
	if (w->note == NULL || witness->is_cosigned)
		return false;
	if (witness->asked >= WITNESSES_ASK_MAX || witness->request != 0)
		return mono_ms - witness->asked_mono_ms >= WITNESSES_RETRY_MS;
	return true;
}

uint64_t
witnesses_ask(struct witnesses *w, struct witness *witness, int64_t mono_ms)
{
	witness->request = ++w->requests;
	witness->asked_mono_ms = mono_ms;
	witness->asked++;
	return witness->request;
}

/* Does the last line of this note, and no other, come from the witness? */
static bool
is_by(struct span note, const struct note_key *key)
{
	struct note_signed by = {0};
	struct note parsed;
	size_t count = 0;

	if (note_parse(note, &parsed) != WH_OK ||
	    note_verify(&parsed, key, 1, &by) != WH_OK || !by.valid)
		return false;
	for (size_t i = 0; i < parsed.sig_count; i++)
		count += parsed.sigs[i].key_id == key->id &&
			 span_equal(parsed.sigs[i].name, span_str(key->name));
	return count == 1;
}

enum wh_err
witnesses_take(struct witnesses *w, struct witness *witness, uint64_t request,
    struct span line)
{
	struct note_checkpoint head;
	struct note parsed;
	char *more = NULL;
	size_t lines = 0;

	if (w->note == NULL || request == 0 || request != witness->request)
		return WH_EXISTS;
	witness->request = 0;
	for (size_t i = 0; i < line.len; i++)
		lines += line.p[i] == '\n';
	if (lines != 1 || note_parse(span_str(w->note), &parsed) != WH_OK ||
	    note_make(parsed.text, parsed.lines, line, &more) != WH_OK)
		return WH_CRYPTO;
	if (!is_by(span_str(more), &witness->key)) {
		mem_free(more);
		return WH_CRYPTO;
	}
	mem_free(w->note);
	w->note = more;
	w->is_news = true;
	witness->is_cosigned = true;
	witness->is_heard = true;
	witness->size = w->size;
	w->is_quorum =
	    w->policy != NULL && note_policy_check(w->policy, span_str(w->note),
				     &head, NULL) == WH_OK;
	return WH_OK;
}
