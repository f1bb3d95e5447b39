/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_CORE_H
#define WH_BROKER_CORE_H

#include "broker/command.h"
#include "consent/audit.h"
#include "consent/register.h"

/*
 * The deterministic heart of the broker. core_apply() gets the time and all
 * randomness as arguments and touches nothing but its transaction: the same
 * commands in the same order give the same state and the same log, byte for
 * byte. It decides, keeps, queues, logs, and says what should be sent.
 */
enum core_table {
	TABLE_CORE_META = CONSENT_TABLES, /* "seq", "register", counters,
					     "erased" since when */
	TABLE_MESSAGE, /* message id -> body hash, where it is, its log index */
	TABLE_CASE,    /* case ref -> referral */
	TABLE_CASE_BY_GROUND, /* ground key, case ref -> nothing; row.h */
	TABLE_CASE_MESSAGE,   /* case ref, message id -> its ground key */
	TABLE_QUEUE,          /* member, NUL, be64 delivery -> row */
	TABLE_MEMBER,         /* member -> cursor, rows waiting */
	TABLE_CLOCK,          /* be64 due ms, case ref -> what is due */
	TABLE_SHELL,          /* case ref or permission id -> be64 due ms */
	TABLE_RECEIPT,    /* permission, id of it, an event or report -> be64 */
	TABLE_WITHDRAWAL, /* permission id -> how far its end came: reach.h */
	TABLE_CARRIER,    /* permission id, member -> must carry it through */
	TABLE_WATCHER,    /* permission id, member -> follows it */
	TABLE_REACH,      /* permission id, message id -> how far it came */
	TABLE_REACH_OF_CASE, /* case ref, key of TABLE_REACH -> nothing */
	CORE_TABLES
};
extern const char *const core_table_names[CORE_TABLES];

struct core;

enum effect_kind {
	EFFECT_SEND,     /* frame for member, if it is connected */
	EFFECT_WAITING,  /* member has rows to hand over */
	EFFECT_REGISTER, /* another register is in force: core_register() */
};

struct effect {
	enum effect_kind kind;
	const char *member;      /* borrowed for the call */
	struct span frame;       /* FromHub bytes, borrowed for the call */
	enum from_hub_kind sent; /* what is in it, for counting */
	enum reason reason;      /* of a refusal */
	uint64_t delivery;       /* of a delivery for the first time, else 0 */
};
typedef void core_effect_fn(void *arg, const struct effect *effect);

/*
 * Read the state that txn sees. alliance_key is the constant that registers
 * are checked against. WH_UNSUPPORTED: the store is in the form of another
 * version.
 */
enum wh_err core_open(struct kv_txn *txn,
    const uint8_t alliance_key[WIRE_KEY_LEN], struct core **out,
    struct why *why);
void core_close(struct core *core); /* NULL is allowed */

/*
 * Apply one command. Bytes from outside never fail here: what is wrong with
 * them becomes a refusal, logged and answered. An error means that the store
 * itself failed (WH_FULL, WH_IO, WH_CORRUPT): the transaction must be aborted.
 */
enum wh_err core_apply(struct core *core, struct kv_txn *txn,
    const struct moment *moment, const struct command *command,
    core_effect_fn *effect, void *arg);

/* After an aborted transaction: forget what was cached, read txn again. */
enum wh_err core_reload(struct core *core, struct kv_txn *txn);

/* The last journal record applied in this transaction; 0 for none. */
uint64_t core_seq(const struct core *core);
enum wh_err core_seq_set(struct core *core, struct kv_txn *txn, uint64_t seq);

const struct audit *core_audit(const struct core *core);

/* The register in force, NULL before the first. Borrowed until the next. */
const struct registry *core_register(const struct core *core);

/*
 * Would this event of member change how a permission stands, or this report of
 * it complete a withdrawal? Then it passes also when there is room for nothing
 * else.
 */
enum wh_err core_ends(struct core *core, struct kv_txn *txn,
    const struct moment *moment, const char *member,
    const struct to_hub *message, bool *ends);

/*
 * May this referral be erased on request? WH_NOT_FOUND: it is not here.
 * WH_REFUSED: it has not ended, or something of it still waits for a member;
 * why says which.
 */
enum wh_err core_erasable(struct kv_txn *txn, const struct id *case_ref,
    struct why *why);

/* Since when erased bytes wait in the store to be compacted away; 0: none. */
enum wh_err core_erased_since(struct kv_txn *txn, int64_t *since_ms);

/* Is there something for a COMMAND_TICK to do? */
bool core_due(struct kv_txn *txn, int64_t now_ms);

/* Rows that are kept for member, handed over or not, until acknowledged. */
/*
 * When the oldest envelope that waits for member was accepted: 0 when none
 * waits, 1 when it is too far behind notices to be found in passing.
 */
enum wh_err core_waiting_since(struct kv_txn *txn, const char *member,
    int64_t *out);

enum wh_err core_waiting(struct kv_txn *txn, const char *member, uint64_t *out);

#endif
