/* SPDX-License-Identifier: EUPL-1.2 */
#include <inttypes.h>
#include <stdlib.h>

#include "ops/verify/verify.h"
#include "proto/base/clk.h"
#include "proto/base/text.h"

/* The answer as words and as JSON. Both say the same. */

/* What an entry of this kind is there for. */
static const struct {
	enum audit_kind kind;
	const char *words;
} meanings[] = {
    {AUDIT_REGISTER, "a register of the alliance came into force"},
    {AUDIT_PERMISSION, "the hub kept a record of a permission"},
    {AUDIT_PERMISSION_END, "somebody changed how a permission stands"},
    {AUDIT_ACCEPTED, "the hub permitted a message and accepted it"},
    {AUDIT_REFUSED, "the hub refused a message, a record or an event"},
    {AUDIT_HANDOVER, "the hub permitted it again and handed it over"},
    {AUDIT_DELIVERED, "the recipient stored it"},
    {AUDIT_STATE, "the hub moved a referral to another state"},
    {AUDIT_RECALLED, "it was stopped before it was handed over"},
    {AUDIT_ERASED, "the details of an entry were erased"},
    {AUDIT_UNSENT, "a handover did not leave the hub"},
    {AUDIT_OPENED, "this log began, behind the one before it"},
    {AUDIT_CARRIED, "the end of a permission was carried through"},
    {AUDIT_REACH, "what became of a message after a withdrawal"},
    {AUDIT_DEPARTED, "a member left, and gave no word on a withdrawal"},
    {AUDIT_DROPPED, "an older log was kept for its years and is gone"},
    {AUDIT_REVIEWED, "a second person reviewed the use of break-glass"},
    {AUDIT_CLOCK, "the hub set a clock, or one ran out"},
};

static const char *
meaning(enum audit_kind kind)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].kind == kind)
			return meanings[i].words;
	return "see the log's documentation";
}

/* What the reason field holds depends on the kind. */
struct reason_word {
	const char *name; /* NULL: there is none */
	const char *word;
};

static struct reason_word
reason_word(const struct audit_leaf *leaf)
{
	struct reason_word out;

	out.word = audit_leaf_word(leaf, &out.name);
	if (out.word[0] == '\0')
		out.name = NULL;
	return out;
}

/* Seconds of a cosignature come from outside; what no date is reads as 0000. */
static void
seconds_text(uint64_t at_s, char out[CLK_ISO_SIZE])
{
	clk_iso(at_s > INT64_MAX / 1000 ? -1 : (int64_t)at_s * 1000, out);
}

/* Who the policy names for this bit, or the rule of a group. */
static void say_rule(FILE *to, const struct note_policy *policy,
    uint64_t bit_set, const char *before);

static void /* NOLINTNEXTLINE(misc-no-recursion): groups only hold earlier */
say_one(FILE *to, const struct note_policy *policy, unsigned bit)
{
	if (bit < NOTE_POLICY_WITNESSES_MAX) {
		(void)fputs(policy->keys[NOTE_POLICY_LOGS_MAX + bit].name, to);
		return;
	}
	bit -= NOTE_POLICY_WITNESSES_MAX;
	(void)fprintf(to, "%" PRIu64 " of ", policy->groups[bit].needed);
	say_rule(to, policy, policy->groups[bit].members, "(");
	(void)fputs(")", to);
}

static void /* NOLINTNEXTLINE(misc-no-recursion) */
say_rule(FILE *to, const struct note_policy *policy, uint64_t bit_set,
    const char *before)
{
	for (unsigned bit = 0; bit < 64; bit++) {
		if ((bit_set >> bit & 1) == 0)
			continue;
		(void)fputs(before, to);
		before = ", ";
		say_one(to, policy, bit);
	}
}

