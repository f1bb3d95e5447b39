/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/politie/map_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "adapters/values.h"
#include "proto/base/mem.h"

#define OBJECT    "JZ:object"
#define SITUATION OBJECT "/ZKN:betreft/ZKN:gerelateerde"
#define PERSON                                                                 \
	OBJECT "/ZKN:heeftBetrekkingOp/ZKN:gerelateerde/ZKN:natuurlijkPersoon"
#define EMPLOYEE                                                               \
	"/ZKN:gerelateerde/ZKN:organisatorischeEenheid/"                       \
	"ZKN:heeftAlsContactpersoon/ZKN:gerelateerde"

static void
grow(struct map_text *text, size_t need)
{
	size_t size = text->size == 0 ? 1024 : text->size;
	char *heap;

	while (size < need)
		size *= 2;
	if (size == text->size)
		return;
	heap = mem_new(size);
	if (text->heap != NULL)
		memcpy(heap, text->heap, text->len + 1);
	mem_wipe_free(text->heap, text->size);
	text->heap = heap;
	text->size = size;
}

void
map_text_add(struct map_text *text, const char *format, ...)
{
	va_list args, again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n >= 0) {
		grow(text, text->len + (size_t)n + 1);
		(void)vsnprintf(text->heap + text->len, (size_t)n + 1, format,
		    again);
		text->len += (size_t)n;
	}
	va_end(again);
}

void
map_text_fini(struct map_text *text)
{
	mem_wipe_free(text->heap, text->size);
	*text = (struct map_text){.heap = NULL};
}

void
map_text_set(json_t *object, const char *key, const char *text)
{
	if (text != NULL)
		json_object_set_new(object, key, json_string(text));
}

const char *
map_text_or(const struct stuf_node *node, const char *path,
    const char *fallback)
{
	const char *text = stuf_text(node, path);

	return text == NULL ? fallback : text;
}

/* "label: text" as a paragraph, when there is text. */
static void
paragraph(struct map_text *out, const char *label, const char *text)
{
	if (text != NULL)
		map_text_add(out, "\n\n%s: %s", label, text);
}

static void
time_paragraph(struct map_text *out, const char *label, const char *digits)
{
	char time[VALUES_TIME_SIZE];

	if (digits != NULL && values_time_from_stuf(digits, time) == WH_OK)
		paragraph(out, label, time);
}

static void
add_reason(const struct stuf_node *root, struct map_text *out)
{
	const struct stuf_node *reason =
	    stuf_at(root, OBJECT "/JZ:redenMelding");

	paragraph(out, "Reden van de melding",
	    stuf_text(reason, "JZ:omschrijving"));
	paragraph(out, "Code van de reden", stuf_text(reason, "JZ:code"));
}

static void
add_questions(const struct stuf_node *root, struct map_text *out)
{
	const struct stuf_node *at =
	    stuf_child(stuf_at(root, SITUATION), "JZ:vraagAntwoord");

	for (; at != NULL; at = stuf_again(at))
		map_text_add(out, "\n\nVraag %s: %s",
		    map_text_or(at, "JZ:vraagCode", ""),
		    map_text_or(at, "JZ:antwoord", "(geen antwoord)"));
}

static void
add_further(const struct stuf_node *root, struct map_text *out)
{
	const struct stuf_node *further =
	    stuf_at(root, OBJECT "/JZ:overigeInformatie");
	const struct stuf_node *url = stuf_child(further, "JZ:url");

	paragraph(out, "Overige informatie",
	    stuf_text(further, "JZ:omschrijving"));
	for (; url != NULL; url = stuf_again(url)) {
		if (stuf_text(url, "") != NULL)
			paragraph(out, "Zie", url->text);
	}
}

static void
add_informed(const struct stuf_node *root, struct map_text *out)
{
	const struct stuf_node *informed =
	    stuf_at(root, OBJECT "/ZKN:heeftBetrekkingOp/ZKN:informering");
	const struct stuf_node *on = stuf_child(informed, "BG:datum");
	char date[VALUES_DATE_SIZE];

	if (on != NULL && !on->is_nil &&
	    values_date_from_stuf(on->text, on->incomplete, date) == WH_OK &&
	    date[0] != '\0')
		paragraph(out, "Geïnformeerd op", date);
	paragraph(out, "Reden niet geïnformeerd",
	    stuf_text(informed, "BG:redenNietGeinformeerd"));
}

