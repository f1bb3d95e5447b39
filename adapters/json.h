/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_JSON_H
#define WH_ADAPTERS_JSON_H

#include <jansson.h>

/* What every reader and writer of texts in JSON does. */

/* Text under key, "" when it is absent or no text. Borrowed. */
const char *json_text(const json_t *object, const char *key);

/* NULL and "" are not set. */
void json_set_text(json_t *object, const char *key, const char *text);

#endif
