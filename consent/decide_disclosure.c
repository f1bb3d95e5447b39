/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/decide.h"

#define ALL_CATEGORIES ((1u << (CATEGORY_COUNT + 1)) - 2u)
#define REQUEST_BIT    (1u << CATEGORY_REQUEST)
#define STATUS_BIT     (1u << CATEGORY_STATUS)

/* Which of a type's lists an event draws on. */
#define LIST_REQUIRED 1u
#define LIST_OPTIONAL 2u
#define LIST_FEEDBACK 4u

enum phases {
	ONE_PHASE,
	TWO_PHASE,
	ANY_PHASE
};

#define ANY_EVENT 0

/*
 * Disclosure follows state: what an event may carry is what these lists of
 * its type hold, as far as it is within only. What is in the required list
 * must then be there, if must says so. The first row that fits counts.
 */
struct disclosure_rule {
	int event; /* enum referral_event, or ANY_EVENT */
	bool feedback;
	bool must;
	enum phases phases;
	unsigned lists;
	uint32_t only;
};

static const struct disclosure_rule disclosure_rules[] = {
    {EVENT_OFFER, false, true, ONE_PHASE, LIST_REQUIRED | LIST_OPTIONAL,
	ALL_CATEGORIES},
    {EVENT_OFFER, false, true, TWO_PHASE, LIST_REQUIRED | LIST_OPTIONAL,
	REQUEST_BIT},
    {EVENT_IDENTITY, false, true, TWO_PHASE, LIST_REQUIRED | LIST_OPTIONAL,
	ALL_CATEGORIES & ~REQUEST_BIT},
    {EVENT_IDENTITY, false, false, ONE_PHASE, 0, 0},
    {ANY_EVENT, false, false, ANY_PHASE,
	LIST_REQUIRED | LIST_OPTIONAL | LIST_FEEDBACK,
	REQUEST_BIT | STATUS_BIT},
    {EVENT_OFFER, true, false, ANY_PHASE, 0, 0},
    {EVENT_IDENTITY, true, false, ANY_PHASE, 0, 0},
    {EVENT_ERASED, true, false, ANY_PHASE, 0, 0},
    {EVENT_REVIEW, true, false, ANY_PHASE, 0, 0},
    {ANY_EVENT, true, false, ANY_PHASE, LIST_FEEDBACK, ALL_CATEGORIES},
};

static const struct disclosure_rule *
disclosure_rule(const struct reg_type *type, enum referral_event event,
    bool feedback)
{
	const struct disclosure_rule *rule = disclosure_rules;
	enum phases phase = type->two_phase ? TWO_PHASE : ONE_PHASE;

	while ((rule->event != ANY_EVENT && rule->event != (int)event) ||
	       rule->feedback != feedback ||
	       (rule->phases != ANY_PHASE && rule->phases != phase))
		rule++; /* the rows for ANY_EVENT end it */
	return rule;
}

uint32_t
decide_categories(const struct reg_type *type, enum referral_event event,
    bool feedback)
{
	const struct disclosure_rule *rule =
	    disclosure_rule(type, event, feedback);
	uint32_t listed = 0;

	if (rule->lists & LIST_REQUIRED)
		listed |= type->required;
	if (rule->lists & LIST_OPTIONAL)
		listed |= type->optional;
	if (rule->lists & LIST_FEEDBACK)
		listed |= type->feedback;
	return listed & rule->only;
}

uint32_t
decide_required(const struct reg_type *type, enum referral_event event)
{
	const struct disclosure_rule *rule =
	    disclosure_rule(type, event, false);

	return rule->must ? type->required & rule->only : 0;
}
