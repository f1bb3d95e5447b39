/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_ADAPTER_CONFORMANCE_H
#define WH_TESTS_ADAPTER_CONFORMANCE_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "adapters/adapter.h"
#include "proto/base/mem.h"
#include "tests/support.h"

/*
 * What the suite hands to an adapter: settings with which it opens, bodies
 * that are no document of anybody's, and dossiers. After cmocka.h.
 */

/* The adapter under test: wh_adapter() in CMake names it. */
extern const struct adapter_ops WH_ADAPTER;

/* Stands for whatever is in a document: it never comes back. */
#define CANARY "Kanarievogel4711"

#define CONFORMANCE_NOW  INT64_C(1789382400000) /* 2026-09-14T10:40:00Z */
#define CONFORMANCE_CASE "0192f0c4-0000-7000-8000-000000000001"
#define BIG              (1024u * 1024)

/* What an adapter must be told before it opens; "@" is a file with the rest. */
static const struct conformance_setting {
	const char *adapter;
	const char *key;
	const char *value;
} conformance_settings[] = {
    {"politie", "besluit", "2026/17"},
    {"wpi", "actor", "0192f0c4-0000-7000-8000-0000000000aa"},
    {"wpi", "klanten", "https://klanten.example/"},
    {"wpi", "notificatie_auth", "@Token of the conformance suite"},
};
#define CONFORMANCE_SETTINGS                                                   \
	(sizeof(conformance_settings) / sizeof(conformance_settings[0]))

struct conformance {
	char *dir;                         /* owned; holds the files */
	char *files[CONFORMANCE_SETTINGS]; /* free(3) */
	bool bare;                         /* no settings at all */
	void *state;                       /* of the adapter; NULL when bare */
	struct adapter_env env;
};

static inline void
conformance_file(struct conformance *c, size_t index, const char *text)
{
	char name[32];
	FILE *file;

	(void)snprintf(name, sizeof(name), "setting-%zu", index);
	c->files[index] = support_path(c->dir, name);
	file = fopen(c->files[index], "w");
	assert_non_null(file);
	assert_int_equal(fchmod(fileno(file), 0600), 0);
	assert_true(fprintf(file, "%s\n", text) > 0);
	assert_int_equal(fclose(file), 0);
}

static inline const char *
conformance_get(const struct adapter_env *env, const char *key)
{
	struct conformance *c = env->arg;

	for (size_t i = 0; i < CONFORMANCE_SETTINGS; i++) {
		const struct conformance_setting *s = &conformance_settings[i];

		if (c->bare || strcmp(s->adapter, WH_ADAPTER.name) != 0 ||
		    strcmp(s->key, key) != 0)
			continue;
		return c->files[i] == NULL ? s->value : c->files[i];
	}
	return NULL;
}

static inline int
conformance_setup(void **state)
{
	struct conformance *c = mem_new(sizeof(*c));
	struct why why = {""};

	c->dir = support_dir_new();
	for (size_t i = 0; i < CONFORMANCE_SETTINGS; i++) {
		if (conformance_settings[i].value[0] == '@')
			conformance_file(c, i,
			    conformance_settings[i].value + 1);
	}
	c->env = (struct adapter_env){.member = "member",
	    .organisation = "Organisation",
	    .oin = "00000099000000000001",
	    .setting = conformance_get,
	    .arg = c};
	if (WH_ADAPTER.open(&c->env, &c->state, &why) != WH_OK) {
		print_error("%s\n", why.text);
		return -1;
	}
	*state = c;
	return 0;
}

static inline int
conformance_teardown(void **state)
{
	struct conformance *c = *state;

	if (c == NULL)
		return 0; /* it did not open */
	WH_ADAPTER.close(c->state);
	for (size_t i = 0; i < CONFORMANCE_SETTINGS; i++)
		free(c->files[i]);
	support_dir_remove(c->dir);
	mem_free(c);
	return 0;
}

/* A body that no adapter can use; heap, of *len bytes. */
struct rubbish {
	const char *name;
	char *(*make)(size_t *len);
};

static inline char *
rubbish_text(const char *text, size_t *len)
{
	*len = strlen(text);
	return mem_strdup(text);
}

static inline char *
rubbish_empty(size_t *len)
{
	return rubbish_text("", len);
}

static inline char *
rubbish_byte(size_t *len)
{
	return rubbish_text("{", len);
}

