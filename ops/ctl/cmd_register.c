/* SPDX-License-Identifier: EUPL-1.2 */
#include <inttypes.h>
#include <stdio.h>

#include "consent/register_policy.h"
#include "ops/ctl/ctl.h"
#include "ops/ctl/register_file.h"
#include "ops/ctl/register_json.h"
#include "ops/ctl/table.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"

struct options {
	const char *file;
	const char *alliance; /* NULL: not given */
	bool alliance_needed;
};

static error_t /* NOLINTNEXTLINE(readability-non-const-parameter) */
parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'a':
		options->alliance = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (options->file != NULL)
			argp_error(state, "one file at a time");
		options->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (options->file == NULL)
			argp_error(state, "which register? give its file");
		if (options->alliance_needed && options->alliance == NULL)
			argp_error(state, "whose signature? give --alliance");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option argp_options[] = {
    {"alliance", 'a', "FILE.pub", 0, "the alliance's public key file", 0},
    {0},
};
static const struct argp argp = {.options = argp_options,
    .parser = parse,
    .args_doc = "FILE"};

static void
day(int64_t at_ms, char out[CLK_ISO_SIZE])
{
	clk_iso(at_ms, out);
	out[sizeof("2026-09-14") - 1] = '\0';
}

static void
print_members(const struct wh_register *reg)
{
	static const char *const heads[] = {"MEMBER", "ROLE", "AREAS", "DESKS",
	    "KEYS", "NAME"};
	struct table *table = table_new(6, heads);

	for (size_t i = 0; i < reg->member_count; i++) {
		const struct reg_member *member = &reg->members[i];
		char areas[24];
		char desks[24];

		(void)snprintf(areas, sizeof(areas), "%zu", member->area_count);
		(void)snprintf(desks, sizeof(desks), "%zu", member->desk_count);
		table_row(table, (const char *const[]){member->id, member->role,
				     member->all_areas ? "all" : areas, desks,
				     member->key_count > 0 ? "yes" : "none yet",
				     member->name});
	}
	table_print(table, stdout);
	table_free(table);
}

/* "buurtteam, wpi" */
static void
join(char *out, size_t size, const char *const *list, size_t count)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < count && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s",
		    i == 0 ? "" : ", ", list[i]);
}

static void
print_types(const struct wh_register *reg)
{
	static const char *const heads[] = {"TYPE", "TO", "DESK", "DISCLOSURE",
	    "DECIDE", "CONTACT", "TITLE"};
	struct table *table = table_new(7, heads);

	for (size_t i = 0; i < reg->type_count; i++) {
		const struct reg_type *type = &reg->types[i];
		char to[LIST_MAX * (NAME_MAX_LEN + 2) + 1];
		char decide[24];
		char contact[24];

		join(to, sizeof(to), type->to_roles, type->to_count);
		(void)snprintf(decide, sizeof(decide), "%d d",
		    type->clock_decide);
		(void)snprintf(contact, sizeof(contact), "%d d",
		    type->clock_contact);
		table_row(table,
		    (const char *const[]){type->id, to,
			type->desk[0] == '\0' ? "-" : type->desk,
			type->two_phase ? "two-phase" : "one-phase", decide,
			contact, type->title_nl});
	}
	table_print(table, stdout);
	table_free(table);
}

static void
print_register(const struct wh_register *reg, bool verified)
{
	char from[CLK_ISO_SIZE];
	char signed_at[CLK_ISO_SIZE];

	day(reg->valid_from_ms, from);
	clk_iso(reg->signed_ms, signed_at);
	(void)printf("%s, version %" PRIu64 ", valid from %s\n"
		     "signed at %s%s\n"
		     "log       %s\n\n",
	    reg->covenant, reg->version, from, signed_at,
	    verified ? ", by this alliance"
		     : "; by whom was not checked (give --alliance)",
	    reg->log_origin);
	print_members(reg);
	(void)printf("\n");
	print_types(reg);
}

static int
show(struct ctl *ctl, const struct options *options,
    const struct wh_register *reg)
{
	json_t *json;

	if (!ctl->json) {
		print_register(reg, options->alliance != NULL);
		return CTL_OK;
	}
	json = register_json(reg);
	(void)json_object_set_new(json, "verified",
	    json_boolean(options->alliance != NULL));
	return ctl_json(json, CTL_OK);
}

int
cmd_register_show(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};
	struct wh_register reg;
	struct arena arena;
	struct why why = {""};
	int status;

	ctl_parse(ctl, &argp, argc, argv, &options);
	arena_init(&arena, REGISTER_FILE_ARENA_MAX);
	if (register_file_read(&arena, options.file, options.alliance, &reg,
		&why) == WH_OK)
		status = show(ctl, &options, &reg);
	else
		status = ctl_fail(ctl, CTL_NO, "%s", why.text);
	arena_fini(&arena);
	return status;
}

static int
say_verified(const struct ctl *ctl, const struct wh_register *reg)
{
	if (ctl->json)
		return ctl_json(json_pack("{s:b, s:s, s:I}", "ok", 1,
				    "covenant", reg->covenant, "version",
				    (json_int_t)reg->version),
		    CTL_OK);
	(void)printf("%s version %" PRIu64
		     ": signed by this alliance, and sound\n",
	    reg->covenant, reg->version);
	return CTL_OK;
}

int
cmd_register_verify(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {.alliance_needed = true};
	struct wh_register reg;
	struct arena arena;
	struct why why = {""};
	int status;

	ctl_parse(ctl, &argp, argc, argv, &options);
	arena_init(&arena, REGISTER_FILE_ARENA_MAX);
	if (register_file_read(&arena, options.file, options.alliance, &reg,
		&why) == WH_OK)
		status = say_verified(ctl, &reg);
	else
		status = ctl_fail(ctl, CTL_NO, "%s", why.text);
	arena_fini(&arena);
	return status;
}

int
cmd_register_policy(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {.alliance_needed = true};
	struct wh_register reg;
	struct arena arena;
	struct why why = {""};
	char *text = NULL;
	int status = CTL_OK;
	enum wh_err err;

	ctl_parse(ctl, &argp, argc, argv, &options);
	arena_init(&arena, REGISTER_FILE_ARENA_MAX);
	err = register_file_read(&arena, options.file, options.alliance, &reg,
	    &why);
	if (err == WH_OK)
		err = register_policy_text(&reg, clk_wall_ms(), &text, &why);
	if (err != WH_OK)
		status = ctl_fail(ctl, CTL_NO, "%s", why.text);
	else if (ctl->json)
		status =
		    ctl_json(json_pack("{s:b, s:s}", "ok", 1, "policy", text),
			CTL_OK);
	else
		(void)fputs(text, stdout);
	mem_free(text);
	arena_fini(&arena);
	return status;
}
