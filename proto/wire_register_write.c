/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/register.pb-c.h"
#include "proto/wire_check.h"
#include "proto/wire_register.h"

/* The structs of the longest register, its lists and its text. */
#define WRITE_ARENA_MAX ((size_t)16 * REGISTER_MAX)

/*
 * Lists of count items of one message type, in memory of the arena: the
 * pointers that the message wants, each to a fresh item. NULL when full.
 */
static void *
items_new(struct arena *arena, const ProtobufCMessageDescriptor *type,
    size_t count)
{
	ProtobufCMessage **items;
	uint8_t *block;

	items = arena_alloc(arena, (count + 1) * sizeof(void *));
	block = arena_alloc(arena, (count + 1) * type->sizeof_message);
	if (items == NULL || block == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		items[i] = (void *)(block + i * type->sizeof_message);
		type->message_init(items[i]);
	}
	return items;
}

static bool
areas_write(struct arena *arena, const struct wh_register *in,
    Wijkhub__Register *m)
{
	m->n_areas = in->area_count;
	m->areas = items_new(arena, &wijkhub__area__descriptor, m->n_areas);
	m->n_roles = in->role_count;
	m->roles = items_new(arena, &wijkhub__role__descriptor, m->n_roles);
	if (m->areas == NULL || m->roles == NULL)
		return false;
	for (size_t i = 0; i < m->n_areas; i++) {
		m->areas[i]->id = wire_unconst(in->areas[i].id);
		m->areas[i]->name = wire_unconst(in->areas[i].name);
		m->areas[i]->district = wire_unconst(in->areas[i].district);
		m->areas[i]->focus = in->areas[i].focus;
	}
	for (size_t i = 0; i < m->n_roles; i++) {
		m->roles[i]->id = wire_unconst(in->roles[i].id);
		m->roles[i]->bsn = in->roles[i].bsn;
		m->roles[i]->informal = in->roles[i].informal;
	}
	return true;
}

static Wijkhub__Key **
keys_write(struct arena *arena, const struct reg_key *in, size_t count)
{
	Wijkhub__Key **keys =
	    items_new(arena, &wijkhub__key__descriptor, count);

	for (size_t i = 0; keys != NULL && i < count; i++) {
		keys[i]->use = in[i].use;
		keys[i]->key = WIRE_DATA(span_of(in[i].key, WIRE_KEY_LEN));
		keys[i]->from_ms = in[i].from_ms;
		keys[i]->until_ms = in[i].until_ms;
	}
	return keys;
}

static bool
member_write(struct arena *arena, const struct reg_member *in,
    Wijkhub__Member *m)
{
	m->id = wire_unconst(in->id);
	m->role = wire_unconst(in->role);
	m->name = wire_unconst(in->name);
	m->oin = wire_unconst(in->oin);
	m->all_areas = in->all_areas;
	m->n_areas = in->area_count;
	m->areas = wire_unconst(in->areas);
	m->n_desks = in->desk_count;
	m->desks = wire_unconst(in->desks);
	m->n_keys = in->key_count;
	m->keys = keys_write(arena, in->keys, m->n_keys);
	return m->keys != NULL;
}

static bool
members_write(struct arena *arena, const struct wh_register *in,
    Wijkhub__Register *m)
{
	m->n_members = in->member_count;
	m->members =
	    items_new(arena, &wijkhub__member__descriptor, m->n_members);
	if (m->members == NULL)
		return false;
	for (size_t i = 0; i < m->n_members; i++) {
		if (!member_write(arena, &in->members[i], m->members[i]))
			return false;
	}
	return true;
}

static bool
instruments_write(struct arena *arena, const struct wh_register *in,
    Wijkhub__Register *m)
{
	m->n_instruments = in->instrument_count;
	m->instruments = items_new(arena, &wijkhub__instrument__descriptor,
	    m->n_instruments);
	if (m->instruments == NULL)
		return false;
	for (size_t i = 0; i < m->n_instruments; i++) {
		const struct reg_instrument *from = &in->instruments[i];
		Wijkhub__Instrument *to = m->instruments[i];

		to->id = wire_unconst(from->id);
		to->kind = from->kind;
		to->text = wire_unconst(from->text);
		to->from_ms = from->from_ms;
		to->until_ms = from->until_ms;
		to->review_within_working_days =
		    from->review_within_working_days;
	}
	return true;
}

/* The numbers of bits; *out is NULL when the arena is full. */
static size_t
numbers_new(struct arena *arena, uint32_t bits, uint32_t **out)
{
	uint32_t numbers[32];
	size_t count = wire_check_list(bits, numbers);

	*out = arena_alloc(arena, sizeof(numbers));
	if (*out != NULL)
		memcpy(*out, numbers, sizeof(numbers));
	return count;
}

