/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "consent/keyfile_impl.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/limits.h"

enum {
	ROW_TRANSPORT,
	ROW_SIGNING,
	ROW_SEALING,
	ROW_WITNESS,
	ROWS
};

/* What a kind has, and what the two files call it. */
static const struct row {
	const char *public_name;
	const char *secret_name;
	unsigned kinds; /* 1u << enum keyfile_kind */
	bool is_optional;
	enum key_use use;
} rows[ROWS] = {
    [ROW_TRANSPORT] = {"transport", "transport_secret",
	1u << KEYFILE_MEMBER | 1u << KEYFILE_HUB, false, KEY_TRANSPORT},
    [ROW_SIGNING] = {"signing", "signing_secret",
	1u << KEYFILE_MEMBER | 1u << KEYFILE_HUB | 1u << KEYFILE_ALLIANCE,
	false, KEY_SIGNING},
    [ROW_SEALING] = {"sealing", "sealing_secret", 1u << KEYFILE_MEMBER, false,
	KEY_SEALING},
    [ROW_WITNESS] = {"witness", "witness_secret", 1u << KEYFILE_MEMBER, true,
	KEY_WITNESS},
};

static const cyaml_strval_t kinds[] = {
    {"member", KEYFILE_MEMBER},
    {"hub", KEYFILE_HUB},
    {"alliance", KEYFILE_ALLIANCE},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* A file as it was read. */
struct key_text {
	enum keyfile_kind kind;
	uint32_t count;  /* of all keys; 0: not said */
	char *transport; /* hex, owned; NULL when absent */
	char *signing;
	char *sealing;
	char *witness;
	struct older_text *older; /* owned */
	uint32_t older_count;
};

#define KEY_FIELD(name, member)                                                \
	CYAML_FIELD_STRING_PTR(name, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, \
	    struct key_text, member, 0, KEYFILE_MAX)
#define KIND_FIELD                                                             \
	CYAML_FIELD_ENUM("kind", CYAML_FLAG_STRICT, struct key_text, kind,     \
	    kinds, KINDS)

#define COUNT_FIELD                                                            \
	CYAML_FIELD_UINT("count", CYAML_FLAG_OPTIONAL, struct key_text, count)
#define OLDER_FIELD(entry)                                                     \
	CYAML_FIELD_SEQUENCE("older",                                          \
	    CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct key_text, older,  \
	    entry, 0, KEYFILE_OLDER_MAX)

static const cyaml_schema_field_t public_fields[] = {KIND_FIELD, COUNT_FIELD,
    OLDER_FIELD(&keyfile_older_public), KEY_FIELD("transport", transport),
    KEY_FIELD("signing", signing), KEY_FIELD("sealing", sealing),
    KEY_FIELD("witness", witness), CYAML_FIELD_END};
static const cyaml_schema_field_t secret_fields[] = {KIND_FIELD, COUNT_FIELD,
    OLDER_FIELD(&keyfile_older_secret),
    KEY_FIELD("transport_secret", transport),
    KEY_FIELD("signing_secret", signing), KEY_FIELD("sealing_secret", sealing),
    KEY_FIELD("witness_secret", witness), CYAML_FIELD_END};
static const cyaml_schema_value_t public_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct key_text, public_fields)};
static const cyaml_schema_value_t secret_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct key_text, secret_fields)};

bool
keyfile_has(const struct key_secrets *secrets, enum key_use use)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].use == use)
			return (rows[i].kinds & 1u << secrets->kind) != 0 &&
			       (!rows[i].is_optional || secrets->has_witness);
	return false;
}

/* How many keys the whole file holds. */
static size_t
count_keys(const struct key_secrets *secrets)
{
	size_t count = secrets->older_count;

	for (size_t i = 0; i < ROWS; i++)
		count += keyfile_has(secrets, rows[i].use);
	return count;
}

