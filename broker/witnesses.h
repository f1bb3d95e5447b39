/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_WITNESSES_H
#define WH_BROKER_WITNESSES_H

#include "consent/note_policy.h"
#include "consent/register.h"

/*
 * The witnesses of the register and what they said of one checkpoint. No
 * sockets, no clock, nothing durable: what a witness holds it says again. What
 * is collected here answers what was published, so it is no input of the core
 * and in no journal.
 */
struct witness {
	char member[NAME_MAX_LEN + 1];
	struct note_key key;
	uint64_t size;    /* that it cosigned last, as far as we know */
	uint64_t request; /* of the question under way; 0: none */
	int64_t asked_mono_ms;
	unsigned asked;   /* times, about this checkpoint */
	bool is_heard;    /* since the start: its last size is known */
	bool is_cosigned; /* its signature is below the note */
};

struct witnesses {
	struct witness list[NOTE_POLICY_WITNESSES_MAX];
	size_t count;
	struct note_policy *policy; /* owned; NULL: no quorum is possible */
	uint64_t requests;          /* numbers given out */
	char *note;                 /* the checkpoint; owned, or NULL */
	uint64_t size;
	bool is_quorum; /* of the policy, below the note */
	bool is_news;   /* signatures that were not shown yet */
};

/* The witnesses that this register has now; what is known of them stays. */
void witnesses_register(struct witnesses *w, const struct wh_register *reg,
    int64_t now_ms);
void witnesses_fini(struct witnesses *w);

/* The next checkpoint: a copy. Nobody has cosigned it. */
void witnesses_checkpoint(struct witnesses *w, const char *note, uint64_t size);

/* NULL: member is no witness. Borrowed until witnesses_register(). */
struct witness *witnesses_find(struct witnesses *w, const char *member);

/*
 * Is there something to ask it? Asked and not answered is asked again after
 * WITNESSES_RETRY_MS.
 */
#define WITNESSES_RETRY_MS 10000
/* In a row about one checkpoint, when each answer names another size. */
#define WITNESSES_ASK_MAX 4
bool witnesses_due(const struct witnesses *w, const struct witness *witness,
    int64_t mono_ms);

/* The number of a new question to it. */
uint64_t witnesses_ask(struct witnesses *w, struct witness *witness,
    int64_t mono_ms);

/*
 * Its signature line, in answer to request. WH_OK: it holds, and stands below
 * the note; WH_EXISTS: an answer to an older question; WH_CRYPTO: it does not
 * hold.
 */
enum wh_err witnesses_take(struct witnesses *w, struct witness *witness,
    uint64_t request, struct span line);

#endif
