/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "consent/merkle.h"
#include "consent/note_checkpoint.h"
#include "consent/note_policy.h"
#include "consent/note_proof.h"
#include "proto/base/mem.h"
#include "tests/consent_vectors.h"

#define TESSERA                                                                \
	"example.com/log/testdata+33d7b496+"                                   \
	"AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"

static const char poem[] = "Een buur is beter\ndan een verre vriend.\n";

static struct note_key
key_of(const char *vkey)
{
	struct note_key key;

	assert_int_equal(note_key_parse(span_str(vkey), &key), WH_OK);
	return key;
}

/* A made-up signer: seed of 32 equal bytes. */
static void
signer(uint8_t seed, enum note_type type, const char *name,
    struct sign_secret *secret, struct note_key *key)
{
	uint8_t bytes[SIGN_KEY_LEN];

	memset(bytes, seed, sizeof(bytes));
	assert_int_equal(sign_secret_from_seed(bytes, secret), WH_OK);
	assert_int_equal(note_key_make(name, type, secret->public_key, key),
	    WH_OK);
}

/* Space-separated vkeys; cuts text. */
static size_t
keys_of(char *text, struct note_key *keys)
{
	size_t count = 0;
	char *vkey;

	while ((vkey = strsep(&text, " ")) != NULL)
		keys[count++] = key_of(vkey);
	return count;
}

static const char *
verdict(enum wh_err err)
{
	if (err == WH_OK)
		return "ok";
	if (err == WH_CRYPTO)
		return "reject";
	assert_true(err == WH_INVALID || err == WH_TOO_BIG);
	return "malformed";
}

static const char *
note_verdict(struct span bytes, const struct note_key *keys, size_t count)
{
	static struct note note;
	enum wh_err err = note_parse(bytes, &note);

	if (err == WH_OK)
		err = note_verify(&note, keys, count, NULL);
	return verdict(err);
}

static const char *
proof_verdict(struct span bytes)
{
	static struct note_proof proof;
	static struct note_policy policy;
	struct hash leaf = merkle_leaf(span_str("seven"));
	size_t len;
	char *text = vector_file("notes/generated.policy", &len);
	enum wh_err err;

	assert_int_equal(note_policy_parse(span_of(text, len), &policy, NULL),
	    WH_OK);
	free(text);
	err = note_proof_parse(bytes, &proof);
	if (err == WH_OK)
		err = note_proof_check(&proof, &leaf, &policy, NULL, NULL);
	return verdict(err);
}

/* One line: file | want | vkeys | source | remark */
static void
assert_line(char *line)
{
	static struct note_key keys[NOTE_KEYS_MAX];
	char *column[3];
	char path[128];
	const char *got;
	char *bytes;
	size_t count;
	size_t len;

	for (size_t i = 0; i < 3; i++) {
		column[i] = line;
		line = strstr(line, " | ");
		assert_non_null(line);
		*line = '\0';
		line += 3;
	}
	(void)snprintf(path, sizeof(path), "notes/%s", column[0]);
	bytes = vector_file(path, &len);
	count = keys_of(column[2], keys);
	got = strstr(path, ".tlog-proof")
		  ? proof_verdict(span_of(bytes, len))
		  : note_verdict(span_of(bytes, len), keys, count);
	if (strncmp(column[1], got, strlen(got)) != 0)
		fail_msg("%s: %s", path, got);
	free(bytes);
}

static void
test_every_note_of_the_index_gets_its_verdict(void **state)
{
	char *text = vector_file("notes/INDEX.txt", NULL);
	char *rest = text;
	char *line;
	size_t lines = 0;

	(void)state;
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (*line == '#' || *line == '\0')
			continue;
		assert_line(line);
		lines++;
	}
	assert_int_equal(lines, 22);
	free(text);
}

