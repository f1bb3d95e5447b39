/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/mem.h"

enum wh_err
file_read(const char *path, size_t max, uint8_t **out, size_t *len,
    struct why *why)
{
	uint8_t *bytes = NULL;
	struct stat st;
	size_t done = 0;
	ssize_t n = 0;
	enum wh_err err = WH_OK;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		err = errno == ENOENT ? WH_NOT_FOUND : WH_IO;
		why_set(why, err, "%s: %s", path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode) || (uintmax_t)st.st_size > max) {
		err =
		    why_set(why, S_ISREG(st.st_mode) ? WH_TOO_BIG : WH_INVALID,
			"%s: not a file of at most %zu bytes", path, max);
		goto out;
	}
	bytes = mem_new((size_t)st.st_size + 1);
	while (done < (size_t)st.st_size &&
	       (n = read(fd, bytes + done, (size_t)st.st_size - done)) > 0)
		done += (size_t)n;
	if (n < 0) {
		err = why_set(why, WH_IO, "%s: %s", path, strerror(errno));
		goto out;
	}
	*out = bytes;
	*len = done;
	bytes = NULL;
out:
	mem_free(bytes);
	if (fd >= 0)
		close(fd);
	return err;
}

char *
file_path(const char *dir, const char *name)
{
	size_t size = strlen(dir) + strlen(name) + 2;
	char *path = mem_new(size);

	(void)snprintf(path, size, "%s/%s", dir, name);
	return path;
}

/* What errno says, for a caller who can make room or not. */
static enum wh_err
from_errno(void)
{
	return errno == ENOSPC || errno == EDQUOT ? WH_FULL : WH_IO;
}

enum wh_err
file_sync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum wh_err err = fd < 0 || fsync(fd) != 0 ? from_errno() : WH_OK;

	if (fd >= 0)
		close(fd);
	return err;
}

static enum wh_err
sync_parent(const char *path)
{
	char *copy = mem_strdup(path);
	enum wh_err err = file_sync_dir(dirname(copy));

	mem_free(copy);
	return err;
}

static enum wh_err
write_all(int fd, struct span bytes, unsigned mode)
{
	size_t done = 0;
	ssize_t n;

	while (done < bytes.len) {
		n = write(fd, bytes.p + done, bytes.len - done);
		if (n < 0)
			return from_errno();
		done += (size_t)n;
	}
	if (fchmod(fd, mode) != 0 || fsync(fd) != 0)
		return from_errno();
	return WH_OK;
}

enum wh_err
file_write(const char *path, struct span bytes, unsigned mode, struct why *why)
{
	size_t size = strlen(path) + 5;
	char *beside = mem_new(size);
	enum wh_err err = WH_OK;
	int fd;

	snprintf(beside, size, "%s.new", path);
	unlink(beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		err = from_errno();
	if (err == WH_OK)
		err = write_all(fd, bytes, mode);
	if (fd >= 0 && close(fd) != 0 && err == WH_OK)
		err = from_errno();
	if (err == WH_OK && rename(beside, path) != 0)
		err = from_errno();
	if (err == WH_OK)
		err = sync_parent(path);
	if (err != WH_OK) {
		why_set(why, err, "%s: cannot be written: %s", path,
		    strerror(errno));
		unlink(beside);
	}
	mem_free(beside);
	return err;
}

/* One folder of the path. There already is fine: the last one is looked at. */
static enum wh_err
make_one(const char *path)
{
	if (mkdir(path, 0700) == 0)
		return sync_parent(path);
	return errno == EEXIST ? WH_OK : from_errno();
}

enum wh_err
file_mkdir(const char *path, struct why *why)
{
	char *copy = mem_strdup(path);
	struct stat st;
	enum wh_err err;
	char *p;

	for (p = copy; *p != '\0'; p++) {
		if (*p != '/' || p == copy)
			continue;
		*p = '\0';
		(void)make_one(copy); /* the last one tells */
		*p = '/';
	}
	err = make_one(copy);
	if (err == WH_OK && stat(copy, &st) != 0)
		err = from_errno();
	else if (err == WH_OK && !S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		err = WH_IO;
	}
	if (err != WH_OK)
		why_set(why, err, "%s: cannot be made: %s", path,
		    strerror(errno));
	mem_free(copy);
	return err;
}
