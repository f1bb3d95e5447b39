/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/politie/stuf_in.h"

#include <libxml/xmlreader.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "adapters/values.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* A reading under way. */
struct reading {
	xmlTextReaderPtr xml;
	struct arena *arena;
	struct stuf_node *root;
	struct stuf_node *at; /* the innermost open element */
	unsigned depth;
	unsigned nodes;
	struct stuf_fault *fault;
};

/* The names from the root's children down. */
static void
node_path(const struct stuf_node *node, char *out, size_t size)
{
	const struct stuf_node *path[STUF_DEPTH_MAX + 1];
	size_t depth = 0;
	size_t len = 0;

	out[0] = '\0';
	for (; node != NULL && node->parent != NULL; node = node->parent)
		path[depth++] = node;
	while (depth-- > 0 && len < size) {
		const char *colon = strchr(path[depth]->tag, ':');
		int n =
		    snprintf(out + len, size - len, "%s%s", len == 0 ? "" : "/",
			colon == NULL ? path[depth]->tag : colon + 1);

		len += n > 0 ? (size_t)n : 0;
	}
}

/* A name that did not fit ends between characters. */
static void
cut_between(char *text, size_t size)
{
	size_t len = strlen(text);

	if (len + 1 < size)
		return;
	while (len > 0 && ((unsigned char)text[len - 1] & 0xc0) == 0x80)
		len--;
	if (len > 0 && ((unsigned char)text[len - 1] & 0x80) != 0)
		len--;
	text[len] = '\0';
}

enum wh_err
stuf_fault_set(struct stuf_fault *fault, const char *code,
    const struct stuf_node *where, const char *format, ...)
{
	va_list args;

	(void)snprintf(fault->code, sizeof(fault->code), "%s", code);
	node_path(where, fault->field, sizeof(fault->field));
	cut_between(fault->field, sizeof(fault->field));
	va_start(args, format);
	(void)vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	return WH_INVALID;
}

static enum wh_err
fail(struct reading *r, const char *format, unsigned max)
{
	char text[WHY_MAX];

	(void)snprintf(text, sizeof(text), "%s", format);
	if (max == 0)
		return stuf_fault_set(r->fault, "StUF055", r->at, "%s", text);
	(void)stuf_fault_set(r->fault, "StUF055", r->at, "%s: hoogstens %u",
	    text, max);
	return WH_TOO_BIG;
}

static void
ignore_error(void *arg, xmlErrorPtr error)
{
	(void)arg;
	(void)error;
}

static const char *
skip_past(const char *p, const char *end, const char *mark)
{
	const char *found = memmem(p, (size_t)(end - p), mark, strlen(mark));

	return found == NULL ? end : found + strlen(mark);
}

