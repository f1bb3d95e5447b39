/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_OPS_CTL_ASK_H
#define WH_OPS_CTL_ASK_H

#include "ops/ctl/ctl.h"

/* Questions to a running broker over its control socket. */
#define ASK_ANSWER_MAX 65536

/*
 * question ends with a newline. The answer in out, CTL_OK; or it has said what
 * was wrong, CTL_UNREACHABLE when nobody answers.
 */
int ask_broker(const struct ctl *ctl, const char *path, const char *question,
    char out[ASK_ANSWER_MAX]);

/* The answer on stdout; an "error" of the broker is CTL_NO. */
int ask_and_print(const struct ctl *ctl, const char *path,
    const char *question);

#endif
