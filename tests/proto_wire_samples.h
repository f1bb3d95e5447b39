/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_PROTO_WIRE_SAMPLES_H
#define WH_TESTS_PROTO_WIRE_SAMPLES_H

#include "proto/base/mem.h"
#include "proto/wire.h"
#include "proto/wire_permission.h"
#include "proto/wire_register.h"
#include "proto/wire_withdrawal.h"

/* One valid thing of each kind; every field has a value of its own. */

#define SAMPLE_NOW_MS 1790000000000
#define SAMPLE_DAY_MS (24ll * 3600 * 1000)
#define SAMPLE_BIT(c) (1u << (unsigned)CATEGORY_##c)

static inline struct id
sample_id(uint8_t n)
{
	struct id id = {{0x01, 0x8f, n}};

	return id;
}

static const uint8_t sample_blob[2 * SECTION_MAX + 64] = {7, 1, 4};

static inline struct header
sample_header(void)
{
	return (struct header){
	    .message_id = sample_id(1),
	    .case_ref = sample_id(2),
	    .relation_ref = sample_id(3),
	    .from_member = "buurtteam",
	    .from_desk = "osdorp",
	    .to_member = "wpi",
	    .to_desk = "inkomen",
	    .type = "geldzorgen",
	    .area = "wildemanbuurt",
	    .event = EVENT_DECLINE,
	    .ground = {.kind = KIND_CONSENT_AVG,
		.has_permission = true,
		.permission_id = sample_id(4),
		.instrument = "",
		.decision = ""},
	    .epoch = 5,
	    .created_ms = SAMPLE_NOW_MS,
	    .expires_ms = SAMPLE_NOW_MS + 14 * SAMPLE_DAY_MS,
	    .code = CODE_NO_CAPACITY,
	    .urgent = true,
	    .no_automatic_notice = true,
	};
}

static inline struct header
sample_header_duty(void)
{
	struct header header = sample_header();

	header.event = EVENT_OFFER;
	header.code = CODE_NONE;
	header.epoch = 0;
	header.ground = (struct ground){.kind = KIND_DUTY_WITH_OBJECTION,
	    .instrument = "wgs-vroegsignalering",
	    .attempts = {true, false, true, true},
	    .decision = ""};
	return header;
}

/* Lives until the caller frees *header_bytes. */
static inline struct envelope
sample_envelope(const struct header *header, size_t sections,
    uint8_t **header_bytes)
{
	struct envelope envelope = {.section_count = sections};
	size_t len = 0;

	if (wire_header_write(header, header_bytes, &len) != WH_OK)
		abort();
	envelope.header_bytes = span_of(*header_bytes, len);
	if (sections > 0)
		envelope.encapsulation = span_of(sample_blob, WIRE_KEY_LEN);
	memcpy(envelope.sealing_key_id.b, "\1\2\3\4\5\6\7\10", WIRE_KEY_ID_LEN);
	for (size_t i = 0; i < sections && i < CATEGORY_COUNT; i++) {
		envelope.sections[i].category = (enum category)(i + 1);
		envelope.sections[i].ciphertext =
		    span_of(sample_blob, PAD_MIN + 16 + i);
	}
	return envelope;
}

static inline struct permission
sample_permission(void)
{
	return (struct permission){
	    .permission_id = sample_id(4),
	    .schema_version = PERMISSION_SCHEMA,
	    .version = 2,
	    .previous_hash = span_of(sample_blob, WIRE_KEY_LEN),
	    .kind = KIND_CONSENT_AVG,
	    .instrument = "",
	    .relation_ref = sample_id(3),
	    .representative = REPRESENTATIVE_MENTOR,
	    .capacity_checked = true,
	    .from = {"buurtteam", "osdorp", "", ""},
	    .to = {"", "", "wpi", "wildemanbuurt"},
	    .both_ways = true,
	    .feedback = SAMPLE_BIT(STATUS) | SAMPLE_BIT(FACE),
	    .onward = true,
	    .purpose_id = "geldzorgen",
	    .purpose_version = 3,
	    .purpose_language = "nl",
	    .purpose_text_hash = span_of(sample_blob + 1, WIRE_KEY_LEN),
	    .type_count = 2,
	    .types = {"geldzorgen", "regelingen"},
	    .categories = SAMPLE_BIT(CONTACT) | SAMPLE_BIT(JUSTICE),
	    .valid_from_ms = SAMPLE_NOW_MS,
	    .valid_until_ms = SAMPLE_NOW_MS + 100 * SAMPLE_DAY_MS,
	    .how = CAPTURE_PAPER,
	    .professional = span_str("sealed reference"),
	    .notice_version = "2026-1",
	    .evidence_hash = span_of(sample_blob + 2, WIRE_KEY_LEN),
	    .disclosure = DISCLOSURE_IMMEDIATE,
	    .disclosure_article = "",
	    .activity = "https://example.org/avg/geldzorgen",
	    .retention_working_days = 20,
	    .break_glass_ground = "",
	    .break_glass_reviewer = "",
	    .withdrawal_code_hash = span_of(sample_blob + 3, WIRE_KEY_LEN),
	    .epoch = 6,
	    .captured_by = "buurtteam",
	};
}

