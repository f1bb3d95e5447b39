/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/values.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "proto/base/mem.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const char *
skip_spaces(const char *text)
{
	while (*text == ' ' || *text == '\t' || *text == '\n')
		text++;
	return text;
}

enum wh_err
values_postcode(const char *text, char out[VALUES_POSTCODE_SIZE])
{
	char code[VALUES_POSTCODE_SIZE] = "";
	size_t n = 0;

	text = skip_spaces(text);
	while (n < 4 && is_digit(text[n])) {
		code[n] = text[n];
		n++;
	}
	if (n < 4 || code[0] == '0')
		return WH_INVALID;
	text = skip_spaces(text + 4);
	for (; n < 6 && is_letter(*text); n++, text++)
		code[n] = (char)toupper((unsigned char)*text);
	if (n == 5 || *skip_spaces(text) != '\0')
		return WH_INVALID;
	memcpy(out, code, sizeof(code));
	return WH_OK;
}

void
values_postcode_spaced(const char *postcode,
    char out[VALUES_POSTCODE_SPACED_SIZE])
{
	if (strlen(postcode) == 6)
		(void)snprintf(out, VALUES_POSTCODE_SPACED_SIZE, "%.4s %.2s",
		    postcode, postcode + 4);
	else
		(void)snprintf(out, VALUES_POSTCODE_SPACED_SIZE, "%s",
		    postcode);
}

/* Digits without leading zeros; where they end, or NULL. */
static const char *
house_digits(const char *text, char out[6])
{
	size_t n = 0;

	while (*text == '0')
		text++;
	for (; is_digit(*text); text++) {
		if (n == 5)
			return NULL;
		out[n++] = *text;
	}
	out[n] = '\0';
	return n == 0 ? NULL : text;
}

enum wh_err
values_house_number(const char *text, struct house_number *out)
{
	struct house_number house = {.number = ""};
	size_t len;

	text = house_digits(skip_spaces(text), house.number);
	if (text == NULL)
		return WH_INVALID;
	if (is_letter(text[0]) && !is_letter(text[1])) {
		house.letter[0] = (char)toupper((unsigned char)*text);
		text++;
	}
	text += strspn(text, " \t-/,");
	len = strlen(text);
	while (len > 0 && text[len - 1] == ' ')
		len--;
	if (len >= sizeof(house.addition))
		return WH_INVALID;
	memcpy(house.addition, text, len);
	*out = house;
	return WH_OK;
}

void
values_house_number_text(const struct house_number *house,
    char out[VALUES_HOUSE_NUMBER_SIZE])
{
	(void)snprintf(out, VALUES_HOUSE_NUMBER_SIZE, "%s%s%s%s", house->number,
	    house->letter, house->addition[0] == '\0' ? "" : "-",
	    house->addition);
}

struct word {
	const char *text;
	const char *value;
};

static const char *
word_find(const struct word *words, const char *text)
{
	for (; words->text != NULL; words++) {
		if (strcasecmp(words->text, text) == 0)
			return words->value;
	}
	return NULL;
}

/* VERA retired N and X; whatever is not M or V counts as O. */
static const struct word genders[] = {{"m", "M"}, {"man", "M"}, {"male", "M"},
    {"v", "V"}, {"vrouw", "V"}, {"female", "V"}, {"f", "V"}, {NULL, NULL}};

const char *
values_gender(const char *text)
{
	const char *found;

	if (text == NULL || text[0] == '\0')
		return NULL;
	found = word_find(genders, text);
	return found == NULL ? "O" : found;
}

const char *
values_gender_fhir(const char *gender)
{
	switch (gender == NULL ? 'O' : gender[0]) {
	case 'M':
		return "male";
	case 'V':
		return "female";
	default:
		return "unknown";
	}
}

#define LANGUAGE(one, three, dutch)                                            \
	{one, three}, {three, three},                                          \
	{                                                                      \
		dutch, three                                                   \
	}
