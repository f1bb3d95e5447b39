/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk.h"

#include <stdarg.h>
#include <stdio.h>

#include "adapters/api_shape.h"
#include "adapters/desk_log.h"
#include "adapters/desk_present.h"
#include "adapters/desk_state.h"
#include "adapters/jobs.h"
#include "adapters/json.h"
#include "adapters/local.h"
#include "adapters/rejected.h"
#include "proto/base/clk.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

#define GROW_BYTES ((size_t)4 * 1024 * 1024)

void
desk_result_fini(struct desk_result *result)
{
	json_decref(result->dossier);
	json_decref(result->allowed);
	*result = (struct desk_result){0};
}

enum wh_err
result_no(struct desk_result *result, enum outcome_kind kind, const char *field,
    const char *format, ...)
{
	va_list args;

	result->kind = kind;
	snprintf(result->field, sizeof(result->field), "%s", field);
	va_start(args, format);
	vsnprintf(result->text, sizeof(result->text), format, args);
	va_end(args);
	return WH_OK;
}

enum wh_err
result_refused(struct desk_result *result, enum reason reason, const char *text)
{
	result->reason = reason;
	return result_no(result, OUTCOME_REFUSED, "", "%s", text);
}

bool
result_shape(struct desk_result *result, const struct shape *shape,
    const json_t *body)
{
	json_t *mistakes = json_array();
	const json_t *first;
	bool good;

	if (!json_is_object(body)) {
		result_no(result, OUTCOME_REJECTED, "",
		    "de inhoud is geen object");
		json_decref(mistakes);
		return false;
	}
	shape_check(shape, body, mistakes);
	good = json_array_size(mistakes) == 0;
	first = json_array_get(mistakes, 0);
	if (!good)
		result_no(result, OUTCOME_REJECTED, json_text(first, "name"),
		    "%s", json_text(first, "reason"));
	json_decref(mistakes);
	return good;
}

enum wh_err
shift_begin(struct desk *desk, int64_t now_ms, struct shift *out)
{
	out->desk = desk;
	out->now_ms = now_ms;
	out->txn = NULL;
	arena_init(&out->arena, FRAME_ARENA_MAX);
	return kv_begin(desk->kv, KV_READ_WRITE, &out->txn);
}

enum wh_err
shift_end(struct shift *shift, enum wh_err err)
{
	if (err == WH_OK)
		err = kv_commit(&shift->txn);
	kv_abort(&shift->txn);
	arena_fini(&shift->arena);
	return err;
}

static enum wh_err
load_register(struct desk *desk, struct why *why)
{
	struct kv_txn *txn = NULL;
	struct span bytes;
	enum wh_err err;

	err = kv_begin(desk->kv, KV_READ_ONLY, &txn);
	if (err != WH_OK)
		return err;
	err = kv_peek(txn, LOCAL_META, span_str("register"), &bytes);
	if (err == WH_OK)
		err = register_open(bytes, desk->alliance_key, &desk->registry,
		    why);
	else if (err == WH_NOT_FOUND)
		err = WH_OK;
	kv_abort(&txn);
	return err;
}

/* How the tables are laid out; one more when a store of before cannot be read
 * as one of now. */
#define FORM      2
#define KEY_CHECK "key-check"

static enum wh_err
check_form(struct desk *desk, struct why *why)
{
	const uint8_t form = FORM;
	struct span made, value;
	struct shift shift;
	enum wh_err err = shift_begin(desk, 0, &shift);

	if (err != WH_OK)
		return err;
	err = kv_peek(shift.txn, LOCAL_META, span_str("form"), &value);
	if (err == WH_OK && !span_equal(value, span_of(&form, 1)))
		err = WH_UNSUPPORTED;
	if (err == WH_NOT_FOUND) {
		err =
		    kv_peek(shift.txn, LOCAL_META, span_str(KEY_CHECK), &made);
		err = err == WH_OK ? WH_UNSUPPORTED
		      : err == WH_NOT_FOUND
			  ? kv_put(shift.txn, LOCAL_META, span_str("form"),
				span_of(&form, 1))
			  : err;
	}
	err = shift_end(&shift, err);
	return err == WH_UNSUPPORTED
		   ? why_set(why, err,
			 "store: is in the form of another version; run the "
			 "version that wrote it")
		   : err;
}

