/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_SUPPORT_H
#define WH_TESTS_SUPPORT_H

#include "proto/base/err.h"

/* What several tests need of the machine. */

/* A fresh folder; heap, freed by support_dir_remove(), which empties it too. */
char *support_dir_new(void);
void support_dir_remove(char *dir);

/* dir + "/" + name; heap, free(3). */
char *support_path(const char *dir, const char *name);

/*
 * The folder with the official schemas: $WIJKHUB_SHARED, or the one beside the
 * source tree; NULL when there is none, and the test is skipped. Static.
 */
const char *support_schemas(void);

#endif
