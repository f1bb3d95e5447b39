/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_ADAPTER_H
#define WH_ADAPTERS_ADAPTER_H

#include <jansson.h>

#include "proto/base/err.h"
#include "proto/base/span.h"
#include "proto/terms.h"

/*
 * The contract of an adapter: translate one partner system's documents to and
 * from the JSON of the public API. Everything else (durability, sealing,
 * permission, delivery, HTTP, retries) is done by the runner around it.
 *
 *   open    read the settings of this kind of partner
 *   take    their document -> an action ("make this referral")
 *   answer  what came of it -> an answer in their own format
 *   give    an event on a referral -> calls to their system, step by step
 *   close
 *
 * take, answer and give are pure: they see what they are given and nothing
 * else, never block, and log nothing about a person.
 */

struct wh_register; /* proto/wire_register.h */

struct adapter_header {
	const char *name;
	const char *value;
};

/* A request from the partner system. Everything is borrowed. */
struct adapter_in {
	const char *method;
	const char *path;         /* "/vera/v4/zaken" */
	const char *id;           /* the {id} part of the route, or "" */
	const char *content_type; /* without parameters, "" when absent */
	const struct adapter_header *headers;
	size_t header_count;
	struct span body;
	const json_t *fetched; /* the answer to ACTION_FETCH, else NULL */
	const json_t *dossier; /* the referral named by id, or NULL */
	/* The covenant in force, for what a type may hold and who is who by
	 * number; NULL before the first, when nothing can be made anyway. */
	const struct wh_register *reg;
	int64_t now_ms;
	struct id request_id; /* random; for reference numbers in answers */
};
const char *adapter_in_header(const struct adapter_in *in, const char *name);

enum action_kind {
	ACTION_REJECT,   /* the document cannot be used: field, why */
	ACTION_DIVERT,   /* recognised, but does not belong here: field, why */
	ACTION_REFERRAL, /* make a referral: body of POST /v1/verwijzingen */
	ACTION_EVENT, /* an event on referral id: body of .../gebeurtenissen */
	ACTION_FETCH, /* first GET path from the partner system, then again */
	ACTION_JOB,   /* note durably, work on it with give: job context */
	ACTION_READ,  /* only show the referral */
	ACTION_NOTHING, /* understood, nothing to do */
};

/* take's answer. Text is copied in; body is an owned reference. */
struct action {
	enum action_kind kind;
	json_t *body;       /* owned by the action; NULL where none is needed */
	char id[64];        /* case ref text for EVENT and READ */
	char path[256];     /* FETCH: below the target's base URL */
	char field[128];    /* REJECT: where in their document */
	char text[WHY_MAX]; /* REJECT, DIVERT: what is wrong and what to do */
	char
	    code[32]; /* REJECT, DIVERT: their format's own error code, or "" */
};

enum outcome_kind {
	OUTCOME_CREATED,  /* made and accepted by the hub */
	OUTCOME_QUEUED,   /* made and durable here; the hub is away */
	OUTCOME_SAME,     /* this kenmerk and content were here already */
	OUTCOME_CONFLICT, /* this kenmerk was here with other content */
	OUTCOME_REFUSED,  /* by permission: reason */
	OUTCOME_REJECTED, /* the document is wrong: field, text */
	OUTCOME_DIVERTED,
	OUTCOME_DONE, /* the event was done, the job noted, nothing to do */
	OUTCOME_FORBIDDEN, /* the state forbids the event: allowed */
	OUTCOME_NOT_FOUND,
	OUTCOME_READ, /* dossier */
	OUTCOME_BUSY, /* no room or partner system away: try again later */
};

/* What came of the action. Everything is borrowed. */
struct outcome {
	enum outcome_kind kind;
	enum reason reason;    /* REFUSED */
	const char *field;     /* REJECTED, CONFLICT; else "" */
	const char *text;      /* for people; never about a person */
	const char *code;      /* as in struct action */
	const json_t *dossier; /* the referral, as GET /v1/verwijzingen/{id} */
	const json_t *allowed; /* FORBIDDEN: array of event words */
};

struct adapter_reply {
	int status;
	char content_type[64];
	char location[128]; /* "" for none */
	char *body;         /* heap, owned by the reply; NULL for none */
	size_t len;
};

/*
 * A job: work towards the partner system that must not be lost. One is made
 * for each event on a referral that this member did not cause itself, and one
 * for each ACTION_JOB. give is called with step 0; after each request, with
 * the next step and the response. Temporary failures (no connection, 408,
 * 425, 429, 5xx) and a token that is refused (401, 407) repeat the same step
 * with back-off; other 4xx are given to give as response too.
 */
struct job_view {
	struct id job_id; /* stable over retries: use as idempotency key */
	unsigned step;
	const json_t *context; /* what the previous step kept; {} at first */
	const json_t *dossier; /* with event: the referral; else NULL */
	const json_t *event;   /* the entry of "gebeurtenissen"; else NULL */
	int status; /* HTTP status of the previous step, 0 at step 0 */
	const char *location; /* Location header of the previous step, or "" */
	struct span response; /* body of the previous step */
	int64_t now_ms;
};

enum step_kind {
	STEP_DONE,    /* nothing (more) to do */
	STEP_REQUEST, /* do this request, then come back */
	STEP_EVENT,   /* do this event on a referral (id, body), then done */
	STEP_PARK,    /* cannot go on: keep for the operator with text */
};

#define STEP_HEADERS_MAX 8

/*
 * give's answer; strings are heap, owned by the step. note, an object, is
 * merged into "bron" of the job's referral before anything else of the step is
 * done (desk_note): what later jobs on it need to know. A job without an event
 * has no referral to keep it with.
 */
struct step {
	enum step_kind kind;
	const char *method; /* static: "POST", "GET", "PATCH", "PUT" */
	char *url;          /* absolute, or a path below the target's base */
	char content_type[64];
	char *headers[STEP_HEADERS_MAX]; /* "Name: value" */
	char *body;
	size_t len;
	json_t *context;    /* owned: kept for the next step */
	json_t *note;       /* owned: kept with the referral, see above */
	char id[64];        /* STEP_EVENT: case ref text */
	json_t *event;      /* STEP_EVENT: owned */
	char text[WHY_MAX]; /* STEP_PARK */
};

struct adapter_route {
	const char *method;
	const char *path; /* may end in "/{id}" */
	size_t body_max;  /* bytes */
	bool is_open; /* needs no token (a check of its own stands in take) */
};

/* What an adapter may know of its configuration. */
struct adapter_env {
	const char *member;
	const char *organisation; /* the member's name in the covenant */
	const char *oin;
	/* Value of a key under "settings:" in the configuration, or NULL. */
	const char *(*setting)(const struct adapter_env *env, const char *key);
	void *arg;
};

struct adapter_ops {
	const char *name;
	const char *role; /* in the covenant; NULL: any */
	const struct adapter_route *routes;
	size_t route_count;
	const char *const *settings; /* keys that it knows, ended by NULL */
	enum wh_err (*open)(const struct adapter_env *env, void **state,
	    struct why *why);
	void (*take)(void *state, const struct adapter_in *in,
	    struct action *out);
	void (*answer)(void *state, const struct adapter_in *in,
	    const struct outcome *outcome, struct adapter_reply *reply);
	void (*give)(void *state, const struct job_view *job, struct step *out);
	void (*close)(void *state);
};

void action_fini(struct action *action);
void adapter_reply_fini(struct adapter_reply *reply);
void step_fini(struct step *step);

/* Fill REJECT in one line: where, and what is wrong and what to do. */
void action_reject(struct action *out, const char *code, const char *field,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
