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

static enum wh_err
write_all(int fd, struct span bytes)
{
	size_t done = 0;
	ssize_t n;

	while (done < bytes.len) {
		n = write(fd, bytes.p + done, bytes.len - done);
		if (n < 0)
			return errno == ENOSPC || errno == EDQUOT ? WH_FULL
								  : WH_IO;
		done += (size_t)n;
	}
	return fsync(fd) == 0 ? WH_OK : WH_IO;
}

static enum wh_err
sync_parent(const char *path)
{
	char *copy = mem_strdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		close(fd);
	mem_free(copy);
	return rc == 0 ? WH_OK : WH_IO;
}

enum wh_err
file_write(const char *path, struct span bytes, unsigned mode, struct why *why)
{
	size_t size = strlen(path) + 5;
	char *beside = mem_new(size);
	enum wh_err err = WH_IO;
	int fd;

	snprintf(beside, size, "%s.new", path);
	unlink(beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		goto out;
	err = write_all(fd, bytes);
	if (close(fd) != 0 && err == WH_OK)
		err = WH_IO;
	if (err == WH_OK && rename(beside, path) != 0)
		err = WH_IO;
	if (err == WH_OK)
		err = sync_parent(path);
	if (err != WH_OK)
		unlink(beside);
out:
	if (err != WH_OK)
		why_set(why, err, "%s: cannot be written: %s", path,
		    strerror(errno));
	mem_free(beside);
	return err;
}

enum wh_err
file_mkdir(const char *path, struct why *why)
{
	char *copy = mem_strdup(path);
	struct stat st;
	enum wh_err err = WH_OK;
	char *p;

	for (p = copy + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		(void)mkdir(copy, 0700); /* the last one tells */
		*p = '/';
	}
	if (mkdir(copy, 0700) != 0 &&
	    (errno != EEXIST || stat(copy, &st) != 0 || !S_ISDIR(st.st_mode)))
		err = why_set(why, WH_IO, "%s: cannot be made: %s", path,
		    strerror(errno));
	mem_free(copy);
	return err;
}
