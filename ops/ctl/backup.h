/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_OPS_CTL_BACKUP_H
#define WH_OPS_CTL_BACKUP_H

#include "ops/ctl/ctl.h"
#include "proto/base/kv.h"

/* What backup and restore share; in cmd_backup.c. */

/* Absent or empty? */
bool backup_dir_is_free(const char *path);

enum wh_err backup_open_store(const char *dir, enum kv_mode mode,
    struct kv **out, struct why *why);

/* The last checkpoint that the store has, borrowed; WH_NOT_FOUND. */
enum wh_err backup_last_note(struct kv_txn *txn, struct span *note);

/* Write the journal and the checkpoint that belong to the store in dir. */
enum wh_err backup_complete(const char *dir, struct why *why);

/* Everything, as fsck does; findings on stderr. WH_CORRUPT. */
enum wh_err backup_check(const char *dir, struct why *why);

/* What these commands write into a folder, and the folder when it is empty. */
void backup_remove(const char *dir);

#endif