static inline struct permission
sample_permission_vital(void)
{
	struct permission p = sample_permission();

	p.version = 1;
	p.previous_hash = (struct span){0};
	p.kind = KIND_VITAL_INTEREST;
	p.instrument = "vitaal-belang";
	p.withdrawal_code_hash = (struct span){0};
	p.disclosure = DISCLOSURE_DELAYED;
	p.disclosure_until_ms = SAMPLE_NOW_MS + SAMPLE_DAY_MS;
	p.disclosure_review_ms = SAMPLE_NOW_MS + 2 * SAMPLE_DAY_MS;
	p.disclosure_article = "AVG art. 23";
	p.break_glass_ground = "acute-danger";
	p.break_glass_by = span_str("sealed reference");
	p.break_glass_review_due_ms = SAMPLE_NOW_MS + 3 * SAMPLE_DAY_MS;
	p.break_glass_reviewer = "politie";
	p.break_glass_outcome = 1;
	return p;
}

static inline struct permission_change
sample_change(void)
{
	return (struct permission_change){
	    .event_id = sample_id(7),
	    .has_permission = true,
	    .permission_id = sample_id(4),
	    .event = PERMISSION_WITHDRAWN,
	    .recorded_ms = SAMPLE_NOW_MS,
	    .effective_ms = SAMPLE_NOW_MS + 1,
	    .by_member = "wpi",
	    .by_human = true,
	    .code = CODE_CLIENT_DECLINED,
	    .withdrawal_code = span_str("K7QF-2MXD"),
	};
}

static struct reg_area sample_areas[] = {
    {"wildemanbuurt", "Wildemanbuurt", "Osdorp", true},
    {"osdorpplein", "Osdorpplein", "Osdorp", false},
};

static struct reg_role sample_roles[] = {
    {"buurtteam", true, false},
    {"wijkverbinder", false, true},
};

static const char *sample_names[] = {"wildemanbuurt", "osdorpplein"};
static const char *sample_desks[] = {"inkomen", "werk"};

static struct reg_key sample_keys[] = {
    {KEY_TRANSPORT, {1}, SAMPLE_NOW_MS, 0},
    {KEY_SIGNING, {2}, SAMPLE_NOW_MS, SAMPLE_NOW_MS + SAMPLE_DAY_MS},
    {KEY_SEALING, {3}, 0, 0},
};

static struct reg_member sample_members[] = {
    {"buurtteam", "buurtteam", "Buurtteam Nieuw-West", "00000001234567890000",
	false, 2, sample_names, 1, sample_desks, 3, sample_keys},
    {"wpi", "buurtteam", "WPI Nieuw-West", "", true, 0, NULL, 2, sample_desks,
	2, sample_keys},
};

static struct reg_instrument sample_instruments[] = {
    {"wpg", KIND_POLICE_WPG, "Wet politiegegevens art. 18-20", SAMPLE_NOW_MS,
	SAMPLE_NOW_MS + SAMPLE_DAY_MS, 2},
};

static struct reg_type sample_types[] = {
    {"geldzorgen", "Geldzorgen", "Money worries", 1, sample_names, 2,
	sample_desks, "inkomen", 1u << KIND_CONSENT_AVG | 1u << KIND_POLICE_WPG,
	"wpg", true, SAMPLE_BIT(CONTACT), SAMPLE_BIT(BSN) | SAMPLE_BIT(FINANCE),
	SAMPLE_BIT(STATUS), true, 3, -1, 0, true, "hulp"},
};

