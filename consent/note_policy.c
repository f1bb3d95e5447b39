/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/note_policy.h"

#include "consent/note_line.h"
#include "proto/base/mem.h"

#define NAMES_MAX (NOTE_POLICY_WITNESSES_MAX + NOTE_POLICY_GROUPS_MAX)

/* A policy while it is read: names mean nothing once the bits are known. */
struct reading {
	struct note_policy *policy;
	struct {
		struct span name; /* borrowed from the file */
		uint64_t bit;
	} names[NAMES_MAX];
	size_t name_count;
	uint64_t used; /* members of some group */
	bool has_quorum;
	struct why *why;
	unsigned line;
};

static enum wh_err
bad(struct reading *r, enum wh_err err, const char *what)
{
	return why_set(r->why, err, "policy line %u: %s", r->line, what);
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* The next word of a line; words are cut by spaces and tabs only. */
static bool
next_word(struct span *line, struct span *word)
{
	size_t start = 0;
	size_t end;

	while (start < line->len && is_blank(line->p[start]))
		start++;
	for (end = start; end < line->len && !is_blank(line->p[end]);)
		end++;
	*word = span_of(line->p + start, end - start);
	*line = span_of(line->p + end, line->len - end);
	return word->len > 0;
}

static bool
is_word(struct span word, const char *text)
{
	return span_equal(word, span_str(text));
}

/* Its bit, or 0. */
static uint64_t
find_name(const struct reading *r, struct span name)
{
	for (size_t i = 0; i < r->name_count; i++) {
		if (span_equal(r->names[i].name, name))
			return r->names[i].bit;
	}
	return 0;
}

static enum wh_err
add_name(struct reading *r, struct span name, size_t bit)
{
	if (is_word(name, "none") || find_name(r, name) != 0)
		return bad(r, WH_INVALID, "this name is taken");
	r->names[r->name_count].name = name;
	r->names[r->name_count++].bit = (uint64_t)1 << bit;
	return WH_OK;
}

/*
 * Nobody is counted twice. But two logs may have one key: a log that was
 * opened anew has another name.
 */
static bool
is_there(const struct note_key *keys, size_t count, const struct note_key *key)
{
	for (size_t i = 0; i < count; i++) {
		if (memcmp(keys[i].public_key, key->public_key, SIGN_KEY_LEN) ==
			0 &&
		    (key->type == NOTE_COSIGNATURE ||
			strcmp(keys[i].name, key->name) == 0))
			return true;
	}
	return false;
}

/* "<vkey> [<url>]", to be keys[count]. */
static enum wh_err
read_key(struct reading *r, struct span line, struct note_key *keys,
    size_t count)
{
	struct span vkey;
	struct span word;
	struct note_key key;
	enum wh_err err;

	if (!next_word(&line, &vkey))
		return bad(r, WH_INVALID, "a vkey is missing");
	err = note_key_parse(vkey, &key);
	if (err != WH_OK)
		return bad(r, err, "this is not a vkey that we can use");
	if (is_there(keys, count, &key))
		return bad(r, WH_INVALID, "this key is there already");
	(void)next_word(&line, &word); /* a URL is of no use offline */
	if (next_word(&line, &word))
		return bad(r, WH_INVALID, "too many words");
	keys[count] = key;
	return WH_OK;
}

static enum wh_err
read_log(struct reading *r, struct span line)
{
	struct note_policy *p = r->policy;
	enum wh_err err;

	if (p->log_count == NOTE_POLICY_LOGS_MAX)
		return bad(r, WH_TOO_BIG, "too many logs");
	err = read_key(r, line, p->keys, p->log_count);
	if (err == WH_OK)
		p->log_count++;
	return err;
}

static enum wh_err
read_witness(struct reading *r, struct span line)
{
	struct note_policy *p = r->policy;
	struct note_key *keys = p->keys + NOTE_POLICY_LOGS_MAX;
	struct span name;
	enum wh_err err;

	if (p->witness_count == NOTE_POLICY_WITNESSES_MAX)
		return bad(r, WH_TOO_BIG, "too many witnesses");
	if (!next_word(&line, &name))
		return bad(r, WH_INVALID, "a witness needs a name and a vkey");
	err = add_name(r, name, p->witness_count);
	if (err != WH_OK)
		return err;
	err = read_key(r, line, keys, p->witness_count);
	if (err != WH_OK)
		return err;
	if (keys[p->witness_count].type != NOTE_COSIGNATURE)
		return bad(r, WH_INVALID, "a witness needs a key of type 4");
	p->witness_count++;
	return WH_OK;
}

static enum wh_err
read_members(struct reading *r, struct span line, uint64_t *members)
{
	struct span word;
	uint64_t bit;

	*members = 0;
	while (next_word(&line, &word)) {
		bit = find_name(r, word);
		if (bit == 0)
			return bad(r, WH_INVALID, "a member is not known yet");
		if (((r->used | *members) & bit) != 0)
			return bad(r, WH_INVALID, "a member is in a group");
		*members |= bit;
	}
	r->used |= *members;
	return WH_OK;
}

static enum wh_err
read_group(struct reading *r, struct span line)
{
	struct note_policy *p = r->policy;
	struct span name;
	struct span rule;
	uint64_t members;
	uint64_t needed;
	uint64_t count;
	enum wh_err err;

	if (p->group_count == NOTE_POLICY_GROUPS_MAX)
		return bad(r, WH_TOO_BIG, "too many groups");
	if (!next_word(&line, &name) || !next_word(&line, &rule))
		return bad(r, WH_INVALID, "a group needs a name and a number");
	err = read_members(r, line, &members);
	if (err != WH_OK)
		return err;
	count = (uint64_t)__builtin_popcountll(members);
	if (is_word(rule, "all"))
		needed = count;
	else if (is_word(rule, "any"))
		needed = 1;
	else if (note_line_number(rule, &needed) != WH_OK)
		return bad(r, WH_INVALID, "not all, any or a number");
	if (needed == 0 || needed > count)
		return bad(r, WH_INVALID, "so many members there are not");
	p->groups[p->group_count].members = members;
	p->groups[p->group_count].needed = needed;
	return add_name(r, name, NOTE_POLICY_WITNESSES_MAX + p->group_count++);
}

static enum wh_err
read_quorum(struct reading *r, struct span line)
{
	struct span name;
	struct span more;

	if (r->has_quorum)
		return bad(r, WH_INVALID, "there is a quorum already");
	if (!next_word(&line, &name) || next_word(&line, &more))
		return bad(r, WH_INVALID, "a quorum is one name");
	r->policy->quorum = find_name(r, name);
	if (r->policy->quorum == 0 && !is_word(name, "none"))
		return bad(r, WH_INVALID, "this name is not known yet");
	r->has_quorum = true;
	return WH_OK;
}

static const struct {
	const char *keyword;
	enum wh_err (*read)(struct reading *r, struct span line);
} statements[] = {
    {"log", read_log},
    {"witness", read_witness},
    {"group", read_group},
    {"quorum", read_quorum},
};

static enum wh_err
read_line(struct reading *r, struct span line)
{
	struct span word;

	for (size_t i = 0; i < line.len; i++) {
		if ((line.p[i] < 0x20 && line.p[i] != '\t') ||
		    line.p[i] == 0x7f)
			return bad(r, WH_INVALID, "a control character");
	}
	if (!next_word(&line, &word) || word.p[0] == '#')
		return WH_OK;
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]);
	     i++) {
		if (is_word(word, statements[i].keyword))
			return statements[i].read(r, line);
	}
	return bad(r, WH_INVALID, "not log, witness, group or quorum");
}

