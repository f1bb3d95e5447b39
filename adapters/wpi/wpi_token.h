/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_WPI_WPI_TOKEN_H
#define WH_ADAPTERS_WPI_WPI_TOKEN_H

#include <stdint.h>

/*
 * A JSON Web Token (RFC 7519) as the ZGW APIs want it: HS256 over iss, iat,
 * client_id, user_id and user_representation. Heap, for mem_wipe_free(). Pure.
 */
char *wpi_token_zgw(const char *client, const char *secret, int64_t now_ms);

#endif