static bool
starts(const char *p, const char *end, const char *with)
{
	size_t len = strlen(with);

	return (size_t)(end - p) >= len && memcmp(p, with, len) == 0;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The XML declaration may only name UTF-8. */
static bool
declares_utf8(const char *p, const char *end)
{
	const char *name = memmem(p, (size_t)(end - p), "encoding", 8);

	if (name == NULL)
		return true;
	name += 8;
	while (name < end && strchr(" \t\r\n='\"", *name) != NULL)
		name++;
	return end - name >= 6 && strncasecmp(name, "UTF-8", 5) == 0 &&
	       (name[5] == '"' || name[5] == '\'');
}

/*
 * What stands before the root element, judged before the parser sees a byte:
 * a document type with entities is refused, not parsed carefully.
 */
static enum wh_err
check_prolog(struct reading *r, struct span xml)
{
	const char *p = (const char *)xml.p;
	const char *end = p + xml.len;

	if (starts(p, end, "\xef\xbb\xbf"))
		p += 3;
	if (starts(p, end, "<?xml") && end - p > 5 && is_space(p[5])) {
		const char *close = skip_past(p, end, "?>");

		if (!declares_utf8(p, close))
			return fail(r, "andere tekencodering dan UTF-8", 0);
		p = close;
	}
	while (p < end) {
		if (is_space(*p))
			p++;
		else if (starts(p, end, "<!--"))
			p = skip_past(p + 4, end, "-->");
		else if (starts(p, end, "<?"))
			p = skip_past(p, end, "?>");
		else
			break;
	}
	if (starts(p, end, "<!"))
		return fail(r, "DOCTYPE en entiteiten zijn niet toegestaan", 0);
	if (p == end || *p != '<')
		return fail(r, "geen XML in UTF-8", 0);
	return WH_OK;
}

static const char *
prefix_of(const char *ns)
{
	static const struct {
		const char *ns, *prefix;
	} known[] = {{STUF_NS, "StUF"}, {STUF_NS_JZ, "JZ"}, {STUF_NS_BG, "BG"},
	    {STUF_NS_ZKN, "ZKN"}};

	for (size_t i = 0; ns != NULL && i < 4; i++) {
		if (strcmp(ns, known[i].ns) == 0)
			return known[i].prefix;
	}
	return NULL;
}

/* No namespace, StUF's or XML Schema's; of some we need the value. */
static enum wh_err
read_attribute(struct reading *r, struct stuf_node *node)
{
	const char *ns = (const char *)xmlTextReaderConstNamespaceUri(r->xml);
	const char *name = (const char *)xmlTextReaderConstLocalName(r->xml);
	const char *value = (const char *)xmlTextReaderConstValue(r->xml);

	if (xmlTextReaderIsNamespaceDecl(r->xml) == 1)
		return WH_OK;
	if (ns != NULL && strcmp(ns, STUF_NS_XSI) == 0) {
		if (strcmp(name, "nil") == 0)
			node->is_nil = strcmp(value, "true") == 0 ||
				       strcmp(value, "1") == 0;
		return WH_OK;
	}
	if (ns != NULL && strcmp(ns, STUF_NS) != 0)
		return fail(r, "attribuut uit een onbekende naamruimte", 0);
	if (strcmp(name, "noValue") == 0)
		node->is_nil = true;
	if (strcmp(name, "indOnvolledigeDatum") == 0)
		node->incomplete = strlen(value) == 1 ? value[0] : '?';
	if (strcmp(name, "entiteittype") == 0) {
		node->entity = arena_str(r->arena, span_str(value));
		if (node->entity == NULL)
			return fail(r, "bytes", STUF_ARENA_MAX);
	}
	return WH_OK;
}

static enum wh_err
read_attributes(struct reading *r, struct stuf_node *node)
{
	enum wh_err err = WH_OK;

	while (err == WH_OK && xmlTextReaderMoveToNextAttribute(r->xml) == 1)
		err = read_attribute(r, node);
	(void)xmlTextReaderMoveToElement(r->xml);
	return err;
}

static void
append(struct reading *r, struct stuf_node *node)
{
	node->parent = r->at;
	if (r->at == NULL)
		r->root = node;
	else if (r->at->last == NULL)
		r->at->first = node;
	else
		r->at->last->next = node;
	if (r->at != NULL)
		r->at->last = node;
}

static bool
is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

static enum wh_err
close_element(struct reading *r)
{
	struct stuf_node *node = r->at;

	if (node == NULL)
		return fail(r, "einde zonder begin", 0);
	if (node->first != NULL && !is_blank(node->text))
		return fail(r, "tekst tussen de elementen", 0);
	if (node->first != NULL)
		node->text = "";
	if (!text_is_clean(span_str(node->text)))
		return fail(r, "stuurtekens in de tekst", 0);
	r->at = node->parent;
	r->depth--;
	return WH_OK;
}

static enum wh_err
open_element(struct reading *r)
{
	const char *prefix =
	    prefix_of((const char *)xmlTextReaderConstNamespaceUri(r->xml));
	bool is_empty = xmlTextReaderIsEmptyElement(r->xml) == 1;
	struct stuf_node *node;
	enum wh_err err;

	if (prefix == NULL && r->root == NULL)
		return stuf_fault_set(r->fault, "StUF004", NULL,
		    "geen bericht van StUF Jeugdzorg 1.0");
	if (prefix == NULL)
		return fail(r, "element uit een onbekende naamruimte", 0);
	if (r->depth == STUF_DEPTH_MAX)
		return fail(r, "elementen in elkaar", STUF_DEPTH_MAX);
	if (r->nodes++ == STUF_NODES_MAX)
		return fail(r, "elementen", STUF_NODES_MAX);
	node = arena_alloc(r->arena, sizeof(*node));
	if (node == NULL)
		return fail(r, "bytes", STUF_ARENA_MAX);
	node->text = "";
	node->tag = arena_printf(r->arena, "%s:%s", prefix,
	    (const char *)xmlTextReaderConstLocalName(r->xml));
	if (node->tag == NULL)
		return fail(r, "bytes", STUF_ARENA_MAX);
	append(r, node);
	r->at = node;
	r->depth++;
	err = read_attributes(r, node);
	return err == WH_OK && is_empty ? close_element(r) : err;
}

static enum wh_err
add_text(struct reading *r)
{
	const char *more = (const char *)xmlTextReaderConstValue(r->xml);

	if (r->at == NULL || more == NULL)
		return WH_OK;
	if (r->at->first != NULL && is_blank(more))
		return WH_OK; /* the layout between elements */
	r->at->text = r->at->text[0] == '\0'
			  ? arena_str(r->arena, span_str(more))
			  : arena_printf(r->arena, "%s%s", r->at->text, more);
	if (r->at->text == NULL) {
		r->at->text = "";
		return fail(r, "bytes", STUF_ARENA_MAX);
	}
	return WH_OK;
}

static enum wh_err
read_node(struct reading *r)
{
	switch (xmlTextReaderNodeType(r->xml)) {
	case XML_READER_TYPE_ELEMENT:
		return open_element(r);
	case XML_READER_TYPE_END_ELEMENT:
		return close_element(r);
	case XML_READER_TYPE_TEXT:
	case XML_READER_TYPE_CDATA:
	case XML_READER_TYPE_WHITESPACE:
	case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
		return add_text(r);
	case XML_READER_TYPE_COMMENT:
	case XML_READER_TYPE_PROCESSING_INSTRUCTION:
	case XML_READER_TYPE_XML_DECLARATION:
		return WH_OK;
	default: /* libxml2's own enum: document types, entities */
		return fail(r, "DOCTYPE en entiteiten zijn niet toegestaan", 0);
	}
}

/* r->root is what was read, also on failure. */
static enum wh_err
read_all(struct reading *r, struct span xml)
{
	enum wh_err err;
	int got = 0;

	if (xml.len > STUF_DOCUMENT_MAX)
		return fail(r, "bytes", STUF_DOCUMENT_MAX);
	err = check_prolog(r, xml);
	if (err != WH_OK)
		return err;
	r->xml = xmlReaderForMemory((const char *)xml.p, (int)xml.len, NULL,
	    "UTF-8", XML_PARSE_NONET);
	if (r->xml == NULL)
		return fail(r, "geen XML in UTF-8", 0);
	xmlTextReaderSetStructuredErrorHandler(r->xml, ignore_error, NULL);
	while (err == WH_OK && (got = xmlTextReaderRead(r->xml)) == 1)
		err = read_node(r);
	if (err == WH_OK &&
	    (got != 0 ||
		r->root == NULL)) /* it reads ahead: the line is near */
		err = stuf_fault_set(r->fault, "StUF055", NULL,
		    "geen welgevormde XML, bij regel %d",
		    xmlTextReaderGetParserLineNumber(r->xml));
	xmlFreeTextReader(r->xml);
	r->xml = NULL;
	return err;
}

enum wh_err
stuf_in_read(struct span xml, struct arena *arena, struct stuf_node **root,
    struct stuf_fault *fault)
{
	struct reading r = {.arena = arena, .fault = fault};
	enum wh_err err = read_all(&r, xml);

	if (err == WH_OK)
		*root = r.root;
	return err;
}

const struct stuf_node *
stuf_child(const struct stuf_node *node, const char *tag)
{
	if (node == NULL)
		return NULL;
	node = node->first;
	while (node != NULL && strcmp(node->tag, tag) != 0)
		node = node->next;
	return node;
}

const struct stuf_node *
stuf_again(const struct stuf_node *node)
{
	const char *tag = node->tag;

	do
		node = node->next;
	while (node != NULL && strcmp(node->tag, tag) != 0);
	return node;
}

const struct stuf_node *
stuf_at(const struct stuf_node *node, const char *path)
{
	char tag[64];

	while (node != NULL && *path != '\0') {
		size_t len = strcspn(path, "/");

		if (len >= sizeof(tag))
			return NULL;
		memcpy(tag, path, len);
		tag[len] = '\0';
		node = stuf_child(node, tag);
		path += path[len] == '/' ? len + 1 : len;
	}
	return node;
}

const char *
stuf_text(const struct stuf_node *node, const char *path)
{
	node = stuf_at(node, path);
	if (node == NULL || node->is_nil || node->text[0] == '\0')
		return NULL;
	return node->text;
}

/* Nothing rather than something that would not fit in the answer either. */
static void
take_text(const struct stuf_node *node, const char *path, size_t max_chars,
    char *out, size_t size)
{
	const char *text = stuf_text(node, path);

	if (text == NULL || !text_is_clean(span_str(text)) ||
	    values_chars(text) > max_chars ||
	    str_copy(out, size, text) != WH_OK)
		out[0] = '\0';
}

static void
take_system(const struct stuf_node *node, struct stuf_system *out)
{
	take_text(node, "StUF:organisatie", 200, out->organisatie,
	    sizeof(out->organisatie));
	take_text(node, "StUF:applicatie", 50, out->applicatie,
	    sizeof(out->applicatie));
	take_text(node, "StUF:administratie", 50, out->administratie,
	    sizeof(out->administratie));
	if (values_chars(out->applicatie) < 3)
		out->applicatie[0] = '\0';
}

void
stuf_in_header(struct span xml, struct stuf_header *out)
{
	struct arena arena;
	struct stuf_fault fault;
	struct reading r = {.arena = &arena, .fault = &fault};
	const struct stuf_node *head;

	memset(out, 0, sizeof(*out));
	arena_init(&arena, STUF_ARENA_MAX);
	(void)read_all(&r, xml); /* what comes after the header may be wrong */
	head = stuf_child(r.root, "JZ:stuurgegevens");
	if (head == NULL)
		head = stuf_child(r.root, "StUF:stuurgegevens");
	take_text(head, "StUF:berichtcode", 4, out->berichtcode,
	    sizeof(out->berichtcode));
	take_system(stuf_child(head, "StUF:zender"), &out->zender);
	take_system(stuf_child(head, "StUF:ontvanger"), &out->ontvanger);
	take_text(head, "StUF:referentienummer", 40, out->referentienummer,
	    sizeof(out->referentienummer));
	take_text(head, "StUF:crossRefnummer", 40, out->cross_ref,
	    sizeof(out->cross_ref));
	take_text(r.root, "StUF:body/StUF:code", 30, out->fault_code,
	    sizeof(out->fault_code));
	arena_fini(&arena);
}
