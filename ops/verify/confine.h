/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_OPS_VERIFY_CONFINE_H
#define WH_OPS_VERIFY_CONFINE_H

#include "proto/base/err.h"

/*
 * Give up, until this process ends, every system call but those of the table
 * in confine.c: read files, write to what is open, use memory, end. No socket,
 * no other program, no file that is made or changed. Whatever else is tried,
 * also by code that should not be there, ends the process with SIGSYS.
 *
 * WH_UNSUPPORTED: the kernel or the machine cannot; the caller must not go
 * on.
 */
enum wh_err confine(void);

#endif
