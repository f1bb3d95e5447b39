/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "adapters/api_shape.h"
#include "adapters/desk_consent.h"
#include "adapters/json.h"
#include "adapters/kenmerk.h"
#include "adapters/local.h"
#include "adapters/outbox.h"
#include "adapters/question.h"
#include "adapters/relations.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* Recording permissions. Ending them: desk_withdraw.c. */

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
		err = shift_sign(shift, WIRE_DOMAIN_PERMISSION,
		    span_of(body, body_len), &whole, &whole_len);
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
		consent_no(c, "", why.text);
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
		consent_no(c, "",
		    "de toestemming is niet volledig of te groot");
		return WH_OK;
	}
	if (err == WH_OK)
		err = consent_derived(c, &p.permission_id);
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

static enum wh_err
make_records(struct consent *c)
{
	const char *parties[CODE_PARTIES_MAX];
	unsigned count = consent_parties(c, parties);
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
	    "kenmerk", "doorverwijzen", "afgeleidVan", NULL};
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
		consent_no(c, "vastgelegd.tekstHash",
		    "is niet van de tekst die nu geldt; vraag haar opnieuw "
		    "op en stel de vraag nog eens");
}

static enum wh_err
make_all(struct consent *c)
{
	enum wh_err err;

	consent_read(c);
	if (c->done)
		return WH_OK;
	err = consent_derive(c);
	if (err != WH_OK || c->done)
		return err;
	make_json(c);
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
