/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/base/mem.h"
#include "proto/control.pb-c.h"
#include "proto/wire.h"
#include "proto/wire_check.h"
#include "proto/wire_withdrawal.h"

static const struct wire_rule welcome_rules[] = {
    WIRE_RULE("major", WIRE_NUMBER, 1, UINT32_MAX),
    WIRE_RULE("minor", WIRE_ANY, 0, 0),
    WIRE_RULE("register_version", WIRE_ANY, 0, 0),
    WIRE_RULE("now_ms", WIRE_NUMBER, 1, WIRE_TIME_MAX),
    WIRE_RULE("waiting_since_ms", WIRE_NUMBER, 0, WIRE_TIME_MAX),
};

static const struct wire_message welcome = {
    .descriptor = &wijkhub__welcome__descriptor,
    WIRE_RULES(welcome_rules),
};

static const struct wire_rule receipt_rules[] = {
    WIRE_RULE("id", WIRE_ID, 16, 16),
    WIRE_RULE("log_index", WIRE_ANY, 0, 0),
    WIRE_RULE("at_ms", WIRE_NUMBER, 1, WIRE_TIME_MAX),
    WIRE_RULE("duplicate", WIRE_ANY, 0, 0),
    WIRE_RULE_TERM("state", WIRE_TERM, 0, UINT32_MAX, TERMS_STATES),
};

static const struct wire_message receipt = {
    .descriptor = &wijkhub__receipt__descriptor,
    WIRE_RULES(receipt_rules),
};

static const struct wire_rule refusal_rules[] = {
    WIRE_RULE("id", WIRE_ID, 0, 16),
    WIRE_RULE_TERM("reason", WIRE_TERM, 1, UINT32_MAX, TERMS_REASONS),
    WIRE_RULE("log_index", WIRE_ANY, 0, 0),
    WIRE_RULE("detail", WIRE_TEXT, 0, WHY_MAX),
    WIRE_RULE_TERM("state", WIRE_TERM, 0, UINT32_MAX, TERMS_STATES),
};

static const struct wire_message refusal = {
    .descriptor = &wijkhub__refusal__descriptor,
    WIRE_RULES(refusal_rules),
};

static const struct wire_rule notice_rules[] = {
    WIRE_RULE("case_ref", WIRE_ID, 16, 16),
    WIRE_RULE_TERM("state", WIRE_TERM, 1, UINT32_MAX, TERMS_STATES),
    WIRE_RULE_TERM("code", WIRE_TERM, 0, UINT32_MAX, TERMS_CODES),
    WIRE_RULE_TERM("reason", WIRE_TERM, 0, UINT32_MAX, TERMS_REASONS),
    WIRE_RULE_TERM("reach", WIRE_TERM, 0, UINT32_MAX, TERMS_REACHES),
    WIRE_RULE("at_ms", WIRE_NUMBER, 1, WIRE_TIME_MAX),
    WIRE_RULE("message_id", WIRE_ID, 0, 16),
    WIRE_RULE("permission_id", WIRE_ID, 0, 16),
    WIRE_RULE_TERM("event", WIRE_TERM, 0, UINT32_MAX, TERMS_EVENTS),
    WIRE_RULE("due_ms", WIRE_NUMBER, 0, WIRE_TIME_MAX),
};

static const char *
notice_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__Notice *m = (const Wijkhub__Notice *)message;

	if (m->event == 0)
		return NULL;
	if (m->event != EVENT_REMIND && m->event != EVENT_ESCALATE)
		return "event must be that of a clock";
	return m->due_ms == 0 ? "due_ms must be given with event" : NULL;
}

static const struct wire_message notice = {
    .descriptor = &wijkhub__notice__descriptor,
    WIRE_RULES(notice_rules),
    .across = notice_across,
};

