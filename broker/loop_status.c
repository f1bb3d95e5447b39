/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "broker/loop_state.h"
#include "proto/base/clk.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"

/* "key value" lines: easy for people, scripts and `wijkhub`. */

static size_t
answer_status(struct loop *loop, char *out, size_t size)
{
	const struct registry *registry = core_register(loop->core);
	int64_t since_ms = witness_unwitnessed_ms(loop);
	char since[CLK_ISO_SIZE] = "no";
	int n;

	if (loop->witnesses.policy == NULL)
		(void)str_copy(since, sizeof(since), "no-quorum-possible");
	else if (since_ms != 0)
		clk_iso(since_ms, since);
	n = snprintf(out, size,
	    "endpoint %s\nregister %llu\nlog-size %llu\nsessions %zu\n"
	    "journal %llu\nintake %s\nuncommitted %llu\n"
	    "witnesses %zu\nquorum-size %llu\nunwitnessed-since %s\n",
	    loop->endpoint, (unsigned long long)registry->reg.version,
	    (unsigned long long)audit_size(core_audit(loop->core)),
	    loop->sessions.count,
	    (unsigned long long)journal_last(loop->journal),
	    loop->room   ? "open"
	    : loop->disk ? "stopped store-full"
			 : "stopped disk-full",
	    (unsigned long long)loop->uncommitted, loop->witnesses.count,
	    (unsigned long long)loop->cosigned_size, since);

	return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
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

size_t
status_answer(void *arg, const char *question, char *out, size_t size)
{
	struct loop *loop = arg;
	int n;

	if (strcmp(question, "status") == 0 || strcmp(question, "health") == 0)
		return answer_status(loop, out, size);
	if (strcmp(question, "metrics") == 0)
		return stats_text(&loop->stats, out, size);
	if (strcmp(question, "members") == 0)
		return answer_members(loop, out, size);
	if (strncmp(question, "log-level ", 10) == 0)
		return answer_log_level(question + 10, out, size);
	n = snprintf(out, size,
	    "error unknown question; ask status, health, metrics, members or "
	    "log-level WORD\n");
	return n < 0 ? 0 : (size_t)n;
}
