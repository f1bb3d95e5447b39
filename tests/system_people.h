/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_SYSTEM_PEOPLE_H
#define WH_TESTS_SYSTEM_PEOPLE_H

#include "adapters/json.h"
#include "tests/system_world.h"

/* What residents and professionals do in a simulated history. */

struct offer {
	const struct recipe *recipe;
	struct id message_id;
	struct id case_ref;
};

struct given {
	struct id consent_id;
	const struct recipe *recipe;
	unsigned client;
	char code[64];
};

struct history {
	struct sim s;
	struct offer *offers; /* owned */
	size_t offer_count;
	struct given *given; /* owned */
	size_t given_count;
};

static inline void
client_text(unsigned client, char out[16])
{
	snprintf(out, 16, CANARY "-%u", client);
}

/* Somebody gives permission; for a duty it is what one may object to. */
static inline void
give(struct history *h)
{
	const struct recipe *recipe = &recipes[draw(&h->s, RECIPES)];
	struct given given = {.recipe = recipe, .client = draw(&h->s, 3)};
	struct desk_result result;
	char client[16];
	json_t *body;

	if (strcmp(recipe->kind, "VITAL_INTEREST") == 0)
		return;
	client_text(given.client, client);
	body = recipe_consent(recipe, client);
	assert_int_equal(desk_consent(h->s.w->at[recipe->from].desk, body,
			     h->s.w->now_ms, &result),
	    WH_OK);
	json_decref(body);
	if (result.kind != OUTCOME_QUEUED)
		fail_msg("%s: %s %s", recipe->type, result.field, result.text);
	assert_int_equal(id_parse(json_text(result.dossier, "id"),
			     &given.consent_id),
	    WH_OK);
	str_copy(given.code, sizeof(given.code),
	    json_text(json_object_get(result.dossier, "ontvangstbewijs"),
		"intrekkingscode"));
	h->given = mem_grow(h->given, (h->given_count + 1) * sizeof(given));
	h->given[h->given_count++] = given;
	desk_result_fini(&result);
}

static inline void
refer(struct history *h, const struct recipe *recipe, unsigned number,
    const struct id *consent)
{
	struct offer offer;
	struct desk_result result;
	char client[16], id[ID_TEXT_SIZE] = "";
	json_t *body;

	client_text(number, client);
	if (consent != NULL)
		id_text(consent, id);
	body = recipe_referral(recipe, client, id);
	assert_int_equal(desk_refer(h->s.w->at[recipe->from].desk, body,
			     h->s.w->now_ms, &result),
	    WH_OK);
	json_decref(body);
	h->s.counts[0]++;
	if (result.kind == OUTCOME_QUEUED) {
		offer.recipe = recipe;
		offer.message_id = result.wait;
		assert_int_equal(id_parse(json_text(result.dossier, "id"),
				     &offer.case_ref),
		    WH_OK);
		h->offers =
		    mem_grow(h->offers, (h->offer_count + 1) * sizeof(offer));
		h->offers[h->offer_count++] = offer;
	} else if (result.kind != OUTCOME_REFUSED) {
		fail_msg("%s: %d %s %s", recipe->type, (int)result.kind,
		    result.field, result.text);
	}
	desk_result_fini(&result);
}

static inline void
refer_any(struct history *h)
{
	const struct recipe *recipe = &recipes[draw(&h->s, RECIPES)];
	const struct given *given;

	if (!recipe_rests_on_record(recipe)) {
		refer(h, recipe, draw(&h->s, 3), NULL);
		return;
	}
	if (h->given_count == 0)
		return;
	given = &h->given[draw(&h->s, (unsigned)h->given_count)];
	if (recipe_rests_on_record(given->recipe))
		refer(h, given->recipe, given->client, &given->consent_id);
}

static inline const char *
any_word(struct sim *s)
{
	static const char *const words[] = {"accepteren", "gelezen",
	    "informatieVragen", "antwoorden", "notitie", "inplannen", "starten",
	    "annuleren", "vergissing", "teruggeven", "afwijzen", "afronden",
	    "heropenen"};

	return words[draw(s, sizeof(words) / sizeof(words[0]))];
}

/* Mostly what the state allows, as a page would offer it. */
static inline void
choose(struct sim *s, json_t *body, const struct desk_result *refused)
{
	const char *word = json_string_value(json_array_get(refused->allowed,
	    draw(s, (unsigned)json_array_size(refused->allowed) + 1)));

	json_object_set_new(body, "soort",
	    json_string(word == NULL ? any_word(s) : word));
}

static inline bool
try_act(struct history *h, enum place place, const struct id *case_ref,
    json_t *body)
{
	static const char *const codes[] = {"WRONG_RECIPIENT", "HELPED"};
	struct sim *s = &h->s;
	struct desk_result result;
	bool done;

	assert_int_equal(desk_event(s->w->at[place].desk, case_ref, body,
			     s->w->now_ms, &result),
	    WH_OK);
	done = result.kind == OUTCOME_QUEUED;
	if (result.kind == OUTCOME_FORBIDDEN)
		choose(s, body, &result);
	else if (result.reason == REASON_CODE_REQUIRED)
		json_object_set_new(body, "code",
		    json_string(codes[draw(s, 2)]));
	desk_result_fini(&result);
	s->counts[done ? 1 : 2]++;
	return done;
}

/* Anything that a professional might try, on any referral, at either side. */
static inline void
act(struct history *h)
{
	struct sim *s = &h->s;
	const struct offer *offer;
	enum place place;
	json_t *body;

	if (h->offer_count == 0)
		return;
	offer = &h->offers[draw(s, (unsigned)h->offer_count)];
	place = chance(s, 60) ? offer->recipe->to : offer->recipe->from;
	body = json_pack("{s:s}", "soort", any_word(s));
	if (chance(s, 50))
		json_object_set_new(body, "toelichting", json_string(CANARY));
	for (unsigned i = 0; i < 3; i++)
		if (try_act(h, place, &offer->case_ref, body))
			break;
	json_decref(body);
}

static inline void
withdraw(struct history *h)
{
	const struct given *given;
	enum place place;
	struct desk_result result;
	bool by_code;

	if (h->given_count == 0)
		return;
	given = &h->given[draw(&h->s, (unsigned)h->given_count)];
	by_code = given->code[0] != '\0' && chance(&h->s, 50);
	place = by_code ? (enum place)draw(&h->s, DESKS) : given->recipe->from;
	assert_int_equal(desk_withdraw(h->s.w->at[place].desk,
			     by_code ? NULL : &given->consent_id,
			     by_code ? given->code : NULL, h->s.w->now_ms,
			     &result),
	    WH_OK);
	h->s.counts[3]++;
	desk_result_fini(&result);
}

#endif
