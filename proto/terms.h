/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_TERMS_H
#define WH_PROTO_TERMS_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/err.h"

/*
 * The vocabulary of the contract: every word that travels as a number, in one
 * table each. Numbers are fixed for ever; 0 is never a valid value on the
 * wire unless the table names it.
 */

/* Data categories of the covenant: ten of our own, and the twelve leefgebieden
 * (01-12) of StUF-Jeugdzorg in their order. */
#define TERMS_CATEGORY(X)                                                      \
	X(CATEGORY_CONTACT, 1, "CONTACT")                                      \
	X(CATEGORY_ADDRESS, 2, "ADDRESS")                                      \
	X(CATEGORY_BSN, 3, "BSN")                                              \
	X(CATEGORY_HOUSEHOLD, 4, "HOUSEHOLD")                                  \
	X(CATEGORY_REQUEST, 5, "REQUEST")                                      \
	X(CATEGORY_FACE, 6, "FACE")                                            \
	X(CATEGORY_STATUS, 7, "STATUS")                                        \
	X(CATEGORY_ARREARS, 8, "ARREARS")                                      \
	X(CATEGORY_NUISANCE, 9, "NUISANCE")                                    \
	X(CATEGORY_SAFETY, 10, "SAFETY")                                       \
	X(CATEGORY_FINANCE, 11, "FINANCE")                                     \
	X(CATEGORY_IDENTITY, 12, "IDENTITY")                                   \
	X(CATEGORY_BEHAVIOUR, 13, "BEHAVIOUR")                                 \
	X(CATEGORY_WORK_EDUCATION, 14, "WORK_EDUCATION")                       \
	X(CATEGORY_DAILY_LIFE, 15, "DAILY_LIFE")                               \
	X(CATEGORY_HOUSING, 16, "HOUSING")                                     \
	X(CATEGORY_RELATIONSHIPS, 17, "RELATIONSHIPS")                         \
	X(CATEGORY_MENTAL_HEALTH, 18, "MENTAL_HEALTH")                         \
	X(CATEGORY_PHYSICAL_HEALTH, 19, "PHYSICAL_HEALTH")                     \
	X(CATEGORY_ADDICTION, 20, "ADDICTION")                                 \
	X(CATEGORY_NETWORK, 21, "NETWORK")                                     \
	X(CATEGORY_JUSTICE, 22, "JUSTICE")
#define CATEGORY_COUNT 22

/* What an envelope says. Which state each leads to: referral.h. */
#define TERMS_EVENT(X)                                                         \
	X(EVENT_OFFER, 1, "OFFER")                                             \
	X(EVENT_IDENTITY, 2, "IDENTITY")                                       \
	X(EVENT_ASK, 3, "ASK")                                                 \
	X(EVENT_ANSWER, 4, "ANSWER")                                           \
	X(EVENT_ACCEPT, 5, "ACCEPT")                                           \
	X(EVENT_UNACCEPT, 6, "UNACCEPT")                                       \
	X(EVENT_DECLINE, 7, "DECLINE")                                         \
	X(EVENT_WAITLIST, 8, "WAITLIST")                                       \
	X(EVENT_SCHEDULE, 9, "SCHEDULE")                                       \
	X(EVENT_START, 10, "START")                                            \
	X(EVENT_COMPLETE, 11, "COMPLETE")                                      \
	X(EVENT_REFER_ON, 12, "REFER_ON")                                      \
	X(EVENT_CANCEL, 13, "CANCEL")                                          \
	X(EVENT_CONFIRM_CANCEL, 14, "CONFIRM_CANCEL")                          \
	X(EVENT_REOPEN, 15, "REOPEN")                                          \
	X(EVENT_MARK_ERROR, 16, "MARK_ERROR")                                  \
	X(EVENT_READ, 17, "READ")                                              \
	X(EVENT_CONTACT_ATTEMPT, 18, "CONTACT_ATTEMPT")                        \
	X(EVENT_NOTE, 19, "NOTE")                                              \
	X(EVENT_NO_SHOW, 20, "NO_SHOW")                                        \
	X(EVENT_APPOINTMENT_CANCELLED, 21, "APPOINTMENT_CANCELLED")            \
	X(EVENT_CLIENT_FEEDBACK, 22, "CLIENT_FEEDBACK")                        \
	X(EVENT_ERASED, 23, "ERASED")                                          \
	X(EVENT_TAKE_OVER, 24, "TAKE_OVER")                                    \
	X(EVENT_REVIEW, 25, "REVIEW")                                          \
	/* hub's own and the resident's side; never in an envelope */          \
	X(EVENT_SUBMITTED, 32, "SUBMITTED")                                    \
	X(EVENT_STORED, 33, "STORED")                                          \
	X(EVENT_AUTO_ACCEPT, 34, "AUTO_ACCEPT")                                \
	X(EVENT_EXPIRE, 35, "EXPIRE")                                          \
	X(EVENT_FAIL, 36, "FAIL")                                              \
	X(EVENT_WITHDRAW, 37, "WITHDRAW")                                      \
	X(EVENT_DISCARD, 38, "DISCARD")                                        \
	X(EVENT_REMIND, 39, "REMIND")                                          \
	X(EVENT_ESCALATE, 40, "ESCALATE")
