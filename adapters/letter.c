/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_state.h"
#include "adapters/json.h"
#include "adapters/outbox.h"
#include "adapters/seal.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/wire_section.h"

/* An envelope, from JSON sections to sealed and signed bytes in the outbox. */

/* How long a message may wait for a recipient that is away. */
#define EXPIRES_MS (30ll * 24 * 3600 * 1000)

uint32_t
sections_categories(const json_t *sections, const char **unknown)
{
	uint32_t bits = 0, number;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)sections, key, value)
	{
		if (terms_number(TERMS_CATEGORIES, key, &number) == WH_OK)
			bits |= category_bit((enum category)number);
		else if (unknown != NULL)
			*unknown = key;
	}
	return bits;
}

json_t *
sections_take(const json_t *sections, uint32_t categories)
{
	json_t *out = json_object();
	const char *key;
	json_t *value;
	uint32_t number;

	json_object_foreach((json_t *)(uintptr_t)sections, key, value)
	{
		if (terms_number(TERMS_CATEGORIES, key, &number) == WH_OK &&
		    (categories & category_bit((enum category)number)) != 0)
			json_object_set(out, key, value);
	}
	return out;
}

enum wh_err
letter_ground(const json_t *ground, struct ground *out)
{
	const json_t *attempts = json_object_get(ground, "pogingen");
	const char *permission = json_text(ground, "record");
	uint32_t kind;

	*out = (struct ground){
	    .instrument = json_text(ground, "instrument"),
	    .decision = json_text(ground, "besluit"),
	    .attempts =
		{
		    .personal_contact = json_is_true(
			json_object_get(attempts, "persoonlijkContact")),
		    .pointed_to_help = json_is_true(
			json_object_get(attempts, "gewezenOpHulp")),
		    .written_reminder = json_is_true(
			json_object_get(attempts, "schriftelijkeHerinnering")),
		    .offer_not_refused = json_is_true(
			json_object_get(attempts, "aanbodNietGeweigerd")),
		},
	};
	if (terms_number(TERMS_PERMISSION_KINDS, json_text(ground, "soort"),
		&kind) != WH_OK)
		return WH_INVALID;
	out->kind = (enum permission_kind)kind;
	out->has_permission = permission[0] != '\0';
	if (out->has_permission)
		out->instrument = "";
	return out->has_permission ? id_parse(permission, &out->permission_id)
				   : WH_OK;
}

enum wh_err
letter_header(struct shift *shift, const json_t *dossier,
    enum referral_event event, struct header *out)
{
	bool sender = dossier_actor(dossier) == ACTOR_SENDER;
	const json_t *from = json_object_get(dossier, "van");
	const json_t *to = json_object_get(dossier, "naar");
	struct header h = {.event = event};
	uint8_t random[10];
	enum wh_err err;

	random_fill(random, sizeof(random));
	h.message_id = id_v7(shift->now_ms, random);
	h.from_member = json_text(sender ? from : to, "lid");
	h.from_desk = json_text(sender ? from : to, "desk");
	h.to_member = json_text(sender ? to : from, "lid");
	h.to_desk = json_text(sender ? to : from, "desk");
	h.type = json_text(dossier, "type");
	h.area = json_text(dossier, "buurt");
	h.created_ms = shift->now_ms;
	h.expires_ms = shift->now_ms + EXPIRES_MS;
	h.no_automatic_notice =
	    json_is_true(json_object_get(dossier, "nietAutomatischBerichten"));
	h.urgent = strcmp(json_text(dossier, "urgentie"), "spoed") == 0;
	h.epoch =
	    (uint64_t)json_integer_value(json_object_get(dossier, "epoch"));
	err = id_parse(json_text(dossier, "id"), &h.case_ref);
	if (err == WH_OK)
		err = id_parse(json_text(dossier, "relatie"), &h.relation_ref);
	if (err == WH_OK)
		err = letter_ground(json_object_get(dossier, "grondslag"),
		    &h.ground);
	if (err == WH_OK)
		*out = h;
	return err;
}

enum wh_err
letter_decide(struct shift *shift, const struct letter *letter, bool feedback,
    enum reason *reason, struct why *why)
{
	return letter_decide_on(shift, &letter->header,
	    sections_categories(letter->sections, NULL), feedback, reason, why);
}