static const char *
deliver_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__Deliver *m = (const Wijkhub__Deliver *)message;
	unsigned kinds = (m->envelope.len > 0) + (m->notice != NULL) +
			 (m->permission_event.len > 0) +
			 (m->withdrawal != NULL);

	if (kinds != 1)
		return "exactly one of envelope, notice, permission_event and "
		       "withdrawal must be given";
	if (m->permission.len > 0 && m->envelope.len == 0 &&
	    m->permission_event.len == 0)
		return "permission comes with an envelope or event only";
	return NULL;
}

static const struct wire_rule deliver_rules[] = {
    WIRE_RULE("delivery", WIRE_NUMBER, 1, INT64_MAX),
    WIRE_RULE("log_index", WIRE_ANY, 0, 0),
    WIRE_RULE("envelope", WIRE_BYTES, 0, ENVELOPE_MAX + WIRE_SIGNED_EXTRA),
    WIRE_RULE_OF("notice", WIRE_MESSAGE, 0, 1, &notice),
    WIRE_RULE("permission", WIRE_BYTES, 0, PERMISSION_MAX + WIRE_SIGNED_EXTRA),
    WIRE_RULE("permission_event", WIRE_BYTES, 0,
	PERMISSION_MAX + WIRE_SIGNED_EXTRA),
    WIRE_RULE("accepted_index", WIRE_ANY, 0, 0),
    WIRE_RULE_OF("withdrawal", WIRE_MESSAGE, 0, 1, &wire_rules_withdrawal),
};

static const struct wire_message deliver = {
    .descriptor = &wijkhub__deliver__descriptor,
    WIRE_RULES(deliver_rules),
    .across = deliver_across,
};

static const char *
proof_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__Proof *m = (const Wijkhub__Proof *)message;

	/* The number of an entry says its generation in the upper half. */
	if ((m->index & UINT32_MAX) >= m->size)
		return "index must be below size, within its tree";
	return NULL;
}

static const struct wire_rule proof_rules[] = {
    WIRE_RULE("index", WIRE_ANY, 0, 0),
    WIRE_RULE("size", WIRE_ANY, 0, 0),
    WIRE_RULE("leaf", WIRE_BYTES, 1, WIRE_LEAF_MAX),
    WIRE_RULE("path", WIRE_HASHES, 0, WIRE_PROOF_MAX),
    WIRE_RULE("checkpoint", WIRE_BYTES, 1, CHECKPOINT_MAX),
};

static const struct wire_message proof = {
    .descriptor = &wijkhub__proof__descriptor,
    WIRE_RULES(proof_rules),
    .across = proof_across,
};

static const struct wire_rule busy_rules[] = {
    WIRE_RULE("id", WIRE_ID, 0, 16),
    WIRE_RULE_TERM("cause", WIRE_TERM, 1, UINT32_MAX, TERMS_BUSIES),
    WIRE_RULE("retry_ms", WIRE_ANY, 0, 0),
};

static const struct wire_message busy = {
    .descriptor = &wijkhub__busy__descriptor,
    WIRE_RULES(busy_rules),
};

static const char *
from_hub_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__FromHub *m = (const Wijkhub__FromHub *)message;

	if (m->kind_case == WIJKHUB__FROM_HUB__KIND__NOT_SET)
		return "kind must be given";
	return NULL;
}

static const struct wire_rule from_hub_rules[] = {
    WIRE_RULE("request", WIRE_ANY, 0, 0),
    WIRE_RULE_OF("welcome", WIRE_MESSAGE, 1, 1, &welcome),
    WIRE_RULE_OF("receipt", WIRE_MESSAGE, 1, 1, &receipt),
    WIRE_RULE_OF("refusal", WIRE_MESSAGE, 1, 1, &refusal),
    WIRE_RULE_OF("deliver", WIRE_MESSAGE, 1, 1, &deliver),
    WIRE_RULE("register", WIRE_BYTES, 1, REGISTER_MAX + WIRE_SIGNED_EXTRA),
    WIRE_RULE("checkpoint", WIRE_BYTES, 1, CHECKPOINT_MAX),
    WIRE_RULE_OF("proof", WIRE_MESSAGE, 1, 1, &proof),
    WIRE_RULE_OF("busy", WIRE_MESSAGE, 1, 1, &busy),
    WIRE_RULE_OF("add_checkpoint", WIRE_MESSAGE, 1, 1,
	&wire_rules_add_checkpoint),
    WIRE_RULE_OF("consistency", WIRE_MESSAGE, 1, 1, &wire_rules_consistency),
    WIRE_RULE_OF("log", WIRE_MESSAGE, 1, 1, &wire_rules_log_page),
};

