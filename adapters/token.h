/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_TOKEN_H
#define WH_ADAPTERS_TOKEN_H

#include "proto/base/err.h"
#include "proto/base/hash.h"
#include "proto/limits.h"

/*
 * Who may call: the lines of the tokens file.
 *
 *   TOKEN [LABEL [ROLE[,ROLE…]]]
 *
 * A token without roles may do everything; one with roles only what is for
 * these. The label says in the log of looks who it was.
 */
enum role {
	ROLE_PROFESSIONAL = 1,
	ROLE_OFFICER = 2,
	ROLE_OPERATOR = 4,
	ROLE_ALL = 7
};

/* "professional", "privacy-officer", "operator"; NULL for none or several. */
const char *role_text(unsigned role);

/* Who sent a request. */
struct caller {
	char label[NAME_MAX_LEN + 1]; /* "" for nobody known */
	unsigned roles;
};

struct token {
	struct hash digest; /* of the token itself, which is not kept */
	struct caller caller;
};

/*
 * A line of the file. Without label it is named after the digest of its token.
 * WH_INVALID with why, which repeats nothing of it.
 */
enum wh_err token_read(const char *line, struct token *out, struct why *why);

#endif
