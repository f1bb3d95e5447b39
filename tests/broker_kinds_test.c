/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/broker_scene.h"

/* A police care report to the buurtteam, on a decision, in one phase. */
static struct letter
letter_police(struct people *p, int64_t now_ms)
{
	struct letter letter = letter_duty(p, people_id(p), now_ms);
	struct header *h = &letter.header;

	h->from_member = "politie";
	h->from_desk = "wijkagenten";
	h->to_member = "buurtteam";
	h->to_desk = "osdorp";
	h->type = "zorgmelding";
	h->area = "wildemanbuurt";
	h->ground = (struct ground){.kind = KIND_POLICE_WPG,
	    .instrument = "wpg-zorgmelding",
	    .decision = "2026-0042"};
	letter.categories = BIT(CONTACT) | BIT(SAFETY);
	return letter;
}

/* The details of the nth entry of this kind; "" when there is none. */
static const char *
details_of(const struct scene *s, enum audit_kind kind, size_t n)
{
	static char text[AUDIT_DETAIL_MAX + 1];
	uint64_t size = audit_size(core_audit(s->core));
	struct span details;
	struct hash key;

	text[0] = '\0';
	for (uint64_t i = 0; i < size; i++) {
		if (leaf_at(s, i).kind != kind || n-- != 0)
			continue;
		assert_int_equal(audit_detail_get(s->txn, i, &key, &details),
		    WH_OK);
		assert_true(details.len <= AUDIT_DETAIL_MAX);
		memcpy(text, details.p, details.len);
		text[details.len] = '\0';
		break;
	}
	return text;
}

/* Wpg art. 32: who looks it up sees what was provided, and on what ground. */
static void
test_each_provision_of_police_data_is_in_the_log(void **state)
{
	static const char *const lines[] = {"kind=POLICE_WPG\n",
	    "instrument=wpg-zorgmelding\n",
	    "article=Wet politiegegevens art. 18-20; mandate decree "
	    "non-acute care reports\n",
	    "decision=2026-0042\n", "recipient=buurtteam/osdorp\n",
	    "categories=CONTACT,SAFETY\n", "purpose=zorgmelding\n",
	    "activity=https://wijkhub.example/verwerkingen/politiemelding\n"};
	struct scene *s = *state;
	struct letter report = letter_police(&s->people, s->now_ms);
	const char *details;

	submit(s, &report);
	assert_receipt(s, POLITIE, AUDIT_ACCEPTED);
	assert_non_null(
	    strstr(details_of(s, AUDIT_ACCEPTED, 0), "decision=2026-0042\n"));
	take_and_store(s, BUURTTEAM);
	details = details_of(s, AUDIT_HANDOVER, 0);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (strstr(details, lines[i]) == NULL)
			fail_msg("%s is not in: %s", lines[i], details);
}

static void
test_feedback_to_the_police_is_no_provision(void **state)
{
	struct scene *s = *state;
	struct letter report = letter_police(&s->people, s->now_ms);
	struct letter answer;

	submit(s, &report);
	take_and_store(s, BUURTTEAM);
	take_notice(s, POLITIE, STATE_DELIVERED);
	take_notice(s, POLITIE, STATE_ACCEPTED);
	answer = letter_back(&s->people, &report, EVENT_NOTE, CODE_NONE);
	answer.header.ground.decision = "";
	answer.categories = BIT(STATUS);
	submit(s, &answer);
	assert_receipt(s, BUURTTEAM, AUDIT_ACCEPTED);
	take_and_store(s, POLITIE);
	assert_int_equal(logged(s, AUDIT_HANDOVER, 0), 2);
	assert_null(strstr(details_of(s, AUDIT_HANDOVER, 1), "decision="));
}

static void
test_without_a_decision_nothing_is_provided(void **state)
{
	struct scene *s = *state;
	struct letter report = letter_police(&s->people, s->now_ms);

	report.header.ground.decision = "";
	submit(s, &report);
	assert_refused(s, POLITIE, REASON_NO_PERMISSION);
	assert_int_equal(waiting(s, BUURTTEAM), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SCENE(test_each_provision_of_police_data_is_in_the_log),
	    SCENE(test_feedback_to_the_police_is_no_provision),
	    SCENE(test_without_a_decision_nothing_is_provided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
