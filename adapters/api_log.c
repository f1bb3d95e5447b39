/* SPDX-License-Identifier: EUPL-1.2 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "adapters/api_impl.h"
#include "consent/audit_leaf.h"
#include "consent/merkle.h"
#include "consent/note_log.h"
#include "consent/note_proof.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* /v1/logboek: proofs, checked here before anybody sees them. */

struct proof_call {
	struct api *api; /* borrowed */
	struct http_request *request;
	uint64_t index;
	bool is_file; /* the tlog-proof itself, not JSON about it */
};

/* Decimal, as the API shows it: no sign, no leading zero. */
static bool
index_of(const char *text, uint64_t *out)
{
	size_t len = strlen(text);

	if (len == 0 || len > 18 || strspn(text, "0123456789") != len ||
	    (text[0] == '0' && len > 1))
		return false;
	*out = strtoull(text, NULL, 10);
	return true;
}

/* When the entry was made; 0 for what is no leaf. */
static int64_t
leaf_time(struct span bytes)
{
	struct audit_leaf leaf;

	return audit_leaf_read(bytes, &leaf) == WH_OK ? leaf.at_ms : 0;
}

/*
 * Did this log sign the head, and is the leaf below it at this place? A key
 * that had ended before the entry was made cannot have signed a head above it.
 */
static enum wh_err
check_proof(const struct wh_register *reg, uint64_t index,
    const struct proof *proof)
{
	struct hash leaf = merkle_leaf(proof->leaf);
	struct span path[WIRE_PROOF_MAX];
	struct note_key keys[REGISTER_KEYS_MAX];
	struct note_checkpoint head;
	uint32_t generation = 0;
	size_t i, count;
	enum wh_err err;

	if (proof->index != index || proof->path_count > WIRE_PROOF_MAX)
		return WH_INVALID;
	count = register_log_keys(reg, leaf_time(proof->leaf), keys);
	err = note_log_open(proof->checkpoint, keys, count, &generation, &head);
	if (err != WH_OK)
		return err;
	if (head.size != proof->size ||
	    generation != note_log_generation(index))
		return WH_CRYPTO;
	for (i = 0; i < proof->path_count; i++)
		path[i] = span_of(proof->path[i], WIRE_KEY_LEN);
	return merkle_check_inclusion(span_of(leaf.b, HASH_LEN),
	    note_log_leaf(index), proof->size, path, proof->path_count,
	    span_of(head.root.b, HASH_LEN));
}

static json_t *
base64_json(struct span bytes)
{
	char *text = mem_new(BASE64_SIZE(bytes.len));
	json_t *out;

	base64_encode(bytes, text);
	out = json_string(text);
	mem_free(text);
	return out;
}

/* All in one text, with the leaf as its extra data. */
static enum wh_err
proof_text(const struct proof *proof, char **out)
{
	struct note_proof *whole = mem_new(sizeof(*whole));
	size_t i;
	enum wh_err err = WH_TOO_BIG;

	whole->index = note_log_leaf(proof->index);
	whole->path_len = proof->path_count;
	whole->checkpoint = proof->checkpoint;
	for (i = 0; i < proof->path_count; i++)
		memcpy(whole->path[i].b, proof->path[i], WIRE_KEY_LEN);
	if (proof->leaf.len <= sizeof(whole->extra)) {
		memcpy(whole->extra, proof->leaf.p, proof->leaf.len);
		whole->extra_len = proof->leaf.len;
		err = note_proof_text(whole, out);
	}
	mem_free(whole);
	return err;
}

static void
answer_broken(struct http_request *request)
{
	http_problem(request, 502, "BEWIJS_KLOPT_NIET", "Het bewijs klopt niet",
	    "De hub gaf een bewijs dat niet past bij het register. Vertrouw "
	    "het niet; waarschuw uw privacy officer.",
	    NULL);
}

/* For wijkhub verify, or anybody else's checker. */
static void
answer_file(struct http_request *request, const struct proof *proof)
{
	char name[80];
	char *whole = NULL;

	if (proof_text(proof, &whole) != WH_OK) {
		answer_broken(request);
		return;
	}
	(void)snprintf(name, sizeof(name),
	    "attachment; filename=\"bewijs-%" PRIu64 ".tlog-proof\"",
	    proof->index);
	http_header(request, "Content-Disposition", name);
	http_reply(request, 200, "text/plain; charset=utf-8", span_str(whole),
	    NULL);
	mem_free(whole);
}

