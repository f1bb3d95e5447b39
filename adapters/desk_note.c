/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_state.h"

static enum wh_err
merge(struct shift *shift, const struct id *case_ref, const json_t *note)
{
	json_t *dossier = NULL;
	json_t *source;
	enum wh_err err;

	err = dossier_get(shift->txn, shift->desk->vault, case_ref, &dossier);
	if (err != WH_OK)
		return err;
	source = json_object_get(dossier, "bron");
	if (!json_is_object(source)) {
		source = json_object();
		json_object_set_new(dossier, "bron", source);
	}
	json_object_update_new(source, json_deep_copy(note));
	err = dossier_put(shift->txn, shift->desk->vault, case_ref, dossier);
	json_decref(dossier);
	return err;
}

enum wh_err
desk_note(struct desk *desk, const struct id *case_ref, const json_t *note)
{
	struct shift shift;
	enum wh_err err;

	if (!json_is_object(note))
		return WH_INVALID;
	err = shift_begin(desk, 0, &shift);
	if (err == WH_OK)
		err = shift_end(&shift, merge(&shift, case_ref, note));
	return err;
}
