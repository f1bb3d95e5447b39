/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/corporatie/map.h"

#include <string.h>

#include "adapters/corporatie/vera.h"
#include "adapters/json.h"
#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/limits.h"

/* What every document has in common: to whom, about whom, by what number. */

#define KENMERK_MAX 64
#define CLIENT_MAX  64

enum wh_err
map_vera_refuse(struct action *out, const char *code, const char *field,
    const char *text)
{
	action_reject(out, code, field, "%s", text);
	return WH_INVALID;
}

enum wh_err
map_vera_option(const json_t *document, const char *name, const char **value,
    struct action *out)
{
	*value = "";
	switch (vera_attribute(document, name, value)) {
	case WH_OK:
	case WH_NOT_FOUND:
		return WH_OK;
	case WH_EXISTS:
		return map_vera_refuse(out, "VELD_ONJUIST", name,
		    "staat er meer dan eens, met verschillende waarden");
	case WH_INVALID:
	case WH_TOO_BIG:
	case WH_FULL:
	case WH_AGAIN:
	case WH_IO:
	case WH_CRYPTO:
	case WH_CORRUPT:
	case WH_UNSUPPORTED:
	case WH_REFUSED:
		break;
	}
	return map_vera_refuse(out, "VELD_ONJUIST", name,
	    "de waarde moet tekst zijn");
}

/* RFC 3986 unreserved stays, the rest becomes %XX. */
static enum wh_err
path_add(char *path, size_t size, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_~.";
	static const char hex[] = "0123456789ABCDEF";
	size_t len = strlen(path);

	for (; *text != '\0'; text++) {
		uint8_t byte = (uint8_t)*text;

		if (len + 4 > size)
			return WH_TOO_BIG;
		if (strchr(plain, byte) != NULL) {
			path[len++] = *text;
			continue;
		}
		path[len++] = '%';
		path[len++] = hex[byte >> 4];
		path[len++] = hex[byte & 15];
	}
	path[len] = '\0';
	return WH_OK;
}

static enum wh_err
fetch(const char *id, const char *field, struct action *out)
{
	action_fini(out);
	(void)str_copy(out->path, sizeof(out->path), "/relaties/");
	/* "." and ".." are steps in a path, not names. */
	if (id[strspn(id, ".")] == '\0' ||
	    path_add(out->path, sizeof(out->path), id) != WH_OK)
		return map_vera_refuse(out, "VELD_ONJUIST", field,
		    "kan geen sleutel zijn");
	out->kind = ACTION_FETCH;
	return WH_AGAIN;
}

enum wh_err
map_vera_relatie(const struct map_in *in, const json_t *keys, const char *field,
    struct action *out)
{
	const char *id = json_text(keys, "id");
	const char *kind = vera_code(keys, "soort");

	if (id[0] == '\0')
		return map_vera_refuse(out, "VELD_ONTBREEKT", field,
		    "de sleutel id ontbreekt; daarmee worden naam en "
		    "telefoonnummer opgehaald bij /relaties/{id}");
	if (strlen(id) > CLIENT_MAX)
		return map_vera_refuse(out, "VELD_ONJUIST", field,
		    "de sleutel id is te lang");
	if (kind[0] != '\0' && strcmp(kind, "NAT") != 0)
		return map_vera_refuse(out, "GEEN_NATUURLIJK_PERSOON", field,
		    "alleen een natuurlijk persoon kan worden verwezen");
	if (in->relatie == NULL)
		return fetch(id, field, out);
	if (strcmp(json_text(in->relatie, "id"), id) != 0)
		return map_vera_refuse(out, "RELATIE_ONJUIST", "relatie.id",
		    "/relaties/{id} gaf een andere relatie dan gevraagd");
	if (strcmp(vera_code(in->relatie, "soort"), "NAT") != 0)
		return map_vera_refuse(out, "GEEN_NATUURLIJK_PERSOON",
		    "relatie.soort",
		    "alleen een natuurlijk persoon kan worden verwezen");
	if (json_text(in->relatie, "overlijdensdatum")[0] != '\0')
		return map_vera_refuse(out, "RELATIE_ONJUIST",
		    "relatie.overlijdensdatum",
		    "is gevuld; er is niemand om contact mee op te nemen");
	return WH_OK;
}

/*
 * The landlord's own number of the document, unique within its system:
 * readable when it fits and cannot be read two ways, else a SHA-256.
 */
static enum wh_err
set_kenmerk(const struct map_in *in, const char *resource, json_t *body,
    struct action *out)
{
	const char *extern_id = json_text(in->document, "idExtern");
	const char *parts[] = {resource,
	    json_text(in->document, "idAdministratie"),
	    extern_id[0] != '\0' ? extern_id : json_text(in->document, "id")};
	struct span spans[3];
	char hex[2 * HASH_LEN + 1];
	bool plain = true;
	struct hash hash;
	json_t *text;

