/* SPDX-License-Identifier: EUPL-1.2 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "consent/covenant.h"
#include "consent/keyfile.h"
#include "ops/ctl/ctl.h"
#include "ops/ctl/register_file.h"
#include "ops/ctl/register_json.h"
#include "ops/ctl/table.h"
#include "proto/base/clk.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

#define DAY_MS           (24ll * 3600 * 1000)
#define OVERLAP_DAYS     14
#define OVERLAP_DAYS_MAX 366
#define REVOKE_MAX       32

struct options {
	const char *covenant;
	const char *keys;
	const char *alliance;
	const char *out;
	const char *previous; /* NULL: the first register */
	const char *origin;   /* NULL: the previous one's, else a default */
	long overlap_days;
	struct key_id revoked[REVOKE_MAX];
	size_t revoked_count;
};

static const struct argp_option argp_options[] = {
    {"covenant", 'c', "FILE", 0, "the covenant, YAML", 0},
    {"keys", 'k', "DIR", 0, "the folder with hub.pub and MEMBER.pub", 0},
    {"alliance", 'a', "FILE.secret", 0, "the alliance's secret key file", 0},
    {"out", 'o', "FILE", 0, "write the signed register here", 0},
    {"previous", 'p', "FILE", 0,
	"the register in force: the version must be higher, replaced keys stay "
	"for the overlap, and what changed is shown",
	0},
    {"origin", 'g', "ORIGIN", 0,
	"the name of the hub's log [the previous one, else COVENANT/log]", 0},
    {"overlap", 'l', "DAYS", 0, "how long a replaced key still holds [14]", 0},
    {"revoke", 'r', "KEYID", 0,
	"after a theft: this key of the previous register goes at once, and "
	"what it signed is no longer believed; may be repeated",
	0},
    {0},
};

static void
check_options(const struct options *options, struct argp_state *state)
{
	if (options->covenant == NULL)
		argp_error(state, "which covenant? give --covenant");
	if (options->keys == NULL)
		argp_error(state, "where are the public keys? give --keys");
	if (options->alliance == NULL)
		argp_error(state, "who signs? give --alliance");
	if (options->out == NULL)
		argp_error(state, "where to? give --out");
	if (options->revoked_count > 0 && options->previous == NULL)
		argp_error(state, "--revoke needs --previous");
}

static long
parse_days(const char *text, struct argp_state *state)
{
	char *end = NULL;
	long days = strtol(text, &end, 10);

	if (end == text || *end != '\0' || days < 0 || days > OVERLAP_DAYS_MAX)
		argp_error(state, "--overlap takes 0 to %d days",
		    OVERLAP_DAYS_MAX);
	return days;
}

static void
parse_revoke(struct options *options, const char *text,
    struct argp_state *state)
{
	if (options->revoked_count == REVOKE_MAX)
		argp_error(state, "--revoke takes at most %d keys at a time",
		    REVOKE_MAX);
	else if (hex_decode(text, options->revoked[options->revoked_count].b,
		     WIRE_KEY_ID_LEN) != WH_OK)
		argp_error(state, "--revoke takes a key id: %d hex digits",
		    2 * WIRE_KEY_ID_LEN);
	else
		options->revoked_count++;
}

