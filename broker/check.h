/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_CHECK_H
#define WH_BROKER_CHECK_H

#include "proto/base/err.h"

/*
 * Is a broker's folder what a broker wrote? Opens it read only and goes
 * through everything: checksums, the log and its checkpoints, every row
 * against the rows that it belongs with, and the journal. One line of text for
 * each thing that does not fit: ids, members and numbers, nothing about a
 * person. The broker may run meanwhile; what the journal has more than the
 * store is no finding.
 */
typedef void check_fn(void *arg, const char *finding);

struct check_result {
	unsigned long long values;   /* looked at, in all tables */
	unsigned long long entries;  /* of the log */
	unsigned long long records;  /* of the journal */
	unsigned long long findings; /* 0: all is well */
};

/*
 * WH_OK whether or not there were findings; an error, with why, when the
 * folder cannot be opened as a broker's at all. WH_UNSUPPORTED: its store is in
 * the form of another version.
 */
enum wh_err check_folder(const char *dir, check_fn *found, void *arg,
    struct check_result *out, struct why *why);

#endif
