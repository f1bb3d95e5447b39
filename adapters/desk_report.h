/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_DESK_REPORT_H
#define WH_ADAPTERS_DESK_REPORT_H

#include "adapters/desk.h"

/* How long a report is kept to be shown again: sealed, and then erased. */
#define DESK_REPORT_DAYS 30

/*
 * POST /v1/inzageverzoeken: all that this member knows of one client, as much
 * as the resident may see (report.h). The result's dossier is the report with
 * its id. It reads what rests on the client's relations, and nothing else.
 */
enum wh_err desk_report(struct desk *desk, const json_t *body, int64_t now_ms,
    struct desk_result *out);

/* As it was made; WH_NOT_FOUND also when its time is over. */
enum wh_err desk_report_get(struct desk *desk, const struct id *id,
    int64_t now_ms, json_t **out);

/* Erase the reports whose time is over. */
enum wh_err desk_report_expire(struct desk *desk, int64_t now_ms);

#endif
