/* SPDX-License-Identifier: EUPL-1.2 */
#include "ops/ctl/broker_store.h"

#include "broker/core.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"

/*
 * The register as the broker accepted it: its signature was checked then, and
 * whoever verifies a log from elsewhere brings a key of his own.
 */
static enum wh_err
read_register(struct broker_store *store)
{
	struct signed_body body;
	struct span bytes;
	enum wh_err err;

	err =
	    kv_peek(store->txn, TABLE_CORE_META, span_str("register"), &bytes);
	if (err == WH_OK)
		err = wire_signed_read(&store->arena, bytes, REGISTER_MAX,
		    &body, NULL);
	if (err == WH_OK)
		err = wire_register_read(&store->arena, body.body, &store->reg,
		    NULL);
	return err;
}

int
broker_store_open(const struct ctl *ctl, const char *dir,
    struct broker_store *out)
{
	const struct kv_options options = {
	    .mode = KV_READ_ONLY,
	    .tables = core_table_names,
	    .table_count = CORE_TABLES,
	};
	char *path = file_path(dir, "store");
	struct why why = {""};
	enum wh_err err;

	*out =
	    (struct broker_store){.second_path = file_path(dir, "checkpoint")};
	arena_init(&out->arena, (size_t)16 * REGISTER_MAX);
	err = kv_open(path, &options, &out->kv, &why);
	mem_free(path);
	if (err == WH_OK)
		err = kv_begin(out->kv, KV_READ_ONLY, &out->txn);
	if (err == WH_OK)
		err = read_register(out);
	if (err == WH_OK)
		return CTL_OK;
	broker_store_close(out);
	return ctl_fail(ctl, CTL_UNREACHABLE, "%s: not a broker's folder: %s",
	    dir, why.text[0] == '\0' ? wh_err_str(err) : why.text);
}

enum wh_err
broker_store_refresh(struct broker_store *store)
{
	kv_abort(&store->txn);
	return kv_begin(store->kv, KV_READ_ONLY, &store->txn);
}

void
broker_store_close(struct broker_store *store)
{
	kv_abort(&store->txn);
	kv_close(store->kv);
	arena_fini(&store->arena);
	mem_free(store->second_path);
	*store = (struct broker_store){0};
}
