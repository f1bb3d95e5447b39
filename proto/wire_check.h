/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_WIRE_CHECK_H
#define WH_PROTO_WIRE_CHECK_H

#include "proto/wire.h"

/*
 * For wire*.c and its tests: every rule of the contract as data, and the one
 * interpreter that reading and writing share. A field without a rule is
 * refused, so nothing new slips in unchecked.
 */
struct ProtobufCBinaryData;
struct ProtobufCMessage;
struct ProtobufCMessageDescriptor;
struct wire_message;

enum wire_kind {
	WIRE_ANY,      /* a number or a yes or no, whatever it is */
	WIRE_NUMBER,   /* min to max */
	WIRE_TERM,     /* of the table, min to max; 0 only if min is 0 */
	WIRE_TERMS,    /* min to max of the table, ascending, none twice */
	WIRE_TEXT,     /* min to max bytes */
	WIRE_TOKEN,    /* as WIRE_TEXT, one word: no room for a sentence */
	WIRE_SLUG,     /* at most max characters; empty only if min is 0 */
	WIRE_SLUGS,    /* min to max of them, NAME_MAX_LEN each */
	WIRE_LETTERS,  /* exactly max of a-z */
	WIRE_DIGITS,   /* exactly max of 0-9; empty only if min is 0 */
	WIRE_BYTES,    /* min to max bytes */
	WIRE_FIXED,    /* exactly max bytes; empty only if min is 0 */
	WIRE_ID,       /* as WIRE_FIXED, and not all zero */
	WIRE_HASHES,   /* min to max items of WIRE_KEY_LEN bytes */
	WIRE_MESSAGE,  /* one; absent only if min is 0 */
	WIRE_MESSAGES, /* min to max of them */
};

struct wire_rule {
	const char *field; /* its name in the .proto file */
	enum wire_kind kind;
	enum terms_table terms; /* WIRE_TERM, WIRE_TERMS */
	int64_t min;
	int64_t max;
	const struct wire_message *of; /* WIRE_MESSAGE, WIRE_MESSAGES */
};

/* One message type: a rule for each field, in the order of their numbers. */
struct wire_message {
	const struct ProtobufCMessageDescriptor *descriptor;
	const struct wire_rule *rules;
	size_t count;
	size_t max; /* bytes of one that is read by itself */
	bool open;  /* unknown fields are for across() to judge */
	/* What must hold between fields: NULL, or "field: the rule". */
	const char *(*across)(const struct ProtobufCMessage *message);
};

/* Rows: plain, with a table, with the rules of what is inside. */
#define WIRE_RULE(field, kind, min, max)                                       \
	{                                                                      \
		field, kind, 0, min, max, NULL                                 \
	}
#define WIRE_RULE_TERM(field, kind, min, max, terms)                           \
	{                                                                      \
		field, kind, terms, min, max, NULL                             \
	}
#define WIRE_RULE_OF(field, kind, min, max, of)                                \
	{                                                                      \
		field, kind, 0, min, max, of                                   \
	}
#define WIRE_RULES(list)                                                       \
	.rules = (list), .count = sizeof(list) / sizeof((list)[0])

/* The last moment of the year 9999: sums of times cannot overflow. */
#define WIRE_TIME_MAX 253402300799999

/* An audit leaf has 140 bytes; room for a later version. */
#define WIRE_LEAF_MAX 1024

/* What a Signed* message may be longer than its body. */
#define WIRE_SIGNED_EXTRA 96

/*
 * bytes as a message in the arena that keeps every rule. WH_INVALID or
 * WH_TOO_BIG, with a why that names the field and its rule, never the value.
 */
enum wh_err wire_check_read(struct arena *arena,
    const struct wire_message *what, struct span bytes,
    const struct ProtobufCMessage **out, struct why *why);

/* The reverse: message, which keeps every rule, into a fresh heap buffer. */
enum wh_err wire_check_write(const struct wire_message *what,
    const struct ProtobufCMessage *message, uint8_t **out, size_t *len);

/*
 * Does each field of what, and of all messages in it, have one rule that fits
 * its type? WH_CORRUPT if not. *fields is how many have.
 */
enum wh_err wire_rules_complete(const struct wire_message *what, size_t *fields,
    struct why *why);

/* Where in a message we are, for the why. */
struct wire_where {
	const struct wire_where *up; /* borrowed; NULL at the top */
	const char *name;
	size_t item; /* in a list, from 1; 0: no list */
};

/* Fill why with the path and rule, and return err. */
enum wh_err wire_check_refuse(const struct wire_where *where, enum wh_err err,
    const char *rule, struct why *why);

/*
 * What a decoder forgives and we do not, before it allocates: fields given
 * twice, unknown ones, text that is not clean, lists that are too long.
 */
enum wh_err wire_scan(const struct wire_message *what, struct span bytes,
    const struct wire_where *where, struct why *why);

/* What a message in memory holds, field by field and between fields. */
enum wh_err wire_values(const struct wire_message *what,
    const struct ProtobufCMessage *message, const struct wire_where *where,
    struct why *why);

/* Generated structs have no const; what they point to is never written. */
static inline void *
wire_unconst(const void *p)
{
	void *out;

	memcpy(&out, &p, sizeof(out));
	return out;
}

/* Has the message a field of this number? */
bool wire_check_known(const struct ProtobufCMessageDescriptor *descriptor,
    unsigned number);

/* Spans <-> ProtobufCBinaryData. */
#define WIRE_DATA(span)                                                        \
	((ProtobufCBinaryData){.len = (span).len,                              \
	    .data = wire_unconst((span).p)})
#define WIRE_SPAN(data_field) span_of((data_field).data, (data_field).len)

/* An id as a span, empty when it is zero; and back. */
struct span wire_check_id_span(const struct id *id);
struct id wire_check_id(struct span bytes);

/* Numbers 1 to 31 <-> bits. out has room for 32; returns how many there are. */
size_t wire_check_list(uint32_t bits, uint32_t out[32]);
uint32_t wire_check_bits(const uint32_t *list, size_t count);

/* The rules of each message that is read by itself, and those shared. */
extern const struct wire_message wire_rules_signed;
extern const struct wire_message wire_rules_header;
extern const struct wire_message wire_rules_body;
extern const struct wire_message wire_rules_to_hub;
extern const struct wire_message wire_rules_from_hub;
extern const struct wire_message wire_rules_permission;
extern const struct wire_message wire_rules_permission_change;
extern const struct wire_message wire_rules_carried;
extern const struct wire_message wire_rules_withdrawal;
extern const struct wire_message wire_rules_register;
extern const struct wire_message wire_rules_attempts;
extern const struct wire_message wire_rules_log_page;
extern const struct wire_message wire_rules_add_checkpoint;
extern const struct wire_message wire_rules_consistency;

/* wire_log.c: a checked message into the arena; and back, heap (mem_free). */
enum wh_err wire_log_page_read(struct arena *arena,
    const struct ProtobufCMessage *message, struct log_page *out,
    struct why *why);
struct ProtobufCMessage *wire_log_page_make(const struct log_page *in);

/* wire_witness.c: likewise; and a list of hashes into the arena. */
enum wh_err wire_add_checkpoint_read(struct arena *arena,
    const struct ProtobufCMessage *message, struct add_checkpoint *out,
    struct why *why);
enum wh_err wire_consistency_read(struct arena *arena,
    const struct ProtobufCMessage *message, struct consistency *out,
    struct why *why);
enum wh_err wire_check_hashes(struct arena *arena,
    const struct ProtobufCBinaryData *in, size_t count,
    const uint8_t (**out)[WIRE_KEY_LEN], struct why *why);

#endif
