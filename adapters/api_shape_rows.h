/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_API_SHAPE_ROWS_H
#define WH_ADAPTERS_API_SHAPE_ROWS_H

#include "adapters/api_shape.h"

/* How the tables of api_shapes*.c are written, and nothing else. */

#define REQ SHAPE_REQUIRED
#define NUL SHAPE_NULLABLE
#define ALL (SHAPE_REQUIRED | SHAPE_NULLABLE)

#define TEXT(n, f, m, a)                                                       \
	{                                                                      \
		.name = (n), .kind = SHAPE_TEXT, .flags = (f), .max = (m),     \
		.about = (a)                                                   \
	}
#define PLAIN(n, f, k, a)                                                      \
	{                                                                      \
		.name = (n), .kind = (k), .flags = (f), .about = (a)           \
	}
#define WORD(n, f, w, a)                                                       \
	{                                                                      \
		.name = (n), .kind = SHAPE_WORD, .flags = (f), .words = (w),   \
		.about = (a)                                                   \
	}
#define OBJECT(n, f, o)                                                        \
	{                                                                      \
		.name = (n), .kind = SHAPE_OBJECT, .flags = (f), .of = &(o)    \
	}
#define TEXTS(n, f, m, a)                                                      \
	{                                                                      \
		.name = (n), .kind = SHAPE_TEXT, .flags = (f) | SHAPE_LIST,    \
		.max = NAME_MAX_LEN, .max_items = (m), .about = (a)            \
	}
#define WORDS(n, f, w, m, a)                                                   \
	{                                                                      \
		.name = (n), .kind = SHAPE_WORD, .flags = (f) | SHAPE_LIST,    \
		.words = (w), .max_items = (m), .about = (a)                   \
	}
#define OBJECTS(n, f, o)                                                       \
	{                                                                      \
		.name = (n), .kind = SHAPE_OBJECT, .flags = (f) | SHAPE_LIST,  \
		.of = &(o)                                                     \
	}
#define END                                                                    \
	{                                                                      \
		.name = NULL                                                   \
	}

#endif
