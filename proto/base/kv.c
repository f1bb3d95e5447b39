/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/file.h"
#include "proto/base/hash.h"
#include "proto/base/kv_impl.h"
#include "proto/base/mem.h"

#define CRC_LEN     4
#define FREE_DBI    0 /* LMDB's own table of free pages */
#define READERS_MAX 126

/* LMDB loses its locks when one process opens a folder twice. */
static struct kv *open_stores;

enum wh_err
kv_from_mdb(int rc)
{
	switch (rc) {
	case MDB_SUCCESS:
		return WH_OK;
	case MDB_NOTFOUND:
		return WH_NOT_FOUND;
	case MDB_MAP_FULL:
	case MDB_TXN_FULL:
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return WH_FULL;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
		return WH_CORRUPT;
	case MDB_VERSION_MISMATCH:
		return WH_UNSUPPORTED;
	case MDB_READERS_FULL:
		return WH_AGAIN;
	case EEXIST:
		return WH_EXISTS;
	case MDB_BAD_VALSIZE:
		return WH_TOO_BIG;
	case ENOENT:
		return WH_NOT_FOUND;
	default:
		return WH_IO;
	}
}

/* After an error LMDB knows only MDB_BAD_TXN: tell what it was. */
static enum wh_err
from_txn(const struct kv_txn *txn, int rc)
{
	return rc == MDB_BAD_TXN && txn->failed != WH_OK ? txn->failed
							 : kv_from_mdb(rc);
}

static uint32_t
value_crc(struct span key, struct span value)
{
	return crc32c(crc32c(0, key), value);
}

static bool
is_open(const char *dir)
{
	const struct kv *kv;

	for (kv = open_stores; kv != NULL; kv = kv->next)
		if (strcmp(kv->dir, dir) == 0)
			return true;
	return false;
}

enum wh_err
kv_open_tables(struct kv *kv)
{
	unsigned flags = kv->mode == KV_READ_WRITE ? MDB_CREATE : 0;
	MDB_txn *txn = NULL;
	unsigned i;
	int rc;

	rc = mdb_txn_begin(kv->env, NULL,
	    kv->mode == KV_READ_ONLY ? MDB_RDONLY : 0, &txn);
	for (i = 0; rc == 0 && i < kv->table_count; i++)
		rc = mdb_dbi_open(txn, kv->names[i], flags, &kv->tables[i]);
	if (rc == 0) {
		rc = mdb_txn_commit(txn);
		txn = NULL; /* freed by commit either way */
	}
	if (txn != NULL)
		mdb_txn_abort(txn);
	return kv_from_mdb(rc);
}

int
kv_folder_lock(const char *dir, int how)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && flock(fd, how) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

enum wh_err
kv_open_env(struct kv *kv)
{
	unsigned flags = MDB_NOTLS | MDB_NORDAHEAD;
	int dead;
	int rc;

	if (kv->mode == KV_READ_ONLY)
		flags |= MDB_RDONLY;
	rc = mdb_env_create(&kv->env);
	if (rc == 0)
		rc = mdb_env_set_maxdbs(kv->env, kv->table_count);
	if (rc == 0)
		rc = mdb_env_set_maxreaders(kv->env, READERS_MAX);
	if (rc == 0 && kv->map_bytes > 0)
		rc = mdb_env_set_mapsize(kv->env, kv->map_bytes);
	if (rc == 0)
		rc = mdb_env_open(kv->env, kv->dir, flags, 0600);
	if (rc == 0)
		rc = mdb_reader_check(kv->env, &dead);
	return kv_from_mdb(rc);
}

static enum wh_err
open_locked(struct kv *kv)
{
	int fd = kv_folder_lock(kv->dir, LOCK_SH);
	enum wh_err err = fd < 0 ? WH_IO : kv_open_env(kv);

	if (fd >= 0)
		close(fd);
	return err;
}

enum wh_err
kv_open(const char *dir, const struct kv_options *options, struct kv **out,
    struct why *why)
{
	char real[PATH_MAX];
	struct kv *kv = NULL;
	unsigned i;
	enum wh_err err;

