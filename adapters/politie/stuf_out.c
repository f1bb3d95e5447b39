/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/politie/stuf_out.h"

#include <libxml/xmlwriter.h>
#include <stdio.h>
#include <string.h>

#include "adapters/values.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* A document under construction; failed stays true once something failed. */
struct document {
	xmlBufferPtr buffer;
	xmlTextWriterPtr writer;
	bool failed;
};

static void
open_element(struct document *d, const char *tag)
{
	d->failed |=
	    xmlTextWriterStartElement(d->writer, (const xmlChar *)tag) < 0;
}

static void
close_element(struct document *d)
{
	d->failed |= xmlTextWriterEndElement(d->writer) < 0;
}

static void
attribute(struct document *d, const char *name, const char *value)
{
	d->failed |= xmlTextWriterWriteAttribute(d->writer,
			 (const xmlChar *)name, (const xmlChar *)value) < 0;
}

static void
element(struct document *d, const char *tag, const char *text)
{
	open_element(d, tag);
	d->failed |=
	    xmlTextWriterWriteString(d->writer, (const xmlChar *)text) < 0;
	close_element(d);
}

/* A known absence, where the schema wants the element. */
static void
element_or_nil(struct document *d, const char *tag, const char *text)
{
	if (text != NULL) {
		element(d, tag, text);
		return;
	}
	open_element(d, tag);
	attribute(d, "xsi:nil", "true");
	attribute(d, "StUF:noValue", "waardeOnbekend");
	close_element(d);
}

static void
document_open(struct document *d, const char *root)
{
	*d = (struct document){.buffer = xmlBufferCreate()};
	d->writer =
	    d->buffer == NULL ? NULL : xmlNewTextWriterMemory(d->buffer, 0);
	d->failed = d->writer == NULL || xmlTextWriterStartDocument(d->writer,
					     "1.0", "UTF-8", NULL) < 0;
	if (d->writer == NULL)
		return;
	open_element(d, root);
	attribute(d, "xmlns:StUF", STUF_NS);
}

static char *
document_close(struct document *d, size_t *len)
{
	char *out = NULL;

	if (d->writer != NULL) {
		d->failed |= xmlTextWriterEndDocument(d->writer) < 0;
		xmlFreeTextWriter(d->writer);
	}
	if (!d->failed) {
		*len = (size_t)xmlBufferLength(d->buffer);
		out = mem_dup(span_of(xmlBufferContent(d->buffer), *len));
	}
	if (d->buffer != NULL)
		xmlBufferFree(d->buffer);
	return out;
}

void
stuf_out_reference(const struct id *id, char out[STUF_REFERENCE_SIZE])
{
	(void)str_copy(out, STUF_REFERENCE_SIZE, "WH-");
	hex_encode(span_id(id), out + 3);
}

struct system_view {
	const char *organisatie, *applicatie, *administratie; /* NULL: none */
};

static const char *
or_null(const char *text)
{
	return text[0] == '\0' ? NULL : text;
}

static struct system_view
view_of(const struct stuf_system *system, const char *otherwise)
{
	const char *applicatie = or_null(system->applicatie);

	return (struct system_view){.organisatie = or_null(system->organisatie),
	    .applicatie = applicatie == NULL ? otherwise : applicatie,
	    .administratie = or_null(system->administratie)};
}

static void
write_system(struct document *d, const char *tag, struct system_view system)
{
	open_element(d, tag);
	if (system.organisatie != NULL)
		element(d, "StUF:organisatie", system.organisatie);
	element(d, "StUF:applicatie", system.applicatie);
	if (system.administratie != NULL)
		element(d, "StUF:administratie", system.administratie);
	close_element(d);
}

static void
write_moment(struct document *d, const char *reference, int64_t now_ms)
{
	char time[VALUES_STUF_TIME_SIZE];

	values_time_to_stuf(now_ms, time);
	element(d, "StUF:referentienummer", reference);
	element(d, "StUF:tijdstipBericht", time);
}

static void
write_answer(struct document *d, const struct stuf_answer *a, const char *code)
{
	open_element(d, "StUF:stuurgegevens");
	element(d, "StUF:berichtcode", code);
	write_system(d, "StUF:zender",
	    view_of(&a->header->ontvanger, a->applicatie));
	write_system(d, "StUF:ontvanger",
	    view_of(&a->header->zender, "ONBEKEND"));
	write_moment(d, a->reference, a->now_ms);
	element(d, "StUF:crossRefnummer", a->header->referentienummer);
	close_element(d);
}

char *
stuf_out_bv03(const struct stuf_answer *answer, size_t *len)
{
	struct document d;

	document_open(&d, "StUF:Bv03Bericht");
	if (d.writer != NULL)
		write_answer(&d, answer, "Bv03");
	return document_close(&d, len);
}

/* StUF 03.01, table of error codes: those that we give. */
static const struct {
	const char *code, *where, *meaning;
} codes[] = {
    {"StUF004", "server", "Sectormodel niet ondersteund"},
    {"StUF010", "client",
	"Combinatie van ontvangende organisatie, applicatie en administratie "
	"onbekend"},
    {"StUF016", "client",
	"Combinatie van zender en referentienummer is niet uniek"},
    {"StUF037", "server", "Functie niet ondersteund"},
    {"StUF046", "server", "Opslaan bericht niet mogelijk"},
    {"StUF052", "client",
	"Het zendende systeem is niet geautoriseerd voor de gevraagde "
	"combinatie van berichtcode, entiteittype en functie"},
    {"StUF055", "client", "Berichtbody is niet conform schema in sectormodel"},
    {"StUF058", "server", "Proces voor afhandelen bericht geeft fout"},
};
#define CODES (sizeof(codes) / sizeof(codes[0]))

