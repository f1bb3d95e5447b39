/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <string.h>

#include "consent/keyfile.h"
#include "ops/ctl/ctl.h"
#include "proto/base/file.h"
#include "proto/base/text.h"
#include "proto/wire.h"

struct options {
	const char *dir;
	const char *kind;   /* "member", "hub", "alliance"; NULL: not given */
	const char *member; /* NULL: not given */
};

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

static void
check_options(const struct options *options, struct argp_state *state)
{
	const char *kind = options->kind;

	if (kind == NULL)
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
