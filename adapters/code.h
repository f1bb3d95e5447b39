/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_CODE_H
#define WH_ADAPTERS_CODE_H

#include "proto/base/err.h"
#include "proto/base/hash.h"

/*
 * The withdrawal code on the resident's receipt: withdrawing must be as easy
 * as giving (AVG art. 7(3)), at any member's desk. "7K3M-…": 15 characters
 * of Crockford's base 32 (75 random bits) and one that says for how many
 * records it holds. Each record gets a key of its own from it, so that the
 * hub cannot tell that two records belong to one resident.
 */
#define CODE_TEXT_SIZE   20 /* XXXX-XXXX-XXXX-XXXX and a NUL */
#define CODE_PARTIES_MAX 16

/*
 * Before the code in what is scanned: a phone takes it for an address that it
 * cannot open, and does not offer to look the code up on the web.
 */
#define CODE_PREFIX "WIJKHUB:"

void code_new(char out[CODE_TEXT_SIZE], unsigned parties);

/*
 * As people type it: any case, white space or hyphens, O for 0, I and L for 1;
 * or as it was scanned, with the prefix. WH_INVALID. *parties is how many
 * records it may hold for.
 */
enum wh_err code_parse(const char *typed, char out[CODE_TEXT_SIZE],
    unsigned *parties);

/* What is shown to the hub to end the nth record, and its hash in the record.
 */
struct hash code_record_key(const char *code, unsigned n);
struct hash code_record_hash(const char *code, unsigned n);

#endif
