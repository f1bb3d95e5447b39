/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/report_impl.h"

#include <stdio.h>

#include "adapters/json.h"
#include "adapters/plain.h"
#include "adapters/report_words.h"
#include "proto/base/text.h"

/* Permissions in a report, with what became of them. */

static void
add_step(json_t *list, const json_t *object, const char *key, const char *text)
{
	int64_t at_ms = report_time_of(object, key);
	char whole[REPORT_TEXT], date[PLAIN_DATE_SIZE];

	if (at_ms == 0)
		return;
	plain_date(PLAIN_NL, at_ms, date);
	snprintf(whole, sizeof(whole), "%s: %s", date, text);
	json_array_append_new(list, report_item_at(at_ms, whole));
}

/* What became of one message, at whom, and on which ground it stays there. */
static void
add_reach(const struct report *r, json_t *list, const json_t *one)
{
	const char *article = json_text(one, "artikel");
	char text[REPORT_TEXT];
	const char *reach;
	uint32_t number;

	if (terms_number(TERMS_REACHES, json_text(one, "bereik"), &number) !=
	    WH_OK)
		return;
	reach = report_reach((enum reach)number);
	if (reach == NULL)
		return;
	snprintf(text, sizeof(text), "%s: %s%s%s%s",
	    report_member_name(r, json_text(one, "aan")), reach,
	    article[0] == '\0' ? "" : " De grond is: ", article,
	    article[0] == '\0' ? "" : ".");
	json_array_append_new(list, report_item_at(0, text));
}

/* What became of it there we do not know, and so we do not say. */
static void
add_departed(const struct report *r, json_t *list, const char *member)
{
	char text[REPORT_TEXT];

	snprintf(text, sizeof(text),
	    "%s: doet niet meer mee met Wijkhub, en liet niet weten wat er met "
	    "uw gegevens is gebeurd. Vraag het daar.",
	    report_member_name(r, member));
	json_array_append_new(list, report_item_at(0, text));
}

static json_t *
consent_history(const struct report *r, const json_t *consent)
{
	const json_t *ending = json_object_get(consent, "intrekking");
	const json_t *gone = json_object_get(ending, "vertrokken");
	json_t *list = json_array();
	json_t *one;
	size_t i;

	add_step(list, consent, "aangemaakt", "dit is met u afgesproken.");
	add_step(list, consent, "vastgelegdOp", "de hub legde het vast.");
	add_step(list, ending, "gevraagd", "u vroeg om te stoppen.");
	add_step(list, ending, "vastgelegd",
	    "de hub legde vast dat het niet meer mag.");
	add_step(list, ending, "doorgevoerd",
	    json_array_size(gone) == 0
		? "iedereen die uw gegevens had, weet dat het niet meer mag."
		: "iedereen die nog meedoet en uw gegevens had, weet dat het "
		  "niet meer mag.");
	json_array_foreach(gone, i, one)
	    add_departed(r, list, json_string_value(one));
	json_array_foreach(json_object_get(ending, "bereik"), i, one)
	    add_reach(r, list, one);
	return list;
}

/* A consent is seen when each of its types may be. */
static bool
consent_seen(struct report *r, const json_t *consent,
    const struct permission *permission, int64_t at_ms)
{
	struct disclosure_view view;
	json_t *type;
	size_t i;

	json_array_foreach(json_object_get(consent, "typen"), i, type)
	{
		if (report_may_see(r, json_string_value(type), permission,
			at_ms, &view))
			continue;
		report_withhold(r, "toestemming", json_text(consent, "id"),
		    json_string_value(type), at_ms, &view);
		return false;
	}
	return true;
}

static void
add_names(struct report *r, const json_t *ids, char *out, size_t size)
{
	size_t len = 0, i;
	json_t *id;

	out[0] = '\0';
	json_array_foreach((json_t *)(uintptr_t)ids, i, id)
	{
		if (len < size)
			len += (size_t)snprintf(out + len, size - len, "%s%s",
			    i == 0 ? "" : ", ",
			    report_member_name(r, json_string_value(id)));
	}
}

