/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A main() for fuzz targets without libFuzzer: the empty input, each seed of a
 * folder, and mutations of each. The same inputs in every run: what fails here
 * fails everywhere.
 *
 *   replay [-n MUTATIONS] CORPUS|FILE...
 *
 * An absent folder counts as an empty one. The input that ends the program is
 * kept in crash-<program> in the working folder; replay that file to see why.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

enum {
	INPUT_MAX = 1 << 20,
	GROWTH_MAX = 4096,
	STEPS_MAX = 6
};

/* The sanitizers call these when they start: what they find is an abort(). */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

struct seed {
	uint8_t *bytes; /* owned */
	size_t len;
};

static struct seed *seeds; /* owned */
static size_t seed_count;
static uint64_t state;
static const uint8_t *running; /* borrowed from run() */
static size_t running_len;
static char crash_name[256];

const char *
__asan_default_options(void)
{
	return "abort_on_error=1";
}

const char *
__ubsan_default_options(void)
{
	return "abort_on_error=1:print_stacktrace=1";
}

static void
keep_running(void)
{
	static const char kept[] = "replay: input kept in crash-*\n";
	int fd;

	if (running == NULL)
		return;
	fd = open(crash_name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		return;
	if (write(fd, running, running_len) == (ssize_t)running_len)
		(void)!write(STDERR_FILENO, kept, sizeof(kept) - 1);
	close(fd);
}

static void
on_signal(int number)
{
	keep_running();
	signal(number, SIG_DFL);
	raise(number);
}

static void
keep_what_kills(const char *program)
{
	static const int numbers[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE};
	const char *slash = strrchr(program, '/');
	const char *name = slash != NULL ? slash + 1 : program;

	snprintf(crash_name, sizeof(crash_name), "crash-%.200s", name);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		void (*before)(int) = signal(numbers[i], on_signal);

		/* A sanitizer says more, and then aborts. */
		if (before != SIG_DFL)
			signal(numbers[i], before);
	}
}

