/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_WPI_NOTIFY_H
#define WH_ADAPTERS_WPI_NOTIFY_H

#include "adapters/wpi/wpi_settings.h"

/*
 * Notificaties (VNG, webhook receiver 1.0.0-rc1): what they say, and what comes
 * of them. Pure.
 *
 *   internetaken, internetaak   GET the task; te_verwerken: nothing; verwerkt:
 *                               GET its klantcontact, metadata.wijkhubId is the
 *                               referral, and the event is setting verwerkt
 *   zaken, status               GET the status; its statustype is in setting
 *                               statustypen or nothing is done; GET the zaak,
 *                               kenmerken[bron=wijkhub].kenmerk is the referral
 *   anything else               understood, nothing to do
 */

/* Is it from somebody who knows the agreed Authorization? Constant time. */
bool notify_allowed(const struct wpi_settings *settings,
    const struct adapter_in *in);

/* What is wrong with it: array of {name, code, reason}, empty when nothing. */
json_t *notify_faults(const struct wpi_settings *settings, struct span body);

/* The context of the job, for a body without faults; NULL: nothing to do. */
json_t *notify_job(struct span body);

void notify_give(const struct wpi_settings *settings,
    const struct job_view *job, struct step *out);

#endif
