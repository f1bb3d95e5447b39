/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/wire_withdrawal.h"

#include "proto/control.pb-c.h"
#include "proto/permission.pb-c.h"
#include "proto/wire_check.h"

static const char *
message_reach_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__MessageReach *m = (const Wijkhub__MessageReach *)message;
	bool given = m->article != NULL && m->article[0] != '\0';

	if (m->reach < REACH_READ)
		return "reach must be what became of it at its recipient";
	if (given != (m->reach == REACH_RETAINED))
		return "article must be given for RETAINED_WITH_GROUND, and "
		       "only then";
	return NULL;
}

static const struct wire_rule message_reach_rules[] = {
    WIRE_RULE("message_id", WIRE_ID, 16, 16),
    WIRE_RULE_TERM("reach", WIRE_TERM, 1, UINT32_MAX, TERMS_REACHES),
    WIRE_RULE("article", WIRE_TOKEN, 0, WIRE_ARTICLE_MAX),
};

static const struct wire_message message_reach = {
    .descriptor = &wijkhub__message_reach__descriptor,
    WIRE_RULES(message_reach_rules),
    .across = message_reach_across,
};

static const struct wire_rule carried_rules[] = {
    WIRE_RULE("report_id", WIRE_ID, 16, 16),
    WIRE_RULE("permission_id", WIRE_ID, 16, 16),
    WIRE_RULE("epoch", WIRE_NUMBER, 1, INT64_MAX),
    WIRE_RULE("by_member", WIRE_SLUG, 1, NAME_MAX_LEN),
    WIRE_RULE("at_ms", WIRE_NUMBER, 1, WIRE_TIME_MAX),
    WIRE_RULE_OF("messages", WIRE_MESSAGES, 0, REPORT_MESSAGES_MAX,
	&message_reach),
    WIRE_RULE("more", WIRE_ANY, 0, 0),
};

const struct wire_message wire_rules_carried = {
    .descriptor = &wijkhub__carried_through__descriptor,
    WIRE_RULES(carried_rules),
    .max = REPORT_MAX,
};

static const struct wire_rule counts_rules[] = {
    WIRE_RULE("recalled", WIRE_ANY, 0, 0),
    WIRE_RULE("unread", WIRE_ANY, 0, 0),
    WIRE_RULE("read", WIRE_ANY, 0, 0),
    WIRE_RULE("erased", WIRE_ANY, 0, 0),
    WIRE_RULE("retained", WIRE_ANY, 0, 0),
};

static const struct wire_message counts = {
    .descriptor = &wijkhub__reach_counts__descriptor,
    WIRE_RULES(counts_rules),
};

static const struct wire_rule reached_rules[] = {
    WIRE_RULE("message_id", WIRE_ID, 16, 16),
    WIRE_RULE("case_ref", WIRE_ID, 16, 16),
    WIRE_RULE("to", WIRE_SLUG, 1, NAME_MAX_LEN),
    WIRE_RULE_TERM("reach", WIRE_TERM, 1, UINT32_MAX, TERMS_REACHES),
};

static const struct wire_message reached = {
    .descriptor = &wijkhub__reached__descriptor,
    WIRE_RULES(reached_rules),
};

static const char *
withdrawal_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__Withdrawal *m = (const Wijkhub__Withdrawal *)message;

	if (m->event_id.len == 0 && m->permission_id.len == 0)
		return "event_id or permission_id must be given";
	if (m->permission_id.len == 0 &&
	    (m->n_members > 0 || m->n_messages > 0 || m->report.len > 0 ||
		m->n_departed_members > 0))
		return "who is no party gets numbers only";
	if ((m->done_ms != 0) != (m->outstanding == 0))
		return "done_ms must be given when nobody is outstanding, and "
		       "only then";
	return NULL;
}

static const struct wire_rule withdrawal_rules[] = {
    WIRE_RULE("event_id", WIRE_ID, 0, 16),
    WIRE_RULE("permission_id", WIRE_ID, 0, 16),
    WIRE_RULE("recorded_ms", WIRE_NUMBER, 1, WIRE_TIME_MAX),
    WIRE_RULE("recorded_index", WIRE_ANY, 0, 0),
    WIRE_RULE("done_ms", WIRE_NUMBER, 0, WIRE_TIME_MAX),
    WIRE_RULE("done_index", WIRE_ANY, 0, 0),
    WIRE_RULE("overdue", WIRE_ANY, 0, 0),
    WIRE_RULE("outstanding", WIRE_NUMBER, 0, REGISTER_MEMBERS_MAX),
    WIRE_RULE("members", WIRE_SLUGS, 0, WITHDRAWAL_MEMBERS_MAX),
    WIRE_RULE_OF("counts", WIRE_MESSAGE, 1, 1, &counts),
    WIRE_RULE_OF("messages", WIRE_MESSAGES, 0, REPORT_MESSAGES_MAX, &reached),
    WIRE_RULE("report", WIRE_BYTES, 0, REPORT_MAX + WIRE_SIGNED_EXTRA),
    WIRE_RULE("departed", WIRE_NUMBER, 0, REGISTER_MEMBERS_MAX),
    WIRE_RULE("departed_members", WIRE_SLUGS, 0, WITHDRAWAL_MEMBERS_MAX),
};

