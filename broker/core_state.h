/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_CORE_STATE_H
#define WH_BROKER_CORE_STATE_H

#include "broker/core.h"
#include "broker/queue.h"
#include "consent/decide.h"
#include "consent/store.h"

/*
 * Shared by the core's own files and nobody else: its state, and the few
 * verbs that every command is made of.
 */
struct core {
	struct audit audit;
	struct registry *registry; /* owned; NULL before the first */
	uint8_t alliance_key[WIRE_KEY_LEN];
	uint64_t seq;
	struct arena arena; /* of the command being applied */
};

/* One command under way. */
struct work {
	struct core *core;
	struct kv_txn *txn;
	const struct moment *moment;
	const char *member; /* who sent it; "" for the hub itself */
	uint64_t request;   /* to echo in the answer */
	struct arena *arena;
	bool fresh; /* the delivery under way goes out for the first time */
	core_effect_fn *effect;
	void *arg;
};

/* What an answer or entry is about. Text may be ""; ids may be zero. */
struct subject {
	struct id id; /* message, permission or event: echoed to the sender */
	struct id permission_id; /* that an entry without a case is about */
	struct id case_ref;
	const char *from;
	const char *to;
	uint32_t state;
	const char *details; /* "key=value" lines for the log; may be NULL */
};

/* Append a log entry about subject. */
enum wh_err work_log(struct work *work, enum audit_kind kind, unsigned reason,
    const struct subject *subject, uint64_t *index);

/* Answer the sender of the command. */
enum wh_err work_receipt(struct work *work, const struct subject *subject,
    uint64_t index, bool duplicate);

/* A verdict: logged and answered. */
enum wh_err work_refuse(struct work *work, enum reason reason,
    const struct subject *subject, const char *detail);

/* Send a frame to a member, if it is connected. */
enum wh_err work_send(struct work *work, const char *member,
    const struct from_hub *frame);

/* Queue a row for member and say that it waits. */
enum wh_err work_queue(struct work *work, const char *member,
    const struct queue_row *row, uint64_t *delivery);

/* Queue a notice of the referral's state for member. */
enum wh_err work_notify(struct work *work, const char *member,
    const struct notice *notice);

/*
 * Move the referral by an event of the hub or the resident's side: state,
 * log entry and notices. to_recipient false: it never heard of the referral.
 * WH_REFUSED when the table forbids it.
 */
struct hub_event {
	enum referral_event event;
	enum actor actor;
	enum reason reason;
	enum reach reach;
	struct id message_id;
	struct id permission_id;
	bool to_sender;
	bool to_recipient;
	int64_t review_due_ms; /* for the notices; 0: no review */
};
enum wh_err work_move(struct work *work, const struct id *case_ref,
    struct case_row *row, const struct hub_event *event);

/* Take a queued message out before it was handed over; logged. */
enum wh_err work_recall(struct work *work, const struct id *message_id,
    struct message_row *row, enum message_status status, enum reason reason);

/*
 * The recipient stored this queued message: the row goes, an offer moves its
 * referral on. row is the referral's and follows.
 */
enum wh_err work_stored(struct work *work, const struct id *message_id,
    struct message_row *message, struct case_row *row);

/*
 * May member have this delivery? True from the first handover on, also when a
 * hello has set the cursor back since.
 */
enum wh_err work_heard(struct work *work, const char *member, uint64_t delivery,
    bool *heard);

/*
 * The log index that subject's id was answered with, to answer the same again:
 * kept as long as its permission.
 */
enum wh_err work_remember(struct work *work, const struct subject *subject,
    uint64_t index);
enum wh_err work_recollect(struct work *work, const struct subject *subject,
    uint64_t *index);

/*
 * Clocks: rows of TABLE_CLOCK that core_tick() works off when they are due. id
 * is what they are about; one thing has one clock at one moment.
 */
