/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/events.h"

#include <string.h>

#include "adapters/review.h"

struct word {
	enum referral_event event;
	const char *text;
	bool by_people; /* may stand in POST .../gebeurtenissen */
};

static const struct word words[] = {
    {EVENT_OFFER, "aanbieden", false},
    {EVENT_IDENTITY, "identiteit", false},
    {EVENT_ACCEPT, "accepteren", true},
    {EVENT_UNACCEPT, "teruggeven", true},
    {EVENT_DECLINE, "afwijzen", true},
    {EVENT_ASK, "informatieVragen", true},
    {EVENT_ANSWER, "antwoorden", true},
    {EVENT_WAITLIST, "wachtlijst", true},
    {EVENT_SCHEDULE, "inplannen", true},
    {EVENT_START, "starten", true},
    {EVENT_CONTACT_ATTEMPT, "contactpoging", true},
    {EVENT_NOTE, "notitie", true},
    {EVENT_COMPLETE, "afronden", true},
    {EVENT_CANCEL, "annuleren", true},
    {EVENT_CONFIRM_CANCEL, "annuleringBevestigen", true},
    {EVENT_REFER_ON, "doorverwijzen", true},
    {EVENT_READ, "gelezen", true},
    {EVENT_TAKE_OVER, "overnemen", true},
    {EVENT_REOPEN, "heropenen", true},
    {EVENT_MARK_ERROR, "vergissing", true},
    {EVENT_NO_SHOW, "nietVerschenen", true},
    {EVENT_APPOINTMENT_CANCELLED, "afspraakVervallen", true},
    {EVENT_CLIENT_FEEDBACK, "clientTerugkoppeling", true},
    {EVENT_ERASED, "gewist", false},
    {EVENT_REVIEW, "beoordelen", true},
    {EVENT_REMIND, "herinnerd", false},
    {EVENT_ESCALATE, "geescaleerd", false},
};

#define WORDS (sizeof(words) / sizeof(words[0]))

static const struct word *
find(enum referral_event event)
{
	size_t i;

	for (i = 0; i < WORDS; i++)
		if (words[i].event == event)
			return &words[i];
	return NULL;
}

const char *
events_word(enum referral_event event)
{
	const struct word *word = find(event);

	return word == NULL ? NULL : word->text;
}

enum wh_err
events_parse(const char *word, enum referral_event *out)
{
	size_t i;

	for (i = 0; i < WORDS; i++)
		if (words[i].by_people && strcmp(words[i].text, word) == 0) {
			*out = words[i].event;
			return WH_OK;
		}
	return WH_NOT_FOUND;
}

enum wh_err
events_code(const char *word, enum code *out)
{
	static const enum code verdicts[] = {CODE_JUSTIFIED,
	    CODE_NOT_JUSTIFIED};
	uint32_t number;
	size_t i;

	for (i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (strcmp(review_verdict(verdicts[i]), word) == 0) {
			*out = verdicts[i];
			return WH_OK;
		}
	if (terms_number(TERMS_CODES, word, &number) != WH_OK)
		return WH_NOT_FOUND;
	*out = (enum code)number;
	return WH_OK;
}

bool
events_mean_contact(enum referral_event event)
{
	return event == EVENT_CONTACT_ATTEMPT || event == EVENT_START ||
	       event == EVENT_COMPLETE || event == EVENT_NO_SHOW;
}

const char *
events_hub_word(enum referral_state state)
{
	switch (state) {
	case STATE_DELIVERED:
		return "bezorgd";
	case STATE_ACCEPTED:
		return "automatisch";
	case STATE_EXPIRED:
		return "verlopen";
	case STATE_UNDELIVERABLE:
		return "onbestelbaar";
	case STATE_WITHDRAWN:
		return "ingetrokken";
	case STATE_DRAFT:
	case STATE_QUEUED:
	case STATE_INFO_REQUESTED:
	case STATE_WAITLISTED:
	case STATE_SCHEDULED:
	case STATE_IN_PROGRESS:
	case STATE_CANCEL_REQUESTED:
	case STATE_COMPLETED:
	case STATE_DECLINED:
	case STATE_REFERRED_ON:
	case STATE_CANCELLED:
	case STATE_IN_ERROR:
	case STATE_DISCARDED:
		return "status";
	}
	return "status";
}

json_t *
events_allowed(const struct referral_view *view, enum actor actor,
    int64_t now_ms)
{
	enum referral_event events[EVENT_ENVELOPE_MAX];
	json_t *list = json_array();
	const struct word *word;
	size_t i, n;

	n = referral_allowed(view, actor, now_ms, events, EVENT_ENVELOPE_MAX);
	for (i = 0; i < n && i < EVENT_ENVELOPE_MAX; i++) {
		word = find(events[i]);
		if (word != NULL && word->by_people)
			json_array_append_new(list, json_string(word->text));
	}
	return list;
}