static void
test_bad_vkeys_are_refused(void **state)
{
	char *text = vector_file("notes/bad_vkeys.txt", NULL);
	char *rest = text;
	char *line;
	struct note_key key = {.id = 7};
	size_t lines = 0;

	(void)state;
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (*line == '#')
			continue;
		if (note_key_parse(span_str(line), &key) == WH_OK)
			fail_msg("accepted %s", line);
		lines++;
	}
	assert_true(lines > 190);
	assert_int_equal(key.id, 7);
	free(text);
}

static void
test_vkeys_are_written_as_they_were_read(void **state)
{
	static const char *const vkeys[] = {TESSERA,
	    "PeterNeumann+c74f20a3+"
	    "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	    "witness.example/w1+e75f6532+"
	    "BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"};
	char text[NOTE_VKEY_SIZE];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct note_key key = key_of(vkeys[i]);

		note_key_text(&key, text);
		assert_string_equal(text, vkeys[i]);
	}
}

static void
test_a_name_has_no_space_of_any_kind(void **state)
{
	static const char *const names[] = {"", "a b", "a+b", "a\tb", "a\nb",
	    "a\xc2\xa0", "\xc2\x85", "\xe2\x80\x83x", "a\xe2\x80\xa8",
	    "\xe3\x80\x80", "\xff", "a\x7f"};
	struct sign_secret secret;
	struct note_key key;
	uint8_t low[SIGN_KEY_LEN] = {1};
	char name[NOTE_NAME_MAX + 2] = {0};

	(void)state;
	signer(1, NOTE_ED25519, "wijkhub.example/log", &secret, &key);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(note_key_make(names[i], NOTE_ED25519,
				     secret.public_key, &key),
		    WH_INVALID);
	memset(name, 'n', NOTE_NAME_MAX + 1);
	assert_int_equal(note_key_make(name, NOTE_ED25519, secret.public_key,
			     &key),
	    WH_INVALID);
	name[NOTE_NAME_MAX] = '\0';
	assert_int_equal(note_key_make(name, NOTE_ED25519, secret.public_key,
			     &key),
	    WH_OK);
	assert_int_equal(note_key_make("n", NOTE_ED25519, low, &key),
	    WH_CRYPTO);
}

/* The 15 words of the log, from its last entry bundle. */
static size_t
entries(struct span *out, char **held)
{
	size_t len;
	size_t count = 0;

	*held = vector_file("tessera_log/tile_entries_000.p_15", &len);
	for (size_t at = 0; at < len; count++) {
		const uint8_t *p = (const uint8_t *)*held + at;

		assert_true(count < 15);
		out[count] = span_of(p + 2, (size_t)p[0] << 8 | p[1]);
		at += 2 + out[count].len;
	}
	return count;
}

static void
test_a_real_log_has_the_roots_that_it_signed(void **state)
{
	struct merkle_frontier frontier = {0};
	struct note_checkpoint checkpoint;
	struct note_key key = key_of(TESSERA);
	struct span word[15];
	char *held;
	char *bytes;
	size_t len;

	(void)state;
	assert_int_equal(entries(word, &held), 15);
	for (unsigned size = 0; size <= 15; size++) {
		struct hash root = merkle_frontier_root(&frontier);
		struct hash leaf;
		char path[64];

		(void)snprintf(path, sizeof(path), "tessera_log/checkpoint.%u",
		    size);
		bytes = vector_file(path, &len);
		assert_int_equal(note_checkpoint_open(span_of(bytes, len), &key,
				     &checkpoint),
		    WH_OK);
		assert_int_equal(checkpoint.size, size);
		assert_true(hash_equal(&checkpoint.root, &root));
		assert_int_equal(checkpoint.extensions.len, 0);
		free(bytes);
		if (size == 15)
			break;
		leaf = merkle_leaf(word[size]);
		assert_int_equal(merkle_frontier_add(&frontier, &leaf, NULL,
				     NULL),
		    WH_OK);
	}
	free(held);
}

