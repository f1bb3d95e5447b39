/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <string.h>

#include "consent/keyring.h"
#include "ops/ctl/ctl.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/wire.h"

struct options {
	const char *dir;
	const char *kind;   /* "member", "hub", "alliance"; NULL: not given */
	const char *member; /* NULL: not given */
	const char *rotate; /* NULL, a use or "all" */
	const char *forget; /* NULL, or the id of an older key */
};

/* In the words of --rotate. */
static const struct {
	const char *text;
	enum key_use use;
} uses[] = {
    {"transport", KEY_TRANSPORT},
    {"signing", KEY_SIGNING},
    {"sealing", KEY_SEALING},
    {"witness", KEY_WITNESS},
};
#define USES (sizeof(uses) / sizeof(uses[0]))

static error_t
parse_argument(struct options *options, char *arg, struct argp_state *state)
{
	if (options->kind == NULL)
		options->kind = arg;
	else if (options->member == NULL &&
		 strcmp(options->kind, "member") == 0)
		options->member = arg;
	else
		argp_error(state, "one argument too many: %s", arg);
	return 0;
}

static bool
is_use(const char *text)
{
	bool found = strcmp(text, "all") == 0;

	for (size_t i = 0; i < USES; i++)
		found |= strcmp(text, uses[i].text) == 0;
	return found;
}

static void
check_options(const struct options *options, struct argp_state *state)
{
	const char *kind = options->kind;

	if (options->rotate != NULL && options->forget != NULL)
		argp_error(state, "--rotate and --forget are two steps");
	else if (options->rotate != NULL && !is_use(options->rotate))
		argp_error(state,
		    "'%s' is not transport, signing, sealing, witness or all",
		    options->rotate);
	else if (kind == NULL)
		argp_error(state, "for whom? member ID, hub or alliance");
	else if (strcmp(kind, "member") != 0 && strcmp(kind, "hub") != 0 &&
		 strcmp(kind, "alliance") != 0)
		argp_error(state, "'%s' is not member, hub or alliance", kind);
	else if (strcmp(kind, "member") != 0)
		return;
	else if (options->member == NULL)
		argp_error(state, "which member? give its id");
	else if (!text_is_slug(options->member, NAME_MAX_LEN) ||
		 strcmp(options->member, "hub") == 0 ||
		 strcmp(options->member, "alliance") == 0)
		argp_error(state, "'%s' cannot be the id of a member",
		    options->member);
}

