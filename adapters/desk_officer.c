/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_officer.h"

#include <inttypes.h>
#include <stdio.h>

#include "adapters/desk_log.h"
#include "adapters/desk_state.h"
#include "adapters/json.h"
#include "adapters/log_view.h"
#include "adapters/look.h"
#include "adapters/mirror.h"
#include "consent/note_log.h"
#include "consent/witness.h"
#include "proto/base/clk.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* Dates in sentences: 2026-09-14 13:00. */
#define MINUTE_LEN 16
#define STATE_TEXT 320
#define UNTIL_TEXT 64

enum wh_err
desk_mirror_next(struct desk *desk, uint64_t *next)
{
	const struct wh_register *reg = desk_register(desk);
	struct note_checkpoint head;
	struct mirror_state state;
	struct shift shift;
	char *note = NULL;
	enum wh_err err = desk_checkpoint_get(desk, &note);
	bool is_signed =
	    err == WH_OK && reg != NULL &&
	    witness_open(reg, span_str(note), &head) == WITNESS_COSIGNED;

	err = shift_begin(desk, 0, &shift);
	if (err == WH_OK && is_signed)
		err = mirror_begin(shift.txn, reg->log_origin);
	if (err == WH_OK)
		err = mirror_state(shift.txn, &state);
	err = shift_end(&shift, err);
	mem_free(note);
	if (err == WH_OK)
		*next = state.ask;
	return err;
}

enum wh_err
desk_mirror_page(struct desk *desk, const struct log_page *page, int64_t now_ms,
    struct why *why)
{
	struct shift shift;
	enum wh_err err = shift_begin(desk, now_ms, &shift);

	if (err == WH_OK)
		err = mirror_add(shift.txn, desk->vault, desk->member, page,
		    now_ms, why);
	return shift_end(&shift, err);
}

enum wh_err
desk_look(struct desk *desk, struct look *look)
{
	struct shift shift;
	enum wh_err err = shift_begin(desk, look->at_ms, &shift);

	if (err == WH_OK)
		err = look_add(shift.txn, desk->vault, look);
	return shift_end(&shift, err);
}