static void
answer_proof(struct http_request *request, const struct proof *proof)
{
	json_t *path = json_array();
	char *whole = NULL;
	json_t *body;
	size_t i;

	if (proof_text(proof, &whole) != WH_OK) {
		json_decref(path);
		answer_broken(request);
		return;
	}
	for (i = 0; i < proof->path_count; i++)
		json_array_append_new(path,
		    base64_json(span_of(proof->path[i], WIRE_KEY_LEN)));
	body = json_pack("{s:I, s:I, s:o, s:o, s:s%, s:s}", "index",
	    (json_int_t)proof->index, "grootte", (json_int_t)proof->size,
	    "blad", base64_json(proof->leaf), "pad", path, "checkpoint",
	    (const char *)proof->checkpoint.p, proof->checkpoint.len, "bewijs",
	    whole);
	mem_free(whole);
	http_reply_json(request, 200, body, NULL);
	json_decref(body);
}

/* A log that holds another entry here than it told before has been changed. */
static bool
is_as_told(const struct proof_call *call, const struct proof *proof)
{
	bool same = false;

	if (desk_mirror_matches(runner_desk(call->api->runner), call->index,
		proof->leaf, &same) == WH_OK &&
	    same)
		return true;
	log_err("LOG-CHANGED", "entry=%llu", (unsigned long long)call->index);
	return false;
}

static void
on_proof(void *arg, const struct proof *proof, enum wh_err err)
{
	struct proof_call *call = arg;
	const struct wh_register *reg =
	    desk_register(runner_desk(call->api->runner));

	if (err == WH_NOT_FOUND || err == WH_REFUSED)
		api_answer_missing(call->request,
		    "Deze regel staat niet in het laatste checkpoint van het "
		    "logboek. Is zij nieuw, probeer het dan over een minuut "
		    "opnieuw.");
	else if (err != WH_OK || reg == NULL)
		api_answer_busy(call->request,
		    "De hub antwoordt nu niet. Probeer het later opnieuw.");
	else if (check_proof(reg, call->index, proof) != WH_OK ||
		 !is_as_told(call, proof))
		answer_broken(call->request);
	else if (call->is_file)
		answer_file(call->request, proof);
	else
		answer_proof(call->request, proof);
	mem_free(call);
}

/* Ask the hub; on_proof() answers. */
static void
ask_hub(struct api *api, struct http_request *request, uint64_t index,
    bool is_file)
{
	struct uplink *uplink = runner_uplink(api->runner);
	struct proof_call *call;

	if (uplink == NULL || !uplink_connected(uplink)) {
		api_answer_busy(request,
		    "De hub is nu niet bereikbaar. Probeer het later opnieuw.");
		return;
	}
	if (!api_look(api, request, LOOK_PROOF, http_in(request)->id))
		return;
	call = mem_new(sizeof(*call));
	*call = (struct proof_call){.api = api,
	    .request = request,
	    .index = index,
	    .is_file = is_file};
	uplink_proof(uplink, index, on_proof, call);
}

void
api_proof(void *arg, struct http_request *request)
{
	uint64_t index;

	if (index_of(http_in(request)->id, &index))
		ask_hub(arg, request, index, false);
	else
		api_answer_missing(request,
		    "Deze regel staat niet in het logboek.");
}

/* Where the acceptance of a referral stands in the log. */
static enum wh_err
referral_index(struct api *api, const struct id *case_ref, uint64_t *index)
{
	json_t *dossier = NULL;
	const json_t *evidence;
	enum wh_err err;

	err = desk_dossier(runner_desk(api->runner), case_ref, &dossier);
	if (err != WH_OK)
		return err;
	evidence = json_object_get(dossier, "bewijs");
	if (evidence == NULL)
		err = WH_AGAIN;
	else
		*index = (uint64_t)json_integer_value(
		    json_object_get(evidence, "index"));
	json_decref(dossier);
	return err;
}

void
api_referral_proof(void *arg, struct http_request *request)
{
	struct id case_ref;
	uint64_t index = 0;
	enum wh_err err;

	if (!api_id(request, &case_ref))
		return;
	err = referral_index(arg, &case_ref, &index);
	if (err == WH_OK)
		ask_hub(arg, request, index, true);
	else if (err == WH_NOT_FOUND)
		api_answer_missing(request,
		    "Deze verwijzing is hier niet bekend.");
	else if (err == WH_AGAIN)
		api_answer_missing(request,
		    "De hub heeft deze verwijzing nog niet aangenomen; er is "
		    "nog niets te bewijzen.");
	else
		api_answer_error(request, err);
}
