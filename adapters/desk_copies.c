/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_copies.h"

#include <string.h>

#include "adapters/json.h"
#include "adapters/local.h"
#include "proto/base/clk.h"
#include "proto/base/log.h"
#include "proto/base/workday.h"

#define ASKED    "wissingGevraagd"
#define ASKED_AT "gevraagdOp"
/* Of "wissing": when it is asked again, ms; for us alone. */
#define AGAIN "opnieuwMs"

#define WORKING_DAYS 1

static json_t *
state_of(const json_t *dossier)
{
	return json_object_get(dossier, "wissing");
}

enum wh_err
copies_ask(struct shift *shift, const struct id *case_ref, json_t *dossier)
{
	const struct wh_register *reg = &shift->desk->registry->reg;
	int64_t again_ms =
	    workday_after(reg->holidays, shift->now_ms, WORKING_DAYS);
	char at[CLK_ISO_SIZE];
	enum wh_err err;

	clk_iso(shift->now_ms, at);
	json_object_set_new(state_of(dossier), ASKED_AT, json_string(at));
	json_object_set_new(state_of(dossier), AGAIN, json_integer(again_ms));
	dossier_add_event(dossier,
	    json_pack("{s:s, s:s}", "soort", ASKED, "door",
		shift->desk->member),
	    shift->now_ms);
	err = desk_job(shift, case_ref,
	    json_array_size(json_object_get(dossier, "gebeurtenissen")) - 1);
	return err == WH_OK
		   ? retention_put(shift->txn, LOCAL_COPY, again_ms, case_ref)
		   : err;
}

enum wh_err
copies_answered(struct shift *shift, const struct id *case_ref, json_t *dossier)
{
	const struct retention_row row = {.ended_ms = json_integer_value(
					      json_object_get(state_of(dossier),
						  AGAIN)),
	    .id = *case_ref};

	(void)json_object_del(state_of(dossier), AGAIN);
	(void)json_object_del(state_of(dossier), ASKED_AT);
	return retention_drop(shift->txn, LOCAL_COPY, &row);
}

enum wh_err
copies_remind(struct shift *shift, const struct id *case_ref, bool *reminded)
{
	json_t *dossier = NULL;
	enum wh_err err =
	    dossier_get(shift->txn, shift->desk->vault, case_ref, &dossier);

	*reminded = false;
	if (err == WH_OK &&
	    strcmp(json_text(state_of(dossier), "status"), "OPEN") == 0) {
		log_warn("COPY-NOT-ERASED", "case=%s",
		    json_text(dossier, "id"));
		err = copies_ask(shift, case_ref, dossier);
		if (err == WH_OK)
			err = dossier_put(shift->txn, shift->desk->vault,
			    case_ref, dossier);
		*reminded = true;
	}
	json_decref(dossier);
	return err == WH_NOT_FOUND ? WH_OK : err;
}
