/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_CORPORATIE_VERA_REPLY_H
#define WH_ADAPTERS_CORPORATIE_VERA_REPLY_H

#include "adapters/adapter.h"

/*
 * The answer to a VERA request: the document as it was stored (without a BSN,
 * which is not), or a Foutbericht {code, omschrijving} that names the field
 * and the reason and never what stood there. resource: "zaken".
 */
void vera_reply_make(const struct adapter_in *in, const char *resource,
    const struct outcome *outcome, struct adapter_reply *reply);

/* The code of a Foutbericht, made safe to show; "" when there is none. */
#define VERA_FAULT_SIZE 33
void vera_reply_fault(struct span body, char out[VERA_FAULT_SIZE]);

#endif
