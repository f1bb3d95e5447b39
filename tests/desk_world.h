/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_DESK_WORLD_H
#define WH_TESTS_DESK_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "adapters/desk.h"
#include "adapters/dossier.h"
#include "adapters/jobs.h"
#include "adapters/local.h"
#include "adapters/outbox.h"
#include "proto/base/clk.h"
#include "proto/base/file.h"
#include "proto/base/text.h"
#include "tests/consent_alliance.h"

/* The desks of four members of one alliance, each on a store of its own. */

#define DESKS    4
#define DESK_NOW (ALLIANCE_SIGNED_MS + 3600000)
#define DESK_DAY (24ll * 3600 * 1000)

/* Stands in every text and number about a person that these tests make up. */
#define CANARY "KANARIE"

enum place {
	AT_BUURTTEAM,
	AT_WPI,
	AT_EIGEN_HAARD,
	AT_POLITIE
};
static const char *const place_names[DESKS] = {"buurtteam", "wpi",
    "eigen-haard", "politie"};

struct place_state {
	char *dir;
	struct desk *desk;
	struct key_secrets keys;
};

struct desk_world {
	struct alliance *alliance; /* owned */
	struct place_state at[DESKS];
	struct span reg; /* signed; owned */
	int64_t now_ms;
	uint64_t hub_index; /* where a hub played by hand stands in its log */
	uint64_t delivery;
};

static inline void
desk_start(struct desk_world *w, enum place place)
{
	static const uint8_t storage_key[32] = {7};
	struct place_state *at = &w->at[place];
	const struct desk_options options = {.dir = at->dir,
	    .member = place_names[place],
	    .keys = &at->keys,
	    .storage_key = storage_key,
	    .alliance_key = w->alliance->secret.public_key,
	    .map_bytes = 64u << 20};
	struct why why = {""};

	if (desk_open(&options, &at->desk, &why) != WH_OK)
		fail_msg("%s", why.text);
}

/* As after a crash: what was promised is there, the rest is not. */
static inline void
desk_restart(struct desk_world *w, enum place place)
{
	desk_close(w->at[place].desk);
	desk_start(w, place);
}

static inline void
desk_world_register(struct desk_world *w, uint64_t version)
{
	uint8_t *bytes = NULL;
	size_t len;
	struct why why = {""};

	w->alliance->reg.version = version;
	if (register_sign(&w->alliance->reg, &w->alliance->secret, &bytes, &len,
		&why) != WH_OK)
		fail_msg("%s", why.text);
	mem_free((void *)(uintptr_t)w->reg.p);
	w->reg = span_of(bytes, len);
}

static inline void
desk_world_init(struct desk_world *w)
{
	void *alliance = NULL;
	char name[64];
	char *path;
	struct why why = {""};

	*w = (struct desk_world){.now_ms = DESK_NOW, .hub_index = 1};
	alliance_setup(&alliance);
	w->alliance = alliance;
	desk_world_register(w, 1);
	for (enum place place = 0; place < DESKS; place++) {
		snprintf(name, sizeof(name), "%s.secret", place_names[place]);
		path = support_path(w->alliance->dir, name);
		assert_int_equal(keyfile_read_secret(path, &w->at[place].keys,
				     &why),
		    WH_OK);
		free(path);
	}
}

/* Fresh, empty stores. */
static inline void
desk_world_start(struct desk_world *w)
{
	struct why why = {""};

	for (enum place place = 0; place < DESKS; place++) {
		w->at[place].dir = support_dir_new();
		desk_start(w, place);
		if (desk_register_put(w->at[place].desk, w->reg, &why) != WH_OK)
			fail_msg("%s", why.text);
	}
}

static inline void
desk_world_stop(struct desk_world *w)
{
	for (enum place place = 0; place < DESKS; place++) {
		desk_close(w->at[place].desk);
		support_dir_remove(w->at[place].dir);
		w->at[place].desk = NULL;
		w->at[place].dir = NULL;
	}
}

static inline void
desk_world_fini(struct desk_world *w)
{
	void *alliance = w->alliance;

	mem_free((void *)(uintptr_t)w->reg.p);
	alliance_teardown(&alliance);
}

/* JSON as it stands in a test, with ' for ". New reference. */
static inline json_t *
json_of(const char *text)
{
	char *copy = mem_strdup(text);
	json_error_t error;
	json_t *value;

	for (char *at = copy; *at != '\0'; at++)
		if (*at == '\'')
			*at = '"';
	value = json_loads(copy, 0, &error);
	if (value == NULL)
		fail_msg("%s: %s", copy, error.text);
	mem_free(copy);
	return value;
}

