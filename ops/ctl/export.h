/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_OPS_CTL_EXPORT_H
#define WH_OPS_CTL_EXPORT_H

#include <stdio.h>

#include "consent/audit.h"
#include "proto/wire_register.h"

/*
 * Entries of the audit log in forms that others read. Written one at a time:
 * nothing is remembered of what was written. Nothing about a person: what the
 * leaf holds, and from the details the type of referral.
 *
 * OTLP: traces as the Dutch standard Logboek Dataverwerkingen has them, in
 * OTLP/JSON: one TracesData a line, EXPORT_SPANS spans at most in each. A
 * referral is a trace and an entry is a span. Attributes of the standard begin
 * with "dpl.core.", ours with "wijkhub.".
 *
 * CSV: RFC 4180, with a line of names.
 */
enum export_format {
	EXPORT_OTLP,
	EXPORT_CSV,
};
#define EXPORT_SPANS 512

struct export
{
	FILE *to; /* borrowed */
	enum export_format format;
	const struct wh_register *reg; /* borrowed */
	uint64_t count;                /* of entries written */
};

struct export_entry {
	uint64_t index;
	struct audit_leaf leaf;
	const char *type; /* of referral; "" when it is not known, or of none */
};

/* What the log says is in the file when it can be written: ask ferror(). */
void export_begin(struct export *export);
void export_write(struct export *export, const struct export_entry *entry);
void export_end(struct export *export);

#endif
