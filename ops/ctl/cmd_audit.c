/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "consent/audit.h"
#include "consent/witness.h"
#include "ops/ctl/broker_store.h"
#include "ops/ctl/kept.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* The audit log of a broker's folder: show, verify. */

#define SHOW_DEFAULT 50
/* The second copy of a checkpoint may be a moment ahead of the commit. */
#define TRIES  5
#define TRY_NS 200000000L

struct options {
	const char *dir;
	const char *case_ref; /* show: only this case */
	const char *kept;     /* verify: what somebody kept; NULL: nothing */
	uint64_t from;
	uint64_t limit;
};

static error_t
parse_number(struct argp_state *state, const char *text, uint64_t *out)
{
	char *end;

	*out = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0')
		argp_error(state, "'%s' is not a number", text);
	return 0;
}

static error_t
parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'c':
		options->case_ref = arg;
		return 0;
	case 'k':
		options->kept = arg;
		return 0;
	case 'f':
		return parse_number(state, arg, &options->from);
	case 'l':
		return parse_number(state, arg, &options->limit);
	case ARGP_KEY_ARG:
		if (options->dir == NULL)
			options->dir = arg;
		else
			argp_error(state, "one argument too many: %s", arg);
		return 0;
	case ARGP_KEY_END:
		if (options->dir == NULL)
			argp_error(state, "which broker's folder?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option show_options[] = {
    {"case", 'c', "ID", 0, "only entries about this referral", 0},
    {"from", 'f', "INDEX", 0, "start here [0]", 0},
    {"limit", 'l', "N", 0, "at most so many [50]", 0},
    {0},
};
static const struct argp show_argp = {.options = show_options,
    .parser = parse,
    .args_doc = "DIR"};
static const struct argp_option verify_options[] = {
    {"kept", 'k', "FILE", 0, "a checkpoint or receipt that somebody kept", 0},
    {0},
};
static const struct argp verify_argp = {.options = verify_options,
    .parser = parse,
    .args_doc = "DIR"};

/* "member=…\nkind=…\n" as an object; {} when the details were erased. */
static json_t *
details_json(struct span details)
{
	json_t *out = json_object();
	char *text = mem_dup(details), *rest = text, *line, *equals;

	while ((line = strsep(&rest, "\n")) != NULL) {
		equals = strchr(line, '=');
		if (equals == NULL)
			continue;
		*equals = '\0';
		json_object_set_new(out, line, json_string(equals + 1));
	}
	mem_free(text);
	return out;
}

static json_t *
entry_json(struct broker_store *store, uint64_t index)
{
	char at[CLK_ISO_SIZE], case_ref[ID_TEXT_SIZE];
	struct audit_leaf leaf;
	struct audit_detail detail;
	const char *name, *word;
	struct span bytes;
	json_t *out;

	if (audit_leaf_get(store->txn, index, &bytes) != WH_OK ||
	    audit_leaf_read(bytes, &leaf) != WH_OK)
		return NULL;
	clk_iso(leaf.at_ms, at);
	id_text(&leaf.case_ref, case_ref);
	out = json_pack("{s:I, s:s, s:s, s:s, s:s, s:s}", "index",
	    (json_int_t)index, "at", at, "kind", audit_kind_text(leaf.kind),
	    "from", leaf.from, "to", leaf.to, "case",
	    id_is_zero(&leaf.case_ref) ? "" : case_ref);
	word = audit_leaf_word(&leaf, &name);
	if (word[0] != '\0')
		json_object_set_new(out, name, json_string(word));
	if (audit_detail_get(store->txn, index, &detail) == WH_OK)
		json_object_set_new(out, "details",
		    details_json(span_of(detail.bytes, detail.len)));
	else if (leaf.kind != AUDIT_OPENED)
		json_object_set_new(out, "erased", json_true());
	return out;
}

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

static void
print_entry(const json_t *entry)
{
	const json_t *details = json_object_get(entry, "details");
	const char *key;
	json_t *value;

	printf("%6lld  %s  %-14s %s%s%s",
	    (long long)json_integer_value(json_object_get(entry, "index")),
	    text_of(entry, "at"), text_of(entry, "kind"),
	    text_of(entry, "reason"), text_of(entry, "state"),
	    text_of(entry, "event"));
	if (text_of(entry, "from")[0] != '\0')
		printf("  from %s", text_of(entry, "from"));
	if (text_of(entry, "to")[0] != '\0')
		printf("  to %s", text_of(entry, "to"));
	if (text_of(entry, "case")[0] != '\0')
		printf("  case %s", text_of(entry, "case"));
	json_object_foreach((json_t *)(uintptr_t)details, key, value)
	{
		if (json_string_length(value) > 0)
			printf("  %s=%s", key, json_string_value(value));
	}
	printf("%s\n", json_is_true(json_object_get(entry, "erased"))
			   ? "  (details erased)"
			   : "");
}

/* The next index to show, or WH_NOT_FOUND. */
static enum wh_err
next_index(struct broker_store *store, const struct id *case_ref,
    uint64_t *index)
{
	struct span leaf;

	if (!id_is_zero(case_ref))
		return audit_case_next(store->txn, case_ref, *index, index);
	return audit_leaf_next(store->txn, *index, index, &leaf);
}

static json_t *
collect(struct broker_store *store, const struct options *options,
    const struct id *case_ref)
{
	json_t *list = json_array();
	uint64_t index = options->from;
	json_t *entry;

	while (json_array_size(list) < options->limit &&
	       next_index(store, case_ref, &index) == WH_OK) {
		entry = entry_json(store, index++);
		if (entry != NULL)
			json_array_append_new(list, entry);
	}
	return list;
}

