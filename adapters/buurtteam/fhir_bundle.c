/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/buurtteam/fhir_bundle.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "adapters/json.h"

static const char *const kind_names[FHIR_KINDS] = {"Task", "ServiceRequest",
    "Patient"};

const char *
fhir_kind_name(enum fhir_kind kind)
{
	return kind_names[kind];
}

#define EVERYWHERE "resourceType id meta language identifier extension "

/* Elements that the profile reads, or that say nothing about the resident. */
static const char *const taken[FHIR_KINDS] = {
    EVERYWHERE "status intent priority code description focus for authoredOn "
	       "lastModified requester owner input note",
    EVERYWHERE
    "status intent priority category code subject authoredOn "
    "requester performer locationCode reasonCode supportingInfo note",
    EVERYWHERE "active name telecom gender birthDate address communication",
};

/* The rest of R4: left where it is, and said so. */
static const char *const left[FHIR_KINDS] = {
    "text contained instantiatesCanonical instantiatesUri basedOn "
    "groupIdentifier partOf statusReason businessStatus encounter "
    "executionPeriod performerType location reasonCode reasonReference "
    "insurance relevantHistory restriction output",
    "text contained instantiatesCanonical instantiatesUri basedOn replaces "
    "requisition orderDetail quantityQuantity quantityRatio quantityRange "
    "encounter occurrenceDateTime occurrencePeriod occurrenceTiming "
    "asNeededBoolean asNeededCodeableConcept performerType locationReference "
    "reasonReference insurance specimen bodySite patientInstruction "
    "relevantHistory",
    "text contained deceasedBoolean deceasedDateTime maritalStatus "
    "multipleBirthBoolean multipleBirthInteger photo contact "
    "generalPractitioner managingOrganization link",
};

/* They would change what the rest means. */
static const char refused[] = "implicitRules modifierExtension doNotPerform";

static const char why_left[] = "hoort niet bij dit profiel; niet doorgegeven";

/* A whole word of a list of words. */
static bool
listed(const char *words, const char *word)
{
	size_t len = strlen(word);
	const char *at = words;

	while (len > 0 && (at = strstr(at, word)) != NULL) {
		if ((at == words || at[-1] == ' ') &&
		    (at[len] == ' ' || at[len] == '\0'))
			return true;
		at += len;
	}
	return false;
}

/* What the elements that are read look like; the rest are texts. */
static const char lists[] =
    "identifier extension input note category performer locationCode "
    "reasonCode supportingInfo name telecom address communication";
static const char objects[] = "meta code focus for requester owner subject";

static bool
shape_fits(const char *key, const json_t *value)
{
	if (listed(lists, key))
		return json_is_array(value) && json_array_size(value) > 0;
	if (listed(objects, key))
		return json_is_object(value);
	if (strcmp(key, "active") == 0)
		return json_is_boolean(value);
	return json_is_string(value) && json_string_length(value) > 0;
}

/* Numbers stand in extensions and in rank; all else that is read is text. */
static bool
leaf_fits(const char *key, const json_t *value)
{
	if (json_is_number(value))
		return strncmp(key, "value", 5) == 0 ||
		       strcmp(key, "rank") == 0;
	if (json_is_string(value))
		return json_string_length(value) > 0;
	return json_is_boolean(value);
}

#define DEPTH_MAX 12

static bool /* NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX */
tree_fits(const char *key, const json_t *value, unsigned depth)
{
	const char *name;
	json_t *member;
	size_t i;

	if (depth > DEPTH_MAX)
		return false;
	if (json_is_array(value)) {
		json_array_foreach(value, i, member)
		{
			if (!json_is_null(member) &&
			    !tree_fits(key, member, depth + 1))
				return false;
		}
		return true;
	}
	if (!json_is_object(value))
		return leaf_fits(key, value);
	json_object_foreach((json_t *)(uintptr_t)value, name, member)
	{
		if (!tree_fits(name, member, depth + 1))
			return false;
	}
	return json_object_size(value) > 0;
}

static enum wh_err
check_value(const struct fhir_part *part, const char *key,
    struct fhir_fault *fault)
{
	const json_t *value = json_object_get(part->resource, key);