static error_t
parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'c':
		options->covenant = arg;
		return 0;
	case 'k':
		options->keys = arg;
		return 0;
	case 'a':
		options->alliance = arg;
		return 0;
	case 'o':
		options->out = arg;
		return 0;
	case 'p':
		options->previous = arg;
		return 0;
	case 'g':
		options->origin = arg;
		return 0;
	case 'l':
		options->overlap_days = parse_days(arg, state);
		return 0;
	case 'r':
		parse_revoke(options, arg, state);
		return 0;
	case ARGP_KEY_END:
		check_options(options, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {.options = argp_options, .parser = parse};

/* A signing at work. */
struct signing {
	const struct options *options;
	struct arena arena;
	struct key_secrets alliance; /* wiped at the end */
	struct wh_register reg;
	struct wh_register previous; /* with options->previous */
	struct why why;
};

static enum wh_err
read_alliance(struct signing *s)
{
	const char *path = s->options->alliance;
	enum wh_err err = keyfile_read_secret(path, &s->alliance, &s->why);

	if (err == WH_OK && s->alliance.kind != KEYFILE_ALLIANCE)
		err = why_set(&s->why, WH_INVALID,
		    "%s: this is not the key of an alliance: make one with "
		    "wijkhub keygen alliance",
		    path);
	return err;
}

/* Only a register of this alliance and covenant can be gone on from. */
static enum wh_err
read_previous(struct signing *s)
{
	const struct options *options = s->options;
	enum wh_err err;

	if (options->previous == NULL)
		return WH_OK;
	err = register_file_read_key(&s->arena, options->previous,
	    s->alliance.signing.public_key, &s->previous, &s->why);
	if (err != WH_OK)
		return err;
	if (strcmp(s->previous.covenant, s->reg.covenant) != 0)
		return why_set(&s->why, WH_REFUSED,
		    "%s is of the covenant %s, not of %s: give its own "
		    "previous register",
		    options->previous, s->previous.covenant, s->reg.covenant);
	if (s->reg.version <= s->previous.version)
		return why_set(&s->why, WH_REFUSED,
		    "version %" PRIu64 " is not higher than %" PRIu64
		    " of %s: raise version in %s",
		    s->reg.version, s->previous.version, options->previous,
		    options->covenant);
	return WH_OK;
}

static enum wh_err
set_origin(struct signing *s)
{
	const char *origin = s->options->origin;

	if (origin == NULL && s->options->previous != NULL)
		return WH_OK;
	s->reg.log_origin =
	    origin != NULL ? origin
			   : arena_printf(&s->arena, "%s/log", s->reg.covenant);
	return s->reg.log_origin == NULL ? WH_TOO_BIG : WH_OK;
}

static enum wh_err
add_keys(struct signing *s)
{
	const struct options *options = s->options;
	int64_t now_ms = clk_wall_ms();
	const struct covenant_keep keep = {
	    .until_ms = now_ms + options->overlap_days * DAY_MS,
	    .revoked = options->revoked,
	    .revoked_count = options->revoked_count,
	};
	enum wh_err err;

	s->reg.signed_ms = now_ms;
	err = covenant_add_keys(&s->arena, options->keys, now_ms, &s->reg,
	    &s->why);
	if (err == WH_OK)
		err = set_origin(s);
	if (err == WH_OK && options->previous != NULL)
		err = covenant_keep_keys(&s->arena, &s->previous, &keep,
		    &s->reg, &s->why);
	return err;
}

static enum wh_err
write_register(struct signing *s)
{
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum wh_err err;

	err =
	    register_sign(&s->reg, &s->alliance.signing, &bytes, &len, &s->why);
	if (err == WH_OK)
		err = file_write(s->options->out, span_of(bytes, len), 0644,
		    &s->why);
	mem_free(bytes);
	return err;
}

static json_t *
without_keys(const struct wh_register *reg)
{
	json_t *out = json_array();

	for (size_t i = 0; i < reg->member_count; i++)
		if (reg->members[i].key_count == 0)
			(void)json_array_append_new(out,
			    json_string(reg->members[i].id));
	return out;
}

/* "keys, areas" of an array of text. Heap. */
static char *
joined(const json_t *texts)
{
	char *out = mem_strdup("");
	size_t len = 0;

	for (size_t i = 0; i < json_array_size(texts); i++) {
		const char *text = json_string_value(json_array_get(texts, i));
		size_t more = strlen(text) + 2;

		out = mem_grow(out, len + more + 1);
		len += (size_t)snprintf(out + len, more + 1, "%s%s",
		    i == 0 ? "" : ", ", text);
	}
	return out;
}

static void
print_changes(const json_t *changes)
{
	static const char *const heads[] = {"IN", "WHAT", "CHANGE", "FIELDS"};
	struct table *table = table_new(4, heads);

	for (size_t i = 0; i < json_array_size(changes); i++) {
		const json_t *row = json_array_get(changes, i);
		char *fields = joined(json_object_get(row, "fields"));

		table_row(table,
		    (const char *const[]){json_string_value(
					      json_object_get(row, "list")),
			json_string_value(json_object_get(row, "id")),
			json_string_value(json_object_get(row, "change")),
			fields});
		mem_free(fields);
	}
	(void)printf("%s\n",
	    json_array_size(changes) == 0 ? "nothing changed" : "changed:");
	table_print(table, stdout);
	table_free(table);
}

static void
print_result(const struct signing *s, const json_t *missing,
    const json_t *changes)
{
	(void)printf("%s: %s version %" PRIu64
		     ", %zu members (%zu with keys), %zu types\n",
	    s->options->out, s->reg.covenant, s->reg.version,
	    s->reg.member_count, s->reg.member_count - json_array_size(missing),
	    s->reg.type_count);
	if (json_array_size(missing) > 0) {
		char *names = joined(missing);

		(void)printf("without keys, so they cannot take part yet: %s\n",
		    names);
		mem_free(names);
	}
	if (s->options->previous != NULL)
		print_changes(changes);
}

static int
tell(const struct ctl *ctl, const struct signing *s)
{
	json_t *missing = without_keys(&s->reg);
	json_t *changes = s->options->previous == NULL
			      ? json_null()
			      : register_json_diff(&s->previous, &s->reg);

	if (ctl->json)
		return ctl_json(json_pack("{s:b, s:s, s:s, s:I, s:o, s:o}",
				    "ok", 1, "file", s->options->out,
				    "covenant", s->reg.covenant, "version",
				    (json_int_t)s->reg.version, "withoutKeys",
				    missing, "changes", changes),
		    CTL_OK);
	print_result(s, missing, changes);
	json_decref(missing);
	json_decref(changes);
	return CTL_OK;
}

int
cmd_register_sign(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {.overlap_days = OVERLAP_DAYS};
	struct signing s = {.options = &options};
	enum wh_err err;
	int status;

	ctl_parse(ctl, &argp, argc, argv, &options);
	arena_init(&s.arena, 2 * REGISTER_FILE_ARENA_MAX);
	err = read_alliance(&s);
	if (err == WH_OK)
		err = covenant_load(&s.arena, options.covenant, &s.reg, &s.why);
	if (err == WH_OK)
		err = read_previous(&s);
	if (err == WH_OK)
		err = add_keys(&s);
	if (err == WH_OK)
		err = write_register(&s);
	if (err == WH_OK)
		status = tell(ctl, &s);
	else
		status = ctl_fail(ctl, CTL_NO, "%s", s.why.text);
	key_secrets_wipe(&s.alliance);
	arena_fini(&s.arena);
	return status;
}
