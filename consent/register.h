/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_REGISTER_H
#define WH_CONSENT_REGISTER_H

#include "consent/note.h"
#include "proto/wire_register.h"

/*
 * The register in force: who takes part and what may travel. Accepted only
 * when the alliance key signed it, and it is sound as a whole. Pure.
 */
struct registry {
	struct arena arena; /* owns what reg points to */
	struct wh_register reg;
	uint8_t *signed_bytes; /* owned; as they came, for passing on */
	size_t signed_len;
};

/*
 * Check signature, fields and the whole. WH_CRYPTO: not signed by this
 * alliance. On success the caller owns *out (register_free).
 */
enum wh_err register_open(struct span signed_bytes,
    const uint8_t alliance_key[WIRE_KEY_LEN], struct registry **out,
    struct why *why);
void register_free(struct registry *registry); /* NULL is allowed */

/*
 * The same into a caller's arena. alliance_key NULL: the signature is not
 * checked, which is for showing only.
 */
enum wh_err register_read(struct arena *arena, struct span signed_bytes,
    const uint8_t *alliance_key, struct wh_register *out, struct why *why);

/* Check, pack and sign. *out is heap (mem_free). */
enum wh_err register_sign(const struct wh_register *reg,
    const struct sign_secret *secret, uint8_t **out, size_t *len,
    struct why *why);

/*
 * Does the covenant make sense as a whole? Roles, areas, categories,
 * instruments, activities and desks that types and members name exist; each
 * type can be sent and received by somebody; instruments fit the kinds; ids are
 * unique; keys are canonical, of full order, and nobody else's. why says what,
 * where and what to do.
 */
enum wh_err register_check(const struct wh_register *reg, struct why *why);

/*
 * Are the keys there without which nobody can take part: the hub's, and at
 * least one member's? A covenant has none yet; a signed register does.
 */
enum wh_err register_complete(const struct wh_register *reg, struct why *why);

/* Look-ups: borrowed, NULL when absent. */
const struct reg_member *register_member(const struct wh_register *reg,
    const char *id);
const struct reg_role *register_role(const struct wh_register *reg,
    const char *id);
const struct reg_type *register_type(const struct wh_register *reg,
    const char *id);
const struct reg_area *register_area(const struct wh_register *reg,
    const char *id);
const struct reg_instrument *register_instrument(const struct wh_register *reg,
    const char *id);
const struct reg_activity *register_activity(const struct wh_register *reg,
    const char *id);

/* The member that connects with this CURVE key at this time. */
const struct reg_member *register_by_transport(const struct wh_register *reg,
    const uint8_t key[WIRE_KEY_LEN], int64_t now_ms);

/* The key for this use that is valid now and was so last; NULL when none. */
const struct reg_key *register_key(const struct reg_member *member,
    enum key_use use, int64_t now_ms);

/*
 * The key with this id that held at this time, give or take the skew of clocks
 * that we forgive: what a key signed before its end stays good, what it signs
 * later does not, and a key that was taken out is good for nothing.
 */
const struct reg_key *register_key_at(const struct reg_member *member,
    enum key_use use, struct key_id key_id, int64_t at_ms);

/* The key with this id, whether still valid or not: for old signatures. */
const struct reg_key *register_key_by_id(const struct reg_member *member,
    enum key_use use, struct key_id key_id);

/* Does this key hold at this time? */
bool register_key_holds(const struct reg_key *key, int64_t now_ms);

/* The hub's key for this use that is valid now and was so last; or NULL. */
const struct reg_key *register_hub_key(const struct wh_register *reg,
    enum key_use use, int64_t now_ms);

/*
 * Who may have signed a checkpoint of the hub's log: the keys of the register,
 * without those that had ended at at_ms, a time that the checkpoint cannot be
 * older than, such as that of an entry below it; 0: nothing is known. Returns
 * how many, for note_checkpoint_open_any(). The only answer to this question.
 */
size_t register_log_keys(const struct wh_register *reg, int64_t at_ms,
    struct note_key out[REGISTER_KEYS_MAX]);

/* The same for a later log of this hub, by its name (witness.h). */
size_t register_log_keys_of(const struct wh_register *reg, const char *origin,
    int64_t at_ms, struct note_key out[REGISTER_KEYS_MAX]);

/* "" is everywhere: each member serves it. */
bool register_serves(const struct reg_member *member, const char *area);
bool register_has_desk(const struct reg_member *member, const char *desk);
bool type_from_role(const struct reg_type *type, const char *role);
bool type_to_role(const struct reg_type *type, const char *role);

/*
 * Who can receive type in area ("" for anywhere) from this sender: members
 * with keys, of the role, with the desk. At most max of them go into out;
 * returns how many there are.
 */
size_t register_recipients(const struct wh_register *reg,
    const struct reg_type *type, const char *area, const char *from,
    const struct reg_member **out, size_t max);

#endif
