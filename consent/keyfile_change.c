/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "consent/keyfile_impl.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"

#define SUFFIX        ".secret"
#define PUBLIC_SUFFIX ".pub"

static enum wh_err
failed(const char *path, struct why *why)
{
	return why_set(why, errno == ENOENT ? WH_NOT_FOUND : WH_IO, "%s: %s",
	    path, strerror(errno));
}

/* Is what is open still what the name stands for? */
static bool
is_current(int fd, const char *path)
{
	struct stat opened, named;

	return fstat(fd, &opened) == 0 && stat(path, &named) == 0 &&
	       opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/*
 * The file itself is the lock, so that it needs none beside it. Whoever waited
 * may hold a file that was replaced meanwhile, and tries again.
 */
static enum wh_err
lock(const char *path, int *out, struct why *why)
{
	int fd = -1;

	for (;;) {
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return failed(path, why);
		if (flock(fd, LOCK_EX) != 0)
			break;
		if (is_current(fd, path)) {
			*out = fd;
			return WH_OK;
		}
		(void)close(fd);
	}
	(void)close(fd);
	return failed(path, why);
}

/* Zeroes over a file that no longer has a name, on the disk. */
static enum wh_err
shred(int fd, const char *path, struct why *why)
{
	static const uint8_t zeroes[KEYFILE_MAX];
	struct stat st;
	size_t len;

	if (fstat(fd, &st) != 0)
		return failed(path, why);
	len = (size_t)st.st_size < sizeof(zeroes) ? (size_t)st.st_size
						  : sizeof(zeroes);
	if (pwrite(fd, zeroes, len, 0) != (ssize_t)len || fsync(fd) != 0)
		return failed(path, why);
	return WH_OK;
}

/* The .pub beside it: only where there is one. */
static enum wh_err
write_public(const char *path, const struct key_secrets *secrets,
    struct why *why)
{
	size_t len = strlen(path);
	char *public, *text;
	struct stat st;
	enum wh_err err = WH_OK;

	if (len < sizeof(SUFFIX) ||
	    strcmp(path + len - strlen(SUFFIX), SUFFIX) != 0)
		return WH_OK;
	public = mem_strdup(path);
	memcpy(public + len - strlen(SUFFIX), PUBLIC_SUFFIX,
	    sizeof(PUBLIC_SUFFIX));
	if (stat(public, &st) == 0) {
		text = keyfile_text(secrets, false);
		err = file_write(public, span_str(text), 0644, why);
		mem_free(text);
	}
	mem_free(public);
	return err;
}

static enum wh_err
replace(const char *path, int fd, const struct key_secrets *secrets,
    struct why *why)
{
	char *text = keyfile_text(secrets, true);
	enum wh_err err = file_write(path, span_str(text), 0600, why);

	mem_wipe_free(text, KEYFILE_MAX);
	if (err == WH_OK)
		err = shred(fd, path, why);
	if (err == WH_OK)
		err = write_public(path, secrets, why);
	return err;
}

enum wh_err
keyfile_change(const char *path, keyfile_edit_fn *edit, void *arg,
    struct key_secrets *out, struct why *why)
{
	struct key_secrets secrets = {0};
	int fd = -1;
	enum wh_err err = lock(path, &fd, why);

	if (err != WH_OK)
		return err;
	err = keyfile_read_secret(path, &secrets, why);
	if (err == WH_OK)
		err = edit(arg, &secrets, why);
	if (err == WH_OK)
		err = replace(path, fd, &secrets, why);
	if (err == WH_OK)
		*out = secrets;
	(void)close(fd);
	key_secrets_wipe(&secrets);
	return err;
}
