/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_NOTE_KEY_H
#define WH_CONSENT_NOTE_KEY_H

#include "consent/note.h"

/* What note.c and note_key.c share; the keys themselves are in note.h. */

#define NOTE_KEY_ID_LEN 4 /* bytes, big-endian */

/* Clean text of 1 to NOTE_NAME_MAX bytes, no Unicode space, no plus. */
bool note_key_is_name(struct span name);

#endif
