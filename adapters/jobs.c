/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/jobs.h"

#include <stdlib.h>

#include "adapters/local.h"
#include "adapters/vault.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

#define CASE_KEY_LEN (sizeof(struct id) + 8)
#define DUE_KEY_LEN  16
#define BACKOFF_MIN  1000ll
#define BACKOFF_MAX  (15ll * 60 * 1000)

void
job_fini(struct job *job)
{
	json_decref(job->context);
	mem_free(job->location);
	mem_wipe_free(job->response, job->response_len);
	mem_wipe(job, sizeof(*job));
}

static json_t *
head_json(const struct job *job)
{
	const char *location = job->location == NULL ? "" : job->location;
	char job_id[ID_TEXT_SIZE];
	char case_ref[ID_TEXT_SIZE] = "";
	json_t *context = job->context;

	id_text(&job->job_id, job_id);
	if (job->has_case)
		id_text(&job->case_ref, case_ref);
	context = context == NULL ? json_object() : json_incref(context);
	return json_pack("{ss ss sI sI sI sI sb ss so si ss}", "id", job_id,
	    "case", case_ref, "event", (json_int_t)job->event, "step",
	    (json_int_t)job->step, "attempts", (json_int_t)job->attempts, "due",
	    (json_int_t)job->due_ms, "parked", job->parked ? 1 : 0, "text",
	    job->text, "context", context, "status", job->status, "location",
	    location);
}

/* be32 length of the JSON, the JSON, the response as it came. */
static enum wh_err
job_write(const struct job *job, uint8_t **out, size_t *len)
{
	json_t *head = head_json(job);
	char *text = NULL;
	size_t text_len;
	uint8_t *bytes;
	uint8_t size[8];

	if (head != NULL)
		text = json_dumps(head, JSON_COMPACT);
	json_decref(head);
	if (text == NULL) /* text that is not UTF-8 */
		return WH_INVALID;
	text_len = strlen(text);
	be64_put(size, text_len);
	*len = sizeof(size) + text_len + job->response_len;
	bytes = mem_new(*len);
	memcpy(bytes, size, sizeof(size));
	memcpy(bytes + sizeof(size), text, text_len);
	if (job->response_len > 0)
		memcpy(bytes + sizeof(size) + text_len, job->response,
		    job->response_len);
	mem_wipe(text, text_len);
	free(text);
	*out = bytes;
	return WH_OK;
}

static enum wh_err
head_read(json_t *head, struct job *job)
{
	const char *job_id;
	const char *case_ref;
	const char *text;
	const char *location;
	json_int_t event;
	json_int_t step;
	json_int_t attempts;
	json_int_t due;
	json_t *context;
	int parked;
	int bad;

	bad = json_unpack(head, "{ss ss sI sI sI sI sb ss so si ss}", "id",
	    &job_id, "case", &case_ref, "event", &event, "step", &step,
	    "attempts", &attempts, "due", &due, "parked", &parked, "text",
	    &text, "context", &context, "status", &job->status, "location",
	    &location);
	if (bad != 0 || id_parse(job_id, &job->job_id) != WH_OK ||
	    str_copy(job->text, sizeof(job->text), text) != WH_OK)
		return WH_CORRUPT;
	job->has_case = case_ref[0] != '\0';
	if (job->has_case && id_parse(case_ref, &job->case_ref) != WH_OK)
		return WH_CORRUPT;
	job->event = (unsigned)event;
	job->step = (unsigned)step;
	job->attempts = (unsigned)attempts;
	job->due_ms = due;
	job->parked = parked != 0;
	job->context = json_incref(context);
	job->location = mem_strdup(location);
	return WH_OK;
}

static enum wh_err
job_read(struct span bytes, struct job *job)
{
	json_t *head = NULL;
	uint64_t text_len;
	enum wh_err err = WH_CORRUPT;

	if (bytes.len < 8 || be64_get(bytes.p) > bytes.len - 8)
		return WH_CORRUPT;
	text_len = be64_get(bytes.p);
	head = json_loadb((const char *)bytes.p + 8, text_len, 0, NULL);
	if (head == NULL)
		return WH_CORRUPT;
	err = head_read(head, job);
	json_decref(head);
	if (err == WH_OK) {
		job->response_len = bytes.len - 8 - text_len;
		job->response =
		    mem_dup(span_of(bytes.p + 8 + text_len, job->response_len));
	}
	return err;
}

static enum wh_err
job_load(struct kv_txn *txn, const struct vault *vault, uint64_t n,
    struct job *out)
{
	struct job job = {.n = n};
	uint8_t *plain = NULL;
	struct span sealed;
	uint8_t key[8];
	size_t len = 0;
	enum wh_err err;

