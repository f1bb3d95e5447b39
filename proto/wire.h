/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_WIRE_H
#define WH_PROTO_WIRE_H

#include "proto/base/arena.h"
#include "proto/limits.h"
#include "proto/terms.h"

/*
 * Bytes of the contract <-> checked structs. wire*.c are the only files that
 * see generated code. Reading: bounded by the arena, every field checked
 * (length, range, character set), unknown fields and numbers refused with
 * WH_INVALID and a why that names the field; what comes out borrows from the
 * arena and the input. Writing: into a fresh heap buffer that the caller frees
 * with mem_free(); checks the same rules, so that we never send what we refuse.
 */

#define WIRE_MAJOR 1
#define WIRE_MINOR 0

#define WIRE_KEY_ID_LEN 8
#define WIRE_KEY_LEN    32
#define WIRE_SIG_LEN    64

/* What is signed is the domain, a NUL and the body (PROTOCOL.md). */
#define WIRE_DOMAIN_ENVELOPE         "wijkhub envelope v1"
#define WIRE_DOMAIN_PERMISSION       "wijkhub permission v1"
#define WIRE_DOMAIN_PERMISSION_EVENT "wijkhub permission event v1"
#define WIRE_DOMAIN_CARRIED          "wijkhub carried-through v1"
#define WIRE_DOMAIN_REGISTER         "wijkhub register v1"

struct key_id {
	uint8_t b[WIRE_KEY_ID_LEN]; /* of SHA-256 of the public key */
};
struct key_id wire_key_id(const uint8_t public_key[WIRE_KEY_LEN]);

/* Any signed thing: the exact body bytes, kept as they came. */
struct signed_body {
	struct span body; /* borrowed */
	uint8_t signature[WIRE_SIG_LEN];
	struct key_id key_id;
};

/* The five Signed* messages have one shape; max bounds the body. */
enum wh_err wire_signed_read(struct arena *arena, struct span bytes, size_t max,
    struct signed_body *out, struct why *why);
enum wh_err wire_signed_write(const struct signed_body *in, uint8_t **out,
    size_t *len);

struct sign_secret;

/* Sign body under domain and write the Signed* message. */
enum wh_err wire_sign(const struct sign_secret *secret, const char *domain,
    struct span body, uint8_t **out, size_t *len);

/* WH_CRYPTO unless key made the signature under domain. */
enum wh_err wire_signed_check(const struct signed_body *in, const char *domain,
    const uint8_t key[WIRE_KEY_LEN]);

struct attempts {
	bool personal_contact;
	bool pointed_to_help;
	bool written_reminder;
	bool offer_not_refused;
};

/* Exactly one of permission_id and instrument is given. */
struct ground {
	enum permission_kind kind;
	bool has_permission;
	struct id permission_id;
	const char *instrument; /* "" when none; borrowed, as all text below */
	struct attempts attempts;
	const char *decision;
};

struct header {
	struct id message_id;
	struct id case_ref;
	struct id relation_ref;
	const char *from_member;
	const char *from_desk; /* may be "" */
	const char *to_member;
	const char *to_desk; /* may be "" */
	const char *type;
	const char *area; /* may be "" */
	enum referral_event event;
	struct ground ground;
	uint64_t epoch;
	int64_t created_ms;
	int64_t expires_ms; /* after created, at most EXPIRES_MAX_MS later */
	enum code code;
	bool urgent;
	bool no_automatic_notice;
};

struct section {
	enum category category;
	struct span ciphertext; /* 16 bytes of tag included */
};

struct envelope {
	struct span header_bytes; /* exact; goes into the AAD */
	struct header header;
	struct span encapsulation; /* 32 bytes, or empty without sections */
	struct key_id sealing_key_id;
	size_t section_count;
	struct section
	    sections[CATEGORY_COUNT]; /* each category once, ascending */
	uint32_t categories;          /* category_bit() of each */
};

enum wh_err wire_header_write(const struct header *in, uint8_t **out,
    size_t *len);

/* From header_bytes and sections; header is not read. */
enum wh_err wire_envelope_write(const struct envelope *in, uint8_t **out,
    size_t *len);
enum wh_err wire_envelope_read(struct arena *arena, struct span body,
    struct envelope *out, struct why *why);

/* Frames. */

enum to_hub_kind {
	TO_HUB_HELLO = 10,
	TO_HUB_SUBMIT,
	TO_HUB_ACK,
	TO_HUB_CREDIT,
	TO_HUB_PERMISSION,
	TO_HUB_PERMISSION_EVENT,
	TO_HUB_PROOF,
	TO_HUB_COSIGNATURE,
	TO_HUB_WITNESS_CONFLICT,
	TO_HUB_CONSISTENCY,
	TO_HUB_LOG = 20,
	TO_HUB_CARRIED = 22,
};

struct hello {
	uint32_t major;
	uint32_t minor;
	const char *software;
	uint64_t register_version;
};

struct ack {
	uint64_t delivery;
	enum reason reason; /* REASON_NONE: stored durably */
};

struct witness_conflict {
	enum witness_verdict verdict; /* never WITNESS_COSIGNED */
	uint64_t size;
	struct span checkpoint; /* may be empty */
};

