/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ops/verify/confine.h"

/* A confined process reads files, and does nothing else to the world. */

struct attempt {
	const char *name;
	long number;
	long args[3];
};

/* What is tried is the bare system call: nothing in between refuses first. */
static void
attempt_in_child(const struct attempt *attempt)
{
	if (confine() != WH_OK)
		_exit(2);
	(void)syscall(attempt->number, attempt->args[0], attempt->args[1],
	    attempt->args[2]);
	(void)syscall(SYS_exit_group, 0);
}

static int
status_after(const struct attempt *attempt)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		attempt_in_child(attempt);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static const char null_path[] = "/dev/null";
#define PATH ((long)(uintptr_t)null_path)

static void
test_whatever_reaches_out_ends_the_process(void **state)
{
	static const struct attempt attempts[] = {
	    {"socket", SYS_socket, {AF_INET, SOCK_STREAM, 0}},
	    {"unix", SYS_socket, {AF_UNIX, SOCK_STREAM, 0}},
	    {"netlink", SYS_socket, {AF_NETLINK, SOCK_RAW, 0}},
	    {"socketpair", SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0}},
	    {"connect", SYS_connect, {0, 0, 0}},
	    {"bind", SYS_bind, {0, 0, 0}},
	    {"listen", SYS_listen, {0, 1, 0}},
	    {"accept4", SYS_accept4, {0, 0, 0}},
	    {"sendto", SYS_sendto, {0, 0, 0}},
	    {"sendmsg", SYS_sendmsg, {0, 0, 0}},
	    {"recvfrom", SYS_recvfrom, {0, 0, 0}},
	    {"recvmsg", SYS_recvmsg, {0, 0, 0}},
	    {"io_uring_setup", SYS_io_uring_setup, {1, 0, 0}},
	    {"execve", SYS_execve, {0, 0, 0}},
	    {"clone", SYS_clone, {SIGCHLD, 0, 0}},
	    {"ptrace", SYS_ptrace, {0, 0, 0}},
	    {"bpf", SYS_bpf, {0, 0, 0}},
	    {"prctl", SYS_prctl, {0, 0, 0}},
	    {"unlinkat", SYS_unlinkat, {AT_FDCWD, 0, 0}},
	    {"write-only", SYS_openat, {AT_FDCWD, PATH, O_WRONLY}},
	    {"read-write", SYS_openat, {AT_FDCWD, PATH, O_RDWR}},
	    {"create", SYS_openat, {AT_FDCWD, PATH, O_CREAT}},
	    {"truncate", SYS_openat, {AT_FDCWD, PATH, O_TRUNC}},
	    {"ioctl", SYS_ioctl, {1, 0x5412 /* TIOCSTI */, PATH}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		int status = status_after(&attempts[i]);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("%s: status %#x", attempts[i].name, status);
	}
}

static void
test_reading_a_file_goes_on(void **state)
{
	static const struct attempt reading = {"openat", SYS_openat,
	    {AT_FDCWD, PATH, O_RDONLY | O_CLOEXEC}};
	int status = status_after(&reading);

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whatever_reaches_out_ends_the_process),
	    cmocka_unit_test(test_reading_a_file_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
