/* SPDX-License-Identifier: EUPL-1.2 */
#include "ops/ctl/ctl.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/mem.h"

static const struct ctl_command commands[] = {
    {"keygen", "member ID|hub|alliance [--dir DIR]",
	"make keys: a .secret that stays, a .pub for the alliance", cmd_keygen},
    {"register sign",
	"--covenant FILE --keys DIR --alliance FILE.secret --out FILE",
	"turn a covenant and public keys into a signed register",
	cmd_register_sign},
    {"register show", "FILE", "what a register says", cmd_register_show},
    {"register verify", "FILE --alliance FILE.pub",
	"is it signed by the alliance and sound", cmd_register_verify},
    {"register policy", "FILE",
	"who must have cosigned the log, as a tlog-policy",
	cmd_register_policy},
    {"status", "SOCKET", "what a running broker says of itself", cmd_status},
    {"health", "SOCKET", "is it up, and taking new messages", cmd_health},
    {"members", "SOCKET", "who is connected, and what waits for them",
	cmd_members},
    {"metrics", "SOCKET", "counters in Prometheus' text form", cmd_metrics},
    {"log-level", "SOCKET err|warn|info|debug", "how much the broker logs",
	cmd_log_level},
    {"audit show", "DIR [--case ID] [--from INDEX] [--limit N]",
	"entries of the audit log", cmd_audit_show},
    {"audit verify", "DIR [--kept FILE]",
	"recompute the log, compare its checkpoints", cmd_audit_verify},
    {"audit prove", "DIR INDEX | DIR --case ID [--out FOLDER]",
	"a receipt that verifies offline", cmd_audit_prove},
    {"audit export",
	"DIR [--format otlp|csv] [--since TIME] [--until TIME] [--out FILE]",
	"the log for other systems", cmd_audit_export},
    {"verify", "RECEIPT --policy FILE",
	"does a receipt prove that its entry is in the log", cmd_verify},
    {"audit erase", "DIR --case ID [--socket PATH]",
	"erase an ended referral; its leaves stay", cmd_audit_erase},
    {"compact", "DIR [--socket PATH]",
	"write the store anew, without erased bytes", cmd_compact},
    {"backup", "DIR TO --keys FILE",
	"a checked copy, and the keys of its details apart", cmd_backup},
    {"restore", "FROM DIR [--keys FILE] [--checkpoint FILE]",
	"a backup becomes a broker's folder, with a new log", cmd_restore},
    {"journal", "DIR [--case ID]", "envelopes as the broker saw them",
	cmd_journal},
    {"fsck", "DIR", "check everything in a broker's folder", cmd_fsck},
    {NULL, NULL, NULL, NULL},
};

const struct ctl_command *
ctl_commands(void)
{
	return commands;
}

static error_t /* NOLINTNEXTLINE(readability-non-const-parameter) */
parse_common(int key, char *arg, struct argp_state *state)
{
	struct ctl *ctl = state->input;

	(void)arg;
	if (key != 'j')
		return ARGP_ERR_UNKNOWN;
	ctl->json = true;
	return 0;
}

static const struct argp_option common_options[] = {
    {"json", 'j', NULL, 0, "print JSON", -1},
    {0},
};
static const struct argp common = {.options = common_options,
    .parser = parse_common};

/* Whose input goes to which of the two parsers. */
struct inputs {
	struct ctl *ctl;
	void *own;
};

static error_t /* NOLINTNEXTLINE(readability-non-const-parameter) */
parse_nothing(int key, char *arg, struct argp_state *state)
{
	const struct inputs *inputs = state->input;

	(void)arg;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = inputs->ctl;
	state->child_inputs[1] = inputs->own;
	return 0;
}

void
ctl_parse(struct ctl *ctl, const struct argp *own, int argc, char **argv,
    void *input)
{
	const struct argp_child children[] = {
	    {&common, 0, NULL, 0},
	    {own, 0, NULL, 0},
	    {0},
	};
	const struct argp argp = {.parser = parse_nothing,
	    .doc = ctl->command->summary,
	    .children = children};
	struct inputs inputs = {ctl, input};

	(void)argp_parse(&argp, argc, argv, 0, NULL, &inputs);
}

