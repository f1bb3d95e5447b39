/* SPDX-License-Identifier: EUPL-1.2 */
#include <string.h>

#include "adapters/api_shape.h"
#include "adapters/desk_copies.h"
#include "adapters/desk_erase.h"
#include "adapters/desk_state.h"
#include "adapters/held.h"
#include "adapters/json.h"
#include "adapters/outbox.h"
#include "proto/base/clk.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/wire_withdrawal.h"

/*
 * The end of a permission is carried through here: nothing comes or goes under
 * it, what was received is erased, what we passed on under a permission that we
 * made from it is withdrawn as well, and the hub gets our signed word.
 */

/* "wissing" of a dossier: what became of the copy in the partner's system. */
#define ERASED   "GEWIST"
#define RETAINED "BEHOUDEN"
#define OPEN     "OPEN"

/* A report in the making. */
struct report {
	struct shift *shift;
	const struct permission *permission;
	uint64_t epoch;
	size_t count;
	struct message_reach items[REPORT_MESSAGES_MAX];
};

static enum wh_err
send_report(struct report *report, bool more)
{
	struct shift *shift = report->shift;
	struct carried carried = {
	    .permission_id = report->permission->permission_id,
	    .epoch = report->epoch,
	    .by_member = shift->desk->member,
	    .at_ms = shift->now_ms,
	    .count = report->count,
	    .messages = report->items,
	    .more = more,
	};
	uint8_t *body = NULL, *whole = NULL;
	size_t body_len, whole_len;
	enum wh_err err;

	random_fill(carried.report_id.b, sizeof(carried.report_id.b));
	err = wire_carried_write(&carried, &body, &body_len);
	if (err == WH_OK)
		err = shift_sign(shift, WIRE_DOMAIN_CARRIED,
		    span_of(body, body_len), &whole, &whole_len);
	if (err == WH_OK)
		err = outbox_push(shift->txn, TO_HUB_CARRIED,
		    &carried.report_id, span_of(whole, whole_len));
	mem_free(body);
	mem_free(whole);
	report->count = 0;
	return err;
}

/* What we can say of what came in on this referral. */
static struct message_reach
word_on(struct shift *shift, const json_t *dossier)
{
	const json_t *state = json_object_get(dossier, "wissing");
	const char *word = json_text(state, "status");
	struct message_reach out = {.reach = REACH_ERASED, .article = ""};
	const char *article;

	if (strcmp(word, OPEN) == 0)
		out.reach = REACH_READ;
	if (strcmp(word, RETAINED) != 0)
		return out;
	article =
	    arena_str(&shift->arena, span_str(json_text(state, "artikel")));
	out.reach = REACH_RETAINED;
	out.article = article == NULL ? "" : article;
	return out;
}

static enum wh_err
report_case(struct report *report, const struct id *case_ref,
    const json_t *dossier)
{
	struct message_reach item = word_on(report->shift, dossier);
	enum wh_err err;

	for (;;) {
		err = held_message_next(report->shift->txn, case_ref,
		    &item.message_id);
		if (err != WH_OK)
			return err == WH_NOT_FOUND ? WH_OK : err;
		if (report->count == REPORT_MESSAGES_MAX)
			err = send_report(report, true);
		if (err != WH_OK)
			return err;
		report->items[report->count++] = item;
	}
}

static enum wh_err
get_dossier(struct shift *shift, const struct id *case_ref, json_t **out)
{
	enum wh_err err;

	err = dossier_get(shift->txn, shift->desk->vault, case_ref, out);
	return err == WH_NOT_FOUND ? WH_OK : err; /* erased as a whole */
}

static enum wh_err
report_all(struct report *report)
{
	struct held_place place = {0};
	json_t *dossier;
	enum wh_err err;

	for (;;) {
		dossier = NULL;
		err = held_case_next(report->shift->txn, report->permission,
		    &place);
		if (err == WH_OK)
			err = get_dossier(report->shift, &place.case_ref,
			    &dossier);
		if (err == WH_OK)
			err = report_case(report, &place.case_ref, dossier);
		json_decref(dossier);
		if (err != WH_OK)
			return err == WH_NOT_FOUND ? send_report(report, false)
						   : err;
	}
}

/*
 * A copy may be in the partner's own system. Whether it keeps that, and on
 * which ground, the configuration says or people do; until then it is open.
 */
