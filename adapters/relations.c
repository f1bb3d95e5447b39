/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/relations.h"

#include "adapters/local.h"
#include "proto/base/mem.h"

static struct hash
index_of(const struct vault *vault, const char *client, const char *member)
{
	/* The NUL keeps ("ab", "c") and ("a", "bc") apart. */
	struct span parts[2] = {span_of(client, strlen(client) + 1),
	    span_str(member)};

	return vault_index(vault, "relation", parts, 2);
}

enum wh_err
relations_put(struct kv_txn *txn, const struct vault *vault, const char *client,
    const char *member, const struct id *relation_ref)
{
	struct hash key = index_of(vault, client, member);
	uint8_t *sealed = NULL;
	struct span before;
	size_t len;
	enum wh_err err;

	err = kv_peek(txn, LOCAL_RELATION, span_of(key.b, HASH_LEN), &before);
	if (err == WH_NOT_FOUND)
		err = kv_put(txn, LOCAL_RELATION, span_of(key.b, HASH_LEN),
		    span_id(relation_ref));
	if (err != WH_OK)
		return err;
	vault_seal(vault, LOCAL_CLIENT, span_id(relation_ref), span_str(client),
	    &sealed, &len);
	err = kv_put(txn, LOCAL_CLIENT, span_id(relation_ref),
	    span_of(sealed, len));
	mem_free(sealed);
	return err;
}

enum wh_err
relations_find(struct kv_txn *txn, const struct vault *vault,
    const char *client, const char *member, struct id *out)
{
	struct hash key = index_of(vault, client, member);
	struct span value;
	enum wh_err err;

	err = kv_peek(txn, LOCAL_RELATION, span_of(key.b, HASH_LEN), &value);
	if (err == WH_OK && value.len != sizeof(out->b))
		return WH_CORRUPT;
	if (err == WH_OK)
		memcpy(out->b, value.p, sizeof(out->b));
	return err;
}

enum wh_err
relations_get(struct kv_txn *txn, const struct vault *vault, const char *client,
    const char *member, struct id *out)
{
	struct id made;
	enum wh_err err = relations_find(txn, vault, client, member, out);

	if (err != WH_NOT_FOUND)
		return err;
	random_fill(made.b, sizeof(made.b));
	err = relations_put(txn, vault, client, member, &made);
	if (err == WH_OK)
		*out = made;
	return err;
}

enum wh_err
relations_client(struct kv_txn *txn, const struct vault *vault,
    const struct id *relation_ref, char **client)
{
	struct span sealed;
	uint8_t *plain = NULL;
	size_t len;
	enum wh_err err;

	err = kv_peek(txn, LOCAL_CLIENT, span_id(relation_ref), &sealed);
	if (err == WH_OK)
		err = vault_open(vault, LOCAL_CLIENT, span_id(relation_ref),
		    sealed, &plain, &len);
	if (err == WH_OK)
		*client = (char *)plain;
	return err;
}

enum wh_err
relations_forget(struct kv_txn *txn, const struct vault *vault,
    const char *member, const struct id *relation_ref)
{
	struct span found;
	struct hash key;
	char *client = NULL;
	enum wh_err err;

	err = relations_client(txn, vault, relation_ref, &client);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_OK : err;
	key = index_of(vault, client, member);
	mem_wipe_free(client, strlen(client));
	err = kv_peek(txn, LOCAL_RELATION, span_of(key.b, HASH_LEN), &found);
	if (err == WH_OK && span_equal(found, span_id(relation_ref)))
		err = kv_del(txn, LOCAL_RELATION, span_of(key.b, HASH_LEN));
	if (err == WH_OK || err == WH_NOT_FOUND)
		err = kv_del(txn, LOCAL_CLIENT, span_id(relation_ref));
	return err == WH_NOT_FOUND ? WH_CORRUPT : err;
}
