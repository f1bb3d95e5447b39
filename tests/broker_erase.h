/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_BROKER_ERASE_H
#define WH_TESTS_BROKER_ERASE_H

#include "consent/audit_erase.h"
#include "tests/broker_scene.h"

/* What tests of erasing do and look at. */

#define TERM_DAYS 365 /* of the covenant of these people */

static inline void
drain(struct scene *s, enum who who)
{
	const struct deliver *delivery;

	while ((delivery = take(s, who)) != NULL)
		ack(s, who, delivery->delivery, REASON_NONE);
}

static inline void
drain_all(struct scene *s)
{
	for (enum who who = BUURTTEAM; who < WHO_COUNT; who++)
		drain(s, who);
}

static inline uint64_t
rows(const struct scene *s, unsigned table)
{
	uint64_t n = 0;

	assert_int_equal(kv_count(s->txn, table, &n), WH_OK);
	return n;
}

/* Work off whatever is due. */
static inline void
ticks(struct scene *s, int64_t later_ms)
{
	tick(s, later_ms);
	for (int i = 0; i < 20; i++)
		tick(s, 1);
}

/* Is this id anywhere but in a leaf and in what finds the leaves? */
static inline bool
lies_about(const struct scene *s, const struct id *id)
{
	for (unsigned table = 0; table < CORE_TABLES; table++) {
		struct span key = {0}, value;

		if (table == TABLE_LOG_LEAF || table == TABLE_LOG_BY_CASE)
			continue;
		while (kv_next(s->txn, table, &key, &value) == WH_OK)
			if (memmem(key.p, key.len, id->b, 16) != NULL ||
			    memmem(value.p, value.len, id->b, 16) != NULL)
				return true;
	}
	return false;
}

#endif
