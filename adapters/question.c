/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/question.h"

#include <string.h>

#include "adapters/template.h"

static json_t *
categories_json(const struct plain_words *words, uint32_t categories)
{
	json_t *list = json_array();
	const struct term *term;

	for (term = terms_all(TERMS_CATEGORIES); term->text != NULL; term++)
		if ((categories & (1u << term->number)) != 0)
			json_array_append_new(list,
			    json_string(words->category[term->number]));
	return list;
}

/* The titles of its types; *back is what those let flow back. */
static enum wh_err
types_json(const struct wh_register *reg, const struct permission *permission,
    enum plain_language language, json_t *list, uint32_t *back)
{
	const struct reg_type *type;

	for (size_t i = 0; i < permission->type_count; i++) {
		type = register_type(reg, permission->types[i]);
		if (type == NULL)
			return WH_NOT_FOUND;
		json_array_append_new(list,
		    json_string(language == PLAIN_EN ? type->title_en
						     : type->title_nl));
		*back |= type->feedback;
	}
	return WH_OK;
}

/* The last day on which it holds, for a part of it at least. */
static void
set_date(json_t *data, enum plain_language language, int64_t valid_until_ms)
{
	char date[PLAIN_DATE_SIZE];

	plain_date(language, valid_until_ms - 1, date);
	json_object_set_new(data, "datum", json_string(date));
}

static enum wh_err
fill_in(const struct wh_register *reg, const struct permission *permission,
    enum plain_language language, json_t *data)
{
	const struct plain_words *words = plain_words(language);
	const struct reg_instrument *law =
	    register_instrument(reg, permission->instrument);
	const struct reg_member *from =
	    register_member(reg, permission->from.member);
	const struct reg_member *to =
	    register_member(reg, permission->to.member);
	json_t *types = json_array();
	uint32_t back = 0;
	enum wh_err err;

	json_object_set_new(data, "typen", types);
	err = types_json(reg, permission, language, types, &back);
	if (err != WH_OK || from == NULL || to == NULL)
		return WH_NOT_FOUND;
	if (permission->feedback != 0)
		back = permission->feedback;
	json_object_set_new(data, "van", json_string(from->name));
	json_object_set_new(data, "naar", json_string(to->name));
	json_object_set_new(data, "gegevens",
	    categories_json(words, permission->categories));
	json_object_set_new(data, "heeftTerug", json_boolean(back != 0));
	json_object_set_new(data, "terug", categories_json(words, back));
	if (law != NULL)
		json_object_set_new(data, "wet", json_string(law->text));
	set_date(data, language, permission->valid_until_ms);
	return WH_OK;
}

enum wh_err
question_write(const struct wh_register *reg,
    const struct permission *permission, enum plain_language language,
    char **out)
{
	json_t *data = json_object();
	size_t len;
	enum wh_err err = fill_in(reg, permission, language, data);

	if (err == WH_OK)
		err = template_render(plain_words(language)
					  ->question[permission->kind],
		    TEMPLATE_TEXT, data, out, &len);
	json_decref(data);
	return err;
}

enum wh_err
question_ending(const struct wh_register *reg, enum permission_kind kind,
    const char *from, enum plain_language language, char **out)
{
	const struct reg_member *member = register_member(reg, from);
	json_t *data;
	size_t len;
	enum wh_err err;

	if (member == NULL)
		return WH_NOT_FOUND;
	data = json_pack("{s:s}", "van", member->name);
	err = template_render(plain_words(language)->ending[kind],
	    TEMPLATE_TEXT, data, out, &len);
	json_decref(data);
	return err;
}