static void
say_entry(FILE *to, const struct verify_answer *answer)
{
	const struct audit_leaf *leaf = &answer->leaf;
	struct reason_word reason = reason_word(leaf);
	char text[2 * HASH_LEN + 1];

	hex_encode(span_of(answer->entry_hash.b, HASH_LEN), text);
	(void)fprintf(to,
	    "Entry:     number %" PRIu64 " of %" PRIu64
	    " (counted from 0)\nHash:      %s\n",
	    answer->index, answer->head.size, text);
	if (!answer->is_leaf) {
		(void)fprintf(to,
		    "Content:   %zu bytes, not an entry of a Wijkhub\n",
		    answer->entry.len);
		return;
	}
	clk_iso(leaf->at_ms, text);
	(void)fprintf(to, "Kind:      %s: %s\nTime:      %s\n",
	    audit_kind_text(leaf->kind), meaning(leaf->kind), text);
	if (reason.name != NULL)
		(void)fprintf(to, "%c%-9s %s\n", reason.name[0] - 'a' + 'A',
		    reason.name + 1, reason.word);
	if (leaf->from[0] != '\0')
		(void)fprintf(to, "From:      %s\n", leaf->from);
	if (leaf->to[0] != '\0')
		(void)fprintf(to, "To:        %s\n", leaf->to);
	if (!id_is_zero(&leaf->case_ref)) {
		id_text(&leaf->case_ref, text);
		(void)fprintf(to, "Referral:  %s\n", text);
	}
}

static void
say_signers(FILE *to, const struct verify_answer *answer)
{
	const struct note_policy *policy = answer->policy;
	char at[CLK_ISO_SIZE];

	for (size_t i = 0; i < NOTE_KEYS_MAX; i++) {
		if (!answer->by[i].valid)
			continue;
		if (policy->keys[i].type == NOTE_COSIGNATURE) {
			seconds_text(answer->by[i].at_s, at);
			(void)fprintf(to, "Cosigned:  by %s, at %s\n",
			    policy->keys[i].name, at);
		} else {
			(void)fprintf(to, "Signed:    by %s\n",
			    policy->keys[i].name);
		}
	}
}

static void
say_policy(FILE *to, const struct verify_answer *answer)
{
	(void)fputs("Policy:    met; it asks for the log's signature", to);
	if (answer->policy->quorum == 0) {
		(void)fputs(" and for no witness.\n"
			    "           So this shows what the log's operator "
			    "signed, and not that\n"
			    "           everybody was shown the same log.\n",
		    to);
		return;
	}
	(void)fputs(answer->is_checkpoint ? " and "
					  : "\n           alone here: this is "
					    "no checkpoint. For one: ",
	    to);
	say_rule(to, answer->policy, answer->policy->quorum, "");
	(void)fputs("\n", to);
}

void
verify_say(FILE *to, const struct verify_answer *answer)
{
	char root[2 * HASH_LEN + 1];

	(void)fprintf(to, "%s\n",
	    answer->has_entry       ? "The receipt holds: this entry is in the "
				      "log."
	    : answer->is_checkpoint ? "The checkpoint holds."
				    : "The note holds.");
	if (answer->is_checkpoint) {
		hex_encode(span_of(answer->head.root.b, HASH_LEN), root);
		(void)fprintf(to,
		    "Log:       %.*s, %" PRIu64 " entries\nRoot:      %s\n",
		    (int)answer->head.origin.len,
		    (const char *)answer->head.origin.p, answer->head.size,
		    root);
	}
	if (answer->has_entry)
		say_entry(to, answer);
	say_signers(to, answer);
	say_policy(to, answer);
}

static void
json_member(FILE *to, const char *name, const char *text)
{
	(void)fprintf(to, ", \"%s\": ", name);
	text_put_json(to, "", span_str(text));
}

static void
json_hash(FILE *to, const char *name, const struct hash *hash)
{
	char text[2 * HASH_LEN + 1];

	hex_encode(span_of(hash->b, HASH_LEN), text);
	json_member(to, name, text);
}

static void
json_leaf(FILE *to, const struct audit_leaf *leaf)
{
	struct reason_word reason = reason_word(leaf);
	char at[CLK_ISO_SIZE], id[ID_TEXT_SIZE];

	json_member(to, "kind", audit_kind_text(leaf->kind));
	clk_iso(leaf->at_ms, at);
	json_member(to, "at", at);
	if (reason.name != NULL)
		json_member(to, reason.name, reason.word);
	json_member(to, "from", leaf->from);
	json_member(to, "to", leaf->to);
	id_text(&leaf->case_ref, id);
	json_member(to, "case", id_is_zero(&leaf->case_ref) ? "" : id);
	id_text(&leaf->event_id, id);
	json_member(to, "id", id);
}

static void
json_entry(FILE *to, const struct verify_answer *answer)
{
	(void)fprintf(to,
	    ", \"entry\": {\"index\": %" PRIu64 ", \"bytes\": %zu",
	    answer->index, answer->entry.len);
	json_hash(to, "hash", &answer->entry_hash);
	if (answer->is_leaf)
		json_leaf(to, &answer->leaf);
	(void)fputs("}", to);
}