/*
 * With another key nothing here opens, and every kenmerk and client would be a
 * new one. The first key is remembered by what it sealed.
 */
static enum wh_err
check_storage_key(struct desk *desk, struct why *why)
{
	const struct span name = span_str(KEY_CHECK);
	struct shift shift;
	struct span value;
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum wh_err err = shift_begin(desk, 0, &shift);

	if (err != WH_OK)
		return err;
	err = kv_peek(shift.txn, LOCAL_META, name, &value);
	if (err == WH_OK) {
		err = vault_open(desk->vault, LOCAL_META, name, value, &bytes,
		    &len);
	} else if (err == WH_NOT_FOUND) {
		vault_seal(desk->vault, LOCAL_META, name, name, &bytes, &len);
		err = kv_put(shift.txn, LOCAL_META, name, span_of(bytes, len));
	}
	mem_free(bytes);
	err = shift_end(&shift, err);
	if (err == WH_CRYPTO)
		return why_set(why, WH_REFUSED,
		    "storage_key: is not the key that this store was made "
		    "with; put that one back");
	return err;
}

enum wh_err
desk_open(const struct desk_options *options, struct desk **out,
    struct why *why)
{
	const struct kv_options kv_options = {
	    .mode = KV_READ_WRITE,
	    .map_bytes = options->map_bytes,
	    .grow_bytes = GROW_BYTES,
	    .tables = local_table_names,
	    .table_count = LOCAL_TABLES,
	};
	struct desk *desk = mem_new(sizeof(*desk));
	enum wh_err err;

	desk->keys = *options->keys;
	desk->dir = mem_strdup(options->dir);
	desk->evidence = desk_log_evidence(options->dir);
	desk->retention_ground =
	    options->retention_ground == NULL ? "" : options->retention_ground;
	memcpy(desk->alliance_key, options->alliance_key, WIRE_KEY_LEN);
	vault_new(options->storage_key, &desk->vault);
	err = str_copy(desk->member, sizeof(desk->member), options->member);
	if (err == WH_OK)
		err = kv_open(options->dir, &kv_options, &desk->kv, why);
	if (err == WH_OK)
		err = check_form(desk, why);
	if (err == WH_OK)
		err = check_storage_key(desk, why);
	if (err == WH_OK)
		err = freed_compact(desk);
	if (err == WH_OK)
		err = load_register(desk, why);
	if (err != WH_OK) {
		desk_close(desk);
		return err;
	}
	*out = desk;
	return WH_OK;
}

void
desk_close(struct desk *desk)
{
	if (desk == NULL)
		return;
	register_free(desk->registry);
	kv_close(desk->kv);
	vault_free(desk->vault);
	key_secrets_wipe(&desk->keys);
	mem_free(desk->dir);
	mem_free(desk);
}

struct kv *
desk_kv(struct desk *desk)
{
	return desk->kv;
}

const struct vault *
desk_vault(const struct desk *desk)
{
	return desk->vault;
}

const char *
desk_member(const struct desk *desk)
{
	return desk->member;
}

const struct wh_register *
desk_register(const struct desk *desk)
{
	return desk->registry == NULL ? NULL : &desk->registry->reg;
}

uint64_t
desk_register_version(const struct desk *desk)
{
	return desk->registry == NULL ? 0 : desk->registry->reg.version;
}

enum wh_err
desk_register_put(struct desk *desk, struct span bytes, struct why *why)
{
	struct registry *registry = NULL;
	struct shift shift;
	enum wh_err err;

	err = register_open(bytes, desk->alliance_key, &registry, why);
	if (err != WH_OK)
		return err;
	if (registry->reg.version <= desk_register_version(desk)) {
		register_free(registry);
		return WH_EXISTS;
	}
	err = shift_begin(desk, 0, &shift);
	if (err == WH_OK)
		err =
		    kv_put(shift.txn, LOCAL_META, span_str("register"), bytes);
	if (err == WH_OK && desk->registry != NULL)
		err = present_register(&shift, &desk->registry->reg,
		    &registry->reg);
	err = shift_end(&shift, err);
	if (err != WH_OK) {
		register_free(registry);
		return err;
	}
	register_free(desk->registry);
	desk->registry = registry;
	return WH_OK;
}

