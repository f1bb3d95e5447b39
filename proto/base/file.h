/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_BASE_FILE_H
#define WH_PROTO_BASE_FILE_H

#include "proto/base/err.h"
#include "proto/base/span.h"

/* Whole small files. */

/* Heap copy with a NUL behind it; WH_TOO_BIG above max bytes. */
enum wh_err file_read(const char *path, size_t max, uint8_t **out, size_t *len,
    struct why *why);

/*
 * Replace durably: write beside it, fsync, rename, fsync the folder. mode as
 * in chmod(2), whatever the umask; 0600 for secrets.
 */
enum wh_err file_write(const char *path, struct span bytes, unsigned mode,
    struct why *why);

/* Like mkdir -p with mode 0700, durably. */
enum wh_err file_mkdir(const char *path, struct why *why);

/* "dir/name" on the heap. */
char *file_path(const char *dir, const char *name);

/* Make names that were made or changed in a folder durable. */
enum wh_err file_sync_dir(const char *path);

#endif
