/* SPDX-License-Identifier: EUPL-1.2 */
#include <inttypes.h>

#include "adapters/desk_officer.h"
#include "adapters/uplink_impl.h"
#include "proto/base/clk.h"
#include "proto/base/log.h"
#include "proto/base/text.h"

/* A busy hub that names no time, or a strange one. */
#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 60000

/* The desk could not keep it: nothing is acknowledged, all comes again. */
static void
desk_failed(struct uplink *uplink, const char *what, enum wh_err err)
{
	log_err("DESK-FAILED", "at=%s error=%s", what, wh_err_str(err));
	uplink->failures++;
	uplink_drop(uplink, uplink_backoff_ms(uplink));
}

static void
on_welcome(struct uplink *uplink, const struct welcome *welcome)
{
	if (uplink->state != UPLINK_HELLO)
		return;
	log_info("HUB-WELCOME",
	    "member=%s version=%" PRIu32 ".%" PRIu32 " register=%" PRIu64,
	    desk_member(uplink->desk), welcome->major, welcome->minor,
	    welcome->register_version);
	uplink->counts.reconnects += uplink->counts.sent > 0 ||
				     uplink->counts.delivered > 0 ||
				     uplink->attempts > 1;
	line_answered(&uplink->lines, &uplink->line);
	uplink->state = UPLINK_UP;
	uplink->attempts = 0;
	uplink->credit_due = UPLINK_CREDIT;
	if (uplink->events.welcomed != NULL)
		uplink->events.welcomed(uplink->events.arg, welcome);
	uplink->events.state(uplink->events.arg, true);
}

static void
on_receipt(struct uplink *uplink, const struct receipt *receipt)
{
	enum wh_err err;

	err = desk_receipt(uplink->desk, receipt, clk_wall_ms());
	if (err != WH_OK) {
		desk_failed(uplink, "receipt", err);
		return;
	}
	uplink->failures = 0;
	uplink->counts.receipts++;
	uplink->counts.duplicates += receipt->duplicate;
	uplink_row_done(uplink, &receipt->id);
	uplink->events.settled(uplink->events.arg, &receipt->id, true,
	    REASON_NONE, "");
}

/* About the session, not about a row: true when that is what it was. */
static bool
session_refused(struct uplink *uplink, const struct refusal *refusal)
{
	if (!id_is_zero(&refusal->id))
		return false;
	if (refusal->reason == REASON_VERSION_UNSUPPORTED) {
		log_err("HUB-VERSION", "%s", refusal->detail);
		uplink_drop(uplink, 2 * uplink->times.backoff_max);
		return true;
	}
	if (refusal->reason != REASON_NOT_A_MEMBER)
		return false;
	/* "Say hello first": it started again, or the line was new. Several
	 * frames may be answered so. */
	if (uplink->state == UPLINK_UP)
		uplink_greet(uplink);
	return true;
}

static void
on_refusal(struct uplink *uplink, uint64_t request,
    const struct refusal *incoming)
{
	struct uplink_question *question = uplink_question_of(uplink, request);
	struct uplink_row *row = uplink_row_of(uplink, request);
	struct refusal refusal = *incoming;
	enum wh_err err;

	if (session_refused(uplink, &refusal))
		return;
	if (question != NULL) {
		uplink_question_done(question, NULL, WH_NOT_FOUND);
		return;
	}
	if (request != 0 && request == uplink->log_request) {
		/* It was longer before: a log that went back. */
		log_err("LOG-MIRROR", "error=refused cause=\"%s\"",
		    refusal.detail);
		uplink->log_request = 0;
		return;
	}
	if (id_is_zero(&refusal.id) && row != NULL)
		refusal.id = row->id;
	log_info("HUB-REFUSED", "reason=%s",
	    terms_text(TERMS_REASONS, refusal.reason));
	if (id_is_zero(&refusal.id))
		return;
	err = desk_refusal(uplink->desk, &refusal, clk_wall_ms());
	if (err != WH_OK) {
		desk_failed(uplink, "refusal", err);
		return;
	}
	uplink->failures = 0;
	uplink->counts.refusals++;
	uplink_row_done(uplink, &refusal.id);
	uplink->events.settled(uplink->events.arg, &refusal.id, false,
	    refusal.reason, refusal.detail);
}

/* Nothing was recorded: that row, and those behind it, later. */
static void
on_busy(struct uplink *uplink, uint64_t request, const struct busy_answer *busy)
{
	struct uplink_row *row = uplink_row_of(uplink, request);
	int64_t wait = busy->retry_ms;

	if (wait < RETRY_MIN_MS)
		wait = RETRY_MIN_MS;
	if (wait > RETRY_MAX_MS)
		wait = RETRY_MAX_MS;
	log_info("HUB-BUSY", "cause=%s retry_ms=%lld",
	    terms_text(TERMS_BUSIES, busy->cause), (long long)wait);
	uplink->paused_ms = clk_mono_ms() + wait;
	if (row != NULL)
		row->is_sent = false;
}

