/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/wpi/wpi_settings.h"

#include <stdlib.h>
#include <string.h>

#include "adapters/config.h"
#include "adapters/config_secret.h"
#include "adapters/events.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/limits.h"
#include "proto/referral.h"

#define SECRET_MIN 16
#define WHITE      " \t\n"
#define DAYS_MAX   99

const char *const wpi_settings_keys[] = {"uitgaand", "bsn", "actor", "actoren",
    "termijnen", "klanten", "zaken", "statustypen", "verwerkt",
    "notificatie_auth", "klant_token", "zgw_client", "zgw_secret", NULL};

static void
secret_free(char *secret)
{
	if (secret != NULL)
		mem_wipe_free(secret, strlen(secret));
}

void
wpi_settings_close(struct wpi_settings *settings)
{
	if (settings == NULL)
		return;
	mem_free(settings->actor);
	mem_free(settings->actors);
	mem_free(settings->terms);
	mem_free(settings->klanten);
	mem_free(settings->zaken);
	mem_free(settings->statuses);
	mem_free(settings->processed);
	mem_free(settings->zgw_client);
	secret_free(settings->hook);
	secret_free(settings->klant_token);
	secret_free(settings->zgw_secret);
	mem_free(settings);
}

/* One step of a walk over a list: the next entry, NULL at the end. */
static const char *
next_entry(const char **rest, size_t *len)
{
	const char *entry = *rest + strspn(*rest, WHITE);

	*len = strcspn(entry, WHITE);
	*rest = entry + *len;
	return *len == 0 ? NULL : entry;
}

enum wh_err
wpi_settings_find(const char *list, const char *key, char out[WPI_VALUE_SIZE])
{
	const size_t key_len = strlen(key);
	const char *entry;
	size_t len, value;

	if (list == NULL || key_len == 0)
		return WH_NOT_FOUND;
	while ((entry = next_entry(&list, &len)) != NULL) {
		if (len <= key_len || entry[key_len] != '=' ||
		    strncmp(entry, key, key_len) != 0)
			continue;
		value = len - key_len - 1;
		if (value >= WPI_VALUE_SIZE)
			return WH_NOT_FOUND;
		memcpy(out, entry + key_len + 1, value);
		out[value] = '\0';
		return WH_OK;
	}
	return WH_NOT_FOUND;
}

/* What a municipality's own system may do to a referral. */
static const struct {
	enum referral_event event;
	bool (*code)(enum code code); /* NULL: none */
} events[] = {
    {EVENT_ACCEPT, NULL},
    {EVENT_WAITLIST, NULL},
    {EVENT_START, NULL},
    {EVENT_COMPLETE, code_is_outcome},
    {EVENT_DECLINE, code_is_reason},
};

static bool
event_fits(const char *word, const char *code_text)
{
	enum referral_event event;
	uint32_t code = CODE_NONE;

	if (events_parse(word, &event) != WH_OK ||
	    (code_text[0] != '\0' &&
		terms_number(TERMS_CODES, code_text, &code) != WH_OK))
		return false;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (events[i].event == event)
			return events[i].code == NULL
				   ? code_text[0] == '\0'
				   : events[i].code((enum code)code);
	}
	return false;
}

json_t *
wpi_settings_event(const char *text)
{
	const char *colon = strchrnul(text, ':');
	const char *code = *colon == ':' ? colon + 1 : "";
	char word[WPI_VALUE_SIZE];
	json_t *body;

	if ((size_t)(colon - text) >= sizeof(word))
		return NULL;
	memcpy(word, text, (size_t)(colon - text));
	word[colon - text] = '\0';
	if ((*colon == ':' && *code == '\0') || !event_fits(word, code))
		return NULL;
	body = json_pack("{s:s}", "soort", word);
	if (*code != '\0')
		json_object_set_new(body, "code", json_string(code));
	return body;
}

