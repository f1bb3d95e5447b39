/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/wpi/prose.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "adapters/json.h"
#include "adapters/values.h"
#include "proto/base/mem.h"

void
prose_add(struct prose *prose, const char *format, ...)
{
	va_list args, again;
	int len;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len > 0 && prose->len + (size_t)len >= prose->size) {
		size_t size = 2 * (prose->len + (size_t)len + 1);
		char *heap = mem_new(size);

		if (prose->len > 0)
			memcpy(heap, prose->heap, prose->len);
		mem_wipe_free(prose->heap, prose->size);
		prose->heap = heap;
		prose->size = size;
	}
	if (len > 0)
		prose->len += (size_t)vsnprintf(prose->heap + prose->len,
		    prose->size - prose->len, format, again);
	va_end(again);
}

void
prose_fini(struct prose *prose)
{
	mem_wipe_free(prose->heap, prose->size);
	*prose = (struct prose){.heap = NULL};
}

static const char *
yes(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key)) ? "ja" : "nee";
}

static void
add_tekst(const json_t *section, struct prose *out)
{
	const char *text = json_text(section, "tekst");

	if (text[0] != '\0')
		prose_add(out, "%s%s",
		    out->len == 0 || out->heap[out->len - 1] == '\n' ? "" : " ",
		    text);
}

static void
add_request(const json_t *section, struct prose *out)
{
	add_tekst(section, out);
	if (json_text(section, "doel")[0] != '\0')
		prose_add(out, "%sDoel: %s", out->len == 0 ? "" : "\n",
		    json_text(section, "doel"));
}

static void
add_arrears(const json_t *section, struct prose *out)
{
	const json_t *tried = json_object_get(section, "pogingen");
	json_int_t months =
	    json_integer_value(json_object_get(section, "maanden"));
	char euro[VALUES_CENTS_SIZE];

	values_cents_text(json_integer_value(
			      json_object_get(section, "bedragCenten")),
	    euro);
	prose_add(out, " EUR %s", euro);
	if (months > 0)
		prose_add(out, ", %" JSON_INTEGER_FORMAT " %s", months,
		    months == 1 ? "maand" : "maanden");
	if (json_text(section, "sinds")[0] != '\0')
		prose_add(out, ", sinds %s", json_text(section, "sinds"));
	prose_add(out, ".");
	if (json_is_object(tried))
		prose_add(out,
		    " Persoonlijk contact: %s. Gewezen op hulp: %s."
		    " Schriftelijke herinnering: %s. Aanbod niet geweigerd:"
		    " %s.",
		    yes(tried, "persoonlijkContact"),
		    yes(tried, "gewezenOpHulp"),
		    yes(tried, "schriftelijkeHerinnering"),
		    yes(tried, "aanbodNietGeweigerd"));
	if (json_text(section, "kenmerk")[0] != '\0')
		prose_add(out, " Kenmerk van de melder: %s.",
		    json_text(section, "kenmerk"));
}

static void
add_finance(const json_t *section, struct prose *out)
{
	if (json_is_true(json_object_get(section, "dreigendeOntruiming")))
		prose_add(out, " Dreigende ontruiming.");
	if (json_is_true(json_object_get(section, "dreigendeAfsluiting")))
		prose_add(out, " Dreigende afsluiting.");
	add_tekst(section, out);
}

static void
add_household(const json_t *section, struct prose *out)
{
	const json_t *adults = json_object_get(section, "volwassenen");
	const json_t *children = json_object_get(section, "kinderen");

	if (json_is_integer(adults))
		prose_add(out, " Volwassenen: %" JSON_INTEGER_FORMAT ".",
		    json_integer_value(adults));
	if (json_is_integer(children))
		prose_add(out, " Kinderen: %" JSON_INTEGER_FORMAT ".",
		    json_integer_value(children));
	add_tekst(section, out);
}

static void
add_housing(const json_t *section, struct prose *out)
{
	const json_t *defect;
	size_t i;

	add_tekst(section, out);
	json_array_foreach(json_object_get(section, "gebreken"), i, defect)
	{
		prose_add(out, "\nGebrek: %s", json_text(defect, "soort"));
		if (json_text(defect, "locatie")[0] != '\0')
			prose_add(out, ", %s", json_text(defect, "locatie"));
		if (json_text(defect, "omschrijving")[0] != '\0')
			prose_add(out, ": %s",
			    json_text(defect, "omschrijving"));
	}
}

/* In the order in which somebody who is to call reads them. */
static const struct {
	const char *name;
	const char *label; /* NULL: the text speaks for itself */
	void (*add)(const json_t *section, struct prose *out);
} needs[] = {
    {"REQUEST", NULL, add_request},
    {"ARREARS", "Huurachterstand:", add_arrears},
    {"FINANCE", "Financiën:", add_finance},
    {"HOUSEHOLD", "Huishouden:", add_household},
    {"WORK_EDUCATION", "Werk en opleiding:", add_tekst},
    {"HOUSING", "Huisvesting:", add_housing},
    {"SAFETY", "Veiligheid:", add_tekst},
    {"NUISANCE", "Overlast:", add_tekst},
    {"IDENTITY", "Identiteit:", add_tekst},
    {"BEHAVIOUR", "Houding, gedrag en vaardigheden:", add_tekst},
    {"DAILY_LIFE", "Tijdsbesteding:", add_tekst},
    {"RELATIONSHIPS", "Relaties:", add_tekst},
    {"MENTAL_HEALTH", "Geestelijke gezondheid:", add_tekst},
    {"PHYSICAL_HEALTH", "Lichamelijke gezondheid:", add_tekst},
    {"ADDICTION", "Middelengebruik en verslaving:", add_tekst},
    {"NETWORK", "Sociaal netwerk:", add_tekst},
    {"JUSTICE", "Justitie en politie:", add_tekst},
};

/* Sections of which more is known than is said here. */
static bool
says_all(const json_t *section, void (*add)(const json_t *, struct prose *))
{
	return add != add_tekst ||
	       json_object_size(section) ==
		   (json_object_get(section, "tekst") == NULL ? 0u : 1u);
}

void
prose_need(const json_t *dossier, struct prose *out)
{
	const json_t *sections = json_object_get(dossier, "gegevens");

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		const json_t *section =
		    json_object_get(sections, needs[i].name);

		if (section == NULL)
			continue;
		if (out->len > 0)
			prose_add(out, "\n\n");
		if (needs[i].label != NULL)
			prose_add(out, "%s", needs[i].label);
		needs[i].add(section, out);
		if (!says_all(section, needs[i].add))
			prose_add(out, " (meer in wijkhub %s)",
			    json_text(dossier, "id"));
	}
}
