/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_WPI_MAP_H
#define WH_ADAPTERS_WPI_MAP_H

#include <jansson.h>

#include "adapters/wpi/wpi_settings.h"

/*
 * A dossier -> the documents of Klantinteracties 0.9 (VNG, Open Klant). Pure;
 * each gives a new reference.
 *
 * Nothing is cut silently. What is too long for its field is its beginning and
 * where to find the whole; what does not fit the form of its field (a prefix
 * of more than 10 characters, a foreign postcode, an e-mail address of more
 * than 80) goes where there is room: the family name, the address lines, the
 * task's toelichting.
 */

/* POST /maak-klantcontact; at: when the referral came, RFC 3339. */
json_t *map_maak_klantcontact(const json_t *dossier, const char *at);

/* POST /digitaleadressen, the n-th; NULL after the last. */
json_t *map_digitaal_adres(const json_t *dossier, unsigned n,
    const char *betrokkene);

/* POST /internetaken. */
json_t *map_internetaak(const struct wpi_settings *settings,
    const json_t *dossier, const char *klantcontact);

/* POST /partij-identificatoren; NULL when there is no BSN. */
json_t *map_partij_identificator(const json_t *dossier);

/*
 * PATCH /internetaken/{uuid}: the task is over because the referral is. NULL
 * for a status that does not take the task away. The toelichting is one that
 * map_internetaak_is_ours knows again.
 */
json_t *map_internetaak_over(const char *status);
bool map_internetaak_is_ours(const json_t *internetaak);

/*
 * PATCH /internetaken/{uuid}: something new from the sender, before what stands
 * there. WH_NOT_FOUND when the event says nothing; WH_TOO_BIG when there is no
 * room left, not even to say where it is.
 */
enum wh_err map_internetaak_news(const json_t *dossier, const json_t *event,
    const json_t *internetaak, json_t **out);

#endif