static struct reg_activity sample_activities[] = {
    {"hulp", "https://example.org/avg/hulp", DISCLOSURE_DELAYED, 20, 10, ""},
    {"politie", "https://example.org/avg/politie", DISCLOSURE_WITHHELD, 0, 0,
	"Wpg art. 27"},
};

static struct reg_key sample_hub_keys[] = {
    {.use = KEY_TRANSPORT, .key = {8}, .from_ms = 1},
    {.use = KEY_SIGNING,
	.key = {9},
	.from_ms = SAMPLE_NOW_MS,
	.until_ms = SAMPLE_NOW_MS + 1},
};

static inline struct wh_register
sample_register(void)
{
	return (struct wh_register){
	    .covenant = "samen-nieuw-west",
	    .version = 3,
	    .valid_from_ms = SAMPLE_NOW_MS,
	    .signed_ms = SAMPLE_NOW_MS - 1,
	    .holidays = "nl",
	    .area_count = 2,
	    .areas = sample_areas,
	    .role_count = 2,
	    .roles = sample_roles,
	    .member_count = 2,
	    .members = sample_members,
	    .instrument_count = 1,
	    .instruments = sample_instruments,
	    .type_count = 1,
	    .types = sample_types,
	    .sections_after_end_working_days = 20,
	    .shell_after_end_days = 365,
	    .audit_years = 5,
	    .log_origin = "example.org/samen-nieuw-west/1",
	    .activity_count = 2,
	    .activities = sample_activities,
	    .hub_key_count = 2,
	    .hub_keys = sample_hub_keys,
	};
}

/* One frame of each kind; n counts from 0, false behind the last. */
static inline bool
sample_to_hub(size_t n, struct to_hub *out)
{
	static const enum to_hub_kind kinds[] = {TO_HUB_HELLO, TO_HUB_SUBMIT,
	    TO_HUB_ACK, TO_HUB_CREDIT, TO_HUB_PERMISSION,
	    TO_HUB_PERMISSION_EVENT, TO_HUB_PROOF, TO_HUB_LOG,
	    TO_HUB_COSIGNATURE, TO_HUB_WITNESS_CONFLICT, TO_HUB_CONSISTENCY,
	    TO_HUB_CARRIED};

	if (n >= sizeof(kinds) / sizeof(kinds[0]))
		return false;
	*out = (struct to_hub){.request = 40 + n, .kind = kinds[n]};
	switch (kinds[n]) {
	case TO_HUB_HELLO:
		out->u.hello = (struct hello){WIRE_MAJOR, WIRE_MINOR,
		    "wijkhub-adapter-wpi 0.1.0", 3};
		break;
	case TO_HUB_SUBMIT:
	case TO_HUB_PERMISSION:
	case TO_HUB_PERMISSION_EVENT:
	case TO_HUB_COSIGNATURE:
	case TO_HUB_CARRIED:
		out->u.bytes = span_str("signed bytes");
		break;
	case TO_HUB_ACK:
		out->u.ack = (struct ack){12, REASON_CANNOT_OPEN};
		break;
	case TO_HUB_CREDIT:
		out->u.credit = CREDIT_MAX;
		break;
	case TO_HUB_PROOF:
		out->u.proof_index = 77;
		break;
	case TO_HUB_WITNESS_CONFLICT:
		out->u.witness_conflict =
		    (struct witness_conflict){WITNESS_CONFLICT, 12,
			span_str("a note\n")};
		break;
	case TO_HUB_CONSISTENCY:
		out->u.consistency =
		    (struct consistency_request){{5, 9}, "wijkhub.example/log"};
		break;
	case TO_HUB_LOG:
		out->u.log = (struct log_request){70, LOG_PAGE_MAX};
		break;
	}
	return true;
}

static const uint8_t sample_path[2][WIRE_KEY_LEN] = {{5}, {6}};

static const struct log_entry sample_entries[2] = {
    {71, {(const uint8_t *)"leaf", 4}, {sample_path[1], WIRE_KEY_LEN},
	{(const uint8_t *)"event=OFFER\n", 12}},
    {73, {(const uint8_t *)"fall", 4}, {NULL, 0}, {NULL, 0}},
};

static const char *const sample_outstanding[] = {"wpi"};

static const struct reached sample_reached[] = {
    {{{1}}, {{2}}, "wpi", REACH_RECALLED},
    {{{3}}, {{2}}, "wpi", REACH_DELIVERED_UNREAD},
};

