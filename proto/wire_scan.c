/* SPDX-License-Identifier: EUPL-1.2 */
#include <assert.h>
#include <protobuf-c/protobuf-c.h>

#include "proto/base/text.h"
#include "proto/wire_check.h"

/* Of one message type; the widest, Permission, has 28. */
#define FIELDS_MAX 32

/* What was seen of the message that is scanned. */
struct scan {
	const struct wire_message *what;
	uint32_t counts[FIELDS_MAX];
	const ProtobufCFieldDescriptor *chosen; /* of the oneof */
};

/* One field as it stands on the wire. */
struct field {
	uint32_t number;
	unsigned wire_type;
	struct span value; /* of PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED */
};

static bool
take_varint(struct span *in, size_t max, uint64_t *out)
{
	uint64_t value = 0;

	for (size_t i = 0; i < max && i < in->len; i++) {
		value |= (uint64_t)(in->p[i] & 0x7f) << (7 * i);
		if (in->p[i] < 0x80) {
			*in = span_of(in->p + i + 1, in->len - i - 1);
			*out = value;
			return true;
		}
	}
	return false;
}

static bool
take_bytes(struct span *in, uint64_t count, struct span *out)
{
	if (count > in->len)
		return false;
	*out = span_of(in->p, (size_t)count);
	*in = span_of(in->p + count, in->len - (size_t)count);
	return true;
}

static bool
take_field(struct span *in, struct field *out)
{
	uint64_t tag, number;

	if (!take_varint(in, 5, &tag) || tag > UINT32_MAX || tag < 8)
		return false;
	out->number = (uint32_t)(tag >> 3);
	out->wire_type = tag & 7;
	out->value = span_of(NULL, 0);
	switch (out->wire_type) {
	case PROTOBUF_C_WIRE_TYPE_VARINT:
		return take_varint(in, 10, &number);
	case PROTOBUF_C_WIRE_TYPE_64BIT:
		return take_bytes(in, 8, &out->value);
	case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
		return take_varint(in, 5, &number) &&
		       take_bytes(in, number, &out->value);
	case PROTOBUF_C_WIRE_TYPE_32BIT:
		return take_bytes(in, 4, &out->value);
	default:
		return false;
	}
}

/* Our contract has varints, and what has a length. */
static bool
type_has_length(ProtobufCType type)
{
	return type == PROTOBUF_C_TYPE_STRING ||
	       type == PROTOBUF_C_TYPE_BYTES || type == PROTOBUF_C_TYPE_MESSAGE;
}

static bool
wire_type_fits(const ProtobufCFieldDescriptor *d, unsigned wire_type)
{
	if (wire_type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
		return type_has_length(d->type) ||
		       d->label == PROTOBUF_C_LABEL_REPEATED;
	return wire_type == PROTOBUF_C_WIRE_TYPE_VARINT &&
	       !type_has_length(d->type);
}

/* How many values a field holds: a packed list has as many as last bytes. */
static uint32_t
values_in(const ProtobufCFieldDescriptor *d, const struct field *field)
{
	uint32_t count = 0;

	if (field->wire_type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED ||
	    type_has_length(d->type))
		return 1;
	for (size_t i = 0; i < field->value.len; i++)
		count += field->value.p[i] < 0x80;
	return count;
}

static enum wh_err
count_field(struct scan *scan, unsigned index, const struct field *field,
    const struct wire_where *where, struct why *why)
{
	const ProtobufCFieldDescriptor *d =
	    &scan->what->descriptor->fields[index];
	uint32_t *count = &scan->counts[index];

	*count += values_in(d, field);
	if (d->label == PROTOBUF_C_LABEL_REPEATED) {
		if (*count > scan->what->rules[index].max)
			return wire_check_refuse(where, WH_TOO_BIG,
			    "too many in this list", why);
		return WH_OK;
	}
	if (*count > 1)
		return wire_check_refuse(where, WH_INVALID,
		    "must not be given twice", why);
	if ((d->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0)
		return WH_OK;
	if (scan->chosen != NULL)
		return wire_check_refuse(where, WH_INVALID,
		    "must not come with another kind", why);
	scan->chosen = d;
	return WH_OK;
}

/* NOLINTBEGIN(misc-no-recursion): as deep as the contract is, which
 * wire_rules_complete() bounds. */
static enum wh_err
scan_known(struct scan *scan, const ProtobufCFieldDescriptor *d,
    const struct field *field, const struct wire_where *up, struct why *why)
{
	unsigned index = (unsigned)(d - scan->what->descriptor->fields);
	struct wire_where where = {.up = up, .name = d->name};
	enum wh_err err;

	if (!wire_type_fits(d, field->wire_type))
		return wire_check_refuse(&where, WH_INVALID,
		    "must have the type of the contract", why);
	err = count_field(scan, index, field, &where, why);
	if (err != WH_OK)
		return err;
	if (d->label == PROTOBUF_C_LABEL_REPEATED)
		where.item = scan->counts[index];
	if (d->type == PROTOBUF_C_TYPE_STRING && !text_is_clean(field->value))
		return wire_check_refuse(&where, WH_INVALID,
		    "must be UTF-8 without control characters", why);
	if (d->type == PROTOBUF_C_TYPE_MESSAGE)
		return wire_scan(scan->what->rules[index].of, field->value,
		    &where, why);
	return WH_OK;
}

enum wh_err
wire_scan(const struct wire_message *what, struct span bytes,
    const struct wire_where *where, struct why *why)
{
	struct scan scan = {.what = what};
	const ProtobufCFieldDescriptor *d;
	struct field field;
	enum wh_err err = WH_OK;

	assert(what->descriptor->n_fields <= FIELDS_MAX);
	assert(what->descriptor->n_fields == what->count);
	while (bytes.len > 0 && err == WH_OK) {
		if (!take_field(&bytes, &field))
			return wire_check_refuse(where, WH_INVALID,
			    "must be a whole protobuf message", why);
		d = protobuf_c_message_descriptor_get_field(what->descriptor,
		    field.number);
		if (d != NULL)
			err = scan_known(&scan, d, &field, where, why);
		else if (!what->open)
			err = wire_check_refuse(where, WH_INVALID,
			    "must not have unknown fields", why);
	}
	return err;
}
/* NOLINTEND(misc-no-recursion) */