/* Two sizes of one log, from below to; both at least 1. */
struct size_range {
	uint64_t from;
	uint64_t to;
};

struct consistency_request {
	struct size_range sizes;
	const char *origin;
};

struct log_request {
	uint64_t from;
	uint32_t count; /* 1 to LOG_PAGE_MAX */
};

struct to_hub {
	uint64_t request;
	enum to_hub_kind kind;
	union {
		struct hello hello;
		/* SUBMIT, PERMISSION, PERMISSION_EVENT, COSIGNATURE,
		 * CARRIED */
		struct span bytes;
		struct ack ack;
		uint32_t credit; /* at most CREDIT_MAX */
		uint64_t proof_index;
		struct witness_conflict witness_conflict;
		struct consistency_request consistency;
		struct log_request log;
	} u;
};

/* A hello of a newer minor may hold fields that we do not know. */
enum wh_err wire_to_hub_read(struct arena *arena, struct span bytes,
    struct to_hub *out, struct why *why);
enum wh_err wire_to_hub_write(const struct to_hub *in, uint8_t **out,
    size_t *len);

enum from_hub_kind {
	FROM_HUB_WELCOME = 10,
	FROM_HUB_RECEIPT,
	FROM_HUB_REFUSAL,
	FROM_HUB_DELIVER,
	FROM_HUB_REGISTER,
	FROM_HUB_CHECKPOINT,
	FROM_HUB_PROOF,
	FROM_HUB_BUSY,
	FROM_HUB_ADD_CHECKPOINT,
	FROM_HUB_CONSISTENCY,
	FROM_HUB_LOG = 20,
};

struct welcome {
	uint32_t major;
	uint32_t minor;
	uint64_t register_version;
	int64_t now_ms;
	/* Acceptance of the oldest envelope for the member; 0: none waits. */
	int64_t waiting_since_ms;
};

struct receipt {
	struct id id;
	uint64_t log_index;
	int64_t at_ms;
	bool duplicate;
	uint32_t state; /* enum referral_state, 0 for permissions */
};

struct refusal {
	struct id id; /* zero when the message had none that we could read */
	enum reason reason;
	uint64_t log_index;
	const char *detail;
	uint32_t state;
};

struct busy_answer {
	struct id id;
	enum busy cause;
	uint32_t retry_ms;
};

struct notice {
	struct id case_ref;
	enum referral_state state;
	enum code code;
	enum reason reason;
	enum reach reach;
	int64_t at_ms;
	struct id message_id;    /* zero when about the referral as a whole */
	struct id permission_id; /* zero when none */
	uint32_t event;          /* EVENT_REMIND, EVENT_ESCALATE, or 0 */
	int64_t due_ms;          /* of a review; 0: none */
};

enum deliver_kind {
	DELIVER_ENVELOPE,
	DELIVER_NOTICE,
	DELIVER_PERMISSION_EVENT,
	DELIVER_WITHDRAWAL
};

struct withdrawal; /* wire_withdrawal.h */

struct deliver {
	uint64_t delivery;
	uint64_t log_index;
	uint64_t accepted_index; /* of the envelope; 0: not said */
	enum deliver_kind kind;
	struct span envelope;   /* Signed bytes */
	struct span permission; /* Signed bytes, may be empty */
	struct notice notice;
	struct span permission_event; /* Signed bytes */
	const struct withdrawal *withdrawal;
};

#define WIRE_PROOF_MAX 64

struct proof {
	uint64_t index;
	uint64_t size;
	struct span leaf;
	size_t path_count;
	const uint8_t (*path)[WIRE_KEY_LEN]; /* 32-byte hashes; borrowed */
	struct span checkpoint;
};

struct add_checkpoint {
	uint64_t old_size;
	size_t proof_count;
	const uint8_t (*proof)[WIRE_KEY_LEN]; /* hashes; borrowed */
	struct span checkpoint;
};

struct consistency {
	struct size_range sizes;
	size_t path_count;
	const uint8_t (*path)[WIRE_KEY_LEN]; /* hashes; borrowed */
};

/* key is empty when the details are erased. */
struct log_entry {
	uint64_t index;
	struct span leaf;
	struct span key; /* 32 bytes */
	struct span details;
};

/* Entries from from on, ascending, all below next; next is at most size. */
struct log_page {
	uint64_t from;
	uint64_t next;
	uint64_t size;
	size_t count;                    /* at most LOG_PAGE_MAX */
	const struct log_entry *entries; /* borrowed */
};

struct from_hub {
	uint64_t request;
	enum from_hub_kind kind;
	union {
		struct welcome welcome;
		struct receipt receipt;
		struct refusal refusal;
		struct deliver deliver;
		struct span bytes; /* REGISTER, CHECKPOINT */
		struct proof proof;
		struct busy_answer busy;
		struct add_checkpoint add_checkpoint;
		struct consistency consistency;
		struct log_page log;
	} u;
};

enum wh_err wire_from_hub_read(struct arena *arena, struct span bytes,
    struct from_hub *out, struct why *why);
enum wh_err wire_from_hub_write(const struct from_hub *in, uint8_t **out,
    size_t *len);

#endif
