/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_DESK_H
#define WH_ADAPTERS_DESK_H

#include "adapters/adapter.h"
#include "consent/keyfile.h"
#include "consent/register.h"
#include "proto/base/kv.h"

/*
 * What an adapter does, without sockets: refer, answer, permit, withdraw,
 * receive. Each call is one transaction on the adapter's own store: what it
 * promises is durable when it returns. Frames for the hub are left in the
 * outbox (outbox.h), work for the partner system in jobs (jobs.h).
 */
struct desk;

struct desk_options {
	const char *dir; /* the store */
	const char *member;
	const struct key_secrets *keys; /* copied */
	const uint8_t *storage_key;     /* 32 bytes, copied: vault.h */
	const uint8_t *alliance_key;    /* 32 bytes, copied */
	size_t map_bytes;
	/* On which ground the partner's own system keeps what it got when a
	 * permission is withdrawn: one word, as in "Archiefwet-3". NULL or "":
	 * people say so each time. Borrowed for as long as the desk. */
	const char *retention_ground;
};

enum wh_err desk_open(const struct desk_options *options, struct desk **out,
    struct why *why);
void desk_close(struct desk *desk); /* NULL is allowed */

struct kv *desk_kv(struct desk *desk);
struct vault;
const struct vault *desk_vault(const struct desk *desk);
const char *desk_member(const struct desk *desk);

/* Our keys, and those that were read anew: copied. */
const struct key_secrets *desk_keys(const struct desk *desk);
void desk_keys_put(struct desk *desk, const struct key_secrets *keys);

/* The register in force, or NULL before the first. Borrowed until the next. */
const struct wh_register *desk_register(const struct desk *desk);
uint64_t desk_register_version(const struct desk *desk);

/*
 * A signed register from a file or the hub: kept when the alliance signed it
 * and its version is higher. WH_EXISTS for the same or an older version.
 */
enum wh_err desk_register_put(struct desk *desk, struct span bytes,
    struct why *why);

/*
 * The result of a call, owned by the caller (desk_result_fini). wait is the
 * id of the message whose receipt decides between CREATED and REFUSED; until
 * then kind is OUTCOME_QUEUED.
 */
struct desk_result {
	enum outcome_kind kind;
	enum reason reason;
	char field[128];
	char text[WHY_MAX];
	json_t *dossier; /* API view: what may be read in this state */
	json_t *allowed;
	bool has_wait;
	struct id wait;
};
void desk_result_fini(struct desk_result *result);

/*
 * POST /v1/verwijzingen: check the JSON (DOSSIER.md), choose the recipient,
 * decide, seal, sign, keep, and put the offer in the outbox.
 */
enum wh_err desk_refer(struct desk *desk, const json_t *body, int64_t now_ms,
    struct desk_result *out);

/* POST /v1/verwijzingen/{id}/gebeurtenissen. */
enum wh_err desk_event(struct desk *desk, const struct id *case_ref,
    const json_t *body, int64_t now_ms, struct desk_result *out);

/* GET /v1/verwijzingen/{id}: WH_NOT_FOUND. New reference, API view. */
enum wh_err desk_dossier(struct desk *desk, const struct id *case_ref,
    json_t **out);

/* The whole dossier with what never leaves (client, bron): for jobs. */
enum wh_err desk_dossier_full(struct desk *desk, const struct id *case_ref,
    json_t **out);

/*
 * Merge an object into the dossier's "bron", member by member: what a job
 * learned that later ones need (struct step: note). The same note again changes
 * nothing, so it may be kept in a transaction of its own, before the job's
 * progress. WH_NOT_FOUND; WH_INVALID for what is no object.
 */
enum wh_err desk_note(struct desk *desk, const struct id *case_ref,
    const json_t *note);

struct desk_filter {
	const char *richting; /* "" for any, as below */
	const char *status;
	const char *type;
	const char *erasure; /* "status" of "wissing" */
	int64_t since_ms;
	unsigned page;      /* from 1 */
	unsigned page_size; /* 1 to 100 */
};
/* GET /v1/verwijzingen: array of API views, newest first. */
enum wh_err desk_list(struct desk *desk, const struct desk_filter *filter,
    json_t **out, bool *more);

/*
 * POST /v1/toestemmingen: one signed record per other party; the result's
 * dossier is the consent's JSON with the resident's receipt.
 */
enum wh_err desk_consent(struct desk *desk, const json_t *body, int64_t now_ms,
    struct desk_result *out);
enum wh_err desk_consent_get(struct desk *desk, const struct id *consent_id,
    json_t **out);

