/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/config.h"

#include <stdio.h>

#include "adapters/config_secret.h"
#include "adapters/uplink_line.h"
#include "proto/base/conf.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/limits.h"
#include "proto/wire_withdrawal.h"

#define MIB             (1024ull * 1024)
#define FILE_MAX        ((size_t)1024 * 1024)
#define PATH_TEXT_MAX   900
#define SETTING_MAX     1000
#define TIMEOUT_DEFAULT 10
#define MAP_DEFAULT     1024
#define PEERS_MAX       64
#define PEER_DEFAULT    60

struct target_text {
	char *url;
	char *token;
	char *ca;
	uint32_t timeout_seconds;
};

/* The file as it stands. */
struct text {
	char *member;
	char *keys;
	char *storage_key;
	char *alliance;
	char *reg;
	char *hub;
	char *listen;
	char *dir;
	char *tokens;
	char *retention_ground;
	struct target_text *target;
	char **settings; /* in the order of the known keys; NULL when absent */
	uint32_t map_mib;
	char **peers;
	unsigned peers_count;
	uint32_t peer_seconds;
};

/* The document, with the schema that it was read and is freed by. */
struct config_parsed {
	const char *path;
	uint8_t *bytes; /* owned, for line numbers */
	size_t len;
	const char *const *keys;             /* of settings; borrowed */
	cyaml_schema_field_t *setting_table; /* owned */
	cyaml_schema_field_t *table;         /* owned */
	cyaml_schema_value_t schema;
	struct text *text; /* owned by libcyaml */
};

#define TEXT(key, structure, member, flags, max)                               \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | (flags),              \
	    struct structure, member, 1, max)
#define FILE_NAME(key, structure, member, flags)                               \
	TEXT(key, structure, member, flags, PATH_TEXT_MAX)

static const cyaml_schema_field_t target_fields[] = {TEXT("url", target_text,
							 url, 0,
							 REFERENCE_MAX_LEN),
    FILE_NAME("token", target_text, token, CYAML_FLAG_OPTIONAL),
    FILE_NAME("ca", target_text, ca, CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_UINT("timeout_seconds", CYAML_FLAG_OPTIONAL, struct target_text,
	timeout_seconds),
    CYAML_FIELD_END};

static const cyaml_schema_value_t peer_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, REFERENCE_MAX_LEN)};

static const cyaml_schema_field_t fields[] = {TEXT("member", text, member, 0,
						  NAME_MAX_LEN),
    FILE_NAME("keys", text, keys, 0),
    FILE_NAME("storage_key", text, storage_key, 0),
    FILE_NAME("alliance", text, alliance, 0),
    FILE_NAME("register", text, reg, 0),
    TEXT("hub", text, hub, 0, REFERENCE_MAX_LEN),
    TEXT("listen", text, listen, 0, REFERENCE_MAX_LEN),
    FILE_NAME("dir", text, dir, 0), FILE_NAME("tokens", text, tokens, 0),
    TEXT("retention_ground", text, retention_ground, CYAML_FLAG_OPTIONAL,
	WIRE_ARTICLE_MAX),
    CYAML_FIELD_MAPPING_PTR("target", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
	struct text, target, target_fields),
    CYAML_FIELD_UINT("map_mib", CYAML_FLAG_OPTIONAL, struct text, map_mib),
    CYAML_FIELD_SEQUENCE("peers", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
	struct text, peers, &peer_entry, 0, PEERS_MAX),
    CYAML_FIELD_UINT("peer_seconds", CYAML_FLAG_OPTIONAL, struct text,
	peer_seconds),
    CYAML_FIELD_END};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static size_t
count(const char *const *keys)
{
	size_t n = 0;

	while (keys != NULL && keys[n] != NULL)
		n++;
	return n;
}

/* Each adapter knows other settings, so this part of the schema is made. */
static void
schema_make(struct config_parsed *p)
{
	const cyaml_schema_field_t end = CYAML_FIELD_END;
	size_t n = count(p->keys);
	cyaml_schema_field_t *row;

	p->setting_table = mem_new((n + 1) * sizeof(*row));
	for (size_t i = 0; i < n; i++) {
		row = &p->setting_table[i];
		row->key = p->keys[i];
		row->data_offset = (uint32_t)(i * sizeof(char *));
		row->value = (cyaml_schema_value_t){
		    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0,
			SETTING_MAX)};
		row->value.flags |= CYAML_FLAG_OPTIONAL;
	}
	p->setting_table[n] = end;
	p->table = mem_new((FIELDS + 1) * sizeof(*row));
	row = p->table;
	row->key = "settings";
	row->data_offset = offsetof(struct text, settings);
	row->value = (cyaml_schema_value_t){.type = CYAML_MAPPING,
	    .flags = CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
	    .data_size = (uint32_t)((n + 1) * sizeof(char *)),
	    .mapping = {.fields = p->setting_table}};
	memcpy(p->table + 1, fields, sizeof(fields));
	p->schema = (cyaml_schema_value_t){
	    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct text, NULL)};
	p->schema.mapping.fields = p->table;
}

