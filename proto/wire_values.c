/* SPDX-License-Identifier: EUPL-1.2 */
#include <assert.h>
#include <protobuf-c/protobuf-c.h>
#include <stdio.h>

#include "proto/base/text.h"
#include "proto/wire_check.h"

/* One field of a message in memory. */
struct value {
	const struct wire_rule *rule;
	ProtobufCType type;
	const void *at; /* borrowed; the member, or the first of a list */
	size_t count;   /* 1 unless it is a list */
	struct wire_where where;
};

static enum wh_err
refuse(const struct value *v, enum wh_err err, const char *rule,
    struct why *why)
{
	return wire_check_refuse(&v->where, err, rule, why);
}

/* Above INT64_MAX counts as INT64_MAX: no rule needs to tell them apart. */
static int64_t
number_at(const struct value *v)
{
	uint64_t wide;

	if (v->type == PROTOBUF_C_TYPE_UINT32)
		return *(const uint32_t *)v->at;
	if (v->type == PROTOBUF_C_TYPE_SINT32)
		return *(const int32_t *)v->at;
	if (v->type == PROTOBUF_C_TYPE_INT64)
		return *(const int64_t *)v->at;
	assert(v->type == PROTOBUF_C_TYPE_UINT64);
	wide = *(const uint64_t *)v->at;
	return wide > INT64_MAX ? INT64_MAX : (int64_t)wide;
}

static enum wh_err
check_number(const struct value *v, struct why *why)
{
	int64_t number = number_at(v);
	char rule[80];

	if (number >= v->rule->min && number <= v->rule->max)
		return WH_OK;
	snprintf(rule, sizeof(rule), "must be %lld to %lld",
	    (long long)v->rule->min, (long long)v->rule->max);
	return refuse(v, WH_INVALID, rule, why);
}

static enum wh_err
check_term(const struct value *v, struct why *why)
{
	int64_t number = number_at(v);

	if (number == 0 && v->rule->min == 0)
		return WH_OK;
	if (number < v->rule->min || number > v->rule->max ||
	    terms_text(v->rule->terms, (uint32_t)number) == NULL)
		return refuse(v, WH_INVALID, "must be a number of its table",
		    why);
	return WH_OK;
}

static enum wh_err
check_size(const struct value *v, size_t size, const char *unit,
    struct why *why)
{
	char rule[80];

	if (size >= (size_t)v->rule->min && size <= (size_t)v->rule->max)
		return WH_OK;
	snprintf(rule, sizeof(rule), "must have %lld to %lld %s",
	    (long long)v->rule->min, (long long)v->rule->max, unit);
	return refuse(v, size > (size_t)v->rule->max ? WH_TOO_BIG : WH_INVALID,
	    rule, why);
}

static enum wh_err
check_terms(const struct value *v, struct why *why)
{
	const uint32_t *numbers = v->at;
	enum wh_err err = check_size(v, v->count, "numbers", why);

	for (size_t i = 0; err == WH_OK && i < v->count; i++) {
		if (terms_text(v->rule->terms, numbers[i]) == NULL)
			err = refuse(v, WH_INVALID,
			    "must hold numbers of its table", why);
		else if (i > 0 && numbers[i] <= numbers[i - 1])
			err = refuse(v, WH_INVALID,
			    "must ascend without doubles", why);
	}
	return err;
}

/* Structs that we fill may have NULL for "": both are the empty text. */
static const char *
text_at(const struct value *v)
{
	const char *text = *(const char *const *)v->at;

	return text == NULL ? "" : text;
}

/* Numbers, versions and URIs, which the hub may see; never prose, which could
 * name a resident. */
static enum wh_err
check_token(const struct value *v, struct why *why)
{
	const char *text = text_at(v);
	enum wh_err err = check_size(v, strlen(text), "bytes", why);

	if (err == WH_OK && !text_is_token(text, SIZE_MAX))
		err =
		    refuse(v, WH_INVALID, "must be one word, as in a URI", why);
	return err;
}

static enum wh_err
check_slug(const struct value *v, struct why *why)
{
	const char *text = text_at(v);
	char rule[80];

	if (*text == '\0' && v->rule->min == 0)
		return WH_OK;
	if (text_is_slug(text, (size_t)v->rule->max))
		return WH_OK;
	snprintf(rule, sizeof(rule), "must be a-z, 0-9 and -, at most %lld",
	    (long long)v->rule->max);
	return refuse(v, WH_INVALID, rule, why);
}

static enum wh_err
check_slugs(const struct value *v, struct why *why)
{
	const char *const *slugs = v->at;
	enum wh_err err = check_size(v, v->count, "ids", why);

	for (size_t i = 0; err == WH_OK && i < v->count; i++) {
		struct value item = *v;

		item.where.item = i + 1;
		if (!text_is_slug(slugs[i], NAME_MAX_LEN))
			err = refuse(&item, WH_INVALID,
			    "must be a-z, 0-9 and -", why);
	}
	return err;
}

static enum wh_err
check_alphabet(const struct value *v, const char *alphabet, struct why *why)
{
	const char *text = text_at(v);
	size_t len = strlen(text);
	char rule[80];

	if (len == 0 && v->rule->min == 0)
		return WH_OK;
	if (len == (size_t)v->rule->max && strspn(text, alphabet) == len)
		return WH_OK;
	snprintf(rule, sizeof(rule), "must be exactly %lld of %c to %c",
	    (long long)v->rule->max, alphabet[0],
	    alphabet[strlen(alphabet) - 1]);
	return refuse(v, WH_INVALID, rule, why);
}

