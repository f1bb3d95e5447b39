/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {"err", "warn", "info", "debug"};
/* Priorities of syslog(3) that journald reads from the start of a line. */
static const char priorities[] = {'3', '4', '6', '7'};

static const char *program = "wijkhub";
static enum log_level threshold = LOG_LEVEL_INFO;

void
log_open(const char *name)
{
	program = name;
}

void
log_level_set(enum log_level level)
{
	threshold = level;
}

enum log_level
log_level_get(void)
{
	return threshold;
}

enum wh_err
log_level_parse(const char *text, enum log_level *out)
{
	unsigned i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(text, names[i]) == 0) {
			*out = (enum log_level)i;
			return WH_OK;
		}
	return WH_INVALID;
}

void
log_at(enum log_level level, const char *id, const char *format, ...)
{
	char line[1024];
	va_list args;
	size_t i;

	if (level > threshold)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	/* One event, one line, whatever a value may hold. */
	for (i = 0; line[i] != '\0'; i++)
		if ((unsigned char)line[i] < ' ')
			line[i] = ' ';
	fprintf(stderr, "<%c>%s %s%s%s\n", priorities[level], program, id,
	    line[0] == '\0' ? "" : " ", line);
}
