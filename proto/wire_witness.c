/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/control.pb-c.h"
#include "proto/wire.h"
#include "proto/wire_check.h"

static const struct wire_rule add_checkpoint_rules[] = {
    WIRE_RULE("old_size", WIRE_NUMBER, 0, INT64_MAX),
    WIRE_RULE("proof", WIRE_HASHES, 0, WIRE_PROOF_MAX),
    WIRE_RULE("checkpoint", WIRE_BYTES, 1, CHECKPOINT_MAX),
};

const struct wire_message wire_rules_add_checkpoint = {
    .descriptor = &wijkhub__add_checkpoint__descriptor,
    WIRE_RULES(add_checkpoint_rules),
};

static const char *
consistency_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__Consistency *m = (const Wijkhub__Consistency *)message;

	return m->from < m->to ? NULL : "from must be below to";
}

static const struct wire_rule consistency_rules[] = {
    WIRE_RULE("from", WIRE_NUMBER, 1, INT64_MAX),
    WIRE_RULE("to", WIRE_NUMBER, 1, INT64_MAX),
    WIRE_RULE("path", WIRE_HASHES, 0, WIRE_PROOF_MAX),
};

const struct wire_message wire_rules_consistency = {
    .descriptor = &wijkhub__consistency__descriptor,
    WIRE_RULES(consistency_rules),
    .across = consistency_across,
};

enum wh_err
wire_check_hashes(struct arena *arena, const struct ProtobufCBinaryData *in,
    size_t count, const uint8_t (**out)[WIRE_KEY_LEN], struct why *why)
{
	uint8_t(*path)[WIRE_KEY_LEN] =
	    arena_alloc(arena, (count + 1) * sizeof(*path));

	if (path == NULL)
		return why_set(why, WH_TOO_BIG,
		    "FromHub: a path takes more memory than one message may");
	for (size_t i = 0; i < count; i++)
		memcpy(path[i], in[i].data, sizeof(path[i]));
	*out = wire_unconst(path);
	return WH_OK;
}

enum wh_err
wire_add_checkpoint_read(struct arena *arena,
    const struct ProtobufCMessage *message, struct add_checkpoint *out,
    struct why *why)
{
	const Wijkhub__AddCheckpoint *m =
	    (const Wijkhub__AddCheckpoint *)message;

	out->old_size = m->old_size;
	out->proof_count = m->n_proof;
	out->checkpoint = WIRE_SPAN(m->checkpoint);
	return wire_check_hashes(arena, m->proof, m->n_proof, &out->proof, why);
}

enum wh_err
wire_consistency_read(struct arena *arena,
    const struct ProtobufCMessage *message, struct consistency *out,
    struct why *why)
{
	const Wijkhub__Consistency *m = (const Wijkhub__Consistency *)message;

	out->sizes.from = m->from;
	out->sizes.to = m->to;
	out->path_count = m->n_path;
	return wire_check_hashes(arena, m->path, m->n_path, &out->path, why);
}
