/* SPDX-License-Identifier: EUPL-1.2 */
#include "ops/verify/verify.h"

#include <argp.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <unistd.h>

#include "consent/evidence.h"
#include "ops/verify/confine.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* An entry of another log than ours may be longer than one of ours. */
#define ENTRY_MAX ((size_t)1024 * 1024)

/* The note behind every answer: who of the policy signed it, and what. */
static enum wh_err
read_signers(const struct note_policy *policy, struct span bytes,
    struct verify_answer *answer, struct span *text)
{
	struct note *note = mem_new(sizeof(*note));
	enum wh_err err = note_parse(bytes, note);

	if (err == WH_OK)
		err =
		    note_verify(note, policy->keys, NOTE_KEYS_MAX, answer->by);
	if (err == WH_OK)
		*text = note->text;
	mem_free(note);
	return err;
}

static bool
is_member(const char *name)
{
	return name[0] == '\0' || text_is_slug(name, NAME_MAX_LEN);
}

/* Ours in form, and nothing in it that could fool a terminal. */
static bool
is_leaf(struct span entry, struct audit_leaf *leaf)
{
	return audit_leaf_read(entry, leaf) == WH_OK && is_member(leaf->from) &&
	       is_member(leaf->to);
}

/* The entry stands in the receipt, or was given, or both are the same. */
static enum wh_err
choose_entry(struct span carried, struct span given, struct span *entry,
    struct why *why)
{
	if (given.p == NULL && carried.len == 0)
		return why_set(why, WH_CRYPTO,
		    "the receipt does not carry its entry: give it with "
		    "--entry");
	if (given.p != NULL && carried.len > 0 && !span_equal(given, carried))
		return why_set(why, WH_CRYPTO,
		    "the receipt is about another entry than the one given");
	*entry = given.p != NULL ? given : carried;
	return WH_OK;
}

enum wh_err
verify_receipt(const struct note_policy *policy, struct span bytes,
    struct span entry, struct note_proof *proof, struct verify_answer *answer,
    struct why *why)
{
	struct verify_answer made = {.policy = policy, .has_entry = true};
	struct span text;
	enum wh_err err;

	err = note_proof_parse(bytes, proof);
	if (err != WH_OK)
		return why_set(why, err, "this is not a receipt: %s",
		    wh_err_str(err));
	err = choose_entry(span_of(proof->extra, proof->extra_len), entry,
	    &made.entry, why);
	if (err != WH_OK)
		return err;
	made.is_leaf = is_leaf(made.entry, &made.leaf);
	if (!made.is_leaf && entry.p == NULL)
		return why_set(why, WH_CRYPTO,
		    "what the receipt carries is not an entry of a log");
	made.index = proof->index;
	made.entry_hash = merkle_leaf(made.entry);
	err =
	    note_proof_check(proof, &made.entry_hash, policy, &made.head, why);
	if (err == WH_OK)
		err = read_signers(policy, proof->checkpoint, &made, &text);
	if (err != WH_OK)
		return err;
	made.is_checkpoint = true;
	*answer = made;
	return WH_OK;
}

static bool
log_signed(const struct verify_answer *answer)
{
	for (size_t i = 0; i < answer->policy->log_count; i++)
		if (answer->by[i].valid)
			return true;
	return false;
}

enum wh_err
verify_note(const struct note_policy *policy, struct span bytes,
    struct verify_answer *answer, struct why *why)
{
	struct verify_answer made = {.policy = policy};
	struct note_checkpoint head;
	struct span text;
	enum wh_err err;

	err = read_signers(policy, bytes, &made, &text);
	if (err == WH_INVALID || err == WH_TOO_BIG)
		return why_set(why, err, "this is not a signed note: %s",
		    wh_err_str(err));
	if (err == WH_OK && !log_signed(&made))
		err = WH_CRYPTO;
	if (err != WH_OK)
		return why_set(why, err,
		    "a signature is wrong, or none is by a key of the policy");
	made.is_checkpoint = note_checkpoint_parse(text, &head) == WH_OK;
	if (made.is_checkpoint)
		err = note_policy_check(policy, bytes, &made.head, why);
	if (err == WH_OK)
		*answer = made;
	return err;
}

struct options {
	const char *receipt;
	const char *policy;
	const char *entry;
	bool note;
	bool evidence;
	bool json;
};

static error_t
parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'p':
		options->policy = arg;
		return 0;
	case 'e':
		options->entry = arg;
		return 0;
	case 'n':
		options->note = true;
		return 0;
	case 'x':
		options->evidence = true;
		return 0;
	case 'j':
		options->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (options->receipt != NULL)
			argp_error(state, "one argument too many: %s", arg);
		options->receipt = arg;
		return 0;
	case ARGP_KEY_END:
		if (options->receipt == NULL || options->policy == NULL)
			argp_error(state, "a receipt and --policy are needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option option_rows[] = {
    {"policy", 'p', "FILE", 0, "whose signatures are asked for", 0},
    {"entry", 'e', "FILE", 0, "the entry, if the receipt does not carry it", 0},
    {"note", 'n', NULL, 0, "it is a checkpoint or another signed note", 0},
    {"evidence", 'x', NULL, 0, "it is evidence that a log contradicts itself",
	0},
    {"json", 'j', NULL, 0, "print JSON", 0},
    {0},
};
static const struct argp argp = {.options = option_rows,
    .parser = parse_option,
    .args_doc = "RECEIPT",
    .doc = "Does this receipt prove that its entry is in the log? Uses no "
	   "network."};