const struct wire_message wire_rules_withdrawal = {
    .descriptor = &wijkhub__withdrawal__descriptor,
    WIRE_RULES(withdrawal_rules),
    .max = FRAME_MAX,
    .across = withdrawal_across,
};

static enum wh_err
no_memory(const char *where, struct why *why)
{
	return why_set(why, WH_TOO_BIG,
	    "%s: takes more memory than one message may", where);
}

enum wh_err
wire_carried_read(struct arena *arena, struct span body, struct carried *out,
    struct why *why)
{
	const ProtobufCMessage *message = NULL;
	const Wijkhub__CarriedThrough *m;
	struct message_reach *list;
	enum wh_err err;

	err = wire_check_read(arena, &wire_rules_carried, body, &message, why);
	if (err != WH_OK)
		return err;
	m = (const Wijkhub__CarriedThrough *)message;
	list = arena_alloc(arena, (m->n_messages + 1) * sizeof(*list));
	if (list == NULL)
		return no_memory("CarriedThrough.messages", why);
	for (size_t i = 0; i < m->n_messages; i++)
		list[i] = (struct message_reach){
		    .message_id =
			wire_check_id(WIRE_SPAN(m->messages[i]->message_id)),
		    .reach = (enum reach)m->messages[i]->reach,
		    .article = m->messages[i]->article,
		};
	*out = (struct carried){
	    .report_id = wire_check_id(WIRE_SPAN(m->report_id)),
	    .permission_id = wire_check_id(WIRE_SPAN(m->permission_id)),
	    .epoch = m->epoch,
	    .by_member = m->by_member,
	    .at_ms = m->at_ms,
	    .count = m->n_messages,
	    .messages = list,
	    .more = m->more,
	};
	return WH_OK;
}

enum wh_err
wire_carried_write(const struct carried *in, uint8_t **out, size_t *len)
{
	Wijkhub__MessageReach items[REPORT_MESSAGES_MAX];
	Wijkhub__MessageReach *list[REPORT_MESSAGES_MAX];
	Wijkhub__CarriedThrough m = WIJKHUB__CARRIED_THROUGH__INIT;

	if (in->count > REPORT_MESSAGES_MAX)
		return WH_TOO_BIG;
	for (size_t i = 0; i < in->count; i++) {
		wijkhub__message_reach__init(&items[i]);
		items[i].message_id =
		    WIRE_DATA(span_id(&in->messages[i].message_id));
		items[i].reach = in->messages[i].reach;
		items[i].article = wire_unconst(in->messages[i].article);
		list[i] = &items[i];
	}
	m.report_id = WIRE_DATA(span_id(&in->report_id));
	m.permission_id = WIRE_DATA(span_id(&in->permission_id));
	m.epoch = in->epoch;
	m.by_member = wire_unconst(in->by_member);
	m.at_ms = in->at_ms;
	m.n_messages = in->count;
	m.messages = list;
	m.more = in->more;
	return wire_check_write(&wire_rules_carried, &m.base, out, len);
}

static const char **
names_of(struct arena *arena, char **from, size_t count)
{
	const char **names = arena_alloc(arena, (count + 1) * sizeof(*names));

	for (size_t i = 0; names != NULL && i < count; i++)
		names[i] = from[i];
	return names;
}

/* The lists of a withdrawal, into the arena. */
static enum wh_err
lists_of(struct arena *arena, const Wijkhub__Withdrawal *m,
    struct withdrawal *out)
{
	struct reached *list =
	    arena_alloc(arena, (m->n_messages + 1) * sizeof(*list));

	out->member_count = m->n_members;
	out->members = names_of(arena, m->members, m->n_members);
	out->departed_count = m->n_departed_members;
	out->departed_members =
	    names_of(arena, m->departed_members, m->n_departed_members);
	if (list == NULL || out->members == NULL ||
	    out->departed_members == NULL)
		return WH_TOO_BIG;
	for (size_t i = 0; i < m->n_messages; i++)
		list[i] = (struct reached){
		    .message_id =
			wire_check_id(WIRE_SPAN(m->messages[i]->message_id)),
		    .case_ref =
			wire_check_id(WIRE_SPAN(m->messages[i]->case_ref)),
		    .to = m->messages[i]->to,
		    .reach = (enum reach)m->messages[i]->reach,
		};
	out->message_count = m->n_messages;
	out->messages = list;
	return WH_OK;
}

