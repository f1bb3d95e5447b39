/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/log_view.h"

#include <stdio.h>
#include <stdlib.h>

#include "adapters/api_reason.h"
#include "adapters/events.h"
#include "adapters/json.h"
#include "consent/register.h"
#include "proto/base/clk.h"
#include "proto/base/text.h"

#define WORD_SIZE 64

struct words;
typedef void tell_fn(const struct words *w, char out[LOG_VIEW_TEXT]);

/* What a sentence is made of. */
struct words {
	const struct mirror_entry *entry;
	const struct wh_register *reg;
	const char *from;
	const char *to;
	char event[WORD_SIZE];
};

static tell_fn tell_register, tell_permission, tell_end, tell_accepted,
    tell_refused, tell_handover, tell_delivered, tell_state, tell_recalled,
    tell_erased, tell_unsent, tell_reviewed, tell_clock, tell_carried,
    tell_reach, tell_opened, tell_dropped, tell_departed;

static const struct {
	enum audit_kind kind;
	const char *word;
	const char *verdict;
	tell_fn *tell;
} kinds[] = {
    {AUDIT_REGISTER, "register", NULL, tell_register},
    {AUDIT_PERMISSION, "toestemming", "toegestaan", tell_permission},
    {AUDIT_PERMISSION_END, "toestemmingEinde", NULL, tell_end},
    {AUDIT_ACCEPTED, "toegelaten", "toegestaan", tell_accepted},
    {AUDIT_REFUSED, "geweigerd", "geweigerd", tell_refused},
    {AUDIT_HANDOVER, "doorgegeven", "toegestaan", tell_handover},
    {AUDIT_DELIVERED, "ontvangen", NULL, tell_delivered},
    {AUDIT_STATE, "status", NULL, tell_state},
    {AUDIT_RECALLED, "teruggehaald", NULL, tell_recalled},
    {AUDIT_ERASED, "gewist", NULL, tell_erased},
    {AUDIT_UNSENT, "nietVerstuurd", NULL, tell_unsent},
    {AUDIT_REVIEWED, "beoordeeld", NULL, tell_reviewed},
    {AUDIT_CLOCK, "termijn", NULL, tell_clock},
    {AUDIT_CARRIED, "doorgevoerd", NULL, tell_carried},
    {AUDIT_REACH, "bereik", NULL, tell_reach},
    {AUDIT_OPENED, "logboekBegin", NULL, tell_opened},
    {AUDIT_DROPPED, "logboekWeg", NULL, tell_dropped},
    {AUDIT_DEPARTED, "vertrokken", NULL, tell_departed},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const struct {
	enum permission_kind kind;
	const char *text;
} grounds[] = {
    {KIND_CONSENT_AVG, "toestemming om gegevens te delen"},
    {KIND_SECRECY_RELEASE, "toestemming om de geheimhouding te doorbreken"},
    {KIND_AGREES_TO_HELP, "instemming met hulp"},
    {KIND_DUTY_WITH_OBJECTION, "wettelijke plicht, met recht van bezwaar"},
    {KIND_PUBLIC_TASK, "publieke taak"},
    {KIND_POLICE_WPG, "verstrekking door de politie (Wpg)"},
    {KIND_VITAL_INTEREST, "vitaal belang (nood)"},
};

static const struct {
	enum permission_event event;
	const char *text;
} ends[] = {
    {PERMISSION_REQUESTED, "is gevraagd"},
    {PERMISSION_GIVEN, "is gegeven"},
    {PERMISSION_REFUSED, "is geweigerd door de bewoner"},
    {PERMISSION_OBJECTED, "eindigt door een bezwaar van de bewoner"},
    {PERMISSION_WITHDRAWN, "is ingetrokken"},
    {PERMISSION_EXPIRED, "is verlopen"},
    {PERMISSION_INVALIDATED, "is ongeldig verklaard"},
    {PERMISSION_SUPERSEDED, "is vervangen door een nieuwe"},
};

static const struct {
	enum referral_state state;
	const char *text;
} states[] = {
    {STATE_DRAFT, "concept"},
    {STATE_QUEUED, "onderweg"},
    {STATE_DELIVERED, "bezorgd"},
    {STATE_INFO_REQUESTED, "wacht op informatie"},
    {STATE_ACCEPTED, "aanvaard"},
    {STATE_WAITLISTED, "op de wachtlijst"},
    {STATE_SCHEDULED, "ingepland"},
    {STATE_IN_PROGRESS, "bezig"},
    {STATE_CANCEL_REQUESTED, "annulering gevraagd"},
    {STATE_COMPLETED, "afgerond"},
    {STATE_DECLINED, "afgewezen"},
    {STATE_REFERRED_ON, "doorverwezen"},
    {STATE_CANCELLED, "geannuleerd"},
    {STATE_WITHDRAWN, "ingetrokken"},
    {STATE_EXPIRED, "verlopen"},
    {STATE_UNDELIVERABLE, "niet te bezorgen"},
    {STATE_IN_ERROR, "vergissing"},
    {STATE_DISCARDED, "niet verstuurd"},
};

const char *
log_view_kind(enum audit_kind kind)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (kinds[i].kind == kind)
			return kinds[i].word;
	}
	return NULL;
}

