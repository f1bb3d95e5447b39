/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "adapters/adapter.h"
#include "proto/base/mem.h"

const char *
adapter_in_header(const struct adapter_in *in, const char *name)
{
	for (size_t i = 0; i < in->header_count; i++) {
		if (strcasecmp(in->headers[i].name, name) == 0)
			return in->headers[i].value;
	}
	return NULL;
}

void
action_fini(struct action *action)
{
	json_decref(action->body);
	*action = (struct action){.kind = ACTION_NOTHING};
}

void
adapter_reply_fini(struct adapter_reply *reply)
{
	if (reply->body != NULL)
		mem_wipe_free(reply->body, reply->len);
	*reply = (struct adapter_reply){.status = 0};
}

void
step_fini(struct step *step)
{
	mem_free(step->url);
	for (size_t i = 0; i < STEP_HEADERS_MAX; i++)
		mem_free(step->headers[i]);
	if (step->body != NULL)
		mem_wipe_free(step->body, step->len);
	json_decref(step->context);
	json_decref(step->note);
	json_decref(step->event);
	*step = (struct step){.kind = STEP_DONE};
}

void
action_reject(struct action *out, const char *code, const char *field,
    const char *format, ...)
{
	va_list args;

	action_fini(out);
	out->kind = ACTION_REJECT;
	(void)snprintf(out->code, sizeof(out->code), "%s", code);
	(void)snprintf(out->field, sizeof(out->field), "%s", field);
	va_start(args, format);
	(void)vsnprintf(out->text, sizeof(out->text), format, args);
	va_end(args);
}