static const struct word languages[] = {
    LANGUAGE("nl", "nld", "Nederlands"),
    {"dut", "nld"},
    LANGUAGE("en", "eng", "Engels"),
    LANGUAGE("tr", "tur", "Turks"),
    LANGUAGE("ar", "ara", "Arabisch"),
    LANGUAGE("de", "deu", "Duits"),
    {"ger", "deu"},
    LANGUAGE("fr", "fra", "Frans"),
    {"fre", "fra"},
    LANGUAGE("es", "spa", "Spaans"),
    LANGUAGE("pt", "por", "Portugees"),
    LANGUAGE("pl", "pol", "Pools"),
    LANGUAGE("bg", "bul", "Bulgaars"),
    LANGUAGE("ro", "ron", "Roemeens"),
    {"rum", "ron"},
    LANGUAGE("hu", "hun", "Hongaars"),
    LANGUAGE("it", "ita", "Italiaans"),
    LANGUAGE("ru", "rus", "Russisch"),
    LANGUAGE("uk", "ukr", "Oekraïens"),
    LANGUAGE("so", "som", "Somalisch"),
    LANGUAGE("ti", "tir", "Tigrinya"),
    LANGUAGE("am", "amh", "Amhaars"),
    LANGUAGE("fa", "fas", "Farsi"),
    {"per", "fas"},
    {"Perzisch", "fas"},
    LANGUAGE("ps", "pus", "Pasjtoe"),
    LANGUAGE("ku", "kur", "Koerdisch"),
    LANGUAGE("ur", "urd", "Urdu"),
    LANGUAGE("hi", "hin", "Hindi"),
    LANGUAGE("zh", "zho", "Chinees"),
    {"chi", "zho"},
    LANGUAGE("vi", "vie", "Vietnamees"),
    LANGUAGE("ak", "aka", "Akan"),
    {"Twi", "aka"},
    {"rif", "rif"},
    {"Riffijns", "rif"},
    {"tzm", "tzm"},
    {"Tamazight", "tzm"},
    {"pap", "pap"},
    {"Papiaments", "pap"},
    {"srn", "srn"},
    {"Sranantongo", "srn"},
    {NULL, NULL},
};
#undef LANGUAGE

const char *
values_language(const char *text)
{
	return text == NULL ? NULL : word_find(languages, text);
}

/* Only digits and a leading "+" stay; "(0)" is not dialled after +31. */
static enum wh_err
phone_strip(const char *text, char out[24])
{
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (n > 1 && out[0] == '+' && strncmp(text, "(0)", 3) == 0) {
			text += 2;
			continue;
		}
		if (strchr(" -.()/", *text) != NULL)
			continue;
		if (!is_digit(*text) && (*text != '+' || n > 0))
			return WH_INVALID;
		if (n == 23)
			return WH_INVALID;
		out[n++] = *text;
	}
	out[n] = '\0';
	return WH_OK;
}

enum wh_err
values_phone(const char *text, char out[VALUES_PHONE_SIZE])
{
	char raw[24] = "";
	const char *rest;
	const char *country = "";
	size_t len;

	if (phone_strip(text, raw) != WH_OK)
		return WH_INVALID;
	if (raw[0] == '+') {
		rest = raw + 1;
	} else if (strncmp(raw, "00", 2) == 0) {
		rest = raw + 2;
	} else if (raw[0] == '0' && strlen(raw) == 10) {
		rest = raw + 1;
		country = "31";
	} else {
		return WH_INVALID;
	}
	len = strlen(country) + strlen(rest);
	if (rest[0] == '0' || len < 7 || len > 15)
		return WH_INVALID;
	(void)snprintf(out, VALUES_PHONE_SIZE, "+%.2s%.13s", country, rest);
	return WH_OK;
}

enum wh_err
values_bsn(const char *text, char out[VALUES_BSN_SIZE])
{
	size_t len = strlen(text);
	char bsn[VALUES_BSN_SIZE] = "0";
	int sum = 0;
	int all = 0;

	if ((len != 8 && len != 9) || strspn(text, "0123456789") != len)
		return WH_INVALID;
	memcpy(bsn + (9 - len), text, len + 1);
	for (int i = 0; i < 9; i++) {
		sum += (bsn[i] - '0') * (i == 8 ? -1 : 9 - i);
		all |= bsn[i] - '0';
	}
	if (all == 0 || sum % 11 != 0)
		return WH_INVALID;
	memcpy(out, bsn, sizeof(bsn));
	return WH_OK;
}

size_t
values_chars(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* Bytes of the first max characters. */
static size_t
head_bytes(const char *text, size_t max)
{
	size_t chars = 0;
	size_t i = 0;

	for (; text[i] != '\0'; i++) {
		if (((unsigned char)text[i] & 0xc0) == 0x80)
			continue;
		if (chars++ == max)
			break;
	}
	return i;
}

char *
values_head(const char *text, size_t max, const char *ref)
{
	char tail[128];
	size_t len, room;
	char *out;

	if (values_chars(text) <= max)
		return mem_strdup(text);
	if ((size_t)snprintf(tail, sizeof(tail),
		"… (volledige tekst in wijkhub %s)", ref) >= sizeof(tail))
		return NULL;
	room = values_chars(tail);
	if (room >= max)
		return NULL;
	len = head_bytes(text, max - room);
	out = mem_new(len + sizeof(tail));
	memcpy(out, text, len);
	memcpy(out + len, tail, strlen(tail) + 1);
	return out;
}