enum wh_err
log_view_kind_parse(const char *word, enum audit_kind *out)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (strcmp(kinds[i].word, word) == 0) {
			*out = kinds[i].kind;
			return WH_OK;
		}
	}
	return WH_NOT_FOUND;
}

const char *
log_view_kind_word(size_t n)
{
	return n < KINDS ? kinds[n].word : NULL;
}

const char *
log_view_ground(enum permission_kind kind)
{
	for (size_t i = 0; i < sizeof(grounds) / sizeof(grounds[0]); i++) {
		if (grounds[i].kind == kind)
			return grounds[i].text;
	}
	return "onbekende grondslag";
}

const char *
log_view_member(const struct wh_register *reg, const char *id)
{
	const struct reg_member *member =
	    reg == NULL ? NULL : register_member(reg, id);

	return member == NULL ? id : member->name;
}

static const char *
type_title(const struct wh_register *reg, const char *id)
{
	const struct reg_type *type =
	    reg == NULL ? NULL : register_type(reg, id);

	return type == NULL ? id : type->title_nl;
}

static const char *
standing_text(unsigned event)
{
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if ((unsigned)ends[i].event == event)
			return ends[i].text;
	}
	return "is veranderd";
}

static const char *
state_text(unsigned state)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if ((unsigned)states[i].state == state)
			return states[i].text;
	}
	return "onbekend";
}

/* "een verwijzing: Geldzorgen", "de gegevens van de bewoner", "een bericht". */
static void
message_text(const struct words *w, char *out, size_t size)
{
	char type[WORD_SIZE];
	uint32_t event;

	mirror_detail(w->entry, "type", type, sizeof(type));
	if (terms_number(TERMS_EVENTS, w->event, &event) != WH_OK)
		snprintf(out, size, "een bericht");
	else if (event == EVENT_OFFER)
		snprintf(out, size, "een verwijzing (%s)",
		    type_title(w->reg, type));
	else if (event == EVENT_IDENTITY)
		snprintf(out, size, "de gegevens van de bewoner");
	else
		snprintf(out, size, "een bericht (%s)",
		    events_word((enum referral_event)event) == NULL
			? w->event
			: events_word((enum referral_event)event));
}

static void
tell_register(const struct words *w, char out[LOG_VIEW_TEXT])
{
	char version[WORD_SIZE];

	mirror_detail(w->entry, "version", version, sizeof(version));
	snprintf(out, LOG_VIEW_TEXT, "Versie %s van het register ging gelden.",
	    version[0] == '\0' ? "?" : version);
}

static void
tell_permission(const struct words *w, char out[LOG_VIEW_TEXT])
{
	char word[WORD_SIZE];
	uint32_t kind;

	mirror_detail(w->entry, "kind", word, sizeof(word));
	snprintf(out, LOG_VIEW_TEXT,
	    "%s legde een grondslag vast om te delen met %s: %s.", w->from,
	    w->to[0] == '\0' ? "andere leden" : w->to,
	    terms_number(TERMS_PERMISSION_KINDS, word, &kind) == WH_OK
		? log_view_ground((enum permission_kind)kind)
		: "details gewist");
}

static void
tell_end(const struct words *w, char out[LOG_VIEW_TEXT])
{
	snprintf(out, LOG_VIEW_TEXT,
	    "Een vastgelegde grondslag %s. %s meldde dit.",
	    standing_text(w->entry->leaf.reason), w->from);
}

