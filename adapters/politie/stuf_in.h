/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_POLITIE_STUF_IN_H
#define WH_ADAPTERS_POLITIE_STUF_IN_H

#include "proto/base/arena.h"
#include "proto/base/err.h"
#include "proto/base/span.h"

/*
 * Read StUF XML from hostile hands: from memory only, UTF-8 only, no DOCTYPE
 * (so no entities and nothing to fetch), four namespaces, bounded in every
 * direction. Nothing is printed, for a parser's message quotes the document.
 */
#define STUF_DOCUMENT_MAX 1048576u /* 1 MiB */
#define STUF_DEPTH_MAX    24
#define STUF_NODES_MAX    4096
/* A tree of a document: its text once, and nodes. */
#define STUF_ARENA_MAX 4194304u /* 4 MiB */

#define STUF_NS     "http://www.egem.nl/StUF/StUF0301"
#define STUF_NS_BG  "http://www.egem.nl/StUF/sector/bg/0310"
#define STUF_NS_ZKN "http://www.egem.nl/StUF/sector/zkn/0310"
#define STUF_NS_JZ  "http://www.stufstandaarden.nl/koppelvlak/jz0100"
#define STUF_NS_XSI "http://www.w3.org/2001/XMLSchema-instance"

/* One element; everything lives in the arena. */
struct stuf_node {
	const char *tag;    /* "ZKN:identificatie", whatever prefix it had */
	const char *text;   /* what stands in it, "" for nothing */
	const char *entity; /* StUF:entiteittype, or NULL */
	char incomplete;    /* StUF:indOnvolledigeDatum: J, M, D, V, or 0 */
	bool is_nil;        /* xsi:nil, or a StUF:noValue */
	struct stuf_node *parent, *first, *last, *next;
};

/* Why a document is not taken: goes into a Fo03; never a value from it. */
struct stuf_fault {
	char code[8];    /* of StUF 3.01 */
	char field[128]; /* "object/heeftBetrekkingOp/hoedanigheid" */
	char text[WHY_MAX];
};

enum wh_err stuf_fault_set(struct stuf_fault *fault, const char *code,
    const struct stuf_node *where, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* WH_INVALID or WH_TOO_BIG with the fault filled. */
enum wh_err stuf_in_read(struct span xml, struct arena *arena,
    struct stuf_node **root, struct stuf_fault *fault);

/* The first child with this tag; NULL when there is none, or node is NULL. */
const struct stuf_node *stuf_child(const struct stuf_node *node,
    const char *tag);

/* The next sibling with the same tag. */
const struct stuf_node *stuf_again(const struct stuf_node *node);

/* Down a path of tags with "/" between; NULL where it ends. */
const struct stuf_node *stuf_at(const struct stuf_node *node, const char *path);

/* Its text there, or NULL: not there, nil, or empty. */
const char *stuf_text(const struct stuf_node *node, const char *path);

struct stuf_system {
	char organisatie[801]; /* 200 characters */
	char applicatie[201];  /* 3 to 50 characters; "" when not readable */
	char administratie[201];
};

/* What an answer needs from any StUF message, as far as it can be read. */
struct stuf_header {
	char berichtcode[8];
	struct stuf_system zender;
	struct stuf_system ontvanger;
	char referentienummer[161]; /* 40 characters */
	char cross_ref[161];
	char fault_code[32]; /* of a Fo01 to Fo03 */
};
void stuf_in_header(struct span xml, struct stuf_header *out);

#endif