/* The files, on the heap. */
struct input {
	struct span receipt;
	struct span entry; /* p is NULL when none was given */
	struct note_policy *policy;
};

static enum wh_err
read_file(const char *path, size_t max, struct span *out, struct why *why)
{
	uint8_t *bytes;
	size_t len;
	enum wh_err err = file_read(path, max, &bytes, &len, why);

	if (err == WH_OK)
		*out = span_of(bytes, len);
	return err;
}

static void
free_span(struct span bytes)
{
	mem_free((void *)(uintptr_t)bytes.p);
}

static enum wh_err
read_policy(const char *path, struct note_policy **out, struct why *why)
{
	struct note_policy *policy = mem_new(sizeof(*policy));
	struct span text = {0};
	struct why inner = {""};
	enum wh_err err = read_file(path, NOTE_POLICY_MAX, &text, why);

	if (err == WH_OK) {
		err = note_policy_parse(text, policy, &inner);
		if (err != WH_OK)
			why_set(why, err, "%s: %s", path, inner.text);
	}
	free_span(text);
	if (err == WH_OK)
		*out = policy;
	else
		mem_free(policy);
	return err;
}

static enum wh_err
read_input(const struct options *options, struct input *input, struct why *why)
{
	enum wh_err err;

	err = read_policy(options->policy, &input->policy, why);
	if (err == WH_OK)
		err = read_file(options->receipt,
		    options->evidence ? EVIDENCE_MAX : NOTE_PROOF_MAX,
		    &input->receipt, why);
	if (err == WH_OK && options->entry != NULL)
		err = read_file(options->entry, ENTRY_MAX, &input->entry, why);
	return err;
}

static int
say_no(const struct options *options, int status, const char *why)
{
	if (options->json)
		verify_say_no_json(stdout, why);
	else if (status == VERIFY_NO)
		printf("No: %s.\n", why);
	if (status == VERIFY_USAGE)
		(void)fprintf(stderr, "wijkhub verify: %s\n", why);
	return status;
}

static int
answer(const struct options *options, const struct input *input)
{
	struct note_proof *proof = mem_new(sizeof(*proof));
	struct verify_answer *made = mem_new(sizeof(*made));
	struct why why = {""};
	int status = VERIFY_OK;
	enum wh_err err;

	err = options->note
		  ? verify_note(input->policy, input->receipt, made, &why)
		  : verify_receipt(input->policy, input->receipt, input->entry,
			proof, made, &why);
	if (err != WH_OK)
		status = say_no(options, VERIFY_NO, why.text);
	else if (options->json)
		verify_say_json(stdout, made);
	else
		verify_say(stdout, made);
	mem_free(made);
	mem_free(proof);
	return status;
}

/* Two checkpoints of one log that do not go together. */
static int
answer_evidence(const struct options *options, const struct input *input)
{
	struct note_checkpoint heads[2];
	struct evidence evidence;
	struct why why = {""};
	enum wh_err err;

	err = evidence_parse(input->receipt, &evidence);
	if (err != WH_OK)
		why_set(&why, err, "this is not evidence: %s", wh_err_str(err));
	else
		err = evidence_check(&evidence, input->policy->keys,
		    input->policy->log_count, heads, &why);
	if (err != WH_OK)
		return say_no(options, VERIFY_NO, why.text);
	if (options->json)
		verify_say_evidence_json(stdout, &evidence, heads);
	else
		verify_say_evidence(stdout, &evidence, heads);
	return VERIFY_OK;
}

int
verify_main(int argc, char **argv)
{
	struct options options = {0};
	struct input input = {0};
	struct why why = {""};
	int status;

	/* No configuration file has a say in what a signature is. */
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	argp_err_exit_status = VERIFY_USAGE;
	(void)argp_parse(&argp, argc, argv, 0, NULL, &options);
	if (read_input(&options, &input, &why) != WH_OK)
		status = say_no(&options, VERIFY_USAGE, why.text);
	else
		status = options.evidence ? answer_evidence(&options, &input)
					  : answer(&options, &input);
	free_span(input.receipt);
	free_span(input.entry);
	mem_free(input.policy);
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return status;
	(void)fprintf(stderr, "wijkhub verify: the output could not be "
			      "written\n");
	return status == VERIFY_OK ? VERIFY_NO : status;
}

void
verify_confined(int argc, char **argv)
{
	if (confine() != WH_OK) {
		(void)fprintf(stderr,
		    "wijkhub verify: this system cannot confine it; nothing "
		    "was checked\n");
		_exit(VERIFY_NO);
	}
	exit(verify_main(argc, argv));
}
