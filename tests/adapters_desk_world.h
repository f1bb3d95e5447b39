/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_ADAPTERS_DESK_WORLD_H
#define WH_TESTS_ADAPTERS_DESK_WORLD_H

#include "adapters/json.h"
#include "adapters/local.h"
#include "adapters/permits.h"
#include "consent/keyring.h"
#include "proto/wire.h"
#include "tests/desk_world.h"

/* Desks, and a hub played by hand: frames are carried one by one. */

static inline int
desk_test_setup(void **state)
{
	struct desk_world *w = mem_new(sizeof(*w));

	desk_world_init(w);
	desk_world_start(w);
	*state = w;
	return 0;
}

static inline int
desk_test_teardown(void **state)
{
	struct desk_world *w = *state;

	desk_world_stop(w);
	desk_world_fini(w);
	mem_free(w);
	return 0;
}

#define DESK_TEST(name)                                                        \
	cmocka_unit_test_setup_teardown(name, desk_test_setup,                 \
	    desk_test_teardown)

/* A row of an outbox, on the heap: row_fini(). */
struct row {
	enum to_hub_kind kind;
	struct id id;
	struct span bytes;
};

static inline void
row_fini(struct row *row)
{
	mem_free((void *)(uintptr_t)row->bytes.p);
}

/* The first row of the outbox; it stays there. */
static inline struct row
row_first(struct desk_world *w, enum place place)
{
	struct row row = {0};
	struct kv_txn *txn = NULL;
	struct span bytes;
	uint64_t n = 0;

	assert_int_equal(kv_begin(desk_kv(w->at[place].desk), KV_READ_ONLY,
			     &txn),
	    WH_OK);
	assert_int_equal(outbox_next(txn, &n, &row.kind, &row.id, &bytes),
	    WH_OK);
	row.bytes = span_of(mem_dup(bytes), bytes.len);
	kv_abort(&txn);
	return row;
}

/* A member's key in the register to be signed. */
static inline struct reg_key *
key_of(struct desk_world *w, enum place place, enum key_use use)
{
	struct reg_member *m = alliance_member(w->alliance, place_names[place]);

	for (size_t i = 0; i < m->key_count; i++)
		if (m->keys[i].use == use)
			return &m->keys[i];
	fail_msg("no such key");
	return NULL;
}

/* The hub takes the first row in; state is 0 for permissions. */
static inline struct row
hub_takes(struct desk_world *w, enum place place, uint32_t state)
{
	struct row row = row_first(w, place);
	const struct receipt receipt = {.id = row.id,
	    .log_index = ++w->hub_index,
	    .at_ms = w->now_ms,
	    .state = state};

	assert_int_equal(desk_receipt(w->at[place].desk, &receipt, w->now_ms),
	    WH_OK);
	return row;
}

/* Take in what is a permission or an end of one. */
static inline void
hub_records(struct desk_world *w, enum place place)
{
	struct row row = hub_takes(w, place, 0);

	assert_int_not_equal(row.kind, TO_HUB_SUBMIT);
	row_fini(&row);
}

static inline void
hub_refuses(struct desk_world *w, enum place place, enum reason reason,
    uint32_t state)
{
	struct row row = row_first(w, place);
	const struct refusal refusal = {.id = row.id,
	    .reason = reason,
	    .log_index = ++w->hub_index,
	    .detail = "",
	    .state = state};

	assert_int_equal(desk_refusal(w->at[place].desk, &refusal, w->now_ms),
	    WH_OK);
	row_fini(&row);
}

static inline enum reason
deliver_to(struct desk_world *w, enum place place, struct deliver *delivery)
{
	enum reason reason = REASON_NONE;

	if (delivery->delivery == 0)
		delivery->delivery = ++w->delivery;
	assert_int_equal(desk_deliver(w->at[place].desk, delivery, w->now_ms,
			     &reason),
	    WH_OK);
	return reason;
}

/* The record that an envelope rests on, as its sender has it; mem_free(). */
static inline struct span
record_of(struct desk_world *w, enum place place, struct span envelope)
{
	struct kv_txn *txn = NULL;
	struct signed_body body;
	struct envelope read;
	struct permit permit;
	struct arena arena;
	struct span out = {0};

	arena_init(&arena, FRAME_ARENA_MAX);
	assert_int_equal(wire_signed_read(&arena, envelope, ENVELOPE_MAX, &body,
			     NULL),
	    WH_OK);
	assert_int_equal(wire_envelope_read(&arena, body.body, &read, NULL),
	    WH_OK);
	assert_int_equal(kv_begin(desk_kv(w->at[place].desk), KV_READ_ONLY,
			     &txn),
	    WH_OK);
	if (read.header.ground.has_permission &&
	    permits_get(txn, &arena, &read.header.ground.permission_id,
		&permit) == WH_OK)
		out = span_of(mem_dup(permit.signed_bytes),
		    permit.signed_bytes.len);
	kv_abort(&txn);
	arena_fini(&arena);
	return out;
}

