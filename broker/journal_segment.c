/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/journal_segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "broker/journal_format.h"
#include "proto/base/file.h"
#include "proto/base/hash.h"
#include "proto/base/mem.h"

#define SLICE     ((size_t)1024 * 1024)
#define PREPARING "next.tmp"

static enum wh_err
sync_dir(const struct segments *s)
{
	int fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		close(fd);
	return rc == 0 ? WH_OK : WH_IO;
}

/* O_DIRECT keeps the page cache out of the way; not all file systems can. */
static int
open_durable(const char *path)
{
	int fd = open(path, O_RDWR | O_DIRECT | O_DSYNC | O_CLOEXEC);

	if (fd < 0 && errno == EINVAL)
		fd = open(path, O_RDWR | O_DSYNC | O_CLOEXEC);
	return fd;
}

static enum wh_err
add(struct segments *s, uint64_t number, char *path)
{
	int fd = open_durable(path);

	if (fd < 0) {
		mem_free(path);
		return WH_IO;
	}
	s->list = mem_grow(s->list, (s->count + 1) * sizeof(*s->list));
	s->list[s->count++] =
	    (struct segment){.number = number, .fd = fd, .path = path};
	if (number >= s->next)
		s->next = number + 1;
	return WH_OK;
}

static int
is_segment(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len == 20 && strspn(entry->d_name, "0123456789") == 16 &&
	       strcmp(entry->d_name + 16, ".wal") == 0;
}

static enum wh_err
check_header(struct segment *segment, struct why *why)
{
	uint8_t *block = NULL;
	bool good = false;

	if (posix_memalign((void **)&block, JOURNAL_BLOCK, JOURNAL_BLOCK) != 0)
		abort();
	if (pread(segment->fd, block, JOURNAL_BLOCK, 0) == JOURNAL_BLOCK)
		good = segment_header_read(span_of(block, JOURNAL_BLOCK),
		    segment->number, &segment->mark);
	free(block);
	return good ? WH_OK
		    : why_set(why, WH_CORRUPT,
			  "journal: the first block of %s is damaged; restore "
			  "the folder from a backup",
			  segment->path);
}

static enum wh_err
list_segments(struct segments *segments, struct why *why)
{
	struct dirent **names = NULL;
	enum wh_err err = WH_OK;
	int n, i;

	n = scandir(segments->dir, &names, is_segment, alphasort);
	if (n < 0)
		return why_set(why, WH_IO, "journal %s: cannot be read",
		    segments->dir);
	for (i = 0; i < n; i++) {
		if (err == WH_OK)
			err =
			    add(segments, strtoull(names[i]->d_name, NULL, 10),
				file_path(segments->dir, names[i]->d_name));
		if (err == WH_OK)
			err = check_header(&segments->list[segments->count - 1],
			    why);
		free(names[i]);
	}
	free(names);
	return err;
}

enum wh_err
segments_open(struct segments *segments, const char *dir, size_t bytes,
    struct why *why)
{
	char *left_over;
	enum wh_err err;

	*segments = (struct segments){.bytes = bytes, .next = 1, .filling = -1};
	segments->dir = mem_strdup(dir);
	err = file_mkdir(dir, why);
	if (err != WH_OK)
		return err;
	left_over = file_path(segments->dir, PREPARING);
	unlink(left_over); /* never held a record */
	mem_free(left_over);
	return list_segments(segments, why);
}

enum wh_err
segments_read(struct segments *segments, const char *dir, struct why *why)
{
	enum wh_err err;

	*segments = (struct segments){.next = 1, .filling = -1};
	segments->dir = mem_strdup(dir);
	err = list_segments(segments, why);
	if (err != WH_OK)
		segments_close(segments);
	return err;
}

static void
segment_close(struct segment *segment)
{
	close(segment->fd);
	mem_free(segment->path);
}

void
segments_close(struct segments *segments)
{
	size_t i;

	for (i = 0; i < segments->count; i++)
		segment_close(&segments->list[i]);
	if (segments->filling >= 0)
		close(segments->filling);
	mem_free(segments->list);
	mem_free(segments->dir);
}

static enum wh_err
from_errno(void)
{
	return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? WH_FULL
								    : WH_IO;
}

static enum wh_err
begin_filling(struct segments *s)
{
	char *path = file_path(s->dir, PREPARING);
	enum wh_err err = WH_OK;

	s->filling = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	s->filled = 0;
	if (s->filling < 0)
		err = from_errno();
	mem_free(path);
	return err;
}

/* Zeros are really written: blocks that were only reserved cost metadata. */
static enum wh_err
fill_slice(struct segments *s)
{
	static const uint8_t zeros[SLICE];
	size_t len =
	    s->bytes - s->filled < SLICE ? s->bytes - s->filled : SLICE;
	ssize_t n = pwrite(s->filling, zeros, len, (off_t)s->filled);

	if (n < 0)
		return from_errno();
	s->filled += (size_t)n;
	/* A bit at a time: one flush of all would hold up the next append. */
	return fdatasync(s->filling) == 0 ? WH_OK : from_errno();
}

/* Number it, make it durable under its name, and add it to the list. */
static enum wh_err
finish_filling(struct segments *s)
{
	uint8_t header[JOURNAL_BLOCK];
	struct id mark;
	char name[32];
	char *from, *to;
	enum wh_err err = WH_OK;

	random_fill(mark.b, sizeof(mark.b));
	segment_header_encode(s->next, &mark, header);
	if (pwrite(s->filling, header, sizeof(header), 0) !=
		(ssize_t)sizeof(header) ||
	    fsync(s->filling) != 0)
		err = from_errno();
	close(s->filling);
	s->filling = -1;
	if (err != WH_OK)
		return err;
	snprintf(name, sizeof(name), "%016llu.wal",
	    (unsigned long long)s->next);
	from = file_path(s->dir, PREPARING);
	to = file_path(s->dir, name);
	if (rename(from, to) != 0)
		err = from_errno();
	mem_free(from);
	if (err == WH_OK)
		err = sync_dir(s);
	if (err != WH_OK) {
		mem_free(to);
		return err;
	}
	err = add(s, s->next, to);
	if (err == WH_OK)
		s->list[s->count - 1].mark = mark;
	return err;
}

enum wh_err
segments_prepare(struct segments *segments)
{
	enum wh_err err = WH_OK;

	if (segments->filling < 0)
		err = begin_filling(segments);
	if (err == WH_OK && segments->filled < segments->bytes)
		err = fill_slice(segments);
	if (err == WH_OK && segments->filled == segments->bytes)
		err = finish_filling(segments);
	return err;
}

void
segments_retire_first(struct segments *segments)
{
	struct segment first = segments->list[0];

	segments->count--;
	segments->active--;
	memmove(segments->list, segments->list + 1,
	    segments->count * sizeof(*segments->list));
	/* The oldest goes first, so that what is left has no gap. */
	unlink(first.path);
	segment_close(&first);
}

enum wh_err
segment_read(const struct segment *segment, uint8_t **out, size_t *len,
    struct why *why)
{
	return file_read(segment->path, SIZE_MAX / 2, out, len, why);
}

enum wh_err
segment_write(const struct segment *segment, size_t offset, struct span bytes)
{
	size_t done = 0;
	ssize_t n;

	while (done < bytes.len) {
		n = pwrite(segment->fd, bytes.p + done, bytes.len - done,
		    (off_t)(offset + done));
		if (n <= 0)
			return WH_IO;
		done += (size_t)n;
	}
	return WH_OK;
}