	if (options->mode == KV_READ_WRITE) {
		err = file_mkdir(dir, why);
		if (err != WH_OK)
			return err;
	}
	if (realpath(dir, real) == NULL)
		return why_set(why, WH_NOT_FOUND, "%s: no such folder", dir);
	if (is_open(real))
		return why_set(why, WH_EXISTS, "%s: is open in this process",
		    dir);
	kv = mem_new(sizeof(*kv));
	kv->dir = mem_strdup(real);
	kv->mode = options->mode;
	kv->grow_bytes = options->grow_bytes;
	kv->map_bytes = options->map_bytes;
	kv->table_count = (unsigned)options->table_count;
	kv->names = mem_new(options->table_count * sizeof(*kv->names));
	for (i = 0; i < kv->table_count; i++)
		kv->names[i] = mem_strdup(options->tables[i]);
	kv->tables = mem_new(options->table_count * sizeof(*kv->tables));
	kv->next = open_stores;
	open_stores = kv;
	err = open_locked(kv);
	if (err == WH_OK)
		err = kv_open_tables(kv);
	/* LMDB never syncs the folder: a new store could vanish. */
	if (err == WH_OK && kv->mode == KV_READ_WRITE)
		err = file_sync_dir(kv->dir);
	if (err != WH_OK) {
		why_set(why, err, "%s: cannot be opened as a store: %s", dir,
		    wh_err_str(err));
		kv_close(kv);
		return err;
	}
	/* A full disk must not keep us from reading and removing: the caller
	 * hears of it when it grows the store itself. */
	if (kv->mode == KV_READ_WRITE)
		(void)kv_grow(kv);
	*out = kv;
	return WH_OK;
}

void
kv_close(struct kv *kv)
{
	struct kv **at;
	unsigned i;

	if (kv == NULL)
		return;
	for (at = &open_stores; *at != NULL; at = &(*at)->next)
		if (*at == kv) {
			*at = kv->next;
			break;
		}
	if (kv->env != NULL)
		mdb_env_close(kv->env);
	for (i = 0; i < kv->table_count; i++)
		mem_free(kv->names[i]);
	mem_free(kv->names);
	mem_free(kv->tables);
	mem_free(kv->dir);
	mem_free(kv);
}

enum wh_err
kv_begin(struct kv *kv, enum kv_mode mode, struct kv_txn **out)
{
	MDB_txn *txn;
	struct kv_txn *made;
	int rc;

	rc = mdb_txn_begin(kv->env, NULL, mode == KV_READ_ONLY ? MDB_RDONLY : 0,
	    &txn);
	if (rc != 0)
		return kv_from_mdb(rc);
	made = mem_new(sizeof(*made));
	made->kv = kv;
	made->txn = txn;
	*out = made;
	return WH_OK;
}

enum wh_err
kv_commit(struct kv_txn **txn)
{
	enum wh_err err = (*txn)->failed;

	if (err != WH_OK)
		mdb_txn_abort((*txn)->txn);
	else
		err = kv_from_mdb(mdb_txn_commit((*txn)->txn));
	mem_free(*txn);
	*txn = NULL;
	return err;
}

void
kv_abort(struct kv_txn **txn)
{
	if (*txn == NULL)
		return;
	mdb_txn_abort((*txn)->txn);
	mem_free(*txn);
	*txn = NULL;
}

static MDB_val
val_of(struct span span)
{
	/* LMDB does not write through the values that it is given. */
	return (MDB_val){.mv_size = span.len,
	    .mv_data =
		(void *)(uintptr_t)(span.len == 0 ? "" : (const void *)span.p)};
}

static bool
key_fits(struct span key)
{
	return key.len >= 1 && key.len <= KV_KEY_MAX;
}