const struct wire_message wire_rules_from_hub = {
    .descriptor = &wijkhub__from_hub__descriptor,
    WIRE_RULES(from_hub_rules),
    .max = FRAME_MAX,
    .across = from_hub_across,
};

static enum wh_err
deliver_read(struct arena *arena, const Wijkhub__Deliver *m,
    struct deliver *out)
{
	out->delivery = m->delivery;
	out->log_index = m->log_index;
	out->accepted_index = m->accepted_index;
	out->envelope = WIRE_SPAN(m->envelope);
	out->permission = WIRE_SPAN(m->permission);
	out->permission_event = WIRE_SPAN(m->permission_event);
	out->kind =
	    m->envelope.len > 0 ? DELIVER_ENVELOPE : DELIVER_PERMISSION_EVENT;
	if (m->withdrawal != NULL) {
		out->kind = DELIVER_WITHDRAWAL;
		return wire_withdrawal_of(arena, &m->withdrawal->base,
		    &out->withdrawal);
	}
	if (m->notice == NULL)
		return WH_OK;
	out->kind = DELIVER_NOTICE;
	out->notice = (struct notice){
	    .case_ref = wire_check_id(WIRE_SPAN(m->notice->case_ref)),
	    .state = (enum referral_state)m->notice->state,
	    .code = (enum code)m->notice->code,
	    .reason = (enum reason)m->notice->reason,
	    .reach = (enum reach)m->notice->reach,
	    .at_ms = m->notice->at_ms,
	    .message_id = wire_check_id(WIRE_SPAN(m->notice->message_id)),
	    .permission_id = wire_check_id(WIRE_SPAN(m->notice->permission_id)),
	    .event = m->notice->event,
	    .due_ms = m->notice->due_ms,
	};
	return WH_OK;
}

static enum wh_err
proof_read(struct arena *arena, const Wijkhub__Proof *m, struct proof *out,
    struct why *why)
{
	const uint8_t(*path)[WIRE_KEY_LEN] = NULL;
	enum wh_err err;

	err = wire_check_hashes(arena, m->path, m->n_path, &path, why);
	if (err != WH_OK)
		return err;
	*out = (struct proof){
	    .index = m->index,
	    .size = m->size,
	    .leaf = WIRE_SPAN(m->leaf),
	    .path_count = m->n_path,
	    .path = path,
	    .checkpoint = WIRE_SPAN(m->checkpoint),
	};
	return WH_OK;
}

static void
answer_read(const Wijkhub__FromHub *m, struct from_hub *out)
{
	const Wijkhub__Receipt *got = m->receipt;
	const Wijkhub__Refusal *no = m->refusal;

	if (m->kind_case == WIJKHUB__FROM_HUB__KIND_RECEIPT)
		out->u.receipt = (struct receipt){
		    .id = wire_check_id(WIRE_SPAN(got->id)),
		    .log_index = got->log_index,
		    .at_ms = got->at_ms,
		    .duplicate = got->duplicate,
		    .state = got->state,
		};
	else
		out->u.refusal = (struct refusal){
		    .id = wire_check_id(WIRE_SPAN(no->id)),
		    .reason = (enum reason)no->reason,
		    .log_index = no->log_index,
		    .detail = no->detail,
		    .state = no->state,
		};
}