static void
set_state(struct shift *shift, json_t *dossier, const struct permit *permit)
{
	const char *article = shift->desk->retention_ground;
	bool out = json_is_true(json_object_get(dossier, "verstrekt"));
	char record[ID_TEXT_SIZE];
	json_t *state;

	id_text(&permit->permission.permission_id, record);
	state = json_pack("{s:s, s:s, s:I}", "status",
	    !out                 ? ERASED
	    : article[0] != '\0' ? RETAINED
				 : OPEN,
	    "record", record, "epoch", (json_int_t)permit->standing.epoch);
	if (out && article[0] != '\0')
		json_object_set_new(state, "artikel", json_string(article));
	json_object_set_new(dossier, "wissing", state);
}

static bool
is_open(const json_t *dossier)
{
	return strcmp(json_text(json_object_get(dossier, "wissing"), "status"),
		   OPEN) == 0;
}

static enum wh_err
erase_case(struct shift *shift, const struct id *case_ref,
    const struct permit *permit)
{
	json_t *dossier = NULL;
	enum wh_err err = get_dossier(shift, case_ref, &dossier);

	if (err != WH_OK || dossier == NULL)
		return err;
	err = desk_erase_received(shift, case_ref, dossier);
	if (err == WH_OK && json_object_get(dossier, "wissing") == NULL) {
		set_state(shift, dossier, permit);
		if (is_open(dossier))
			err = copies_ask(shift, case_ref, dossier);
	}
	if (err == WH_OK)
		err = dossier_put(shift->txn, shift->desk->vault, case_ref,
		    dossier);
	json_decref(dossier);
	return err;
}

static enum wh_err
erase_all(struct shift *shift, const struct permit *permit)
{
	struct held_place place = {0};
	enum wh_err err;

	for (;;) {
		err = held_case_next(shift->txn, &permit->permission, &place);
		if (err == WH_OK)
			err = erase_case(shift, &place.case_ref, permit);
		if (err != WH_OK)
			return err == WH_NOT_FOUND ? WH_OK : err;
	}
}

/* What we made from it ends too; *waits while one is not carried through. */
static enum wh_err
end_derived(struct shift *shift, const struct id *parent, bool *waits)
{
	struct id child = {{0}};
	enum derived_state state;
	enum wh_err err;

	*waits = false;
	for (;;) {
		err = held_derived_next(shift->txn, parent, &child, &state);
		if (err == WH_OK && state == DERIVED_STANDS) {
			err = consent_end_derived(shift, &child);
			if (err == WH_OK)
				err = held_derived_put(shift->txn, parent,
				    &child, DERIVED_ENDED);
		}
		if (err != WH_OK)
			return err == WH_NOT_FOUND ? WH_OK : err;
		*waits |= state != DERIVED_CARRIED;
	}
}

static enum wh_err
report_permit(struct shift *shift, const struct permit *permit)
{
	struct report *report = mem_new(sizeof(*report));
	enum wh_err err;

	report->shift = shift;
	report->permission = &permit->permission;
	report->epoch = permit->standing.epoch;
	err = report_all(report);
	mem_free(report);
	return err;
}

bool
carry_ends(enum permission_event event)
{
	return event == PERMISSION_WITHDRAWN || event == PERMISSION_OBJECTED ||
	       event == PERMISSION_INVALIDATED || event == PERMISSION_REFUSED;
}

enum wh_err
carry_through(struct shift *shift, const struct permit *permit)
{
	bool waits = false;
	enum wh_err err;

	if (!carry_ends(permit->standing.state))
		return WH_OK;
	err = erase_all(shift, permit);
	if (err == WH_OK)
		err = end_derived(shift, &permit->permission.permission_id,
		    &waits);
	if (err == WH_OK && !waits)
		err = report_permit(shift, permit);
	return err;
}

enum wh_err
carry_derived_done(struct shift *shift, const struct id *child)
{
	struct permit permit;
	struct id parent;
	enum wh_err err;

	err = held_parent(shift->txn, child, &parent);
	if (err == WH_NOT_FOUND)
		return WH_OK;
	if (err == WH_OK)
		err = held_derived_put(shift->txn, &parent, child,
		    DERIVED_CARRIED);
	if (err == WH_OK)
		err = permits_get(shift->txn, &shift->arena, &parent, &permit);
	return err == WH_OK ? carry_through(shift, &permit) : err;
}

