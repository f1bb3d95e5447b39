/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/proc.h"
#include "tests/support.h"

static void
test_signals_are_read_in_their_turn_instead_of_ending_us(void **state)
{
	int fd = -1;

	(void)state;
	assert_int_equal(proc_signals_open(&fd), WH_OK);
	assert_int_equal(proc_signal_next(fd), 0);
	raise(SIGHUP);
	assert_int_equal(proc_signal_next(fd), SIGHUP);
	raise(SIGTERM);
	assert_int_equal(proc_signal_next(fd), SIGTERM);
	raise(SIGINT);
	assert_int_equal(proc_signal_next(fd), SIGINT);
	raise(SIGPIPE);
	assert_int_equal(proc_signal_next(fd), 0);
	close(fd);
}

/* In a child: leak detection needs the rights that are given up here. */
static void
test_memory_is_not_dumped(void **state)
{
	struct rlimit core = {1, 1};
	int status = -1;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		proc_no_dump();
		_exit(prctl(PR_GET_DUMPABLE) == 0 &&
			      getrlimit(RLIMIT_CORE, &core) == 0 &&
			      core.rlim_cur == 0 && core.rlim_max == 0
			  ? 0
			  : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
test_the_service_manager_hears_what_we_notify(void **state)
{
	char *dir = support_dir_new();
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char heard[64] = "";
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ssize_t n;

	(void)state;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/n", dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)),
	    0);
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	proc_notify("READY=1");
	n = recv(fd, heard, sizeof(heard) - 1, MSG_DONTWAIT);
	assert_true(n > 0);
	assert_string_equal(heard, "READY=1");
	unsetenv("NOTIFY_SOCKET");
	proc_notify("READY=1");
	assert_int_equal(recv(fd, heard, sizeof(heard), MSG_DONTWAIT), -1);
	close(fd);
	support_dir_remove(dir);
}

static void
test_the_watchdog_is_fed_at_half_its_time(void **state)
{
	char pid[24];

	(void)state;
	unsetenv("WATCHDOG_USEC");
	assert_int_equal(proc_watchdog_ms(), 0);
	setenv("WATCHDOG_USEC", "20000000", 1);
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(proc_watchdog_ms(), 10000);
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(proc_watchdog_ms(), 0);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

static void
test_a_folder_has_one_instance_until_it_ends(void **state)
{
	char *dir = support_dir_new();
	struct why why;
	int status = -1;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		_exit(proc_lock(dir, NULL) == WH_OK ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(proc_lock(dir, &why), WH_OK);
	assert_int_equal(proc_lock(dir, &why), WH_EXISTS);
	assert_non_null(strstr(why.text, "in use by another process"));
	support_dir_remove(dir);
}

static void
test_a_folder_that_is_not_there_cannot_be_locked(void **state)
{
	char *dir = support_dir_new();
	char *absent = support_path(dir, "absent");
	struct why why;

	(void)state;
	assert_int_equal(proc_lock(absent, &why), WH_IO);
	assert_non_null(strstr(why.text, "absent/lock"));
	free(absent);
	support_dir_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_signals_are_read_in_their_turn_instead_of_ending_us),
	    cmocka_unit_test(test_memory_is_not_dumped),
	    cmocka_unit_test(test_the_service_manager_hears_what_we_notify),
	    cmocka_unit_test(test_the_watchdog_is_fed_at_half_its_time),
	    cmocka_unit_test(test_a_folder_has_one_instance_until_it_ends),
	    cmocka_unit_test(test_a_folder_that_is_not_there_cannot_be_locked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
