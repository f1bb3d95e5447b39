/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_CONFIG_H
#define WH_ADAPTERS_CONFIG_H

#include "adapters/vault.h"
#include "consent/keyfile.h"

/*
 * The YAML file of one adapter; paths are relative to it.
 *
 *   member:       eigen-haard          as in the covenant
 *   keys:         eigen-haard.secret   made by `wijkhub keygen`
 *   storage_key:  storage.key          64 hex digits, made when absent
 *   alliance:     alliance.pub         whose registers are believed
 *   register:     register.bin         to start from; looked at when it changes
 *   hub:          tcp://127.0.0.1:5555  its addresses, a space between
 *   listen:       127.0.0.1:8081
 *   dir:          data
 *   tokens:       tokens               who may call, a line each: token.h
 *   target:                            optional: the partner system
 *     url:        https://zaken.example.nl/api
 *     token:      target.token         optional: a file with a bearer token
 *     ca:         ca.pem               optional: instead of the system's
 *     timeout_seconds: 10              optional: 1 to 300
 *   peers:        [https://…]          optional: adapters whose view of the
 *                                      hub's log is compared with ours
 *   peer_seconds: 60                   optional: how often, 1 to 3600
 *   settings:     {bron: "…"}          optional: what this adapter knows
 *   retention_ground: Archiefwet-3     optional: why the partner's own system
 *                                      keeps what was withdrawn
 *   map_mib:      1024                 optional: 16 to 1048576
 */
struct config {
	const char *member; /* borrowed from parsed, as the next two */
	const char *hub;
	const char *listen;
	const char *retention_ground; /* "" when there is none */
	char *dir;                    /* heap, as all paths */
	char *register_path;
	char *tokens_path;
	char *storage_path;
	char *keys_path;
	struct key_secrets secrets;
	struct key_publics alliance;
	size_t map_bytes;
	const char *target_url; /* "" when there is none */
	char *target_token;     /* heap, the token itself, or NULL */
	char *target_ca;        /* path, or NULL */
	int64_t target_timeout_ms;
	const char *const *peers; /* NULL-ended; owned array, borrowed texts */
	int64_t peer_ms;
	struct config_parsed *parsed; /* owned */
};

/*
 * Check the file and all files that it names; makes nothing. settings: the
 * keys that may stand under "settings", ended by NULL; borrowed as long as the
 * configuration. WH_INVALID with "file:line: reason", WH_REFUSED when others
 * may read a secret.
 */
enum wh_err config_load(const char *path, const char *const *settings,
    struct config **out, struct why *why);
void config_free(struct config *config); /* wipes; NULL is allowed */

/* The value of a key under "settings", or NULL. Borrowed. */
const char *config_setting(const struct config *config, const char *key);

/* The secret file as it stands now; wiped by the caller. */
enum wh_err config_keys(const struct config *config, struct key_secrets *out,
    struct why *why);

/* Read the storage key, or make it (0600) when there is none. */
enum wh_err config_storage_key(const struct config *config,
    uint8_t out[VAULT_KEY_LEN], struct why *why);

/* The lines with bearer tokens as they stand now, checked: NULL-ended, for
 * config_tokens_free. */
enum wh_err config_tokens(const struct config *config, char ***out,
    struct why *why);
void config_tokens_free(char **tokens); /* wipes; NULL is allowed */

#endif
