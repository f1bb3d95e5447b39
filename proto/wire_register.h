/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_WIRE_REGISTER_H
#define WH_PROTO_WIRE_REGISTER_H

#include "proto/wire.h"

/*
 * The register as checked structs; rules as in wire.h. wire checks each field
 * by itself; that the whole makes sense (roles exist, types can be received)
 * is checked by consent/register.
 */

struct reg_area {
	const char *id;
	const char *name;
	const char *district;
	bool focus;
};

struct reg_role {
	const char *id;
	bool bsn;
	bool informal;
};

struct reg_key {
	enum key_use use;
	uint8_t key[WIRE_KEY_LEN];
	int64_t from_ms;
	int64_t until_ms; /* exclusive; 0: open end */
};

struct reg_member {
	const char *id;
	const char *role;
	const char *name;
	const char *oin; /* 20 digits, or "" */
	bool all_areas;
	size_t area_count;
	const char **areas;
	size_t desk_count;
	const char **desks;
	size_t key_count;
	struct reg_key *keys;
};

struct reg_instrument {
	const char *id;
	enum permission_kind kind;
	const char *text;
	int64_t from_ms;
	int64_t until_ms; /* exclusive; 0: open end */
	uint32_t review_within_working_days;
};

/* A processing activity: what the resident is told, and when. */
struct reg_activity {
	const char *id;
	const char *uri; /* in the register of processing (AVG art. 30) */
	enum disclosure notice;
	uint32_t delay_working_days;  /* DELAYED, else 0 */
	uint32_t review_working_days; /* DELAYED, else 0 */
	const char *article;          /* WITHHELD, else "" */
};

struct reg_type {
	const char *id;
	const char *title_nl;
	const char *title_en;
	size_t from_count;
	const char **from_roles;
	size_t to_count;
	const char **to_roles;
	const char *desk; /* "" when none */
	uint32_t kinds;   /* 1u << enum permission_kind */
	const char *instrument;
	bool two_phase;
	uint32_t required; /* category bits */
	uint32_t optional;
	uint32_t feedback;
	bool delayed_notice;
	int clock_decide; /* working days; -1: none */
	int clock_contact;
	int clock_heartbeat;
	bool escalation_target;
	const char *activity; /* "" when none is named */
};

struct wh_register {
	const char *covenant;
	uint64_t version;
	int64_t valid_from_ms;
	int64_t signed_ms;
	const char *holidays;
	size_t area_count;
	struct reg_area *areas;
	size_t role_count;
	struct reg_role *roles;
	size_t member_count;
	struct reg_member *members;
	size_t instrument_count;
	struct reg_instrument *instruments;
	size_t type_count;
	struct reg_type *types;
	uint32_t sections_after_end_working_days;
	uint32_t shell_after_end_days;
	uint32_t audit_years;
	const char *log_origin;
	size_t hub_key_count;
	struct reg_key
	    *hub_keys; /* KEY_TRANSPORT, and KEY_SIGNING of the log */
	size_t activity_count;
	struct reg_activity *activities;
};

enum wh_err wire_register_read(struct arena *arena, struct span body,
    struct wh_register *out, struct why *why);
enum wh_err wire_register_write(const struct wh_register *in, uint8_t **out,
    size_t *len);

#endif
