/* SPDX-License-Identifier: EUPL-1.2 */
#include <sys/stat.h>

#include "adapters/runner_impl.h"
#include "consent/keyring.h"
#include "proto/base/clk.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/wire.h"

/* Our keys while they rotate: read anew, and destroyed when they are spent. */

/* How often the hub is asked whether something waits for an old key, and a
 * file that cannot be written is tried. */
#define ASK_MS  (3600ll * 1000)
#define SOON_MS 5000 /* its clock may be a little behind */

bool
runner_file_changed(const char *path, struct runner_file *file)
{
	struct stat st;

	if (stat(path, &st) != 0 ||
	    (st.st_ino == file->inode && st.st_mtim.tv_sec == file->at.tv_sec &&
		st.st_mtim.tv_nsec == file->at.tv_nsec))
		return false;
	file->at = st.st_mtim;
	file->inode = st.st_ino;
	return true;
}

void
runner_keys_look(struct runner *runner)
{
	struct key_secrets keys = {0};
	struct why why = {""};

	if (!runner_file_changed(runner->config->keys_path, &runner->keys_file))
		return;
	if (config_keys(runner->config, &keys, &why) == WH_OK) {
		desk_keys_put(runner->desk, &keys);
		uplink_keys_changed(runner->uplink);
		log_info("KEYS-LOADED", "file=%s older=%zu",
		    runner->config->keys_path, keys.older_count);
	} else {
		log_warn("KEYS-REFUSED", "cause=%s", why.text);
	}
	key_secrets_wipe(&keys);
}

static enum wh_err
forget(void *arg, struct key_secrets *secrets, struct why *why)
{
	(void)why;
	return keyring_forget(secrets, *(const struct key_id *)arg);
}

static void
destroy(struct runner *runner, struct key_id id)
{
	struct key_secrets now = {0};
	struct why why = {""};
	char hex[2 * WIRE_KEY_ID_LEN + 1];
	enum wh_err err;

	hex_encode(span_of(id.b, sizeof(id.b)), hex);
	err =
	    keyfile_change(runner->config->keys_path, forget, &id, &now, &why);
	if (err == WH_OK) {
		desk_keys_put(runner->desk, &now);
		log_info("KEY-DESTROYED", "use=sealing key=%s", hex);
	} else {
		log_warn("KEY-NOT-DESTROYED", "key=%s cause=%s", hex,
		    why.text[0] == '\0' ? wh_err_str(err) : why.text);
		runner->keys_retry_ms = clk_mono_ms() + ASK_MS;
	}
	key_secrets_wipe(&now);
}

/* An old key has ended since we heard what waits, or that is long ago. */
static bool
must_ask(const struct runner *runner, int64_t until_ms)
{
	int64_t since_ms = clk_mono_ms() - runner->welcome_mono_ms;

	return since_ms >= ASK_MS ||
	       (since_ms >= SOON_MS && runner->welcome.now_ms < until_ms);
}

void
runner_keys_welcomed(void *arg, const struct welcome *welcome)
{
	struct runner *runner = arg;

	runner->welcome =
	    (struct keyring_welcome){.register_version =
					 welcome->register_version,
		.now_ms = welcome->now_ms,
		.waiting_since_ms = welcome->waiting_since_ms};
	runner->welcome_mono_ms = clk_mono_ms();
}

void
runner_keys_second(struct runner *runner)
{
	const struct wh_register *reg = desk_register(runner->desk);
	const struct key_secrets *keys = desk_keys(runner->desk);
	const char *member = runner->config->member;
	int64_t now_ms = clk_wall_ms();
	struct key_id id;
	int64_t until_ms;

	runner_keys_look(runner);
	if (reg == NULL || clk_mono_ms() < runner->keys_retry_ms)
		return;
	if (keyring_spent(keys, reg, member, &runner->welcome, now_ms, &id))
		destroy(runner, id);
	else if (keyring_ended(keys, register_member(reg, member), now_ms, &id,
		     &until_ms) &&
		 must_ask(runner, until_ms))
		uplink_greet_again(runner->uplink);
}
