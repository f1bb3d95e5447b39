/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_REGISTER_CHECK_H
#define WH_CONSENT_REGISTER_CHECK_H

#include <stdarg.h>

#include "consent/register.h"

/*
 * The checks behind register_check(), for the files of this folder that must
 * also know where a mistake is: covenant.c makes a line number of it.
 */
struct register_fault {
	const char *list;  /* static: "types"; "" for the register itself */
	size_t index;      /* within the list */
	const char *field; /* static: key within the item, "" for all of it */
};

/* A check at work: where it looks, and what it has to say. */
struct check {
	const struct wh_register *reg;
	struct register_fault at;
	struct why *why; /* may be NULL */
};

/* The item that is looked at from here on. */
void check_at(struct check *check, const char *list, size_t index);

/* Fill why and at.field; always WH_INVALID. */
enum wh_err check_no(struct check *check, const char *field, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* The whole; check->at says where when the answer is not WH_OK. */
enum wh_err check_register(struct check *check);

/* Its parts, in this order. */
enum wh_err check_areas(struct check *check);
enum wh_err check_roles(struct check *check);
enum wh_err check_members(struct check *check);
enum wh_err check_instruments(struct check *check);
enum wh_err check_activities(struct check *check);
enum wh_err check_types(struct check *check);
enum wh_err check_keys(struct check *check);

/* A slug of at most NAME_MAX_LEN; text for people of at most max bytes. */
enum wh_err check_slug(struct check *check, const char *field,
    const char *text);
enum wh_err check_text(struct check *check, const char *field, const char *text,
    size_t max);

/*
 * The ids of a list of structs: at least one, at most max, slugs, each once.
 * The structs begin with their id and lie step bytes apart.
 */
struct check_list {
	const char *name;
	const void *first; /* borrowed */
	size_t step;
	size_t count;
	size_t max;
};
enum wh_err check_list(struct check *check, const struct check_list *list);

/* Slugs without repetition, at most max of them. */
struct check_slugs {
	const char *field;
	const char *const *list; /* borrowed */
	size_t count;
	size_t max;
};
enum wh_err check_slugs(struct check *check, const struct check_slugs *slugs);

#endif