enum wh_err
key_secrets_new(enum keyfile_kind kind, struct key_secrets *out)
{
	struct key_secrets made = {.kind = kind};
	enum wh_err err = WH_OK;

	sign_secret_new(&made.signing);
	if ((rows[ROW_TRANSPORT].kinds & 1u << kind) != 0)
		err = sock_keys_new(&made.transport);
	if ((rows[ROW_SEALING].kinds & 1u << kind) != 0)
		x25519_new(made.sealing_secret, made.sealing_public);
	made.has_witness = (rows[ROW_WITNESS].kinds & 1u << kind) != 0;
	if (made.has_witness)
		sign_secret_new(&made.witness);
	if (err == WH_OK)
		*out = made;
	key_secrets_wipe(&made);
	return err;
}

void
key_secrets_wipe(struct key_secrets *secrets)
{
	mem_wipe(secrets, sizeof(*secrets));
}

char *
keyfile_text(const struct key_secrets *secrets, bool secret)
{
	const uint8_t *publics[ROWS] = {secrets->transport.public_key,
	    secrets->signing.public_key, secrets->sealing_public,
	    secrets->witness.public_key};
	const uint8_t *privates[ROWS] = {secrets->transport.secret,
	    secrets->signing.seed, secrets->sealing_secret,
	    secrets->witness.seed};
	char *text = mem_new(KEYFILE_MAX);
	char hex[KEY_HEX_SIZE];
	char id[KEY_ID_HEX_SIZE];
	size_t len;

	len =
	    (size_t)snprintf(text, KEYFILE_MAX, "# %s\nkind: %s\ncount: %zu\n",
		secret ? "Secret: stays on the machine where it was made."
		       : "Public: goes to the alliance.",
		kinds[secrets->kind].str, count_keys(secrets));
	for (size_t i = 0; i < ROWS; i++) {
		const uint8_t *key = secret ? privates[i] : publics[i];

		if (!keyfile_has(secrets, rows[i].use))
			continue;
		keyfile_id(publics[i], id);
		hex_encode(span_of(key, SIGN_KEY_LEN), hex);
		len += (size_t)snprintf(text + len, KEYFILE_MAX - len,
		    "%s: %s # %s\n",
		    secret ? rows[i].secret_name : rows[i].public_name, hex,
		    id);
	}
	mem_wipe(hex, sizeof(hex));
	(void)keyfile_older_text(secrets, secret, text, len, KEYFILE_MAX);
	return text;
}

/* Take the name, so that of two at work one fails. */
static enum wh_err
reserve(const char *path, unsigned mode, struct why *why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	if (fd >= 0) {
		(void)close(fd);
		return WH_OK;
	}
	if (errno == EEXIST)
		return why_set(why, WH_EXISTS,
		    "%s exists: keys are never overwritten; move it away if "
		    "it is no longer used",
		    path);
	return why_set(why, WH_IO, "%s: %s", path, strerror(errno));
}

static enum wh_err
write_new(const char *path, const struct key_secrets *secrets, bool secret,
    struct why *why)
{
	const unsigned mode = secret ? 0600 : 0644;
	char *text = NULL;
	enum wh_err err;

	err = reserve(path, mode, why);
	if (err != WH_OK)
		return err;
	text = keyfile_text(secrets, secret);
	err = file_write(path, span_str(text), mode, why);
	mem_wipe_free(text, KEYFILE_MAX);
	if (err != WH_OK)
		(void)unlink(path);
	return err;
}

static char *
key_path(const char *dir, const char *name, const char *suffix)
{
	size_t size = strlen(dir) + strlen(name) + strlen(suffix) + 2;
	char *path = mem_new(size);

	(void)snprintf(path, size, "%s/%s%s", dir, name, suffix);
	return path;
}

enum wh_err
keyfile_write(const char *dir, const char *name,
    const struct key_secrets *secrets, struct why *why)
{
	char *secret = NULL;
	char *public = NULL;
	enum wh_err err;

	if (!text_is_slug(name, NAME_MAX_LEN))
		return why_set(why, WH_INVALID,
		    "the name of a key is an id: 1 to %d of a-z, 0-9 and '-'",
		    NAME_MAX_LEN);
	secret = key_path(dir, name, ".secret");
	public = key_path(dir, name, ".pub");
	err = write_new(secret, secrets, true, why);
	if (err != WH_OK)
		goto out;
	err = write_new(public, secrets, false, why);
	if (err != WH_OK)
		(void)unlink(secret);
out:
	mem_free(secret);
	mem_free(public);
	return err;
}

