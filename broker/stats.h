/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_STATS_H
#define WH_BROKER_STATS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Counters and gauges by name, in the Prometheus text form. Names and numbers
 * only: nothing that could single out a person or a referral.
 */
#define STATS_LIST(X)                                                          \
	X(STAT_FRAMES, "frames_total", "counter",                              \
	    "Frames received from adapters")                                   \
	X(STAT_FRAMES_MALFORMED, "frames_malformed_total", "counter",          \
	    "Frames that could not be read")                                   \
	X(STAT_FRAMES_REFUSED, "frames_refused_total", "counter",              \
	    "Frames without a valid member or hello")                          \
	X(STAT_HANDSHAKES_REFUSED, "handshakes_refused_total", "counter",      \
	    "Connections with a key that is not in the register")              \
	X(STAT_BUSY, "busy_total", "counter",                                  \
	    "Intake turned away for lack of room")                             \
	X(STAT_COMMANDS, "commands_total", "counter",                          \
	    "Commands journalled and applied")                                 \
	X(STAT_BATCHES, "batches_total", "counter", "Journal flushes")         \
	X(STAT_COMMITS, "commits_total", "counter", "Commits of the store")    \
	X(STAT_RECEIPTS, "receipts_total", "counter", "Receipts sent")         \
	X(STAT_REFUSALS, "refusals_total", "counter", "Refusals sent")         \
	X(STAT_DELIVERIES, "deliveries_total", "counter", "Deliveries sent")   \
	X(STAT_UNSENT, "unsent_total", "counter",                              \
	    "Answers whose member was gone; it asks again")                    \
	X(STAT_CHECKPOINTS, "checkpoints_total", "counter",                    \
	    "Checkpoints signed")                                              \
	X(STAT_COSIGNATURES, "cosignatures_total", "counter",                  \
	    "Cosignatures of witnesses that hold")                             \
	X(STAT_QUORUM_SIZE, "log_quorum_size", "gauge",                        \
	    "Entries below the last head that a quorum cosigned")              \
	X(STAT_UNWITNESSED, "log_unwitnessed_since_seconds", "gauge",          \
	    "Unix time since when no quorum cosigned, 0 while one does")       \
	X(STAT_LOG_SIZE, "log_size", "gauge", "Entries in the audit log")      \
	X(STAT_SESSIONS, "sessions", "gauge", "Members connected")             \
	X(STAT_REGISTER, "register_version", "gauge",                          \
	    "Version of the register in force")                                \
	X(STAT_STORE_USED, "store_used_bytes", "gauge", "Store in use")        \
	X(STAT_STORE_LIMIT, "store_limit_bytes", "gauge",                      \
	    "Store size at which intake stops")                                \
	X(STAT_WITHDRAWALS_OPEN, "withdrawals_open", "gauge",                  \
	    "Withdrawals not carried through at every member")                 \
	X(STAT_WITHDRAWALS_OVERDUE, "withdrawals_overdue", "gauge",            \
	    "Those for which a member takes longer than a day")                \
	X(STAT_SCRUBBED, "scrub_records_total", "counter",                     \
	    "Records that the scrubber looked at")                             \
	X(STAT_SCRUB_FINDINGS, "scrub_findings_total", "counter",              \
	    "Records that are not what was written")                           \
	X(STAT_SCRUB_PROGRESS, "scrub_progress_permille", "gauge",             \
	    "How far the scrubber's pass is")                                  \
	X(STAT_SCRUB_ENDED, "scrub_pass_ended_seconds", "gauge",               \
	    "When its last full pass ended, Unix time")                        \
	X(STAT_INTAKE_OPEN, "intake_open", "gauge",                            \
	    "1 while there is room for new messages")

#define STATS_ENUM_ENTRY(symbol, name, type, help) symbol,
enum counter {
	STATS_LIST(STATS_ENUM_ENTRY) STAT_COUNT
};
#undef STATS_ENUM_ENTRY

struct stats {
	uint64_t value[STAT_COUNT];
};

static inline void
stats_add(struct stats *stats, enum counter stat)
{
	stats->value[stat]++;
}

/* Everything as text; returns the length, cut at size - 1. */
size_t stats_text(const struct stats *stats, char *out, size_t size);

#endif
