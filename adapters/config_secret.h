/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_CONFIG_SECRET_H
#define WH_ADAPTERS_CONFIG_SECRET_H

#include "proto/base/err.h"

/*
 * The lines of a secret file, without comments (#), blank lines and white
 * space at either end: NULL-ended heap strings, at most max of them. WH_REFUSED
 * when the group or others may read it.
 */
enum wh_err config_secret_lines(const char *path, unsigned max, char ***out,
    struct why *why);

#endif
