/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/stats.h"

#include <stdio.h>

struct description {
	const char *name;
	const char *type;
	const char *help;
};

static const struct description descriptions[STAT_COUNT] = {
#define STATS_ROW(symbol, name, type, help) [symbol] = {name, type, help},
    STATS_LIST(STATS_ROW)
#undef STATS_ROW
};

size_t
stats_text(const struct stats *stats, char *out, size_t size)
{
	size_t len = 0;
	int i, n;

	for (i = 0; i < STAT_COUNT; i++) {
		n = snprintf(out + len, size - len,
		    "# HELP wijkhub_%s %s\n# TYPE wijkhub_%s %s\n"
		    "wijkhub_%s %llu\n",
		    descriptions[i].name, descriptions[i].help,
		    descriptions[i].name, descriptions[i].type,
		    descriptions[i].name, (unsigned long long)stats->value[i]);
		if (n < 0 || (size_t)n >= size - len)
			break;
		len += (size_t)n;
	}
	out[len] = '\0';
	return len;
}
