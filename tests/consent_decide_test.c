/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/consent_scene.h"

static void
test_each_scene_is_permitted(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(scenes); i++) {
		struct scene s = scenes[i]();
		struct why why = {.text = ""};

		assert_int_equal(ask(&s, &why), REASON_NONE);
		assert_string_equal(why.text, "");
	}
}

/*
 * Exactly one thing changes, and exactly that reason comes. x is the scene
 * that the first column made.
 */
#define CHANGES(X)                                                             \
	X(by_consent, x->header.from_member = "stranger", NOT_A_MEMBER)        \
	X(by_consent, x->header.to_member = "stranger", NOT_A_MEMBER)          \
	X(by_consent, x->header.from_desk = "zolder", NOT_A_MEMBER)            \
	X(by_consent, x->header.to_desk = "zolder", NOT_A_MEMBER)              \
	X(by_consent, x->header.type = "horoscoop", UNKNOWN_TYPE)              \
	X(by_consent, x->header.to_member = "buurtteam";                       \
	    x->header.to_desk = "", ROLE_NOT_ALLOWED)                          \
	X(by_consent, x->feedback = true, ROLE_NOT_ALLOWED)                    \
	X(answer, x->feedback = false, ROLE_NOT_ALLOWED)                       \
	X(by_duty, x->header.to_desk = "inkomen", ROLE_NOT_ALLOWED)            \
	X(by_duty, x->header.to_desk = "", NONE)                               \
	X(by_consent, x->header.area = "atlantis", AREA_NOT_SERVED)            \
	X(to_landlord, x->header.area = "wildemanbuurt", AREA_NOT_SERVED)      \
	X(to_landlord, x->header.area = "", NONE)                              \
	X(answer_of_landlord, x->header.area = "wildemanbuurt", NONE)          \
	X(by_consent, x->header.ground.kind = KIND_PUBLIC_TASK,                \
	    KIND_NOT_ALLOWED)                                                  \
	X(by_consent, x->header.ground.kind = (enum permission_kind)0,         \
	    KIND_NOT_ALLOWED)                                                  \
	X(by_consent, x->header.ground.kind = (enum permission_kind)40,        \
	    KIND_NOT_ALLOWED)                                                  \
	X(by_duty, x->header.ground.instrument = "convenant",                  \
	    KIND_NOT_ALLOWED)                                                  \
	X(by_consent, x->has_record = false, NO_PERMISSION)                    \
	X(by_consent, x->header.ground.has_permission = false, NO_PERMISSION)  \
	X(by_consent, x->header.ground.kind = KIND_AGREES_TO_HELP,             \
	    NO_PERMISSION)                                                     \
	X(by_consent, x->header.ground.permission_id.b[0] = 9, NO_PERMISSION)  \
	X(by_consent, x->header.relation_ref.b[0] = 9, NO_PERMISSION)          \
	X(by_police, x->header.ground.decision = "", NO_PERMISSION)            \
	X(by_consent, x->standing.state = PERMISSION_INVALIDATED,              \
	    NO_PERMISSION)                                                     \
	X(by_consent, x->standing.state = PERMISSION_SUPERSEDED,               \
	    NO_PERMISSION)                                                     \
	X(by_consent, x->standing.state = PERMISSION_REQUESTED, NOT_GIVEN)     \
	X(by_consent, x->standing.state = PERMISSION_REFUSED, NOT_GIVEN)       \
	X(by_consent, x->record.valid_from_ms = NOW_MS + 1,                    \
	    PERMISSION_NOT_YET_VALID)                                          \
	X(by_consent, x->record.valid_from_ms = NOW_MS, NONE)                  \
	X(by_consent, x->standing.since_ms = NOW_MS + 1,                       \
	    PERMISSION_NOT_YET_VALID)                                          \
	X(by_consent, x->record.valid_until_ms = NOW_MS, PERMISSION_EXPIRED)   \
	X(by_consent, x->record.valid_until_ms = NOW_MS + 1, NONE)             \
	X(by_consent, x->standing.state = PERMISSION_EXPIRED,                  \
	    PERMISSION_EXPIRED)                                                \
	X(by_consent, x->standing.state = PERMISSION_WITHDRAWN,                \
	    PERMISSION_WITHDRAWN)                                              \
	X(by_duty_record, x->standing.state = PERMISSION_OBJECTED, OBJECTED)   \
	X(by_duty_on_file, x->standing.state = PERMISSION_OBJECTED, OBJECTED)  \
	X(by_duty_on_file, x->record.valid_until_ms = NOW_MS, NONE)            \
	X(by_consent, x->record.from.member = "politie", WRONG_PARTIES)        \
	X(by_consent, x->record.to.member = "buurtteam", WRONG_PARTIES)        \
	X(by_consent, x->record.to.desk = "schuldhulp", WRONG_PARTIES)         \
	X(by_consent, x->record.to.desk = "inkomen", NONE)                     \
	X(by_consent,                                                          \
	    x->record.to = ((struct party){"", "", "wpi", "wildemanbuurt"}),   \
	    NONE)                                                              \
	X(by_consent,                                                          \
	    x->record.to = ((struct party){"", "", "wpi", "jacob-geelbuurt"}), \
	    WRONG_PARTIES)                                                     \
	X(answer, x->record.from.member = "politie", WRONG_PARTIES)            \
	X(by_consent, x->record.types[0] = "vocht-schimmel", WRONG_TYPE)       \
	X(by_consent, x->record.type_count = 0, WRONG_TYPE)                    \
	X(by_duty, x->header.ground.instrument = "wgs-oud", WRONG_TYPE)        \
	X(by_duty_record, x->record.instrument = "wgs-oud", WRONG_TYPE)        \
	X(by_consent, x->categories |= BIT(CONTACT), CATEGORY_NOT_COVERED)     \
	X(by_consent, x->record.categories &= ~BIT(REQUEST),                   \
	    CATEGORY_NOT_COVERED)                                              \
	X(to_landlord, x->categories |= BIT(ARREARS), CATEGORY_NOT_COVERED)    \
	X(to_landlord, x->record.categories &= ~BIT(HOUSING),                  \
	    CATEGORY_NOT_COVERED)                                              \
	X(by_duty, x->categories |= BIT(FINANCE), CATEGORY_NOT_COVERED)        \
	X(answer, x->categories |= BIT(FINANCE), CATEGORY_NOT_COVERED)         \
	X(answer, x->record.feedback = BIT(STATUS), CATEGORY_NOT_COVERED)      \
	X(answer, x->record.feedback = BIT(STATUS) | BIT(FACE), NONE)          \
	X(answer_of_landlord, x->record.categories &= ~BIT(HOUSING),           \
	    CATEGORY_NOT_COVERED)                                              \
	X(by_consent, x->categories = 0, CATEGORY_MISSING)                     \
	X(to_landlord, x->categories &= ~BIT(ADDRESS), CATEGORY_MISSING)       \
	X(by_duty, x->categories = 0, CATEGORY_MISSING)                        \
	X(by_police, x->now_ms += 400 * DAY_MS;                                \
	    x->header.expires_ms += 400 * DAY_MS, INSTRUMENT_NOT_IN_FORCE)     \
	X(by_duty, x->now_ms = 0, INSTRUMENT_NOT_IN_FORCE)                     \
	X(to_landlord, x->categories |= BIT(BSN), CATEGORY_NOT_FOR_ROLE)       \
	X(from_informal, x->categories |= BIT(ADDICTION),                      \
	    CATEGORY_NOT_FOR_ROLE)                                             \
	X(by_duty, x->header.ground.attempts.personal_contact = false,         \
	    ATTEMPTS_MISSING)                                                  \
	X(by_duty, x->header.ground.attempts.pointed_to_help = false,          \
	    ATTEMPTS_MISSING)                                                  \
	X(by_duty, x->header.ground.attempts.written_reminder = false,         \
	    ATTEMPTS_MISSING)                                                  \
	X(by_duty, x->header.ground.attempts.offer_not_refused = false,        \
	    ATTEMPTS_MISSING)                                                  \
	X(by_duty_record, x->record.attempts.written_reminder = false,         \
	    ATTEMPTS_MISSING)                                                  \
	X(by_consent, x->header.epoch = 0, STALE_EPOCH)                        \
	X(by_consent, x->standing.epoch = 2, STALE_EPOCH)                      \
	X(by_consent, x->header.expires_ms = NOW_MS, EXPIRED_MESSAGE)          \
	X(by_consent, x->header.expires_ms = NOW_MS + 1, NONE)