/* splitmix64, https://prng.di.unimi.it/splitmix64.c (public domain). */
static uint64_t
random_next(void)
{
	uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static size_t
below(size_t limit)
{
	return limit == 0 ? 0 : (size_t)(random_next() % limit);
}

/* In a block of exactly its size, so that a sanitizer sees one byte too far. */
static void
run(const uint8_t *bytes, size_t len)
{
	uint8_t *input = malloc(len);

	if (input == NULL && len > 0)
		abort();
	if (len > 0)
		memcpy(input, bytes, len);
	running = input;
	running_len = len;
	LLVMFuzzerTestOneInput(input, len);
	running_len = 0;
	running = NULL;
	free(input);
}

static size_t
insert(uint8_t *bytes, size_t len, size_t at, const uint8_t *from, size_t count)
{
	memmove(bytes + at + count, bytes + at, len - at);
	memcpy(bytes + at, from, count);
	return len + count;
}

static size_t
erase(uint8_t *bytes, size_t len, size_t at, size_t count)
{
	memmove(bytes + at, bytes + at + count, len - at - count);
	return len - count;
}

/* A piece of this input or of another seed, somewhere else. */
static size_t
add_piece(uint8_t *bytes, size_t len, size_t room)
{
	uint8_t piece[64];
	const struct seed *from = &seeds[below(seed_count)];
	size_t start = below(from->len);
	size_t count = below(sizeof(piece)) + 1;

	if (count > from->len - start)
		count = from->len - start;
	if (count == 0 || count > room)
		return len;
	memcpy(piece, from->bytes + start, count);
	return insert(bytes, len, below(len + 1), piece, count);
}

/* Texts that parsers treat in a special way. */
static size_t
insert_token(uint8_t *bytes, size_t len, size_t room)
{
	static const char *const tokens[] = {"\xff\xff\xff\xff\x0f", "\n",
	    "\r\n", "\"", "\\", "{", "}", "[", "<", ">", "&", "%", "..", "/",
	    ":", ",", "-1", "0", "1e999", "18446744073709551616", "null",
	    "\\u0000", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
	    "\xef\xbb\xbf"};
	const char *token = tokens[below(sizeof(tokens) / sizeof(tokens[0]))];
	size_t count = strlen(token);

	if (count > room)
		return len;
	return insert(bytes, len, below(len + 1), (const uint8_t *)token,
	    count);
}

static size_t
mutate_one(uint8_t *bytes, size_t len, size_t room)
{
	static const uint8_t edges[] = {0, 1, 0x7f, 0x80, 0xfe, 0xff};
	uint8_t any = (uint8_t)random_next();

	switch (len == 0 ? 6 + below(2) : below(8)) {
	case 0:
		bytes[below(len)] ^= (uint8_t)(1U << below(8));
		return len;
	case 1:
		bytes[below(len)] = edges[below(sizeof(edges))];
		return len;
	case 2:
		bytes[below(len)] = any;
		return len;
	case 3:
		return below(len);
	case 4:
		any = (uint8_t)(below(len < 16 ? len : 16) + 1);
		return erase(bytes, len, below(len - any + 1), any);
	case 5:
		return add_piece(bytes, len, room);
	case 6:
		return insert_token(bytes, len, room);
	default:
		return room == 0 ? len
				 : insert(bytes, len, below(len + 1), &any, 1);
	}
}

static void
mutate(const struct seed *seed, unsigned long count)
{
	uint8_t *bytes = malloc(seed->len + GROWTH_MAX);

	if (bytes == NULL)
		abort();
	for (unsigned long i = 0; i < count; i++) {
		size_t len = seed->len;
		size_t steps = below(STEPS_MAX) + 1;

		if (len > 0)
			memcpy(bytes, seed->bytes, len);
		while (steps-- > 0)
			len = mutate_one(bytes, len,
			    seed->len + GROWTH_MAX - len);
		run(bytes, len);
	}
	free(bytes);
}

static void
add_seed(uint8_t *bytes, size_t len)
{
	seeds = realloc(seeds, (seed_count + 1) * sizeof(*seeds));
	if (seeds == NULL)
		abort();
	seeds[seed_count].bytes = bytes;
	seeds[seed_count].len = len;
	seed_count++;
}

static void
fail(const char *path)
{
	fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
	exit(2);
}

static void
add_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = malloc(INPUT_MAX);

	if (file == NULL || bytes == NULL)
		fail(path);
	add_seed(bytes, fread(bytes, 1, INPUT_MAX, file));
	if (ferror(file))
		fail(path);
	fclose(file);
}

static void
add_folder(const char *path)
{
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, NULL, alphasort);

	if (count < 0)
		fail(path);
	for (int i = 0; i < count; i++) {
		char name[4096];

		snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			add_file(name);
		free(entries[i]);
	}
	free(entries);
}

static void
add_path(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		if (errno != ENOENT)
			fail(path);
	} else if (S_ISDIR(st.st_mode)) {
		add_folder(path);
	} else {
		add_file(path);
	}
}

int
main(int argc, char **argv)
{
	unsigned long mutations = 0;
	int option;

	while ((option = getopt(argc, argv, "n:")) != -1) {
		if (option != 'n')
			return 2;
		mutations = strtoul(optarg, NULL, 10);
	}
	keep_what_kills(argv[0]);
	add_seed(NULL, 0);
	for (int i = optind; i < argc; i++)
		add_path(argv[i]);
	for (size_t i = 0; i < seed_count; i++) {
		run(seeds[i].bytes, seeds[i].len);
		state = i;
		mutate(&seeds[i], mutations);
	}
	printf("%zu seeds, %lu mutations of each\n", seed_count, mutations);
	for (size_t i = 0; i < seed_count; i++)
		free(seeds[i].bytes);
	free(seeds);
	return 0;
}
