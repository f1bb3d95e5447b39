/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/base/err.h"

#include <stdarg.h>
#include <stdio.h>

const char *
wh_err_str(enum wh_err err)
{
	switch (err) {
	case WH_OK:
		return "ok";
	case WH_INVALID:
		return "invalid";
	case WH_TOO_BIG:
		return "too big";
	case WH_NOT_FOUND:
		return "not found";
	case WH_EXISTS:
		return "exists already";
	case WH_FULL:
		return "no room";
	case WH_AGAIN:
		return "not now";
	case WH_IO:
		return "input/output error";
	case WH_CRYPTO:
		return "signature, tag or key does not hold";
	case WH_CORRUPT:
		return "stored state is damaged";
	case WH_UNSUPPORTED:
		return "not supported";
	case WH_REFUSED:
		return "refused";
	}
	return "unknown error";
}

enum wh_err
why_set(struct why *why, enum wh_err err, const char *format, ...)
{
	va_list args;

	if (why == NULL)
		return err;
	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return err;
}