static void
tell_accepted(const struct words *w, char out[LOG_VIEW_TEXT])
{
	char what[LOG_VIEW_TEXT / 4];

	message_text(w, what, sizeof(what));
	snprintf(out, LOG_VIEW_TEXT, "%s stuurde %s aan %s. Het mocht door.",
	    w->from, what, w->to);
}

static void
tell_refused(const struct words *w, char out[LOG_VIEW_TEXT])
{
	char what[LOG_VIEW_TEXT / 4];

	message_text(w, what, sizeof(what));
	snprintf(out, LOG_VIEW_TEXT,
	    "%s wilde %s sturen%s%s. Dat is geweigerd. %s.", w->from, what,
	    w->to[0] == '\0' ? "" : " aan ", w->to,
	    api_reason((enum reason)w->entry->leaf.reason)->title);
}

static void
tell_handover(const struct words *w, char out[LOG_VIEW_TEXT])
{
	char what[LOG_VIEW_TEXT / 4];

	message_text(w, what, sizeof(what));
	snprintf(out, LOG_VIEW_TEXT,
	    "De hub gaf %s van %s door aan %s, na een nieuwe controle.", what,
	    w->from, w->to);
}

static void
tell_delivered(const struct words *w, char out[LOG_VIEW_TEXT])
{
	char message[WORD_SIZE];

	mirror_detail(w->entry, "message", message, sizeof(message));
	/* A message has a case and a sender, also when its details are gone. */
	if (id_is_zero(&w->entry->leaf.case_ref) || w->from[0] == '\0' ||
	    (message[0] == '\0' && w->event[0] != '\0'))
		snprintf(out, LOG_VIEW_TEXT,
		    "%s ontving dat een grondslag is beëindigd, en bewaarde "
		    "dat.",
		    w->to);
	else
		snprintf(out, LOG_VIEW_TEXT,
		    "%s ontving een bericht van %s en bewaarde het.", w->to,
		    w->from);
}

static void
tell_state(const struct words *w, char out[LOG_VIEW_TEXT])
{
	snprintf(out, LOG_VIEW_TEXT,
	    "De hub zette de verwijzing van %s aan %s op: %s.", w->from, w->to,
	    state_text(w->entry->leaf.reason));
}

static void
tell_recalled(const struct words *w, char out[LOG_VIEW_TEXT])
{
	snprintf(out, LOG_VIEW_TEXT,
	    "Een bericht van %s aan %s is teruggehaald voor het was "
	    "doorgegeven.",
	    w->from, w->to);
}

static void
tell_erased(const struct words *w, char out[LOG_VIEW_TEXT])
{
	char subject[WORD_SIZE];

	mirror_detail(w->entry, "subject", subject, sizeof(subject));
	snprintf(out, LOG_VIEW_TEXT, "%s De regels zelf blijven.",
	    subject[0] == '\0'
		? "Details in het logboek zijn gewist."
		: "De details over een grondslag zijn gewist: de termijn is "
		  "voorbij.");
}

static void
tell_unsent(const struct words *w, char out[LOG_VIEW_TEXT])
{
	snprintf(out, LOG_VIEW_TEXT,
	    "De verbinding viel weg. Berichten aan %s gingen niet weg; de hub "
	    "probeert het opnieuw.",
	    w->to);
}

static void
tell_reviewed(const struct words *w, char out[LOG_VIEW_TEXT])
{
	snprintf(out, LOG_VIEW_TEXT,
	    "Een tweede persoon bij %s keek de melding uit nood van %s na. "
	    "Het oordeel: %s.",
	    w->from, w->to,
	    w->entry->leaf.reason == CODE_JUSTIFIED ? "het was terecht"
						    : "het was niet terecht");
}

static void
tell_clock(const struct words *w, char out[LOG_VIEW_TEXT])
{
	snprintf(out, LOG_VIEW_TEXT,
	    w->entry->leaf.reason == 0
		? "De termijn voor het nakijken van een melding uit nood "
		  "begon: %s aan %s."
		: "De termijn voor het nakijken van een melding uit nood "
		  "loopt af: %s aan %s.",
	    w->from, w->to);
}