enum wh_err
desk_mirror_matches(struct desk *desk, uint64_t index, struct span leaf,
    bool *same)
{
	struct kv_txn *txn = NULL;
	enum wh_err err;

	*same = true;
	err = kv_begin(desk->kv, KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = mirror_matches(txn, index, leaf, same);
	kv_abort(&txn);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

static enum wh_err
list_page(struct desk *desk, struct kv_txn *txn,
    const struct log_filter *filter, json_t *list, bool *more)
{
	size_t skip = (size_t)(filter->page - 1) * filter->page_size;
	struct mirror_entry entry;
	uint64_t index = UINT64_MAX;
	enum wh_err err = mirror_prev(txn, &index, &entry);

	for (; err == WH_OK && !*more; err = mirror_prev(txn, &index, &entry)) {
		if (!log_view_leaf_matches(&entry, filter))
			continue;
		err = mirror_get(txn, desk->vault, index, &entry);
		if (err == WH_OK)
			err = mirror_fill(txn, desk->vault, &entry);
		if (err != WH_OK)
			return err;
		if (!log_view_details_match(&entry, filter))
			continue;
		if (skip > 0)
			skip--;
		else if (json_array_size(list) < filter->page_size)
			json_array_append_new(list,
			    log_view(&entry, desk_register(desk)));
		else
			*more = true;
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
desk_mirror_list(struct desk *desk, const struct log_filter *filter,
    json_t **out, bool *more)
{
	struct kv_txn *txn = NULL;
	json_t *list = json_array();
	enum wh_err err;

	*more = false;
	err = kv_begin(desk->kv, KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = list_page(desk, txn, filter, list, more);
	kv_abort(&txn);
	if (err == WH_OK)
		*out = list;
	else
		json_decref(list);
	return err;
}

/* What the newest checkpoint says. */
struct newest {
	bool is_signed;      /* by the log of the register */
	uint32_t generation; /* of that log */
	uint64_t size;       /* of that generation */
};

static struct newest
newest_of(struct desk *desk, const char *note)
{
	const struct wh_register *reg = desk_register(desk);
	struct note_checkpoint head;
	struct newest out = {0};

	out.is_signed =
	    reg != NULL && note != NULL &&
	    witness_open(reg, span_str(note), &head) == WITNESS_COSIGNED &&
	    note_log_parse(reg->log_origin, head.origin, &out.generation) ==
		WH_OK;
	if (out.is_signed)
		out.size = head.size;
	return out;
}

/* All is here, and what was told before a restore was looked through. */
static bool
is_complete(const struct mirror_state *mirror, const struct newest *newest)
{
	return newest->is_signed && mirror->ask == mirror->next &&
	       mirror->next >= note_log_entry(newest->generation, newest->size);
}

/* How many entries of the newest generation were told. */
static uint64_t
received(const struct mirror_state *mirror, const struct newest *newest)
{
	uint32_t generation = note_log_generation(mirror->next);

	if (generation == newest->generation)
		return note_log_leaf(mirror->next);
	return generation < newest->generation ? 0 : newest->size;
}

/* Members whose cosignature on this note holds. */
static json_t *
witnesses_of(struct desk *desk, const char *text, int64_t now_ms)
{
	const struct wh_register *reg = desk_register(desk);
	json_t *out = json_array();
	struct note_signed did;
	struct note_key key;
	struct note note;

	if (reg == NULL || text == NULL ||
	    note_parse(span_str(text), &note) != WH_OK)
		return out;
	for (size_t i = 0; i < reg->member_count; i++) {
		const struct reg_member *member = &reg->members[i];

		if (witness_key(reg, member, now_ms, &key) == WH_OK &&
		    note_verify(&note, &key, 1, &did) == WH_OK && did.valid)
			json_array_append_new(out, json_string(member->id));
	}
	return out;
}

/* "2026-09-14 13:00 (UTC)", for a sentence. */
static void
minute(int64_t at_ms, char out[CLK_ISO_SIZE])
{
	clk_iso(at_ms, out);
	out[10] = ' ';
	out[MINUTE_LEN] = '\0';
}

/*
 * For people, without the number of the wire: "tot en met regel 2 van log 1",
 * by the number in the origin of that log, which the first has not.
 */
static void
say_until(uint32_t generation, uint64_t size, char out[UNTIL_TEXT])
{
	char log[24] = "";

	if (generation > 0)
		snprintf(log, sizeof(log), " van log %" PRIu32, generation);
	if (size == 0)
		snprintf(out, UNTIL_TEXT, "tot regel 0%s", log);
	else
		snprintf(out, UNTIL_TEXT, "tot en met regel %" PRIu64 "%s",
		    size - 1, log);
}

static void
say_reach(const struct mirror_state *mirror, const struct newest *newest,
    char out[STATE_TEXT])
{
	char at[CLK_ISO_SIZE] = "", here[UNTIL_TEXT], all[UNTIL_TEXT];

	if (mirror->at_ms != 0)
		minute(mirror->at_ms, at);
	say_until(note_log_generation(mirror->next),
	    note_log_leaf(mirror->next), here);
	say_until(newest->generation, newest->size, all);
	if (mirror->at_ms == 0)
		snprintf(out, STATE_TEXT,
		    "Van het logboek van de hub is hier nog niets ontvangen.");
	else if (!newest->is_signed)
		snprintf(out, STATE_TEXT,
		    "Let op: het hoofd van het logboek is niet getekend door "
		    "de hub van het register. Vertrouw het niet.");
	else if (mirror->ask < mirror->next)
		snprintf(out, STATE_TEXT,
		    "Nog niet compleet: de hub is uit een kopie hersteld. Wat "
		    "hij nog heeft wordt nagekeken, het laatst op %s (UTC).",
		    at);
	else if (!is_complete(mirror, newest))
		snprintf(out, STATE_TEXT,
		    "Nog niet compleet: ontvangen %s. Het logboek gaat %s. Het "
		    "laatst bijgewerkt op %s (UTC).",
		    here, all, at);
	else
		snprintf(out, STATE_TEXT,
		    "Compleet %s, bijgewerkt op %s (UTC).", here, at);
}

/* Who else stands for it: the policy of the register asks for a quorum. */
static void
say_witnesses(const struct desk_log_state *log, uint32_t generation,
    char out[STATE_TEXT])
{
	char at[CLK_ISO_SIZE], until[UNTIL_TEXT];

	say_until(generation, log->quorum, until);
	if (log->contradictions > 0)
		snprintf(out, STATE_TEXT,
		    " Let op: de hub heeft zich %" PRIu64
		    " keer tegengesproken. Het bewijs ligt in de map evidence.",
		    log->contradictions);
	else if (!log->has_policy)
		snprintf(out, STATE_TEXT,
		    " Er zijn nog geen getuigen uit twee sectoren.");
	else if (log->unwitnessed_since_ms != 0) {
		minute(log->unwitnessed_since_ms, at);
		snprintf(out, STATE_TEXT, " Onbewaakt sinds %s (UTC).", at);
	} else if (log->quorum > 0)
		snprintf(out, STATE_TEXT, " Bevestigd door getuigen %s.",
		    until);
	else
		snprintf(out, STATE_TEXT, " Nog niet bevestigd door getuigen.");
}

static enum wh_err
read_mirror(struct desk *desk, struct mirror_state *out)
{
	struct kv_txn *txn = NULL;
	enum wh_err err = kv_begin(desk->kv, KV_READ_ONLY, &txn);

	if (err == WH_OK)
		err = mirror_state(txn, out);
	kv_abort(&txn);
	return err;
}

enum wh_err
desk_mirror_state(struct desk *desk, int64_t now_ms, json_t **out)
{
	char reach[STATE_TEXT], witnesses[STATE_TEXT], at[CLK_ISO_SIZE];
	struct desk_log_state log;
	struct mirror_state mirror;
	struct newest newest;
	char *note = NULL;
	json_t *state;
	enum wh_err err = read_mirror(desk, &mirror);

	if (err == WH_OK)
		err = desk_log_state(desk, now_ms, &log);
	if (err == WH_OK)
		err = desk_checkpoint_get(desk, &note);
	if (err != WH_OK && err != WH_NOT_FOUND)
		return err;
	newest = newest_of(desk, note);
	say_reach(&mirror, &newest, reach);
	say_witnesses(&log, newest.generation, witnesses);
	state = json_pack("{s:s+, s:b, s:I, s:I, s:I, s:I, s:o}", "zin", reach,
	    witnesses, "compleet", is_complete(&mirror, &newest),
	    "ontvangenTot", (json_int_t)received(&mirror, &newest), "omvang",
	    (json_int_t)newest.size, "bevestigdTot", (json_int_t)log.quorum,
	    "tegenspraken", (json_int_t)log.contradictions, "bevestigdDoor",
	    witnesses_of(desk, note, now_ms));
	if (mirror.at_ms != 0) {
		clk_iso(mirror.at_ms, at);
		json_set_text(state, "bijgewerkt", at);
	}
	if (log.unwitnessed_since_ms != 0) {
		clk_iso(log.unwitnessed_since_ms, at);
		json_set_text(state, "onbewaaktSinds", at);
	}
	mem_free(note);
	*out = state;
	return WH_OK;
}

static json_t *
look_json(const struct look *look)
{
	char at[CLK_ISO_SIZE], hex[2 * HASH_LEN + 1];
	json_t *roles = json_array();
	json_t *out;

	clk_iso(look->at_ms, at);
	hex_encode(span_of(look->chain.b, HASH_LEN), hex);
	for (unsigned role = 1; role <= ROLE_ALL; role <<= 1) {
		if ((look->who.roles & role) != 0)
			json_array_append_new(roles,
			    json_string(role_text(role)));
	}
	out = json_pack("{s:I, s:s, s:s, s:o, s:s, s:s}", "nummer",
	    (json_int_t)look->n, "op", at, "wie",
	    look->who.label[0] == '\0' ? "niemand" : look->who.label, "rollen",
	    roles, "wat", look_text(look->kind), "keten", hex);
	json_set_text(out, "waar", look->where);
	return out;
}

enum wh_err
desk_look_list(struct desk *desk, unsigned page, unsigned page_size,
    json_t **out, bool *more)
{
	uint64_t skip = (uint64_t)(page - 1) * page_size;
	struct kv_txn *txn = NULL;
	json_t *list = json_array();
	struct look_head head, gone = {0};
	struct look look;
	uint64_t n;
	enum wh_err err;

	err = kv_begin(desk->kv, KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = look_head(txn, &head);
	if (err == WH_OK)
		err = look_gone(txn, desk->vault, &gone);
	n = err == WH_OK && head.count > skip ? head.count - skip : 0;
	while (err == WH_OK && n > gone.count &&
	       json_array_size(list) < page_size) {
		err = look_get(txn, desk->vault, n, &look);
		if (err == WH_OK)
			json_array_append_new(list, look_json(&look));
		n--;
	}
	kv_abort(&txn);
	*more = n > gone.count;
	if (err == WH_OK)
		*out = list;
	else
		json_decref(list);
	return err;
}

enum wh_err
desk_look_state(struct desk *desk, json_t **out)
{
	char hex[2 * HASH_LEN + 1];
	struct kv_txn *txn = NULL;
	struct look_head head;
	uint64_t bad = 0;
	json_t *state;
	enum wh_err err;

	err = kv_begin(desk->kv, KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = look_head(txn, &head);
	if (err == WH_OK)
		err = look_verify(txn, desk->vault, &desk->looks, &bad);
	kv_abort(&txn);
	if (err != WH_OK && err != WH_CORRUPT)
		return err;
	if (err == WH_CORRUPT)
		log_err("LOOKS-BROKEN", "entry=%" PRIu64, bad);
	hex_encode(span_of(head.chain.b, HASH_LEN), hex);
	state = json_pack("{s:I, s:s, s:b}", "aantal", (json_int_t)head.count,
	    "keten", hex, "klopt", err == WH_OK);
	if (err == WH_CORRUPT)
		json_object_set_new(state, "foutBij",
		    json_integer((json_int_t)bad));
	*out = state;
	return WH_OK;
}
