/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_OPS_CTL_REGISTER_FILE_H
#define WH_OPS_CTL_REGISTER_FILE_H

#include "consent/register.h"

/*
 * Read a signed register into arena. alliance_pub is the path of the public
 * key file to check it with, NULL: not checked. why names the file.
 */
enum wh_err register_file_read(struct arena *arena, const char *path,
    const char *alliance_pub, struct wh_register *out, struct why *why);

/* The same with the key itself; NULL: not checked. */
enum wh_err register_file_read_key(struct arena *arena, const char *path,
    const uint8_t *alliance_key, struct wh_register *out, struct why *why);

/* An arena for the above is at most this large. */
#define REGISTER_FILE_ARENA_MAX ((size_t)16 * REGISTER_MAX)

#endif
