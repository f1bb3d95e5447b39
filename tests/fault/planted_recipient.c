/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A fault for withdraw_planted.sh to find: a recipient that signs that it
 * erased, and keeps it all. Linked with --wrap=desk_erase_received into an
 * adapter that is nowhere else.
 */
#include "adapters/desk_erase.h"

enum wh_err __wrap_desk_erase_received(struct shift *shift,
    const struct id *case_ref, json_t *dossier);

enum wh_err
__wrap_desk_erase_received(struct shift *shift, const struct id *case_ref,
    json_t *dossier)
{
	(void)shift;
	(void)case_ref;
	(void)dossier;
	return WH_OK;
}
