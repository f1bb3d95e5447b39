/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_WPI_WPI_SETTINGS_H
#define WH_ADAPTERS_WPI_WPI_SETTINGS_H

#include "adapters/adapter.h"

/* The settings of wpi.c, checked. Lists are "key=value key=value". */
struct wpi_settings {
	bool outgoing;
	bool bsn;
	char *actor;       /* NULL only without outgoing */
	char *actors;      /* desk -> actor, or NULL as all that follow */
	char *terms;       /* type -> working days */
	char *klanten;     /* prefixes of URLs of Klantinteracties */
	char *zaken;       /* prefixes of URLs of the Zaken API */
	char *statuses;    /* statustype -> event */
	char *processed;   /* the event of a task that was processed */
	char *hook;        /* the Authorization header of notifications */
	char *klant_token; /* wiped when freed, as hook and zgw_secret */
	char *zgw_client;
	char *zgw_secret;
};
extern const char *const wpi_settings_keys[];

/* WH_INVALID with the setting that is wrong; reads the files with secrets. */
enum wh_err wpi_settings_open(const struct adapter_env *env,
    struct wpi_settings **out, struct why *why);
void wpi_settings_close(struct wpi_settings *settings); /* NULL is allowed */

/* The value of a key in a list; WH_NOT_FOUND, also for the list NULL. */
#define WPI_VALUE_SIZE 64
enum wh_err wpi_settings_find(const char *list, const char *key,
    char out[WPI_VALUE_SIZE]);

/*
 * "afronden:HELPED" as the body of an event; NULL for "negeren" and for what is
 * no such event. New reference.
 */
json_t *wpi_settings_event(const char *text);

/* Is url below one of these prefixes, without a way out of it? */
bool wpi_settings_below(const char *prefixes, const char *url);

#endif
