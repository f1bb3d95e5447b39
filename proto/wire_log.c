/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/base/mem.h"
#include "proto/control.pb-c.h"
#include "proto/wire.h"
#include "proto/wire_check.h"

/* The page of the log within a frame of the hub. */

/* As the log keeps them (audit_leaf.h). */
#define DETAILS_MAX 1024

static const struct wire_rule log_entry_rules[] = {
    WIRE_RULE("index", WIRE_ANY, 0, 0),
    WIRE_RULE("leaf", WIRE_BYTES, 1, WIRE_LEAF_MAX),
    WIRE_RULE("key", WIRE_FIXED, 0, WIRE_KEY_LEN),
    WIRE_RULE("details", WIRE_BYTES, 0, DETAILS_MAX),
};

static const char *
log_entry_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__LogEntry *m = (const Wijkhub__LogEntry *)message;

	if (m->details.len > 0 && m->key.len == 0)
		return "details come with their key";
	return NULL;
}

static const struct wire_message log_entry = {
    .descriptor = &wijkhub__log_entry__descriptor,
    WIRE_RULES(log_entry_rules),
    .across = log_entry_across,
};

static const char *
log_page_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__LogPage *m = (const Wijkhub__LogPage *)message;
	uint64_t at = m->from;

	if (m->next < m->from || m->next > m->size)
		return "next must be from to size";
	for (size_t i = 0; i < m->n_entries; i++) {
		if (m->entries[i]->index < at ||
		    m->entries[i]->index >= m->next)
			return "entries must ascend, from from to next";
		at = m->entries[i]->index + 1;
	}
	return NULL;
}

static const struct wire_rule log_page_rules[] = {
    WIRE_RULE("from", WIRE_ANY, 0, 0),
    WIRE_RULE("next", WIRE_ANY, 0, 0),
    WIRE_RULE("size", WIRE_ANY, 0, 0),
    WIRE_RULE_OF("entries", WIRE_MESSAGES, 0, LOG_PAGE_MAX, &log_entry),
};

const struct wire_message wire_rules_log_page = {
    .descriptor = &wijkhub__log_page__descriptor,
    WIRE_RULES(log_page_rules),
    .across = log_page_across,
};

enum wh_err
wire_log_page_read(struct arena *arena, const struct ProtobufCMessage *message,
    struct log_page *out, struct why *why)
{
	const Wijkhub__LogPage *m = (const Wijkhub__LogPage *)message;
	struct log_entry *entries =
	    arena_alloc(arena, (m->n_entries + 1) * sizeof(*entries));

	if (entries == NULL)
		return why_set(why, WH_TOO_BIG,
		    "FromHub.log.entries: takes more memory than one message "
		    "may");
	for (size_t i = 0; i < m->n_entries; i++)
		entries[i] = (struct log_entry){
		    .index = m->entries[i]->index,
		    .leaf = WIRE_SPAN(m->entries[i]->leaf),
		    .key = WIRE_SPAN(m->entries[i]->key),
		    .details = WIRE_SPAN(m->entries[i]->details),
		};
	*out = (struct log_page){
	    .from = m->from,
	    .next = m->next,
	    .size = m->size,
	    .count = m->n_entries,
	    .entries = entries,
	};
	return WH_OK;
}

struct ProtobufCMessage *
wire_log_page_make(const struct log_page *in)
{
	struct {
		Wijkhub__LogPage page;
		Wijkhub__LogEntry entries[LOG_PAGE_MAX];
		Wijkhub__LogEntry *list[LOG_PAGE_MAX];
	} *whole = mem_new(sizeof(*whole));

	wijkhub__log_page__init(&whole->page);
	whole->page.from = in->from;
	whole->page.next = in->next;
	whole->page.size = in->size;
	whole->page.n_entries = in->count;
	whole->page.entries = whole->list;
	for (size_t i = 0; i < in->count && i < LOG_PAGE_MAX; i++) {
		wijkhub__log_entry__init(&whole->entries[i]);
		whole->entries[i].index = in->entries[i].index;
		whole->entries[i].leaf = WIRE_DATA(in->entries[i].leaf);
		whole->entries[i].key = WIRE_DATA(in->entries[i].key);
		whole->entries[i].details = WIRE_DATA(in->entries[i].details);
		whole->list[i] = &whole->entries[i];
	}
	return &whole->page.base;
}
