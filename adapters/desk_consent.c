/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "adapters/api_shape.h"
#include "adapters/code.h"
#include "adapters/desk_state.h"
#include "adapters/json.h"
#include "adapters/kenmerk.h"
#include "adapters/local.h"
#include "adapters/outbox.h"
#include "adapters/question.h"
#include "adapters/relations.h"
#include "consent/disclosure.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* Recording permissions. Ending them: desk_withdraw.c. */

#define NOTICE_VERSION_OWN "eigen"
/* Sealed it takes 29 bytes more, and still fits in the record. */
#define PROFESSIONAL_MAX (REFERENCE_MAX_LEN - 29)
#define DAY_MS           (24ll * 3600 * 1000)

struct consent {
	struct shift shift;
	const json_t *body;
	struct permission permission; /* what all its records share */
	const char *professional;
	json_t *json;  /* owned: as kept */
	json_t *texts; /* owned: what is asked, {"nl", "en"} */
	char code[CODE_TEXT_SIZE];
	struct id consent_id;
	struct desk_result *result;
	bool asks; /* only the question: nothing is recorded */
	bool done;
};

static void
no(struct consent *c, const char *field, const char *text)
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
		no(c, key, "een lijst met ten minste een waarde is nodig");
	return list;
}

static void
read_kind(struct consent *c)
{
	uint32_t kind;

	if (terms_number(TERMS_PERMISSION_KINDS, json_text(c->body, "soort"),
		&kind) != WH_OK)
		no(c, "soort", "onbekend; zie /v1/openapi.json");
	else
		c->permission.kind = (enum permission_kind)kind;
	/* Its ground would be free text that the hub can read. */
	if (c->permission.kind == KIND_VITAL_INTEREST)
		no(c, "soort",
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
			no(c, "typen", "onbekend type; zie GET /v1/typen");
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
			no(c, "categorieen", "onbekende categorie");
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
		no(c, "geldigTot", "is geen datum in de toekomst");
	else if (p->valid_until_ms > c->shift.now_ms + longest)
		no(c, "geldigTot", "is later dan deze soort kan gelden");
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
		no(c, "vastgelegd.tekstVersie",
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
		no(c, "vastgelegd.hoe",
		    "kies IN_PERSON, PHONE, PAPER of ONLINE");
	c->permission.how = (enum capture_how)number;
	c->professional = json_text(captured, "door");
	if (c->professional[0] == '\0' && number != CAPTURE_ONLINE)
		no(c, "vastgelegd.door",
		    "ontbreekt: wie legde dit vast? Alleen bij ONLINE mag het "
		    "weg");
	else if (strlen(c->professional) > PROFESSIONAL_MAX)
		no(c, "vastgelegd.door", "is te lang");
	if (hash[0] == '\0')
		return;
	bytes = arena_alloc(&c->shift.arena, HASH_LEN);
	if (hex_decode(hash, bytes, HASH_LEN) != WH_OK)
		no(c, "vastgelegd.bewijsHash", "is geen SHA-256 in hex");
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
		no(c, "pogingen", "hoort alleen bij DUTY_WITH_OBJECTION");
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
	p->epoch = 1;
	p->captured_by = c->shift.desk->member;
}

/* Who recorded it can be opened by us alone. */
static struct span
seal_professional(struct consent *c, const struct id *permission_id)
{
	uint8_t *sealed = NULL;
	struct span out;
	size_t len;

	if (c->professional == NULL || c->professional[0] == '\0')
		return span_of(NULL, 0);
	vault_seal(c->shift.desk->vault, LOCAL_PERMISSION,
	    span_id(permission_id), span_str(c->professional), &sealed, &len);
	out = arena_dup(&c->shift.arena, span_of(sealed, len));
	mem_free(sealed);
	return out;
}

static enum wh_err
send_record(struct consent *c, const struct permission *p)
{
	struct shift *shift = &c->shift;
	struct standing standing = standing_new(p);
	uint8_t *body = NULL, *whole = NULL;
	size_t body_len, whole_len;
	enum wh_err err;

	err = wire_permission_write(p, &body, &body_len);
	if (err == WH_OK)
		err = wire_sign(&shift->desk->keys.signing,
		    WIRE_DOMAIN_PERMISSION, span_of(body, body_len), &whole,
		    &whole_len);
	if (err == WH_OK)
		err = permits_put(shift->txn, p, &standing, &c->consent_id,
		    span_of(whole, whole_len));
	if (err == WH_OK)
		err = outbox_push(shift->txn, TO_HUB_PERMISSION,
		    &p->permission_id, span_of(whole, whole_len));
	mem_free(body);
	mem_free(whole);
	return err;
}

/* One record for one other party: relations are per pair of members. */
static enum wh_err
make_record(struct consent *c, const char *party, unsigned n)
{
	struct permission p = c->permission;
	struct hash *code_hash =
	    arena_alloc(&c->shift.arena, sizeof(*code_hash));
	struct why why = {""};
	char text[ID_TEXT_SIZE];
	enum reason reason;
	enum wh_err err;

	p.to =
	    (struct party){.member = party, .desk = "", .role = "", .area = ""};
	random_fill(p.permission_id.b, sizeof(p.permission_id.b));
	err = consent_ask(&c->shift, json_object_get(c->body, "vastgelegd"), &p,
	    c->texts);
	if (err == WH_OK && !c->asks)
		err = relations_get(c->shift.txn, c->shift.desk->vault,
		    json_text(c->body, "client"), party, &p.relation_ref);
	if (err != WH_OK)
		return err;
	p.professional = seal_professional(c, &p.permission_id);
	if (kind_is_consent(p.kind)) {
		*code_hash = code_record_hash(c->code, n);
		p.withdrawal_code_hash = span_of(code_hash->b, HASH_LEN);
	}
	reason = permission_check(&c->shift.desk->registry->reg, &p, &why);
	if (reason == REASON_MALFORMED) {
		no(c, "", why.text);
		return WH_OK;
	}
	if (reason != REASON_NONE) {
		c->done = true;
		return result_refused(c->result, reason, why.text);
	}
	if (c->asks)
		return WH_OK;
	err = send_record(c, &p);
	if (err == WH_INVALID || err == WH_TOO_BIG) {
		no(c, "", "de toestemming is niet volledig of te groot");
		return WH_OK;
	}
	id_text(&p.permission_id, text);
	json_array_append_new(json_object_get(c->json, "records"),
	    json_pack("{s:s, s:s, s:s}", "lid", party, "record", text, "status",
		RECORD_OFFERED));
	if (n == 0) {
		c->result->has_wait = true;
		c->result->wait = p.permission_id;
	}
	return err;
}

/* The others, each once: one is a party oneself anyway. */
static unsigned
find_parties(struct consent *c, const char *out[CODE_PARTIES_MAX])
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
			no(c, "partijen", "onbekend lid; zie GET /v1/partners");
			return 0;
		}
		for (n = 0; n < count && strcmp(out[n], id) != 0; n++)
			;
		if (n < count || strcmp(id, c->shift.desk->member) == 0)
			continue;
		if (count == CODE_PARTIES_MAX) {
			no(c, "partijen", "te veel leden in een toestemming");
			return 0;
		}
		out[count++] = id;
	}
	if (count == 0)
		no(c, "partijen", "noem ten minste een ander lid");
	return count;
}

