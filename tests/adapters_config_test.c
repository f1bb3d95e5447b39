/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "adapters/config.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "tests/support.h"

static const char *const known[] = {"bron", "kanaal", NULL};

static const char start[] = "member: eigen-haard\n"
			    "keys: eigen-haard.secret\n"
			    "storage_key: storage.key\n"
			    "alliance: alliance.pub\n"
			    "register: register.bin\n"
			    "hub: tcp://127.0.0.1:5555\n";
static const char rest[] = "listen: 127.0.0.1:0\n"
			   "dir: data\n"
			   "tokens: tokens\n";

struct scene {
	char *dir;
	char *path;
};

static void
put(const struct scene *s, const char *name, const char *text, unsigned mode)
{
	char *path = support_path(s->dir, name);

	assert_int_equal(file_write(path, span_str(text), mode, NULL), WH_OK);
	free(path);
}

static int
scene_open(void **state)
{
	struct scene *s = mem_new(sizeof(*s));
	struct key_secrets keys;

	s->dir = support_dir_new();
	s->path = support_path(s->dir, "adapter.yaml");
	assert_int_equal(key_secrets_new(KEYFILE_MEMBER, &keys), WH_OK);
	assert_int_equal(keyfile_write(s->dir, "eigen-haard", &keys, NULL),
	    WH_OK);
	assert_int_equal(key_secrets_new(KEYFILE_ALLIANCE, &keys), WH_OK);
	assert_int_equal(keyfile_write(s->dir, "alliance", &keys, NULL), WH_OK);
	put(s, "tokens",
	    "# wie\n\nabcdefghijklmnop0123\n  qrstuvwxyz-_~456==\n", 0600);
	*state = s;
	return 0;
}

static int
scene_close(void **state)
{
	struct scene *s = *state;

	support_dir_remove(s->dir);
	free(s->path);
	mem_free(s);
	return 0;
}

static enum wh_err
load(const struct scene *s, const char *middle, struct config **out,
    struct why *why)
{
	char text[2048];

	snprintf(text, sizeof(text), "%s%s%s", start, middle, rest);
	put(s, "adapter.yaml", text, 0644);
	return config_load(s->path, known, out, why);
}

static void
assert_refused(const struct scene *s, const char *middle, const char *where)
{
	struct config *config = NULL;
	struct why why = {""};
	char full[512];

	assert_int_equal(load(s, middle, &config, &why), WH_INVALID);
	assert_null(config);
	snprintf(full, sizeof(full), "%s:%s", s->path, where);
	if (strncmp(why.text, full, strlen(full)) != 0)
		fail_msg("\"%s\" is not \"%s…\"", why.text, full);
}

static void
test_a_whole_file_is_read_and_paths_are_beside_it(void **state)
{
	struct scene *s = *state;
	struct config *config = NULL;
	struct why why = {""};
	char *data = support_path(s->dir, "data");

	put(s, "target.token", "geheim-van-het-zaaksysteem\n", 0600);
	assert_int_equal(load(s,
			     "target: {url: 'https://zaken.example.nl/api', "
			     "token: target.token, timeout_seconds: 3}\n"
			     "settings: {kanaal: telefoon}\nmap_mib: 32\n"
			     "peers: [https://wpi.example.nl, "
			     "'http://127.0.0.1:8083']\npeer_seconds: 5\n",
			     &config, &why),
	    WH_OK);
	assert_string_equal(config->member, "eigen-haard");
	assert_string_equal(config->dir, data);
	assert_string_equal(config->target_token, "geheim-van-het-zaaksysteem");
	assert_int_equal(config->target_timeout_ms, 3000);
	assert_int_equal(config->map_bytes, 32u << 20);
	assert_string_equal(config->peers[0], "https://wpi.example.nl");
	assert_string_equal(config->peers[1], "http://127.0.0.1:8083");
	assert_null(config->peers[2]);
	assert_int_equal(config->peer_ms, 5000);
	assert_string_equal(config_setting(config, "kanaal"), "telefoon");
	assert_null(config_setting(config, "bron"));
	assert_null(config_setting(config, "kleur"));
	config_free(config);
	free(data);
}

static void
test_what_may_be_left_out_has_a_default(void **state)
{
	struct scene *s = *state;
	struct config *config = NULL;

	assert_int_equal(load(s, "", &config, NULL), WH_OK);
	assert_string_equal(config->target_url, "");
	assert_null(config->target_token);
	assert_null(config_setting(config, "bron"));
	assert_int_equal(config->map_bytes, 1024ull << 20);
	assert_null(config->peers[0]);
	assert_int_equal(config->peer_ms, 60000);
	config_free(config);
}