static void
test_signing_again_gives_the_c2sp_cosignatures(void **state)
{
	struct sign_secret secret;
	struct note_key key;
	uint8_t seed[SIGN_KEY_LEN];
	char line[NOTE_LINE_SIZE];
	size_t len;
	char *bytes = vector_file("notes/generated-cosigned-15.note", &len);
	struct note note;

	(void)state;
	assert_int_equal(note_parse(span_of(bytes, len), &note), WH_OK);
	for (uint8_t i = 0; i < 32; i++)
		seed[i] = i;
	assert_int_equal(sign_secret_from_seed(seed, &secret), WH_OK);
	assert_int_equal(note_key_make("witness.example/w1", NOTE_COSIGNATURE,
			     secret.public_key, &key),
	    WH_OK);
	assert_int_equal(note_sign(&key, &secret, note.text, 1767225600, line),
	    WH_OK);
	assert_non_null(strstr(bytes, line));
	free(bytes);
}

static void
test_who_signed_and_when_is_told(void **state)
{
	char vkeys[] = TESSERA " witness.example/w1+e75f6532+"
			       "BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4 "
			       "PeterNeumann+c74f20a3+"
			       "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
	struct note_key keys[3];
	struct note_signed by[3];
	size_t len;
	char *bytes = vector_file("notes/generated-cosigned-15.note", &len);
	struct note note;

	(void)state;
	assert_int_equal(keys_of(vkeys, keys), 3);
	assert_int_equal(note_parse(span_of(bytes, len), &note), WH_OK);
	assert_int_equal(note.sig_count, 3);
	assert_int_equal(note_verify(&note, keys, 3, by), WH_OK);
	assert_true(by[0].valid && by[1].valid && !by[2].valid);
	assert_int_equal(by[0].at_s, 0);
	assert_int_equal(by[1].at_s, 1767225600);
	assert_int_equal(note_verify(&note, keys + 2, 1, by), WH_CRYPTO);
	assert_int_equal(note_verify(&note, keys, 0, by), WH_CRYPTO);
	assert_true(by[0].valid);
	free(bytes);
}

/* count signatures by as many made-up signers. */
static enum wh_err
parse_signed_by(unsigned count, struct note *out)
{
	struct sign_secret secret;
	struct note_key key;
	char line[NOTE_LINE_SIZE];
	char *note = NULL;
	char *more;
	struct span lines = span_of(NULL, 0);
	enum wh_err err = WH_OK;

	for (unsigned i = 1; err == WH_OK && i <= count; i++) {
		signer((uint8_t)i, NOTE_ED25519, "member.example", &secret,
		    &key);
		assert_int_equal(note_sign(&key, &secret, span_str(poem), 0,
				     line),
		    WH_OK);
		err = note_make(span_str(poem), lines, span_str(line), &more);
		if (err != WH_OK)
			break;
		mem_free(note);
		note = more;
		lines = span_str(note + sizeof(poem));
	}
	if (err == WH_OK)
		err = note_parse(span_str(note), out);
	mem_free(note);
	return err;
}

static void
test_100_signatures_are_read_and_no_more(void **state)
{
	static struct note note;

	(void)state;
	assert_int_equal(parse_signed_by(100, &note), WH_OK);
	assert_int_equal(note.sig_count, 100);
	assert_int_equal(parse_signed_by(101, &note), WH_TOO_BIG);
}

static void
test_the_text_may_hold_blank_lines(void **state)
{
	static const char text[] = "een\n\ntwee\n\n";
	struct sign_secret secret;
	struct note_key key;
	struct note note;
	char line[NOTE_LINE_SIZE];
	char *made;

	(void)state;
	signer(5, NOTE_ED25519, "wijkhub.example/log", &secret, &key);
	assert_int_equal(note_sign(&key, &secret, span_str(text), 0, line),
	    WH_OK);
	assert_int_equal(note_make(span_str(text), span_str(line),
			     span_of(NULL, 0), &made),
	    WH_OK);
	assert_int_equal(note_parse(span_str(made), &note), WH_OK);
	assert_true(span_equal(note.text, span_str(text)));
	assert_int_equal(note_verify(&note, &key, 1, NULL), WH_OK);
	mem_free(made);
}