static void
tell_carried(const struct words *w, char out[LOG_VIEW_TEXT])
{
	if (w->entry->leaf.from[0] == '\0')
		snprintf(out, LOG_VIEW_TEXT,
		    "Een intrekking is bij elk lid doorgevoerd dat nog "
		    "meedoet. Er kan niets meer gebeuren met die "
		    "toestemming.");
	else
		snprintf(out, LOG_VIEW_TEXT,
		    "%s voerde een intrekking door: het weigert voortaan alles "
		    "onder die toestemming.",
		    w->from);
}

static void
tell_reach(const struct words *w, char out[LOG_VIEW_TEXT])
{
	static const char *const words[REACH_COUNT] = {[REACH_RECALLED] =
							   "is teruggehaald",
	    [REACH_DELIVERED_UNREAD] = "is ongelezen",
	    [REACH_READ] = "is in een ander systeem; wat daarmee gebeurt volgt",
	    [REACH_ERASED] = "is gewist",
	    [REACH_RETAINED] = "blijft bewaard op een wettelijke grond"};
	unsigned reach = w->entry->leaf.reason;

	snprintf(out, LOG_VIEW_TEXT,
	    "Na een intrekking meldt %s over een bericht: het %s.", w->from,
	    reach < REACH_COUNT && words[reach] != NULL ? words[reach]
							: "is onbekend");
}

static void
tell_opened(const struct words *w, char out[LOG_VIEW_TEXT])
{
	snprintf(out, LOG_VIEW_TEXT,
	    w->entry->leaf.reason == AUDIT_OPENED_RESTORED
		? "Het logboek begon opnieuw, omdat de hub uit een kopie is "
		  "hersteld. Deze regel wijst naar het einde van het vorige."
		: "Het logboek van een nieuw jaar begon. Deze regel wijst "
		  "naar het einde van het vorige.");
}

static void
tell_departed(const struct words *w, char out[LOG_VIEW_TEXT])
{
	snprintf(out, LOG_VIEW_TEXT,
	    "%s doet niet meer mee en heeft niets laten weten over een "
	    "intrekking.",
	    w->from);
}

static void
tell_dropped(const struct words *w, char out[LOG_VIEW_TEXT])
{
	(void)w;
	snprintf(out, LOG_VIEW_TEXT,
	    "De hub bewaarde een ouder logboek zo lang als het convenant zegt. "
	    "Dat logboek is nu weg.");
}

void
log_view_text(const struct mirror_entry *entry, const struct wh_register *reg,
    char out[LOG_VIEW_TEXT])
{
	struct words w = {.entry = entry,
	    .reg = reg,
	    .from = log_view_member(reg, entry->leaf.from),
	    .to = log_view_member(reg, entry->leaf.to)};

	mirror_detail(entry, "event", w.event, sizeof(w.event));
	for (size_t i = 0; i < KINDS; i++) {
		if (kinds[i].kind == entry->leaf.kind) {
			kinds[i].tell(&w, out);
			return;
		}
	}
	snprintf(out, LOG_VIEW_TEXT, "Een regel van een nieuwe soort (%s).",
	    audit_kind_text(entry->leaf.kind));
}

const char *
log_view_verdict(const struct mirror_entry *entry)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (kinds[i].kind == entry->leaf.kind)
			return kinds[i].verdict;
	}
	return NULL;
}

uint32_t
log_view_categories(const struct mirror_entry *entry)
{
	char hex[16];

	mirror_detail(entry, "categories", hex, sizeof(hex));
	return (uint32_t)strtoul(hex, NULL, 16);
}

static json_t *
categories_json(uint32_t bits)
{
	json_t *out = json_array();
	const struct term *term;

	for (term = terms_all(TERMS_CATEGORIES); term->text != NULL; term++) {
		if ((bits & category_bit((enum category)term->number)) != 0)
			json_array_append_new(out, json_string(term->text));
	}
	return out;
}

/* From a detail of that name, when it is there. */
static void
add_detail(json_t *out, const char *key, const struct mirror_entry *entry,
    const char *detail)
{
	char value[REFERENCE_MAX_LEN + 1];

	mirror_detail(entry, detail, value, sizeof(value));
	json_set_text(out, key, value);
}