static inline char *
rubbish_nul(size_t *len)
{
	*len = 1;
	return mem_new(1);
}

/* Every byte value, again and again, with the canary in between. */
static inline char *
rubbish_big(size_t *len)
{
	char *body = mem_new(BIG);

	for (size_t i = 0; i < BIG; i++)
		body[i] = (char)(i * 31 + i / 251);
	memcpy(body + 1000, CANARY, strlen(CANARY));
	*len = BIG;
	return body;
}

static inline char *
rubbish_repeated(const char *what, size_t *len)
{
	const size_t one = strlen(what);
	char *body = mem_new(BIG + one);

	for (*len = 0; *len + one <= BIG; *len += one)
		memcpy(body + *len, what, one);
	return body;
}

static inline char *
rubbish_deep_lists(size_t *len)
{
	return rubbish_repeated("[", len);
}

static inline char *
rubbish_deep_objects(size_t *len)
{
	return rubbish_repeated("{\"a\":", len);
}

static inline char *
rubbish_deep_xml(size_t *len)
{
	return rubbish_repeated("<" CANARY ">", len);
}

/* JSON that parses, as deep as the parser goes. */
static inline char *
rubbish_nested(size_t *len)
{
	const size_t depth = 1500;
	char *body = mem_new(2 * depth + 1);

	memset(body, '[', depth);
	memset(body + depth, ']', depth);
	*len = 2 * depth;
	return body;
}

static inline char *
rubbish_not_utf8(size_t *len)
{
	return rubbish_text("{\"" CANARY "\": \"\xc3\x28 \xff\xfe\"}", len);
}

static inline char *
rubbish_other_json(size_t *len)
{
	return rubbish_text("{\"" CANARY "\": [\"" CANARY
			    "\", {\"id\": \"" CANARY
			    "\"}], \"soort\": \"" CANARY
			    "\", \"resourceType\": \"" CANARY "\"}",
	    len);
}

static inline char *
rubbish_other_xml(size_t *len)
{
	return rubbish_text("<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e "
			    "SYSTEM \"file:///etc/hostname\">]><" CANARY
			    ">&e;" CANARY "</" CANARY ">",
	    len);
}

static inline char *
rubbish_list(size_t *len)
{
	return rubbish_text("[\"" CANARY "\"]", len);
}

static const struct rubbish rubbish[] = {{"nothing", rubbish_empty},
    {"one byte", rubbish_byte}, {"one zero", rubbish_nul},
    {"1 MiB of bytes", rubbish_big}, {"deep lists", rubbish_deep_lists},
    {"deep objects", rubbish_deep_objects}, {"deep elements", rubbish_deep_xml},
    {"nested lists", rubbish_nested}, {"no UTF-8", rubbish_not_utf8},
    {"other JSON", rubbish_other_json}, {"other XML", rubbish_other_xml},
    {"a list", rubbish_list}};

/* A referral in this state, about somebody called CANARY. */
static inline json_t *
conformance_dossier(const char *direction, const char *status, bool one_phase)
{
	return json_pack(
	    "{s:s, s:s, s:s, s:s, s:b, s:b, s:{s:s}, s:{s:s, s:s}, s:s, s:s, "
	    "s:s, s:s, s:s, s:s, s:{s:s}, s:{s:{s:{s:s}, s:s}, "
	    "s:{s:s, s:s}, s:{s:s}, s:{s:s}}, s:[]}",
	    "id", CONFORMANCE_CASE, "type", "geldzorgen", "richting", direction,
	    "status", status, "eenfase", one_phase, "gelezen", 1, "van", "lid",
	    "member", "naar", "lid", "other", "desk", "inkomen", "buurt",
	    "dichtersbuurt", "aangemaakt", "2026-09-14T10:00:00.000Z",
	    "vervalt", "2026-12-14T10:00:00.000Z", "urgentie", "spoed",
	    "client", CANARY, "kenmerk", CANARY, "grondslag", "soort",
	    "CONSENT_AVG", "gegevens", "CONTACT", "naam", "achternaam", CANARY,
	    "telefoon", "0612345678", "ADDRESS", "postcode", "1064HA", "straat",
	    CANARY, "REQUEST", "tekst", CANARY, "FINANCE", "tekst", CANARY,
	    "gebeurtenissen");
}

#endif