/* A file being read: its text, and what stood in it. */
struct reading {
	const char *path;
	uint8_t *bytes; /* owned, as long as len */
	size_t len;
	struct key_text *text; /* owned; NULL until it was parsed */
	bool secret;
	struct why *why;
};

static const cyaml_schema_value_t *
schema_of(const struct reading *in)
{
	return in->secret ? &secret_schema : &public_schema;
}

static void
wipe_text(char *text)
{
	if (text != NULL)
		mem_wipe(text, strlen(text));
}

static void
reading_fini(struct reading *in)
{
	if (in->text != NULL && in->secret) {
		wipe_text(in->text->transport);
		wipe_text(in->text->signing);
		wipe_text(in->text->sealing);
		wipe_text(in->text->witness);
		for (size_t i = 0; i < in->text->older_count; i++)
			wipe_text(in->text->older[i].key);
	}
	conf_free(schema_of(in), in->text);
	mem_wipe_free(in->bytes, in->len);
}

static enum wh_err
reading_open(struct reading *in)
{
	void *text = NULL;
	enum wh_err err;

	err = file_read(in->path, KEYFILE_MAX, &in->bytes, &in->len, in->why);
	if (err != WH_OK)
		return err;
	err = conf_load_text(in->path, span_of(in->bytes, in->len),
	    schema_of(in), &text, in->why);
	if (err == WH_OK)
		in->text = text;
	return err;
}

static enum wh_err
reading_key(const struct reading *in, size_t n, uint8_t out[SIGN_KEY_LEN])
{
	const char *hex[ROWS] = {in->text->transport, in->text->signing,
	    in->text->sealing, in->text->witness};
	const char *name =
	    in->secret ? rows[n].secret_name : rows[n].public_name;
	const char *kind = kinds[in->text->kind].str;
	unsigned line = conf_key_line(span_of(in->bytes, in->len), 0, 0,
	    hex[n] == NULL ? "kind" : name);
	bool wanted = (rows[n].kinds & 1u << in->text->kind) != 0;

	if (wanted && hex[n] == NULL && rows[n].is_optional)
		return WH_OK;
	if (wanted && hex[n] == NULL)
		return why_set(in->why, WH_INVALID,
		    "%s:%u: the keys of kind %s need %s: make the file again "
		    "with wijkhub keygen",
		    in->path, line, kind, name);
	if (!wanted && hex[n] != NULL)
		return why_set(in->why, WH_INVALID,
		    "%s:%u: keys of kind %s have no %s: remove the line",
		    in->path, line, kind, name);
	if (wanted && hex_decode(hex[n], out, SIGN_KEY_LEN) != WH_OK)
		return why_set(in->why, WH_INVALID,
		    "%s:%u: %s is not %d lower-case hex digits: copy the file "
		    "again",
		    in->path, line, name, 2 * SIGN_KEY_LEN);
	return WH_OK;
}

static enum wh_err
reading_keys(const struct reading *in, uint8_t out[ROWS][SIGN_KEY_LEN])
{
	enum wh_err err = WH_OK;

	for (size_t i = 0; i < ROWS && err == WH_OK; i++)
		err = reading_key(in, i, out[i]);
	return err;
}

static struct older_in
reading_older(const struct reading *in)
{
	return (struct older_in){.path = in->path,
	    .text = span_of(in->bytes, in->len),
	    .list = in->text->older,
	    .count = in->text->older_count};
}

/* A file that ends in the middle of its list would lose keys unseen. */
static enum wh_err
reading_whole(const struct reading *in)
{
	const struct key_secrets is = {.kind = in->text->kind,
	    .has_witness = in->text->witness != NULL,
	    .older_count = in->text->older_count};

	if (in->text->count == 0 || in->text->count == count_keys(&is))
		return WH_OK;
	return why_set(in->why, WH_INVALID,
	    "%s:%u: count is %u and there are %zu keys: the file is not whole; "
	    "copy it again",
	    in->path, conf_key_line(span_of(in->bytes, in->len), 0, 0, "count"),
	    in->text->count, count_keys(&is));
}

