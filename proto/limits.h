/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_LIMITS_H
#define WH_PROTO_LIMITS_H

/*
 * Every bound on what a peer or partner can make us hold, with its reason.
 * Sizes in bytes unless the name says otherwise.
 */

/* Ids of members, desks, types, areas, roles, instruments: a short slug. */
#define NAME_MAX_LEN 32
/* Human names in the covenant ("Politie, basisteam Nieuw-West"). */
#define TITLE_MAX_LEN 120
/* Article references, URIs, decision numbers. */
#define REFERENCE_MAX_LEN 200

/* One ZeroMQ message; the transport drops more (facts: never unlimited). */
#define FRAME_MAX 2097152u /* 2 MiB */
/* One signed envelope: 22 sections of ordinary length fit many times over. */
#define ENVELOPE_MAX 1048576u /* 1 MiB */
/* One section's plaintext: a long case note, twenty pages of text. */
#define SECTION_MAX 65536u
/* One text field within a section. */
#define SECTION_TEXT_MAX 32768u
/* One name, street or place: the BRP has 200 characters, with diacritics. */
#define SECTION_NAME_MAX 400
/* One remark: StUF-Jeugdzorg's longest answer fits twice. */
#define SECTION_REMARK_MAX 4000
/* A telephone number as people write it. An e-mail address, RFC 5321. */
#define SECTION_PHONE_MAX 40
#define SECTION_EMAIL_MAX 254
/* One word or short code: house number, kind of defect, language. */
#define SECTION_WORD_MAX 64
/* Incidents or defects in one section. */
#define SECTION_ITEMS_MAX 16
/* Values in one section: the widest category has far fewer. */
#define SECTION_VALUES_MAX 64
/* Padding steps double from here, so that length says little. */
#define PAD_MIN 256

/* Decoding one frame may use this much memory: its size and bookkeeping. */
#define FRAME_ARENA_MAX 8388608u /* 4 * FRAME_MAX */

/* Categories, types and parties listed in one record. */
#define LIST_MAX 64
/* A permission record, with its lists. */
#define PERMISSION_MAX 16384u
/* Messages in one report of a member on a withdrawal: more is another report.
 */
#define REPORT_MESSAGES_MAX 1024
#define REPORT_MAX          262144u /* of at most 240 bytes each */
/* Members that are named as outstanding: a permission concerns two or three,
 * unless it is for whoever has a role in an area. */
#define WITHDRAWAL_MEMBERS_MAX 64
/* A signed register: a city's worth of members and types. */
#define REGISTER_MAX         1048576u /* 1 MiB */
#define REGISTER_MEMBERS_MAX 4096
#define REGISTER_KEYS_MAX    16

/* Clock skew that we forgive between members and the hub. */
#define SKEW_MAX_MS (5ll * 60 * 1000)
/* A message may wait this long at most. */
#define EXPIRES_MAX_MS (90ll * 24 * 3600 * 1000)

/* Deliveries in flight per member (credit). */
#define CREDIT_MAX 256
/* Log entries in one frame; with their details they stay far below it. */
#define LOG_PAGE_MAX 128
/* Rows waiting per member before its senders are told OVER_QUOTA. */
#define QUEUE_ROWS_MAX 100000
/* Commands in one journal record; one flush covers them all. */
#define BATCH_MAX 256

/* The name of a log: that of the register, and a number behind it. */
#define ORIGIN_MAX_LEN 255
/* A checkpoint with the cosignatures of 32 witnesses, in a frame. */
#define CHECKPOINT_MAX 65536
/* Signature lines of one witness, with a name of 255 bytes and two keys. */
#define COSIGNATURE_MAX 1024

#endif
