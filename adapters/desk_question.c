/* SPDX-License-Identifier: EUPL-1.2 */
#include <string.h>

#include "adapters/desk_state.h"
#include "adapters/json.h"
#include "adapters/question.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* What the resident is asked: into the record, and onto the receipt. */

#define BETWEEN "\n\n" /* two records */

static void
text_add(json_t *texts, const char *language, const char *text)
{
	const char *before = json_text(texts, language);

	json_object_set_new(texts, language,
	    json_sprintf("%s%s%s", before, before[0] == '\0' ? "" : BETWEEN,
		text));
}

/*
 * Of a text of one's own, what is hashed ends with a line that names the other
 * member: a text about one resident would show which records are of one.
 */
static struct hash
own_hash(const char *own, const char *other)
{
	struct span parts[] = {span_str(own), span_str("\n"), span_str(other)};

	return hash_spans(parts, 3);
}

enum wh_err
consent_ask(struct shift *shift, const json_t *captured, struct permission *p,
    json_t *texts)
{
	const struct wh_register *reg = &shift->desk->registry->reg;
	const char *own = json_text(captured, "tekst");
	enum plain_language asked = PLAIN_NL;
	struct hash *hash = arena_alloc(&shift->arena, sizeof(*hash));
	char *text = NULL;
	enum wh_err err = WH_OK;

	if (hash == NULL)
		return WH_TOO_BIG;
	(void)plain_parse(json_text(captured, "taal"), &asked);
	for (enum plain_language i = 0; i < PLAIN_LANGUAGES; i++) {
		err = question_write(reg, p, i, &text);
		if (err != WH_OK)
			return err;
		text_add(texts, plain_words(i)->language, text);
		if (i == asked)
			*hash = hash_span(span_str(text));
		mem_free(text);
	}
	if (own[0] != '\0')
		*hash = own_hash(own, p->to.member);
	p->purpose_version = QUESTION_VERSION;
	p->purpose_language = plain_words(asked)->language;
	p->purpose_text_hash = span_of(hash->b, HASH_LEN);
	return WH_OK;
}

json_t *
consent_text_hashes(const json_t *texts)
{
	json_t *out = json_object();
	char hex[2 * HASH_LEN + 1];
	struct hash hash;
	const char *language;
	json_t *text;

	json_object_foreach((json_t *)(uintptr_t)texts, language, text)
	{
		hash = hash_span(span_str(json_string_value(text)));
		hex_encode(span_of(hash.b, HASH_LEN), hex);
		json_object_set_new(out, language, json_string(hex));
	}
	return out;
}

bool
consent_text_is(const json_t *texts, const json_t *captured)
{
	const char *heard = json_text(captured, "tekstHash");
	enum plain_language asked = PLAIN_NL;
	json_t *hashes;
	bool same;

	if (heard[0] == '\0')
		return true;
	(void)plain_parse(json_text(captured, "taal"), &asked);
	hashes = consent_text_hashes(texts);
	same =
	    strcmp(json_text(hashes, plain_words(asked)->language), heard) == 0;
	json_decref(hashes);
	return same;
}

json_t *
consent_slip(struct shift *shift, const struct permission *p, const char *code,
    json_t *texts)
{
	char *ending = NULL;
	json_t *slip = json_pack("{s:O}", "tekst", texts);

	if (question_ending(&shift->desk->registry->reg, p->kind,
		p->from.member, PLAIN_NL, &ending) == WH_OK)
		json_object_set_new(slip, "uitleg", json_string(ending));
	mem_free(ending);
	if (p->disclosure != DISCLOSURE_IMMEDIATE)
		json_object_set_new(slip, "later", json_true());
	if (kind_is_consent(p->kind))
		json_object_set_new(slip, "intrekkingscode", json_string(code));
	return slip;
}
