/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_BASE_ERR_H
#define WH_PROTO_BASE_ERR_H

/*
 * How functions fail. A fallible function returns enum wh_err, hands results
 * out through its last parameters and leaves those untouched on failure.
 * "No" is not an error: a refusal by permission is a verdict (consent/decide).
 */
enum wh_err {
	WH_OK = 0,
	WH_INVALID,     /* bytes or arguments from outside break the contract */
	WH_TOO_BIG,     /* a bound of proto/limits.h is passed */
	WH_NOT_FOUND,   /* no such key, file, member, ... */
	WH_EXISTS,      /* it is there already, with other content */
	WH_FULL,        /* no room: map, disk or quota */
	WH_AGAIN,       /* not now: would block, peer away */
	WH_IO,          /* the operating system said no */
	WH_CRYPTO,      /* a signature, tag or key does not hold */
	WH_CORRUPT,     /* our own stored state is not what we wrote */
	WH_UNSUPPORTED, /* a newer major version, an unknown format */
	WH_REFUSED,     /* the peer refused */
};

#define WHY_MAX 256

/*
 * The explanation that goes with an error: what is wrong, where, and what to
 * do. Owned by the caller, who passes NULL where nobody will read it. Never
 * holds anything about a person.
 */
struct why {
	char text[WHY_MAX]; /* NUL-terminated, cut at WHY_MAX - 1 */
};

/* A short English name, "invalid", for logs. Static storage. */
const char *wh_err_str(enum wh_err err);

/* Fill why (may be NULL) and return err, so that one line does both. */
enum wh_err why_set(struct why *why, enum wh_err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