	be64_put(key, n);
	err = kv_peek(txn, LOCAL_JOB, span_of(key, sizeof(key)), &sealed);
	if (err == WH_OK)
		err = vault_open(vault, LOCAL_JOB, span_of(key, sizeof(key)),
		    sealed, &plain, &len);
	if (err == WH_OK)
		err = job_read(span_of(plain, len), &job);
	mem_wipe_free(plain, len);
	if (err == WH_OK)
		*out = job;
	else
		job_fini(&job);
	return err;
}

static void
due_key(const struct job *job, uint8_t out[DUE_KEY_LEN])
{
	be64_put(out, job->due_ms < 0 ? 0 : (uint64_t)job->due_ms);
	be64_put(out + 8, job->n);
}

static void
case_key(const struct job *job, uint8_t out[CASE_KEY_LEN])
{
	memcpy(out, job->case_ref.b, sizeof(job->case_ref.b));
	be64_put(out + sizeof(job->case_ref.b), job->n);
}

/* A parked job is not due and holds up nobody; its case finds it all the same.
 */
static unsigned
case_index(const struct job *job)
{
	return job->parked ? LOCAL_JOB_PARKED : LOCAL_JOB_CASE;
}

static enum wh_err
index_put(struct kv_txn *txn, const struct job *job)
{
	struct span nothing = span_of(NULL, 0);
	uint8_t due[DUE_KEY_LEN];
	uint8_t by_case[CASE_KEY_LEN];
	enum wh_err err = WH_OK;

	due_key(job, due);
	if (!job->parked)
		err = kv_put(txn, LOCAL_JOB_DUE, span_of(due, sizeof(due)),
		    job->has_case ? span_id(&job->case_ref) : nothing);
	if (err != WH_OK || !job->has_case)
		return err;
	case_key(job, by_case);
	return kv_put(txn, case_index(job), span_of(by_case, sizeof(by_case)),
	    nothing);
}

static enum wh_err
index_del(struct kv_txn *txn, const struct job *job)
{
	uint8_t due[DUE_KEY_LEN];
	uint8_t by_case[CASE_KEY_LEN];
	enum wh_err err = WH_OK;

	due_key(job, due);
	if (!job->parked)
		err = kv_del(txn, LOCAL_JOB_DUE, span_of(due, sizeof(due)));
	if (err == WH_OK && job->has_case) {
		case_key(job, by_case);
		err = kv_del(txn, case_index(job),
		    span_of(by_case, sizeof(by_case)));
	}
	return err == WH_NOT_FOUND ? WH_CORRUPT : err;
}

static enum wh_err
job_store(struct kv_txn *txn, const struct vault *vault, const struct job *job)
{
	uint8_t *plain = NULL;
	uint8_t *sealed = NULL;
	size_t plain_len = 0;
	size_t len;
	uint8_t key[8];
	enum wh_err err;

	be64_put(key, job->n);
	err = job_write(job, &plain, &plain_len);
	if (err != WH_OK)
		return err;
	vault_seal(vault, LOCAL_JOB, span_of(key, sizeof(key)),
	    span_of(plain, plain_len), &sealed, &len);
	mem_wipe_free(plain, plain_len);
	err = kv_put(txn, LOCAL_JOB, span_of(key, sizeof(key)),
	    span_of(sealed, len));
	mem_free(sealed);
	return err == WH_OK ? index_put(txn, job) : err;
}

enum wh_err
jobs_push(struct kv_txn *txn, const struct vault *vault, const struct job *job)
{
	struct job numbered = *job;
	enum wh_err err = local_number(txn, "job-n", &numbered.n);

	return err == WH_OK ? job_store(txn, vault, &numbered) : err;
}

/* Is there an earlier job on the same case? */
static enum wh_err
is_held_up(struct kv_txn *txn, struct span case_ref, uint64_t n, bool *out)
{
	uint8_t from[CASE_KEY_LEN] = {0};
	struct span key = span_of(from, sizeof(from));
	struct span value;
	enum wh_err err;

	*out = false;
	if (case_ref.len == 0)
		return WH_OK;
	if (case_ref.len != sizeof(struct id))
		return WH_CORRUPT;
	memcpy(from, case_ref.p, case_ref.len);
	err = kv_seek(txn, LOCAL_JOB_CASE, &key, &value);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	if (key.len != CASE_KEY_LEN || memcmp(key.p, from, case_ref.len) != 0)
		return WH_CORRUPT;
	*out = be64_get(key.p + sizeof(struct id)) != n;
	return WH_OK;
}

