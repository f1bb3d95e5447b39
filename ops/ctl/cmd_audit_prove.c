/* SPDX-License-Identifier: EUPL-1.2 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "consent/audit_drop.h"
#include "consent/note_checkpoint.h"
#include "consent/note_proof.h"
#include "ops/ctl/broker_store.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"

/* Receipts from a broker's folder: of one entry, or of one referral. */

#define PROOF_MODE 0644 /* it says no more than the log */

struct options {
	const char *dir;
	const char *index;    /* NULL: by case */
	const char *case_ref; /* NULL: by index */
	const char *out;      /* a folder: every entry of the case */
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'c':
		options->case_ref = arg;
		return 0;
	case 'o':
		options->out = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (options->dir == NULL)
			options->dir = arg;
		else if (options->index == NULL)
			options->index = arg;
		else
			argp_error(state, "one argument too many: %s", arg);
		return 0;
	case ARGP_KEY_END:
		if (options->dir == NULL)
			argp_error(state, "which broker's folder?");
		if ((options->index == NULL) == (options->case_ref == NULL))
			argp_error(state, "which entry? give its index, or "
					  "--case");
		if (options->out != NULL && options->case_ref == NULL)
			argp_error(state, "--out goes with --case");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option option_rows[] = {
    {"case", 'c', "ID", 0, "of this referral: its acceptance", 0},
    {"out", 'o', "FOLDER", 0, "all entries of it, a file each", 0},
    {0},
};
static const struct argp argp = {.options = option_rows,
    .parser = parse,
    .args_doc = "DIR INDEX\nDIR --case ID [--out FOLDER]"};

/* A head that proofs lead to. */
struct head {
	struct span note; /* borrowed from the store */
	struct note_checkpoint checkpoint;
};

struct prover {
	const struct ctl *ctl;
	struct broker_store store;
	json_t *list; /* NULL: text */
	const char *out;
};

/* A checkpoint that the store keeps of this generation. */
typedef enum wh_err note_fn(struct kv_txn *txn, uint32_t generation,
    struct span *note);

static enum wh_err
read_head(struct prover *prover, note_fn *get, uint32_t generation,
    struct head *out)
{
	struct note_key keys[REGISTER_KEYS_MAX];
	size_t count = register_log_keys(&prover->store.reg, 0, keys);
	uint32_t of = 0;
	enum wh_err err = get(prover->store.txn, generation, &out->note);

	if (err == WH_OK)
		err = note_log_open(out->note, keys, count, &of,
		    &out->checkpoint);
	return err == WH_OK && of != generation ? WH_CORRUPT : err;
}

/* The one that witnesses cosigned where it covers the entry, else the last. */
static enum wh_err
head_for(struct prover *prover, uint64_t index, struct head *out)
{
	uint32_t generation = note_log_generation(index);
	uint64_t leaf = note_log_leaf(index);
	enum wh_err err;

	if (read_head(prover, audit_cosigned_get, generation, out) == WH_OK &&
	    leaf < out->checkpoint.size)
		return WH_OK;
	err = read_head(prover, audit_checkpoint_note, generation, out);
	if (err == WH_OK && leaf >= out->checkpoint.size)
		err = WH_NOT_FOUND;
	return err;
}

/* Heap text; WH_NOT_FOUND when no head covers the entry. */
static enum wh_err
make_proof(struct prover *prover, uint64_t index, char **text)
{
	struct kv_txn *txn = prover->store.txn;
	struct note_proof *proof = mem_new(sizeof(*proof));
	struct head head;
	struct span leaf;
	enum wh_err err = head_for(prover, index, &head);

	if (err == WH_OK)
		err = audit_leaf_get(txn, index, &leaf);
	if (err == WH_OK)
		err = audit_inclusion(txn, index, head.checkpoint.size,
		    proof->path, &proof->path_len);
	if (err == WH_OK) {
		proof->index = note_log_leaf(index);
		proof->checkpoint = head.note;
		memcpy(proof->extra, leaf.p, leaf.len);
		proof->extra_len = leaf.len;
		err = note_proof_text(proof, text);
	}
	mem_free(proof);
	return err;
}

static enum wh_err
put_file(const struct prover *prover, uint64_t index, const char *text,
    struct why *why)
{
	char name[40];
	char *path;
	enum wh_err err;

