/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/watch.h"

#include <inttypes.h>
#include <stdio.h>

#include "proto/base/clk.h"

#define TEXT_SIZE 256

static const char *
state_of(const struct desk_log_state *state)
{
	if (state->contradictions > 0)
		return "tegenspraak";
	if (!state->has_policy)
		return "niet ingericht";
	if (state->size == 0)
		return "onbekend";
	return state->unwitnessed_since_ms != 0 ? "onbewaakt" : "bewaakt";
}

static void
say(const struct desk_log_state *state, char text[TEXT_SIZE])
{
	char since[CLK_ISO_SIZE];

	if (state->contradictions > 0)
		(void)snprintf(text, TEXT_SIZE,
		    "Het logboek van de hub spreekt zichzelf tegen. Er zijn "
		    "%" PRIu64 " bestanden met bewijs. Waarschuw de alliantie.",
		    state->contradictions);
	else if (!state->has_policy)
		(void)snprintf(text, TEXT_SIZE,
		    "Er zijn geen getuigen uit twee sectoren. Niemand bewaakt "
		    "het logboek van de hub.");
	else if (state->size == 0)
		(void)snprintf(text, TEXT_SIZE,
		    "De hub liet nog geen stand van zijn logboek zien.");
	else if (state->unwitnessed_since_ms != 0) {
		clk_iso(state->unwitnessed_since_ms, since);
		(void)snprintf(text, TEXT_SIZE,
		    "Onbewaakt sinds %s. Er komen regels bij die nog niet door "
		    "getuigen uit twee sectoren zijn gezien.",
		    since);
	} else
		(void)snprintf(text, TEXT_SIZE,
		    "Getuigen uit twee sectoren bewaken het logboek.");
}

json_t *
watch_json(const struct desk_log_state *state)
{
	char since[CLK_ISO_SIZE];
	char text[TEXT_SIZE];
	json_t *json;

	say(state, text);
	json = json_pack("{ss ss sI sI sI sb}", "status", state_of(state),
	    "melding", text, "grootte", (json_int_t)state->size, "bewaaktTot",
	    (json_int_t)state->quorum, "tegenspraken",
	    (json_int_t)state->contradictions, "getuige", state->is_witness);
	if (state->unwitnessed_since_ms != 0) {
		clk_iso(state->unwitnessed_since_ms, since);
		json_object_set_new(json, "onbewaaktSinds", json_string(since));
	}
	return json;
}
