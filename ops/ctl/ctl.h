/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_OPS_CTL_CTL_H
#define WH_OPS_CTL_CTL_H

#include <argp.h>
#include <jansson.h>
#include <stdbool.h>

/*
 * The command `wijkhub`: a table of subcommands. One cmd_<group>.c holds the
 * subcommands of a group; each has one row in the table of ctl.c and its
 * prototype at the end of this header.
 */

/* Exit statuses of every subcommand. */
enum {
	CTL_OK = 0,
	CTL_NO = 1, /* a check failed, a proof does not hold, a refusal */
	CTL_USAGE = 2,
	CTL_UNREACHABLE = 3, /* no answer from the program asked */
};

struct ctl;

struct ctl_command {
	const char *name;     /* one or two words: "register sign" */
	const char *synopsis; /* arguments and options, for the list */
	const char *summary;  /* one line, for the list */
	/* argv[0] is "wijkhub register sign"; returns the exit status. */
	int (*run)(struct ctl *ctl, int argc, char **argv);
};

/* What a running subcommand knows. */
struct ctl {
	const struct ctl_command *command;
	bool json; /* --json was given */
};

/* argc and argv as in main(); returns the exit status. */
int ctl_main(int argc, char **argv);

/* The rows, ended by a NULL name. Static. */
const struct ctl_command *ctl_commands(void);

/*
 * Parse with the subcommand's own options and the common ones (--json,
 * --help). A mistake ends the program with CTL_USAGE and a message. input goes
 * to the parser of own.
 */
void ctl_parse(struct ctl *ctl, const struct argp *own, int argc, char **argv,
    void *input);

/*
 * Say what went wrong: one line on stderr, with --json also
 * {"ok": false, "error": text} on stdout. Returns status.
 */
int ctl_fail(const struct ctl *ctl, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Print value (owned, taken) on stdout. Returns status. */
int ctl_json(json_t *value, int status);

/* The subcommands. */
int cmd_keygen(struct ctl *ctl, int argc, char **argv);
int cmd_register_sign(struct ctl *ctl, int argc, char **argv);
int cmd_register_show(struct ctl *ctl, int argc, char **argv);
int cmd_register_verify(struct ctl *ctl, int argc, char **argv);
int cmd_register_policy(struct ctl *ctl, int argc, char **argv);
int cmd_status(struct ctl *ctl, int argc, char **argv);
int cmd_health(struct ctl *ctl, int argc, char **argv);
int cmd_members(struct ctl *ctl, int argc, char **argv);
int cmd_metrics(struct ctl *ctl, int argc, char **argv);
int cmd_log_level(struct ctl *ctl, int argc, char **argv);
int cmd_audit_show(struct ctl *ctl, int argc, char **argv);
int cmd_audit_verify(struct ctl *ctl, int argc, char **argv);
int cmd_audit_prove(struct ctl *ctl, int argc, char **argv);
int cmd_audit_export(struct ctl *ctl, int argc, char **argv);
int cmd_verify(struct ctl *ctl, int argc, char **argv);
int cmd_audit_erase(struct ctl *ctl, int argc, char **argv);
int cmd_backup(struct ctl *ctl, int argc, char **argv);
int cmd_restore(struct ctl *ctl, int argc, char **argv);
int cmd_compact(struct ctl *ctl, int argc, char **argv);
int cmd_journal(struct ctl *ctl, int argc, char **argv);
int cmd_fsck(struct ctl *ctl, int argc, char **argv);

#endif
