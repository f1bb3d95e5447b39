/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_JOURNAL_SEGMENT_H
#define WH_BROKER_JOURNAL_SEGMENT_H

#include "proto/base/err.h"
#include "proto/base/span.h"

/*
 * The files of the journal, "<number>.wal", numbered upwards. A segment is
 * written with zeros before it is used (so that an append changes no metadata)
 * and taken away when the store has what it held: nothing of old commands
 * stays in a file.
 */
struct segment {
	uint64_t number;
	struct id mark;    /* in its header and in each of its records */
	int fd;            /* owned */
	char *path;        /* heap, owned */
	uint64_t last_seq; /* of its records, once it is full */
};

struct segments {
	struct segment
	    *list; /* ascending numbers: full …, active, prepared … */
	size_t count;
	size_t active;
	size_t bytes;  /* of each file */
	char *dir;     /* heap, owned */
	int filling;   /* fd of the file being written with zeros, or -1 */
	size_t filled; /* bytes */
	uint64_t next; /* number */
};

enum wh_err segments_open(struct segments *segments, const char *dir,
    size_t bytes, struct why *why);
void segments_close(struct segments *segments);

/* The same without changing anything: for tools beside a running broker. */
enum wh_err segments_read(struct segments *segments, const char *dir,
    struct why *why);

/*
 * One slice (1 MiB) of preparing the next segment; when it is whole, it joins
 * the list. WH_FULL: no room on the disk; try again later.
 */
enum wh_err segments_prepare(struct segments *segments);

/* The first segment is not needed any more: unlink it. */
void segments_retire_first(struct segments *segments);

/* The whole file; heap, mem_free(). */
enum wh_err segment_read(const struct segment *segment, uint8_t **out,
    size_t *len, struct why *why);

/* Durable when it returns WH_OK. bytes are aligned as O_DIRECT wants. */
enum wh_err segment_write(const struct segment *segment, size_t offset,
    struct span bytes);

#endif
