/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/control.pb-c.h"
#include "proto/wire.h"
#include "proto/wire_check.h"

static const char *
hello_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__Hello *m = (const Wijkhub__Hello *)message;
	bool newer = m->major > WIRE_MAJOR ||
		     (m->major == WIRE_MAJOR && m->minor > WIRE_MINOR);

	if (m->base.n_unknown_fields > 0 && !newer)
		return "must not have unknown fields";
	return NULL;
}

static const struct wire_rule hello_rules[] = {
    WIRE_RULE("major", WIRE_NUMBER, 1, UINT32_MAX),
    WIRE_RULE("minor", WIRE_ANY, 0, 0),
    WIRE_RULE("software", WIRE_TEXT, 0, TITLE_MAX_LEN),
    WIRE_RULE("register_version", WIRE_ANY, 0, 0),
};

static const struct wire_message hello = {
    .descriptor = &wijkhub__hello__descriptor,
    WIRE_RULES(hello_rules),
    .open = true,
    .across = hello_across,
};

static const struct wire_rule submit_rules[] = {
    WIRE_RULE("envelope", WIRE_BYTES, 1, ENVELOPE_MAX + WIRE_SIGNED_EXTRA),
};

static const struct wire_message submit = {
    .descriptor = &wijkhub__submit__descriptor,
    WIRE_RULES(submit_rules),
};

static const struct wire_rule ack_rules[] = {
    WIRE_RULE("delivery", WIRE_NUMBER, 1, INT64_MAX),
    WIRE_RULE_TERM("reason", WIRE_TERM, 0, UINT32_MAX, TERMS_REASONS),
};

static const struct wire_message ack = {
    .descriptor = &wijkhub__ack__descriptor,
    WIRE_RULES(ack_rules),
};

static const struct wire_rule credit_rules[] = {
    WIRE_RULE("count", WIRE_NUMBER, 0, CREDIT_MAX),
};

static const struct wire_message credit = {
    .descriptor = &wijkhub__credit__descriptor,
    WIRE_RULES(credit_rules),
};

static const struct wire_rule proof_rules[] = {
    WIRE_RULE("index", WIRE_ANY, 0, 0),
};

static const struct wire_message proof_request = {
    .descriptor = &wijkhub__proof_request__descriptor,
    WIRE_RULES(proof_rules),
};

static const struct wire_rule witness_conflict_rules[] = {
    WIRE_RULE_TERM("verdict", WIRE_TERM, 1, UINT32_MAX, TERMS_WITNESS_VERDICTS),
    WIRE_RULE("size", WIRE_NUMBER, 0, INT64_MAX),
    WIRE_RULE("checkpoint", WIRE_BYTES, 0, CHECKPOINT_MAX),
};

static const struct wire_message witness_conflict = {
    .descriptor = &wijkhub__witness_conflict__descriptor,
    WIRE_RULES(witness_conflict_rules),
};

static const char *
consistency_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__ConsistencyRequest *m =
	    (const Wijkhub__ConsistencyRequest *)message;

	return m->from < m->to ? NULL : "from must be below to";
}

static const struct wire_rule consistency_rules[] = {
    WIRE_RULE("from", WIRE_NUMBER, 1, INT64_MAX),
    WIRE_RULE("to", WIRE_NUMBER, 1, INT64_MAX),
    WIRE_RULE("origin", WIRE_TEXT, 1, ORIGIN_MAX_LEN),
};

static const struct wire_message consistency = {
    .descriptor = &wijkhub__consistency_request__descriptor,
    WIRE_RULES(consistency_rules),
    .across = consistency_across,
};

static const struct wire_rule log_rules[] = {
    WIRE_RULE("from", WIRE_ANY, 0, 0),
    WIRE_RULE("count", WIRE_NUMBER, 1, LOG_PAGE_MAX),
};

static const struct wire_message log_request = {
    .descriptor = &wijkhub__log_request__descriptor,
    WIRE_RULES(log_rules),
};

static const char *
to_hub_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__ToHub *m = (const Wijkhub__ToHub *)message;

	if (m->kind_case == WIJKHUB__TO_HUB__KIND__NOT_SET)
		return "kind must be given";
	return NULL;
}