int
ctl_json(json_t *value, int status)
{
	if (json_dumpf(value, stdout, JSON_INDENT(2)) != 0 ||
	    putchar('\n') == EOF)
		status = CTL_NO;
	json_decref(value);
	return status;
}

int
ctl_fail(const struct ctl *ctl, int status, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void)fprintf(stderr, "wijkhub %s: %s\n", ctl->command->name, text);
	if (!ctl->json)
		return status;
	return ctl_json(json_pack("{s:b, s:s}", "ok", 0, "error", text),
	    status);
}

static void
list(FILE *to, const char *prefix)
{
	const size_t len = strlen(prefix);

	for (const struct ctl_command *c = commands; c->name != NULL; c++)
		if (strncmp(c->name, prefix, len) == 0)
			(void)fprintf(to, "  %-17s %s\n%20s%s\n", c->name,
			    c->summary, "", c->synopsis);
}

static int
help(void)
{
	(void)printf("Usage: wijkhub COMMAND [ARGUMENT...] [--json]\n"
		     "Run, ask and check a Wijkhub.\n\n");
	list(stdout, "");
	(void)printf("\nwijkhub COMMAND --help tells about one of them.\n"
		     "Exit status: 0 ok, 1 no, 2 wrong usage, 3 unreachable."
		     "\n");
	return CTL_OK;
}

/* How many of the words at words are the name of c; 0: it is another one. */
static int
matches(const struct ctl_command *c, int count, char *const *words)
{
	const char *name = c->name;

	for (int n = 0; n < count; n++) {
		size_t len = strcspn(name, " ");

		if (strlen(words[n]) != len ||
		    strncmp(name, words[n], len) != 0)
			return 0;
		if (name[len] == '\0')
			return n + 1;
		name += len + 1;
	}
	return 0;
}

static int
unknown(const char *word)
{
	char group[64];

	(void)snprintf(group, sizeof(group), "%.60s ", word);
	for (const struct ctl_command *c = commands; c->name != NULL; c++) {
		if (strncmp(c->name, group, strlen(group)) != 0)
			continue;
		(void)fprintf(stderr, "wijkhub %s needs one of:\n", word);
		list(stderr, group);
		return CTL_USAGE;
	}
	(void)fprintf(stderr,
	    "wijkhub: unknown command '%s'; wijkhub --help lists them\n", word);
	return CTL_USAGE;
}

static int
run(const struct ctl_command *command, int argc, char **argv)
{
	struct ctl ctl = {.command = command};
	size_t size = strlen("wijkhub ") + strlen(command->name) + 1;
	char *name = mem_new(size);
	int status;

	(void)snprintf(name, size, "wijkhub %s", command->name);
	argv[0] = name;
	status = command->run(&ctl, argc, argv);
	mem_free(name);
	return status;
}

static int
choose(int argc, char **argv)
{
	if (argc < 2) {
		(void)fprintf(stderr, "wijkhub: no command; wijkhub --help "
				      "lists them\n");
		return CTL_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return help();
	if (strcmp(argv[1], "--version") == 0) {
		(void)printf("wijkhub %s\n", WH_VERSION);
		return CTL_OK;
	}
	for (const struct ctl_command *c = commands; c->name != NULL; c++) {
		int words = matches(c, argc - 1, argv + 1);

		if (words > 0)
			return run(c, argc - words, argv + words);
	}
	return unknown(argv[1]);
}

int
ctl_main(int argc, char **argv)
{
	int status;

	argp_err_exit_status = CTL_USAGE;
	status = choose(argc, argv);
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return status;
	(void)fprintf(stderr, "wijkhub: the output could not be written\n");
	return status == CTL_OK ? CTL_NO : status;
}