#define EVENT_ENVELOPE_MAX 25 /* the last one that an envelope may carry */

/* The life of a referral; the transitions are in referral.h. */
#define TERMS_STATE(X)                                                         \
	X(STATE_DRAFT, 1, "DRAFT")                                             \
	X(STATE_QUEUED, 2, "QUEUED")                                           \
	X(STATE_DELIVERED, 3, "DELIVERED")                                     \
	X(STATE_INFO_REQUESTED, 4, "INFO_REQUESTED")                           \
	X(STATE_ACCEPTED, 5, "ACCEPTED")                                       \
	X(STATE_WAITLISTED, 6, "WAITLISTED")                                   \
	X(STATE_SCHEDULED, 7, "SCHEDULED")                                     \
	X(STATE_IN_PROGRESS, 8, "IN_PROGRESS")                                 \
	X(STATE_CANCEL_REQUESTED, 9, "CANCEL_REQUESTED")                       \
	X(STATE_COMPLETED, 10, "COMPLETED")                                    \
	X(STATE_DECLINED, 11, "DECLINED")                                      \
	X(STATE_REFERRED_ON, 12, "REFERRED_ON")                                \
	X(STATE_CANCELLED, 13, "CANCELLED")                                    \
	X(STATE_WITHDRAWN, 14, "WITHDRAWN")                                    \
	X(STATE_EXPIRED, 15, "EXPIRED")                                        \
	X(STATE_UNDELIVERABLE, 16, "UNDELIVERABLE")                            \
	X(STATE_IN_ERROR, 17, "IN_ERROR")                                      \
	X(STATE_DISCARDED, 18, "DISCARDED")

/* AVG, medical secrecy, and agreeing to be helped are three different things;
 * the other four are statutory. */
#define TERMS_PERMISSION_KIND(X)                                               \
	X(KIND_CONSENT_AVG, 1, "CONSENT_AVG")                                  \
	X(KIND_SECRECY_RELEASE, 2, "SECRECY_RELEASE")                          \
	X(KIND_AGREES_TO_HELP, 3, "AGREES_TO_HELP")                            \
	X(KIND_DUTY_WITH_OBJECTION, 4, "DUTY_WITH_OBJECTION")                  \
	X(KIND_PUBLIC_TASK, 5, "PUBLIC_TASK")                                  \
	X(KIND_POLICE_WPG, 6, "POLICE_WPG")                                    \
	X(KIND_VITAL_INTEREST, 7, "VITAL_INTEREST")

#define TERMS_PERMISSION_EVENT(X)                                              \
	X(PERMISSION_REQUESTED, 1, "REQUESTED")                                \
	X(PERMISSION_GIVEN, 2, "GIVEN")                                        \
	X(PERMISSION_REFUSED, 3, "REFUSED")                                    \
	X(PERMISSION_OBJECTED, 4, "OBJECTED")                                  \
	X(PERMISSION_WITHDRAWN, 5, "WITHDRAWN")                                \
	X(PERMISSION_EXPIRED, 6, "EXPIRED")                                    \
	X(PERMISSION_INVALIDATED, 7, "INVALIDATED")                            \
	X(PERMISSION_SUPERSEDED, 8, "SUPERSEDED")

