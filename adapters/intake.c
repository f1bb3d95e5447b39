/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/intake.h"

#include "proto/base/mem.h"
#include "proto/wire_section.h"

static enum wh_err
check_signature(const struct signed_body *body, const uint8_t *sender_key,
    struct why *why)
{
	struct key_id id = wire_key_id(sender_key);

	if (memcmp(id.b, body->key_id.b, sizeof(id.b)) != 0)
		return why_set(why, WH_CRYPTO,
		    "key_id: is not that of the sender's signing key");
	if (wire_signed_check(body, WIRE_DOMAIN_ENVELOPE, sender_key) != WH_OK)
		return why_set(why, WH_CRYPTO,
		    "signature: does not hold under the sender's key");
	return WH_OK;
}

static enum wh_err
check_sealing_key(const struct envelope *envelope, const struct seal_pair *own,
    struct why *why)
{
	struct key_id id = wire_key_id(own->public_key);

	if (envelope->section_count == 0 ||
	    memcmp(id.b, envelope->sealing_key_id.b, sizeof(id.b)) == 0)
		return WH_OK;
	return why_set(why, WH_CRYPTO,
	    "sealing_key_id: is not that of our sealing key");
}

/* One section as its category, under the category's name in gegevens. */
static enum wh_err
take_section(const struct intake_in *in, struct intake *intake, size_t index,
    enum reason *reason, struct why *why)
{
	enum category category = intake->envelope.sections[index].category;
	const char *name = terms_text(TERMS_CATEGORIES, category);
	struct why inner = {""};
	json_t *object = NULL;
	uint8_t *plain = NULL;
	size_t len = 0;
	enum wh_err err;

	*reason = REASON_CANNOT_OPEN;
	err = seal_open(&in->own, &intake->envelope, index, &plain, &len);
	if (err != WH_OK)
		return why_set(why, err, "%s: does not open", name);
	*reason = REASON_MALFORMED;
	err = wire_section_read(category, span_of(plain, len), &object, &inner);
	mem_wipe_free(plain, len);
	if (err != WH_OK)
		return why_set(why, err, "%s: %s", name, inner.text);
	json_object_set_new(intake->gegevens, name, object);
	return WH_OK;
}

enum wh_err
intake_verify(struct arena *arena, const struct intake_in *in,
    struct intake *out, enum reason *reason, struct why *why)
{
	struct intake made = {.gegevens = NULL};
	struct signed_body body;
	enum reason found = REASON_MALFORMED;
	enum wh_err err;

	err = wire_signed_read(arena, in->bytes, (size_t)ENVELOPE_MAX, &body,
	    why);
	if (err != WH_OK)
		goto out;
	found = REASON_BAD_SIGNATURE;
	err = check_signature(&body, in->sender_key, why);
	if (err != WH_OK)
		goto out;
	found = REASON_MALFORMED;
	err = wire_envelope_read(arena, body.body, &made.envelope, why);
	if (err != WH_OK)
		goto out;
	found = REASON_CANNOT_OPEN;
	err = check_sealing_key(&made.envelope, &in->own, why);
out:
	if (err == WH_OK)
		*out = made;
	else
		*reason = found;
	return err;
}

enum wh_err
intake_open(const struct intake_in *in, struct intake *intake,
    enum reason *reason, struct why *why)
{
	enum reason found = REASON_CANNOT_OPEN;
	enum wh_err err = WH_OK;
	size_t i;

	intake->gegevens = json_object();
	for (i = 0; err == WH_OK && i < intake->envelope.section_count; i++)
		err = take_section(in, intake, i, &found, why);
	if (err != WH_OK) {
		*reason = found;
		intake_fini(intake);
	}
	return err;
}

void
intake_fini(struct intake *intake)
{
	json_decref(intake->gegevens);
	intake->gegevens = NULL;
}

enum wh_err
intake_peek(struct arena *arena, struct span bytes, struct envelope *out,
    struct key_id *signed_by, struct why *why)
{
	struct signed_body body;
	enum wh_err err;

	err = wire_signed_read(arena, bytes, (size_t)ENVELOPE_MAX, &body, why);
	if (err != WH_OK)
		return err;
	err = wire_envelope_read(arena, body.body, out, why);
	if (err != WH_OK)
		return err;
	*signed_by = body.key_id;
	return WH_OK;
}