static error_t
parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'd':
		options->dir = arg;
		return 0;
	case 'm':
		options->kind = "member";
		options->member = arg;
		return 0;
	case 'r':
		options->rotate = arg;
		return 0;
	case 'f':
		options->forget = arg;
		return 0;
	case ARGP_KEY_ARG:
		return parse_argument(options, arg, state);
	case ARGP_KEY_END:
		check_options(options, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option argp_options[] = {
    {"dir", 'd', "DIR", 0, "write the two files here; made if absent [.]", 0},
    {"member", 'm', "ID", 0, "the same as: member ID", 0},
    {"rotate", 'r', "USE", 0,
	"a new key beside the old in the files that are there: transport, "
	"signing, sealing, witness or all",
	0},
    {"forget", 'f', "KEYID", 0, "destroy this older key", 0},
    {0},
};
static const struct argp argp = {.options = argp_options,
    .parser = parse,
    .args_doc = "member ID\nhub\nalliance"};

static enum keyfile_kind
kind_of(const char *text)
{
	if (strcmp(text, "hub") == 0)
		return KEYFILE_HUB;
	if (strcmp(text, "alliance") == 0)
		return KEYFILE_ALLIANCE;
	return KEYFILE_MEMBER;
}

static int
tell(const struct ctl *ctl, const struct options *options, const char *name,
    struct key_id id)
{
	char hex[2 * WIRE_KEY_ID_LEN + 1];

	hex_encode(span_of(id.b, sizeof(id.b)), hex);
	if (ctl->json)
		return ctl_json(json_pack("{s:b, s:s, s:s, s:s, s:o, s:o}",
				    "ok", 1, "kind", options->kind, "name",
				    name, "keyId", hex, "secret",
				    json_sprintf("%s/%s.secret", options->dir,
					name),
				    "public",
				    json_sprintf("%s/%s.pub", options->dir,
					name)),
		    CTL_OK);
	(void)printf("%s/%s.secret  keep it on this machine\n"
		     "%s/%s.pub     send it to the alliance; signing key %s\n",
	    options->dir, name, options->dir, name, hex);
	return CTL_OK;
}

/* What a change of a secret file did, in words. */
struct change {
	const struct options *options;
	json_t *done; /* array of {"use", "keyId"} */
};

static void
note_change(const struct change *change, const char *use, struct key_id id)
{
	char hex[2 * WIRE_KEY_ID_LEN + 1];

	hex_encode(span_of(id.b, sizeof(id.b)), hex);
	(void)json_array_append_new(change->done,
	    json_pack("{s:s, s:s}", "use", use, "keyId", hex));
}

static enum wh_err
rotate(void *arg, struct key_secrets *secrets, struct why *why)
{
	const struct change *change = arg;
	const char *want = change->options->rotate;
	bool all = strcmp(want, "all") == 0;
	enum wh_err err = WH_OK;

	for (size_t i = 0; i < USES && err == WH_OK; i++) {
		struct key_own own;

		if (!all && strcmp(want, uses[i].text) != 0)
			continue;
		if (all && !keyfile_has(secrets, uses[i].use))
			continue;
		err = keyring_rotate(secrets, uses[i].use);
		if (err == WH_FULL)
			return why_set(why, err,
			    "there are %d older keys: destroy one that is no "
			    "longer used with --forget",
			    KEYFILE_OLDER_MAX);
		if (err != WH_OK)
			return why_set(why, err, "this kind has no %s key",
			    uses[i].text);
		(void)keyring_nth(secrets, uses[i].use, 0, &own);
		note_change(change, uses[i].text, wire_key_id(own.public_key));
		mem_wipe(&own, sizeof(own));
	}
	return err;
}

static enum wh_err
forget(void *arg, struct key_secrets *secrets, struct why *why)
{
	const struct change *change = arg;
	struct key_id id;
	enum wh_err err;

	if (hex_decode(change->options->forget, id.b, sizeof(id.b)) != WH_OK)
		return why_set(why, WH_INVALID, "a key id has %d hex digits",
		    2 * WIRE_KEY_ID_LEN);
	err = keyring_forget(secrets, id);
	if (err == WH_REFUSED)
		return why_set(why, err,
		    "%s is the newest of its use: make another first, with "
		    "--rotate",
		    change->options->forget);
	if (err != WH_OK)
		return why_set(why, err, "there is no key %s",
		    change->options->forget);
	note_change(change, "destroyed", id);
	return WH_OK;
}

static int
tell_change(const struct ctl *ctl, const struct change *change,
    const char *path)
{
	const json_t *row;
	size_t i;

	if (ctl->json)
		return ctl_json(json_pack("{s:b, s:s, s:O}", "ok", 1, "secret",
				    path, "keys", change->done),
		    CTL_OK);
	json_array_foreach(change->done, i, row)(void) printf("%s  %s %s\n",
	    path, json_string_value(json_object_get(row, "use")),
	    json_string_value(json_object_get(row, "keyId")));
	if (change->options->rotate != NULL)
		(void)printf("the old ones are kept; send the .pub beside it "
			     "to the alliance\n");
	return CTL_OK;
}

/* The files are there already: change them. */
static int
change_keys(const struct ctl *ctl, const struct options *options,
    const char *name)
{
	struct change change = {.options = options, .done = json_array()};
	size_t size = strlen(options->dir) + strlen(name) + sizeof("/.secret");
	char *path = mem_new(size);
	struct key_secrets now;
	struct why why = {""};
	enum wh_err err;
	int status;

	(void)snprintf(path, size, "%s/%s.secret", options->dir, name);
	err = keyfile_change(path, options->rotate != NULL ? rotate : forget,
	    &change, &now, &why);
	if (err == WH_OK) {
		key_secrets_wipe(&now);
		status = tell_change(ctl, &change, path);
	} else {
		status = ctl_fail(ctl, CTL_NO, "%s", why.text);
	}
	json_decref(change.done);
	mem_free(path);
	return status;
}

int
cmd_keygen(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {.dir = "."};
	struct key_secrets keys;
	struct why why = {""};
	struct key_id id;
	const char *name;
	enum wh_err err;

	ctl_parse(ctl, &argp, argc, argv, &options);
	name = options.member != NULL ? options.member : options.kind;
	if (options.rotate != NULL || options.forget != NULL)
		return change_keys(ctl, &options, name);
	err = key_secrets_new(kind_of(options.kind), &keys);
	if (err != WH_OK)
		return ctl_fail(ctl, CTL_NO, "no keys: %s", wh_err_str(err));
	id = wire_key_id(keys.signing.public_key);
	err = file_mkdir(options.dir, &why);
	if (err == WH_OK)
		err = keyfile_write(options.dir, name, &keys, &why);
	key_secrets_wipe(&keys);
	if (err != WH_OK)
		return ctl_fail(ctl, CTL_NO, "%s", why.text);
	return tell(ctl, &options, name, id);
}