static enum wh_err
parse(struct config_parsed *p, const char *path, struct why *why)
{
	void *loaded = NULL;
	enum wh_err err;

	p->path = path;
	schema_make(p);
	err = file_read(path, FILE_MAX, &p->bytes, &p->len, why);
	if (err == WH_OK)
		err = conf_load_text(path, span_of(p->bytes, p->len),
		    &p->schema, &loaded, why);
	p->text = loaded;
	return err;
}

static enum wh_err
wrong(const struct config_parsed *p, const char *key, const char *what,
    struct why *why)
{
	struct span text = span_of(p->bytes, p->len);

	return why_set(why, WH_INVALID, "%s:%u: %s: %s", p->path,
	    conf_key_line(text, 0, 0, key), key, what);
}

static bool
starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool
is_loopback(const char *url)
{
	static const char *const hosts[] = {"http://127.0.0.1", "http://[::1]",
	    "http://localhost"};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		size_t len = strlen(hosts[i]);

		if (strncmp(url, hosts[i], len) == 0 &&
		    strchr(":/", url[len]) != NULL)
			return true;
	}
	return false;
}

static enum wh_err
check_peers(const struct config_parsed *p, struct why *why)
{
	struct text *text = p->text;

	for (unsigned i = 0; i < text->peers_count; i++) {
		const char *url = text->peers[i];

		if ((!starts(url, "https://") && !is_loopback(url)) ||
		    strpbrk(url, "?#@ ") != NULL)
			return wrong(p, "peers",
			    "each is https://host (http:// only to this "
			    "machine), without query or user",
			    why);
	}
	if (text->peer_seconds == 0)
		text->peer_seconds = PEER_DEFAULT;
	if (text->peer_seconds > 3600)
		return wrong(p, "peer_seconds", "is from 1 to 3600", why);
	return WH_OK;
}

static enum wh_err
check_target(const struct config_parsed *p, struct why *why)
{
	struct target_text *target = p->text->target;

	if (target == NULL)
		return WH_OK;
	if (!starts(target->url, "https://") && !is_loopback(target->url))
		return wrong(p, "target",
		    "url starts with https:// (http:// only to this machine)",
		    why);
	if (strpbrk(target->url, "?#@ ") != NULL)
		return wrong(p, "target",
		    "url is a base: no query, fragment or user in it", why);
	if (target->timeout_seconds == 0)
		target->timeout_seconds = TIMEOUT_DEFAULT;
	if (target->timeout_seconds > 300)
		return wrong(p, "target", "timeout_seconds is from 1 to 300",
		    why);
	return WH_OK;
}

