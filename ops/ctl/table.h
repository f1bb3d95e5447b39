/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_OPS_CTL_TABLE_H
#define WH_OPS_CTL_TABLE_H

#include <stddef.h>
#include <stdio.h>

/* Columns for people: two spaces between, as wide as the widest cell. */
struct table;

/* The heads are copied; their number is the number of columns. */
struct table *table_new(size_t columns, const char *const *heads);
void table_free(struct table *table); /* NULL is allowed */

/* A row of columns cells, UTF-8; copied. */
void table_row(struct table *table, const char *const *cells);

/* Indented by two spaces; nothing when there is no row. */
void table_print(const struct table *table, FILE *to);

#endif
