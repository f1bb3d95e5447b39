/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_ADAPTERS_CORPORATIE_MAP_H
#define WH_TESTS_ADAPTERS_CORPORATIE_MAP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "proto/wire_section.h"
#include "tests/adapters_corporatie.h"

/* Claims about one document: what it becomes, or why it is refused. */

#define SIGNALERINGEN "/vera/v4/signaleringen"
#define ZAKEN         "/vera/v4/zaken"
#define INCASSOS      "/vera/v4/externe-incassos"

static inline void
expect_json(const json_t *got, const json_t *want)
{
	char *got_text, *want_text;

	if (json_equal(got, want))
		return;
	got_text = json_dumps(got, JSON_INDENT(1) | JSON_SORT_KEYS);
	want_text = json_dumps(want, JSON_INDENT(1) | JSON_SORT_KEYS);
	assert_string_equal(got_text, want_text);
}

/* Every section is what the contract of the hub says it is. */
static inline void
expect_sections(const json_t *body)
{
	json_t *sections = json_object_get(body, "gegevens");
	struct why why = {""};
	const char *name;
	json_t *value;
	uint8_t *bytes;
	uint32_t number;
	size_t len;

	json_object_foreach(sections, name, value)
	{
		assert_int_equal(terms_number(TERMS_CATEGORIES, name, &number),
		    WH_OK);
		if (wire_section_write((enum category)number, value, &bytes,
			&len, &why) != WH_OK)
			fail_msg("%s: %s", name, why.text);
		mem_free(bytes);
	}
}

/* The body that a document makes; the caller's. */
static inline json_t *
mapped_with(const char *const *settings, const char *path, json_t *document)
{
	void *adapter = adapter_open(settings);
	struct action action = take_all(adapter, path, document);
	json_t *body;

	if (action.kind != ACTION_REFERRAL)
		fail_msg("%s: %s", action.field, action.text);
	body = json_incref(action.body);
	expect_sections(body);
	action_fini(&action);
	corporatie_ops.close(adapter);
	return body;
}

static inline json_t *
mapped(const char *path, json_t *document)
{
	return mapped_with(NULL, path, document);
}

static inline void
expect_refused(const char *path, json_t *document, const char *code,
    const char *field)
{
	void *adapter = adapter_open(NULL);
	struct action action = take_all(adapter, path, document);

	assert_int_equal(action.kind, ACTION_REJECT);
	assert_string_equal(action.code, code);
	assert_string_equal(action.field, field);
	assert_true(action.text[0] != '\0');
	action_fini(&action);
	corporatie_ops.close(adapter);
}

static inline const char *
text_at(const json_t *body, const char *a, const char *b)
{
	const char *text =
	    json_string_value(json_object_get(json_object_get(body, a), b));

	return text == NULL ? "" : text;
}

static inline const json_t *
section(const json_t *body, const char *name)
{
	return json_object_get(json_object_get(body, "gegevens"), name);
}

static inline void
expect_sample(const char *path, const char *name)
{
	char file[64];
	json_t *got = mapped(path, sample(name));
	json_t *want;

	(void)snprintf(file, sizeof(file), "%s-referral", name);
	want = sample(file);
	expect_json(got, want);
	json_decref(got);
	json_decref(want);
}

static inline json_t *
zaak_of(const char *soort, const char *detail, const char *consent)
{
	json_t *zaak = sample("vera-zaak");
	json_t *type = json_object_get(zaak, "zaaktype");

	set_code(type, "soort", soort);
	set_code(type, "detailSoort", detail);
	json_object_del(zaak, "kenmerken");
	if (consent != NULL)
		set_attribute(zaak, "wijkhub-toestemming", consent);
	return zaak;
}

#define CONSENT "c0ffee00-0000-4000-8000-000000000001"

#endif
