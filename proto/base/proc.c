/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "proto/base/file.h"
#include "proto/base/mem.h"

enum wh_err
proc_signals_open(int *fd)
{
	sigset_t set;
	int made;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return WH_IO;
	made = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (made < 0)
		return WH_IO;
	*fd = made;
	return WH_OK;
}

int
proc_signal_next(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}

void
proc_no_dump(void)
{
	const struct rlimit none = {0, 0};

	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)setrlimit(RLIMIT_CORE, &none);
}

void
proc_notify(const char *state)
{
	(void)sd_notify(0, state);
}

int64_t
proc_watchdog_ms(void)
{
	uint64_t usec = 0;

	return sd_watchdog_enabled(0, &usec) > 0 ? (int64_t)(usec / 2000) : 0;
}

enum wh_err
proc_lock(const char *dir, struct why *why)
{
	char *path = file_path(dir, "lock");
	enum wh_err err = WH_OK;
	int fd;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		err = why_set(why, WH_IO, "%s: %s", path, strerror(errno));
	else if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		err =
		    errno == EWOULDBLOCK
			? why_set(why, WH_EXISTS,
			      "%s is in use by another process; stop that "
			      "one first",
			      dir)
			: why_set(why, WH_IO, "%s: %s", path, strerror(errno));
	/* Held, with its descriptor, until the process ends. */
	if (err != WH_OK && fd >= 0)
		close(fd);
	mem_free(path);
	return err;
}