/* Languages in the table are in CONTACT; others are told as they came. */
static void
add_language(const struct stuf_node *root, struct map_text *out)
{
	const char *name = stuf_text(root, PERSON "/BG:taal/BG:omschrijving");
	const char *code = stuf_text(root, PERSON "/BG:taal/BG:code");

	if (name != NULL && values_language(name) == NULL)
		paragraph(out, "Taal", name);
	else if (name == NULL)
		paragraph(out, "Code van de taal", code);
}

/* A professional of the police or of the team: whom to call. */
static void
add_employee(const struct stuf_node *root, const char *path, const char *label,
    struct map_text *out)
{
	static const char *const parts[] = {"ZKN:naam", "ZKN:telefoonnummer",
	    "ZKN:emailadres"};
	const struct stuf_node *employee = stuf_at(root, path);
	bool first = true;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *text = stuf_text(employee, parts[i]);

		if (text == NULL)
			continue;
		if (first)
			paragraph(out, label, text);
		else
			map_text_add(out, ", %s", text);
		first = false;
	}
}

/*
 * Organisations by name; of persons only how many: the report is about one
 * person, and the others were not asked.
 */
static void
add_others(const struct stuf_node *root, struct map_text *out)
{
	const struct stuf_node *at = stuf_child(stuf_child(root, OBJECT),
	    "ZKN:heeftAlsOverigBetrokkene");
	unsigned persons = 0;

	for (; at != NULL; at = stuf_again(at)) {
		const char *name = stuf_text(at,
		    "ZKN:gerelateerde/ZKN:organisatorischeEenheid/ZKN:naam");

		if (stuf_at(at, "ZKN:gerelateerde/ZKN:natuurlijkPersoon") !=
		    NULL)
			persons++;
		paragraph(out, "Betrokken organisatie", name);
	}
	if (persons > 0)
		map_text_add(out,
		    "\n\nOverige betrokkenen: %u (opvraagbaar bij de politie)",
		    persons);
}

static void
add_addresses(const struct stuf_node *root, struct map_text *out)
{
	const struct stuf_node *at =
	    stuf_child(stuf_at(root, PERSON), "BG:adres");
	unsigned count = 0;

	for (; at != NULL; at = stuf_again(at))
		count += !at->is_nil;
	if (count > 1)
		map_text_add(out,
		    "\n\nOverige adressen: %u (opvraagbaar bij de politie)",
		    count - 1);
}

void
map_text_story(const struct stuf_node *root, struct map_text *out)
{
	const struct stuf_node *situation = stuf_at(root, SITUATION);
	const char *agencies =
	    stuf_text(situation, "JZ:indicatieInstantiesBetrokken");

	map_text_add(out, "%s",
	    map_text_or(situation, "JZ:omschrijvingZorgelijkeSituatie", ""));
	paragraph(out, "Nadere omschrijving",
	    stuf_text(situation, "JZ:nadereOmschrijving"));
	add_reason(root, out);
	paragraph(out, "Verzoek",
	    stuf_text(root, OBJECT "/JZ:verzoekOmschrijving"));
	add_questions(root, out);
	add_further(root, out);
	if (agencies != NULL)
		paragraph(out, "Andere instanties betrokken",
		    agencies[0] == 'J' ? "ja" : "nee");
	add_others(root, out);
	add_informed(root, out);
	add_language(root, out);
	add_addresses(root, out);
	time_paragraph(out, "Gemeld op",
	    stuf_text(root, OBJECT "/JZ:datumTijdMelding"));
	add_employee(root, OBJECT "/ZKN:heeftAlsInitiator" EMPLOYEE,
	    "Contact bij de politie", out);
	add_employee(root, OBJECT "/ZKN:heeftAlsUitvoerende" EMPLOYEE,
	    "Ter attentie van", out);
}