enum wh_err
note_policy_parse(struct span file, struct note_policy *out, struct why *why)
{
	struct reading r = {.why = why, .line = 1};
	struct span line;
	enum wh_err err = WH_OK;

	if (file.len > NOTE_POLICY_MAX)
		return why_set(why, WH_TOO_BIG, "policy of over %zu bytes",
		    NOTE_POLICY_MAX);
	r.policy = (struct note_policy *)mem_new(sizeof(*r.policy));
	for (; err == WH_OK && note_line_next(&file, &line); r.line++)
		err = read_line(&r, line);
	if (err == WH_OK && file.len != 0)
		err = bad(&r, WH_INVALID, "no newline at the end");
	if (err == WH_OK && !r.has_quorum)
		err = bad(&r, WH_INVALID, "the quorum is missing");
	if (err == WH_OK)
		*out = *r.policy;
	mem_free(r.policy);
	return err;
}

/* Groups only have members that stand before them: one pass is enough. */
static bool
is_quorum(const struct note_policy *policy, uint64_t seen)
{
	for (size_t i = 0; i < policy->group_count; i++) {
		uint64_t here = seen & policy->groups[i].members;

		if ((uint64_t)__builtin_popcountll(here) >=
		    policy->groups[i].needed)
			seen |= (uint64_t)1 << (NOTE_POLICY_WITNESSES_MAX + i);
	}
	return policy->quorum == 0 || (seen & policy->quorum) != 0;
}

static bool
log_signed(const struct note_policy *policy, const struct note_signed *did,
    struct span origin)
{
	for (size_t i = 0; i < policy->log_count; i++) {
		if (did[i].valid &&
		    span_equal(origin, span_str(policy->keys[i].name)))
			return true;
	}
	return false;
}

static uint64_t
witnesses_of(const struct note_signed *did)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < NOTE_POLICY_WITNESSES_MAX; i++) {
		if (did[NOTE_POLICY_LOGS_MAX + i].valid)
			seen |= (uint64_t)1 << i;
	}
	return seen;
}

enum wh_err
note_policy_check(const struct note_policy *policy, struct span bytes,
    struct note_checkpoint *out, struct why *why)
{
	struct note_signed did[NOTE_KEYS_MAX];
	struct note_checkpoint checkpoint;
	struct note note;
	enum wh_err err;

	err = note_parse(bytes, &note);
	if (err != WH_OK)
		return why_set(why, err, "this is not a signed note");
	err = note_checkpoint_parse(note.text, &checkpoint);
	if (err != WH_OK)
		return why_set(why, err, "this note is not a checkpoint");
	err = note_verify(&note, policy->keys, NOTE_KEYS_MAX, did);
	if (err != WH_OK)
		return why_set(why, err,
		    "a signature is wrong, or none is by a key of the policy");
	if (!log_signed(policy, did, checkpoint.origin))
		return why_set(why, WH_CRYPTO,
		    "no log of the policy signed this for its own origin");
	if (!is_quorum(policy, witnesses_of(did)))
		return why_set(why, WH_CRYPTO,
		    "too few witnesses of the policy cosigned this");
	*out = checkpoint;
	return WH_OK;
}