static inline enum reason
envelope_to(struct desk_world *w, enum place place, struct span envelope,
    struct span permission)
{
	struct deliver delivery = {.kind = DELIVER_ENVELOPE,
	    .accepted_index = w->hub_index,
	    .envelope = envelope,
	    .permission = permission};

	return deliver_to(w, place, &delivery);
}

/* From the outbox of one to the other, accepted by the hub. */
static inline enum reason
carry(struct desk_world *w, enum place from, enum place to, uint32_t state)
{
	struct row row = hub_takes(w, from, state);
	struct span record = {0};
	enum reason reason;

	assert_int_equal(row.kind, TO_HUB_SUBMIT);
	if (state == STATE_QUEUED)
		record = record_of(w, from, row.bytes);
	reason = envelope_to(w, to, row.bytes, record);
	mem_free((void *)(uintptr_t)record.p);
	row_fini(&row);
	return reason;
}

static inline void
notice_to(struct desk_world *w, enum place place, const struct id *case_ref,
    enum referral_state state)
{
	struct deliver delivery = {.kind = DELIVER_NOTICE,
	    .notice = {.case_ref = *case_ref,
		.state = state,
		.at_ms = w->now_ms}};

	assert_int_equal(deliver_to(w, place, &delivery), REASON_NONE);
}

static inline struct desk_result
refer_text(struct desk_world *w, enum place place, const char *text)
{
	struct desk_result result;
	json_t *body = json_of(text);

	assert_int_equal(desk_refer(w->at[place].desk, body, w->now_ms,
			     &result),
	    WH_OK);
	json_decref(body);
	return result;
}

/* The id of what a result shows; the result is ended. */
static inline struct id
id_of(struct desk_result *result)
{
	struct id id;

	if (result->dossier == NULL)
		fail_msg("%d %s: %s", (int)result->kind, result->field,
		    result->text);
	assert_int_equal(id_parse(json_text(result->dossier, "id"), &id),
	    WH_OK);
	desk_result_fini(result);
	return id;
}

/* A consent that waits for the hub; body is taken. */
static inline struct id
consent_asked(struct desk_world *w, enum place place, json_t *body)
{
	struct desk_result result;

	assert_int_equal(desk_consent(w->at[place].desk, body, w->now_ms,
			     &result),
	    WH_OK);
	json_decref(body);
	if (result.kind != OUTCOME_QUEUED)
		fail_msg("%d %s: %s", (int)result.kind, result.field,
		    result.text);
	return id_of(&result);
}

/* A consent by this recipe, recorded at the hub. */
static inline struct id
consent_given(struct desk_world *w, const struct recipe *recipe,
    const char *client)
{
	struct id consent =
	    consent_asked(w, recipe->from, recipe_consent(recipe, client));

	hub_records(w, recipe->from);
	return consent;
}

static inline struct desk_result
refer_by(struct desk_world *w, const struct recipe *recipe, const char *client,
    const struct id *consent)
{
	struct desk_result result;
	char text[ID_TEXT_SIZE] = "";
	json_t *body;

	if (consent != NULL)
		id_text(consent, text);
	body = recipe_referral(recipe, client, text);
	assert_int_equal(desk_refer(w->at[recipe->from].desk, body, w->now_ms,
			     &result),
	    WH_OK);
	json_decref(body);
	if (result.dossier == NULL && result.kind != OUTCOME_REFUSED)
		fail_msg("%s: %d %s %s", recipe->type, (int)result.kind,
		    result.field, result.text);
	return result;
}

/* Offered, carried and stored; both sides know that it was delivered. */
static inline struct id
referral_delivered(struct desk_world *w, const struct recipe *recipe)
{
	struct id consent, case_ref;
	bool record = recipe_rests_on_record(recipe);
	struct desk_result result;

	if (record)
		consent = consent_given(w, recipe, "C-1");
	result = refer_by(w, recipe, "C-1", record ? &consent : NULL);
	case_ref = id_of(&result);
	assert_int_equal(carry(w, recipe->from, recipe->to, STATE_QUEUED),
	    REASON_NONE);
	notice_to(w, recipe->from, &case_ref, STATE_DELIVERED);
	return case_ref;
}

static inline struct desk_result
act(struct desk_world *w, enum place place, const struct id *case_ref,
    const char *text)
{
	struct desk_result result;
	json_t *body = json_of(text);

	assert_int_equal(desk_event(w->at[place].desk, case_ref, body,
			     w->now_ms, &result),
	    WH_OK);
	json_decref(body);
	return result;
}

/* An event that is allowed; it waits in the outbox. */
static inline void
did(struct desk_world *w, enum place place, const struct id *case_ref,
    const char *text)
{
	struct desk_result result = act(w, place, case_ref, text);

	if (result.kind != OUTCOME_QUEUED)
		fail_msg("%s: %d %s %s", text, (int)result.kind, result.field,
		    result.text);
	desk_result_fini(&result);
}