static enum wh_err
kind_read(struct arena *arena, const Wijkhub__FromHub *m, struct from_hub *out,
    struct why *why)
{
	switch (m->kind_case) {
	case WIJKHUB__FROM_HUB__KIND_WELCOME:
		out->u.welcome = (struct welcome){
		    .major = m->welcome->major,
		    .minor = m->welcome->minor,
		    .register_version = m->welcome->register_version,
		    .now_ms = m->welcome->now_ms,
		    .waiting_since_ms = m->welcome->waiting_since_ms,
		};
		break;
	case WIJKHUB__FROM_HUB__KIND_RECEIPT:
	case WIJKHUB__FROM_HUB__KIND_REFUSAL:
		answer_read(m, out);
		break;
	case WIJKHUB__FROM_HUB__KIND_DELIVER:
		return deliver_read(arena, m->deliver, &out->u.deliver);
	case WIJKHUB__FROM_HUB__KIND_REGISTER:
		out->u.bytes = WIRE_SPAN(m->register_);
		break;
	case WIJKHUB__FROM_HUB__KIND_CHECKPOINT:
		out->u.bytes = WIRE_SPAN(m->checkpoint);
		break;
	case WIJKHUB__FROM_HUB__KIND_PROOF:
		return proof_read(arena, m->proof, &out->u.proof, why);
	case WIJKHUB__FROM_HUB__KIND_ADD_CHECKPOINT:
		return wire_add_checkpoint_read(arena, &m->add_checkpoint->base,
		    &out->u.add_checkpoint, why);
	case WIJKHUB__FROM_HUB__KIND_CONSISTENCY:
		return wire_consistency_read(arena, &m->consistency->base,
		    &out->u.consistency, why);
	case WIJKHUB__FROM_HUB__KIND_LOG:
		return wire_log_page_read(arena, &m->log->base, &out->u.log,
		    why);
	case WIJKHUB__FROM_HUB__KIND_BUSY:
		out->u.busy = (struct busy_answer){
		    .id = wire_check_id(WIRE_SPAN(m->busy->id)),
		    .cause = (enum busy)m->busy->cause,
		    .retry_ms = m->busy->retry_ms,
		};
		break;
	case WIJKHUB__FROM_HUB__KIND__NOT_SET:
	case _WIJKHUB__FROM_HUB__KIND__CASE_IS_INT_SIZE:
		break;
	}
	return WH_OK;
}

enum wh_err
wire_from_hub_read(struct arena *arena, struct span bytes, struct from_hub *out,
    struct why *why)
{
	const ProtobufCMessage *message = NULL;
	const Wijkhub__FromHub *m;
	struct from_hub got;
	enum wh_err err;

	err =
	    wire_check_read(arena, &wire_rules_from_hub, bytes, &message, why);
	if (err != WH_OK)
		return err;
	m = (const Wijkhub__FromHub *)message;
	memset(&got, 0, sizeof(got));
	got.request = m->request;
	got.kind = (enum from_hub_kind)m->kind_case;
	err = kind_read(arena, m, &got, why);
	if (err == WH_OK)
		*out = got;
	return err;
}

/* The messages inside one frame. */
struct parts {
	Wijkhub__Welcome welcome;
	Wijkhub__Receipt receipt;
	Wijkhub__Refusal refusal;
	Wijkhub__Deliver deliver;
	struct arena arena; /* of a withdrawal */
	Wijkhub__Notice notice;
	Wijkhub__Proof proof;
	ProtobufCBinaryData path[WIRE_PROOF_MAX];
	Wijkhub__Busy busy;
	Wijkhub__AddCheckpoint add_checkpoint;
	Wijkhub__Consistency consistency;
	struct ProtobufCMessage *log; /* heap */
};

static void
welcome_write(const struct welcome *in, Wijkhub__Welcome *m)
{
	wijkhub__welcome__init(m);
	m->major = in->major;
	m->minor = in->minor;
	m->register_version = in->register_version;
	m->now_ms = in->now_ms;
	m->waiting_since_ms = in->waiting_since_ms;
}

