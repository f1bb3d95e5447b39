/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/wpi/wpi_step.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "adapters/json.h"
#include "adapters/wpi/prose.h"
#include "adapters/wpi/wpi_token.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

#define CODES_MAX 4 /* of one problem, so that the text stays readable */
#define CODE_MAX  40

static char *
header(const char *lead, const char *value, const char *tail)
{
	size_t size = strlen(lead) + strlen(value) + strlen(tail) + 1;
	char *out = mem_new(size);

	(void)snprintf(out, size, "%s%s%s", lead, value, tail);
	return out;
}

static void
ask(struct step *out, const char *method, const char *url)
{
	out->kind = STEP_REQUEST;
	out->method = method;
	out->url = mem_strdup(url);
	out->headers[0] = mem_strdup("Accept: application/json");
}

void
wpi_step_klant(const struct wpi_settings *settings, const struct job_view *job,
    struct step *out, const char *method, const char *url, json_t *body)
{
	char id[ID_TEXT_SIZE];
	char key[ID_TEXT_SIZE + 16];

	ask(out, method, url);
	id_text(&job->job_id, id);
	(void)snprintf(key, sizeof(key), "%s-%u", id, job->step);
	if (settings->klant_token != NULL)
		out->headers[1] =
		    header("Authorization: Token ", settings->klant_token, "");
	if (body == NULL)
		return;
	out->headers[out->headers[1] == NULL ? 1 : 2] =
	    header("Idempotency-Key: \"", key, "\"");
	(void)str_copy(out->content_type, sizeof(out->content_type),
	    "application/json");
	out->body = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
	out->len = strlen(out->body);
	json_decref(body);
}

void
wpi_step_zaak(const struct wpi_settings *settings, const struct job_view *job,
    struct step *out, const char *url)
{
	char *token;

	ask(out, "GET", url);
	if (settings->zgw_secret == NULL)
		return;
	token = wpi_token_zgw(settings->zgw_client, settings->zgw_secret,
	    job->now_ms);
	out->headers[1] = header("Authorization: Bearer ", token, "");
	mem_wipe_free(token, strlen(token));
}

void
wpi_step_park(struct step *out, const char *format, ...)
{
	va_list args;

	out->kind = STEP_PARK;
	va_start(args, format);
	(void)vsnprintf(out->text, sizeof(out->text), format, args);
	va_end(args);
}

/* What can only be a name or code of the API, never a sentence or a value. */
static bool
is_code(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= CODE_MAX &&
	       len == strspn(text, "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-.");
}

static void
add_code(char *text, size_t size, const char *code)
{
	size_t len = strlen(text);

	if (is_code(code) && len < size)
		(void)snprintf(text + len, size - len, "%s%s",
		    len == 0 ? "" : " ", code);
}

static void
problem_codes(const struct job_view *job, char *text, size_t size)
{
	json_t *problem = json_loadb((const char *)job->response.p,
	    job->response.len, 0, NULL);
	const json_t *param;
	size_t i;

	add_code(text, size, json_text(problem, "code"));
	json_array_foreach(json_object_get(problem, "invalidParams"), i, param)
	{
		if (i == CODES_MAX)
			break;
		add_code(text, size, json_text(param, "name"));
		add_code(text, size, json_text(param, "code"));
	}
	json_decref(problem);
}

json_t *
wpi_step_answer(const struct job_view *job, struct step *out, const char *what,
    bool gone_is_done)
{
	char codes[WHY_MAX / 2] = "";
	json_t *answer;

	if (gone_is_done && (job->status == 404 || job->status == 410)) {
		out->kind = STEP_DONE;
		return NULL;
	}
	if (job->status < 200 || job->status > 299) {
		problem_codes(job, codes, sizeof(codes));
		wpi_step_park(out, "%s: HTTP %d%s%s", what, job->status,
		    codes[0] == '\0' ? "" : ": ", codes);
		return NULL;
	}
	answer = json_loadb((const char *)job->response.p, job->response.len,
	    JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(answer))
		return answer;
	json_decref(answer);
	wpi_step_park(out, "%s: antwoord is geen JSON-object", what);
	return NULL;
}

const char *
wpi_step_uuid(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	struct id id;

	return text != NULL && id_parse(text, &id) == WH_OK ? text : NULL;
}
