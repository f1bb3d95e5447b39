/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_consent.h"
#include "adapters/json.h"
#include "adapters/question.h"
#include "consent/disclosure.h"
#include "proto/base/clk.h"
#include "proto/base/text.h"

/* The body of POST /v1/toestemmingen, into a permission. */

#define NOTICE_VERSION_OWN "eigen"
/* Sealed it takes 29 bytes more, and still fits in the record. */
#define PROFESSIONAL_MAX (REFERENCE_MAX_LEN - 29)
#define DAY_MS           (24ll * 3600 * 1000)

void
consent_no(struct consent *c, const char *field, const char *text)
{
	c->done = true;
	result_no(c->result, OUTCOME_REJECTED, field, "%s", text);
}

/* The shape says that it is a list of words; here it must hold one. */
static const json_t *
list_of(struct consent *c, const char *key)
{
	const json_t *list = json_object_get(c->body, key);

	if (json_array_size(list) == 0)
		consent_no(c, key,
		    "een lijst met ten minste een waarde is nodig");
	return list;
}

static void
read_kind(struct consent *c)
{
	uint32_t kind;

	if (terms_number(TERMS_PERMISSION_KINDS, json_text(c->body, "soort"),
		&kind) != WH_OK)
		consent_no(c, "soort", "onbekend; zie /v1/openapi.json");
	else
		c->permission.kind = (enum permission_kind)kind;
	/* Its ground would be free text that the hub can read. */
	if (c->permission.kind == KIND_VITAL_INTEREST)
		consent_no(c, "soort",
		    "vitaal belang wordt niet vooraf vastgelegd; verwijs met "
		    "het instrument als grondslag");
}

static void
read_types(struct consent *c)
{
	const json_t *list = list_of(c, "typen");
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (register_type(&c->shift.desk->registry->reg,
			json_string_value(item)) == NULL) {
			consent_no(c, "typen",
			    "onbekend type; zie GET /v1/typen");
			return;
		}
		c->permission.types[c->permission.type_count++] =
		    json_string_value(item);
	}
}

static void
read_categories(struct consent *c)
{
	const json_t *list = list_of(c, "categorieen");
	const json_t *item;
	uint32_t number;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (terms_number(TERMS_CATEGORIES, json_string_value(item),
			&number) != WH_OK) {
			consent_no(c, "categorieen", "onbekende categorie");
			return;
		}
		c->permission.categories |= category_bit((enum category)number);
	}
}

/* Until at most as long as the kind lasts, counted from now. */
static void
read_term(struct consent *c)
{
	const char *until = json_text(c->body, "geldigTot");
	int64_t longest =
	    kind_rule(c->permission.kind)->validity_max_days * DAY_MS;
	struct permission *p = &c->permission;

	p->valid_until_ms = c->shift.now_ms + longest;
	if (until[0] != '\0' &&
	    (clk_parse(until, &p->valid_until_ms) != WH_OK ||
		p->valid_until_ms <= c->shift.now_ms))
		consent_no(c, "geldigTot", "is geen datum in de toekomst");
	else if (p->valid_until_ms > c->shift.now_ms + longest)
		consent_no(c, "geldigTot",
		    "is later dan deze soort kan gelden");
	/* The hub's clock may be behind ours. */
	p->valid_from_ms = c->shift.now_ms - SKEW_MAX_MS;
	if (p->valid_until_ms - p->valid_from_ms > longest)
		p->valid_from_ms = p->valid_until_ms - longest;
}

/* Whoever has a text of their own, has versions of their own. */
static void
read_version(struct consent *c, const json_t *captured)
{
	const char *version = json_text(captured, "tekstVersie");
	bool own = json_text(captured, "tekst")[0] != '\0';

	c->permission.notice_version =
	    own ? NOTICE_VERSION_OWN : QUESTION_VERSION_TEXT;
	if (own && version[0] != '\0')
		c->permission.notice_version = version;
	else if (version[0] != '\0' &&
		 strcmp(version, QUESTION_VERSION_TEXT) != 0)
		consent_no(c, "vastgelegd.tekstVersie",
		    "is niet de versie die nu geldt; zie POST "
		    "/v1/toestemmingsvragen");
}

