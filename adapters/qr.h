/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_QR_H
#define WH_ADAPTERS_QR_H

#include "proto/base/err.h"

/*
 * A QR code (ISO/IEC 18004, a quarter of it may be damaged) of text as the "d"
 * of an SVG path: a module is one unit, and the margin of four that scanners
 * need is within the size by size units. *path is heap (mem_free). WH_TOO_BIG.
 */
enum wh_err qr_path(const char *text, char **path, unsigned *size);

#endif
