/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "broker/core_state.h"
#include "consent/disclosure.h"
#include "proto/base/text.h"

/* The words of a set of categories: "CONTACT,SAFETY". */
static void
category_words(uint32_t categories, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (uint32_t n = 1; n <= CATEGORY_COUNT && used < size; n++)
		if ((categories & (1u << n)) != 0)
			used += (size_t)snprintf(out + used, size - used,
			    "%s%s", used == 0 ? "" : ",",
			    terms_text(TERMS_CATEGORIES, n));
}

void
provision_details(const struct wh_register *reg,
    const struct envelope *envelope, const char *law, char *out, size_t size)
{
	const struct header *h = &envelope->header;
	const struct reg_instrument *instrument = register_instrument(reg, law);
	const struct reg_type *type = register_type(reg, h->type);
	char words[256];
	char id[ID_TEXT_SIZE];

	id_text(&h->message_id, id);
	category_words(envelope->categories, words, sizeof(words));
	snprintf(out, size,
	    "message=%s\nkind=%s\ninstrument=%s\narticle=%s\ndecision=%s\n"
	    "recipient=%s%s%s\ncategories=%s\npurpose=%s\nactivity=%s\n",
	    id, terms_text(TERMS_PERMISSION_KINDS, h->ground.kind), law,
	    instrument == NULL ? "" : instrument->text, h->ground.decision,
	    h->to_member, h->to_desk[0] == '\0' ? "" : "/", h->to_desk, words,
	    h->type, type == NULL ? "" : disclosure_activity(reg, type).uri);
}
