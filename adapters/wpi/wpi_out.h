/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_WPI_WPI_OUT_H
#define WH_ADAPTERS_WPI_WPI_OUT_H

#include "adapters/wpi/wpi_settings.h"

/* What happened on a referral -> calls to Klantinteracties: head of wpi.c. */
void wpi_out_give(const struct wpi_settings *settings,
    const struct job_view *job, struct step *out);

#endif
