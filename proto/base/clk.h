/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_BASE_CLK_H
#define WH_PROTO_BASE_CLK_H

#include <stdint.h>

#include "proto/base/err.h"

/*
 * The only door to the clocks of the machine. Decisions never call these:
 * they get the time as an argument.
 */
int64_t clk_wall_ms(void); /* Unix time, milliseconds */
int64_t clk_mono_ms(void); /* steady, for time-outs */

#define CLK_ISO_SIZE 25 /* "2026-09-14T13:00:00.000Z" and a NUL */

/* UTC, RFC 3339, milliseconds always shown. Years 1970 to 9999. */
void clk_iso(int64_t at_ms, char out[CLK_ISO_SIZE]);

/*
 * Read RFC 3339 ("2026-09-14T13:00:00Z", ".123", "+02:00") or a plain date
 * ("2026-09-14", midnight UTC). WH_INVALID for anything else.
 */
enum wh_err clk_parse(const char *text, int64_t *at_ms);

/* Of month 1 to 12; any year is Gregorian. */
int clk_month_days(int year, int month);

#endif
