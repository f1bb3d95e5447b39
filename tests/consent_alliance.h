/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_CONSENT_ALLIANCE_H
#define WH_TESTS_CONSENT_ALLIANCE_H

#include <string.h>

#include "consent/covenant.h"
#include "consent/keyfile.h"
#include "proto/base/mem.h"
#include "proto/base/sign.h"
#include "tests/support.h"

/* An alliance with fresh keys around the shipped covenant. */

#define ALLIANCE_COVENANT  WH_SOURCE_DIR "/ops/covenant-nieuw-west.yaml"
#define ALLIANCE_SIGNED_MS 1789382400000ll /* 2026-09-14T10:40:00Z */

struct alliance {
	struct arena arena;
	char *dir; /* owned; hub and four members have their .pub in it */
	struct sign_secret secret;
	struct wh_register reg;
	struct why why;
};

static inline void
alliance_keys(struct alliance *a, enum keyfile_kind kind, const char *name)
{
	struct key_secrets keys;

	assert_int_equal(key_secrets_new(kind, &keys), WH_OK);
	assert_int_equal(keyfile_write(a->dir, name, &keys, &a->why), WH_OK);
}

/* The secret keys of the hub. */
static inline void
alliance_hub_keys(const struct alliance *a, struct key_secrets *out)
{
	char *path = support_path(a->dir, "hub.secret");

	assert_int_equal(keyfile_read_secret(path, out, NULL), WH_OK);
	free(path);
}

/* The covenant with the keys of dir, ready to be signed. */
static inline void
alliance_load(struct alliance *a)
{
	assert_int_equal(covenant_load(&a->arena, ALLIANCE_COVENANT, &a->reg,
			     &a->why),
	    WH_OK);
	a->reg.signed_ms = ALLIANCE_SIGNED_MS;
	a->reg.log_origin = "test/log";
	assert_int_equal(covenant_add_keys(&a->arena, a->dir,
			     ALLIANCE_SIGNED_MS, &a->reg, &a->why),
	    WH_OK);
}

static inline int
alliance_setup(void **state)
{
	struct alliance *a = mem_new(sizeof(*a));

	arena_init(&a->arena, 4u * 1024 * 1024);
	a->dir = support_dir_new();
	sign_secret_new(&a->secret);
	alliance_keys(a, KEYFILE_HUB, "hub");
	alliance_keys(a, KEYFILE_MEMBER, "eigen-haard");
	alliance_keys(a, KEYFILE_MEMBER, "buurtteam");
	alliance_keys(a, KEYFILE_MEMBER, "wpi");
	alliance_keys(a, KEYFILE_MEMBER, "politie");
	alliance_load(a);
	*state = a;
	return 0;
}

static inline int
alliance_teardown(void **state)
{
	struct alliance *a = *state;

	arena_fini(&a->arena);
	support_dir_remove(a->dir);
	mem_free(a);
	return 0;
}

/* By hand, so that a test can break it. */
static inline struct reg_member *
alliance_member(struct alliance *a, const char *id)
{
	for (size_t i = 0; i < a->reg.member_count; i++)
		if (strcmp(a->reg.members[i].id, id) == 0)
			return &a->reg.members[i];
	return NULL;
}

#endif