static enum wh_err
make_records(struct consent *c)
{
	const char *parties[CODE_PARTIES_MAX];
	unsigned count = find_parties(c, parties);
	unsigned n;
	enum wh_err err = WH_OK;

	if (c->done)
		return WH_OK;
	code_new(c->code, count);
	for (n = 0; err == WH_OK && !c->done && n < count; n++)
		err = make_record(c, parties[n], n);
	return err;
}

/* What is kept, and what the resident takes home. */
static void
make_json(struct consent *c)
{
	static const char *const kept[] = {"client", "soort", "partijen",
	    "typen", "categorieen", "geldigTot", "vastgelegd", "instrument",
	    "kenmerk", NULL};
	char id[ID_TEXT_SIZE], at[CLK_ISO_SIZE], until[CLK_ISO_SIZE];
	const char *const *key;

	random_fill(c->consent_id.b, sizeof(c->consent_id.b));
	id_text(&c->consent_id, id);
	clk_iso(c->shift.now_ms, at);
	clk_iso(c->permission.valid_until_ms, until);
	c->json = json_pack("{s:s, s:s, s:s, s:[]}", "id", id, "status",
	    "GIVEN", "aangemaakt", at, "records");
	c->texts = json_object();
	for (key = kept; *key != NULL; key++)
		if (json_object_get(c->body, *key) != NULL)
			json_object_set(c->json, *key,
			    json_object_get(c->body, *key));
	json_object_set_new(c->json, "geldigTot", json_string(until));
}

/* The register has changed between asking and recording, or the day has. */
static void
check_heard(struct consent *c)
{
	if (!consent_text_is(c->texts, json_object_get(c->body, "vastgelegd")))
		no(c, "vastgelegd.tekstHash",
		    "is niet van de tekst die nu geldt; vraag haar opnieuw "
		    "op en stel de vraag nog eens");
}

static enum wh_err
make_all(struct consent *c)
{
	static void (*const steps[])(struct consent *) = {read_kind, read_types,
	    read_categories, read_term, read_capture, read_ground, fill_in,
	    make_json};
	size_t i;
	enum wh_err err;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (c->asks && steps[i] == read_capture)
			continue;
		steps[i](c);
		if (c->done)
			return WH_OK;
	}
	/* The attempts come before the record, not before the question. */
	if (c->asks)
		c->permission.attempts =
		    (struct attempts){true, true, true, true};
	err = make_records(c);
	if (err == WH_OK && !c->done)
		check_heard(c);
	return err;
}