static enum wh_err
only_owner_reads(const char *path, struct why *why)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return why_set(why, errno == ENOENT ? WH_NOT_FOUND : WH_IO,
		    "%s: %s", path, strerror(errno));
	if ((st.st_mode & 0077) != 0)
		return why_set(why, WH_REFUSED,
		    "%s: others may read this secret (mode %04o): chmod 600, "
		    "and make new keys if others could log in",
		    path, (unsigned)st.st_mode & 07777);
	return WH_OK;
}

enum wh_err
keyfile_read_secret(const char *path, struct key_secrets *out, struct why *why)
{
	struct reading in = {.path = path, .secret = true, .why = why};
	struct older_in older;
	uint8_t keys[ROWS][SIGN_KEY_LEN] = {{0}};
	struct key_secrets read = {0};
	enum wh_err err;

	err = only_owner_reads(path, why);
	if (err == WH_OK)
		err = reading_open(&in);
	if (err == WH_OK)
		err = reading_keys(&in, keys);
	if (err == WH_OK)
		err = reading_whole(&in);
	if (err != WH_OK)
		goto out;
	read.kind = in.text->kind;
	read.has_witness = in.text->witness != NULL;
	older = reading_older(&in);
	err = keyfile_older_secrets(&older, &read, why);
	if (err != WH_OK)
		goto out;
	err = sign_secret_from_seed(keys[ROW_SIGNING], &read.signing);
	if (err != WH_OK)
		goto out;
	if ((rows[ROW_TRANSPORT].kinds & 1u << read.kind) != 0) {
		memcpy(read.transport.secret, keys[ROW_TRANSPORT],
		    SOCK_KEY_LEN);
		x25519_public(read.transport.secret, read.transport.public_key);
	}
	if ((rows[ROW_SEALING].kinds & 1u << read.kind) != 0) {
		memcpy(read.sealing_secret, keys[ROW_SEALING], X25519_KEY_LEN);
		x25519_public(read.sealing_secret, read.sealing_public);
	}
	if (read.has_witness)
		err = sign_secret_from_seed(keys[ROW_WITNESS], &read.witness);
	if (err == WH_OK)
		*out = read;
out:
	reading_fini(&in);
	mem_wipe(keys, sizeof(keys));
	key_secrets_wipe(&read);
	return err;
}

/* A key that OpenSSL would work with and that proves nothing. */
static enum wh_err
check_public(const struct reading *in, size_t n, const uint8_t *key)
{
	bool signs = n == ROW_SIGNING || n == ROW_WITNESS;
	enum wh_err err = signs ? sign_key_check(key) : x25519_key_check(key);

	if ((rows[n].kinds & 1u << in->text->kind) == 0 || err == WH_OK ||
	    (n == ROW_WITNESS && in->text->witness == NULL))
		return WH_OK;
	return why_set(in->why, WH_CRYPTO,
	    "%s:%u: %s is of low order or not canonical: have it made again "
	    "with wijkhub keygen",
	    in->path,
	    conf_key_line(span_of(in->bytes, in->len), 0, 0,
		rows[n].public_name),
	    rows[n].public_name);
}

enum wh_err
keyfile_read_public(const char *path, struct key_publics *out, struct why *why)
{
	struct reading in = {.path = path, .why = why};
	struct older_in older;
	uint8_t keys[ROWS][SIGN_KEY_LEN] = {{0}};
	enum wh_err err;

	err = reading_open(&in);
	if (err == WH_OK)
		err = reading_keys(&in, keys);
	for (size_t i = 0; i < ROWS && err == WH_OK; i++)
		err = check_public(&in, i, keys[i]);
	if (err == WH_OK)
		err = reading_whole(&in);
	if (err == WH_OK) {
		older = reading_older(&in);
		err = keyfile_older_publics(&older, why);
	}
	if (err == WH_OK) {
		out->kind = in.text->kind;
		memcpy(out->transport, keys[ROW_TRANSPORT], SOCK_KEY_LEN);
		memcpy(out->signing, keys[ROW_SIGNING], SIGN_KEY_LEN);
		memcpy(out->sealing, keys[ROW_SEALING], X25519_KEY_LEN);
		out->has_witness = in.text->witness != NULL;
		memcpy(out->witness, keys[ROW_WITNESS], SIGN_KEY_LEN);
	}
	reading_fini(&in);
	return err;
}