static bool
type_write(struct arena *arena, const struct reg_type *in,
    Wijkhub__ReferralType *m)
{
	m->id = wire_unconst(in->id);
	m->title_nl = wire_unconst(in->title_nl);
	m->title_en = wire_unconst(in->title_en);
	m->n_from_roles = in->from_count;
	m->from_roles = wire_unconst(in->from_roles);
	m->n_to_roles = in->to_count;
	m->to_roles = wire_unconst(in->to_roles);
	m->desk = wire_unconst(in->desk);
	m->n_kinds = numbers_new(arena, in->kinds, &m->kinds);
	m->instrument = wire_unconst(in->instrument);
	m->two_phase = in->two_phase;
	m->n_required = numbers_new(arena, in->required, &m->required);
	m->n_optional = numbers_new(arena, in->optional, &m->optional);
	m->n_feedback = numbers_new(arena, in->feedback, &m->feedback);
	m->delayed_notice = in->delayed_notice;
	m->clocks = arena_alloc(arena, sizeof(*m->clocks));
	if (m->kinds == NULL || m->required == NULL || m->optional == NULL ||
	    m->feedback == NULL || m->clocks == NULL)
		return false;
	wijkhub__clocks__init(m->clocks);
	m->clocks->decide = in->clock_decide;
	m->clocks->contact = in->clock_contact;
	m->clocks->heartbeat = in->clock_heartbeat;
	m->escalation_target = in->escalation_target;
	m->activity = wire_unconst(in->activity);
	return true;
}

static bool
types_write(struct arena *arena, const struct wh_register *in,
    Wijkhub__Register *m)
{
	m->n_types = in->type_count;
	m->types =
	    items_new(arena, &wijkhub__referral_type__descriptor, m->n_types);
	if (m->types == NULL)
		return false;
	for (size_t i = 0; i < m->n_types; i++) {
		if (!type_write(arena, &in->types[i], m->types[i]))
			return false;
	}
	return true;
}

static bool
activities_write(struct arena *arena, const struct wh_register *in,
    Wijkhub__Register *m)
{
	m->n_activities = in->activity_count;
	m->activities =
	    items_new(arena, &wijkhub__activity__descriptor, m->n_activities);
	if (m->activities == NULL)
		return false;
	for (size_t i = 0; i < m->n_activities; i++) {
		const struct reg_activity *from = &in->activities[i];
		Wijkhub__Activity *to = m->activities[i];

		to->id = wire_unconst(from->id);
		to->uri = wire_unconst(from->uri);
		to->notice = from->notice;
		to->delay_working_days = from->delay_working_days;
		to->review_working_days = from->review_working_days;
		to->article = wire_unconst(from->article);
	}
	return true;
}

enum wh_err
wire_register_write(const struct wh_register *in, uint8_t **out, size_t *len)
{
	Wijkhub__Register m;
	Wijkhub__Retention retention = WIJKHUB__RETENTION__INIT;
	Wijkhub__Hub hub;
	enum wh_err err = WH_TOO_BIG;
	struct arena arena;

	wijkhub__register__init(&m);
	wijkhub__hub__init(&hub);
	if (in->member_count > REGISTER_MEMBERS_MAX ||
	    in->area_count > REGISTER_MEMBERS_MAX)
		return WH_TOO_BIG;
	arena_init(&arena, WRITE_ARENA_MAX);
	if (!areas_write(&arena, in, &m) || !members_write(&arena, in, &m) ||
	    !instruments_write(&arena, in, &m) ||
	    !types_write(&arena, in, &m) || !activities_write(&arena, in, &m))
		goto out;
	m.covenant = wire_unconst(in->covenant);
	m.version = in->version;
	m.valid_from_ms = in->valid_from_ms;
	m.signed_ms = in->signed_ms;
	m.holidays = wire_unconst(in->holidays);
	m.retention = &retention;
	retention.sections_after_end_working_days =
	    in->sections_after_end_working_days;
	retention.shell_after_end_days = in->shell_after_end_days;
	retention.audit_years = in->audit_years;
	m.hub = &hub;
	hub.log_origin = wire_unconst(in->log_origin);
	hub.n_keys = in->hub_key_count;
	hub.keys = keys_write(&arena, in->hub_keys, in->hub_key_count);
	if (hub.keys == NULL)
		goto out;
	err = wire_check_write(&wire_rules_register, &m.base, out, len);
out:
	arena_fini(&arena);
	return err;
}