static void
read_capture(struct consent *c)
{
	const json_t *captured = json_object_get(c->body, "vastgelegd");
	const char *how = json_text(captured, "hoe");
	const char *hash = json_text(captured, "bewijsHash");
	uint8_t *bytes;
	uint32_t number = CAPTURE_IN_PERSON;

	read_version(c, captured);
	if (how[0] != '\0' &&
	    terms_number(TERMS_CAPTURES, how, &number) != WH_OK)
		consent_no(c, "vastgelegd.hoe",
		    "kies IN_PERSON, PHONE, PAPER of ONLINE");
	c->permission.how = (enum capture_how)number;
	c->professional = json_text(captured, "door");
	if (c->professional[0] == '\0' && number != CAPTURE_ONLINE)
		consent_no(c, "vastgelegd.door",
		    "ontbreekt: wie legde dit vast? Alleen bij ONLINE mag het "
		    "weg");
	else if (strlen(c->professional) > PROFESSIONAL_MAX)
		consent_no(c, "vastgelegd.door", "is te lang");
	if (hash[0] == '\0')
		return;
	bytes = arena_alloc(&c->shift.arena, HASH_LEN);
	if (hex_decode(hash, bytes, HASH_LEN) != WH_OK)
		consent_no(c, "vastgelegd.bewijsHash",
		    "is geen SHA-256 in hex");
	else
		c->permission.evidence_hash = span_of(bytes, HASH_LEN);
}

static void
read_ground(struct consent *c)
{
	const json_t *attempts = json_object_get(c->body, "pogingen");
	struct permission *p = &c->permission;

	p->instrument = json_text(c->body, "instrument");
	if (p->instrument[0] == '\0' && !kind_is_consent(p->kind) &&
	    p->type_count > 0)
		p->instrument =
		    register_type(&c->shift.desk->registry->reg, p->types[0])
			->instrument;
	p->attempts = (struct attempts){
	    .personal_contact =
		json_is_true(json_object_get(attempts, "persoonlijkContact")),
	    .pointed_to_help =
		json_is_true(json_object_get(attempts, "gewezenOpHulp")),
	    .written_reminder = json_is_true(
		json_object_get(attempts, "schriftelijkeHerinnering")),
	    .offer_not_refused =
		json_is_true(json_object_get(attempts, "aanbodNietGeweigerd")),
	};
	p->break_glass_ground = "";
	if (p->kind != KIND_DUTY_WITH_OBJECTION &&
	    json_object_size(attempts) > 0)
		consent_no(c, "pogingen",
		    "hoort alleen bij DUTY_WITH_OBJECTION");
}

/* What every record says, whoever the other party is. */
static void
fill_in(struct consent *c)
{
	struct permission *p = &c->permission;

	p->schema_version = PERMISSION_SCHEMA;
	p->version = 1;
	p->from = (struct party){.member = c->shift.desk->member,
	    .desk = "",
	    .role = "",
	    .area = ""};
	p->purpose_id = p->types[0];
	disclosure_fill(&c->shift.desk->registry->reg, p);
	p->retention_working_days =
	    c->shift.desk->registry->reg.sections_after_end_working_days;
	p->break_glass_reviewer = "";
	p->onward = json_is_true(json_object_get(c->body, "doorverwijzen"));
	p->epoch = 1;
	p->captured_by = c->shift.desk->member;
}

unsigned
consent_parties(struct consent *c, const char *out[CODE_PARTIES_MAX])
{
	const json_t *parties = list_of(c, "partijen");
	const json_t *party;
	unsigned count = 0, n;
	size_t i;

	json_array_foreach(parties, i, party)
	{
		const char *id = json_string_value(party);

		if (register_member(&c->shift.desk->registry->reg, id) ==
		    NULL) {
			consent_no(c, "partijen",
			    "onbekend lid; zie GET /v1/partners");
			return 0;
		}
		for (n = 0; n < count && strcmp(out[n], id) != 0; n++)
			;
		if (n < count || strcmp(id, c->shift.desk->member) == 0)
			continue;
		if (count == CODE_PARTIES_MAX) {
			consent_no(c, "partijen",
			    "te veel leden in een toestemming");
			return 0;
		}
		out[count++] = id;
	}
	if (count == 0)
		consent_no(c, "partijen", "noem ten minste een ander lid");
	return count;
}

void
consent_read(struct consent *c)
{
	static void (*const steps[])(struct consent *) = {read_kind, read_types,
	    read_categories, read_term, read_capture, read_ground, fill_in};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (c->asks && steps[i] == read_capture)
			continue;
		steps[i](c);
		if (c->done)
			return;
	}
	/* The attempts come before the record, not before the question. */
	if (c->asks)
		c->permission.attempts =
		    (struct attempts){true, true, true, true};
}