enum wh_err
jobs_next(struct kv_txn *txn, const struct vault *vault, int64_t now_ms,
    struct job *out, int64_t *next_ms)
{
	uint8_t from[DUE_KEY_LEN] = {0};
	struct span key = span_of(from, sizeof(from));
	struct span case_ref;
	int64_t due_ms;
	bool held_up;
	enum wh_err err;

	*next_ms = INT64_MAX;
	for (err = kv_seek(txn, LOCAL_JOB_DUE, &key, &case_ref); err == WH_OK;
	     err = kv_next(txn, LOCAL_JOB_DUE, &key, &case_ref)) {
		if (key.len != DUE_KEY_LEN)
			return WH_CORRUPT;
		err = is_held_up(txn, case_ref, be64_get(key.p + 8), &held_up);
		if (err != WH_OK)
			return err;
		if (held_up)
			continue;
		due_ms = (int64_t)be64_get(key.p);
		if (due_ms <= now_ms)
			return job_load(txn, vault, be64_get(key.p + 8), out);
		*next_ms = due_ms;
		return WH_NOT_FOUND;
	}
	return err;
}

enum wh_err
jobs_update(struct kv_txn *txn, const struct vault *vault,
    const struct job *job)
{
	struct job old = {0};
	enum wh_err err = job_load(txn, vault, job->n, &old);

	if (err == WH_OK)
		err = index_del(txn, &old);
	job_fini(&old);
	return err == WH_OK ? job_store(txn, vault, job) : err;
}

enum wh_err
jobs_done(struct kv_txn *txn, const struct job *job)
{
	uint8_t key[8];
	enum wh_err err;

	be64_put(key, job->n);
	err = kv_del(txn, LOCAL_JOB, span_of(key, sizeof(key)));
	return err == WH_OK ? index_del(txn, job) : err;
}

enum wh_err
jobs_find(struct kv_txn *txn, const struct job *job)
{
	struct span value;
	uint8_t key[8];

	be64_put(key, job->n);
	return kv_peek(txn, LOCAL_JOB, span_of(key, sizeof(key)), &value);
}

/* The first job of this case in an index; WH_NOT_FOUND. */
static enum wh_err
first_of(struct kv_txn *txn, const struct vault *vault, unsigned index,
    const struct id *case_ref, struct job *out)
{
	uint8_t from[CASE_KEY_LEN] = {0};
	struct span key = span_of(from, sizeof(from));
	struct span value;
	enum wh_err err;

	memcpy(from, case_ref->b, sizeof(case_ref->b));
	err = kv_seek(txn, index, &key, &value);
	if (err != WH_OK)
		return err;
	if (key.len != CASE_KEY_LEN)
		return WH_CORRUPT;
	if (memcmp(key.p, case_ref->b, sizeof(case_ref->b)) != 0)
		return WH_NOT_FOUND;
	err = job_load(txn, vault, be64_get(key.p + sizeof(struct id)), out);
	return err == WH_NOT_FOUND ? WH_CORRUPT : err;
}

enum wh_err
jobs_drop_case(struct kv_txn *txn, const struct vault *vault,
    const struct id *case_ref)
{
	static const unsigned indexes[] = {LOCAL_JOB_CASE, LOCAL_JOB_PARKED};
	enum wh_err err = WH_OK;

	for (size_t i = 0; err == WH_OK && i < 2; i++) {
		while (err == WH_OK) {
			struct job job = {0};

			err = first_of(txn, vault, indexes[i], case_ref, &job);
			if (err == WH_OK)
				err = jobs_done(txn, &job);
			job_fini(&job);
		}
		if (err == WH_NOT_FOUND)
			err = WH_OK;
	}
	return err;
}

int64_t
jobs_backoff_ms(unsigned attempts)
{
	int64_t wait = BACKOFF_MIN;

	while (attempts-- > 1 && wait < BACKOFF_MAX)
		wait *= 2;
	return wait < BACKOFF_MAX ? wait : BACKOFF_MAX;
}

enum wh_err
jobs_summary(struct kv_txn *txn, struct jobs_summary *out)
{
	uint8_t from[DUE_KEY_LEN] = {0};
	struct span key = span_of(from, sizeof(from));
	struct span value;
	struct jobs_summary sum = {0};
	uint64_t all = 0;
	enum wh_err err;

	err = kv_count(txn, LOCAL_JOB, &all);
	if (err == WH_OK)
		err = kv_count(txn, LOCAL_JOB_DUE, &sum.waiting);
	if (err != WH_OK)
		return err;
	sum.parked = all - sum.waiting;
	err = kv_seek(txn, LOCAL_JOB_DUE, &key, &value);
	if (err == WH_OK)
		sum.oldest_ms = (int64_t)be64_get(key.p);
	if (err != WH_OK && err != WH_NOT_FOUND)
		return err;
	*out = sum;
	return WH_OK;
}
