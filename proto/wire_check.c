/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/wire_check.h"

#include <protobuf-c/protobuf-c.h>
#include <stdio.h>

#include "proto/base/mem.h"

/* NOLINTBEGIN(misc-no-recursion): as deep as the contract is. */
static void
path_add(const struct wire_where *where, char *out, size_t size)
{
	size_t len;

	if (where->up != NULL) {
		path_add(where->up, out, size);
		len = strlen(out);
		snprintf(out + len, size - len, ".");
	}
	len = strlen(out);
	if (where->item == 0)
		snprintf(out + len, size - len, "%s", where->name);
	else
		snprintf(out + len, size - len, "%s[%zu]", where->name,
		    where->item - 1);
}
/* NOLINTEND(misc-no-recursion) */

enum wh_err
wire_check_refuse(const struct wire_where *where, enum wh_err err,
    const char *rule, struct why *why)
{
	char path[WHY_MAX] = "";

	if (why == NULL)
		return err;
	path_add(where, path, sizeof(path));
	return why_set(why, err, "%.*s: %s", WHY_MAX / 2, path, rule);
}

bool
wire_check_known(const struct ProtobufCMessageDescriptor *descriptor,
    unsigned number)
{
	return protobuf_c_message_descriptor_get_field(descriptor, number) !=
	       NULL;
}

struct source {
	struct arena *arena; /* borrowed */
	bool full;
};

static void *
source_alloc(void *data, size_t size)
{
	struct source *source = data;
	void *p = arena_alloc(source->arena, size);

	if (p == NULL)
		source->full = true;
	return p;
}

static void
source_free(void *data, void *p)
{
	(void)data; /* all of the arena goes together */
	(void)p;
}

static enum wh_err
unpack(struct arena *arena, const struct wire_message *what, struct span bytes,
    const struct ProtobufCMessage **out, struct why *why)
{
	struct wire_where where = {.name = what->descriptor->short_name};
	struct source source = {.arena = arena};
	ProtobufCAllocator allocator = {source_alloc, source_free, &source};
	/* protobuf-c takes no NULL, also for nothing. */
	const uint8_t *p = bytes.p != NULL ? bytes.p : (const uint8_t *)"";
	const ProtobufCMessage *message;

	message = protobuf_c_message_unpack(what->descriptor, &allocator,
	    bytes.len, p);
	if (source.full)
		return wire_check_refuse(&where, WH_TOO_BIG,
		    "takes more memory than one message may", why);
	if (message == NULL)
		return wire_check_refuse(&where, WH_INVALID,
		    "must be a whole protobuf message", why);
	*out = message;
	return WH_OK;
}

enum wh_err
wire_check_read(struct arena *arena, const struct wire_message *what,
    struct span bytes, const struct ProtobufCMessage **out, struct why *why)
{
	struct wire_where where = {.name = what->descriptor->short_name};
	const struct ProtobufCMessage *message = NULL;
	enum wh_err err;

	if (bytes.len > what->max)
		return wire_check_refuse(&where, WH_TOO_BIG, "is too long",
		    why);
	err = wire_scan(what, bytes, &where, why);
	if (err == WH_OK)
		err = unpack(arena, what, bytes, &message, why);
	if (err == WH_OK)
		err = wire_values(what, message, &where, why);
	if (err == WH_OK)
		*out = message;
	return err;
}

enum wh_err
wire_check_write(const struct wire_message *what,
    const struct ProtobufCMessage *message, uint8_t **out, size_t *len)
{
	struct wire_where where = {.name = what->descriptor->short_name};
	size_t size;
	uint8_t *bytes;
	enum wh_err err;

	err = wire_values(what, message, &where, NULL);
	if (err != WH_OK)
		return err;
	size = protobuf_c_message_get_packed_size(message);
	if (size > what->max)
		return WH_TOO_BIG;
	bytes = mem_new(size + 1); /* one more, so that empty has a place */
	protobuf_c_message_pack(message, bytes);
	err = wire_scan(what, span_of(bytes, size), &where, NULL);
	if (err != WH_OK) {
		mem_free(bytes);
		return err;
	}
	*out = bytes;
	*len = size;
	return WH_OK;
}

struct span
wire_check_id_span(const struct id *id)
{
	return id_is_zero(id) ? span_of(NULL, 0) : span_id(id);
}

struct id
wire_check_id(struct span bytes)
{
	struct id id = {{0}};

	if (bytes.len == sizeof(id.b))
		memcpy(id.b, bytes.p, sizeof(id.b));
	return id;
}

size_t
wire_check_list(uint32_t bits, uint32_t out[32])
{
	size_t count = 0;

	for (uint32_t i = 0; i < 32; i++) {
		if ((bits & (1u << i)) != 0)
			out[count++] = i;
	}
	return count;
}

uint32_t
wire_check_bits(const uint32_t *list, size_t count)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < count; i++)
		bits |= 1u << list[i];
	return bits;
}