int
cmd_audit_show(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {.limit = SHOW_DEFAULT};
	struct broker_store store;
	struct id case_ref = {{0}};
	json_t *list, *entry;
	size_t i;
	int status;

	ctl_parse(ctl, &show_argp, argc, argv, &options);
	if (options.case_ref != NULL &&
	    id_parse(options.case_ref, &case_ref) != WH_OK)
		return ctl_fail(ctl, CTL_USAGE,
		    "--case: not the id of a referral");
	status = broker_store_open(ctl, options.dir, &store);
	if (status != CTL_OK)
		return status;
	list = collect(&store, &options, &case_ref);
	broker_store_close(&store);
	if (ctl->json)
		return ctl_json(list, CTL_OK);
	json_array_foreach(list, i, entry) print_entry(entry);
	json_decref(list);
	return CTL_OK;
}

/* Compare with both copies of the checkpoint, on the last commit. */
static enum wh_err
compare(struct broker_store *store, struct why *why)
{
	const struct timespec pause = {.tv_nsec = TRY_NS};
	struct note_key keys[REGISTER_KEYS_MAX];
	enum wh_err err = WH_CORRUPT;
	size_t count;
	int i;

	for (i = 0; err == WH_CORRUPT && i < TRIES; i++) {
		if (i > 0) {
			(void)nanosleep(&pause, NULL);
			err = broker_store_refresh(store);
			if (err != WH_OK)
				return err;
		}
		count = register_log_keys(&store->reg, 0, keys);
		err = audit_checkpoint_compare(store->txn, store->second_path,
		    keys, count, why);
	}
	return err;
}

/* A checkpoint that the store keeps of a generation; borrowed. */
static enum wh_err
kept_checkpoint(struct broker_store *store,
    enum wh_err (*get)(struct kv_txn *, uint32_t, struct span *),
    uint32_t generation, struct span *note, struct note_checkpoint *checkpoint)
{
	struct note_key keys[REGISTER_KEYS_MAX];
	size_t count = register_log_keys(&store->reg, 0, keys);
	uint32_t of = 0;
	enum wh_err err = get(store->txn, generation, note);

	if (err == WH_OK)
		err = note_log_open(*note, keys, count, &of, checkpoint);
	return err == WH_OK && of != generation ? WH_CORRUPT : err;
}

/* Who cosigned the last checkpoint with a quorum: {size, by: [member, …]}. */
static json_t *
cosigners(struct broker_store *store)
{
	json_t *by = json_array();
	struct note_checkpoint head = {0};
	struct note *note = mem_new(sizeof(*note));
	struct audit audit = {0};
	struct span bytes;

	(void)audit_load(&audit, store->txn); /* it was verified before */
	if (kept_checkpoint(store, audit_cosigned_get, audit_generation(&audit),
		&bytes, &head) == WH_OK &&
	    note_parse(bytes, note) == WH_OK)
		for (size_t i = 0; i < store->reg.member_count; i++) {
			const struct reg_member *m = &store->reg.members[i];
			struct note_key key;

			if (witness_key(&store->reg, m, clk_wall_ms(), &key) ==
				WH_OK &&
			    note_verify(note, &key, 1, NULL) == WH_OK)
				json_array_append_new(by, json_string(m->id));
		}
	mem_free(note);
	return json_pack("{s:I, s:o}", "size", (json_int_t)head.size, "by", by);
}

static void
print_cosigners(const json_t *cosigned)
{
	const json_t *by = json_object_get(cosigned, "by");
	const json_t *member;
	size_t i;

	if (json_array_size(by) == 0) {
		printf("no quorum of witnesses cosigned it\n");
		return;
	}
	printf("%lld entries cosigned by",
	    (long long)json_integer_value(json_object_get(cosigned, "size")));
	json_array_foreach(by, i, member)
	    printf("%s %s", i == 0 ? "" : ",", json_string_value(member));
	printf("\n");
}

int
cmd_audit_verify(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};
	struct broker_store store;
	struct why why = {""};
	char root_text[2 * HASH_LEN + 1];
	struct hash root;
	json_t *cosigned;
	uint64_t size, bad, entries = 0;
	int status;
	enum wh_err err;

	ctl_parse(ctl, &verify_argp, argc, argv, &options);
	status = broker_store_open(ctl, options.dir, &store);
	if (status != CTL_OK)
		return status;
	err = audit_verify(store.txn, &size, &root, &bad, &why);
	if (err == WH_OK)
		err = compare(&store, &why);
	if (err == WH_OK && options.kept != NULL)
		err = kept_check(&store, options.kept, &why);
	cosigned = err == WH_OK ? cosigners(&store) : NULL;
	if (err == WH_OK)
		err = kv_count(store.txn, TABLE_LOG_LEAF, &entries);
	broker_store_close(&store);
	if (err != WH_OK)
		return ctl_fail(ctl, CTL_NO, "the log does not hold: %s",
		    why.text[0] == '\0' ? wh_err_str(err) : why.text);
	hex_encode(span_of(root.b, HASH_LEN), root_text);
	if (ctl->json)
		return ctl_json(json_pack("{s:b, s:I, s:s, s:o}", "ok", 1,
				    "size", (json_int_t)entries, "root",
				    root_text, "cosigned", cosigned),
		    CTL_OK);
	printf("the log holds: %llu entries, root %s,\n"
	       "and it agrees with both copies of its checkpoint%s\n",
	    (unsigned long long)entries, root_text,
	    options.kept == NULL ? "" : " and goes on from what was kept");
	print_cosigners(cosigned);
	json_decref(cosigned);
	return CTL_OK;
}
