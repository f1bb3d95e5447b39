/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_DESK_STATE_H
#define WH_ADAPTERS_DESK_STATE_H

#include "adapters/desk.h"
#include "adapters/dossier.h"
#include "adapters/look.h"
#include "adapters/permits.h"
#include "adapters/vault.h"
#include "consent/decide.h"
#include "consent/keyring.h"
#include "proto/wire.h"

/* Shared by the desk's own files and nobody else. */

struct desk {
	struct kv *kv;
	struct vault *vault;
	struct registry *registry; /* owned; NULL before the first */
	char member[NAME_MAX_LEN + 1];
	uint8_t alliance_key[WIRE_KEY_LEN];
	struct look_head looks;  /* as far as they were checked */
	struct key_secrets keys; /* wiped on close */
	char *dir;               /* owned; has the folder of evidence */
	uint64_t evidence;       /* files in it */
	const char *retention_ground;
	int64_t compact_tried_ms; /* desk_compact() */
};

/* One call under way: a write transaction and an arena. */
struct shift {
	struct desk *desk;
	struct kv_txn *txn;
	struct arena arena;
	int64_t now_ms;
};
enum wh_err shift_begin(struct desk *desk, int64_t now_ms, struct shift *out);

/* Commit when err is WH_OK, else abort; returns what came of it. */
enum wh_err shift_end(struct shift *shift, enum wh_err err);

/* Sign with our key that the register says is valid now (wire_sign). */
enum wh_err shift_sign(const struct shift *shift, const char *domain,
    struct span body, uint8_t **out, size_t *len);

/*
 * The hub takes no record, event or report that a key signed which has ended by
 * now: the same body under our key of now, in the arena. *changed false: its
 * key has not ended, or of this kind the hub does not ask.
 */
enum wh_err shift_sign_again(struct shift *shift, enum to_hub_kind kind,
    struct span *bytes, bool *changed);

/*
 * desk_freed.c: write the store anew when local_freed() says so; it goes on
 * without when there is no room for both.
 */
enum wh_err freed_compact(struct desk *desk);

/*
 * Our pair that this was sealed for, to open with; else the newest, which will
 * not open it. True when the register gives us that key and we do not have it
 * (yet): then the message
 * is not refused for good, it waits at the hub for the key file, and those
 * behind it with it, in their order.
 */
bool shift_sealing_pair(const struct shift *shift,
    const struct envelope *envelope, struct key_own *out);

