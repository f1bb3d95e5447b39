/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "broker/check.h"
#include "ops/ctl/ctl.h"

/* Is a broker's folder what a broker wrote? */

struct fsck {
	const struct ctl *ctl;
	const char *dir;
	json_t *findings; /* owned */
};

static error_t /* NOLINTNEXTLINE(readability-non-const-parameter) */
parse(int key, char *arg, struct argp_state *state)
{
	struct fsck *fsck = state->input;

	if (key == ARGP_KEY_ARG && fsck->dir == NULL) {
		fsck->dir = arg;
		return 0;
	}
	if (key == ARGP_KEY_END && fsck->dir == NULL)
		argp_error(state, "name the broker's folder");
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {.parser = parse,
    .args_doc = "DIR",
    .doc = "Check everything in a broker's folder: checksums, log, "
	   "checkpoints, every row against the others, and the journal."};

static void
note(void *arg, const char *finding)
{
	struct fsck *fsck = arg;

	json_array_append_new(fsck->findings, json_string(finding));
	if (!fsck->ctl->json)
		printf("%s\n", finding);
}

int
cmd_fsck(struct ctl *ctl, int argc, char **argv)
{
	struct fsck fsck = {.ctl = ctl};
	struct check_result result;
	struct why why = {""};
	int status;

	ctl_parse(ctl, &argp, argc, argv, &fsck);
	fsck.findings = json_array();
	if (check_folder(fsck.dir, note, &fsck, &result, &why) != WH_OK) {
		json_decref(fsck.findings);
		return ctl_fail(ctl, CTL_UNREACHABLE,
		    "%s: not a broker's folder: %s", fsck.dir, why.text);
	}
	status = result.findings == 0 ? CTL_OK : CTL_NO;
	if (ctl->json)
		return ctl_json(json_pack("{s:b, s:I, s:I, s:I, s:o}", "ok",
				    status == CTL_OK, "values",
				    (json_int_t)result.values, "entries",
				    (json_int_t)result.entries, "records",
				    (json_int_t)result.records, "findings",
				    fsck.findings),
		    status);
	json_decref(fsck.findings);
	printf("%llu values, %llu log entries, %llu journal records: %llu "
	       "findings\n",
	    result.values, result.entries, result.records, result.findings);
	return status;
}
