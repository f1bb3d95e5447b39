/* SPDX-License-Identifier: EUPL-1.2 */
#include <stddef.h>
#include <stdlib.h>

/*
 * What the static libraries would bring along and this program must not have:
 * sockets, name resolution, code loaded at run time. It stands here empty, so
 * that the linker takes it from nowhere else. Nothing calls it; whoever does
 * all the same gets no further.
 */
#define ABSENT(X)                                                              \
	X(socket)                                                              \
	X(connect)                                                             \
	X(bind)                                                                \
	X(listen)                                                              \
	X(accept)                                                              \
	X(getsockname)                                                         \
	X(getsockopt)                                                          \
	X(setsockopt)                                                          \
	X(shutdown)                                                            \
	X(recv)                                                                \
	X(recvfrom)                                                            \
	X(recvmsg)                                                             \
	X(recvmmsg)                                                            \
	X(send)                                                                \
	X(sendto)                                                              \
	X(sendmsg)                                                             \
	X(sendmmsg)                                                            \
	X(getaddrinfo)                                                         \
	X(freeaddrinfo)                                                        \
	X(gai_strerror)                                                        \
	X(getnameinfo)                                                         \
	X(gethostbyname)                                                       \
	X(getservbyname)                                                       \
	X(dlopen)                                                              \
	X(dlsym)                                                               \
	X(dlclose)                                                             \
	X(dlerror)                                                             \
	X(dladdr)

/* No prototype fits them all; they are never returned from. */
#define ABSENT_ENTRY(name)                                                     \
	__attribute__((noreturn)) void name(void);                             \
	__attribute__((noreturn)) void name(void)                              \
	{                                                                      \
		abort();                                                       \
	}
ABSENT(ABSENT_ENTRY)