enum wh_err
kv_put(struct kv_txn *txn, unsigned table, struct span key, struct span value)
{
	MDB_val k = val_of(key);
	MDB_val v = {.mv_size = value.len + CRC_LEN};
	uint32_t crc = value_crc(key, value);
	uint8_t *p;
	int i, rc;

	if (!key_fits(key))
		return WH_TOO_BIG;
	rc = mdb_put(txn->txn, txn->kv->tables[table], &k, &v, MDB_RESERVE);
	if (rc != 0) {
		/* Pages may be half changed: nothing of it may be committed. */
		txn->failed = from_txn(txn, rc);
		return txn->failed;
	}
	p = v.mv_data;
	if (value.len > 0)
		memcpy(p, value.p, value.len);
	for (i = 0; i < CRC_LEN; i++)
		p[value.len + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
	return WH_OK;
}

enum wh_err
kv_del(struct kv_txn *txn, unsigned table, struct span key)
{
	MDB_val k = val_of(key);
	int rc;

	if (!key_fits(key))
		return WH_NOT_FOUND;
	rc = mdb_del(txn->txn, txn->kv->tables[table], &k, NULL);
	if (rc != 0 && rc != MDB_NOTFOUND)
		txn->failed = from_txn(txn, rc);
	return from_txn(txn, rc);
}

enum wh_err
kv_checked(struct span key, const MDB_val *v, struct span *value)
{
	const uint8_t *p = v->mv_data;
	struct span bytes;
	uint32_t crc = 0;
	int i;

	if (v->mv_size < CRC_LEN)
		return WH_CORRUPT;
	bytes = span_of(p, v->mv_size - CRC_LEN);
	for (i = 0; i < CRC_LEN; i++)
		crc = crc << 8 | p[bytes.len + (size_t)i];
	if (crc != value_crc(key, bytes))
		return WH_CORRUPT;
	*value = bytes;
	return WH_OK;
}

enum wh_err
kv_peek(struct kv_txn *txn, unsigned table, struct span key, struct span *value)
{
	MDB_val k = val_of(key);
	MDB_val v;
	int rc;

	if (!key_fits(key))
		return WH_NOT_FOUND;
	rc = mdb_get(txn->txn, txn->kv->tables[table], &k, &v);
	return rc == 0 ? kv_checked(key, &v, value) : from_txn(txn, rc);
}

enum walk {
	WALK_SEEK,
	WALK_NEXT,
	WALK_PREV,
	WALK_LAST
};

static int
land(MDB_cursor *cursor, enum walk how, struct span key, MDB_val *k, MDB_val *v)
{
	int rc;

	if (how == WALK_LAST)
		return mdb_cursor_get(cursor, k, v, MDB_LAST);
	/* It is before every other key, but LMDB does not take it. */
	if (key.len == 0)
		return how == WALK_PREV
			   ? MDB_NOTFOUND
			   : mdb_cursor_get(cursor, k, v, MDB_FIRST);
	*k = val_of(key);
	rc = mdb_cursor_get(cursor, k, v, MDB_SET_RANGE);
	if (how == WALK_PREV && (rc == 0 || rc == MDB_NOTFOUND))
		return mdb_cursor_get(cursor, k, v,
		    rc == 0 ? MDB_PREV : MDB_LAST);
	if (how == WALK_NEXT && rc == 0 &&
	    span_equal(span_of(k->mv_data, k->mv_size), key))
		return mdb_cursor_get(cursor, k, v, MDB_NEXT);
	return rc;
}

/* One step of a short-lived cursor. */
static enum wh_err
step(struct kv_txn *txn, unsigned table, enum walk how, struct span *key,
    struct span *value)
{
	MDB_cursor *cursor = NULL;
	MDB_val k, v;
	struct span found;
	enum wh_err err;
	int rc;

	rc = mdb_cursor_open(txn->txn, txn->kv->tables[table], &cursor);
	if (rc == 0)
		rc = land(cursor, how, *key, &k, &v);
	if (rc != 0) {
		err = from_txn(txn, rc);
		goto out;
	}
	/* The key also when the value is damaged: a walk can go on. */
	found = span_of(k.mv_data, k.mv_size);
	err = kv_checked(found, &v, value);
	*key = found;
out:
	if (cursor != NULL)
		mdb_cursor_close(cursor);
	return err;
}

enum wh_err
kv_seek(struct kv_txn *txn, unsigned table, struct span *key,
    struct span *value)
{
	return step(txn, table, WALK_SEEK, key, value);
}

enum wh_err
kv_next(struct kv_txn *txn, unsigned table, struct span *key,
    struct span *value)
{
	return step(txn, table, WALK_NEXT, key, value);
}

enum wh_err
kv_prev(struct kv_txn *txn, unsigned table, struct span *key,
    struct span *value)
{
	return step(txn, table, WALK_PREV, key, value);
}

enum wh_err
kv_last(struct kv_txn *txn, unsigned table, struct span *key,
    struct span *value)
{
	return step(txn, table, WALK_LAST, key, value);
}

enum wh_err
kv_count(struct kv_txn *txn, unsigned table, uint64_t *out)
{
	MDB_stat stat;
	int rc = mdb_stat(txn->txn, txn->kv->tables[table], &stat);

	if (rc == 0)
		*out = stat.ms_entries;
	return from_txn(txn, rc);
}

/*
 * Pages that LMDB will use again before it takes new ones, as of the last
 * commit: its table of them can be read in a read transaction only.
 */
static enum wh_err
free_pages(struct kv *kv, size_t *out)
{
	MDB_txn *txn = NULL;
	MDB_cursor *cursor = NULL;
	MDB_val k, v;
	size_t pages = 0, n;
	int rc;

	rc = mdb_txn_begin(kv->env, NULL, MDB_RDONLY, &txn);
	if (rc == 0)
		rc = mdb_cursor_open(txn, FREE_DBI, &cursor);
	while (rc == 0) {
		rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
		if (rc == 0) {
			memcpy(&n, v.mv_data, sizeof(n));
			pages += n;
		}
	}
	if (cursor != NULL)
		mdb_cursor_close(cursor);
	if (txn != NULL)
		mdb_txn_abort(txn);
	if (rc == MDB_NOTFOUND)
		*out = pages;
	return rc == MDB_NOTFOUND ? WH_OK : kv_from_mdb(rc);
}

static enum wh_err
disk_bytes(const struct kv *kv, size_t *out)
{
	struct stat st;
	mdb_filehandle_t fd;

	if (mdb_env_get_fd(kv->env, &fd) != 0 || fstat(fd, &st) != 0)
		return WH_IO;
	*out = (size_t)st.st_blocks * 512;
	return WH_OK;
}

enum wh_err
kv_room(struct kv_txn *txn, struct kv_room *out)
{
	MDB_envinfo info;
	MDB_stat stat;
	struct kv_room room;
	size_t pages = 0;
	int dead;
	enum wh_err err;

	/* A reader that was killed keeps all pages since: forget it. */
	err = kv_from_mdb(mdb_reader_check(txn->kv->env, &dead));
	if (err == WH_OK)
		err = kv_from_mdb(mdb_env_info(txn->kv->env, &info));
	if (err == WH_OK)
		err = kv_from_mdb(mdb_env_stat(txn->kv->env, &stat));
	if (err == WH_OK)
		err = free_pages(txn->kv, &pages);
	if (err == WH_OK)
		err = disk_bytes(txn->kv, &room.disk_bytes);
	if (err != WH_OK)
		return err;
	room.map_bytes = info.me_mapsize;
	room.used_bytes = (info.me_last_pgno + 1 - pages) * stat.ms_psize;
	*out = room;
	return WH_OK;
}

enum wh_err
kv_grow(struct kv *kv)
{
	MDB_envinfo info;
	MDB_stat stat;
	mdb_filehandle_t fd;
	size_t used, want, have;
	int rc;

	if (kv->grow_bytes == 0)
		return WH_OK;
	rc = mdb_env_info(kv->env, &info);
	if (rc == 0)
		rc = mdb_env_stat(kv->env, &stat);
	if (rc == 0)
		rc = mdb_env_get_fd(kv->env, &fd);
	if (rc != 0 || disk_bytes(kv, &have) != WH_OK)
		return WH_IO;
	used = (info.me_last_pgno + 1) * stat.ms_psize;
	if (have >= used + kv->grow_bytes / 2)
		return WH_OK;
	want = used + kv->grow_bytes;
	if (want > info.me_mapsize)
		want = info.me_mapsize;
	if (want <= have)
		return WH_OK;
	rc = posix_fallocate(fd, 0, (off_t)want);
	return rc == EOPNOTSUPP || rc == EINVAL ? WH_OK : kv_from_mdb(rc);
}