/* A case: nobody took the offer in time. */
#define CLOCK_EXPIRY "expiry"
/* An offer: the time to review it is nearly over, or over. */
#define CLOCK_REVIEW_REMIND "review-remind"
#define CLOCK_REVIEW_DUE    "review-due"
/* A permission: who has not carried its end through. */
#define CLOCK_CHASE "chase"
/* All withdrawals that are open: what does another register mean to them? */
#define CLOCK_REGISTER "register"
/* A case or permission: is it to be erased? */
#define CLOCK_SHELL "shell"
/* A generation of the log: was it kept for its years? */
#define CLOCK_YEARS "years"
enum wh_err work_clock_set(struct work *work, int64_t due_ms,
    const struct id *id, const char *name);
/* The one that looks whether to erase: each subject has one, or none (0). */
enum wh_err work_shell_set(struct work *work, int64_t due_ms,
    const struct id *subject);
enum wh_err work_clock_stop(struct work *work, int64_t due_ms,
    const struct id *id); /* also when it is not there */

/*
 * core_review.c: the recipient stored an offer. When its kind is one of
 * break-glass, a second person has to look: keep the time.
 */
enum wh_err core_review_open(struct work *work, const struct id *case_ref,
    struct case_row *row);

/* What its clocks do, and what the recipient's REVIEW does to row. */
enum wh_err core_review_remind(struct work *work, const struct id *offer);
enum wh_err core_review_due(struct work *work, const struct id *offer);
enum wh_err core_review_given(struct work *work, const struct header *header,
    struct case_row *row);

/*
 * The log entry of one provision of police data (Wpg art. 32): on what article
 * and decision, to whom, which categories, what for. law is its instrument. At
 * most AUDIT_DETAIL_MAX goes into the log: the longest URI is cut at the end.
 */
void provision_details(const struct wh_register *reg,
    const struct envelope *envelope, const char *law, char *out, size_t size);

struct referral_view case_view(const struct case_row *row);

/* Find the record that a ground rests on; *found false when there is none. */
enum wh_err work_ground(struct work *work, const struct ground *ground,
    const struct id *relation_ref, struct stored_permission *out, bool *found);

/* An event that changes how a permission stands. */
struct ending {
	const struct stored_permission *stored; /* before the event */
	const struct permission_change *change;
	struct span bytes;     /* the signed event, as it came */
	struct standing after; /* the event */
	uint64_t index;        /* of its log entry */
};

/*
 * What an event does to the referrals that rest on the permission: what is
 * queued stops, who has heard of one is sent the event, and a withdrawal or
 * objection ends them.
 */
enum wh_err core_withdraw(struct work *work, const struct ending *ending);

/*
 * The store was put back from a backup, now: what moved under a permission
 * between backup and now is not known, so that core_withdraw() tells its
 * parties too, whoever of them has heard.
 */
enum wh_err core_restored(struct work *work);

/* The signature under a record, event or report, by a key that is valid now. */
enum reason work_signature(struct work *work, const struct signed_body *body,
    const char *domain, const char *signer, struct why *why);

/* The record that an event names, or shows the code of. */
enum wh_err work_permission_of(struct work *work,
    const struct permission_change *change, struct stored_permission *out);

/* The commands. */
enum wh_err core_submit(struct work *work, struct span bytes);
enum wh_err core_permission(struct work *work, struct span bytes);
enum wh_err core_permission_event(struct work *work, struct span bytes);
enum wh_err core_carried(struct work *work, struct span bytes);
enum wh_err core_handover(struct work *work, uint32_t count);
enum wh_err core_unsent(struct work *work, struct span bytes);
enum wh_err core_ack(struct work *work, const struct ack *ack);
enum wh_err core_tick(struct work *work);
enum wh_err core_erase(struct work *work, struct span bytes);
enum wh_err core_compacted(struct work *work, struct span bytes);

/*
 * Everything that is logged about a case or permission has an end: the clock
 * is set with the first entry, and core_shell() is what it is for.
 */
enum wh_err core_shell_first(struct work *work, const struct id *subject);
enum wh_err core_shell(struct work *work, const struct id *subject);

/* Old bytes lie in free pages from now on: core_erased_since(). */
enum wh_err work_erased(struct work *work);

/*
 * The same for a generation of the log: its clock is set when it is closed, and
 * core_years() lets go of it after the years of the covenant.
 */
enum wh_err core_years_first(struct work *work, uint32_t closed);
enum wh_err core_years(struct work *work, const struct id *id);

#endif