static void
add_ground(json_t *out, const struct mirror_entry *entry)
{
	json_t *ground = json_object();

	add_detail(ground, "soort", entry, "kind");
	add_detail(ground, "instrument", entry, "instrument");
	add_detail(ground, "record", entry, "permission");
	if (json_object_size(ground) > 0)
		json_object_set(out, "grondslag", ground);
	json_decref(ground);
}

static void
add_id(json_t *out, const char *key, const struct id *id)
{
	char text[ID_TEXT_SIZE];

	if (id_is_zero(id))
		return;
	id_text(id, text);
	json_set_text(out, key, text);
}

static void
add_details(json_t *out, const struct mirror_entry *entry)
{
	char event[WORD_SIZE];
	uint32_t number;
	uint32_t categories = log_view_categories(entry);

	mirror_detail(entry, "event", event, sizeof(event));
	if (terms_number(TERMS_EVENTS, event, &number) == WH_OK)
		json_set_text(out, "gebeurtenis",
		    events_word((enum referral_event)number));
	add_detail(out, "type", entry, "type");
	add_detail(out, "bericht", entry, "message");
	add_ground(out, entry);
	if (categories != 0)
		json_object_set_new(out, "categorieen",
		    categories_json(categories));
}

json_t *
log_view(const struct mirror_entry *entry, const struct wh_register *reg)
{
	const struct audit_leaf *leaf = &entry->leaf;
	char text[LOG_VIEW_TEXT], at[CLK_ISO_SIZE], proof[64];
	const char *kind = log_view_kind(leaf->kind);
	json_t *out;

	log_view_text(entry, reg, text);
	clk_iso(leaf->at_ms, at);
	snprintf(proof, sizeof(proof), "/v1/logboek/%llu/bewijs",
	    (unsigned long long)entry->index);
	out = json_pack("{s:I, s:s, s:s, s:s, s:b}", "index",
	    (json_int_t)entry->index, "op", at, "soort",
	    kind == NULL ? audit_kind_text(leaf->kind) : kind, "tekst", text,
	    "details", entry->has_details);
	if (!entry->is_past)
		json_set_text(out, "bewijs", proof);
	json_set_text(out, "oordeel", log_view_verdict(entry));
	if (leaf->kind == AUDIT_REFUSED) {
		json_set_text(out, "reden",
		    terms_text(TERMS_REASONS, leaf->reason));
		json_set_text(out, "uitleg",
		    api_reason((enum reason)leaf->reason)->advice);
	}
	json_set_text(out, "van", leaf->from);
	json_set_text(out, "naar", leaf->to);
	add_id(out, "verwijzing", &leaf->case_ref);
	add_details(out, entry);
	return out;
}

/* Nothing was asked for, or it is this. */
static bool
is_asked(const char *asked, const char *is)
{
	return asked[0] == '\0' || (is != NULL && strcmp(asked, is) == 0);
}

bool
log_view_leaf_matches(const struct mirror_entry *entry,
    const struct log_filter *filter)
{
	const struct audit_leaf *leaf = &entry->leaf;
	const char *reason = leaf->kind == AUDIT_REFUSED
				 ? terms_text(TERMS_REASONS, leaf->reason)
				 : NULL;

	return is_asked(filter->kind, log_view_kind(leaf->kind)) &&
	       is_asked(filter->reason, reason) &&
	       is_asked(filter->verdict, log_view_verdict(entry)) &&
	       (is_asked(filter->partner, leaf->from) ||
		   is_asked(filter->partner, leaf->to)) &&
	       (filter->since_ms == 0 || leaf->at_ms >= filter->since_ms) &&
	       (filter->until_ms == 0 || leaf->at_ms < filter->until_ms) &&
	       (!filter->has_case ||
		   id_equal(&leaf->case_ref, &filter->case_ref));
}

bool
log_view_details_match(const struct mirror_entry *entry,
    const struct log_filter *filter)
{
	char ground[WORD_SIZE];
	uint32_t category = 0;

	mirror_detail(entry, "kind", ground, sizeof(ground));
	if (filter->category[0] != '\0' &&
	    (terms_number(TERMS_CATEGORIES, filter->category, &category) !=
		    WH_OK ||
		(log_view_categories(entry) &
		    category_bit((enum category)category)) == 0))
		return false;
	return is_asked(filter->ground, ground);
}
