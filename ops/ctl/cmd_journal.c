/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <stdlib.h>

#include "broker/journal_format.h"
#include "broker/journal_segment.h"
#include "ops/ctl/ctl.h"
#include "proto/base/clk.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/wire.h"

/*
 * What went over the wire, as the broker saw it: the envelopes in the journal
 * of a folder. There is nothing else to see; the sections are sealed.
 */

#define PREVIEW 24 /* bytes of each ciphertext that are shown */

struct options {
	const char *dir;
	struct id case_ref; /* zero: all */
};

struct reading {
	struct options options;
	json_t *list;
	struct arena arena;
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'c':
		if (id_parse(arg, &options->case_ref) != WH_OK)
			argp_error(state, "--case: not the id of a referral");
		return 0;
	case ARGP_KEY_ARG:
		if (options->dir != NULL)
			argp_error(state, "one argument too many: %s", arg);
		options->dir = arg;
		return 0;
	case ARGP_KEY_END:
		if (options->dir == NULL)
			argp_error(state, "which broker's folder?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option argp_options[] = {
    {"case", 'c', "ID", 0, "only this referral", 0},
    {0},
};
static const struct argp argp = {.options = argp_options,
    .parser = parse,
    .args_doc = "DIR"};

static void
add_sections(json_t *entry, const struct envelope *envelope)
{
	json_t *sections = json_object();
	char hex[2 * PREVIEW + 1];
	const struct section *section;
	size_t i, len;

	for (i = 0; i < envelope->section_count; i++) {
		section = &envelope->sections[i];
		len = section->ciphertext.len < PREVIEW
			  ? section->ciphertext.len
			  : PREVIEW;
		hex_encode(span_of(section->ciphertext.p, len), hex);
		json_object_set_new(sections,
		    terms_text(TERMS_CATEGORIES, section->category),
		    json_pack("{s:I, s:s}", "bytes",
			(json_int_t)section->ciphertext.len, "starts", hex));
	}
	json_object_set_new(entry, "sealed", sections);
}

static json_t *
envelope_json(const struct envelope *envelope, int64_t at_ms)
{
	const struct header *h = &envelope->header;
	char message[ID_TEXT_SIZE], case_ref[ID_TEXT_SIZE];
	char relation[ID_TEXT_SIZE], permission[ID_TEXT_SIZE];
	char at[CLK_ISO_SIZE];
	json_t *entry;

	clk_iso(at_ms, at);
	id_text(&h->message_id, message);
	id_text(&h->case_ref, case_ref);
	id_text(&h->relation_ref, relation);
	id_text(&h->ground.permission_id, permission);
	entry = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, "
			  "s:s, s:b}",
	    "at", at, "message", message, "case", case_ref, "relation",
	    relation, "from", h->from_member, "to", h->to_member, "type",
	    h->type, "area", h->area, "event",
	    terms_text(TERMS_EVENTS, h->event), "ground",
	    terms_text(TERMS_PERMISSION_KINDS, h->ground.kind),
	    h->ground.has_permission ? "permission" : "instrument",
	    h->ground.has_permission ? permission : h->ground.instrument,
	    "urgent", h->urgent);
	if (h->code != CODE_NONE)
		json_object_set_new(entry, "code",
		    json_string(terms_text(TERMS_CODES, h->code)));
	add_sections(entry, envelope);
	return entry;
}

static void
read_command(struct reading *r, const struct command *command, int64_t at_ms)
{
	struct envelope envelope;
	struct signed_body body;
	struct to_hub frame;

	arena_reset(&r->arena);
	if (command->kind != COMMAND_FRAME ||
	    wire_to_hub_read(&r->arena, command->bytes, &frame, NULL) !=
		WH_OK ||
	    frame.kind != TO_HUB_SUBMIT ||
	    wire_signed_read(&r->arena, frame.u.bytes, ENVELOPE_MAX, &body,
		NULL) != WH_OK ||
	    wire_envelope_read(&r->arena, body.body, &envelope, NULL) != WH_OK)
		return;
	if (!id_is_zero(&r->options.case_ref) &&
	    !id_equal(&r->options.case_ref, &envelope.header.case_ref))
		return;
	json_array_append_new(r->list, envelope_json(&envelope, at_ms));
}

static void
read_segment(struct reading *r, const struct segment *segment)
{
	struct command commands[BATCH_MAX];
	struct journal_record record;
	uint8_t *bytes = NULL;
	size_t len, i, at = JOURNAL_BLOCK;

	if (segment_read(segment, &bytes, &len, NULL) != WH_OK)
		return;
	while (at < len && journal_decode(span_of(bytes + at, len - at),
			       &segment->mark, commands, &record) == WH_OK) {
		for (i = 0; i < record.count; i++)
			read_command(r, &commands[i], record.now_ms);
		at += journal_record_size(record.commands, record.count);
	}
	mem_free(bytes);
}

static void
print_entry(const json_t *entry)
{
	const char *key, *text;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)entry, key, value)
	{
		text = json_string_value(value);
		if (text != NULL && text[0] != '\0')
			printf("  %-10s %s\n", key, text);
	}
	json_object_foreach(json_object_get(entry, "sealed"), key, value)
	{
		printf("  %-16s %4lld bytes  %s...\n", key,
		    (long long)json_integer_value(
			json_object_get(value, "bytes")),
		    json_string_value(json_object_get(value, "starts")));
	}
	puts("");
}

int
cmd_journal(struct ctl *ctl, int argc, char **argv)
{
	struct reading r = {.options = {0}};
	struct segments segments;
	struct why why = {""};
	json_t *entry;
	char *path;
	size_t i;

	ctl_parse(ctl, &argp, argc, argv, &r.options);
	path = file_path(r.options.dir, "journal");
	if (segments_read(&segments, path, &why) != WH_OK) {
		mem_free(path);
		return ctl_fail(ctl, CTL_UNREACHABLE, "%s", why.text);
	}
	mem_free(path);
	r.list = json_array();
	arena_init(&r.arena, FRAME_ARENA_MAX);
	for (i = 0; i < segments.count; i++)
		read_segment(&r, &segments.list[i]);
	segments_close(&segments);
	arena_fini(&r.arena);
	if (ctl->json)
		return ctl_json(r.list, CTL_OK);
	json_array_foreach(r.list, i, entry) print_entry(entry);
	json_decref(r.list);
	return CTL_OK;
}
