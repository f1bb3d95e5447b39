/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "broker/loop_state.h"
#include "broker/reach.h"
#include "proto/base/clk.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* "key value" lines: easy for people, scripts and `wijkhub`. */

static size_t
answer_status(struct loop *loop, char *out, size_t size)
{
	const struct registry *registry = core_register(loop->core);
	int64_t since_ms = witness_unwitnessed_ms(loop);
	char since[CLK_ISO_SIZE] = "no";
	char erased[CLK_ISO_SIZE] = "no";
	int64_t erased_ms = 0;
	size_t len;
	int n;

	if (loop->witnesses.policy == NULL)
		(void)str_copy(since, sizeof(since), "no-quorum-possible");
	else if (since_ms != 0)
		clk_iso(since_ms, since);
	if (core_erased_since(loop->txn, &erased_ms) == WH_OK && erased_ms != 0)
		clk_iso(erased_ms, erased);
	n = snprintf(out, size,
	    "endpoint %s\nregister %llu\nlog-generation %u\nlog-size %llu\n"
	    "sessions %zu\njournal %llu\nintake %s\nuncommitted %llu\n"
	    "witnesses %zu\nquorum-size %llu\nunwitnessed-since %s\n"
	    "erased-bytes-since %s\n",
	    loop_endpoint(loop), (unsigned long long)registry->reg.version,
	    audit_generation(core_audit(loop->core)),
	    (unsigned long long)audit_size(core_audit(loop->core)),
	    loop->sessions.count,
	    (unsigned long long)journal_last(loop->journal),
	    loop->room   ? "open"
	    : loop->disk ? "stopped store-full"
			 : "stopped disk-full",
	    (unsigned long long)loop->uncommitted, loop->witnesses.count,
	    (unsigned long long)loop->cosigned_size, since, erased);
	len = n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
	return len + scrub_text(&loop->scrub, out + len, size - len);
}

static size_t
answer_members(struct loop *loop, char *out, size_t size)
{
	const struct registry *registry = core_register(loop->core);
	const struct reg_member *member;
	const struct session *session;
	uint64_t waiting;
	size_t i, len = 0;
	int n;

	for (i = 0; i < registry->reg.member_count && len < size; i++) {
		member = &registry->reg.members[i];
		session = session_find(&loop->sessions, member->id);
		if (core_waiting(loop->txn, member->id, &waiting) != WH_OK)
			continue;
		n = snprintf(out + len, size - len,
		    "%s role=%s keys=%zu connected=%s waiting=%llu "
		    "credit=%u\n",
		    member->id, member->role, member->key_count,
		    session == NULL ? "no" : "yes", (unsigned long long)waiting,
		    session == NULL ? 0 : session->credit);
		if (n < 0 || (size_t)n >= size - len)
			break;
		len += (size_t)n;
	}
	return len;
}

static size_t
answer_log_level(const char *word, char *out, size_t size)
{
	enum log_level level;
	int n;

	if (log_level_parse(word, &level) == WH_OK) {
		log_level_set(level);
		n = snprintf(out, size, "log-level %s\n", word);
	} else {
		n = snprintf(out, size,
		    "error unknown level; use err, warn, info or debug\n");
	}
	return n < 0 ? 0 : (size_t)n;
}

/* What could not be written ends the broker; the turn hears of it. */
static void
keep_failure(struct loop *loop, enum wh_err err)
{
	if (err != WH_OK && err != WH_FULL)
		loop->control_err = err;
}

/* On record and durable before it is answered. */
static size_t
answer_erase(struct loop *loop, const char *word, char *out, size_t size)
{
	uint64_t entry = 0;
	struct why why = {""};
	struct id case_ref;
	enum wh_err err;
	int n;

	if (id_parse(word, &case_ref) != WH_OK)
		err = why_set(&why, WH_INVALID, "not the id of a referral");
	else
		err = core_erasable(loop->txn, &case_ref, &why);
	if (err == WH_OK) {
		err = batch_run(loop);
		entry = audit_next(core_audit(loop->core));
		if (err == WH_OK) {
			batch_add(loop, COMMAND_ERASE, "", span_id(&case_ref));
			err = batch_run(loop);
		}
		keep_failure(loop, err);
		why_set(&why, err, "%s", wh_err_str(err));
	}
	if (err != WH_OK)
		n = snprintf(out, size, "error %s\n", why.text);
	else
		n = snprintf(out, size, "erased %s\nentry %llu\n", word,
		    (unsigned long long)entry);
	return n < 0 ? 0 : (size_t)n;
}

static size_t
answer_compact(struct loop *loop, char *out, size_t size)
{
	enum wh_err err = compact_now(loop);
	int n;

	keep_failure(loop, err);
	if (err == WH_OK)
		n = snprintf(out, size, "compacted yes\n");
	else
		n = snprintf(out, size, "error %s\n",
		    err == WH_FULL ? "no room on the disk for a second store"
				   : wh_err_str(err));
	return n < 0 ? 0 : (size_t)n;
}

static void
count_withdrawals(struct loop *loop)
{
	struct reach_sums sums;

	if (reach_sums_get(loop->txn, &sums) != WH_OK)
		return; /* the next command finds what is wrong */
	loop->stats.value[STAT_WITHDRAWALS_OPEN] = sums.open;
	loop->stats.value[STAT_WITHDRAWALS_OVERDUE] = sums.overdue;
}

size_t
status_answer(void *arg, const char *question, char *out, size_t size)
{
	struct loop *loop = arg;
	int n;

	if (strcmp(question, "status") == 0 || strcmp(question, "health") == 0)
		return answer_status(loop, out, size);
	if (strcmp(question, "metrics") == 0)
		count_withdrawals(loop);
	if (strcmp(question, "metrics") == 0)
		return stats_text(&loop->stats, out, size);
	if (strcmp(question, "members") == 0)
		return answer_members(loop, out, size);
	if (strncmp(question, "log-level ", 10) == 0)
		return answer_log_level(question + 10, out, size);
	if (strncmp(question, "erase ", 6) == 0)
		return answer_erase(loop, question + 6, out, size);
	if (strcmp(question, "compact") == 0)
		return answer_compact(loop, out, size);
	n = snprintf(out, size,
	    "error unknown question; ask status, health, metrics, members, "
	    "log-level WORD, erase ID or compact\n");
	return n < 0 ? 0 : (size_t)n;
}