/* One referral of each type that the covenant has, by who may make it. */
struct recipe {
	const char *type;
	enum place from;
	enum place to;
	const char *kind; /* of the permission */
	const char *instrument;
	const char *categories; /* of a consent */
	const char *sections;
};

#define R_CONTACT                                                              \
	"'CONTACT': {'naam': {'voornamen': 'Test', 'achternaam': '" CANARY     \
	"'}, 'telefoon': '0200000000'}"
#define R_ADDRESS                                                              \
	"'ADDRESS': {'postcode': '1064ZZ', 'huisnummer': '1', 'straat': "      \
	"'" CANARY "straat'}"
#define R_REQUEST "'REQUEST': {'tekst': 'Vraag " CANARY "'}"

static const struct recipe recipes[] = {
    {"geldzorgen", AT_BUURTTEAM, AT_WPI, "CONSENT_AVG", "",
	"'CONTACT', 'REQUEST', 'FINANCE'",
	R_CONTACT ", " R_REQUEST ", 'FINANCE': {'tekst': '" CANARY "'}"},
    {"vocht-schimmel", AT_BUURTTEAM, AT_EIGEN_HAARD, "CONSENT_AVG", "",
	"'CONTACT', 'ADDRESS', 'HOUSING'",
	R_CONTACT ", " R_ADDRESS ", 'HOUSING': {'tekst': '" CANARY "'}"},
    {"huurachterstand", AT_EIGEN_HAARD, AT_WPI, "DUTY_WITH_OBJECTION",
	"wgs-vroegsignalering", "'CONTACT', 'ADDRESS', 'ARREARS'",
	R_CONTACT ", " R_ADDRESS ", 'ARREARS': {'bedragCenten': 123400, "
		  "'maanden': 2}"},
    {"regelingen", AT_EIGEN_HAARD, AT_WPI, "CONSENT_AVG", "",
	"'CONTACT', 'REQUEST'", R_CONTACT ", " R_REQUEST},
    {"garantieknop", AT_BUURTTEAM, AT_WPI, "CONSENT_AVG", "",
	"'CONTACT', 'WORK_EDUCATION', 'FINANCE'",
	R_CONTACT ", 'WORK_EDUCATION': {'tekst': '" CANARY
		  "'}, 'FINANCE': {'tekst': '" CANARY "'}"},
    {"werk", AT_POLITIE, AT_WPI, "AGREES_TO_HELP", "",
	"'CONTACT', 'REQUEST', 'WORK_EDUCATION'",
	R_CONTACT ", " R_REQUEST ", 'WORK_EDUCATION': {'tekst': '" CANARY "'}"},
    {"vastgelopen", AT_BUURTTEAM, AT_WPI, "CONSENT_AVG", "",
	"'CONTACT', 'REQUEST', 'HOUSING'", R_CONTACT ", " R_REQUEST},
    {"zorgmelding", AT_POLITIE, AT_BUURTTEAM, "POLICE_WPG", "wpg-zorgmelding",
	"'CONTACT', 'SAFETY'", R_CONTACT ", 'SAFETY': {'tekst': '" CANARY "'}"},
    {"acuut-onveilig", AT_BUURTTEAM, AT_POLITIE, "VITAL_INTEREST",
	"vitaal-belang", "'CONTACT', 'ADDRESS', 'SAFETY'",
	R_CONTACT ", " R_ADDRESS ", 'SAFETY': {'tekst': '" CANARY "'}"},
    {"woonoverlast", AT_EIGEN_HAARD, AT_POLITIE, "PUBLIC_TASK",
	"overlast-convenant", "'ADDRESS', 'NUISANCE'",
	R_ADDRESS ", 'NUISANCE': {'tekst': '" CANARY "'}"},
    {"contact-gezocht", AT_WPI, AT_BUURTTEAM, "PUBLIC_TASK",
	"overlast-convenant", "'ADDRESS', 'REQUEST'", R_ADDRESS ", " R_REQUEST},
    {"passend-wonen", AT_BUURTTEAM, AT_EIGEN_HAARD, "CONSENT_AVG", "",
	"'CONTACT', 'REQUEST', 'HOUSEHOLD'", R_CONTACT ", " R_REQUEST},
    {"jeugd-gezin", AT_POLITIE, AT_BUURTTEAM, "CONSENT_AVG", "",
	"'CONTACT', 'REQUEST'", R_CONTACT ", " R_REQUEST},
};
#define RECIPES (sizeof(recipes) / sizeof(recipes[0]))