	if (!shape_fits(key, value) || !tree_fits(key, value, 0))
		return fhir_refuse(fault, "structure", part->path, key,
		    "is leeg of niet van het soort dat FHIR R4 hier heeft");
	return WH_OK;
}

static enum wh_err
check_element(const struct fhir_part *part, enum fhir_kind kind,
    const char *key, json_t *notes, struct fhir_fault *fault)
{
	/* "_birthDate" holds the extensions of "birthDate". */
	const char *name = key[0] == '_' ? key + 1 : key;

	if (listed(refused, name))
		return fhir_refuse(fault, "not-supported", part->path, name,
		    "verandert wat de rest betekent en wordt niet aangenomen");
	if (listed(left[kind], name) ||
	    (key != name && listed(taken[kind], name))) {
		fhir_note(notes, part->path, name, why_left);
		return WH_OK;
	}
	if (listed(taken[kind], name))
		return check_value(part, key, fault);
	return fhir_refuse(fault, "structure", part->path, "",
	    "heeft een element dat deze resource in FHIR R4 niet heeft");
}

static enum wh_err
check_elements(const struct fhir_part *part, enum fhir_kind kind, json_t *notes,
    struct fhir_fault *fault)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)part->resource, key, value)
	{
		enum wh_err err = check_element(part, kind, key, notes, fault);

		if (err != WH_OK)
			return err;
	}
	return WH_OK;
}

/* An element with one of a few words; required, or absent is fine too. */
struct fixed {
	enum fhir_kind kind;
	const char *element;
	bool required;
	const char *words;
	const char *text;
};

static const struct fixed fixed[] = {
    {FHIR_TASK, "status", true, "requested",
	"een nieuwe overdracht heeft status requested"},
    {FHIR_TASK, "intent", true, "order proposal plan",
	"moet order, proposal of plan zijn"},
    {FHIR_TASK, "priority", false, "routine urgent asap stat",
	"moet routine, urgent, asap of stat zijn"},
    {FHIR_REQUEST, "status", true, "active",
	"alleen een actieve aanvraag kan worden overgedragen"},
    {FHIR_REQUEST, "intent", true, "order proposal plan directive",
	"moet order, proposal, plan of directive zijn"},
    {FHIR_REQUEST, "priority", false, "routine urgent asap stat",
	"moet routine, urgent, asap of stat zijn"},
    {FHIR_PATIENT, "gender", false, "male female other unknown",
	"moet male, female, other of unknown zijn"},
};

static enum wh_err
check_fixed(const struct fhir_bundle *bundle, struct fhir_fault *fault)
{
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		const struct fixed *f = &fixed[i];
		const struct fhir_part *part = &bundle->part[f->kind];
		const json_t *value =
		    json_object_get(part->resource, f->element);

		if (value == NULL && !f->required)
			continue;
		if (value == NULL)
			return fhir_refuse(fault, "required", part->path,
			    f->element, f->text);
		if (!json_is_string(value) ||
		    !listed(f->words, json_string_value(value)))
			return fhir_refuse(fault, "code-invalid", part->path,
			    f->element, f->text);
	}
	return WH_OK;
}

struct link {
	enum fhir_kind from;
	const char *element;
	enum fhir_kind to;
	bool required;
	const char *text;
};

static const struct link links[] = {
    {FHIR_TASK, "focus", FHIR_REQUEST, true,
	"moet naar de ServiceRequest in deze Bundle verwijzen"},
    {FHIR_TASK, "for", FHIR_PATIENT, false,
	"moet naar de Patient in deze Bundle verwijzen"},
    {FHIR_REQUEST, "subject", FHIR_PATIENT, true,
	"moet naar de Patient in deze Bundle verwijzen"},
};

/* By its fullUrl, or as "Patient/123". */
static bool
refers(const char *reference, const struct fhir_part *to, enum fhir_kind kind)
{
	const char *name = fhir_kind_name(kind);
	const size_t len = strlen(name);

	assert(to->full_url != NULL); /* read_entries() saw to it */
	if (reference[0] == '\0')
		return false;
	if (strcmp(reference, to->full_url) == 0)
		return true;
	return strncmp(reference, name, len) == 0 && reference[len] == '/' &&
	       reference[len + 1] != '\0' &&
	       strcmp(reference + len + 1, json_text(to->resource, "id")) == 0;
}

