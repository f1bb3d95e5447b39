/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/kenmerk.h"

#include <string.h>

#include "adapters/json.h"
#include "adapters/local.h"
#include "proto/base/mem.h"

#define ID_LEN sizeof(struct id)

static const char *const labels[] =
    {[KENMERK_REFERRAL] = "kenmerk", [KENMERK_CONSENT] = "kenmerk consent"};

static struct hash
key_of(const struct vault *vault, enum kenmerk_of what, const char *kenmerk)
{
	struct span part = span_str(kenmerk);

	return vault_index(vault, labels[what], &part, 1);
}

/* What the content is, for recognising the same with other content. */
static struct hash
content_of(const struct vault *vault, const json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
	struct span part = span_str(text);
	struct hash hash = vault_index(vault, "content", &part, 1);

	mem_wipe_free(text, strlen(text));
	return hash;
}

enum wh_err
kenmerk_find(struct kv_txn *txn, const struct vault *vault,
    enum kenmerk_of what, const json_t *body, struct id *out)
{
	const char *kenmerk = json_text(body, "kenmerk");
	struct hash key, content;
	struct span value;
	enum wh_err err;

	if (kenmerk[0] == '\0')
		return WH_NOT_FOUND;
	key = key_of(vault, what, kenmerk);
	err = kv_peek(txn, LOCAL_BY_KENMERK, span_of(key.b, HASH_LEN), &value);
	if (err != WH_OK)
		return err;
	if (value.len != ID_LEN + HASH_LEN)
		return WH_CORRUPT;
	content = content_of(vault, body);
	if (memcmp(value.p + ID_LEN, content.b, HASH_LEN) != 0)
		return WH_EXISTS;
	memcpy(out->b, value.p, ID_LEN);
	return WH_OK;
}

enum wh_err
kenmerk_keep(struct kv_txn *txn, const struct vault *vault,
    enum kenmerk_of what, const json_t *body, const struct id *id)
{
	const char *kenmerk = json_text(body, "kenmerk");
	uint8_t value[ID_LEN + HASH_LEN];
	struct hash key, content;

	if (kenmerk[0] == '\0')
		return WH_OK;
	key = key_of(vault, what, kenmerk);
	content = content_of(vault, body);
	memcpy(value, id->b, ID_LEN);
	memcpy(value + ID_LEN, content.b, HASH_LEN);
	return kv_put(txn, LOCAL_BY_KENMERK, span_of(key.b, HASH_LEN),
	    span_of(value, sizeof(value)));
}

enum wh_err
kenmerk_forget(struct kv_txn *txn, const struct vault *vault,
    enum kenmerk_of what, const json_t *body, const struct id *id)
{
	const char *kenmerk = json_text(body, "kenmerk");
	struct hash key;
	struct span value;
	enum wh_err err;

	if (kenmerk[0] == '\0')
		return WH_OK;
	key = key_of(vault, what, kenmerk);
	err = kv_peek(txn, LOCAL_BY_KENMERK, span_of(key.b, HASH_LEN), &value);
	if (err == WH_OK && value.len >= ID_LEN &&
	    memcmp(value.p, id->b, ID_LEN) == 0)
		err = kv_del(txn, LOCAL_BY_KENMERK, span_of(key.b, HASH_LEN));
	return err == WH_NOT_FOUND ? WH_OK : err;
}
