/* SPDX-License-Identifier: EUPL-1.2 */
#include "ops/ctl/export.h"

#include <inttypes.h>
#include <string.h>

#include "consent/register.h"
#include "proto/base/clk.h"
#include "proto/base/text.h"

/* status.code and kind of a span, by opentelemetry/proto/trace/v1. */
#define STATUS_UNSET       0
#define STATUS_ERROR       2
#define SPAN_KIND_INTERNAL 1
#define SPAN_KIND_SERVER   2

/* Whose word set the hub to work. */
enum caller {
	CALLER_NONE, /* the hub itself */
	CALLER_FROM,
	CALLER_TO,
};

/*
 * Kind by kind: its name for people (the standard wants one), who called, and
 * whether it means that a system failed; a refusal is no failure.
 */
static const struct meaning {
	enum audit_kind kind;
	const char *name;
	enum caller caller;
	int status;
} meanings[] = {
    {AUDIT_REGISTER, "Register van kracht geworden", CALLER_NONE, STATUS_UNSET},
    {AUDIT_PERMISSION, "Toestemming of grondslag vastgelegd", CALLER_FROM,
	STATUS_UNSET},
    {AUDIT_PERMISSION_END, "Toestemming of grondslag gewijzigd", CALLER_FROM,
	STATUS_UNSET},
    {AUDIT_ACCEPTED, "Bericht toegestaan en aangenomen", CALLER_FROM,
	STATUS_UNSET},
    {AUDIT_REFUSED, "Geweigerd", CALLER_FROM, STATUS_UNSET},
    {AUDIT_HANDOVER, "Bericht opnieuw toegestaan en overgedragen", CALLER_NONE,
	STATUS_UNSET},
    {AUDIT_DELIVERED, "Bericht bezorgd", CALLER_TO, STATUS_UNSET},
    {AUDIT_STATE, "Status van verwijzing gewijzigd", CALLER_NONE, STATUS_UNSET},
    {AUDIT_RECALLED, "Bericht teruggehaald voor bezorging", CALLER_NONE,
	STATUS_UNSET},
    {AUDIT_ERASED, "Bijzonderheden van regels gewist", CALLER_NONE,
	STATUS_UNSET},
    {AUDIT_UNSENT, "Overdracht niet gelukt", CALLER_NONE, STATUS_ERROR},
    {AUDIT_OPENED, "Nieuw logboek begonnen", CALLER_NONE, STATUS_UNSET},
    {AUDIT_REVIEWED, "Doorbreking door een tweede persoon beoordeeld",
	CALLER_FROM, STATUS_UNSET},
    {AUDIT_CLOCK, "Termijn gezet of verstreken", CALLER_NONE, STATUS_UNSET},
    {AUDIT_CARRIED, "Einde van toestemming of grondslag doorgevoerd",
	CALLER_FROM, STATUS_UNSET},
    {AUDIT_DEPARTED,
	"Lid vertrokken zonder bericht over het einde van een toestemming",
	CALLER_NONE, STATUS_UNSET},
    {AUDIT_DROPPED, "Ouder logboek na zijn bewaartermijn weggedaan",
	CALLER_NONE, STATUS_UNSET},
    {AUDIT_REACH, "Wat na een intrekking van een bericht werd", CALLER_FROM,
	STATUS_UNSET},
};

/* A kind without a row has its own word for a name. */
static struct meaning
meaning_of(enum audit_kind kind)
{
	struct meaning other = {kind, audit_kind_text(kind), CALLER_NONE,
	    STATUS_UNSET};

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].kind == kind)
			return meanings[i];
	return other;
}

static const char *
reason_of(const struct audit_leaf *leaf)
{
	const char *name;

	return audit_leaf_word(leaf, &name);
}

/* Where the register of processing (AVG art. 30) tells of this type. */
static const char *
activity_of(const struct wh_register *reg, const char *type)
{
	const struct reg_type *found = register_type(reg, type);

	for (size_t i = 0; found != NULL && i < reg->activity_count; i++)
		if (strcmp(reg->activities[i].id, found->activity) == 0)
			return reg->activities[i].uri;
	return "";
}

static const char *
caller_of(const struct audit_leaf *leaf)
{
	switch (meaning_of(leaf->kind).caller) {
	case CALLER_FROM:
		return leaf->from;
	case CALLER_TO:
		return leaf->to;
	case CALLER_NONE:
		break;
	}
	return "";
}

/* One attribute; none when there is nothing to say. */
static void
attribute(FILE *to, const char **before, const char *key, const char *prefix,
    const char *text)
{
	if (text[0] == '\0')
		return;
	(void)fprintf(to,
	    "%s{\"key\":\"%s\",\"value\":{\"stringValue\":", *before, key);
	text_put_json(to, prefix, span_str(text));
	(void)fputs("}}", to);
	*before = ",";
}

/*
 * The subject of an entry is the resident of the referral. The hub does not
 * know who that is; its reference of the referral is the pseudonym, which only
 * the two members can lead back.
 */