const char *
stuf_out_where(const char *code)
{
	for (size_t i = 0; i < CODES; i++) {
		if (strcmp(codes[i].code, code) == 0)
			return codes[i].where;
	}
	return NULL;
}

const char *
stuf_out_meaning(const char *code)
{
	for (size_t i = 0; i < CODES; i++) {
		if (strcmp(codes[i].code, code) == 0)
			return codes[i].meaning;
	}
	return NULL;
}

char *
stuf_out_fo03(const struct stuf_answer *answer, const char *code,
    const char *details, size_t *len)
{
	struct document d;

	if (stuf_out_meaning(code) == NULL)
		code = "StUF058";
	document_open(&d, "StUF:Fo03Bericht");
	if (d.writer == NULL)
		return document_close(&d, len);
	write_answer(&d, answer, "Fo03");
	open_element(&d, "StUF:body");
	element(&d, "StUF:code", code);
	element(&d, "StUF:plek", stuf_out_where(code));
	element(&d, "StUF:omschrijving", stuf_out_meaning(code));
	if (details[0] != '\0')
		element(&d, "StUF:details", details);
	close_element(&d);
	return document_close(&d, len);
}

static const char *
text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static struct system_view
view_of_json(const json_t *system)
{
	return (
	    struct system_view){.organisatie = text_of(system, "organisatie"),
	    .applicatie = text_of(system, "applicatie"),
	    .administratie = text_of(system, "administratie")};
}

static void
write_control(struct document *d, const json_t *source, const char *reference,
    int64_t now_ms)
{
	open_element(d, "JZ:stuurgegevens");
	element(d, "StUF:berichtcode", "Di01");
	write_system(d, "StUF:zender",
	    view_of_json(json_object_get(source, "ontvanger")));
	write_system(d, "StUF:ontvanger",
	    view_of_json(json_object_get(source, "zender")));
	write_moment(d, reference, now_ms);
	element(d, "StUF:functie", "uitkomstMeldingGeneriekDi01");
	close_element(d);
}

static void
write_unit(struct document *d, const char *tag, const char *const entities[2],
    const json_t *unit)
{
	open_element(d, tag);
	attribute(d, "StUF:entiteittype", entities[0]);
	open_element(d, "ZKN:gerelateerde");
	attribute(d, "StUF:entiteittype", entities[1]);
	open_element(d, "ZKN:organisatorischeEenheid");
	element_or_nil(d, "ZKN:identificatie", text_of(unit, "identificatie"));
	element_or_nil(d, "ZKN:naam", text_of(unit, "naam"));
	close_element(d);
	close_element(d);
	close_element(d);
}

static void
write_object(struct document *d, const json_t *dossier,
    const struct map_outcome *outcome)
{
	static const char *const initiator[] = {"ZAKBTRINI", "BTR"};
	static const char *const executor[] = {"ZAKBTRUTV", "BTR"};
	const json_t *source = json_object_get(dossier, "bron");

	open_element(d, "JZ:object");
	attribute(d, "StUF:entiteittype", "ZAK");
	element(d, "ZKN:identificatie", text_of(dossier, "id"));
	write_unit(d, "ZKN:heeftAlsInitiator", initiator,
	    json_object_get(source, "initiator"));
	write_unit(d, "ZKN:heeftAlsUitvoerende", executor,
	    json_object_get(source, "uitvoerende"));
	element(d, "JZ:uwIdentificatie", text_of(source, "identificatie"));
	element(d, "JZ:soortmeldingCode", text_of(source, "soortmeldingCode"));
	element(d, "JZ:statuscode", outcome->code);
	open_element(d, "JZ:toelichtendeinformatie");
	element(d, "JZ:omschrijving", outcome->text);
	close_element(d);
	close_element(d);
}

/* What write_* read without asking is there. */
static bool
is_complete(const json_t *dossier)
{
	const json_t *source = json_object_get(dossier, "bron");
	const char *id = text_of(dossier, "id");

	return id != NULL && strlen(id) >= 5 && strlen(id) <= 40 &&
	       text_of(source, "identificatie") != NULL &&
	       text_of(source, "soortmeldingCode") != NULL &&
	       text_of(json_object_get(source, "zender"), "applicatie") !=
		   NULL &&
	       text_of(json_object_get(source, "ontvanger"), "applicatie") !=
		   NULL;
}

char *
stuf_out_outcome(const json_t *dossier, const struct map_outcome *outcome,
    const char *reference, int64_t now_ms, size_t *len)
{
	struct document d;

	if (!is_complete(dossier))
		return NULL;
	document_open(&d, "JZ:uitkomstMeldingGeneriekDi01");
	if (d.writer == NULL)
		return document_close(&d, len);
	attribute(&d, "xmlns:JZ", STUF_NS_JZ);
	attribute(&d, "xmlns:ZKN", STUF_NS_ZKN);
	attribute(&d, "xmlns:xsi", STUF_NS_XSI);
	write_control(&d, json_object_get(dossier, "bron"), reference, now_ms);
	write_object(&d, dossier, outcome);
	return document_close(&d, len);
}
