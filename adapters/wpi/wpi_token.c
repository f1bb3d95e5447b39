/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/wpi/wpi_token.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

#define HEADER "{\"typ\":\"JWT\",\"alg\":\"HS256\"}"
#define USER   "wijkhub"

/* base64url without padding (RFC 7515, appendix C); heap. */
static char *
base64url(struct span bytes)
{
	char *out = mem_new(BASE64_SIZE(bytes.len));

	base64_encode(bytes, out);
	for (char *p = out; *p != '\0'; p++) {
		if (*p == '+')
			*p = '-';
		else if (*p == '/')
			*p = '_';
	}
	out[strcspn(out, "=")] = '\0';
	return out;
}

static char *
claims(const char *client, int64_t now_ms)
{
	json_t *object = json_pack("{s:s, s:I, s:s, s:s, s:s}", "iss", client,
	    "iat", (json_int_t)(now_ms / 1000), "client_id", client, "user_id",
	    USER, "user_representation", USER);
	char *text = json_dumps(object, JSON_COMPACT);
	char *out = base64url(span_str(text));

	free(text);
	json_decref(object);
	return out;
}

char *
wpi_token_zgw(const char *client, const char *secret, int64_t now_ms)
{
	char *head = base64url(span_str(HEADER));
	char *body = claims(client, now_ms);
	const struct span parts[3] = {span_str(head), span_str("."),
	    span_str(body)};
	struct hash mac = hash_hmac(span_str(secret), parts, 3);
	char *tail = base64url(span_of(mac.b, HASH_LEN));
	size_t size = strlen(head) + strlen(body) + strlen(tail) + 3;
	char *out = mem_new(size);

	(void)snprintf(out, size, "%s.%s.%s", head, body, tail);
	mem_free(head);
	mem_free(body);
	mem_free(tail);
	return out;
}
