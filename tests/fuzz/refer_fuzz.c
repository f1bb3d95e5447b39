/* SPDX-License-Identifier: EUPL-1.2 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "adapters/api_shape.h"
#include "adapters/desk.h"
#include "adapters/local.h"
#include "consent/covenant.h"
#include "proto/base/mem.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support.h"

/*
 * The body of POST /v1/verwijzingen and of POST /v1/toestemmingen, as the
 * landlord's desk takes it: what is wrong is named, what is refused leaves
 * nothing behind, and what is taken can be read back and shown.
 */
#define NOW_MS 1789382400000ll /* 2026-09-14 */

static const char covenant[] =
    "covenant: proef\nversion: 1\nvalid_from: 2026-01-01\nholidays: nl\n"
    "areas:\n  - {id: dichtersbuurt, name: D, district: S}\n"
    "roles:\n  - {id: corporatie, bsn: false}\n  - {id: wpi, bsn: true}\n"
    "members:\n"
    "  - {id: eigen-haard, role: corporatie, name: E, areas: "
    "[dichtersbuurt]}\n"
    "  - {id: wpi, role: wpi, name: W, areas: all, desks: [{id: "
    "schuldhulp}]}\n"
    "categories: [CONTACT, ADDRESS, BSN, HOUSEHOLD, REQUEST, FACE, STATUS, "
    "ARREARS, NUISANCE, SAFETY, FINANCE, IDENTITY, BEHAVIOUR, "
    "WORK_EDUCATION, DAILY_LIFE, HOUSING, RELATIONSHIPS, MENTAL_HEALTH, "
    "PHYSICAL_HEALTH, ADDICTION, NETWORK, JUSTICE]\n"
    "instruments:\n  - {id: wgs, kind: DUTY_WITH_OBJECTION, text: W, from: "
    "2021-01-01}\n"
    "types:\n"
    "  - id: huurachterstand\n    title: {nl: V, en: E}\n"
    "    from: [corporatie]\n    to: [wpi]\n    desk: schuldhulp\n"
    "    permission: [DUTY_WITH_OBJECTION]\n    instrument: wgs\n"
    "    disclosure: one-phase\n    required: [CONTACT, ADDRESS, ARREARS]\n"
    "    feedback: [STATUS]\n    clocks: {decide: 1, contact: 20}\n"
    "  - id: geldzorgen\n    title: {nl: G, en: M}\n"
    "    from: [corporatie]\n    to: [wpi]\n    permission: [CONSENT_AVG]\n"
    "    disclosure: two-phase\n    required: [CONTACT, REQUEST]\n"
    "    optional: [FINANCE, HOUSEHOLD]\n    feedback: [STATUS, FACE]\n"
    "    clocks: {decide: 3, contact: 5, heartbeat: 20}\n"
    "retention: {sections_after_end_working_days: 20, "
    "shell_after_end_days: 365, audit_years: 5}\n";

static struct key_secrets own; /* the landlord's */
static struct sign_secret alliance;
static uint8_t *reg_bytes; /* signed; owned */
static size_t reg_len;
static char *dir; /* of the store; owned */
static struct desk *desk;

static void
must(enum wh_err err, const struct why *why)
{
	if (err == WH_OK)
		return;
	fprintf(stderr, "%s: %s\n", wh_err_str(err), why->text);
	abort();
}

static void
desk_start(void)
{
	static const uint8_t storage_key[32] = {7};
	struct desk_options options = {.member = "eigen-haard",
	    .keys = &own,
	    .storage_key = storage_key,
	    .alliance_key = alliance.public_key,
	    .map_bytes = 8u << 20};
	struct why why = {""};

	dir = support_dir_new();
	options.dir = dir;
	must(desk_open(&options, &desk, &why), &why);
	must(desk_register_put(desk, span_of(reg_bytes, reg_len), &why), &why);
}

static void
desk_stop(void)
{
	desk_close(desk);
	support_dir_remove(dir);
	desk = NULL;
	dir = NULL;
}

static void
stop(void)
{
	desk_stop();
	mem_free(reg_bytes);
}

static void
member_keys(const char *keys_dir, enum keyfile_kind kind, const char *name,
    struct key_secrets *out)
{
	struct why why = {""};

	must(key_secrets_new(kind, out), &why);
	must(keyfile_write(keys_dir, name, out, &why), &why);
}