static void
receipt_write(const struct receipt *in, Wijkhub__Receipt *m)
{
	wijkhub__receipt__init(m);
	m->id = WIRE_DATA(wire_check_id_span(&in->id));
	m->log_index = in->log_index;
	m->at_ms = in->at_ms;
	m->duplicate = in->duplicate;
	m->state = in->state;
}

static void
refusal_write(const struct refusal *in, Wijkhub__Refusal *m)
{
	wijkhub__refusal__init(m);
	m->id = WIRE_DATA(wire_check_id_span(&in->id));
	m->reason = in->reason;
	m->log_index = in->log_index;
	m->detail = wire_unconst(in->detail);
	m->state = in->state;
}

static void
notice_write(const struct notice *in, Wijkhub__Notice *m)
{
	wijkhub__notice__init(m);
	m->case_ref = WIRE_DATA(wire_check_id_span(&in->case_ref));
	m->state = in->state;
	m->code = in->code;
	m->reason = in->reason;
	m->reach = in->reach;
	m->at_ms = in->at_ms;
	m->message_id = WIRE_DATA(wire_check_id_span(&in->message_id));
	m->permission_id = WIRE_DATA(wire_check_id_span(&in->permission_id));
	m->event = in->event;
	m->due_ms = in->due_ms;
}

static void
deliver_write(const struct deliver *in, struct parts *parts)
{
	Wijkhub__Deliver *m = &parts->deliver;

	wijkhub__deliver__init(m);
	m->delivery = in->delivery;
	m->log_index = in->log_index;
	m->accepted_index = in->accepted_index;
	switch (in->kind) {
	case DELIVER_ENVELOPE:
		m->envelope = WIRE_DATA(in->envelope);
		m->permission = WIRE_DATA(in->permission);
		break;
	case DELIVER_NOTICE:
		notice_write(&in->notice, &parts->notice);
		m->notice = &parts->notice;
		break;
	case DELIVER_PERMISSION_EVENT:
		m->permission_event = WIRE_DATA(in->permission_event);
		m->permission = WIRE_DATA(in->permission);
		break;
	case DELIVER_WITHDRAWAL:
		m->withdrawal =
		    (Wijkhub__Withdrawal *)wire_withdrawal_as(&parts->arena,
			in->withdrawal);
		break;
	}
}

static void
hashes_write(const uint8_t (*in)[WIRE_KEY_LEN], size_t count,
    struct parts *parts)
{
	for (size_t i = 0; i < count; i++)
		parts->path[i] = WIRE_DATA(span_of(in[i], sizeof(in[i])));
}

static void
proof_write(const struct proof *in, struct parts *parts)
{
	Wijkhub__Proof *m = &parts->proof;

	wijkhub__proof__init(m);
	m->index = in->index;
	m->size = in->size;
	m->leaf = WIRE_DATA(in->leaf);
	m->n_path = in->path_count;
	m->path = parts->path;
	hashes_write(in->path, in->path_count, parts);
	m->checkpoint = WIRE_DATA(in->checkpoint);
}

static void
add_checkpoint_write(const struct add_checkpoint *in, struct parts *parts)
{
	Wijkhub__AddCheckpoint *m = &parts->add_checkpoint;

	wijkhub__add_checkpoint__init(m);
	m->old_size = in->old_size;
	m->n_proof = in->proof_count;
	m->proof = parts->path;
	hashes_write(in->proof, in->proof_count, parts);
	m->checkpoint = WIRE_DATA(in->checkpoint);
}

static void
consistency_write(const struct consistency *in, struct parts *parts)
{
	Wijkhub__Consistency *m = &parts->consistency;

	wijkhub__consistency__init(m);
	m->from = in->sizes.from;
	m->to = in->sizes.to;
	m->n_path = in->path_count;
	m->path = parts->path;
	hashes_write(in->path, in->path_count, parts);
}