/* Why a message may not move. Stable codes; 0 is "permitted". */
#define TERMS_REASON(X)                                                        \
	X(REASON_NONE, 0, "NONE")                                              \
	X(REASON_NOT_A_MEMBER, 1, "NOT_A_MEMBER")                              \
	X(REASON_UNKNOWN_TYPE, 2, "UNKNOWN_TYPE")                              \
	X(REASON_ROLE_NOT_ALLOWED, 3, "ROLE_NOT_ALLOWED")                      \
	X(REASON_NO_PERMISSION, 4, "NO_PERMISSION")                            \
	X(REASON_PERMISSION_NOT_YET_VALID, 5, "PERMISSION_NOT_YET_VALID")      \
	X(REASON_PERMISSION_EXPIRED, 6, "PERMISSION_EXPIRED")                  \
	X(REASON_PERMISSION_WITHDRAWN, 7, "PERMISSION_WITHDRAWN")              \
	X(REASON_OBJECTED, 8, "OBJECTED")                                      \
	X(REASON_WRONG_PARTIES, 9, "WRONG_PARTIES")                            \
	X(REASON_WRONG_TYPE, 10, "WRONG_TYPE")                                 \
	X(REASON_CATEGORY_NOT_COVERED, 11, "CATEGORY_NOT_COVERED")             \
	X(REASON_INSTRUMENT_NOT_IN_FORCE, 12, "INSTRUMENT_NOT_IN_FORCE")       \
	X(REASON_CATEGORY_NOT_FOR_ROLE, 13, "CATEGORY_NOT_FOR_ROLE")           \
	X(REASON_STALE_EPOCH, 14, "STALE_EPOCH")                               \
	X(REASON_STATE_FORBIDS, 15, "STATE_FORBIDS")                           \
	X(REASON_EXPIRED_MESSAGE, 16, "EXPIRED_MESSAGE")                       \
	X(REASON_TOO_BIG, 17, "TOO_BIG")                                       \
	X(REASON_DUPLICATE_CONFLICT, 18, "DUPLICATE_CONFLICT")                 \
	X(REASON_OVER_QUOTA, 19, "OVER_QUOTA")                                 \
	X(REASON_ATTEMPTS_MISSING, 20, "ATTEMPTS_MISSING")                     \
	X(REASON_CATEGORY_MISSING, 21, "CATEGORY_MISSING")                     \
	X(REASON_KIND_NOT_ALLOWED, 22, "KIND_NOT_ALLOWED")                     \
	X(REASON_AREA_NOT_SERVED, 23, "AREA_NOT_SERVED")                       \
	X(REASON_MALFORMED, 24, "MALFORMED")                                   \
	X(REASON_BAD_SIGNATURE, 25, "BAD_SIGNATURE")                           \
	X(REASON_CANNOT_OPEN, 26, "CANNOT_OPEN")                               \
	X(REASON_VERSION_UNSUPPORTED, 27, "VERSION_UNSUPPORTED")               \
	X(REASON_CODE_REQUIRED, 28, "CODE_REQUIRED")                           \
	X(REASON_NOT_GIVEN, 29, "NOT_GIVEN")                                   \
	X(REASON_NOT_ENDED, 30, "NOT_ENDED")                                   \
	X(REASON_DISCLOSURE_DIFFERS, 34, "DISCLOSURE_DIFFERS")                 \
	X(REASON_KEY_ENDED, 36, "KEY_ENDED")

/* Codes of negative ends, outcomes of completed referrals, verdicts of a
 * review. */
