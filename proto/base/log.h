/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_BASE_LOG_H
#define WH_PROTO_BASE_LOG_H

#include "proto/base/err.h"

/*
 * One line per event on stderr, "<6>wijkhub-broker REGISTER-LOADED version=3"
 * (the number is the syslog priority that journald reads). The id is stable
 * and unique, and is listed in the man page. Lines name members, ids,
 * categories and counts; never a person, never a body.
 */
enum log_level {
	LOG_LEVEL_ERR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/* Name of the program in each line; static storage is assumed. */
void log_open(const char *name);

void log_level_set(enum log_level level);
enum log_level log_level_get(void);

/* "err", "warn", "info", "debug"; WH_INVALID for anything else. */
enum wh_err log_level_parse(const char *text, enum log_level *out);

void log_at(enum log_level level, const char *id, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_err(...)   log_at(LOG_LEVEL_ERR, __VA_ARGS__)
#define log_warn(...)  log_at(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
