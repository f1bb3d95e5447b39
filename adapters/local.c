/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/local.h"

const char *const local_table_names[LOCAL_TABLES] = {
    [LOCAL_META] = "meta",
    [LOCAL_OUTBOX] = "outbox",
    [LOCAL_OUTBOX_ID] = "outbox-id",
    [LOCAL_INBOX] = "inbox",
    [LOCAL_DOSSIER] = "dossier",
    [LOCAL_REVIEW] = "review",
    [LOCAL_ENDED] = "ended",
    [LOCAL_ERASED] = "erased",
    [LOCAL_UNTIL] = "until",
    [LOCAL_BY_RELATION] = "by-relation",
    [LOCAL_BY_KENMERK] = "by-kenmerk",
    [LOCAL_RELATION] = "relation",
    [LOCAL_CLIENT] = "client",
    [LOCAL_BY_CLIENT] = "by-client",
    [LOCAL_PERMISSION] = "permission",
    [LOCAL_CONSENT] = "consent",
    [LOCAL_BY_GROUND] = "by-ground",
    [LOCAL_BY_CODE] = "by-code",
    [LOCAL_JOB] = "job",
    [LOCAL_JOB_DUE] = "job-due",
    [LOCAL_JOB_CASE] = "job-case",
    [LOCAL_LOOK] = "look",
    [LOCAL_REPORT] = "report",
    [LOCAL_REJECTED] = "rejected",
    [LOCAL_LOG] = "log",
    [LOCAL_LOG_BY_CASE] = "log-by-case",
    [LOCAL_LOG_BY_SUBJECT] = "log-by-subject",
    [LOCAL_LOG_PAST] = "log-past",
    [LOCAL_HEADS] = "heads",
    [LOCAL_HELD_CASE] = "held-case",
    [LOCAL_HELD_MESSAGE] = "held-message",
    [LOCAL_DERIVED] = "derived",
    [LOCAL_DERIVED_FROM] = "derived-from",
    [LOCAL_WITHDRAWAL] = "withdrawal",
    [LOCAL_WITHDRAWAL_OF] = "withdrawal-of",
    [LOCAL_END] = "end",
    [LOCAL_COPY] = "copy",
    [LOCAL_JOB_PARKED] = "job-parked",
};

enum wh_err
local_number(struct kv_txn *txn, const char *name, uint64_t *out)
{
	struct span value;
	uint8_t bytes[8];
	uint64_t n = 0;
	enum wh_err err;

	err = kv_peek(txn, LOCAL_META, span_str(name), &value);
	if (err == WH_OK && value.len != sizeof(bytes))
		return WH_CORRUPT;
	if (err == WH_OK)
		n = be64_get(value.p);
	else if (err != WH_NOT_FOUND)
		return err;
	be64_put(bytes, n + 1);
	err = kv_put(txn, LOCAL_META, span_str(name),
	    span_of(bytes, sizeof(bytes)));
	if (err == WH_OK)
		*out = n + 1;
	return err;
}

enum wh_err
local_freed(struct kv_txn *txn)
{
	return kv_put(txn, LOCAL_META, span_str(LOCAL_FREED), span_str(""));
}
