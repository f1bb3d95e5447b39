/* SPDX-License-Identifier: EUPL-1.2 */
#include "ops/ctl/table.h"

#include "proto/base/mem.h"

struct table {
	size_t columns;
	size_t rows;  /* the heads included */
	char **cells; /* owned, rows * columns of them */
};

void
table_row(struct table *table, const char *const *cells)
{
	size_t used = table->rows * table->columns;

	table->cells = mem_grow(table->cells,
	    (used + table->columns) * sizeof(*table->cells));
	for (size_t i = 0; i < table->columns; i++)
		table->cells[used + i] = mem_strdup(cells[i]);
	table->rows++;
}

struct table *
table_new(size_t columns, const char *const *heads)
{
	struct table *table = mem_new(sizeof(*table));

	table->columns = columns;
	table_row(table, heads);
	return table;
}

void
table_free(struct table *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; i < table->rows * table->columns; i++)
		mem_free(table->cells[i]);
	mem_free(table->cells);
	mem_free(table);
}

/* Characters, not bytes: continuation bytes of UTF-8 take no room. */
static size_t
width(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static size_t
column_width(const struct table *table, size_t column)
{
	size_t widest = 0;

	for (size_t row = 0; row < table->rows; row++) {
		size_t n = width(table->cells[row * table->columns + column]);

		widest = n > widest ? n : widest;
	}
	return widest;
}

void
table_print(const struct table *table, FILE *to)
{
	if (table->rows < 2)
		return;
	for (size_t i = 0; i < table->rows * table->columns; i++) {
		size_t column = i % table->columns;
		const char *cell = table->cells[i];

		if (column == table->columns - 1) {
			(void)fprintf(to, "  %s\n", cell);
			continue;
		}
		(void)fprintf(to, "  %s%*s", cell,
		    (int)(column_width(table, column) - width(cell)), "");
	}
}
