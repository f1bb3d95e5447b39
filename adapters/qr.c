/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/qr.h"

#include <qrencode.h>
#include <stdio.h>

#include "proto/base/mem.h"

#define MARGIN   4
#define RUN_SIZE 32 /* "M120 120h120v1h-120z" and a NUL */

/* One row: a rectangle for each run of dark modules. */
static size_t
write_row(const QRcode *code, int y, char *out)
{
	const unsigned char *row = code->data + (ptrdiff_t)y * code->width;
	size_t len = 0;
	int x, run;

	for (x = 0; x < code->width; x += run + 1) {
		for (run = 0; x + run < code->width && (row[x + run] & 1) != 0;
		     run++)
			;
		if (run > 0)
			len += (size_t)snprintf(out + len, RUN_SIZE,
			    "M%d %dh%dv1h-%dz", x + MARGIN, y + MARGIN, run,
			    run);
	}
	out[len] = '\0';
	return len;
}

enum wh_err
qr_path(const char *text, char **path, unsigned *size)
{
	QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_Q, QR_MODE_8, 1);
	size_t len = 0;
	char *out;

	if (code == NULL)
		return WH_TOO_BIG;
	/* No row has more runs than every other module. */
	out = mem_new(
	    (size_t)code->width * ((size_t)code->width / 2 + 1) * RUN_SIZE + 1);
	for (int y = 0; y < code->width; y++)
		len += write_row(code, y, out + len);
	*path = out;
	*size = (unsigned)code->width + 2 * MARGIN;
	QRcode_free(code);
	return WH_OK;
}
