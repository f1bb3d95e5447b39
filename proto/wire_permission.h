/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_WIRE_PERMISSION_H
#define WH_PROTO_WIRE_PERMISSION_H

#include "proto/wire.h"

/* Permission records and events as checked structs; rules as in wire.h. */

#define PERMISSION_SCHEMA 1

/* member and desk; or role and area, with member "". */
struct party {
	const char *member;
	const char *desk;
	const char *role;
	const char *area;
};

struct permission {
	struct id permission_id;
	uint32_t schema_version;
	uint32_t version;          /* from 1 */
	struct span previous_hash; /* 32 bytes, empty for version 1 */
	enum permission_kind kind;
	const char *instrument; /* "" for consent-like kinds, required else */
	struct id relation_ref;
	enum representative representative;
	bool capacity_checked;
	struct party from; /* the member that shares */
	struct party to;
	bool both_ways;
	uint32_t feedback; /* category bits */
	bool onward;
	const char *purpose_id;
	uint32_t purpose_version;
	const char *purpose_language;
	struct span purpose_text_hash; /* 32 bytes */
	size_t type_count;
	const char *types[LIST_MAX];
	uint32_t categories; /* category bits */
	int64_t valid_from_ms;
	int64_t valid_until_ms; /* exclusive */
	enum capture_how how;
	struct span professional; /* opaque to everyone but the capturer */
	const char *notice_version;
	struct span evidence_hash; /* 32 bytes, or empty */
	struct attempts attempts;
	enum disclosure disclosure;
	int64_t disclosure_until_ms;
	int64_t disclosure_review_ms;
	const char *disclosure_article;
	const char *activity;
	uint32_t retention_working_days;
	const char *break_glass_ground; /* VITAL_INTEREST, else "" */
	struct span break_glass_by;
	int64_t break_glass_review_due_ms;
	const char *break_glass_reviewer;
	uint32_t break_glass_outcome;
	struct span
	    withdrawal_code_hash; /* 32 bytes for consent-like, or empty */
	uint64_t epoch;
	const char *captured_by;
};

enum wh_err wire_permission_read(struct arena *arena, struct span body,
    struct permission *out, struct why *why);
enum wh_err wire_permission_write(const struct permission *in, uint8_t **out,
    size_t *len);

struct permission_change {
	struct id event_id;
	bool has_permission;
	struct id permission_id;
	enum permission_event event;
	int64_t recorded_ms;
	int64_t effective_ms;
	const char *by_member;
	bool by_human;
	enum code code;
	struct span withdrawal_code; /* 1 to 32 bytes, or empty */
};

enum wh_err wire_permission_change_read(struct arena *arena, struct span body,
    struct permission_change *out, struct why *why);
enum wh_err wire_permission_change_write(const struct permission_change *in,
    uint8_t **out, size_t *len);

#endif