/* Plain paths only: no dots that climb, no escapes, no query. */
static bool
path_is_plain(const char *path)
{
	if (path[0] == '\0' || path[0] == '/' || strstr(path, "..") != NULL ||
	    strstr(path, "//") != NULL)
		return false;
	return path[strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "abcdefghijklmnopqrstuvwxyz"
				 "0123456789-_./")] == '\0';
}

bool
wpi_settings_below(const char *prefixes, const char *url)
{
	const char *prefix;
	size_t len;

	if (prefixes == NULL || strlen(url) > 1000)
		return false;
	while ((prefix = next_entry(&prefixes, &len)) != NULL) {
		if (strncmp(url, prefix, len) == 0 && path_is_plain(url + len))
			return true;
	}
	return false;
}

static char *
text_of(const struct adapter_env *env, const char *key)
{
	const char *value = env->setting(env, key);

	return value == NULL || value[0] == '\0' ? NULL : mem_strdup(value);
}

static enum wh_err
read_choice(const struct adapter_env *env, const char *key, bool *out,
    struct why *why)
{
	const char *value = env->setting(env, key);

	if (value == NULL || value[0] == '\0')
		return WH_OK;
	if (strcmp(value, "ja") != 0 && strcmp(value, "nee") != 0)
		return why_set(why, WH_INVALID, "%s: ja of nee", key);
	*out = strcmp(value, "ja") == 0;
	return WH_OK;
}

/* The only line of a file that nobody else may read. */
static enum wh_err
read_secret(const struct adapter_env *env, const char *key, char **out,
    struct why *why)
{
	const char *path = env->setting(env, key);
	char **lines = NULL;
	enum wh_err err;

	if (path == NULL || path[0] == '\0')
		return WH_OK;
	if (path[0] != '/')
		return why_set(why, WH_INVALID,
		    "%s: geef het hele pad van het bestand, vanaf /", key);
	err = config_secret_lines(path, 1, &lines, why);
	if (err != WH_OK)
		return err;
	if (lines[0] == NULL || strlen(lines[0]) < SECRET_MIN ||
	    !text_is_clean(span_str(lines[0])))
		err = why_set(why, WH_INVALID,
		    "%s: ten minste %u tekens op een regel", key, SECRET_MIN);
	else
		*out = mem_strdup(lines[0]);
	config_tokens_free(lines);
	return err;
}

static bool
is_uuid(const char *text)
{
	struct id id;

	return id_parse(text, &id) == WH_OK;
}

static bool
is_actor_entry(const char *key, const char *value)
{
	return text_is_slug(key, NAME_MAX_LEN) && is_uuid(value);
}

static bool
is_term_entry(const char *key, const char *value)
{
	return text_is_slug(key, NAME_MAX_LEN) && value[0] != '\0' &&
	       strlen(value) <= 2 && value[strspn(value, "0123456789")] == '\0';
}

static bool
is_event_text(const char *text)
{
	json_t *event = wpi_settings_event(text);
	bool fits = event != NULL || strcmp(text, "negeren") == 0;

	json_decref(event);
	return fits;
}

static bool
is_status_entry(const char *key, const char *value)
{
	return is_uuid(key) && is_event_text(value);
}

/* Each entry is key=value, and fits. */
static enum wh_err
check_list(const char *name, const char *list,
    bool (*fits)(const char *key, const char *value), struct why *why)
{
	char text[2 * WPI_VALUE_SIZE];
	const char *entry;
	char *equals;
	size_t len;

	if (list == NULL)
		return WH_OK;
	while ((entry = next_entry(&list, &len)) != NULL) {
		if (len >= sizeof(text))
			return why_set(why, WH_TOO_BIG, "%s: te lang", name);
		memcpy(text, entry, len);
		text[len] = '\0';
		equals = strchr(text, '=');
		if (equals != NULL)
			*equals = '\0';
		if (equals == NULL || strlen(equals + 1) >= WPI_VALUE_SIZE ||
		    !fits(text, equals + 1))
			return why_set(why, WH_INVALID,
			    "%s: '%s' kan niet; zie wpi.c voor de vorm", name,
			    text);
	}
	return WH_OK;
}