static const struct wire_rule to_hub_rules[] = {
    WIRE_RULE("request", WIRE_ANY, 0, 0),
    WIRE_RULE_OF("hello", WIRE_MESSAGE, 1, 1, &hello),
    WIRE_RULE_OF("submit", WIRE_MESSAGE, 1, 1, &submit),
    WIRE_RULE_OF("ack", WIRE_MESSAGE, 1, 1, &ack),
    WIRE_RULE_OF("credit", WIRE_MESSAGE, 1, 1, &credit),
    WIRE_RULE("permission", WIRE_BYTES, 1, PERMISSION_MAX + WIRE_SIGNED_EXTRA),
    WIRE_RULE("permission_event", WIRE_BYTES, 1,
	PERMISSION_MAX + WIRE_SIGNED_EXTRA),
    WIRE_RULE_OF("proof", WIRE_MESSAGE, 1, 1, &proof_request),
    WIRE_RULE("cosignature", WIRE_BYTES, 1, COSIGNATURE_MAX),
    WIRE_RULE_OF("witness_conflict", WIRE_MESSAGE, 1, 1, &witness_conflict),
    WIRE_RULE_OF("consistency", WIRE_MESSAGE, 1, 1, &consistency),
    WIRE_RULE_OF("log", WIRE_MESSAGE, 1, 1, &log_request),
    WIRE_RULE("carried_through", WIRE_BYTES, 1, REPORT_MAX + WIRE_SIGNED_EXTRA),
};

const struct wire_message wire_rules_to_hub = {
    .descriptor = &wijkhub__to_hub__descriptor,
    WIRE_RULES(to_hub_rules),
    .max = FRAME_MAX,
    .across = to_hub_across,
};

static void
kind_read(const Wijkhub__ToHub *m, struct to_hub *out)
{
	switch (m->kind_case) {
	case WIJKHUB__TO_HUB__KIND_HELLO:
		out->u.hello = (struct hello){
		    .major = m->hello->major,
		    .minor = m->hello->minor,
		    .software = m->hello->software,
		    .register_version = m->hello->register_version,
		};
		break;
	case WIJKHUB__TO_HUB__KIND_SUBMIT:
		out->u.bytes = WIRE_SPAN(m->submit->envelope);
		break;
	case WIJKHUB__TO_HUB__KIND_ACK:
		out->u.ack.delivery = m->ack->delivery;
		out->u.ack.reason = (enum reason)m->ack->reason;
		break;
	case WIJKHUB__TO_HUB__KIND_CREDIT:
		out->u.credit = m->credit->count;
		break;
	case WIJKHUB__TO_HUB__KIND_PERMISSION:
		out->u.bytes = WIRE_SPAN(m->permission);
		break;
	case WIJKHUB__TO_HUB__KIND_PERMISSION_EVENT:
		out->u.bytes = WIRE_SPAN(m->permission_event);
		break;
	case WIJKHUB__TO_HUB__KIND_CARRIED_THROUGH:
		out->u.bytes = WIRE_SPAN(m->carried_through);
		break;
	case WIJKHUB__TO_HUB__KIND_PROOF:
		out->u.proof_index = m->proof->index;
		break;
	case WIJKHUB__TO_HUB__KIND_COSIGNATURE:
		out->u.bytes = WIRE_SPAN(m->cosignature);
		break;
	case WIJKHUB__TO_HUB__KIND_WITNESS_CONFLICT:
		out->u.witness_conflict = (struct witness_conflict){
		    .verdict =
			(enum witness_verdict)m->witness_conflict->verdict,
		    .size = m->witness_conflict->size,
		    .checkpoint = WIRE_SPAN(m->witness_conflict->checkpoint),
		};
		break;
	case WIJKHUB__TO_HUB__KIND_CONSISTENCY:
		out->u.consistency = (struct consistency_request){
		    .sizes = {m->consistency->from, m->consistency->to},
		    .origin = m->consistency->origin,
		};
		break;
	case WIJKHUB__TO_HUB__KIND_LOG:
		out->u.log.from = m->log->from;
		out->u.log.count = m->log->count;
		break;
	case WIJKHUB__TO_HUB__KIND__NOT_SET:
	case _WIJKHUB__TO_HUB__KIND__CASE_IS_INT_SIZE:
		break;
	}
}

enum wh_err
wire_to_hub_read(struct arena *arena, struct span bytes, struct to_hub *out,
    struct why *why)
{
	const ProtobufCMessage *message = NULL;
	const Wijkhub__ToHub *m;
	enum wh_err err;