static enum wh_err
read_dossier(struct desk *desk, const struct id *case_ref, json_t **out)
{
	struct kv_txn *txn = NULL;
	enum wh_err err;

	err = kv_begin(desk->kv, KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = dossier_get(txn, desk->vault, case_ref, out);
	kv_abort(&txn);
	return err;
}

enum wh_err
desk_dossier_full(struct desk *desk, const struct id *case_ref, json_t **out)
{
	return read_dossier(desk, case_ref, out);
}

enum wh_err
desk_dossier(struct desk *desk, const struct id *case_ref, json_t **out)
{
	json_t *dossier = NULL;
	enum wh_err err = read_dossier(desk, case_ref, &dossier);

	if (err == WH_OK)
		*out = dossier_api(dossier);
	json_decref(dossier);
	return err;
}

static bool
text_matches(const json_t *dossier, const char *key, const char *want)
{
	return want[0] == '\0' || strcmp(json_text(dossier, key), want) == 0;
}

static bool
matches(const json_t *dossier, const struct desk_filter *filter)
{
	int64_t made;

	return text_matches(dossier, "richting", filter->richting) &&
	       text_matches(dossier, "status", filter->status) &&
	       text_matches(dossier, "type", filter->type) &&
	       text_matches(json_object_get(dossier, "wissing"), "status",
		   filter->erasure) &&
	       (filter->since_ms == 0 ||
		   (clk_parse(json_text(dossier, "aangemaakt"), &made) ==
			   WH_OK &&
		       made >= filter->since_ms));
}

/* Case refs are UUIDv7: from the last key back is newest first. */
static enum wh_err
list_page(struct desk *desk, struct kv_txn *txn,
    const struct desk_filter *filter, json_t *list, bool *more)
{
	size_t skip = (size_t)(filter->page - 1) * filter->page_size;
	struct id case_ref;
	struct span key = span_str(""), value;
	json_t *dossier;
	enum wh_err err;

	err = kv_last(txn, LOCAL_DOSSIER, &key, &value);
	while (err == WH_OK && !*more) {
		memcpy(case_ref.b, key.p, sizeof(case_ref.b));
		err = dossier_get(txn, desk->vault, &case_ref, &dossier);
		if (err != WH_OK)
			return err;
		if (matches(dossier, filter)) {
			if (skip > 0)
				skip--;
			else if (json_array_size(list) < filter->page_size)
				json_array_append_new(list,
				    dossier_api(dossier));
			else
				*more = true;
		}
		json_decref(dossier);
		key = span_id(&case_ref);
		err = kv_prev(txn, LOCAL_DOSSIER, &key, &value);
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
desk_list(struct desk *desk, const struct desk_filter *filter, json_t **out,
    bool *more)
{
	struct kv_txn *txn = NULL;
	json_t *list = json_array();
	enum wh_err err;

	*more = false;
	err = kv_begin(desk->kv, KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = list_page(desk, txn, filter, list, more);
	kv_abort(&txn);
	if (err == WH_OK)
		*out = list;
	else
		json_decref(list);
	return err;
}

enum wh_err
desk_job(struct shift *shift, const struct id *case_ref, size_t event)
{
	struct job job = {
	    .has_case = true,
	    .case_ref = *case_ref,
	    .event = (unsigned)event,
	    .due_ms = shift->now_ms,
	    .context = json_object(),
	};
	enum wh_err err;

	random_fill(job.job_id.b, sizeof(job.job_id.b));
	err = jobs_push(shift->txn, shift->desk->vault, &job);
	job_fini(&job);
	return err;
}

enum wh_err
desk_reject(struct desk *desk, const struct adapter_in *in, const char *field,
    const char *text, int64_t now_ms)
{
	char *body = mem_new(2 * in->body.len + 1);
	struct shift shift;
	unsigned dropped = 0;
	json_t *record;
	enum wh_err err;

	hex_encode(in->body, body); /* any bytes may have come */
	record = json_pack("{s:s, s:s, s:s, s:s, s:s}", "methode", in->method,
	    "pad", in->path, "veld", field, "reden", text, "inhoud", body);
	mem_wipe_free(body, 2 * in->body.len);
	err = shift_begin(desk, now_ms, &shift);
	if (err != WH_OK)
		goto out;
	err = shift_end(&shift,
	    rejected_put(shift.txn, desk->vault, now_ms, record, &dropped));
	if (err == WH_OK && dropped > 0)
		log_warn("REJECTED-DROPPED", "count=%u", dropped);
out:
	json_decref(record);
	return err;
}