#define TERMS_CODE(X)                                                          \
	X(CODE_NONE, 0, "NONE")                                                \
	X(CODE_NO_CAPACITY, 1, "NO_CAPACITY")                                  \
	X(CODE_WAITLIST_TOO_LONG, 2, "WAITLIST_TOO_LONG")                      \
	X(CODE_OUT_OF_AREA, 3, "OUT_OF_AREA")                                  \
	X(CODE_NOT_ELIGIBLE, 4, "NOT_ELIGIBLE")                                \
	X(CODE_WRONG_SERVICE, 5, "WRONG_SERVICE")                              \
	X(CODE_WRONG_RECIPIENT, 6, "WRONG_RECIPIENT")                          \
	X(CODE_ALREADY_KNOWN, 7, "ALREADY_KNOWN")                              \
	X(CODE_INSUFFICIENT_INFO, 8, "INSUFFICIENT_INFO")                      \
	X(CODE_NO_LEGAL_BASIS, 9, "NO_LEGAL_BASIS")                            \
	X(CODE_CLIENT_DECLINED, 10, "CLIENT_DECLINED")                         \
	X(CODE_COULD_NOT_CONTACT, 11, "COULD_NOT_CONTACT")                     \
	X(CODE_UNSAFE_TO_CONTACT, 12, "UNSAFE_TO_CONTACT")                     \
	X(CODE_DUPLICATE, 13, "DUPLICATE")                                     \
	X(CODE_OTHER, 14, "OTHER")                                             \
	X(CODE_HELPED, 32, "HELPED")                                           \
	X(CODE_PARTLY_HELPED, 33, "PARTLY_HELPED")                             \
	X(CODE_NOT_HELPED, 34, "NOT_HELPED")                                   \
	X(CODE_REFERRED_ELSEWHERE, 35, "REFERRED_ELSEWHERE")                   \
	X(CODE_NO_LONGER_WANTED, 36, "NO_LONGER_WANTED")                       \
	/* of a review */                                                      \
	X(CODE_JUSTIFIED, 48, "JUSTIFIED")                                     \
	X(CODE_NOT_JUSTIFIED, 49, "NOT_JUSTIFIED")
#define CODE_OUTCOME_MIN 32 /* COULD_NOT_CONTACT is both reason and outcome */

/* How far a withdrawal came, per message. */
#define TERMS_REACH(X)                                                         \
	X(REACH_NONE, 0, "NONE")                                               \
	X(REACH_RECALLED, 1, "RECALLED_BEFORE_DELIVERY")                       \
	X(REACH_DELIVERED_UNREAD, 2, "DELIVERED_UNREAD")                       \
	X(REACH_READ, 3, "READ_RECIPIENT_NOTIFIED")                            \
	X(REACH_ERASED, 4, "ERASURE_CONFIRMED")                                \
	X(REACH_RETAINED, 5, "RETAINED_WITH_GROUND")
#define REACH_COUNT 6

#define TERMS_REPRESENTATIVE(X)                                                \
	X(REPRESENTATIVE_NONE, 0, "NONE")                                      \
	X(REPRESENTATIVE_PARENT, 1, "PARENT")                                  \
	X(REPRESENTATIVE_CURATOR, 2, "CURATOR")                                \
	X(REPRESENTATIVE_MENTOR, 3, "MENTOR")                                  \
	X(REPRESENTATIVE_BEWINDVOERDER, 4, "BEWINDVOERDER")                    \
	X(REPRESENTATIVE_AUTHORISED, 5, "AUTHORISED")

#define TERMS_CAPTURE_HOW(X)                                                   \
	X(CAPTURE_IN_PERSON, 1, "IN_PERSON")                                   \
	X(CAPTURE_PHONE, 2, "PHONE")                                           \
	X(CAPTURE_PAPER, 3, "PAPER")                                           \
	X(CAPTURE_ONLINE, 4, "ONLINE")

#define TERMS_DISCLOSURE(X)                                                    \
	X(DISCLOSURE_IMMEDIATE, 1, "IMMEDIATE")                                \
	X(DISCLOSURE_DELAYED, 2, "DELAYED")                                    \
	X(DISCLOSURE_WITHHELD, 3, "WITHHELD")

#define TERMS_KEY_USE(X)                                                       \
	X(KEY_TRANSPORT, 1, "TRANSPORT")                                       \
	X(KEY_SIGNING, 2, "SIGNING")                                           \
	X(KEY_SEALING, 3, "SEALING")                                           \
	X(KEY_WITNESS, 4, "WITNESS") /* cosigns checkpoints of the log */

/* What a witness says to a checkpoint; HTTP status of C2SP
 * tlog-witness. */