enum wh_err
wire_withdrawal_of(struct arena *arena, const struct ProtobufCMessage *message,
    const struct withdrawal **out)
{
	const Wijkhub__Withdrawal *m = (const Wijkhub__Withdrawal *)message;
	struct withdrawal *got = arena_alloc(arena, sizeof(*got));
	enum wh_err err = WH_TOO_BIG;

	if (got == NULL)
		return err;
	*got = (struct withdrawal){
	    .event_id = wire_check_id(WIRE_SPAN(m->event_id)),
	    .permission_id = wire_check_id(WIRE_SPAN(m->permission_id)),
	    .recorded_ms = m->recorded_ms,
	    .recorded_index = m->recorded_index,
	    .done_ms = m->done_ms,
	    .done_index = m->done_index,
	    .overdue = m->overdue,
	    .outstanding = m->outstanding,
	    .departed = m->departed,
	    .counts = {[REACH_RECALLED] = m->counts->recalled,
		[REACH_DELIVERED_UNREAD] = m->counts->unread,
		[REACH_READ] = m->counts->read,
		[REACH_ERASED] = m->counts->erased,
		[REACH_RETAINED] = m->counts->retained},
	    .report = WIRE_SPAN(m->report),
	};
	err = lists_of(arena, m, got);
	if (err == WH_OK)
		*out = got;
	return err;
}

enum wh_err
wire_withdrawal_read(struct arena *arena, struct span bytes,
    struct withdrawal *out, struct why *why)
{
	const ProtobufCMessage *message = NULL;
	const struct withdrawal *got;
	enum wh_err err;

	err = wire_check_read(arena, &wire_rules_withdrawal, bytes, &message,
	    why);
	if (err == WH_OK)
		err = wire_withdrawal_of(arena, message, &got);
	if (err == WH_OK)
		*out = *got;
	return err;
}

/* Everything that one withdrawal points to. */
struct parts {
	Wijkhub__Withdrawal m;
	Wijkhub__ReachCounts counts;
	Wijkhub__Reached items[REPORT_MESSAGES_MAX];
	Wijkhub__Reached *list[REPORT_MESSAGES_MAX];
};

static void
numbers_write(const struct withdrawal *in, struct parts *p)
{
	Wijkhub__Withdrawal *m = &p->m;

	wijkhub__reach_counts__init(&p->counts);
	p->counts.recalled = in->counts[REACH_RECALLED];
	p->counts.unread = in->counts[REACH_DELIVERED_UNREAD];
	p->counts.read = in->counts[REACH_READ];
	p->counts.erased = in->counts[REACH_ERASED];
	p->counts.retained = in->counts[REACH_RETAINED];
	m->counts = &p->counts;
	m->event_id = WIRE_DATA(wire_check_id_span(&in->event_id));
	m->permission_id = WIRE_DATA(wire_check_id_span(&in->permission_id));
	m->recorded_ms = in->recorded_ms;
	m->recorded_index = in->recorded_index;
	m->done_ms = in->done_ms;
	m->done_index = in->done_index;
	m->overdue = in->overdue;
	m->outstanding = in->outstanding;
	m->departed = in->departed;
}

struct ProtobufCMessage *
wire_withdrawal_as(struct arena *arena, const struct withdrawal *in)
{
	struct parts *p = arena_alloc(arena, sizeof(*p));

	if (p == NULL || in->message_count > REPORT_MESSAGES_MAX)
		return NULL;
	wijkhub__withdrawal__init(&p->m);
	numbers_write(in, p);
	for (size_t i = 0; i < in->message_count; i++) {
		const struct reached *from = &in->messages[i];

		wijkhub__reached__init(&p->items[i]);
		p->items[i].message_id = WIRE_DATA(span_id(&from->message_id));
		p->items[i].case_ref = WIRE_DATA(span_id(&from->case_ref));
		p->items[i].to = wire_unconst(from->to);
		p->items[i].reach = from->reach;
		p->list[i] = &p->items[i];
	}
	p->m.n_members = in->member_count;
	p->m.members = wire_unconst(in->members);
	p->m.n_departed_members = in->departed_count;
	p->m.departed_members = wire_unconst(in->departed_members);
	p->m.n_messages = in->message_count;
	p->m.messages = p->list;
	p->m.report = WIRE_DATA(in->report);
	return &p->m.base;
}

enum wh_err
wire_withdrawal_write(const struct withdrawal *in, uint8_t **out, size_t *len)
{
	struct arena arena;
	struct ProtobufCMessage *message;
	enum wh_err err = WH_TOO_BIG;

	arena_init(&arena, FRAME_ARENA_MAX);
	message = wire_withdrawal_as(&arena, in);
	if (message != NULL)
		err =
		    wire_check_write(&wire_rules_withdrawal, message, out, len);
	arena_fini(&arena);
	return err;
}
