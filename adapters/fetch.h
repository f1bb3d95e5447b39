/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_FETCH_H
#define WH_ADAPTERS_FETCH_H

#include <event2/event.h>

#include "proto/base/err.h"
#include "proto/base/span.h"

/*
 * Requests to the partner system: libcurl driven by the caller's loop. HTTP and
 * HTTPS only, redirects are not followed but given as answers, and an answer is
 * at most FETCH_BODY_MAX bytes.
 */
struct fetch;

#define FETCH_BODY_MAX     1048576u /* 1 MiB */
#define FETCH_LOCATION_MAX 512

struct fetch_options {
	const char *base_url; /* "" when there is none; all copied */
	/* Bearer, sent to base_url's origin only, and not beside an
	 * Authorization header of the request; or NULL. */
	const char *token;
	const char *ca;     /* file with what to trust, or NULL: the system's */
	int64_t timeout_ms; /* of one request, all in all */
};

enum wh_err fetch_open(struct event_base *base,
    const struct fetch_options *options, struct fetch **out, struct why *why);

/* Ends what is under way: done() gets WH_AGAIN. NULL is allowed. */
void fetch_close(struct fetch *fetch);

/* All borrowed for the call. */
struct fetch_request {
	const char *method;       /* "POST" */
	const char *url;          /* absolute, or a path below base_url */
	const char *content_type; /* "" for none */
	char *const *headers;     /* "Name: value" */
	size_t header_count;
	struct span body;
};

/* Borrowed during done(). */
struct fetch_answer {
	int status;
	const char *location; /* "" when absent or not text */
	const char *content_type;
	struct span body;
};

/*
 * WH_OK with an answer of any status; WH_AGAIN: no connection or no answer in
 * time; WH_TOO_BIG; WH_CRYPTO: the other side's certificate does not hold.
 * Without WH_OK answer is NULL.
 */
typedef void fetch_done_fn(void *arg, enum wh_err err,
    const struct fetch_answer *answer);

/*
 * Start; done() is called once, later, from the loop. WH_INVALID, and no
 * done(), for a URL or header that cannot be sent.
 */
enum wh_err fetch_start(struct fetch *fetch, const struct fetch_request *in,
    fetch_done_fn *done, void *arg, struct why *why);

/*
 * Stop the one that was started with this arg: nothing more of it leaves, and
 * done() is not called. False: there is none. Not from done().
 */
bool fetch_cancel(struct fetch *fetch, const void *arg);

#endif