void
report_add_consent(struct report *report, const json_t *consent,
    const struct permission *permission)
{
	uint32_t bits =
	    report_category_bits(json_object_get(consent, "categorieen"));
	int64_t at_ms = report_time_of(consent, "aangemaakt");
	char text[REPORT_TEXT], date[PLAIN_DATE_SIZE], names[REPORT_TEXT / 2];
	uint32_t kind = 0;
	json_t *item;

	if (!consent_seen(report, consent, permission, at_ms))
		return;
	(void)terms_number(TERMS_PERMISSION_KINDS, json_text(consent, "soort"),
	    &kind);
	add_names(report, json_object_get(consent, "partijen"), names,
	    sizeof(names));
	plain_date(PLAIN_NL, report_time_of(consent, "geldigTot"), date);
	snprintf(text, sizeof(text), "%s. Het gaat om delen met %s, tot %s.",
	    kind == 0 ? "Een afspraak over delen" : plain_nl.kind[kind], names,
	    date);
	item = report_item_at(at_ms, text);
	json_set_text(item, "id", json_text(consent, "id"));
	json_set_text(item, "status", json_text(consent, "status"));
	json_object_set_new(item, "categorieen", report_categories_code(bits));
	json_object_set_new(item, "gegevens", report_categories_text(bits));
	json_object_set_new(item, "geschiedenis",
	    consent_history(report, consent));
	json_array_append_new(report_list_of(report, "toestemmingen"), item);
}

/* Recorded by another member: what we know is when it ended, and how. */
static json_t *
permit_history(const struct permit *permit)
{
	static const char *const ends[] = {
	    [PERMISSION_REFUSED] = "u zei nee.",
	    [PERMISSION_OBJECTED] = "u maakte bezwaar. Het mag niet meer.",
	    [PERMISSION_WITHDRAWN] = "dit is gestopt. Het mag niet meer.",
	    [PERMISSION_INVALIDATED] = "dit bleek niet geldig. Het mag niet.",
	};
	enum permission_event state = permit->standing.state;
	char text[REPORT_TEXT], date[PLAIN_DATE_SIZE];
	json_t *list = json_array();

	if ((size_t)state >= sizeof(ends) / sizeof(ends[0]) ||
	    ends[state] == NULL)
		return list;
	plain_date(PLAIN_NL, permit->standing.since_ms, date);
	snprintf(text, sizeof(text), "%s: %s", date, ends[state]);
	json_array_append_new(list,
	    report_item_at(permit->standing.since_ms, text));
	return list;
}

void
report_add_permit(struct report *report, const struct permit *permit)
{
	const struct permission *p = &permit->permission;
	const char *type = p->type_count > 0 ? p->types[0] : "";
	char text[REPORT_TEXT], date[PLAIN_DATE_SIZE], id[ID_TEXT_SIZE];
	struct disclosure_view view;
	json_t *item;

	id_text(&p->permission_id, id);
	if (!report_may_see(report, type, p, p->valid_from_ms, &view)) {
		report_withhold(report, "toestemming", id, type,
		    p->valid_from_ms, &view);
		return;
	}
	plain_date(PLAIN_NL, p->valid_until_ms, date);
	snprintf(text, sizeof(text), "%s. %s legde dit vast, tot %s.",
	    plain_nl.kind[p->kind], report_member_name(report, p->captured_by),
	    date);
	item = report_item_at(p->valid_from_ms, text);
	json_set_text(item, "id", id);
	json_set_text(item, "status",
	    terms_text(TERMS_PERMISSION_EVENTS, permit->standing.state));
	json_object_set_new(item, "categorieen",
	    report_categories_code(p->categories));
	json_object_set_new(item, "gegevens",
	    report_categories_text(p->categories));
	json_object_set_new(item, "geschiedenis", permit_history(permit));
	json_array_append_new(report_list_of(report, "toestemmingen"), item);
}