	if (parts[2][0] == '\0')
		return map_vera_refuse(out, "VELD_ONTBREEKT", "idExtern",
		    "ontbreekt; zonder eigen nummer kan een dubbele melding "
		    "niet worden herkend");
	for (size_t i = 0; i < 3; i++) {
		spans[i] = span_of(parts[i], strlen(parts[i]) + 1);
		plain = plain && strchr(parts[i], '/') == NULL;
	}
	text = parts[1][0] == '\0'
		   ? json_sprintf("%s/%s", parts[0], parts[2])
		   : json_sprintf("%s/%s/%s", parts[0], parts[1], parts[2]);
	if (!plain || json_string_length(text) > KENMERK_MAX) {
		json_decref(text);
		hash = hash_spans(spans, 3);
		hex_encode(span_of(hash.b, HASH_LEN), hex);
		text = json_string(hex);
	}
	json_object_set_new(body, "kenmerk", text);
	return WH_OK;
}

/* The value of key in "key=value key=value"; at most NAME_MAX_LEN long. */
static bool
find_area(const char *areas, const char *key, char out[NAME_MAX_LEN + 1])
{
	size_t len = strlen(key);

	while (len > 0 && *areas != '\0') {
		size_t entry = strcspn(areas, " \t\n");

		if (entry > len + 1 && entry - len - 1 <= NAME_MAX_LEN &&
		    strncmp(areas, key, len) == 0 && areas[len] == '=') {
			memcpy(out, areas + len + 1, entry - len - 1);
			out[entry - len - 1] = '\0';
			return true;
		}
		areas += entry + strspn(areas + entry, " \t\n");
	}
	return false;
}

/*
 * The neighbourhood: kenmerk wijkhub-buurt, else the buurt of the address
 * (its code, name or text) by setting buurten, else setting buurt.
 */
static enum wh_err
set_area(const struct map_in *in, const json_t *adres, json_t *to,
    struct action *out)
{
	const json_t *buurt = json_object_get(adres, "buurt");
	const char *names[] = {json_text(buurt, "code"),
	    json_text(buurt, "naam"), json_text(adres, "buurt")};
	char found[NAME_MAX_LEN + 1] = "";
	const char *area;
	enum wh_err err;

	err = map_vera_option(in->document, "wijkhub-buurt", &area, out);
	if (err != WH_OK)
		return err;
	for (size_t i = 0; area[0] == '\0' && i < 3; i++) {
		if (find_area(in->settings->areas, names[i], found))
			area = found;
	}
	if (area[0] == '\0')
		area = in->settings->area;
	if (area[0] != '\0' && !text_is_slug(area, NAME_MAX_LEN))
		return map_vera_refuse(out, "VELD_ONJUIST", "wijkhub-buurt",
		    "geen buurt van het convenant");
	if (area[0] != '\0')
		json_object_set_new(to, "buurt", json_string(area));
	return WH_OK;
}

static enum wh_err
set_recipient(const struct map_in *in, const struct map_address *to,
    json_t *body, struct action *out)
{
	json_t *recipient = json_object();
	const char *member;
	enum wh_err err;

	json_object_set_new(body, "naar", recipient);
	err = map_vera_option(in->document, "wijkhub-ontvanger", &member, out);
	if (err != WH_OK)
		return err;
	if (member[0] != '\0' && !text_is_slug(member, NAME_MAX_LEN))
		return map_vera_refuse(out, "VELD_ONJUIST", "wijkhub-ontvanger",
		    "geen naam van een lid");
	json_object_set_new(recipient, "lid",
	    json_string(member[0] != '\0' ? member : to->member));
	return set_area(in, to->adres, recipient, out);
}

static enum wh_err
set_urgency(const struct map_in *in, json_t *body, struct action *out)
{
	const char *urgency;
	enum wh_err err;

	err = map_vera_option(in->document, "wijkhub-urgentie", &urgency, out);
	if (err != WH_OK)
		return err;
	if (urgency[0] != '\0' && strcmp(urgency, "normaal") != 0 &&
	    strcmp(urgency, "spoed") != 0)
		return map_vera_refuse(out, "VELD_ONJUIST", "wijkhub-urgentie",
		    "kies normaal of spoed");
	json_object_set_new(body, "urgentie",
	    json_string(urgency[0] == '\0' ? "normaal" : urgency));
	return WH_OK;
}

void
map_vera_finish(const struct map_in *in, const struct map_address *to,
    json_t *body, struct action *out)
{
	if (set_recipient(in, to, body, out) != WH_OK ||
	    set_urgency(in, body, out) != WH_OK ||
	    set_kenmerk(in, to->resource, body, out) != WH_OK)
		return;
	json_object_set_new(body, "client",
	    json_string(json_text(to->keys, "id")));
	json_object_set_new(body, "bron",
	    json_pack("{s:s, s:o, s:o}", "document", to->what, "sleutels",
		vera_keys(in->document), "relatie", vera_keys(to->keys)));
	action_fini(out);
	out->kind = ACTION_REFERRAL;
	out->body = json_incref(body);
}