static enum wh_err
check_fixed(const struct value *v, struct why *why)
{
	const ProtobufCBinaryData *data = v->at;
	char rule[80];

	if (data->len == (size_t)v->rule->max ||
	    (data->len == 0 && v->rule->min == 0))
		return WH_OK;
	snprintf(rule, sizeof(rule), "must have exactly %lld bytes%s",
	    (long long)v->rule->max, v->rule->min == 0 ? ", or none" : "");
	return refuse(v, WH_INVALID, rule, why);
}

static enum wh_err
check_id(const struct value *v, struct why *why)
{
	const ProtobufCBinaryData *data = v->at;
	enum wh_err err = check_fixed(v, why);

	if (err != WH_OK || data->len == 0)
		return err;
	for (size_t i = 0; i < data->len; i++) {
		if (data->data[i] != 0)
			return WH_OK;
	}
	return refuse(v, WH_INVALID, "must not be all zero", why);
}

static enum wh_err
check_hashes(const struct value *v, struct why *why)
{
	const ProtobufCBinaryData *hashes = v->at;
	enum wh_err err = check_size(v, v->count, "hashes", why);

	for (size_t i = 0; err == WH_OK && i < v->count; i++) {
		struct value item = *v;

		item.where.item = i + 1;
		if (hashes[i].len != WIRE_KEY_LEN)
			err = refuse(&item, WH_INVALID,
			    "must have exactly 32 bytes", why);
	}
	return err;
}

/* NOLINTBEGIN(misc-no-recursion): as deep as the contract is, which
 * wire_rules_complete() bounds. */
static enum wh_err
check_message(const struct value *v, struct why *why)
{
	const ProtobufCMessage *message =
	    *(const ProtobufCMessage *const *)v->at;

	if (message == NULL && v->rule->min == 0)
		return WH_OK;
	if (message == NULL)
		return refuse(v, WH_INVALID, "must be given", why);
	return wire_values(v->rule->of, message, &v->where, why);
}

static enum wh_err
check_messages(const struct value *v, struct why *why)
{
	const ProtobufCMessage *const *items = v->at;
	enum wh_err err = check_size(v, v->count, "items", why);

	for (size_t i = 0; err == WH_OK && i < v->count; i++) {
		struct wire_where where = v->where;

		where.item = i + 1;
		err = wire_values(v->rule->of, items[i], &where, why);
	}
	return err;
}

static enum wh_err
check_value(const struct value *v, struct why *why)
{
	switch (v->rule->kind) {
	case WIRE_ANY:
		return WH_OK;
	case WIRE_NUMBER:
		return check_number(v, why);
	case WIRE_TERM:
		return check_term(v, why);
	case WIRE_TERMS:
		return check_terms(v, why);
	case WIRE_TEXT:
		return check_size(v, strlen(text_at(v)), "bytes", why);
	case WIRE_TOKEN:
		return check_token(v, why);
	case WIRE_SLUG:
		return check_slug(v, why);
	case WIRE_SLUGS:
		return check_slugs(v, why);
	case WIRE_LETTERS:
		return check_alphabet(v, "abcdefghijklmnopqrstuvwxyz", why);
	case WIRE_DIGITS:
		return check_alphabet(v, "0123456789", why);
	case WIRE_BYTES:
		return check_size(v, ((const ProtobufCBinaryData *)v->at)->len,
		    "bytes", why);
	case WIRE_FIXED:
		return check_fixed(v, why);
	case WIRE_ID:
		return check_id(v, why);
	case WIRE_HASHES:
		return check_hashes(v, why);
	case WIRE_MESSAGE:
		return check_message(v, why);
	case WIRE_MESSAGES:
		return check_messages(v, why);
	}
	return refuse(v, WH_INVALID, "has no rule", why);
}

/* Of a oneof only the chosen member is there. */
static bool
is_there(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *d)
{
	const uint8_t *base = (const uint8_t *)message;

	if ((d->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0)
		return true;
	return *(const uint32_t *)(const void *)(base + d->quantifier_offset) ==
	       d->id;
}

static struct value
value_of(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *d)
{
	const uint8_t *base = (const uint8_t *)message;
	struct value v = {
	    .type = d->type,
	    .at = base + d->offset,
	    .count = 1,
	    .where.name = d->name,
	};

	if (d->label == PROTOBUF_C_LABEL_REPEATED) {
		v.count = *(
		    const size_t *)(const void *)(base + d->quantifier_offset);
		v.at = *(const void *const *)v.at;
	}
	return v;
}

enum wh_err
wire_values(const struct wire_message *what,
    const struct ProtobufCMessage *message, const struct wire_where *where,
    struct why *why)
{
	const ProtobufCMessageDescriptor *type = what->descriptor;
	const char *rule;

	assert(message->descriptor == type && type->n_fields == what->count);
	for (unsigned i = 0; i < type->n_fields; i++) {
		struct value v = value_of(message, &type->fields[i]);
		enum wh_err err;

		if (!is_there(message, &type->fields[i]))
			continue;
		v.rule = &what->rules[i];
		v.where.up = where;
		err = check_value(&v, why);
		if (err != WH_OK)
			return err;
	}
	rule = what->across != NULL ? what->across(message) : NULL;
	if (rule != NULL)
		return wire_check_refuse(where, WH_INVALID, rule, why);
	return WH_OK;
}
/* NOLINTEND(misc-no-recursion) */
