/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/slip.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "adapters/code.h"
#include "adapters/json.h"
#include "adapters/plain.h"
#include "adapters/qr.h"
#include "adapters/question.h"
#include "adapters/template.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

extern const char slip_html[]; /* slip.html */

/* One language of it, in the making. */
struct page {
	const struct slip *slip;
	enum plain_language language;
	const struct plain_words *words;
	json_t *data; /* owned by the list of pages */
	json_t *says; /* what labels may name; owned */
};

static const json_t *
captured(const struct slip *slip)
{
	return json_object_get(slip->consent, "vastgelegd");
}

static const json_t *
taken_home(const struct slip *slip)
{
	return json_object_get(slip->consent, "bewijs");
}

static const char *
name_of(const struct slip *slip, const char *member)
{
	const struct reg_member *found = register_member(slip->reg, member);

	return found == NULL ? member : found->name;
}

static bool
is_over(const struct slip *slip)
{
	return slip->valid_until_ms <= slip->now_ms;
}

/* Does any record still wait to be ended? */
static bool
stands(const struct slip *slip)
{
	for (size_t i = 0; i < slip->record_count; i++) {
		enum permission_event state = slip->records[i].standing.state;

		if (state == PERMISSION_GIVEN || state == PERMISSION_REQUESTED)
			return !is_over(slip);
	}
	return false;
}

/* A text of plain_*.c with its places filled in; a new reference or NULL. */
static json_t *
say(const struct page *page, const char *text)
{
	char *out = NULL;
	json_t *said;
	size_t len;

	if (template_render(text, TEMPLATE_TEXT, page->says, &out, &len) !=
	    WH_OK)
		return NULL;
	said = json_string(out);
	mem_free(out);
	return said;
}

static void
say_date(const struct page *page, int64_t at_ms)
{
	char date[PLAIN_DATE_SIZE];

	plain_date(page->language, at_ms, date);
	json_object_set_new(page->says, "datum", json_string(date));
}

/* What labels name: who, with whom, when, which text. */
static void
set_says(const struct page *page)
{
	const struct slip *slip = page->slip;

	json_object_set_new(page->says, "van",
	    json_string(name_of(slip, slip->member)));
	json_object_set_new(page->says, "door",
	    json_string(json_text(captured(slip), "door")));
	json_object_set_new(page->says, "versie",
	    json_string(QUESTION_VERSION_TEXT));
	say_date(page, slip->made_ms);
}

static void
set_labels(const struct page *page)
{
	bool asks = kind_is_consent(page->slip->kind);
	const struct plain_label *label;

	for (label = page->words->labels; label->name != NULL; label++)
		json_object_set_new(page->data, label->name,
		    say(page, label->text));
	json_object_set(page->data, "titel",
	    json_object_get(page->data,
		asks ? "titelGevraagd" : "titelVerteld"));
	json_object_set(page->data, "kopTekst",
	    json_object_get(page->data, asks ? "kopGevraagd" : "kopVerteld"));
	json_object_set(page->data, "kopEinde",
	    json_object_get(page->data, asks ? "kopStoppen" : "kopAnders"));
	if (!asks)
		json_object_del(page->data, "ja");
}

/* "- one" joins the list that ends the blocks, or begins one. */
static void
add_point(json_t *blocks, const char *text, size_t len)
{
	json_t *last = json_array_get(blocks, json_array_size(blocks) - 1);
	json_t *points =
	    json_object_get(json_object_get(last, "lijst"), "punten");

	if (points == NULL) {
		points = json_array();
		json_array_append_new(blocks,
		    json_pack("{s:{s:o}}", "lijst", "punten", points));
	}
	json_array_append_new(points, json_stringn(text + 2, len - 2));
}

/* Lines of text as paragraphs, those with a dash as one list. */
static json_t *
blocks_of(const char *text)
{
	json_t *blocks = json_array();
	size_t len;

	for (; *text != '\0'; text += len + (text[len] != '\0')) {
		len = strcspn(text, "\n");
		if (len > 2 && strncmp(text, "- ", 2) == 0)
			add_point(blocks, text, len);
		else if (len > 0)
			json_array_append_new(blocks,
			    json_pack("{s:s%}", "regel", text, len));
		else
			json_array_append_new(blocks,
			    json_pack("{s:b}", "streep", 1));
	}
	return blocks;
}

