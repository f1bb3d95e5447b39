/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_OPS_VERIFY_VERIFY_H
#define WH_OPS_VERIFY_VERIFY_H

#include <stdio.h>

#include "consent/audit.h"
#include "consent/evidence.h"
#include "consent/note_proof.h"

/*
 * wijkhub-verify, and `wijkhub verify`: does a receipt (C2SP tlog-proof) prove
 * what it says, under a policy (C2SP tlog-policy)? Two files in, words or JSON
 * out. No network, no store, no clock: the same files give the same answer
 * for ever.
 */

/* Exit statuses, as of every command. */
enum {
	VERIFY_OK = 0,
	VERIFY_NO = 1, /* it proves nothing; the answer says why */
	VERIFY_USAGE = 2,
};

/* What was proven; spans and pointers are borrowed from what was read. */
struct verify_answer {
	const struct note_policy *policy;
	struct note_signed by[NOTE_KEYS_MAX]; /* in the policy's order */
	bool is_checkpoint; /* false only for a note about something else */
	struct note_checkpoint head;
	bool has_entry; /* the rest is set */
	uint64_t index;
	struct span entry;
	struct hash entry_hash;
	bool is_leaf; /* the entry is one of a Wijkhub log */
	struct audit_leaf leaf;
};

/* For people, and for programs. */
void verify_say(FILE *to, const struct verify_answer *answer);
void verify_say_json(FILE *to, const struct verify_answer *answer);
void verify_say_no_json(FILE *to, const char *why);

/* Two heads of one log that contradict each other, by what they claim. */
void verify_say_evidence(FILE *to, const struct evidence *evidence,
    const struct note_checkpoint heads[2]);
void verify_say_evidence_json(FILE *to, const struct evidence *evidence,
    const struct note_checkpoint heads[2]);

/*
 * Does it hold? entry: the entry itself when the receipt does not carry it;
 * its p is NULL when not given. WH_INVALID, WH_TOO_BIG: these bytes are no
 * receipt. WH_CRYPTO: it does not prove it. why says so in plain words. proof
 * is room that answer borrows from, as from bytes, entry and policy.
 */
enum wh_err verify_receipt(const struct note_policy *policy, struct span bytes,
    struct span entry, struct note_proof *proof, struct verify_answer *answer,
    struct why *why);

/* The same for a checkpoint or another signed note, which proves no entry. */
enum wh_err verify_note(const struct note_policy *policy, struct span bytes,
    struct verify_answer *answer, struct why *why);

/* As main(); returns the exit status. */
int verify_main(int argc, char **argv);

/* First give up everything else that a process can do, see confine.h. */
void verify_confined(int argc, char **argv) __attribute__((noreturn));

#endif