static inline void
assert_status(struct desk_world *w, enum place place, const struct id *case_ref,
    const char *status)
{
	json_t *dossier = dossier_at(w, place, case_ref);

	assert_non_null(dossier);
	assert_string_equal(json_text(dossier, "status"), status);
	json_decref(dossier);
}

/* How many entries of this word the dossier has. */
static inline size_t
events_of(struct desk_world *w, enum place place, const struct id *case_ref,
    const char *word)
{
	json_t *dossier = dossier_at(w, place, case_ref);
	json_t *entry;
	size_t i, n = 0;

	json_array_foreach(json_object_get(dossier, "gebeurtenissen"), i, entry)
	{
		if (strcmp(json_text(entry, "soort"), word) == 0)
			n++;
	}
	json_decref(dossier);
	return n;
}

/* Which categories can be read at a desk now: "CONTACT REQUEST". */
static inline void
assert_reads(struct desk_world *w, enum place place, const struct id *case_ref,
    const char *want)
{
	json_t *dossier = dossier_at(w, place, case_ref);
	const struct term *term;
	char got[256] = "";
	size_t used = 0;

	for (term = terms_all(TERMS_CATEGORIES); term->text != NULL; term++)
		if (json_object_get(json_object_get(dossier, "gegevens"),
			term->text) != NULL)
			used += (size_t)snprintf(got + used, sizeof(got) - used,
			    "%s%s", used == 0 ? "" : " ", term->text);
	json_decref(dossier);
	assert_string_equal(got, want);
}

static inline size_t
rows_of(struct desk_world *w, enum place place, unsigned table)
{
	struct kv_txn *txn = NULL;
	uint64_t n = 0;

	assert_int_equal(kv_begin(desk_kv(w->at[place].desk), KV_READ_ONLY,
			     &txn),
	    WH_OK);
	assert_int_equal(kv_count(txn, table, &n), WH_OK);
	kv_abort(&txn);
	return (size_t)n;
}

/* The terms are carried out now. */
static inline struct desk_retained
retain(struct desk_world *w, enum place place)
{
	struct desk_retained done;

	assert_int_equal(desk_retain(w->at[place].desk, w->now_ms, 16, &done),
	    WH_OK);
	return done;
}

/* The sealed bytes of a row, as they lie in the file; mem_free(). */
static inline struct span
row_bytes(struct desk_world *w, enum place place, unsigned table,
    const struct id *id)
{
	struct kv_txn *txn = NULL;
	struct span value;
	struct span out;

	assert_int_equal(kv_begin(desk_kv(w->at[place].desk), KV_READ_ONLY,
			     &txn),
	    WH_OK);
	assert_int_equal(kv_peek(txn, table, span_id(id), &value), WH_OK);
	out = span_of(mem_dup(value), value.len);
	kv_abort(&txn);
	return out;
}

static inline bool
file_has(struct desk_world *w, enum place place, struct span bytes)
{
	char *path = support_path(w->at[place].dir, "data.mdb");
	uint8_t *file = NULL;
	struct why why;
	size_t len = 0;
	bool found;

	assert_int_equal(file_read(path, 1u << 30, &file, &len, &why), WH_OK);
	found = memmem(file, len, bytes.p, bytes.len) != NULL;
	mem_free(file);
	free(path);
	return found;
}

/* The register that ends the present key of place and knows a newer one. */
static inline struct key_id
rotated(struct desk_world *w, enum place place)
{
	struct reg_member *m = alliance_member(w->alliance, place_names[place]);
	struct reg_key *keys = mem_new((m->key_count + 1) * sizeof(*keys));
	struct reg_key *own = m->keys;
	struct key_secrets fresh = w->at[place].keys;
	struct why why = {""};

	assert_int_equal(keyring_rotate(&fresh, KEY_SIGNING), WH_OK);
	memcpy(keys, own, m->key_count * sizeof(*keys));
	for (size_t i = 0; i < m->key_count; i++)
		if (keys[i].use == KEY_SIGNING)
			keys[i].until_ms = w->now_ms;
	keys[m->key_count] =
	    (struct reg_key){.use = KEY_SIGNING, .from_ms = w->now_ms};
	memcpy(keys[m->key_count].key, fresh.signing.public_key, WIRE_KEY_LEN);
	m->keys = keys;
	m->key_count++;
	desk_world_register(w, 2);
	m->keys = own;
	m->key_count--;
	mem_free(keys);
	if (desk_register_put(w->at[place].desk, w->reg, &why) != WH_OK)
		fail_msg("%s", why.text);
	desk_keys_put(w->at[place].desk, &fresh);
	return wire_key_id(fresh.signing.public_key);
}

#endif
