/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_WATCH_H
#define WH_ADAPTERS_WATCH_H

#include <jansson.h>

#include "adapters/desk_log.h"

/*
 * How the log of the hub is watched, in plain Dutch: "bewaking" of /healthz
 * and of GET /v1/logboek. New reference.
 */
json_t *watch_json(const struct desk_log_state *state);

#endif
