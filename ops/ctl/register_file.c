/* SPDX-License-Identifier: EUPL-1.2 */
#include "ops/ctl/register_file.h"

#include "consent/keyfile.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"

enum wh_err
register_file_read_key(struct arena *arena, const char *path,
    const uint8_t *alliance_key, struct wh_register *out, struct why *why)
{
	struct why what = {""};
	struct span kept = {0};
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum wh_err err;

	err = file_read(path, REGISTER_MAX, &bytes, &len, why);
	if (err != WH_OK)
		return err;
	kept = arena_dup(arena, span_of(bytes, len));
	mem_free(bytes);
	if (kept.p == NULL && len > 0)
		return why_set(why, WH_TOO_BIG, "%s: is too big", path);
	err = register_read(arena, kept, alliance_key, out, &what);
	if (err != WH_OK)
		(void)why_set(why, err, "%s: %s", path, what.text);
	return err;
}

enum wh_err
register_file_read(struct arena *arena, const char *path,
    const char *alliance_pub, struct wh_register *out, struct why *why)
{
	struct key_publics alliance;
	enum wh_err err;

	if (alliance_pub == NULL)
		return register_file_read_key(arena, path, NULL, out, why);
	err = keyfile_read_public(alliance_pub, &alliance, why);
	if (err == WH_OK && alliance.kind != KEYFILE_ALLIANCE)
		err = why_set(why, WH_INVALID,
		    "%s: this is not the key of an alliance: ask the alliance "
		    "for its .pub file",
		    alliance_pub);
	if (err != WH_OK)
		return err;
	return register_file_read_key(arena, path, alliance.signing, out, why);
}