static inline bool
recipe_rests_on_record(const struct recipe *recipe)
{
	return recipe->instrument[0] == '\0';
}

#define R_ATTEMPTS                                                             \
	", 'pogingen': {'persoonlijkContact': true, 'gewezenOpHulp': true, "   \
	"'schriftelijkeHerinnering': true, 'aanbodNietGeweigerd': true}"

static inline const char *
recipe_attempts(const struct recipe *recipe)
{
	return strcmp(recipe->kind, "DUTY_WITH_OBJECTION") == 0 ? R_ATTEMPTS
								: "";
}

/* The body of a consent for this recipe and client. New reference. */
static inline json_t *
recipe_consent(const struct recipe *recipe, const char *client)
{
	char text[1024];

	snprintf(text, sizeof(text),
	    "{'client': '%s', 'soort': '%s', 'partijen': ['%s'], 'typen': "
	    "['%s'], 'categorieen': [%s], 'vastgelegd': {'hoe': 'IN_PERSON', "
	    "'door': 'P. " CANARY "', 'tekst': 'Mag dit?'}%s}",
	    client, recipe->kind, place_names[recipe->to], recipe->type,
	    recipe->categories, recipe_attempts(recipe));
	return json_of(text);
}

/* The body of a referral; consent NULL or "" for an instrument. */
static inline json_t *
recipe_referral(const struct recipe *recipe, const char *client,
    const char *consent)
{
	char text[2048], ground[512];

	if (consent != NULL && consent[0] != '\0')
		snprintf(ground, sizeof(ground), "'toestemming': '%s'",
		    consent);
	else
		snprintf(ground, sizeof(ground), "'instrument': '%s'%s%s",
		    recipe->instrument, recipe_attempts(recipe),
		    strcmp(recipe->kind, "POLICE_WPG") == 0
			? ", 'besluit': 'B-1'"
		    : strcmp(recipe->kind, "VITAL_INTEREST") == 0
			? ", 'reden': '" CANARY "', 'door': 'P. Proef'"
			: "");
	snprintf(text, sizeof(text),
	    "{'type': '%s', 'naar': {'lid': '%s'}, 'client': '%s', "
	    "'grondslag': {'soort': '%s', %s}, 'gegevens': {%s}, 'bron': "
	    "{'zaak': '" CANARY "'}}",
	    recipe->type, place_names[recipe->to], client, recipe->kind, ground,
	    recipe->sections);
	return json_of(text);
}

/* The dossier as the API shows it, or NULL. New reference. */
static inline json_t *
dossier_at(struct desk_world *w, enum place place, const struct id *case_ref)
{
	json_t *dossier = NULL;

	(void)desk_dossier(w->at[place].desk, case_ref, &dossier);
	return dossier;
}

static inline uint64_t
outbox_rows(struct desk_world *w, enum place place)
{
	struct kv_txn *txn = NULL;
	uint64_t n = 0;

	assert_int_equal(kv_begin(desk_kv(w->at[place].desk), KV_READ_ONLY,
			     &txn),
	    WH_OK);
	assert_int_equal(outbox_count(txn, &n), WH_OK);
	kv_abort(&txn);
	return n;
}

static inline uint64_t
jobs_waiting(struct desk_world *w, enum place place)
{
	struct jobs_summary sum = {0};
	struct kv_txn *txn = NULL;

	assert_int_equal(kv_begin(desk_kv(w->at[place].desk), KV_READ_ONLY,
			     &txn),
	    WH_OK);
	assert_int_equal(jobs_summary(txn, &sum), WH_OK);
	kv_abort(&txn);
	return sum.waiting;
}

/* Does any file below dir hold this text? */
static inline bool
store_holds(const char *dir, const char *text)
{
	char *path = support_path(dir, "data.mdb");
	uint8_t *bytes = NULL;
	size_t len = 0;
	bool found;
	struct why why = {""};

	if (file_read(path, 1u << 30, &bytes, &len, &why) != WH_OK)
		fail_msg("%s", why.text);
	free(path);
	found = memmem(bytes, len, text, strlen(text)) != NULL;
	mem_free(bytes);
	return found;
}

#endif
