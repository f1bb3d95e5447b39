/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <string.h>

#include "adapters/buurtteam/fhir_draft.h"
#include "adapters/json.h"

/* The section of a category, made when it is not there. */
static json_t *
section(struct fhir_draft *d, enum category category)
{
	const char *name = terms_text(TERMS_CATEGORIES, category);
	json_t *found = json_object_get(d->sections, name);

	if (found == NULL) {
		found = json_object();
		json_object_set_new(d->sections, name, found);
	}
	return found;
}

static void
add_story(json_t *section, const char *more)
{
	char *text = NULL;

	fhir_paragraph(&text, json_text(section, "tekst"));
	fhir_paragraph(&text, more);
	json_set_text(section, "tekst", text);
	fhir_paragraph_free(text);
}

static enum wh_err
not_in_type(struct fhir_draft *d, const char *element, size_t index)
{
	char at[40];

	(void)snprintf(at, sizeof(at), "%s[%zu]", element, index);
	return fhir_draft_refuse(d, "business-rule", FHIR_REQUEST, at,
	    "dit verwijzingstype kent dit leefgebied niet; laat het weg of "
	    "kies een ander type");
}

/* Reasons that are coded go to their own section, the others to the story. */
static enum wh_err
read_reason(struct fhir_draft *d, const json_t *reason, size_t index)
{
	enum category category;
	json_t *to;

	if (fhir_category(reason, &category) != WH_OK) {
		fhir_paragraph(&d->reasons, json_text(reason, "text"));
		if (json_object_get(reason, "extension") != NULL)
			fhir_note(d->notes, fhir_draft_path(d, FHIR_REQUEST),
			    "reasonCode.extension",
			    "zonder leefgebied is er geen plaats voor");
		return WH_OK;
	}
	if (!fhir_draft_allows(d, category) || category == CATEGORY_CONTACT ||
	    category == CATEGORY_ADDRESS || category == CATEGORY_BSN)
		return not_in_type(d, "reasonCode", index);
	to = section(d, category);
	add_story(to, json_text(reason, "text"));
	if (!fhir_extended(json_object_get(reason, "extension"), NULL, to))
		fhir_note(d->notes, fhir_draft_path(d, FHIR_REQUEST),
		    "reasonCode.extension",
		    "onbekende extensies gaan niet mee");
	return WH_OK;
}

static void
tell_notes(struct fhir_draft *d, enum fhir_kind kind)
{
	const json_t *note;
	size_t i;

	json_array_foreach(json_object_get(fhir_draft_resource(d, kind),
			       "note"),
	    i, note) fhir_paragraph(&d->story, json_text(note, "text"));
}

static enum wh_err
read_story(struct fhir_draft *d)
{
	const json_t *reasons =
	    json_object_get(fhir_draft_resource(d, FHIR_REQUEST), "reasonCode");
	const json_t *reason;
	enum wh_err err = WH_OK;
	size_t i;

	json_array_foreach(reasons, i, reason)
	{
		err = read_reason(d, reason, i);
		if (err != WH_OK)
			return err;
	}
	fhir_paragraph(&d->story, d->reasons);
	tell_notes(d, FHIR_REQUEST);
	fhir_paragraph(&d->story,
	    json_text(fhir_draft_resource(d, FHIR_TASK), "description"));
	tell_notes(d, FHIR_TASK);
	return err;
}

/* A leefgebied that has no text of its own has that of the request. */
static enum wh_err
read_leefgebieden(struct fhir_draft *d)
{
	const json_t *concepts =
	    json_object_get(fhir_draft_resource(d, FHIR_REQUEST), "category");
	const json_t *concept;
	enum category category;
	char at[32];
	size_t i;

	json_array_foreach(concepts, i, concept)
	{
		(void)snprintf(at, sizeof(at), "category[%zu]", i);
		if (fhir_code(concept, FHIR_LEEFGEBIED)[0] == '\0') {
			if (fhir_code(concept, FHIR_TYPE)[0] == '\0')
				fhir_note(d->notes,
				    fhir_draft_path(d, FHIR_REQUEST), at,
				    "geen leefgebied of verwijzingstype");
			continue;
		}
		if (fhir_category(concept, &category) != WH_OK)
			return fhir_draft_refuse(d, "code-invalid",
			    FHIR_REQUEST, at,
			    "leefgebieden zijn 01 tot en met 12");
		if (!fhir_draft_allows(d, category))
			return not_in_type(d, "category", i);
		if (json_object_size(section(d, category)) > 0)
			continue;
		if (d->story == NULL)
			return fhir_draft_refuse(d, "required", FHIR_REQUEST,
			    at,
			    "geef in reasonCode een tekst bij dit leefgebied");
		add_story(section(d, category),
		    d->reasons == NULL ? d->story : d->reasons);
		d->told = d->told || d->reasons == NULL;
	}
	return WH_OK;
}

/* Sections that consist of what people tell. */
static const enum category stories[] = {CATEGORY_REQUEST, CATEGORY_HOUSING,
    CATEGORY_NUISANCE, CATEGORY_SAFETY, CATEGORY_FINANCE,
    CATEGORY_WORK_EDUCATION, CATEGORY_IDENTITY, CATEGORY_BEHAVIOUR,
    CATEGORY_DAILY_LIFE, CATEGORY_RELATIONSHIPS, CATEGORY_MENTAL_HEALTH,
    CATEGORY_PHYSICAL_HEALTH, CATEGORY_ADDICTION, CATEGORY_NETWORK,
    CATEGORY_JUSTICE};

/*
 * The whole story goes to what the type requires and nothing else filled;
 * where nothing took it, to REQUEST. It is never dropped.
 */
static enum wh_err
place_story(struct fhir_draft *d)
{
	const char *purpose =
	    json_text(json_object_get(fhir_draft_resource(d, FHIR_REQUEST),
			  "code"),
		"text");

	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		if ((d->required & category_bit(stories[i])) == 0 ||
		    json_text(section(d, stories[i]), "tekst")[0] != '\0')
			continue;
		if (d->story == NULL && purpose[0] == '\0')
			return fhir_draft_refuse(d, "required", FHIR_REQUEST,
			    "reasonCode",
			    "geef een tekst: wat wordt er gevraagd?");
		add_story(section(d, stories[i]),
		    d->story == NULL ? purpose : d->story);
		d->told = true;
	}
	if (d->story != NULL && !d->told) {
		if (!fhir_draft_allows(d, CATEGORY_REQUEST))
			return fhir_draft_refuse(d, "business-rule",
			    FHIR_REQUEST, "reasonCode",
			    "dit type kent geen algemene tekst; geef bij elke "
			    "tekst het leefgebied");
		add_story(section(d, CATEGORY_REQUEST), d->story);
	}
	if (purpose[0] == '\0')
		return WH_OK;
	if (fhir_draft_allows(d, CATEGORY_REQUEST) &&
	    json_object_get(d->sections, "REQUEST") != NULL)
		json_set_text(section(d, CATEGORY_REQUEST), "doel", purpose);
	else
		fhir_note(d->notes, fhir_draft_path(d, FHIR_REQUEST),
		    "code.text", "dit type heeft er geen veld voor");
	return WH_OK;
}

enum wh_err
fhir_need_read(struct fhir_draft *d)
{
	enum wh_err err;

	err = read_story(d);
	if (err == WH_OK)
		err = read_leefgebieden(d);
	return err == WH_OK ? place_story(d) : err;
}
