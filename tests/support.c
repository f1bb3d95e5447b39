/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/support.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *
support_dir_new(void)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = support_path(tmp == NULL ? "/tmp" : tmp, "wijkhub-XXXXXX");

	if (mkdtemp(dir) == NULL) {
		perror(dir);
		abort();
	}
	return dir;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
support_dir_remove(char *dir)
{
	if (dir == NULL)
		return;
	if (nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		perror(dir);
	free(dir);
}

char *
support_path(const char *dir, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		abort();
	return path;
}

const char *
support_schemas(void)
{
	static char path[4096];
	const char *set = getenv("WIJKHUB_SHARED");
	struct stat st;

	snprintf(path, sizeof(path), "%s/formats/schemas",
	    set != NULL ? set : WH_SOURCE_DIR "/../shared");
	return stat(path, &st) == 0 ? path : NULL;
}