/*
 * GET /v1/toestemmingen/{id}/ontvangstbewijs: slip.h. *html is heap
 * (mem_wipe_free). WH_NOT_FOUND; WH_AGAIN before the first register;
 * WH_REFUSED: the resident may not know of it yet.
 */
enum wh_err desk_slip(struct desk *desk, const struct id *consent_id,
    int64_t now_ms, char **html, size_t *len);

/*
 * POST /v1/toestemmingsvragen: what to ask the resident for such a consent,
 * in each language, and whether there can be one. Nothing is recorded.
 */
enum wh_err desk_question(struct desk *desk, const json_t *body, int64_t now_ms,
    struct desk_result *out);

/*
 * POST /v1/toestemmingen/{id}/intrekking, and POST /v1/intrekkingen with a
 * withdrawal code: withdraw, or for a duty object. consent_id NULL with code.
 */
enum wh_err desk_withdraw(struct desk *desk, const struct id *consent_id,
    const char *code, int64_t now_ms, struct desk_result *out);

/* GET /v1/intrekkingen/{id}: one that was made here with a code, or by who did
 * not capture the permission. WH_NOT_FOUND. New reference. */
enum wh_err desk_withdrawal_get(struct desk *desk, const struct id *id,
    json_t **out);

/*
 * What the end of this consent does not end: open referrals of its client that
 * rest on the law. New reference, also when it fails.
 */
enum wh_err desk_stands(struct desk *desk, const json_t *consent, json_t **out);

/*
 * POST /v1/verwijzingen/{id}/wissing: what became of the copy in the partner's
 * own system after a withdrawal; the hub and the other side are told.
 */
enum wh_err desk_confirm(struct desk *desk, const struct id *case_ref,
    const json_t *body, int64_t now_ms, struct desk_result *out);

/*
 * What came in on this referral leaves the adapter, for the partner's own
 * system: from now on an erasure here is not all. Call it before it leaves.
 */
enum wh_err desk_passed_on(struct desk *desk, const struct id *case_ref);

/* From the hub: see uplink.h for when each is called. */
struct deliver;
struct receipt;
struct refusal;

/*
 * Store a delivery durably; *reason is what to acknowledge with (REASON_NONE:
 * stored, also when it was here before). An error: do not acknowledge.
 */
enum wh_err desk_deliver(struct desk *desk, const struct deliver *delivery,
    int64_t now_ms, enum reason *reason);

enum wh_err desk_receipt(struct desk *desk, const struct receipt *receipt,
    int64_t now_ms);
enum wh_err desk_refusal(struct desk *desk, const struct refusal *refusal,
    int64_t now_ms);

/*
 * A checkpoint that the hub showed: the newest is kept (desk_log.h). WH_CRYPTO:
 * the log of the register did not sign it.
 */
enum wh_err desk_checkpoint(struct desk *desk, struct span note,
    int64_t now_ms);

/* That note; heap (mem_free), WH_NOT_FOUND before the first. */
enum wh_err desk_checkpoint_get(struct desk *desk, char **note);

/* The newest one that we saw of the log that this entry is in, when it is in
 * the checkpoint too; else WH_NOT_FOUND. Heap. */
enum wh_err desk_checkpoint_of(struct desk *desk, uint64_t entry, char **note);

/* Keep a document that could not be used, sealed, for the operator. */
enum wh_err desk_reject(struct desk *desk, const struct adapter_in *in,
    const char *field, const char *text, int64_t now_ms);

/*
 * Carry out the covenant's terms on what has ended: of referrals erase sections
 * and texts, and tell the sender; later drop the dossier itself, and the
 * permissions that nothing rests on (desk_forget.h). Documents that could not
 * be used go after the same term as sections, looks (look.h) after that of the
 * log. At most max of each: call it
 * again when something was done, and every second. Cheap when nothing is due.
 */
struct desk_retained {
	unsigned erased;
	unsigned dropped;
	unsigned forgotten; /* permissions, and withdrawals kept by themselves
			     */
	unsigned reminded;  /* of copies in the partner's own system */
};
enum wh_err desk_retain(struct desk *desk, int64_t now_ms, unsigned max,
    struct desk_retained *out);

/*
 * At night, once an hour at the most, and at each start: write the store anew
 * when something was erased, because freed pages keep its sealed bytes. No
 * transaction may be open; it takes as long as copying the store. WH_IO,
 * WH_CORRUPT: the store is closed, and the program must end.
 */
enum wh_err desk_compact(struct desk *desk, int64_t now_ms);

/*
 * Say again to a hub that was put back what it may have lost (desk_present.h):
 * the next part of it, into the outbox. Call it every second; cheap when there
 * is nothing to say.
 */
enum wh_err desk_present(struct desk *desk, int64_t now_ms, unsigned *pushed);

#endif