static void
on_deliver(struct uplink *uplink, const struct deliver *delivery)
{
	enum reason reason = REASON_NONE;
	enum wh_err err;

	if (uplink->ack_count == UPLINK_CREDIT) {
		log_warn("HUB-OVER-CREDIT", "delivery=%" PRIu64,
		    delivery->delivery);
		uplink_drop(uplink, uplink->times.backoff_min);
		return;
	}
	err = desk_deliver(uplink->desk, delivery, clk_wall_ms(), &reason);
	if (err != WH_OK) {
		desk_failed(uplink, "deliver", err);
		return;
	}
	uplink->acks[uplink->ack_count++] =
	    (struct ack){.delivery = delivery->delivery, .reason = reason};
	uplink->credit_due += uplink->credit_due < UPLINK_CREDIT;
	uplink->failures = 0;
	uplink->counts.delivered++;
	uplink->events.delivered(uplink->events.arg);
}

static void
on_register(struct uplink *uplink, struct span bytes)
{
	struct why why = {""};
	enum wh_err err = desk_register_put(uplink->desk, bytes, &why);

	if (err == WH_OK)
		log_info("REGISTER-LOADED", "version=%" PRIu64 " from=hub",
		    desk_register_version(uplink->desk));
	else if (err != WH_EXISTS)
		log_warn("REGISTER-REFUSED", "from=hub cause=%s", why.text);
}

static void
on_checkpoint(struct uplink *uplink, struct span note)
{
	enum wh_err err = desk_checkpoint(uplink->desk, note, clk_wall_ms());

	if (err != WH_OK)
		log_warn("CHECKPOINT-REFUSED", "error=%s", wh_err_str(err));
	uplink->log_due = true;
}

/* A page that lies is not kept; the next checkpoint asks for it again. */
static void
on_log(struct uplink *uplink, uint64_t request, const struct log_page *page)
{
	struct why why = {""};
	uint64_t next = 0;
	enum wh_err err;

	if (request == 0 || request != uplink->log_request)
		return;
	uplink->log_request = 0;
	err = desk_mirror_page(uplink->desk, page, clk_wall_ms(), &why);
	if (err == WH_OK)
		err = desk_mirror_next(uplink->desk, &next);
	if (err == WH_OK)
		uplink->log_due = next < page->size;
	else
		log_err("LOG-MIRROR", "error=%s cause=\"%s\"", wh_err_str(err),
		    why.text);
}

/* Durable first, then said: a hub that hears nothing asks again. */
static void
on_add_checkpoint(struct uplink *uplink, uint64_t request,
    const struct add_checkpoint *asked)
{
	struct desk_cosigned cosigned = {0};
	enum wh_err err;

	err = desk_witness(uplink->desk, asked, clk_wall_ms(), &cosigned);
	if (err == WH_UNSUPPORTED || err == WH_NOT_FOUND) {
		if (!uplink->was_told_no_witness)
			log_warn("WITNESS-NO-KEY", "member=%s",
			    desk_member(uplink->desk));
		uplink->was_told_no_witness = true;
		return;
	}
	if (err != WH_OK) {
		desk_failed(uplink, "witness", err);
		return;
	}
	if (cosigned.verdict != WITNESS_COSIGNED)
		log_info("NOT-COSIGNED", "verdict=%s cosigned=%" PRIu64,
		    terms_text(TERMS_WITNESS_VERDICTS, cosigned.verdict),
		    cosigned.size);
	desk_cosigned_fini(&uplink->cosigned);
	uplink->cosigned = cosigned;
	uplink->cosigned_request = request;
	uplink->cosigned_due = true;
}

static void
on_answer(struct uplink *uplink, const struct from_hub *frame)
{
	struct uplink_question *question =
	    uplink_question_of(uplink, frame->request);

	if (question != NULL)
		uplink_question_done(question, frame, WH_OK);
}

void
uplink_take(struct uplink *uplink, struct span bytes)
{
	struct from_hub frame;
	struct why why = {""};

	arena_reset(&uplink->arena);
	if (wire_from_hub_read(&uplink->arena, bytes, &frame, &why) != WH_OK) {
		log_warn("HUB-FRAME", "cause=%s", why.text);
		return;
	}
	switch (frame.kind) {
	case FROM_HUB_WELCOME:
		on_welcome(uplink, &frame.u.welcome);
		break;
	case FROM_HUB_RECEIPT:
		on_receipt(uplink, &frame.u.receipt);
		break;
	case FROM_HUB_REFUSAL:
		on_refusal(uplink, frame.request, &frame.u.refusal);
		break;
	case FROM_HUB_DELIVER:
		on_deliver(uplink, &frame.u.deliver);
		break;
	case FROM_HUB_REGISTER:
		on_register(uplink, frame.u.bytes);
		break;
	case FROM_HUB_CHECKPOINT:
		on_checkpoint(uplink, frame.u.bytes);
		break;
	case FROM_HUB_PROOF:
	case FROM_HUB_CONSISTENCY:
		on_answer(uplink, &frame);
		break;
	case FROM_HUB_ADD_CHECKPOINT:
		on_add_checkpoint(uplink, frame.request,
		    &frame.u.add_checkpoint);
		break;
	case FROM_HUB_LOG:
		on_log(uplink, frame.request, &frame.u.log);
		break;
	case FROM_HUB_BUSY:
		on_busy(uplink, frame.request, &frame.u.busy);
		break;
	}
}