/* The text of this language, and one of their own if that was used. */
static void
set_text(const struct page *page)
{
	const char *text =
	    json_text(json_object_get(taken_home(page->slip), "tekst"),
		page->words->language);
	const char *own = json_text(captured(page->slip), "tekst");
	struct hash hash = hash_span(span_str(text));
	enum plain_language asked = PLAIN_NL;
	char hex[2 * HASH_LEN + 1];

	json_object_set_new(page->data, "blokken", blocks_of(text));
	hex_encode(span_of(hash.b, HASH_LEN), hex);
	json_object_set_new(page->data, "hash", json_string(hex));
	if (own[0] == '\0')
		return;
	(void)plain_parse(json_text(captured(page->slip), "taal"), &asked);
	json_object_set_new(page->data, "eigen",
	    json_pack("{s:s, s:s}", "taal", plain_words(asked)->language,
		"tekst", own));
}

static void
set_capture(const struct page *page)
{
	const json_t *capture = captured(page->slip);
	uint32_t how = CAPTURE_IN_PERSON;

	(void)terms_number(TERMS_CAPTURES, json_text(capture, "hoe"), &how);
	if (!kind_is_consent(page->slip->kind) ||
	    (json_text(capture, "door")[0] == '\0' && how != CAPTURE_ONLINE))
		return;
	json_object_set_new(page->data, "gesprek",
	    say(page, page->words->capture[how]));
}

static json_t *
standing_json(const struct page *page, const struct slip_record *record)
{
	enum permission_event state = record->standing.state;

	say_date(page, record->standing.since_ms);
	if (state == PERMISSION_GIVEN && is_over(page->slip)) {
		say_date(page, page->slip->valid_until_ms);
		state = PERMISSION_EXPIRED;
	} else if (state == PERMISSION_GIVEN && !record->is_confirmed) {
		return json_incref(json_object_get(page->data, "wacht"));
	}
	return say(page, page->words->standing[state]);
}

static void
set_records(const struct page *page)
{
	json_t *list = json_array();

	for (size_t i = 0; i < page->slip->record_count; i++)
		json_array_append_new(list,
		    json_pack("{s:s, s:o}", "naam",
			name_of(page->slip, page->slip->records[i].member),
			"stand", standing_json(page, &page->slip->records[i])));
	json_object_set_new(page->data, "records", list);
}

/* In its groups, which a narrow page may break between. */
static json_t *
groups_of(const char *code)
{
	json_t *groups = json_array();
	size_t len;

	for (; *code != '\0'; code += len) {
		len = strcspn(code, "-");
		len += code[len] == '-';
		json_array_append_new(groups, json_stringn(code, len));
	}
	return groups;
}

static enum wh_err
set_code(const struct page *page)
{
	const char *code = json_text(taken_home(page->slip), "intrekkingscode");
	char scanned[sizeof(CODE_PREFIX) + CODE_TEXT_SIZE];
	unsigned size = 0;
	char *path = NULL;
	enum wh_err err;

	if (!kind_is_consent(page->slip->kind))
		return WH_OK;
	if (!stands(page->slip)) {
		json_object_set_new(page->data, "gestopt", json_true());
		return WH_OK;
	}
	snprintf(scanned, sizeof(scanned), CODE_PREFIX "%s", code);
	err = code[0] == '\0' ? WH_INVALID : qr_path(scanned, &path, &size);
	mem_wipe(scanned, sizeof(scanned));
	if (err != WH_OK)
		return err;
	json_object_set_new(page->data, "code",
	    json_pack("{s:o, s:i, s:s}", "groepen", groups_of(code), "maat",
		(int)size, "pad", path));
	mem_wipe_free(path, strlen(path));
	return WH_OK;
}

/* Line by line; none when there is nothing left to end. */
static enum wh_err
set_ending(const struct page *page)
{
	const struct slip *slip = page->slip;
	json_t *lines;
	char *text = NULL;
	char *line, *rest = NULL;
	enum wh_err err;

	if (!stands(slip))
		return WH_OK;
	err = question_ending(slip->reg, slip->kind, slip->member,
	    page->language, &text);
	if (err != WH_OK)
		return err;
	lines = json_array();
	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		json_array_append_new(lines, json_string(line));
	mem_free(text);
	json_object_set_new(page->data, "einde",
	    json_pack("{s:o}", "regels", lines));
	return WH_OK;
}