static void
attributes(const struct export *export, const struct export_entry *entry)
{
	const struct audit_leaf *leaf = &entry->leaf;
	FILE *to = export->to;
	const char *before = "";
	char id[ID_TEXT_SIZE] = "";

	if (!id_is_zero(&leaf->case_ref))
		id_text(&leaf->case_ref, id);
	(void)fputs("\"attributes\":[", to);
	attribute(to, &before, "dpl.core.processing_activity_id", "",
	    activity_of(export->reg, entry->type));
	attribute(to, &before, "dpl.core.data_subject_id", "", id);
	if (id[0] != '\0')
		attribute(to, &before, "dpl.core.data_subject_id_type", "",
		    "urn:wijkhub:verwijzing");
	attribute(to, &before, "dpl.core.foreign_operation.processor",
	    "urn:wijkhub:lid:", caller_of(leaf));
	attribute(to, &before, "wijkhub.kind", "", audit_kind_text(leaf->kind));
	attribute(to, &before, "wijkhub.reason", "", reason_of(leaf));
	attribute(to, &before, "wijkhub.from", "", leaf->from);
	attribute(to, &before, "wijkhub.to", "", leaf->to);
	attribute(to, &before, "wijkhub.type", "", entry->type);
	(void)fprintf(to,
	    "%s{\"key\":\"wijkhub.entry\",\"value\":{\"intValue\":\"%" PRIu64
	    "\"}}]",
	    before, entry->index);
}

static void
begin_line(const struct export *export)
{
	FILE *to = export->to;

	(void)
	    fputs("{\"resourceSpans\":[{\"resource\":{\"attributes\":["
		  "{\"key\":\"service.name\",\"value\":{\"stringValue\":"
		  "\"wijkhub-broker\"}},"
		  "{\"key\":\"service.version\",\"value\":{\"stringValue\":"
		  "\"" WH_VERSION "\"}},"
		  "{\"key\":\"service.namespace\",\"value\":{\"stringValue\":",
		to);
	text_put_json(to, "", span_str(export->reg->covenant));
	(void)fputs("}},{\"key\":\"wijkhub.log\",\"value\":{\"stringValue\":",
	    to);
	text_put_json(to, "", span_str(export->reg->log_origin));
	(void)fputs("}}]},\"scopeSpans\":[{\"scope\":{\"name\":"
		    "\"wijkhub.audit\",\"version\":\"" WH_VERSION
		    "\"},\"spans\":[",
	    to);
}

static void
end_line(const struct export *export)
{
	(void)fputs("]}]}]}\n", export->to);
}

/*
 * Trace and span ids are not all zero (W3C Trace Context): a referral is a
 * trace, what belongs to none is one by itself. The span is the end of the
 * random event id.
 */
static void
span_ids(const struct audit_leaf *leaf, char trace[33], char span[17])
{
	const struct id *trace_id =
	    id_is_zero(&leaf->case_ref) ? &leaf->event_id : &leaf->case_ref;

	hex_encode(span_id(trace_id), trace);
	hex_encode(span_of(leaf->event_id.b + 8, 8), span);
	if (strspn(span, "0") == 16)
		span[15] = '1';
}

static void
write_span(const struct export *export, const struct export_entry *entry)
{
	const struct audit_leaf *leaf = &entry->leaf;
	struct meaning meaning = meaning_of(leaf->kind);
	uint64_t at_ns = (uint64_t)leaf->at_ms * 1000000;
	FILE *to = export->to;
	char trace[33], span[17];

	span_ids(leaf, trace, span);
	(void)fprintf(to,
	    "{\"traceId\":\"%s\",\"spanId\":\"%s\",\"name\":", trace, span);
	text_put_json(to, "", span_str(meaning.name));
	(void)fprintf(to,
	    ",\"kind\":%d,\"startTimeUnixNano\":\"%" PRIu64
	    "\",\"endTimeUnixNano\":\"%" PRIu64 "\",",
	    meaning.caller == CALLER_NONE ? SPAN_KIND_INTERNAL
					  : SPAN_KIND_SERVER,
	    at_ns, at_ns);
	attributes(export, entry);
	(void)fprintf(to, ",\"status\":{\"code\":%d}}", meaning.status);
}

/* RFC 4180: quotes around what holds a quote, a comma or a line's end. */
static void
field(FILE *to, const char *text, const char *after)
{
	if (text[strcspn(text, "\",\r\n")] == '\0') {
		(void)fprintf(to, "%s%s", text, after);
		return;
	}
	(void)fputc('"', to);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			(void)fputc('"', to);
		(void)fputc(*text, to);
	}
	(void)fprintf(to, "\"%s", after);
}

static void
write_row(const struct export *export, const struct export_entry *entry)
{
	const struct audit_leaf *leaf = &entry->leaf;
	FILE *to = export->to;
	char at[CLK_ISO_SIZE], id[ID_TEXT_SIZE] = "", event[ID_TEXT_SIZE];

	clk_iso(leaf->at_ms, at);
	id_text(&leaf->event_id, event);
	if (!id_is_zero(&leaf->case_ref))
		id_text(&leaf->case_ref, id);
	(void)fprintf(to, "%" PRIu64 ",%s,", entry->index, at);
	field(to, audit_kind_text(leaf->kind), ",");
	field(to, reason_of(leaf), ",");
	field(to, leaf->from, ",");
	field(to, leaf->to, ",");
	field(to, id, ",");
	field(to, entry->type, ",");
	field(to, activity_of(export->reg, entry->type), ",");
	field(to, event, "\r\n");
}

void
export_begin(struct export *export)
{
	export->count = 0;
	if (export->format == EXPORT_CSV)
		(void)fputs("entry,time,kind,reason,from,to,referral,type,"
			    "processing_activity,event\r\n",
		    export->to);
}

void
export_write(struct export *export, const struct export_entry *entry)
{
	uint64_t place = export->count++ % EXPORT_SPANS;

	if (export->format == EXPORT_CSV) {
		write_row(export, entry);
		return;
	}
	if (place == 0 && export->count > 1)
		end_line(export);
	if (place == 0)
		begin_line(export);
	else
		(void)fputc(',', export->to);
	write_span(export, entry);
}

void
export_end(struct export *export)
{
	if (export->format == EXPORT_CSV)
		return;
	if (export->count > 0)
		end_line(export);
	else
		(void)fputs("{\"resourceSpans\":[]}\n", export->to);
}
