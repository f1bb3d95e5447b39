/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/config.h"

#include <stdio.h>

#include "proto/base/conf.h"
#include "proto/base/mem.h"

#define MIB ((size_t)1024 * 1024)

/* The file as it stands. */
struct text {
	char *endpoint;
	char *second_endpoint;
	char *dir;
	char *keys;
	char *alliance;
	char *reg;
	char *control;
	uint32_t map_mib;
	uint32_t segment_mib;
	uint32_t commit_ms;
};

struct broker_config {
	struct text *text; /* owned by libcyaml */
	char *dir;         /* heap, as all below */
	char *control;
	char *register_path;
	char *keys_path;
	struct key_secrets secrets;
	struct key_publics alliance;
};

static const cyaml_schema_field_t fields[] = {CYAML_FIELD_STRING_PTR("endpoint",
						  CYAML_FLAG_POINTER,
						  struct text, endpoint, 1,
						  200),
    CYAML_FIELD_STRING_PTR("second_endpoint",
	CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct text, second_endpoint,
	1, 200),
    CYAML_FIELD_STRING_PTR("dir", CYAML_FLAG_POINTER, struct text, dir, 1, 900),
    CYAML_FIELD_STRING_PTR("keys", CYAML_FLAG_POINTER, struct text, keys, 1,
	900),
    CYAML_FIELD_STRING_PTR("alliance", CYAML_FLAG_POINTER, struct text,
	alliance, 1, 900),
    CYAML_FIELD_STRING_PTR("register", CYAML_FLAG_POINTER, struct text, reg, 1,
	900),
    CYAML_FIELD_STRING_PTR("control", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
	struct text, control, 1, 900),
    CYAML_FIELD_UINT("map_mib", CYAML_FLAG_OPTIONAL, struct text, map_mib),
    CYAML_FIELD_UINT("segment_mib", CYAML_FLAG_OPTIONAL, struct text,
	segment_mib),
    CYAML_FIELD_UINT("commit_ms", CYAML_FLAG_OPTIONAL, struct text, commit_ms),
    CYAML_FIELD_END};

static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct text, fields)};

struct bound {
	const char *key;
	uint32_t value;
	uint32_t min;
	uint32_t max;
};

static enum wh_err
check(const char *path, struct text *text, struct why *why)
{
	struct bound bounds[3];
	size_t i;

	if (text->map_mib == 0)
		text->map_mib = 1024;
	if (text->segment_mib == 0)
		text->segment_mib = 16;
	if (text->commit_ms == 0)
		text->commit_ms = 200;
	bounds[0] = (struct bound){"map_mib", text->map_mib, 4, 1048576};
	bounds[1] = (struct bound){"segment_mib", text->segment_mib,
	    (uint32_t)(LOOP_SEGMENT_MIN / MIB), 1024};
	bounds[2] = (struct bound){"commit_ms", text->commit_ms, 1, 10000};
	for (i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
		if (bounds[i].value < bounds[i].min ||
		    bounds[i].value > bounds[i].max)
			return why_set(why, WH_INVALID,
			    "%s: %s: must be from %u to %u", path,
			    bounds[i].key, bounds[i].min, bounds[i].max);
	return WH_OK;
}

static enum wh_err
read_keys(struct broker_config *config, const char *path, struct why *why)
{
	char *keys = conf_path(path, config->text->keys);
	char *alliance = conf_path(path, config->text->alliance);
	enum wh_err err;

	err = keyfile_read_secret(keys, &config->secrets, why);
	if (err == WH_OK && config->secrets.kind != KEYFILE_HUB)
		err = why_set(why, WH_INVALID,
		    "%s: not the keys of a hub; make them with `wijkhub keygen "
		    "hub`",
		    keys);
	if (err == WH_OK)
		err = keyfile_read_public(alliance, &config->alliance, why);
	if (err == WH_OK && config->alliance.kind != KEYFILE_ALLIANCE)
		err = why_set(why, WH_INVALID, "%s: not the key of an alliance",
		    alliance);
	mem_free(keys);
	mem_free(alliance);
	return err;
}

static char *
control_path(const struct broker_config *config, const char *path)
{
	size_t size = strlen(config->dir) + sizeof("/control.sock");
	char *joined;

	if (config->text->control != NULL)
		return conf_path(path, config->text->control);
	joined = mem_new(size);
	snprintf(joined, size, "%s/control.sock", config->dir);
	return joined;
}

enum wh_err
broker_config_load(const char *path, struct broker_config **out,
    struct why *why)
{
	struct broker_config *config = mem_new(sizeof(*config));
	void *loaded = NULL;
	enum wh_err err;

	err = conf_load(path, &schema, &loaded, why);
	config->text = loaded;
	if (err == WH_OK)
		err = check(path, config->text, why);
	if (err == WH_OK)
		err = read_keys(config, path, why);
	if (err != WH_OK) {
		broker_config_free(config);
		return err;
	}
	config->dir = conf_path(path, config->text->dir);
	config->register_path = conf_path(path, config->text->reg);
	config->keys_path = conf_path(path, config->text->keys);
	config->control = control_path(config, path);
	*out = config;
	return WH_OK;
}

void
broker_config_free(struct broker_config *config)
{
	if (config == NULL)
		return;
	conf_free(&schema, config->text);
	key_secrets_wipe(&config->secrets);
	mem_free(config->dir);
	mem_free(config->control);
	mem_free(config->register_path);
	mem_free(config->keys_path);
	mem_free(config);
}

struct loop_options
broker_config_loop(const struct broker_config *config)
{
	return (struct loop_options){
	    .dir = config->dir,
	    .endpoint = config->text->endpoint,
	    .second_endpoint = config->text->second_endpoint,
	    .control = config->control,
	    .register_path = config->register_path,
	    .keys = &config->secrets,
	    .keys_path = config->keys_path,
	    .alliance_key = config->alliance.signing,
	    .map_bytes = (size_t)config->text->map_mib * MIB,
	    .segment_bytes = (size_t)config->text->segment_mib * MIB,
	    .commit_ms = (int)config->text->commit_ms,
	};
}