static json_t *
areas_json(const struct page *page, const struct reg_member *member)
{
	const struct reg_area *area;
	json_t *list, *more;

	if (member->all_areas)
		return json_incref(json_object_get(page->data, "overal"));
	list = json_string("");
	for (size_t i = 0; i < member->area_count; i++) {
		area = register_area(page->slip->reg, member->areas[i]);
		if (area == NULL)
			continue;
		more = json_sprintf("%s%s%s", json_string_value(list),
		    json_string_length(list) == 0 ? "" : ", ", area->name);
		json_decref(list);
		list = more;
	}
	return list;
}

/* A code is taken at every member that is connected. */
static void
set_desks(const struct page *page)
{
	const struct wh_register *reg = page->slip->reg;
	json_t *list;

	if (!kind_is_consent(page->slip->kind) || !stands(page->slip))
		return;
	list = json_array();
	for (size_t i = 0; i < reg->member_count; i++) {
		const struct reg_member *member = &reg->members[i];

		if (register_key(member, KEY_TRANSPORT, page->slip->now_ms) !=
		    NULL)
			json_array_append_new(list,
			    json_pack("{s:s, s:o}", "naam", member->name,
				"buurten", areas_json(page, member)));
	}
	json_object_set_new(page->data, "waar",
	    json_pack("{s:o}", "leden", list));
}

static enum wh_err
set_page(const struct page *page)
{
	enum wh_err err;

	json_object_set_new(page->data, "taal",
	    json_string(page->words->language));
	json_object_set(page->data, "id",
	    json_object_get(page->slip->consent, "id"));
	set_says(page);
	set_labels(page);
	set_text(page);
	set_capture(page);
	set_records(page);
	set_desks(page);
	err = set_code(page);
	return err == WH_OK ? set_ending(page) : err;
}

static enum wh_err
add_page(const struct slip *slip, enum plain_language language, json_t *pages)
{
	struct page page = {.slip = slip,
	    .language = language,
	    .words = plain_words(language),
	    .data = json_object(),
	    .says = json_object()};
	enum wh_err err;

	json_array_append_new(pages, page.data);
	err = set_page(&page);
	json_decref(page.says);
	return err;
}

/* First the language that was spoken, then the others with a link to each. */
static enum wh_err
add_pages(const struct slip *slip, json_t *all)
{
	enum plain_language first = PLAIN_NL;
	json_t *pages = json_array();
	json_t *links = json_array();
	enum wh_err err;

	json_object_set_new(all, "bladen", pages);
	json_object_set_new(all, "andere", links);
	(void)plain_parse(json_text(captured(slip), "taal"), &first);
	err = add_page(slip, first, pages);
	for (enum plain_language i = 0; err == WH_OK && i < PLAIN_LANGUAGES;
	     i++) {
		if (i == first)
			continue;
		err = add_page(slip, i, pages);
		json_array_append_new(links,
		    json_pack("{s:s, s:O}", "taal", plain_words(i)->language,
			"naam",
			json_object_get(json_array_get(pages,
					    json_array_size(pages) - 1),
			    "taalNaam")));
	}
	json_object_set(all, "taal",
	    json_object_get(json_array_get(pages, 0), "taal"));
	json_object_set(all, "titel",
	    json_object_get(json_array_get(pages, 0), "titel"));
	return err;
}

enum wh_err
slip_write(const struct slip *slip, char **html, size_t *len)
{
	json_t *all = json_object();
	enum wh_err err = add_pages(slip, all);

	if (err == WH_OK)
		err = template_render(slip_html, TEMPLATE_HTML, all, html, len);
	json_decref(all);
	return err;
}

const char *
slip_policy(void)
{
	static char policy[256];
	const char *style = strstr(slip_html, "<style>");
	char base64[BASE64_SIZE(HASH_LEN)];
	struct hash hash;

	if (policy[0] != '\0')
		return policy;
	assert(style != NULL && strstr(style, "</style>") != NULL);
	style += strlen("<style>");
	hash = hash_span(
	    span_of(style, (size_t)(strstr(style, "</style>") - style)));
	base64_encode(span_of(hash.b, HASH_LEN), base64);
	snprintf(policy, sizeof(policy),
	    "default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; "
	    "form-action 'none'; frame-ancestors 'none'",
	    base64);
	return policy;
}