/* The rule in words, as text of its own: names may hold quotes. */
static void
json_rule(FILE *to, const struct note_policy *policy)
{
	char *text = NULL;
	size_t len = 0;
	FILE *words = open_memstream(&text, &len);

	if (words == NULL)
		abort(); /* out of memory */
	say_rule(words, policy, policy->quorum, "");
	(void)fclose(words);
	json_member(to, "witnesses", text);
	free(text);
}

static void
json_signers(FILE *to, const struct verify_answer *answer)
{
	const struct note_policy *policy = answer->policy;
	const char *before = "";
	char at[CLK_ISO_SIZE];

	(void)fputs(", \"signed\": [", to);
	for (size_t i = 0; i < NOTE_KEYS_MAX; i++) {
		if (!answer->by[i].valid)
			continue;
		(void)fprintf(to, "%s{\"name\": ", before);
		text_put_json(to, "", span_str(policy->keys[i].name));
		if (policy->keys[i].type == NOTE_COSIGNATURE) {
			seconds_text(answer->by[i].at_s, at);
			json_member(to, "cosignedAt", at);
		}
		(void)fputs("}", to);
		before = ", ";
	}
	(void)fputs("]", to);
	json_rule(to, policy);
}

void
verify_say_json(FILE *to, const struct verify_answer *answer)
{
	(void)fputs("{\"ok\": true", to);
	if (answer->is_checkpoint) {
		(void)fputs(", \"origin\": ", to);
		text_put_json(to, "", answer->head.origin);
		(void)fprintf(to, ", \"size\": %" PRIu64, answer->head.size);
		json_hash(to, "root", &answer->head.root);
	}
	if (answer->has_entry)
		json_entry(to, answer);
	json_signers(to, answer);
	(void)fputs("}\n", to);
}

void
verify_say_no_json(FILE *to, const char *why)
{
	(void)fputs("{\"ok\": false", to);
	json_member(to, "error", why);
	(void)fputs("}\n", to);
}

/* What follows from it, in words. */
static const char *
evidence_text_of(enum evidence_kind kind)
{
	switch (kind) {
	case EVIDENCE_FORK:
		return "The log signed two trees of the same size: it was "
		       "rewritten, or shown differently to two members.";
	case EVIDENCE_ROLLBACK:
		return "The log signed both. That the smaller one was shown "
		       "after the larger one is the word of the member.";
	case EVIDENCE_UNPROVEN:
		return "The log signed both, and owes a proof that the smaller "
		       "one is the start of the larger one. That it gave none "
		       "is the word of the member.";
	case EVIDENCE_KINDS:
		break;
	}
	return "";
}

void
verify_say_evidence(FILE *to, const struct evidence *evidence,
    const struct note_checkpoint heads[2])
{
	char root[2 * HASH_LEN + 1];
	char seen[CLK_ISO_SIZE];

	clk_iso(evidence->seen_ms, seen);
	(void)fprintf(to,
	    "The evidence holds: %s.\n%s\nLog:       %.*s\nSeen:      %s, by "
	    "%.*s\n",
	    evidence_kind_text(evidence->kind),
	    evidence_text_of(evidence->kind), (int)heads[0].origin.len,
	    (const char *)heads[0].origin.p, seen, (int)evidence->by.len,
	    (const char *)evidence->by.p);
	for (int i = 0; i < 2; i++) {
		hex_encode(span_of(heads[i].root.b, HASH_LEN), root);
		(void)fprintf(to, "Head %d:    %" PRIu64 " entries, root %s\n",
		    i + 1, heads[i].size, root);
	}
}

void
verify_say_evidence_json(FILE *to, const struct evidence *evidence,
    const struct note_checkpoint heads[2])
{
	char seen[CLK_ISO_SIZE];

	clk_iso(evidence->seen_ms, seen);
	(void)fputs("{\"ok\": true", to);
	json_member(to, "kind", evidence_kind_text(evidence->kind));
	json_member(to, "seen", seen);
	(void)fputs(", \"by\": ", to);
	text_put_json(to, "", evidence->by);
	(void)fputs(", \"origin\": ", to);
	text_put_json(to, "", heads[0].origin);
	(void)fputs(", \"heads\": [", to);
	for (int i = 0; i < 2; i++) {
		(void)fprintf(to, "%s{\"size\": %" PRIu64, i == 0 ? "" : ", ",
		    heads[i].size);
		json_hash(to, "root", &heads[i].root);
		(void)fputs("}", to);
	}
	(void)fputs("]}\n", to);
}