static void
busy_write(const struct busy_answer *in, Wijkhub__Busy *m)
{
	wijkhub__busy__init(m);
	m->id = WIRE_DATA(wire_check_id_span(&in->id));
	m->cause = in->cause;
	m->retry_ms = in->retry_ms;
}

static void
kind_write(const struct from_hub *in, struct parts *parts, Wijkhub__FromHub *m)
{
	switch (in->kind) {
	case FROM_HUB_WELCOME:
		welcome_write(&in->u.welcome, &parts->welcome);
		m->welcome = &parts->welcome;
		break;
	case FROM_HUB_RECEIPT:
		receipt_write(&in->u.receipt, &parts->receipt);
		m->receipt = &parts->receipt;
		break;
	case FROM_HUB_REFUSAL:
		refusal_write(&in->u.refusal, &parts->refusal);
		m->refusal = &parts->refusal;
		break;
	case FROM_HUB_DELIVER:
		deliver_write(&in->u.deliver, parts);
		m->deliver = &parts->deliver;
		break;
	case FROM_HUB_REGISTER:
		m->register_ = WIRE_DATA(in->u.bytes);
		break;
	case FROM_HUB_CHECKPOINT:
		m->checkpoint = WIRE_DATA(in->u.bytes);
		break;
	case FROM_HUB_PROOF:
		proof_write(&in->u.proof, parts);
		m->proof = &parts->proof;
		break;
	case FROM_HUB_BUSY:
		busy_write(&in->u.busy, &parts->busy);
		m->busy = &parts->busy;
		break;
	case FROM_HUB_ADD_CHECKPOINT:
		add_checkpoint_write(&in->u.add_checkpoint, parts);
		m->add_checkpoint = &parts->add_checkpoint;
		break;
	case FROM_HUB_CONSISTENCY:
		consistency_write(&in->u.consistency, parts);
		m->consistency = &parts->consistency;
		break;
	case FROM_HUB_LOG:
		parts->log = wire_log_page_make(&in->u.log);
		m->log = (Wijkhub__LogPage *)parts->log;
		break;
	}
}

/* How many hashes there are in it, which must fit in struct parts. */
static size_t
hash_count(const struct from_hub *in)
{
	switch (in->kind) {
	case FROM_HUB_PROOF:
		return in->u.proof.path_count;
	case FROM_HUB_ADD_CHECKPOINT:
		return in->u.add_checkpoint.proof_count;
	case FROM_HUB_CONSISTENCY:
		return in->u.consistency.path_count;
	case FROM_HUB_WELCOME:
	case FROM_HUB_RECEIPT:
	case FROM_HUB_REFUSAL:
	case FROM_HUB_DELIVER:
	case FROM_HUB_REGISTER:
	case FROM_HUB_CHECKPOINT:
	case FROM_HUB_LOG:
	case FROM_HUB_BUSY:
		break;
	}
	return 0;
}

enum wh_err
wire_from_hub_write(const struct from_hub *in, uint8_t **out, size_t *len)
{
	Wijkhub__FromHub m = WIJKHUB__FROM_HUB__INIT;
	struct parts parts = {.log = NULL};
	enum wh_err err;

	if (in->kind < FROM_HUB_WELCOME ||
	    !wire_check_known(m.base.descriptor, in->kind))
		return WH_INVALID;
	if (hash_count(in) > WIRE_PROOF_MAX ||
	    (in->kind == FROM_HUB_LOG && in->u.log.count > LOG_PAGE_MAX))
		return WH_TOO_BIG;
	m.request = in->request;
	m.kind_case = (Wijkhub__FromHub__KindCase)in->kind;
	arena_init(&parts.arena, FRAME_ARENA_MAX);
	kind_write(in, &parts, &m);
	err = wire_check_write(&wire_rules_from_hub, &m.base, out, len);
	mem_free(parts.log);
	arena_fini(&parts.arena);
	return err;
}
