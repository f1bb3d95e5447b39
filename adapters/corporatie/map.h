/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_CORPORATIE_MAP_H
#define WH_ADAPTERS_CORPORATIE_MAP_H

#include "adapters/adapter.h"

/*
 * VERA documents <-> the JSON of DOSSIER.md; pure. What a landlord may share
 * is decided here by leaving everything else out: only members named in the
 * mapping are read. A BSN is never one of them (Wabb: a corporatie has no
 * ground to use it towards the hub).
 */

/* Who gets what, by default; settings say otherwise. */
enum map_party {
	MAP_WPI,
	MAP_BUURTTEAM,
	MAP_POLITIE,
	MAP_PARTIES
};

/*
 * Every zaaktype that can become a referral: X(soort, detailSoort, default).
 * Setting zaaktype_<soort>_<detailSoort> replaces a default: "<type>",
 * "<type>@<lid>" or "geen". A type by consent needs kenmerk
 * wijkhub-toestemming; kenmerk wijkhub-type then chooses another type by
 * consent for one Zaak.
 */
#define MAP_ZAAKTYPEN(X)                                                       \
	/* Wgs: debt help is asked for, so by consent (AVG 6(1)(a)). Without   \
	 * it only as an early signal, with the four conditions of the Besluit \
	 * gemeentelijke schuldhulpverlening art. 2 (map_arrears.c). */        \
	X(FIN, HUA, "geldzorgen")                                              \
	X(FIN, BET, "geldzorgen")                                              \
	X(FIN, HUR, "geldzorgen")                                              \
	/* Nuisance around the home: public task (AVG 6(1)(e)) as the covenant \
	 * on housing nuisance agreed it. */                                   \
	X(SOC, GEL, "woonoverlast")                                            \
	X(SOC, RUZ, "woonoverlast")                                            \
	X(SOC, OVE, "woonoverlast")                                            \
	X(SOC, STA, "woonoverlast")                                            \
	X(SOC, DIE, "woonoverlast")                                            \
	X(OMG, HAN, "woonoverlast")                                            \
	/* Health (AVG art. 9): never without explicit consent, and then to    \
	 * the one desk that takes what fits nowhere else. */                  \
	X(SOC, PSY, "vastgelopen")                                             \
	X(SOC, VER, "vastgelopen")                                             \
	/* A filthy house can be illness or nuisance: a person chooses. */     \
	X(SOC, VUI, "geen")                                                    \
	/* Offences (AVG art. 10): a person reports them to the police, not a  \
	 * case system; a covenant may agree otherwise. */                     \
	X(SOC, AGR, "geen")                                                    \
	X(SOC, DRU, "geen")                                                    \
	X(SOC, HEN, "geen")                                                    \
	X(SOC, VAN, "geen")                                                    \
	/* The landlord's own task: nothing to refer unless agreed. */         \
	X(SOC, ONG, "geen")                                                    \
	X(SOC, ONV, "geen")

#define MAP_ROW(soort, detail, type) MAP_ROW_##soort##_##detail,
enum map_row {
	MAP_ZAAKTYPEN(MAP_ROW) MAP_ZAAKTYPE_COUNT
};

/* Borrowed from the adapter; a text that is not set is "". */
struct map_settings {
	const char *members[MAP_PARTIES];
	const char *area;  /* for an address whose buurt is not known */
	const char *areas; /* "FB01=dichtersbuurt FB02=confuciusbuurt" */
	const char *zaaktypen[MAP_ZAAKTYPE_COUNT];
};

/* WH_INVALID with a why that names the setting. */
enum wh_err map_vera_settings(const struct map_settings *settings,
    struct why *why);

/* "zaaktype_SOC_GEL", for row in MAP_ZAAKTYPEN. */
const char *map_vera_zaaktype_key(size_t row);

/* One document to be mapped. All borrowed. */
struct map_in {
	const struct map_settings *settings;
	const json_t *document;
	const json_t *relatie; /* what was fetched, or NULL */
	int64_t now_ms;
};

/*
 * Each fills out: ACTION_REFERRAL, ACTION_FETCH for the relatie it needs (only
 * once everything else in the document is right), or ACTION_REJECT.
 */
void map_vera_signalering(const struct map_in *in, struct action *out);
void map_vera_incasso(const struct map_in *in, struct action *out);
void map_vera_zaak(const struct map_in *in, struct action *out);

/*
 * PATCH of a Zaak or Onderhoudsverzoek: ACTION_EVENT on referral id, or
 * ACTION_NOTHING where the new status says nothing new. dossier may be NULL.
 */
void map_vera_zaakstatus(const json_t *document, const json_t *dossier,
    const char *id, struct action *out);
void map_vera_verzoekstatus(const json_t *document, const json_t *dossier,
    const char *id, struct action *out);

/* A new document for their system. */
json_t *map_vera_onderhoudsverzoek(const json_t *dossier, int64_t now_ms);
json_t *map_vera_melding(const json_t *dossier, int64_t now_ms);

/* NULL: this event says nothing to a landlord. */
json_t *map_vera_contactmoment(const json_t *dossier, const json_t *event,
    const char *job_id, int64_t now_ms);

/* What the map_*.c share. */

/* Fill REJECT and return WH_INVALID. */
enum wh_err map_vera_refuse(struct action *out, const char *code,
    const char *field, const char *text);

/*
 * vera_attribute(), with *value "" when it is absent and REJECT when it stands
 * there twice or is no text.
 */
enum wh_err map_vera_option(const json_t *document, const char *name,
    const char **value, struct action *out);

/*
 * The relatie with these keys: WH_AGAIN with ACTION_FETCH when it has to be
 * fetched first, WH_INVALID with REJECT when the keys cannot be used or what
 * was fetched is another, no natural person, or no longer living.
 */
enum wh_err map_vera_relatie(const struct map_in *in, const json_t *keys,
    const char *field, struct action *out);

/* Name and ways to reach; full: birth date, gender and language as well. */
enum wh_err map_vera_contact(const json_t *relatie, bool full, json_t *sections,
    struct action *out);
/* The one address where the person lives now; *adres is borrowed. */
enum wh_err map_vera_address(const struct map_in *in, json_t *sections,
    const json_t **adres, struct action *out);

/*
 * Finish body with naar, client, kenmerk, urgentie and bron, and make it the
 * action. what is the name of the document ("Zaak"); adres may be NULL.
 */
struct map_address {
	const char *what;
	const char *resource; /* "zaken" */
	const char *member;
	const json_t *adres;
	const json_t *keys; /* of the relatie */
};
void map_vera_finish(const struct map_in *in, const struct map_address *to,
    json_t *body, struct action *out);

/*
 * An early signal of rent arrears, from any document. amount is used where
 * extra-attribuut achterstand-bedrag-eur is absent, and may be NULL; field
 * names where the key of the relatie stands.
 */
void map_vera_signal(const struct map_in *in,
    const struct map_address *document, const json_t *amount, const char *field,
    struct action *out);

#endif
