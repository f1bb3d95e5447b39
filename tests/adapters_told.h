/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_ADAPTERS_TOLD_H
#define WH_TESTS_ADAPTERS_TOLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/mirror.h"
#include "proto/base/mem.h"

/* Entries of the log as the hub tells them. */

#define TOLD_AT_MS 1789000000000

struct told {
	uint8_t leaf[AUDIT_LEAF_LEN];
	struct hash key;
	struct log_entry entry;
};

static inline void
told_make(struct told *t, const char *from, uint64_t index,
    enum audit_kind kind, uint8_t about, const char *details)
{
	struct audit_leaf leaf = {.kind = kind,
	    .at_ms = TOLD_AT_MS + (int64_t)index,
	    .case_ref = {{about}},
	    .event_id = {{9, (uint8_t)index}},
	    .to = ""};

	assert_int_equal(str_copy(leaf.from, sizeof(leaf.from), from), WH_OK);
	if (from[0] != '\0')
		memcpy(leaf.to, "wpi", 3);
	if (kind == AUDIT_REFUSED)
		leaf.reason = REASON_OBJECTED;
	t->key = (struct hash){{(uint8_t)index, 1}};
	leaf.commitment = audit_commitment(&t->key, span_str(details));
	audit_leaf_write(&leaf, t->leaf);
	t->entry = (struct log_entry){.index = index,
	    .leaf = span_of(t->leaf, sizeof(t->leaf)),
	    .key = span_of(t->key.b, HASH_LEN),
	    .details = span_str(details)};
}

/* The first entry of a generation: it names nobody, and holds no details. */
static inline void
told_opened(struct told *t, uint64_t index, enum audit_opened reason)
{
	struct audit_leaf leaf = {.kind = AUDIT_OPENED,
	    .reason = (uint16_t)reason,
	    .at_ms = TOLD_AT_MS + (int64_t)index,
	    .event_id = {{9, (uint8_t)(index >> 32)}}};

	audit_leaf_write(&leaf, t->leaf);
	t->entry = (struct log_entry){.index = index,
	    .leaf = span_of(t->leaf, sizeof(t->leaf))};
}

static inline struct log_page
told_page(uint64_t from, uint64_t next, const struct log_entry *entries,
    size_t n)
{
	return (struct log_page){.from = from,
	    .next = next,
	    .size = 100,
	    .count = n,
	    .entries = entries};
}

#endif