#define TERMS_WITNESS_VERDICT(X)                                               \
	X(WITNESS_CONFLICT, 1, "CONFLICT")           /* 409: another size */   \
	X(WITNESS_UNKNOWN_LOG, 2, "UNKNOWN_LOG")     /* 404 */                 \
	X(WITNESS_BAD_SIGNATURE, 3, "BAD_SIGNATURE") /* 403 */                 \
	X(WITNESS_BAD_SIZE, 4, "BAD_SIZE")           /* 400: old above new */  \
	X(WITNESS_BAD_PROOF, 5, "BAD_PROOF")         /* 422 */

#define TERMS_BUSY(X)                                                          \
	X(BUSY_STORE_FULL, 1, "STORE_FULL")                                    \
	X(BUSY_DISK_FULL, 2, "DISK_FULL")                                      \
	X(BUSY_STARTING, 3, "STARTING")                                        \
	X(BUSY_OVERLOADED, 4, "OVERLOADED")

#define TERMS_ENUM_ENTRY(symbol, number, text) symbol = (number),
enum category {
	TERMS_CATEGORY(TERMS_ENUM_ENTRY)
};
enum referral_event {
	TERMS_EVENT(TERMS_ENUM_ENTRY)
};
enum referral_state {
	TERMS_STATE(TERMS_ENUM_ENTRY)
};
enum permission_kind {
	TERMS_PERMISSION_KIND(TERMS_ENUM_ENTRY)
};
enum permission_event {
	TERMS_PERMISSION_EVENT(TERMS_ENUM_ENTRY)
};
enum reason {
	TERMS_REASON(TERMS_ENUM_ENTRY)
};
enum code {
	TERMS_CODE(TERMS_ENUM_ENTRY)
};
enum reach {
	TERMS_REACH(TERMS_ENUM_ENTRY)
};
enum representative {
	TERMS_REPRESENTATIVE(TERMS_ENUM_ENTRY)
};
enum capture_how {
	TERMS_CAPTURE_HOW(TERMS_ENUM_ENTRY)
};
enum disclosure {
	TERMS_DISCLOSURE(TERMS_ENUM_ENTRY)
};
enum key_use {
	TERMS_KEY_USE(TERMS_ENUM_ENTRY)
};
enum busy {
	TERMS_BUSY(TERMS_ENUM_ENTRY)
};
enum witness_verdict {
	WITNESS_COSIGNED = 0, /* 200; not on the wire */
	TERMS_WITNESS_VERDICT(TERMS_ENUM_ENTRY)
};
#undef TERMS_ENUM_ENTRY

/* One vocabulary, for looking words up in either direction. */
struct term {
	uint32_t number;
	const char *text;
};

enum terms_table {
	TERMS_CATEGORIES,
	TERMS_EVENTS,
	TERMS_STATES,
	TERMS_PERMISSION_KINDS,
	TERMS_PERMISSION_EVENTS,
	TERMS_REASONS,
	TERMS_CODES,
	TERMS_REACHES,
	TERMS_REPRESENTATIVES,
	TERMS_CAPTURES,
	TERMS_DISCLOSURES,
	TERMS_KEY_USES,
	TERMS_BUSIES,
	TERMS_WITNESS_VERDICTS,
};

/* The word for number; NULL when the table does not hold it. Static. */
const char *terms_text(enum terms_table table, uint32_t number);

/* The number for a word; WH_NOT_FOUND when the table does not hold it. */
enum wh_err terms_number(enum terms_table table, const char *text,
    uint32_t *out);

/* All words of a table, ended by a NULL text. Static. */
const struct term *terms_all(enum terms_table table);

/* Category <-> bit in a set of categories. */
static inline uint32_t
category_bit(enum category category)
{
	return 1u << (unsigned)category;
}

/* Leefgebied code 1-12 of StUF-Jeugdzorg; 0 for the base categories. */
static inline unsigned
category_leefgebied(enum category category)
{
	return (unsigned)category <= 10 ? 0 : (unsigned)category - 10;
}

/* Consent-like kinds are records of a resident's word; the rest is statutory.
 */
static inline bool
kind_is_consent(enum permission_kind kind)
{
	return kind <= KIND_AGREES_TO_HELP;
}

#endif