#define CHANGE_CASE(base, change, reason)                                      \
	{                                                                      \
		struct scene one = base();                                     \
		struct scene *x = &one;                                        \
		change;                                                        \
		expect(x, REASON_##reason, #base ": " #change);                \
		seen |= 1ull << REASON_##reason;                               \
	}

static void
expect(const struct scene *s, enum reason reason, const char *change)
{
	struct why why = {.text = ""};
	enum reason got = ask(s, &why);

	if (got != reason)
		print_error("%s gave %s (%s)\n", change,
		    terms_text(TERMS_REASONS, got), why.text);
	assert_int_equal(got, reason);
	assert_int_equal(why.text[0] == '\0', reason == REASON_NONE);
	assert_int_equal(ask(s, NULL), reason);
}

/* What others than decide() refuse for. */
static const enum reason elsewhere[] = {REASON_STATE_FORBIDS, REASON_TOO_BIG,
    REASON_DUPLICATE_CONFLICT, REASON_OVER_QUOTA, REASON_MALFORMED,
    REASON_BAD_SIGNATURE, REASON_CANNOT_OPEN, REASON_VERSION_UNSUPPORTED,
    REASON_CODE_REQUIRED, REASON_DISCLOSURE_DIFFERS, REASON_NOT_ENDED,
    REASON_KEY_ENDED};

static void
test_one_change_gives_exactly_its_reason(void **state)
{
	uint64_t seen = 0;

	(void)state;
	CHANGES(CHANGE_CASE)
	for (size_t i = 0; i < COUNT(elsewhere); i++)
		seen |= 1ull << elsewhere[i];
	for (const struct term *t = terms_all(TERMS_REASONS); t->text; t++)
		assert_true(seen & (1ull << t->number));
}

/* Unknown means no, also when only half of what is on file is known. */
static void
test_a_record_without_standing_is_no_permission(void **state)
{
	struct scene s = by_consent();
	struct decide_input in = {.reg = &world,
	    .header = &s.header,
	    .categories = s.categories,
	    .permission = &s.record,
	    .now_ms = NOW_MS};

	(void)state;
	assert_int_equal(decide(&in, NULL), REASON_NO_PERMISSION);
}

static void
test_both_ways_lets_the_recipient_refer_back(void **state)
{
	struct scene s = by_consent();

	(void)state;
	s.record.from.member = "wpi";
	s.record.to.member = "buurtteam";
	assert_int_equal(ask(&s, NULL), REASON_WRONG_PARTIES);
	s.record.both_ways = true;
	assert_int_equal(ask(&s, NULL), REASON_NONE);
}

/* A loop must be able to close after the permission has ended. */
static void
test_what_only_closes_outlives_the_permission(void **state)
{
	static const enum permission_event ended[] = {PERMISSION_WITHDRAWN,
	    PERMISSION_EXPIRED, PERMISSION_INVALIDATED, PERMISSION_SUPERSEDED};

	(void)state;
	for (size_t i = 0; i < COUNT(ended); i++) {
		struct scene s = answer();

		s.standing.state = ended[i];
		s.standing.epoch = 2;
		s.header.event = EVENT_ERASED;
		s.categories = 0;
		assert_int_equal(ask(&s, NULL), REASON_NONE);
		s.categories = BIT(STATUS);
		assert_int_not_equal(ask(&s, NULL), REASON_NONE);
		s.categories = 0;
		s.header.event = EVENT_NOTE;
		assert_int_not_equal(ask(&s, NULL), REASON_NONE);
		s.header.event = EVENT_COMPLETE;
		assert_int_equal(ask(&s, NULL), REASON_NONE);
		s.record.to.member = "politie";
		assert_int_equal(ask(&s, NULL), REASON_WRONG_PARTIES);
	}
}

static void
test_attempts_are_asked_at_the_offer_only(void **state)
{
	struct scene s = by_duty();

	(void)state;
	s.header.ground.attempts = (struct attempts){0};
	s.header.event = EVENT_CANCEL;
	s.categories = 0;
	assert_int_equal(ask(&s, NULL), REASON_NONE);
}

#define ALL 0x7ffffeu

/* In two phases need comes first, and who it is after ACCEPTED. */
static void
test_every_event_has_its_categories(void **state)
{
	const struct reg_type *two = register_type(&world, "geldzorgen");
	const struct reg_type *one = register_type(&world, "vocht-schimmel");

	(void)state;
	for (int e = EVENT_OFFER; e <= EVENT_ENVELOPE_MAX; e++) {
		enum referral_event event = (enum referral_event)e;
		bool opens = e == EVENT_OFFER || e == EVENT_IDENTITY;
		bool bare = e == EVENT_ERASED || e == EVENT_REVIEW;

		assert_int_equal(decide_categories(two, event, true),
		    opens || bare ? 0 : BIT(STATUS) | BIT(FACE));
		assert_int_equal(decide_categories(one, event, true),
		    opens || bare ? 0 : BIT(STATUS) | BIT(HOUSING));
		if (opens)
			continue;
		assert_int_equal(decide_categories(two, event, false),
		    BIT(REQUEST) | BIT(STATUS));
		assert_int_equal(decide_categories(one, event, false),
		    BIT(REQUEST) | BIT(STATUS));
		assert_int_equal(decide_required(two, event), 0);
		assert_int_equal(decide_required(one, event), 0);
	}
	assert_int_equal(decide_categories(two, EVENT_OFFER, false),
	    BIT(REQUEST));
	assert_int_equal(decide_required(two, EVENT_OFFER), BIT(REQUEST));
	assert_int_equal(decide_categories(two, EVENT_IDENTITY, false),
	    BIT(CONTACT) | BIT(FINANCE) | BIT(HOUSEHOLD) | BIT(BSN));
	assert_int_equal(decide_required(two, EVENT_IDENTITY), BIT(CONTACT));
	assert_int_equal(decide_categories(one, EVENT_OFFER, false),
	    BIT(CONTACT) | BIT(ADDRESS) | BIT(HOUSING) | BIT(REQUEST) |
		BIT(BSN));
	assert_int_equal(decide_required(one, EVENT_OFFER),
	    BIT(CONTACT) | BIT(ADDRESS) | BIT(HOUSING));
	assert_int_equal(decide_categories(one, EVENT_IDENTITY, false), 0);
	assert_int_equal(decide_required(one, EVENT_IDENTITY), 0);
}

/* Every single category at every event, through decide() itself. */
static void
test_no_event_carries_more_than_its_categories(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		for (int e = 1; e <= EVENT_ENVELOPE_MAX; e++) {
			struct scene s = i == 0 ? by_consent() : to_landlord();
			const struct reg_type *type =
			    register_type(&world, s.header.type);
			uint32_t may;
			uint32_t must;

			s.header.event = (enum referral_event)e;
			s.record.categories = ALL & ~BIT(BSN);
			may = decide_categories(type, s.header.event, false) &
			      ~BIT(BSN);
			must = decide_required(type, s.header.event);
			s.categories = may;
			assert_int_equal(ask(&s, NULL), REASON_NONE);
			s.categories = must;
			assert_int_equal(ask(&s, NULL), REASON_NONE);
			for (int c = 1; c <= CATEGORY_COUNT; c++) {
				uint32_t bit = 1u << c;

				s.categories = may | bit;
				if ((may & bit) == 0 && c != CATEGORY_BSN)
					assert_int_equal(ask(&s, NULL),
					    REASON_CATEGORY_NOT_COVERED);
				s.categories = may & ~bit;
				if ((must & bit) != 0)
					assert_int_equal(ask(&s, NULL),
					    REASON_CATEGORY_MISSING);
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_scene_is_permitted),
	    cmocka_unit_test(test_one_change_gives_exactly_its_reason),
	    cmocka_unit_test(test_a_record_without_standing_is_no_permission),
	    cmocka_unit_test(test_both_ways_lets_the_recipient_refer_back),
	    cmocka_unit_test(test_what_only_closes_outlives_the_permission),
	    cmocka_unit_test(test_attempts_are_asked_at_the_offer_only),
	    cmocka_unit_test(test_every_event_has_its_categories),
	    cmocka_unit_test(test_no_event_carries_more_than_its_categories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
