/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_OPS_CTL_REGISTER_JSON_H
#define WH_OPS_CTL_REGISTER_JSON_H

#include <jansson.h>

#include "proto/wire_register.h"

/* A register as JSON, words instead of numbers; owned by the caller. */
json_t *register_json(const struct wh_register *reg);

/*
 * What is different in after, as an array of {"list", "id", "change", and for
 * "changed" the names of the fields}: "members", "wpi", "changed", ["keys"].
 * The list is "" for fields of the register itself. Version and time of
 * signing always differ and are left out. Owned by the caller.
 */
json_t *register_json_diff(const struct wh_register *before,
    const struct wh_register *after);

#endif
