/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_SYSTEM_CHECK_H
#define WH_TESTS_SYSTEM_CHECK_H

#include "adapters/json.h"
#include "broker/reach.h"
#include "tests/system_world.h"

/* What must hold when everything has come to rest. */

static inline const char *
state_word(uint32_t state)
{
	const char *word = terms_text(TERMS_STATES, state);

	return word == NULL ? "?" : word;
}

/*
 * What member stored of a referral according to the hub, offer included; and
 * what it may have stored: handed over, stopped by a permission that ended
 * before the acknowledgement came.
 */
struct stored {
	size_t surely;
	size_t maybe;
};

static inline struct stored
stored_for(struct sim *s, const struct id *case_ref, const char *member)
{
	uint8_t from[32] = {0};
	struct span key = span_of(from, sizeof(from)), value;
	struct message_row row;
	struct id message_id;
	struct stored n = {0, 0};
	enum wh_err err;

	memcpy(from, case_ref->b, 16);
	err = kv_seek(s->txn, TABLE_CASE_MESSAGE, &key, &value);
	while (err == WH_OK && memcmp(key.p, case_ref->b, 16) == 0) {
		memcpy(from, key.p, sizeof(from));
		memcpy(message_id.b, from + 16, 16);
		assert_int_equal(row_message_get(s->txn, &message_id, &row),
		    WH_OK);
		if (strcmp(row.to, member) == 0) {
			n.surely += row.status == MESSAGE_STORED;
			n.maybe += row.status == MESSAGE_REFUSED;
		}
		key = span_of(from, sizeof(from));
		err = kv_next(s->txn, TABLE_CASE_MESSAGE, &key, &value);
	}
	return n;
}

static inline size_t
told_by(const json_t *dossier, const char *member)
{
	const json_t *entry;
	size_t i, n = 0;

	json_array_foreach(json_object_get(dossier, "gebeurtenissen"), i, entry)
	{
		if (strcmp(json_text(entry, "door"), member) == 0)
			n++;
	}
	return n;
}

/* One side of a referral: the same state, and each message exactly once. */
static inline void
check_side(struct sim *s, const struct id *case_ref, const struct case_row *row,
    bool recipient)
{
	const char *own = recipient ? row->to : row->from;
	const char *other = recipient ? row->from : row->to;
	struct stored stored = stored_for(s, case_ref, own);
	size_t shown;
	json_t *dossier = NULL;
	char id[ID_TEXT_SIZE];

	id_text(case_ref, id);
	(void)desk_dossier_full(s->w->at[place_of(own)].desk, case_ref,
	    &dossier);
	if (dossier == NULL) {
		if (!recipient || stored.surely > 0 ||
		    !state_is_end(row->state))
			sim_complain(s, "%s: %s has nothing of it (%s)", id,
			    own, state_word(row->state));
		return;
	}
	if (strcmp(json_text(dossier, "status"), state_word(row->state)) != 0)
		sim_complain(s, "%s %s: %s at %s, %s at the hub", id, row->type,
		    json_text(dossier, "status"), own, state_word(row->state));
	shown = told_by(dossier, other);
	if (shown < stored.surely || shown > stored.surely + stored.maybe)
		sim_complain(s, "%s: %s stored %zu and shows %zu", id, own,
		    stored.surely, shown);
	if (recipient && stored.surely == 0 && !state_is_end(row->state))
		sim_complain(s, "%s: %s has it, the hub does not know", id,
		    own);
	json_decref(dossier);
}

static inline void
check_cases(struct sim *s)
{
	struct span key = span_str(""), value;
	struct case_row row;
	struct id case_ref;
	enum wh_err err = kv_seek(s->txn, TABLE_CASE, &key, &value);

	while (err == WH_OK) {
		memcpy(case_ref.b, key.p, sizeof(case_ref.b));
		assert_int_equal(row_case_get(s->txn, &case_ref, &row), WH_OK);
		check_side(s, &case_ref, &row, false);
		check_side(s, &case_ref, &row, true);
		key = span_id(&case_ref);
		err = kv_next(s->txn, TABLE_CASE, &key, &value);
	}
}

/* P3: what has a receipt is at the hub, for ever. */
static inline void
check_promises(struct sim *s)
{
	struct case_row row;

	for (size_t i = 0; i < s->promised_count; i++)
		if (row_case_get(s->txn, &s->promised[i], &row) != WH_OK)
			sim_complain(s, "a referral with a receipt is gone");
}

/* What was erased here by then takes its jobs along. */
static inline bool
is_erasure(const json_t *dossier, const json_t *entry, const char *own)
{
	return strcmp(json_text(dossier, "richting"), "ontvangen") == 0 &&
	       strcmp(json_text(entry, "door"), own) == 0 &&
	       strcmp(json_text(entry, "soort"), "gewist") == 0;
}