static void
test_every_flipped_bit_of_a_note_is_noticed(void **state)
{
	struct note_key key = key_of(TESSERA);
	static struct note note;
	struct note_checkpoint checkpoint;
	size_t len;
	char *bytes = vector_file("notes/tessera-checkpoint-15.note", &len);

	(void)state;
	for (size_t bit = 0; bit < 8 * len; bit++) {
		bytes[bit / 8] ^= (char)(1 << bit % 8);
		assert_int_not_equal(note_checkpoint_open(span_of(bytes, len),
					 &key, &checkpoint),
		    WH_OK);
		bytes[bit / 8] ^= (char)(1 << bit % 8);
	}
	for (size_t cut = 0; cut < len; cut++)
		assert_int_not_equal(note_parse(span_of(bytes, cut), &note),
		    WH_OK);
	free(bytes);
}

static void
test_what_cannot_be_a_note_is_not_signed(void **state)
{
	static const char *const texts[] = {"", "geen regel", "a\tb\n",
	    "\x01\n", "\xff\n"};
	struct sign_secret secret;
	struct sign_secret other;
	struct note_key key;
	struct note_key cosigner;
	char line[NOTE_LINE_SIZE] = "x";

	(void)state;
	signer(5, NOTE_ED25519, "wijkhub.example/log", &other, &key);
	signer(6, NOTE_ED25519, "wijkhub.example/log", &secret, &key);
	signer(6, NOTE_COSIGNATURE, "w.example", &secret, &cosigner);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(note_sign(&key, &secret, span_str(texts[i]), 0,
				     line),
		    WH_INVALID);
	assert_int_equal(note_sign(&key, &other, span_str(poem), 0, line),
	    WH_INVALID);
	assert_int_equal(note_sign(&cosigner, &secret, span_str(poem),
			     (uint64_t)1 << 63, line),
	    WH_INVALID);
	assert_string_equal(line, "x");
}

static void
test_a_plain_signature_is_no_cosignature(void **state)
{
	struct sign_secret secret;
	struct note_key plain;
	struct note_key cosigner;
	struct note note;
	char line[NOTE_LINE_SIZE];
	char *made;

	(void)state;
	signer(7, NOTE_ED25519, "w.example", &secret, &plain);
	signer(7, NOTE_COSIGNATURE, "w.example", &secret, &cosigner);
	assert_int_not_equal(plain.id, cosigner.id);
	assert_int_equal(note_sign(&plain, &secret, span_str(poem), 0, line),
	    WH_OK);
	assert_int_equal(note_make(span_str(poem), span_str(line),
			     span_of(NULL, 0), &made),
	    WH_OK);
	assert_int_equal(note_parse(span_str(made), &note), WH_OK);
	assert_int_equal(note_verify(&note, &plain, 1, NULL), WH_OK);
	assert_int_equal(note_verify(&note, &cosigner, 1, NULL), WH_CRYPTO);
	cosigner.id = plain.id;
	assert_int_equal(note_verify(&note, &cosigner, 1, NULL), WH_CRYPTO);
	mem_free(made);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_note_of_the_index_gets_its_verdict),
	    cmocka_unit_test(test_bad_vkeys_are_refused),
	    cmocka_unit_test(test_vkeys_are_written_as_they_were_read),
	    cmocka_unit_test(test_a_name_has_no_space_of_any_kind),
	    cmocka_unit_test(test_a_real_log_has_the_roots_that_it_signed),
	    cmocka_unit_test(test_signing_again_gives_the_c2sp_cosignatures),
	    cmocka_unit_test(test_who_signed_and_when_is_told),
	    cmocka_unit_test(test_100_signatures_are_read_and_no_more),
	    cmocka_unit_test(test_the_text_may_hold_blank_lines),
	    cmocka_unit_test(test_every_flipped_bit_of_a_note_is_noticed),
	    cmocka_unit_test(test_what_cannot_be_a_note_is_not_signed),
	    cmocka_unit_test(test_a_plain_signature_is_no_cosignature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
