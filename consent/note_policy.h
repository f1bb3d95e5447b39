/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_NOTE_POLICY_H
#define WH_CONSENT_NOTE_POLICY_H

#include "consent/note.h"
#include "consent/note_checkpoint.h"

/*
 * Which logs and witnesses must have signed a checkpoint before it is
 * believed: a C2SP tlog-policy file.
 *
 *	log <vkey> [<url>]
 *	witness <name> <vkey> [<url>]
 *	group <name> all|any|<k> <name>...
 *	quorum <name>|none
 */

/* C2SP wants 32 of each; witnesses and groups share one 64-bit set. */
#define NOTE_POLICY_LOGS_MAX      32
#define NOTE_POLICY_WITNESSES_MAX 32
#define NOTE_POLICY_GROUPS_MAX    32
/* The lines of all of those, with their keys, URLs and some comment. */
#define NOTE_POLICY_MAX ((size_t)64 * 1024)

/*
 * The keys of logs stand first, those of witnesses from NOTE_POLICY_LOGS_MAX
 * on; one that is not in use has no name, and so never signed anything. Bit n
 * of a set is witness n, bit 32 + n is group n. 20 kB: on the heap.
 */
struct note_policy {
	struct note_key keys[NOTE_KEYS_MAX];
	size_t log_count;
	size_t witness_count;
	size_t group_count;
	struct {
		uint64_t members;
		uint64_t needed; /* how many of them */
	} groups[NOTE_POLICY_GROUPS_MAX];
	uint64_t quorum; /* the one witness or group; 0: none is needed */
};

/* WH_INVALID, WH_TOO_BIG; why names the line. */
enum wh_err note_policy_parse(struct span file, struct note_policy *out,
    struct why *why);

/*
 * Does the policy hold for this signed checkpoint: one of its logs signed it
 * under its own origin, a quorum of witnesses cosigned it, and no signature by
 * any of them is bad? WH_INVALID, WH_TOO_BIG: not a checkpoint. WH_CRYPTO: it
 * does not hold. Spans in out are borrowed from bytes.
 */
enum wh_err note_policy_check(const struct note_policy *policy,
    struct span bytes, struct note_checkpoint *out, struct why *why);

#endif
