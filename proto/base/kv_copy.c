/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "proto/base/file.h"
#include "proto/base/kv_impl.h"
#include "proto/base/mem.h"

/* A compacted, durable copy in a file that is not there yet. */
static enum wh_err
copy_to(struct kv *kv, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int rc;

	if (fd < 0)
		return kv_from_mdb(errno);
	rc = mdb_env_copyfd2(kv->env, fd, MDB_CP_COMPACT);
	if (rc == 0 && fsync(fd) != 0)
		rc = errno;
	if (close(fd) != 0 && rc == 0)
		rc = errno;
	if (rc != 0)
		unlink(path);
	return kv_from_mdb(rc);
}

enum wh_err
kv_copy(struct kv *kv, const char *dir)
{
	enum wh_err err = file_mkdir(dir, NULL);
	char *path;

	if (err != WH_OK)
		return err;
	path = file_path(dir, "data.mdb");
	err = copy_to(kv, path);
	if (err == WH_OK)
		err = file_sync_dir(dir);
	if (err != WH_OK && err != WH_EXISTS)
		unlink(path);
	mem_free(path);
	return err;
}

/*
 * A process that reads the old file keeps the old lock file with it: the new
 * env gets one of its own, or it would go by transactions of the other.
 */
static enum wh_err
take_place(struct kv *kv, const char *fresh)
{
	char *data = file_path(kv->dir, "data.mdb");
	char *lock = file_path(kv->dir, "lock.mdb");
	int fd = kv_folder_lock(kv->dir, LOCK_EX);
	enum wh_err err = fd < 0 ? WH_IO : WH_OK;

	if (err == WH_OK) {
		mdb_env_close(kv->env);
		kv->env = NULL;
		if ((unlink(lock) != 0 && errno != ENOENT) ||
		    rename(fresh, data) != 0)
			err = WH_IO;
	}
	if (err == WH_OK)
		err = file_sync_dir(kv->dir);
	if (err == WH_OK)
		err = kv_open_env(kv);
	if (fd >= 0)
		close(fd);
	mem_free(lock);
	mem_free(data);
	return err;
}

enum wh_err
kv_compact(struct kv *kv)
{
	char *fresh = file_path(kv->dir, "fresh.mdb");
	enum wh_err err;

	unlink(fresh); /* of an attempt that was cut off */
	err = copy_to(kv, fresh);
	if (err == WH_OK) {
		err = take_place(kv, fresh);
		if (err == WH_OK)
			err = kv_open_tables(kv);
		if (err != WH_OK)
			err = WH_IO;
	}
	mem_free(fresh);
	if (err == WH_OK)
		(void)kv_grow(kv); /* as in kv_open() */
	return err;
}