/* Fill a result in one line; always WH_OK, because "no" is not an error. */
enum wh_err result_no(struct desk_result *result, enum outcome_kind kind,
    const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
enum wh_err result_refused(struct desk_result *result, enum reason reason,
    const char *text);

/* Does body have this shape? Else result names the first mistake, by path. */
struct shape;
bool result_shape(struct desk_result *result, const struct shape *shape,
    const json_t *body);

/* A letter is an envelope in the making (letter.c). */
struct letter {
	struct header header; /* strings borrowed from dossier or register */
	json_t *sections;     /* borrowed: {"REQUEST": {…}, …}, or NULL */
};

/* The header of event in this dossier, from us to the other side. */
enum wh_err letter_header(struct shift *shift, const json_t *dossier,
    enum referral_event event, struct header *out);

/* "grondslag" of a dossier; strings borrowed. WH_INVALID. */
enum wh_err letter_ground(const json_t *ground, struct ground *out);

/*
 * Decide as the hub will. *reason and why as decide() gives them. categories
 * are those of sections.
 */
enum wh_err letter_decide(struct shift *shift, const struct letter *letter,
    bool feedback, enum reason *reason, struct why *why);

/* The same for what came in, before it is opened: its categories are known. */
enum wh_err letter_decide_on(struct shift *shift, const struct header *header,
    uint32_t categories, bool feedback, enum reason *reason, struct why *why);

/*
 * Pack, pad, seal, sign, and put it in the outbox. WH_INVALID with why for a
 * section that breaks its category's rules; WH_NOT_FOUND when the recipient
 * has no key to seal with.
 */
enum wh_err letter_send(struct shift *shift, const struct letter *letter,
    struct why *why);

/* Category bits of a "gegevens" object; *unknown names a key that is none. */
uint32_t sections_categories(const json_t *sections, const char **unknown);

/* Split off the members of sections that are in categories; new reference. */
json_t *sections_take(const json_t *sections, uint32_t categories);

/* A job for what happened in "gebeurtenissen" at this place. */
enum wh_err desk_job(struct shift *shift, const struct id *case_ref,
    size_t event);

/* The identity of a two-phase referral, after ACCEPT. */
enum wh_err desk_send_identity(struct shift *shift, json_t *dossier);

/*
 * desk_question.c: what the resident is asked for this record. Sets the
 * purpose of p and appends to texts, {"nl", "en"}; captured is "vastgelegd",
 * or NULL. WH_NOT_FOUND: a member or type is not in the register.
 */
enum wh_err consent_ask(struct shift *shift, const json_t *captured,
    struct permission *p, json_t *texts);

/* SHA-256 in hex of each of texts. New reference. */
json_t *consent_text_hashes(const json_t *texts);

/* Is texts what captured says that the resident heard, if it does? */
bool consent_text_is(const json_t *texts, const json_t *captured);

/* A record of a consent that the hub has not answered yet. */
#define RECORD_OFFERED "AANGEBODEN"

/*
 * What the resident takes home, to be kept with the consent: {"uitleg",
 * "tekst", "intrekkingscode", "later"}: the code of a consent only, later when
 * the resident may not know yet. New reference.
 */
json_t *consent_slip(struct shift *shift, const struct permission *p,
    const char *code, json_t *texts);

/*
 * desk_withdraw.c: the consent that this record is part of has ended: say so
 * in its JSON.
 */
enum wh_err consent_ended(struct shift *shift, const struct permit *permit);

/* A permission that we made from one that ended, ends too. */
enum wh_err consent_end_derived(struct shift *shift,
    const struct id *permission_id);

/* desk_progress.c: what the hub says of how far a withdrawal came. */
struct withdrawal;
enum wh_err progress_delivered(struct shift *shift,
    const struct withdrawal *withdrawal);

/* A withdrawal that has no consent here: kept by itself, found by its event. */
enum wh_err progress_open(struct shift *shift, const struct id *withdrawal_id,
    const struct id *event_id);
enum wh_err progress_view(struct shift *shift, const struct id *withdrawal_id,
    json_t **out);
enum wh_err progress_settled(struct shift *shift, const struct id *event_id,
    const struct receipt *receipt, const struct refusal *refusal);

/* Is any part of it still under way? And: it goes. WH_NOT_FOUND. */
enum wh_err progress_ending(struct shift *shift, const struct id *withdrawal_id,
    bool *out);
enum wh_err progress_forget(struct shift *shift,
    const struct id *withdrawal_id);

/* The entry of a record in the JSON of its consent; borrowed, or NULL. */
json_t *consent_record(const json_t *consent, const struct id *permission_id);

/* The progress of one record in the JSON of its consent; made when it is not
 * there. Borrowed; NULL when the record is not in it. */
json_t *progress_of_record(json_t *consent, const struct id *permission_id,
    int64_t now_ms);
/* After a change: "intrekking" of the consent is that of all its records. */
void progress_refresh(json_t *consent);

/*
 * desk_carry.c: this record has ended; nothing comes or goes under it, what was
 * received is erased, what was made from it ends, the hub gets our word. Again
 * is the same.
 */
enum wh_err carry_through(struct shift *shift, const struct permit *permit);
bool carry_ends(enum permission_event event);

/* A permission that was made from another is carried through everywhere. */
enum wh_err carry_derived_done(struct shift *shift, const struct id *child);

/*
 * desk_ended.c: a record that travels along. *reason when it is not a good one;
 * else it is kept, unless it was here.
 */
enum wh_err record_keep(struct shift *shift, const struct signed_body *body,
    const struct permission *permission, struct span bytes,
    enum reason *reason);

/* A permission ended: the event, and the record that it ended. */
enum wh_err record_ended(struct shift *shift, const struct deliver *delivery);

/* desk_withdraw.c: the hub's word on a record or its end. */
enum wh_err consent_settled(struct shift *shift, enum to_hub_kind kind,
    struct span signed_bytes, const struct receipt *receipt,
    const struct refusal *refusal);

#endif