static void
start(void)
{
	char *keys_dir = support_dir_new();
	struct key_secrets other;
	struct wh_register reg = {0};
	struct why why = {""};
	struct arena arena;

	arena_init(&arena, 1u << 20);
	sign_secret_new(&alliance);
	member_keys(keys_dir, KEYFILE_MEMBER, "eigen-haard", &own);
	member_keys(keys_dir, KEYFILE_MEMBER, "wpi", &other);
	member_keys(keys_dir, KEYFILE_HUB, "hub", &other);
	must(covenant_load_text(&arena, "covenant", span_str(covenant), &reg,
		 &why),
	    &why);
	reg.signed_ms = NOW_MS;
	reg.log_origin = "test/log";
	must(covenant_add_keys(&arena, keys_dir, NOW_MS, &reg, &why), &why);
	must(register_sign(&reg, &alliance, &reg_bytes, &reg_len, &why), &why);
	support_dir_remove(keys_dir);
	arena_fini(&arena);
	desk_start();
	atexit(stop);
}

static uint64_t
rows(enum local_table table)
{
	struct kv_txn *txn = NULL;
	uint64_t count = 0;
	enum wh_err err;

	err = kv_begin(desk_kv(desk), KV_READ_ONLY, &txn);
	assert(err == WH_OK);
	err = kv_count(txn, table, &count);
	assert(err == WH_OK);
	kv_abort(&txn);
	return count;
}

/* A taken referral reads as it was answered, and is shown by its shape. */
static void
check_taken(const struct desk_result *result)
{
	json_t *view = shape_view(&shape_referral, result->dossier);
	json_t *list = NULL;
	const struct desk_filter all = {.richting = "",
	    .status = "",
	    .type = "",
	    .erasure = "",
	    .page = 1,
	    .page_size = 1};
	bool more = false;
	enum wh_err err;

	assert(result->has_wait && result->dossier != NULL);
	assert(rows(LOCAL_OUTBOX) == 1 && rows(LOCAL_DOSSIER) == 1);
	err = desk_list(desk, &all, &list, &more);
	assert(err == WH_OK && !more && json_array_size(list) == 1);
	assert(json_equal(json_array_get(list, 0), result->dossier));
	json_decref(list);
	json_decref(view);
}

static void
check_not_taken(const struct desk_result *result)
{
	assert(result->kind == OUTCOME_REJECTED ||
	       result->kind == OUTCOME_REFUSED);
	assert(result->text[0] != '\0');
	assert(rows(LOCAL_OUTBOX) == 0 && rows(LOCAL_DOSSIER) == 0 &&
	       rows(LOCAL_RELATION) == 0 && rows(LOCAL_BY_KENMERK) == 0);
}

/* Each input starts from a store with nothing but the register. */
static void
begin_again(void)
{
	desk_stop();
	desk_start();
}

static void
refer(const json_t *body)
{
	struct desk_result result = {0};
	json_t *params = json_array();
	enum wh_err err;

	/* The desk is asked whatever came of it: adapters go there at once. */
	shape_check(&shape_referral_new, body, params);
	err = desk_refer(desk, body, NOW_MS, &result);
	assert(err == WH_OK);
	if (result.kind == OUTCOME_QUEUED) {
		check_taken(&result);
		begin_again();
	} else {
		check_not_taken(&result);
	}
	json_decref(params);
	desk_result_fini(&result);
}

static void
consent(const json_t *body)
{
	struct desk_result result = {0};
	json_t *params = json_array();
	json_t *view;
	enum wh_err err;

	shape_check(&shape_consent_new, body, params);
	/* The desk counts on the shape here; adapters do not call it. */
	if (json_array_size(params) == 0) {
		err = desk_consent(desk, body, NOW_MS, &result);
		assert(err == WH_OK);
	}
	if (result.dossier != NULL) {
		assert(rows(LOCAL_CONSENT) == 1 && rows(LOCAL_OUTBOX) > 0);
		view = shape_view(&shape_consent, result.dossier);
		/* With the code, and never shown as it is kept. */
		(void)json_object_del(result.dossier, "bewijs");
		assert(json_equal(view, result.dossier));
		json_decref(view);
		begin_again();
	}
	assert(rows(LOCAL_CONSENT) == 0 && rows(LOCAL_OUTBOX) == 0);
	json_decref(params);
	desk_result_fini(&result);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	json_t *body;

	if (desk == NULL)
		start();
	body =
	    json_loadb((const char *)data, len, JSON_REJECT_DUPLICATES, NULL);
	if (body == NULL)
		return 0;
	refer(body);
	consent(body);
	json_decref(body);
	return 0;
}