static bool
are_addresses(const char *text)
{
	size_t n = 0;

	for (text += strspn(text, " "); *text != '\0'; n++) {
		if (!starts(text, "tcp://") && !starts(text, "ipc://"))
			return false;
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	return n >= 1 && n <= LINE_ADDRESSES_MAX;
}

static enum wh_err
check(const struct config_parsed *p, struct why *why)
{
	struct text *text = p->text;
	const char *port = strrchr(text->listen, ':');

	if (text->map_mib == 0)
		text->map_mib = MAP_DEFAULT;
	if (!text_is_slug(text->member, NAME_MAX_LEN))
		return wrong(p, "member", "is not the id of a member", why);
	if (!are_addresses(text->hub))
		return wrong(p, "hub",
		    "must be tcp://host:port, at most 4 with a space between",
		    why);
	if (port == NULL || port == text->listen || port[1] == '\0' ||
	    strspn(port + 1, "0123456789") != strlen(port + 1))
		return wrong(p, "listen", "must be address:port", why);
	if (text->map_mib < 16 || text->map_mib > 1048576)
		return wrong(p, "map_mib", "must be from 16 to 1048576", why);
	if (text->retention_ground != NULL &&
	    !text_is_token(text->retention_ground, WIRE_ARTICLE_MAX))
		return wrong(p, "retention_ground",
		    "is one word, as in Archiefwet-3", why);
	if (check_peers(p, why) != WH_OK)
		return WH_INVALID;
	return check_target(p, why);
}

enum wh_err
config_keys(const struct config *config, struct key_secrets *out,
    struct why *why)
{
	struct key_secrets read = {0};
	enum wh_err err = keyfile_read_secret(config->keys_path, &read, why);

	if (err == WH_OK && read.kind != KEYFILE_MEMBER)
		err = why_set(why, WH_INVALID,
		    "%s: not the keys of a member; make them with `wijkhub "
		    "keygen`",
		    config->keys_path);
	if (err == WH_OK)
		*out = read;
	key_secrets_wipe(&read);
	return err;
}

static enum wh_err
read_keys(struct config *config, const char *path, struct why *why)
{
	const struct text *text = config->parsed->text;
	char *alliance = conf_path(path, text->alliance);
	enum wh_err err;

	err = config_keys(config, &config->secrets, why);
	if (err == WH_OK)
		err = keyfile_read_public(alliance, &config->alliance, why);
	if (err == WH_OK && config->alliance.kind != KEYFILE_ALLIANCE)
		err = why_set(why, WH_INVALID, "%s: not the key of an alliance",
		    alliance);
	mem_free(alliance);
	return err;
}

static enum wh_err
read_target(struct config *config, const char *path, struct why *why)
{
	const struct target_text *target = config->parsed->text->target;
	char **lines = NULL;
	char *token = NULL;
	enum wh_err err = WH_OK;

	config->target_url = "";
	if (target == NULL)
		return WH_OK;
	config->target_url = target->url;
	config->target_timeout_ms = (int64_t)target->timeout_seconds * 1000;
	if (target->ca != NULL)
		config->target_ca = conf_path(path, target->ca);
	if (target->token == NULL)
		return WH_OK;
	token = conf_path(path, target->token);
	err = config_secret_lines(token, 1, &lines, why);
	if (err == WH_OK && !text_is_clean(span_str(lines[0])))
		err = why_set(why, WH_INVALID, "%s: is not text", token);
	if (err == WH_OK)
		config->target_token = mem_strdup(lines[0]);
	config_tokens_free(lines);
	mem_free(token);
	return err;
}

static enum wh_err
read_files(struct config *config, const char *path, struct why *why)
{
	char **tokens = NULL;
	enum wh_err err;

	err = read_keys(config, path, why);
	if (err == WH_OK)
		err = read_target(config, path, why);
	if (err == WH_OK)
		err = config_tokens(config, &tokens, why);
	config_tokens_free(tokens);
	return err;
}

static void
take_text(struct config *config, const char *path)
{
	const struct text *text = config->parsed->text;
	const char **peers;

	config->member = text->member;
	config->hub = text->hub;
	config->listen = text->listen;
	config->dir = conf_path(path, text->dir);
	config->register_path = conf_path(path, text->reg);
	config->tokens_path = conf_path(path, text->tokens);
	config->storage_path = conf_path(path, text->storage_key);
	config->keys_path = conf_path(path, text->keys);
	config->retention_ground =
	    text->retention_ground == NULL ? "" : text->retention_ground;
	config->map_bytes = (size_t)(text->map_mib * MIB);
	config->peer_ms = (int64_t)text->peer_seconds * 1000;
	peers = mem_new((text->peers_count + 1) * sizeof(*peers));
	for (unsigned i = 0; i < text->peers_count; i++)
		peers[i] = text->peers[i];
	config->peers = peers;
}

enum wh_err
config_load(const char *path, const char *const *settings, struct config **out,
    struct why *why)
{
	struct config *config = mem_new(sizeof(*config));
	enum wh_err err;

	config->parsed = mem_new(sizeof(*config->parsed));
	config->parsed->keys = settings;
	err = parse(config->parsed, path, why);
	if (err == WH_OK)
		err = check(config->parsed, why);
	if (err == WH_OK) {
		take_text(config, path);
		err = read_files(config, path, why);
	}
	if (err == WH_OK)
		*out = config;
	else
		config_free(config);
	return err;
}

void
config_free(struct config *config)
{
	if (config == NULL)
		return;
	conf_free(&config->parsed->schema, config->parsed->text);
	mem_free(config->parsed->setting_table);
	mem_free(config->parsed->table);
	mem_free(config->parsed->bytes);
	mem_free(config->parsed);
	if (config->target_token != NULL)
		mem_wipe_free(config->target_token,
		    strlen(config->target_token));
	mem_free(config->target_ca);
	mem_free((void *)(uintptr_t)config->peers);
	mem_free(config->dir);
	mem_free(config->register_path);
	mem_free(config->tokens_path);
	mem_free(config->storage_path);
	mem_free(config->keys_path);
	key_secrets_wipe(&config->secrets);
	mem_free(config);
}

const char *
config_setting(const struct config *config, const char *key)
{
	const struct config_parsed *p = config->parsed;

	if (p->text->settings == NULL)
		return NULL;
	for (size_t i = 0; i < count(p->keys); i++) {
		if (strcmp(p->keys[i], key) == 0)
			return p->text->settings[i];
	}
	return NULL;
}
