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

#define BY_CLIENT_LEN (HASH_LEN + sizeof(struct id))

static struct span
by_client(const struct vault *vault, const char *client,
    const struct id *relation_ref, uint8_t out[BY_CLIENT_LEN])
{
	struct span part = span_str(client);
	struct hash hash = vault_index(vault, "client", &part, 1);

	memcpy(out, hash.b, HASH_LEN);
	memcpy(out + HASH_LEN, relation_ref->b, sizeof(relation_ref->b));
	return span_of(out, BY_CLIENT_LEN);
}

/* Whose it is, then whose it was before: texts, each with its NUL. Heap. */
static enum wh_err
clients_open(struct kv_txn *txn, const struct vault *vault,
    const struct id *relation_ref, char **out, size_t *len)
{
	struct span sealed;
	uint8_t *plain = NULL;
	enum wh_err err;

	err = kv_peek(txn, LOCAL_CLIENT, span_id(relation_ref), &sealed);
	if (err == WH_OK)
		err = vault_open(vault, LOCAL_CLIENT, span_id(relation_ref),
		    sealed, &plain, len);
	if (err == WH_OK) {
		*out = (char *)plain;
		*len += 1; /* the NUL behind the last */
	}
	return err;
}

/* Client comes first; it is nowhere else. */
static enum wh_err
clients_put(struct kv_txn *txn, const struct vault *vault, const char *client,
    const char *before, size_t before_len, const struct id *relation_ref)
{
	size_t used = strlen(client) + 1, len;
	char *list = mem_new(used + before_len);
	uint8_t *sealed = NULL;
	const char *one;
	enum wh_err err;

	memcpy(list, client, used);
	for (one = before; one < before + before_len; one += strlen(one) + 1) {
		if (strcmp(one, client) == 0)
			continue;
		memcpy(list + used, one, strlen(one) + 1);
		used += strlen(one) + 1;
	}
	vault_seal(vault, LOCAL_CLIENT, span_id(relation_ref),
	    span_of(list, used - 1), &sealed, &len);
	err = kv_put(txn, LOCAL_CLIENT, span_id(relation_ref),
	    span_of(sealed, len));
	mem_wipe_free(list, used);
	mem_free(sealed);
	return err;
}

/* The relation that we refer under for client and member: not this one. */
static enum wh_err
refer_no_more(struct kv_txn *txn, const struct vault *vault, const char *client,
    const char *member, const struct id *relation_ref)
{
	struct hash key = index_of(vault, client, member);
	struct span found;
	enum wh_err err;

	err = kv_peek(txn, LOCAL_RELATION, span_of(key.b, HASH_LEN), &found);
	if (err == WH_OK && span_equal(found, span_id(relation_ref)))
		err = kv_del(txn, LOCAL_RELATION, span_of(key.b, HASH_LEN));
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* Whose this relation is, from now on. */
static enum wh_err
belongs_to(struct kv_txn *txn, const struct vault *vault, const char *client,
    const char *member, const struct id *relation_ref)
{
	uint8_t key[BY_CLIENT_LEN];
	char *before = NULL;
	size_t len = 0;
	enum wh_err err = clients_open(txn, vault, relation_ref, &before, &len);

	if (err == WH_OK && strcmp(before, client) != 0)
		err = refer_no_more(txn, vault, before, member, relation_ref);
	if (err == WH_OK || err == WH_NOT_FOUND)
		err = clients_put(txn, vault, client,
		    before == NULL ? "" : before, len, relation_ref);
	if (err == WH_OK)
		err = kv_put(txn, LOCAL_BY_CLIENT,
		    by_client(vault, client, relation_ref, key), span_str(""));
	if (before != NULL)
		mem_wipe_free(before, len);
	return err;
}

enum wh_err
relations_put(struct kv_txn *txn, const struct vault *vault, const char *client,
    const char *member, const struct id *relation_ref)
{
	struct hash key = index_of(vault, client, member);
	struct span before;
	enum wh_err err;

	err = kv_peek(txn, LOCAL_RELATION, span_of(key.b, HASH_LEN), &before);
	if (err == WH_NOT_FOUND)
		err = kv_put(txn, LOCAL_RELATION, span_of(key.b, HASH_LEN),
		    span_id(relation_ref));
	return err == WH_OK
		   ? belongs_to(txn, vault, client, member, relation_ref)
		   : err;
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
	char *list = NULL;
	size_t len = 0;
	enum wh_err err = clients_open(txn, vault, relation_ref, &list, &len);

	if (err != WH_OK)
		return err;
	*client = mem_strdup(list); /* the first alone */
	mem_wipe_free(list, len);
	return WH_OK;
}

enum wh_err
relations_next(struct kv_txn *txn, const struct vault *vault,
    const char *client, struct id *relation_ref)
{
	uint8_t from[BY_CLIENT_LEN + 1] = {0};
	struct span key = span_of(from, sizeof(from));
	struct span value;
	enum wh_err err;

	(void)by_client(vault, client, relation_ref, from);
	err = kv_seek(txn, LOCAL_BY_CLIENT, &key, &value);
	if (err != WH_OK)
		return err;
	if (key.len != BY_CLIENT_LEN || memcmp(key.p, from, HASH_LEN) != 0)
		return WH_NOT_FOUND;
	memcpy(relation_ref->b, key.p + HASH_LEN, sizeof(relation_ref->b));
	return WH_OK;
}

enum wh_err
relations_forget(struct kv_txn *txn, const struct vault *vault,
    const char *member, const struct id *relation_ref)
{
	uint8_t key[BY_CLIENT_LEN];
	char *clients = NULL;
	const char *one;
	size_t len = 0;
	enum wh_err err;

	err = clients_open(txn, vault, relation_ref, &clients, &len);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_OK : err;
	err = refer_no_more(txn, vault, clients, member, relation_ref);
	for (one = clients; err == WH_OK && one < clients + len;
	     one += strlen(one) + 1)
		err = kv_del(txn, LOCAL_BY_CLIENT,
		    by_client(vault, one, relation_ref, key));
	if (err == WH_OK)
		err = kv_del(txn, LOCAL_CLIENT, span_id(relation_ref));
	mem_wipe_free(clients, len);
	return err == WH_NOT_FOUND ? WH_CORRUPT : err;
}
