/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/wire.h"

#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "proto/base/sign.h"
#include "proto/envelope.pb-c.h"
#include "proto/wire_check.h"

/* The four Signed* messages have the fields of this one. */
static const struct wire_rule signed_rules[] = {
    WIRE_RULE("body", WIRE_BYTES, 1, FRAME_MAX),
    WIRE_RULE("signature", WIRE_FIXED, WIRE_SIG_LEN, WIRE_SIG_LEN),
    WIRE_RULE("key_id", WIRE_FIXED, WIRE_KEY_ID_LEN, WIRE_KEY_ID_LEN),
};

const struct wire_message wire_rules_signed = {
    .descriptor = &wijkhub__signed_envelope__descriptor,
    WIRE_RULES(signed_rules),
    .max = FRAME_MAX,
};

struct key_id
wire_key_id(const uint8_t public_key[WIRE_KEY_LEN])
{
	struct hash hash = hash_span(span_of(public_key, WIRE_KEY_LEN));
	struct key_id id;

	memcpy(id.b, hash.b, sizeof(id.b));
	return id;
}

enum wh_err
wire_signed_read(struct arena *arena, struct span bytes, size_t max,
    struct signed_body *out, struct why *why)
{
	const ProtobufCMessage *message = NULL;
	const Wijkhub__SignedEnvelope *m;
	enum wh_err err;

	if (bytes.len > max && bytes.len - max > WIRE_SIGNED_EXTRA)
		return why_set(why, WH_TOO_BIG,
		    "body: must have at most %zu bytes", max);
	err = wire_check_read(arena, &wire_rules_signed, bytes, &message, why);
	if (err != WH_OK)
		return err;
	m = (const Wijkhub__SignedEnvelope *)message;
	if (m->body.len > max)
		return why_set(why, WH_TOO_BIG,
		    "body: must have at most %zu bytes", max);
	out->body = WIRE_SPAN(m->body);
	memcpy(out->signature, m->signature.data, sizeof(out->signature));
	memcpy(out->key_id.b, m->key_id.data, sizeof(out->key_id.b));
	return WH_OK;
}

enum wh_err
wire_signed_write(const struct signed_body *in, uint8_t **out, size_t *len)
{
	Wijkhub__SignedEnvelope m = WIJKHUB__SIGNED_ENVELOPE__INIT;

	m.body = WIRE_DATA(in->body);
	m.signature.len = sizeof(in->signature);
	m.signature.data = wire_unconst(in->signature);
	m.key_id.len = sizeof(in->key_id.b);
	m.key_id.data = wire_unconst(in->key_id.b);
	return wire_check_write(&wire_rules_signed, &m.base, out, len);
}

/* The domain, its NUL and the body, on the heap. */
static struct span
signed_text(const char *domain, struct span body)
{
	size_t domain_len = strlen(domain) + 1;
	uint8_t *text = mem_new(domain_len + body.len);

	memcpy(text, domain, domain_len);
	if (body.len > 0)
		memcpy(text + domain_len, body.p, body.len);
	return span_of(text, domain_len + body.len);
}

enum wh_err
wire_sign(const struct sign_secret *secret, const char *domain,
    struct span body, uint8_t **out, size_t *len)
{
	struct span text = signed_text(domain, body);
	struct signed_body made = {.body = body};
	enum wh_err err;

	err = sign_make(secret, text, made.signature);
	if (err == WH_OK) {
		made.key_id = wire_key_id(secret->public_key);
		err = wire_signed_write(&made, out, len);
	}
	mem_free(wire_unconst(text.p));
	return err;
}

enum wh_err
wire_signed_check(const struct signed_body *in, const char *domain,
    const uint8_t key[WIRE_KEY_LEN])
{
	struct span text = signed_text(domain, in->body);
	enum wh_err err = sign_check(key, text, in->signature);

	mem_free(wire_unconst(text.p));
	return err;
}
