/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/config_secret.h"

#include <errno.h>
#include <sys/stat.h>

#include "adapters/config.h"
#include "adapters/token.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

#define SECRET_FILE_MAX 16384

#define TOKENS_MAX 64

#define WHITE " \t\r"

void
config_tokens_free(char **tokens)
{
	if (tokens == NULL)
		return;
	for (char **token = tokens; *token != NULL; token++)
		mem_wipe_free(*token, strlen(*token));
	mem_free(tokens);
}

static enum wh_err
check_mode(const char *path, struct why *why)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return why_set(why, errno == ENOENT ? WH_NOT_FOUND : WH_IO,
		    "%s: %s", path, strerror(errno));
	if ((st.st_mode & 077) != 0)
		return why_set(why, WH_REFUSED,
		    "%s: others may read it; do chmod 600", path);
	return WH_OK;
}

/* The next line that says something; cuts the text into pieces. */
static char *
next_line(char **rest)
{
	char *line;
	size_t len;

	while ((line = strsep(rest, "\n")) != NULL) {
		line += strspn(line, WHITE);
		len = strlen(line);
		while (len > 0 && strchr(WHITE, line[len - 1]) != NULL)
			line[--len] = '\0';
		if (len > 0 && line[0] != '#')
			return line;
	}
	return NULL;
}

enum wh_err
config_secret_lines(const char *path, unsigned max, char ***out,
    struct why *why)
{
	uint8_t *bytes = NULL;
	char **lines = NULL;
	size_t len = 0;
	unsigned n = 0;
	char *rest;
	char *line;
	enum wh_err err;

	err = check_mode(path, why);
	if (err == WH_OK)
		err = file_read(path, SECRET_FILE_MAX, &bytes, &len, why);
	if (err != WH_OK)
		return err;
	lines = mem_new((max + 1) * sizeof(*lines));
	rest = (char *)bytes;
	while (err == WH_OK && (line = next_line(&rest)) != NULL) {
		if (n == max)
			err = why_set(why, WH_INVALID,
			    "%s: holds more than %u lines", path, max);
		else
			lines[n++] = mem_strdup(line);
	}
	if (err == WH_OK && n == 0)
		err = why_set(why, WH_INVALID, "%s: holds nothing", path);
	mem_wipe_free(bytes, len);
	if (err == WH_OK)
		*out = lines;
	else
		config_tokens_free(lines);
	return err;
}

enum wh_err
config_tokens(const struct config *config, char ***out, struct why *why)
{
	char **tokens = NULL;
	struct why wrong = {""};
	struct token token;
	enum wh_err err;

	err =
	    config_secret_lines(config->tokens_path, TOKENS_MAX, &tokens, why);
	for (unsigned i = 0; err == WH_OK && tokens[i] != NULL; i++) {
		if (token_read(tokens[i], &token, &wrong) != WH_OK)
			err = why_set(why, WH_INVALID, "%s: token %u %s",
			    config->tokens_path, i + 1, wrong.text);
	}
	if (err == WH_OK)
		*out = tokens;
	else
		config_tokens_free(tokens);
	return err;
}

static enum wh_err
storage_key_make(const char *path, uint8_t out[VAULT_KEY_LEN], struct why *why)
{
	char text[2 * VAULT_KEY_LEN + 2];
	uint8_t key[VAULT_KEY_LEN];
	enum wh_err err;

	random_fill(key, sizeof(key));
	hex_encode(span_of(key, sizeof(key)), text);
	text[sizeof(text) - 2] = '\n';
	err = file_write(path, span_of(text, 2 * VAULT_KEY_LEN + 1), 0600, why);
	if (err == WH_OK)
		memcpy(out, key, sizeof(key));
	mem_wipe(key, sizeof(key));
	mem_wipe(text, sizeof(text));
	return err;
}

enum wh_err
config_storage_key(const struct config *config, uint8_t out[VAULT_KEY_LEN],
    struct why *why)
{
	uint8_t key[VAULT_KEY_LEN];
	char **lines = NULL;
	enum wh_err err;

	err = config_secret_lines(config->storage_path, 1, &lines, why);
	if (err == WH_NOT_FOUND)
		return storage_key_make(config->storage_path, out, why);
	if (err == WH_OK && hex_decode(lines[0], key, sizeof(key)) != WH_OK)
		err = why_set(why, WH_INVALID, "%s: is not %d hex digits",
		    config->storage_path, 2 * VAULT_KEY_LEN);
	if (err == WH_OK)
		memcpy(out, key, sizeof(key));
	mem_wipe(key, sizeof(key));
	config_tokens_free(lines);
	return err;
}
