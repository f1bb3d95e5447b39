/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_POLITIE_MAP_PERSON_H
#define WH_ADAPTERS_POLITIE_MAP_PERSON_H

#include <jansson.h>

#include "adapters/politie/stuf_in.h"

/* The person of the report: sections CONTACT and ADDRESS. */

/* What the schema says about addresses and the shape cannot. */
enum wh_err map_person_check(const struct stuf_node *root,
    struct stuf_fault *fault);

enum wh_err map_person_contact(const struct stuf_node *root, json_t *sections,
    struct stuf_fault *fault);

/* One address: where they live, else where they are registered, else the
 * first. No section when there is none that is known. */
void map_person_address(const struct stuf_node *root, json_t *sections);

#endif