/* With what the resident takes home, unless that is for later or too late. */
static void
answer(struct consent *c, enum outcome_kind kind, const json_t *kept)
{
	json_t *view = json_deep_copy(kept);
	json_t *slip = json_object_get(view, "bewijs");

	if (!json_is_true(json_object_get(slip, "later")) &&
	    strcmp(json_text(view, "status"), "GIVEN") == 0)
		json_object_set(view, "ontvangstbewijs", slip);
	c->result->kind = kind;
	c->result->dossier = view;
}

/* The answer was lost: the same kenmerk and content is the same consent. */
static enum wh_err
find_same(struct consent *c)
{
	json_t *kept = NULL;
	struct id id;
	enum wh_err err;

	err = kenmerk_find(c->shift.txn, c->shift.desk->vault, KENMERK_CONSENT,
	    c->body, &id);
	if (err == WH_NOT_FOUND)
		return WH_OK;
	c->done = true;
	if (err == WH_EXISTS)
		return result_no(c->result, OUTCOME_CONFLICT, "kenmerk",
		    "dit kenmerk is gebruikt voor een andere toestemming");
	if (err == WH_OK)
		err = sealed_json_get(c->shift.txn, c->shift.desk->vault,
		    LOCAL_CONSENT, span_id(&id), &kept);
	if (err == WH_OK)
		answer(c, OUTCOME_SAME, kept);
	json_decref(kept);
	return err;
}

static enum wh_err
make_consent(struct consent *c)
{
	enum wh_err err = find_same(c);

	if (err == WH_OK && !c->done)
		err = make_all(c);
	if (err != WH_OK || c->done)
		return err;
	json_object_set_new(c->json, "bewijs",
	    consent_slip(&c->shift, &c->permission, c->code, c->texts));
	err = sealed_json_put(c->shift.txn, c->shift.desk->vault, LOCAL_CONSENT,
	    span_id(&c->consent_id), c->json);
	if (err == WH_OK)
		err = kenmerk_keep(c->shift.txn, c->shift.desk->vault,
		    KENMERK_CONSENT, c->body, &c->consent_id);
	if (err == WH_OK)
		answer(c, OUTCOME_QUEUED, c->json);
	return err;
}

enum wh_err
desk_consent(struct desk *desk, const json_t *body, int64_t now_ms,
    struct desk_result *out)
{
	struct consent c = {.body = body, .result = out};
	enum wh_err err;

	*out = (struct desk_result){0};
	if (desk->registry == NULL)
		return result_no(out, OUTCOME_BUSY, "",
		    "het register is nog niet ontvangen; probeer het later");
	if (!result_shape(out, &shape_consent_new, body))
		return WH_OK;
	err = shift_begin(desk, now_ms, &c.shift);
	if (err == WH_OK)
		err = make_consent(&c);
	if (err == WH_OK && c.done)
		shift_end(&c.shift, WH_REFUSED);
	else
		err = shift_end(&c.shift, err);
	json_decref(c.json);
	json_decref(c.texts);
	mem_wipe(c.code, sizeof(c.code));
	if (err != WH_OK)
		desk_result_fini(out);
	return err;
}

static json_t *
question_json(const struct consent *c)
{
	const struct permission *p = &c->permission;
	char at[CLK_ISO_SIZE];
	json_t *out = json_pack("{s:s, s:O, s:s, s:O, s:o}", "tekstVersie",
	    QUESTION_VERSION_TEXT, "geldigTot",
	    json_object_get(c->json, "geldigTot"), "mededeling",
	    terms_text(TERMS_DISCLOSURES, p->disclosure), "tekst", c->texts,
	    "tekstHash", consent_text_hashes(c->texts));

	if (p->disclosure == DISCLOSURE_DELAYED) {
		clk_iso(p->disclosure_until_ms, at);
		json_object_set_new(out, "mededelenVanaf", json_string(at));
	}
	return out;
}

enum wh_err
desk_question(struct desk *desk, const json_t *body, int64_t now_ms,
    struct desk_result *out)
{
	struct consent c = {.body = body, .result = out, .asks = true};
	enum wh_err err;

	*out = (struct desk_result){0};
	if (desk->registry == NULL)
		return result_no(out, OUTCOME_BUSY, "",
		    "het register is nog niet ontvangen; probeer het later");
	if (!result_shape(out, &shape_question_new, body))
		return WH_OK;
	err = shift_begin(desk, now_ms, &c.shift);
	if (err != WH_OK)
		return err;
	err = make_all(&c);
	if (err == WH_OK && !c.done) {
		out->kind = OUTCOME_READ;
		out->dossier = question_json(&c);
	}
	shift_end(&c.shift, WH_REFUSED);
	json_decref(c.json);
	json_decref(c.texts);
	if (err != WH_OK)
		desk_result_fini(out);
	return err;
}

enum wh_err
desk_consent_get(struct desk *desk, const struct id *consent_id, json_t **out)
{
	struct kv_txn *txn = NULL;
	enum wh_err err;

	err = kv_begin(desk->kv, KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = sealed_json_get(txn, desk->vault, LOCAL_CONSENT,
		    span_id(consent_id), out);
	kv_abort(&txn);
	return err;
}