/* A job for each thing that others did since, and no more. */
static inline void
check_jobs(struct sim *s, enum place place)
{
	struct span key = span_str(""), value;
	struct kv_txn *txn = NULL;
	const char *own = place_names[place];
	uint64_t want = 0, before, got = jobs_waiting(s->w, place);
	const json_t *entry;
	json_t *dossier;
	struct id case_ref;
	size_t i;
	enum wh_err err;

	assert_int_equal(kv_begin(desk_kv(s->w->at[place].desk), KV_READ_ONLY,
			     &txn),
	    WH_OK);
	err = kv_seek(txn, LOCAL_DOSSIER, &key, &value);
	while (err == WH_OK) {
		memcpy(case_ref.b, key.p, sizeof(case_ref.b));
		assert_int_equal(dossier_get(txn,
				     desk_vault(s->w->at[place].desk),
				     &case_ref, &dossier),
		    WH_OK);
		before = want;
		json_array_foreach(json_object_get(dossier, "gebeurtenissen"),
		    i, entry)
		{
			if (is_erasure(dossier, entry, own))
				want = before;
			else if (strcmp(json_text(entry, "door"), own) != 0 ||
				 strcmp(json_text(entry, "soort"),
				     "geweigerd") == 0)
				want++;
		}
		json_decref(dossier);
		key = span_id(&case_ref);
		err = kv_next(txn, LOCAL_DOSSIER, &key, &value);
	}
	kv_abort(&txn);
	if (want != got)
		sim_complain(s, "%s: %llu jobs for %llu events", own,
		    (unsigned long long)got, (unsigned long long)want);
}

static inline bool
tables_equal(struct kv_txn *a, struct kv_txn *b, unsigned table)
{
	struct span key_a = span_str(""), key_b = span_str("");
	struct span value_a, value_b;
	enum wh_err err_a, err_b;

	for (;;) {
		err_a = kv_next(a, table, &key_a, &value_a);
		err_b = kv_next(b, table, &key_b, &value_b);
		if (err_a != WH_OK || err_b != WH_OK)
			return err_a == WH_NOT_FOUND && err_b == WH_NOT_FOUND;
		if (!span_equal(key_a, key_b) || !span_equal(value_a, value_b))
			return false;
	}
}

/* The journal alone gives the same state and the same log, byte for byte. */
static inline void
check_replay(struct sim *s)
{
	char *dir = support_dir_new();
	struct kv *kv = NULL;
	struct kv_txn *txn = NULL;
	struct core *core = NULL;
	struct hash a, b;

	hub_open(s, dir, &kv, &txn, &core);
	s->replaying = true;
	for (size_t i = 0; i < s->record_count; i++)
		record_apply(s, &s->records[i], core, txn);
	s->replaying = false;
	a = audit_root(core_audit(s->core));
	b = audit_root(core_audit(core));
	if (!hash_equal(&a, &b))
		sim_complain(s, "a replay gives another log");
	for (unsigned table = 0; table < CORE_TABLES; table++)
		if (!tables_equal(s->txn, txn, table))
			sim_complain(s, "a replay gives another table %s",
			    core_table_names[table]);
	kv_abort(&txn);
	core_close(core);
	kv_close(kv);
	support_dir_remove(dir);
}

static inline void
check_log(struct sim *s)
{
	uint64_t size, bad;
	struct hash root;
	struct why why = {""};

	if (audit_verify(s->txn, &size, &root, &bad, &why) != WH_OK)
		sim_complain(s, "the log does not hold: %s", why.text);
}

/* Nothing that came in under a withdrawn permission can be read there. */
static inline bool
is_closed(struct sim *s, const struct reach_row *row)
{
	json_t *dossier = NULL;
	bool closed = true;

	for (enum place place = 0; place < DESKS; place++) {
		if (strcmp(place_names[place], row->to) != 0 ||
		    desk_dossier_full(s->w->at[place].desk, &row->case_ref,
			&dossier) != WH_OK)
			continue;
		closed =
		    strcmp(json_text(dossier, "richting"), "ontvangen") != 0 ||
		    json_object_size(json_object_get(dossier, "gegevens")) == 0;
		json_decref(dossier);
	}
	return closed;
}

static inline void
check_withdrawal(struct sim *s, const struct id *permission_id)
{
	uint32_t counts[REACH_COUNT] = {0};
	struct withdrawal_row row;
	struct reach_row message;
	struct id message_id = {{0}};

	assert_int_equal(reach_whole_get(s->txn, permission_id, &row), WH_OK);
	if (row.outstanding != 0 || row.done_ms == 0)
		sim_complain(s,
		    "a withdrawal is not carried through: %u "
		    "outstanding",
		    row.outstanding);
	while (reach_message_next(s->txn, permission_id, &message_id,
		   &message) == WH_OK) {
		counts[message.reach]++;
		if (message.reach == REACH_DELIVERED_UNREAD)
			sim_complain(s, "nobody said what became of a message");
		if (!is_closed(s, &message))
			sim_complain(s, "%s can read what was withdrawn",
			    message.to);
	}
	if (memcmp(counts, row.counts, sizeof(counts)) != 0)
		sim_complain(s, "the reach does not add up");
}

/* Each withdrawal is carried through, and tells of every message. */
static inline void
check_withdrawals(struct sim *s)
{
	struct span key = span_str(""), value;
	struct id id;
	enum wh_err err = kv_seek(s->txn, TABLE_WITHDRAWAL, &key, &value);

	while (err == WH_OK) {
		memcpy(id.b, key.p, sizeof(id.b));
		check_withdrawal(s, &id);
		s->withdrawals++;
		key = span_id(&id);
		err = kv_next(s->txn, TABLE_WITHDRAWAL, &key, &value);
	}
}

static inline void
check_all(struct sim *s)
{
	hub_commit(s);
	check_promises(s);
	check_cases(s);
	for (enum place place = 0; place < DESKS; place++) {
		check_jobs(s, place);
		if (store_holds(s->w->at[place].dir, CANARY))
			sim_complain(s, "%s keeps a name that can be read",
			    place_names[place]);
	}
	if (store_holds(s->dir, CANARY))
		sim_complain(s, "the hub has seen a name");
	check_withdrawals(s);
	check_log(s);
	check_replay(s);
}

#endif