static enum wh_err
check_links(const struct fhir_bundle *bundle, struct fhir_fault *fault)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		const struct link *l = &links[i];
		const struct fhir_part *part = &bundle->part[l->from];
		const json_t *value =
		    json_object_get(part->resource, l->element);

		if (value == NULL && !l->required)
			continue;
		if (value == NULL)
			return fhir_refuse(fault, "required", part->path,
			    l->element, l->text);
		if (!refers(json_text(value, "reference"), &bundle->part[l->to],
			l->to))
			return fhir_refuse(fault, "invalid", part->path,
			    l->element, l->text);
	}
	return WH_OK;
}

static enum wh_err
kind_of(const char *name, enum fhir_kind *out)
{
	for (size_t i = 0; i < FHIR_KINDS; i++) {
		if (strcmp(name, kind_names[i]) == 0) {
			*out = (enum fhir_kind)i;
			return WH_OK;
		}
	}
	return WH_NOT_FOUND;
}

static enum wh_err
read_entry(const json_t *entry, size_t index, struct fhir_bundle *out,
    struct fhir_fault *fault)
{
	const json_t *resource = json_object_get(entry, "resource");
	const json_t *request = json_object_get(entry, "request");
	struct fhir_part part = {.resource = resource, .entry = index};
	enum fhir_kind kind = FHIR_TASK;
	char at[48];

	(void)snprintf(at, sizeof(at), "Bundle.entry[%zu]", index);
	(void)snprintf(part.path, sizeof(part.path),
	    "Bundle.entry[%zu].resource", index);
	if (kind_of(json_text(resource, "resourceType"), &kind) != WH_OK)
		return fhir_refuse(fault, "not-supported", part.path, "",
		    "alleen Task, ServiceRequest en Patient worden aangenomen");
	if (out->part[kind].resource != NULL)
		return fhir_refuse(fault, "invariant", part.path, "",
		    "er staat al zo een resource in de Bundle; stuur elke "
		    "verwijzing apart");
	if (strcmp(json_text(request, "method"), "POST") != 0)
		return fhir_refuse(fault, "not-supported", at, "request.method",
		    "alleen POST; een bestaande Task wijzigt u met PUT "
		    "Task/{id}");
	if (strcmp(json_text(request, "url"), fhir_kind_name(kind)) != 0)
		return fhir_refuse(fault, "invalid", at, "request.url",
		    "moet het soort van de resource zijn");
	part.full_url = json_text(entry, "fullUrl");
	out->part[kind] = part;
	return WH_OK;
}

static enum wh_err
read_entries(const json_t *document, struct fhir_bundle *out,
    struct fhir_fault *fault)
{
	const json_t *entries = json_object_get(document, "entry");
	const json_t *entry;
	enum wh_err err;
	size_t i;

	if (strcmp(json_text(document, "resourceType"), "Bundle") != 0)
		return fhir_refuse(fault, "structure", "", "",
		    "dit is geen Bundle");
	if (strcmp(json_text(document, "type"), "transaction") != 0)
		return fhir_refuse(fault, "not-supported", "Bundle", "type",
		    "moet transaction zijn");
	json_array_foreach(entries, i, entry)
	{
		err = read_entry(entry, i, out, fault);
		if (err != WH_OK)
			return err;
	}
	for (i = 0; i < FHIR_KINDS; i++) {
		char text[64];

		if (out->part[i].resource != NULL)
			continue;
		(void)snprintf(text, sizeof(text), "er hoort een %s in",
		    kind_names[i]);
		return fhir_refuse(fault, "required", "Bundle", "entry", text);
	}
	return WH_OK;
}

enum wh_err
fhir_bundle_read(const json_t *document, struct fhir_bundle *out, json_t *notes,
    struct fhir_fault *fault)
{
	struct fhir_bundle bundle = {.part = {{.resource = NULL}}};
	enum wh_err err;

	err = read_entries(document, &bundle, fault);
	for (size_t i = 0; err == WH_OK && i < FHIR_KINDS; i++)
		err = check_elements(&bundle.part[i], (enum fhir_kind)i, notes,
		    fault);
	if (err == WH_OK)
		err = check_fixed(&bundle, fault);
	if (err == WH_OK)
		err = check_links(&bundle, fault);
	if (err == WH_OK)
		*out = bundle;
	return err;
}