	err = wire_check_read(arena, &wire_rules_to_hub, bytes, &message, why);
	if (err != WH_OK)
		return err;
	m = (const Wijkhub__ToHub *)message;
	memset(out, 0, sizeof(*out));
	out->request = m->request;
	out->kind = (enum to_hub_kind)m->kind_case;
	kind_read(m, out);
	return WH_OK;
}

/* The messages inside one frame. */
struct parts {
	Wijkhub__Hello hello;
	Wijkhub__Submit submit;
	Wijkhub__Ack ack;
	Wijkhub__Credit credit;
	Wijkhub__ProofRequest proof;
	Wijkhub__WitnessConflict witness_conflict;
	Wijkhub__ConsistencyRequest consistency;
	Wijkhub__LogRequest log;
};

static void
hello_write(const struct hello *in, Wijkhub__Hello *m)
{
	wijkhub__hello__init(m);
	m->major = in->major;
	m->minor = in->minor;
	m->software = wire_unconst(in->software);
	m->register_version = in->register_version;
}

static void
witness_conflict_write(const struct witness_conflict *in,
    Wijkhub__WitnessConflict *m)
{
	wijkhub__witness_conflict__init(m);
	m->verdict = in->verdict;
	m->size = in->size;
	m->checkpoint = WIRE_DATA(in->checkpoint);
}

static void
kind_write(const struct to_hub *in, struct parts *parts, Wijkhub__ToHub *m)
{
	switch (in->kind) {
	case TO_HUB_HELLO:
		hello_write(&in->u.hello, &parts->hello);
		m->hello = &parts->hello;
		break;
	case TO_HUB_SUBMIT:
		wijkhub__submit__init(&parts->submit);
		parts->submit.envelope = WIRE_DATA(in->u.bytes);
		m->submit = &parts->submit;
		break;
	case TO_HUB_ACK:
		wijkhub__ack__init(&parts->ack);
		parts->ack.delivery = in->u.ack.delivery;
		parts->ack.reason = in->u.ack.reason;
		m->ack = &parts->ack;
		break;
	case TO_HUB_CREDIT:
		wijkhub__credit__init(&parts->credit);
		parts->credit.count = in->u.credit;
		m->credit = &parts->credit;
		break;
	case TO_HUB_PERMISSION:
		m->permission = WIRE_DATA(in->u.bytes);
		break;
	case TO_HUB_PERMISSION_EVENT:
		m->permission_event = WIRE_DATA(in->u.bytes);
		break;
	case TO_HUB_CARRIED:
		m->carried_through = WIRE_DATA(in->u.bytes);
		break;
	case TO_HUB_PROOF:
		wijkhub__proof_request__init(&parts->proof);
		parts->proof.index = in->u.proof_index;
		m->proof = &parts->proof;
		break;
	case TO_HUB_COSIGNATURE:
		m->cosignature = WIRE_DATA(in->u.bytes);
		break;
	case TO_HUB_WITNESS_CONFLICT:
		witness_conflict_write(&in->u.witness_conflict,
		    &parts->witness_conflict);
		m->witness_conflict = &parts->witness_conflict;
		break;
	case TO_HUB_CONSISTENCY:
		wijkhub__consistency_request__init(&parts->consistency);
		parts->consistency.from = in->u.consistency.sizes.from;
		parts->consistency.to = in->u.consistency.sizes.to;
		parts->consistency.origin =
		    wire_unconst(in->u.consistency.origin);
		m->consistency = &parts->consistency;
		break;
	case TO_HUB_LOG:
		wijkhub__log_request__init(&parts->log);
		parts->log.from = in->u.log.from;
		parts->log.count = in->u.log.count;
		m->log = &parts->log;
		break;
	}
}

enum wh_err
wire_to_hub_write(const struct to_hub *in, uint8_t **out, size_t *len)
{
	Wijkhub__ToHub m = WIJKHUB__TO_HUB__INIT;
	struct parts parts;

	if (in->kind < TO_HUB_HELLO ||
	    !wire_check_known(m.base.descriptor, in->kind))
		return WH_INVALID;
	m.request = in->request;
	m.kind_case = (Wijkhub__ToHub__KindCase)in->kind;
	kind_write(in, &parts, &m);
	return wire_check_write(&wire_rules_to_hub, &m.base, out, len);
}
