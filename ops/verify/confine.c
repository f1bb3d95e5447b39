/* SPDX-License-Identifier: EUPL-1.2 */
#include "ops/verify/confine.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#else
#define MACHINE 0
#endif

/* Low half of an argument: all machines above are little-endian. */
#define ARGUMENT(n)                                                            \
	((unsigned)(offsetof(struct seccomp_data, args) + (n) * sizeof(__u64)))

#define LOAD(at)  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (at))
#define END(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define KILL      END(SECCOMP_RET_KILL_PROCESS)
#define ALLOW(nr)                                                              \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), END(SECCOMP_RET_ALLOW)

/* Only to read: none of the flags that write or make. */
#define NOT_ONLY_READ (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)

static struct sock_filter rules[] = {LOAD(offsetof(struct seccomp_data, arch)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0), KILL,
    LOAD(offsetof(struct seccomp_data, nr)), ALLOW(SYS_read), ALLOW(SYS_write),
    ALLOW(SYS_writev), ALLOW(SYS_close), ALLOW(SYS_fstat),
    ALLOW(SYS_newfstatat), ALLOW(SYS_lseek), ALLOW(SYS_brk), ALLOW(SYS_mmap),
    ALLOW(SYS_munmap), ALLOW(SYS_mremap), ALLOW(SYS_madvise), ALLOW(SYS_futex),
    ALLOW(SYS_getrandom), ALLOW(SYS_exit), ALLOW(SYS_exit_group),
    /* abort() and the sanitizers, so that they end as they should */
    ALLOW(SYS_rt_sigprocmask), ALLOW(SYS_getpid), ALLOW(SYS_gettid),
    ALLOW(SYS_tgkill), ALLOW(SYS_rt_sigreturn), ALLOW(SYS_sigaltstack),
    /* openat: flags are the third argument */
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 4), LOAD(ARGUMENT(2)),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NOT_ONLY_READ, 1, 0),
    END(SECCOMP_RET_ALLOW), KILL,
    /* ioctl: is standard output a terminal? */
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3), LOAD(ARGUMENT(1)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TCGETS, 0, 1), END(SECCOMP_RET_ALLOW),
    KILL};

static bool confined;

#if defined(__SANITIZE_ADDRESS__)
/* Asked by the leak checker at the end: it would need what is given up. */
int __lsan_is_turned_off(void);
int
__lsan_is_turned_off(void)
{
	return confined;
}
#endif

enum wh_err
confine(void)
{
	struct sock_fprog program = {sizeof(rules) / sizeof(rules[0]), rules};

	if (MACHINE == 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return WH_UNSUPPORTED;
	confined = true;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		return WH_UNSUPPORTED;
	return WH_OK;
}