	(void)snprintf(name, sizeof(name), "%" PRIu64 ".tlog-proof", index);
	path = file_path(prover->out, name);
	err = file_write(path, span_str(text), PROOF_MODE, why);
	if (err == WH_OK && prover->list == NULL)
		(void)puts(path);
	mem_free(path);
	return err;
}

/* One receipt to where it goes; a failure is said here. */
static int
prove(struct prover *prover, uint64_t index)
{
	struct why why = {""};
	char *text = NULL;
	bool gone = false;
	enum wh_err err;

	if (audit_drop_state(prover->store.txn, note_log_generation(index),
		&gone) == WH_OK &&
	    gone)
		return ctl_fail(prover->ctl, CTL_NO,
		    "entry %" PRIu64 ": this log was closed, kept for %" PRIu32
		    " years and is gone",
		    index, prover->store.reg.audit_years);
	err = make_proof(prover, index, &text);
	if (err != WH_OK)
		return ctl_fail(prover->ctl, CTL_NO,
		    "entry %" PRIu64 ": %s; the last checkpoint may be behind "
		    "it: try again in a minute",
		    index, wh_err_str(err));
	if (prover->out != NULL)
		err = put_file(prover, index, text, &why);
	if (err == WH_OK && prover->list != NULL)
		json_array_append_new(prover->list,
		    json_pack("{s:I, s:s}", "index", (json_int_t)index, "proof",
			text));
	else if (err == WH_OK && prover->out == NULL)
		(void)fputs(text, stdout);
	mem_free(text);
	return err == WH_OK ? CTL_OK
			    : ctl_fail(prover->ctl, CTL_NO, "%s", why.text);
}

static bool
is_acceptance(struct kv_txn *txn, uint64_t index)
{
	struct audit_leaf leaf;
	struct span bytes;

	return audit_leaf_get(txn, index, &bytes) == WH_OK &&
	       audit_leaf_read(bytes, &leaf) == WH_OK &&
	       leaf.kind == AUDIT_ACCEPTED;
}

/* The acceptance of its offer comes first; or everything there is. */
static int
prove_case(struct prover *prover, const struct id *case_ref)
{
	uint64_t index = 0, count = 0;
	int status = CTL_OK;

	for (; status == CTL_OK && audit_case_next(prover->store.txn, case_ref,
				       index, &index) == WH_OK;
	     index++) {
		if (prover->out == NULL &&
		    !is_acceptance(prover->store.txn, index))
			continue;
		status = prove(prover, index);
		count++;
		if (prover->out == NULL)
			break;
	}
	if (count == 0)
		return ctl_fail(prover->ctl, CTL_NO,
		    "the log has no such entry of this referral");
	return status;
}

static int
run(struct prover *prover, const struct options *options, uint64_t index,
    const struct id *case_ref)
{
	struct why why = {""};
	if (options->out != NULL && file_mkdir(options->out, &why) != WH_OK)
		return ctl_fail(prover->ctl, CTL_USAGE, "%s", why.text);
	return options->index != NULL ? prove(prover, index)
				      : prove_case(prover, case_ref);
}

static bool
read_index(const char *text, uint64_t *out)
{
	char *end;

	*out = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0';
}

/* One receipt is an object, as ever; those of a case are a list. */
static int
print_list(struct prover *prover, bool is_list, int status)
{
	json_t *list = prover->list;
	json_t *one;

	if (list == NULL || status != CTL_OK) {
		json_decref(list);
		return status;
	}
	if (is_list)
		return ctl_json(list, status);
	one = json_incref(json_array_get(list, 0));
	json_decref(list);
	return ctl_json(one, status);
}

int
cmd_audit_prove(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};
	struct prover prover = {.ctl = ctl};
	struct id case_ref = {{0}};
	uint64_t index = 0;
	int status;

	ctl_parse(ctl, &argp, argc, argv, &options);
	if (options.index != NULL && !read_index(options.index, &index))
		return ctl_fail(ctl, CTL_USAGE, "INDEX: not a number: %s",
		    options.index);
	if (options.case_ref != NULL &&
	    id_parse(options.case_ref, &case_ref) != WH_OK)
		return ctl_fail(ctl, CTL_USAGE,
		    "--case: not the id of a referral");
	status = broker_store_open(ctl, options.dir, &prover.store);
	if (status != CTL_OK)
		return status;
	prover.out = options.out;
	prover.list = ctl->json ? json_array() : NULL;
	status = run(&prover, &options, index, &case_ref);
	broker_store_close(&prover.store);
	return print_list(&prover, options.out != NULL, status);
}
