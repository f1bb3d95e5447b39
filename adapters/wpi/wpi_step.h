/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_WPI_WPI_STEP_H
#define WH_ADAPTERS_WPI_WPI_STEP_H

#include "adapters/wpi/wpi_settings.h"

/*
 * Requests to the municipality's systems and what they answer. A step that is
 * done again after a crash is the same to the byte, with the same
 * Idempotency-Key, but for the time in the token of the Zaken API. Pure.
 */

/* To Klantinteracties; url as in struct step, body is taken over or NULL. */
void wpi_step_klant(const struct wpi_settings *settings,
    const struct job_view *job, struct step *out, const char *method,
    const char *url, json_t *body);

/* GET from the Zaken API. */
void wpi_step_zaak(const struct wpi_settings *settings,
    const struct job_view *job, struct step *out, const char *url);

void wpi_step_park(struct step *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * The object that was answered, a new reference. NULL: out is filled. Gone
 * (404, 410) is DONE when gone_is_done; the rest is PARK with the status and
 * the codes of their problem, never their text. what names the request.
 */
json_t *wpi_step_answer(const struct job_view *job, struct step *out,
    const char *what, bool gone_is_done);

/* A uuid at key; NULL for anything else. Borrowed. */
const char *wpi_step_uuid(const json_t *object, const char *key);

#endif