/* The report on one referral that people give later. */
static enum wh_err
report_later(struct shift *shift, const struct id *case_ref,
    const json_t *dossier)
{
	const json_t *state = json_object_get(dossier, "wissing");
	struct permission permission = {0};
	struct report *report = mem_new(sizeof(*report));
	enum wh_err err;

	report->shift = shift;
	report->permission = &permission;
	report->epoch =
	    (uint64_t)json_integer_value(json_object_get(state, "epoch"));
	err = id_parse(json_text(state, "record"), &permission.permission_id);
	if (err == WH_OK)
		err = report_case(report, case_ref, dossier);
	if (err == WH_OK)
		err = send_report(report, true);
	mem_free(report);
	return err;
}

static enum wh_err
confirm(struct shift *shift, const struct id *case_ref, json_t *dossier,
    const json_t *body)
{
	json_t *state = json_object_get(dossier, "wissing");
	enum wh_err err = copies_answered(shift, case_ref, dossier);

	if (err != WH_OK)
		return err;
	json_object_set(state, "status", json_object_get(body, "status"));
	if (strcmp(json_text(body, "status"), ERASED) == 0)
		(void)json_object_del(state, "artikel");
	else
		json_object_set(state, "artikel",
		    json_object_get(body, "artikel"));
	err = report_later(shift, case_ref, dossier);
	return err == WH_OK ? dossier_put(shift->txn, shift->desk->vault,
				  case_ref, dossier)
			    : err;
}

/* False: result says why it cannot be. */
static bool
may_confirm(const json_t *dossier, const json_t *body,
    struct desk_result *result)
{
	const json_t *state = json_object_get(dossier, "wissing");
	const char *article = json_text(body, "artikel");
	bool retained = strcmp(json_text(body, "status"), RETAINED) == 0;

	if (state == NULL || strcmp(json_text(state, "status"), ERASED) == 0)
		result_no(result, OUTCOME_FORBIDDEN, "status",
		    "er is hier niets dat nog gewist moet worden");
	else if (retained && (article[0] == '\0' ||
				 !text_is_token(article, WIRE_ARTICLE_MAX)))
		result_no(result, OUTCOME_REJECTED, "artikel",
		    "noem de grond in een woord, zoals Archiefwet-3");
	else if (!retained && article[0] != '\0')
		result_no(result, OUTCOME_REJECTED, "artikel",
		    "hoort alleen bij BEHOUDEN");
	else
		return true;
	return false;
}

enum wh_err
desk_confirm(struct desk *desk, const struct id *case_ref, const json_t *body,
    int64_t now_ms, struct desk_result *out)
{
	struct shift shift;
	json_t *dossier = NULL;
	enum wh_err err;

	*out = (struct desk_result){0};
	if (!result_shape(out, &shape_erasure_new, body))
		return WH_OK;
	err = shift_begin(desk, now_ms, &shift);
	if (err == WH_OK)
		err = get_dossier(&shift, case_ref, &dossier);
	if (err == WH_OK && dossier == NULL)
		result_no(out, OUTCOME_NOT_FOUND, "id",
		    "deze verwijzing is hier niet bekend");
	else if (err == WH_OK && may_confirm(dossier, body, out)) {
		out->kind = OUTCOME_DONE;
		err = confirm(&shift, case_ref, dossier, body);
		out->dossier = dossier_api(dossier);
	}
	json_decref(dossier);
	err = shift_end(&shift, err);
	if (err != WH_OK)
		desk_result_fini(out);
	return err;
}

/* It holds something that came in, and nobody noted that it went out. */
static bool
is_passed_on_first(const json_t *dossier)
{
	return dossier_actor(dossier) == ACTOR_RECIPIENT &&
	       json_object_size(json_object_get(dossier, "gegevens")) > 0 &&
	       !json_is_true(json_object_get(dossier, "verstrekt"));
}

enum wh_err
desk_passed_on(struct desk *desk, const struct id *case_ref)
{
	struct shift shift;
	json_t *dossier = NULL;
	enum wh_err err;

	/* Most have been noted before: no commit for those. */
	err = desk_dossier_full(desk, case_ref, &dossier);
	if (err != WH_OK || !is_passed_on_first(dossier)) {
		json_decref(dossier);
		return err == WH_NOT_FOUND ? WH_OK : err;
	}
	json_decref(dossier);
	dossier = NULL;
	err = shift_begin(desk, 0, &shift);
	if (err == WH_OK)
		err = get_dossier(&shift, case_ref, &dossier);
	if (err == WH_OK && dossier != NULL && is_passed_on_first(dossier)) {
		json_object_set_new(dossier, "verstrekt", json_true());
		err = dossier_put(shift.txn, desk->vault, case_ref, dossier);
	}
	json_decref(dossier);
	return shift_end(&shift, err);
}