static const struct withdrawal sample_withdrawal = {
    .event_id = {{7}},
    .permission_id = {{4}},
    .recorded_ms = SAMPLE_NOW_MS,
    .recorded_index = 12,
    .overdue = true,
    .outstanding = 1,
    .member_count = 1,
    .members = sample_outstanding,
    .departed = 1,
    .departed_count = 1,
    .departed_members = sample_outstanding,
    .counts = {0, 1, 1, 0, 0, 0},
    .message_count = 2,
    .messages = sample_reached,
    .report = {(const uint8_t *)"signed report", 13},
};

static const struct message_reach sample_message_reach[] = {
    {{{1}}, REACH_ERASED, ""},
    {{{3}}, REACH_RETAINED, "Archiefwet-3"},
};

static const struct carried sample_carried = {
    .report_id = {{8}},
    .permission_id = {{4}},
    .epoch = 2,
    .by_member = "wpi",
    .at_ms = SAMPLE_NOW_MS,
    .count = 2,
    .messages = sample_message_reach,
    .more = true,
};

/* A deliver frame with one of its four contents. */
static inline struct deliver
sample_deliver(enum deliver_kind kind)
{
	struct deliver d = {.delivery = 9, .log_index = 10, .kind = kind};

	switch (kind) {
	case DELIVER_ENVELOPE:
		d.accepted_index = 8;
		d.envelope = span_str("signed envelope");
		d.permission = span_str("signed permission");
		break;
	case DELIVER_NOTICE:
		d.notice = (struct notice){
		    .case_ref = sample_id(2),
		    .state = STATE_WITHDRAWN,
		    .code = CODE_CLIENT_DECLINED,
		    .reason = REASON_PERMISSION_WITHDRAWN,
		    .reach = REACH_RECALLED,
		    .at_ms = SAMPLE_NOW_MS,
		    .message_id = sample_id(1),
		    .permission_id = sample_id(4),
		    .event = EVENT_REMIND,
		    .due_ms = SAMPLE_NOW_MS + SAMPLE_DAY_MS,
		};
		break;
	case DELIVER_PERMISSION_EVENT:
		d.permission_event = span_str("signed event");
		d.permission = span_str("signed permission");
		break;
	case DELIVER_WITHDRAWAL:
		d.withdrawal = &sample_withdrawal;
		break;
	}
	return d;
}

static inline bool
sample_from_hub(size_t n, struct from_hub *out)
{
	const struct from_hub all[] = {
	    {1, FROM_HUB_WELCOME,
		.u.welcome = {1, 0, 3, SAMPLE_NOW_MS, SAMPLE_NOW_MS - 5}},
	    {2, FROM_HUB_RECEIPT,
		.u.receipt = {sample_id(1), 11, SAMPLE_NOW_MS, true,
		    STATE_QUEUED}},
	    {3, FROM_HUB_REFUSAL,
		.u.refusal = {sample_id(1), REASON_OBJECTED, 12,
		    "the resident objected", STATE_DRAFT}},
	    {4, FROM_HUB_DELIVER,
		.u.deliver = sample_deliver(DELIVER_ENVELOPE)},
	    {0, FROM_HUB_DELIVER, .u.deliver = sample_deliver(DELIVER_NOTICE)},
	    {0, FROM_HUB_DELIVER,
		.u.deliver = sample_deliver(DELIVER_PERMISSION_EVENT)},
	    {5, FROM_HUB_REGISTER, .u.bytes = span_str("signed register")},
	    {6, FROM_HUB_CHECKPOINT, .u.bytes = span_str("a note\n")},
	    {7, FROM_HUB_PROOF,
		.u.proof = {3, 4, span_str("leaf"), 2, sample_path,
		    span_str("a note\n")}},
	    {8, FROM_HUB_BUSY, .u.busy = {sample_id(1), BUSY_DISK_FULL, 5000}},
	    {9, FROM_HUB_LOG, .u.log = {70, 80, 90, 2, sample_entries}},
	    {10, FROM_HUB_ADD_CHECKPOINT,
		.u.add_checkpoint = {5, 2, sample_path, span_str("a note\n")}},
	    {11, FROM_HUB_CONSISTENCY,
		.u.consistency = {{5, 9}, 2, sample_path}},
	    {0, FROM_HUB_DELIVER,
		.u.deliver = sample_deliver(DELIVER_WITHDRAWAL)},
	};

	if (n >= sizeof(all) / sizeof(all[0]))
		return false;
	*out = all[n];
	return true;
}

#endif