/* Where the host begins; 0 for what is not safe to ask. */
static size_t
scheme_len(const char *url)
{
	if (strncmp(url, "https://", 8) == 0)
		return 8;
	return strncmp(url, "http://127.0.0.1", 16) == 0 ||
		       strncmp(url, "http://localhost", 16) == 0
		   ? 7
		   : 0;
}

/* With a "/" at the end, so that a.example is not a.example.org. */
static enum wh_err
check_prefixes(const char *name, const char *list, struct why *why)
{
	const char *entry;
	size_t len;

	if (list == NULL)
		return WH_OK;
	while ((entry = next_entry(&list, &len)) != NULL) {
		size_t host = scheme_len(entry);

		if (host == 0 || len < host + 2 || entry[host] == '/' ||
		    entry[len - 1] != '/' || memchr(entry, '@', len) != NULL)
			return why_set(why, WH_INVALID,
			    "%s: adressen als https://zaken.example/api/v1/, "
			    "met een / aan het eind",
			    name);
	}
	return WH_OK;
}

static enum wh_err
check(const struct wpi_settings *s, struct why *why)
{
	enum wh_err err;

	if (s->outgoing && (s->actor == NULL || !is_uuid(s->actor)))
		return why_set(why, WH_INVALID,
		    "actor: de uuid van wie de taken krijgt, of zet uitgaand "
		    "op nee");
	if (!is_event_text(s->processed))
		return why_set(why, WH_INVALID,
		    "verwerkt: negeren, starten of afronden:UITKOMST");
	if ((s->zgw_client == NULL) != (s->zgw_secret == NULL))
		return why_set(why, WH_INVALID,
		    "zgw_client en zgw_secret horen bij elkaar");
	if (s->zgw_client != NULL && !text_is_clean(span_str(s->zgw_client)))
		return why_set(why, WH_INVALID, "zgw_client: geen tekst");
	if (s->hook != NULL && s->klanten == NULL && s->zaken == NULL)
		return why_set(why, WH_INVALID,
		    "notificatie_auth: geef ook klanten of zaken, waar "
		    "notificaties naar mogen wijzen");
	err = check_list("actoren", s->actors, is_actor_entry, why);
	if (err == WH_OK)
		err = check_list("termijnen", s->terms, is_term_entry, why);
	if (err == WH_OK)
		err = check_list("statustypen", s->statuses, is_status_entry,
		    why);
	if (err == WH_OK)
		err = check_prefixes("klanten", s->klanten, why);
	if (err == WH_OK)
		err = check_prefixes("zaken", s->zaken, why);
	return err;
}

enum wh_err
wpi_settings_open(const struct adapter_env *env, struct wpi_settings **out,
    struct why *why)
{
	struct wpi_settings *s = mem_new(sizeof(*s));
	enum wh_err err;

	s->outgoing = true;
	s->actor = text_of(env, "actor");
	s->actors = text_of(env, "actoren");
	s->terms = text_of(env, "termijnen");
	s->klanten = text_of(env, "klanten");
	s->zaken = text_of(env, "zaken");
	s->statuses = text_of(env, "statustypen");
	s->processed = text_of(env, "verwerkt");
	s->zgw_client = text_of(env, "zgw_client");
	if (s->processed == NULL)
		s->processed = mem_strdup("starten");
	err = read_choice(env, "uitgaand", &s->outgoing, why);
	if (err == WH_OK)
		err = read_choice(env, "bsn", &s->bsn, why);
	if (err == WH_OK)
		err = read_secret(env, "notificatie_auth", &s->hook, why);
	if (err == WH_OK)
		err = read_secret(env, "klant_token", &s->klant_token, why);
	if (err == WH_OK)
		err = read_secret(env, "zgw_secret", &s->zgw_secret, why);
	if (err == WH_OK)
		err = check(s, why);
	if (err == WH_OK)
		*out = s;
	else
		wpi_settings_close(s);
	return err;
}