static void
test_what_is_wrong_is_named_by_file_and_line(void **state)
{
	struct scene *s = *state;

	assert_refused(s, "kleur: rood\n", "7:");
	assert_refused(s, "settings:\n  bron: x\n  kleur: rood\n", "9:");
	assert_refused(s, "target:\n  url: https://a.nl\n  user: x\n", "9:");
	assert_refused(s, "map_mib: 2\n", "7:");
	assert_refused(s, "target: {url: 'http://zaken.example.nl'}\n", "7:");
	assert_refused(s, "target: {url: 'http://localhost.evil.nl'}\n", "7:");
	assert_refused(s, "target: {url: 'ftp://a.nl'}\n", "7:");
	assert_refused(s, "peers: ['http://wpi.example.nl']\n", "7:");
	assert_refused(s, "peers: ['https://a@wpi.example.nl']\n", "7:");
	assert_refused(s, "peer_seconds: 3601\n", "7:");
	assert_refused(s, "target: {url: 'https://u:p@a.nl'}\n", "7:");
}

static void
test_tokens_are_lines_that_cannot_be_guessed(void **state)
{
	struct scene *s = *state;
	struct config *config = NULL;
	struct why why = {""};
	char **tokens = NULL;

	assert_int_equal(load(s, "", &config, NULL), WH_OK);
	assert_int_equal(config_tokens(config, &tokens, NULL), WH_OK);
	assert_string_equal(tokens[0], "abcdefghijklmnop0123");
	assert_string_equal(tokens[1], "qrstuvwxyz-_~456==");
	assert_null(tokens[2]);
	config_tokens_free(tokens);
	put(s, "tokens", "abcdefghijklmnop0123 b-bakker privacy-officer\n",
	    0600);
	assert_int_equal(config_tokens(config, &tokens, NULL), WH_OK);
	config_tokens_free(tokens);
	put(s, "tokens", "abcdefghijklmnop0123 b-bakker baas\n", 0600);
	assert_int_equal(config_tokens(config, &tokens, &why), WH_INVALID);
	assert_non_null(strstr(why.text, "token 1 has a role"));
	put(s, "tokens", "geheim\n", 0600);
	assert_int_equal(config_tokens(config, &tokens, &why), WH_INVALID);
	assert_null(strstr(why.text, "geheim"));
	put(s, "tokens", "# niemand\n", 0600);
	assert_int_equal(config_tokens(config, &tokens, NULL), WH_INVALID);
	config_free(config);
}

static void
test_a_secret_that_others_may_read_is_refused(void **state)
{
	struct scene *s = *state;
	struct config *config = NULL;

	put(s, "tokens", "abcdefghijklmnop0123\n", 0644);
	assert_int_equal(load(s, "", &config, NULL), WH_REFUSED);
	put(s, "tokens", "abcdefghijklmnop0123\n", 0600);
	put(s, "t", "x\n", 0640);
	assert_int_equal(load(s, "target: {url: 'https://a.nl', token: t}\n",
			     &config, NULL),
	    WH_REFUSED);
	assert_null(config);
}

static void
test_the_storage_key_is_made_once_and_checking_makes_nothing(void **state)
{
	struct scene *s = *state;
	struct config *config = NULL;
	uint8_t one[VAULT_KEY_LEN];
	uint8_t two[VAULT_KEY_LEN];
	struct stat st;

	assert_int_equal(load(s, "", &config, NULL), WH_OK);
	assert_int_not_equal(stat(config->storage_path, &st), 0);
	assert_int_not_equal(stat(config->dir, &st), 0);
	assert_int_equal(config_storage_key(config, one, NULL), WH_OK);
	assert_int_equal(stat(config->storage_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(config_storage_key(config, two, NULL), WH_OK);
	assert_memory_equal(one, two, sizeof(one));
	put(s, "storage.key", "abc\n", 0600);
	assert_int_equal(config_storage_key(config, two, NULL), WH_INVALID);
	config_free(config);
}

static void
test_a_hub_key_or_no_file_is_not_accepted(void **state)
{
	struct scene *s = *state;
	struct config *config = NULL;
	struct key_secrets hub;
	struct why why = {""};
	char *path = support_path(s->dir, "eigen-haard.secret");
	char *missing = support_path(s->dir, "none.yaml");

	assert_int_equal(config_load(missing, known, &config, &why),
	    WH_NOT_FOUND);
	assert_int_equal(unlink(path), 0);
	free(path);
	path = support_path(s->dir, "eigen-haard.pub");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(key_secrets_new(KEYFILE_HUB, &hub), WH_OK);
	assert_int_equal(keyfile_write(s->dir, "eigen-haard", &hub, NULL),
	    WH_OK);
	assert_int_equal(load(s, "", &config, &why), WH_INVALID);
	assert_non_null(strstr(why.text, "not the keys of a member"));
	free(path);
	free(missing);
}

int
main(void)
{
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, scene_open, scene_close)
	const struct CMUnitTest tests[] = {
	    TEST(test_a_whole_file_is_read_and_paths_are_beside_it),
	    TEST(test_what_may_be_left_out_has_a_default),
	    TEST(test_what_is_wrong_is_named_by_file_and_line),
	    TEST(test_tokens_are_lines_that_cannot_be_guessed),
	    TEST(test_a_secret_that_others_may_read_is_refused),
	    TEST(test_the_storage_key_is_made_once_and_checking_makes_nothing),
	    TEST(test_a_hub_key_or_no_file_is_not_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