/* Another record of the same ground does not undo an objection. */
static enum wh_err
prefer_objection(struct shift *shift, struct permit *permit)
{
	struct permit on_file;
	enum wh_err err;

	err = permits_by_ground(shift->txn, &shift->arena,
	    &permit->permission.relation_ref, permit->permission.instrument,
	    &on_file);
	if (err == WH_OK && on_file.standing.state == PERMISSION_OBJECTED)
		permit->standing = on_file.standing;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
letter_decide_on(struct shift *shift, const struct header *header,
    uint32_t categories, bool feedback, enum reason *reason, struct why *why)
{
	const struct ground *ground = &header->ground;
	struct decide_input in = {
	    .reg = &shift->desk->registry->reg,
	    .header = header,
	    .categories = categories,
	    .feedback = feedback,
	    .now_ms = shift->now_ms,
	};
	struct permit permit;
	enum wh_err err;

	err = ground->has_permission
		  ? permits_get(shift->txn, &shift->arena,
			&ground->permission_id, &permit)
		  : permits_by_ground(shift->txn, &shift->arena,
			&header->relation_ref, ground->instrument, &permit);
	if (err == WH_OK && ground->has_permission &&
	    permit.permission.instrument[0] != '\0')
		err = prefer_objection(shift, &permit);
	if (err != WH_OK && err != WH_NOT_FOUND)
		return err;
	if (err == WH_OK) {
		in.permission = &permit.permission;
		in.standing = &permit.standing;
	}
	*reason = decide(&in, why);
	return WH_OK;
}

/* Pack each section; plain is owned by the caller and wiped there. */
static enum wh_err
pack_sections(const json_t *sections, struct seal_section *out, size_t *count,
    struct why *why)
{
	uint32_t number;
	const struct term *term;
	json_t *value;
	uint8_t *bytes;
	size_t len;
	enum wh_err err;

	*count = 0;
	/* In the order of the table: ascending, as the contract wants. */
	for (term = terms_all(TERMS_CATEGORIES); term->text != NULL; term++) {
		value = json_object_get(sections, term->text);
		number = term->number;
		if (value == NULL)
			continue;
		err = wire_section_write((enum category)number, value, &bytes,
		    &len, why);
		if (err != WH_OK)
			return err;
		out[(*count)++] =
		    (struct seal_section){.category = (enum category)number,
			.plain = span_of(bytes, len)};
	}
	return WH_OK;
}

static void
wipe_sections(struct seal_section *sections, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		mem_wipe_free((void *)(uintptr_t)sections[i].plain.p,
		    sections[i].plain.len);
}

static enum wh_err
seal(struct shift *shift, const struct letter *letter, struct envelope *out,
    struct sealed *sealed, struct why *why)
{
	const struct reg_member *to =
	    register_member(&shift->desk->registry->reg,
		letter->header.to_member);
	const struct reg_key *key =
	    to == NULL ? NULL : register_key(to, KEY_SEALING, shift->now_ms);
	struct seal_section sections[CATEGORY_COUNT];
	size_t count = 0, i;
	enum wh_err err;

	if (json_object_size(letter->sections) == 0)
		return WH_OK;
	if (key == NULL)
		return why_set(why, WH_NOT_FOUND,
		    "naar: %s heeft nog geen sleutels in het register",
		    letter->header.to_member);
	err = pack_sections(letter->sections, sections, &count, why);
	if (err == WH_OK)
		err = seal_sections(key->key, out->header_bytes, sections,
		    count, sealed);
	wipe_sections(sections, count);
	if (err != WH_OK)
		return err;
	out->encapsulation = span_of(sealed->enc, sizeof(sealed->enc));
	out->sealing_key_id = wire_key_id(key->key);
	out->section_count = count;
	for (i = 0; i < count; i++)
		out->sections[i] = sealed->sections[i];
	return WH_OK;
}

enum wh_err
letter_send(struct shift *shift, const struct letter *letter, struct why *why)
{
	struct envelope envelope = {0};
	struct sealed sealed = {0};
	uint8_t *header = NULL, *body = NULL, *whole = NULL;
	size_t header_len, body_len, whole_len;
	enum wh_err err;

	err = wire_header_write(&letter->header, &header, &header_len);
	if (err != WH_OK)
		goto out;
	envelope.header_bytes = span_of(header, header_len);
	err = seal(shift, letter, &envelope, &sealed, why);
	if (err == WH_OK)
		err = wire_envelope_write(&envelope, &body, &body_len);
	if (err == WH_OK)
		err = shift_sign(shift, WIRE_DOMAIN_ENVELOPE,
		    span_of(body, body_len), &whole, &whole_len);
	if (err == WH_OK && body_len > ENVELOPE_MAX)
		err = why_set(why, WH_TOO_BIG, "alles samen is te groot");
	if (err == WH_OK)
		err = outbox_push(shift->txn, TO_HUB_SUBMIT,
		    &letter->header.message_id, span_of(whole, whole_len));
out:
	sealed_fini(&sealed);
	mem_free(header);
	mem_free(body);
	mem_free(whole);
	return err;
}
