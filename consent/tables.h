/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_TABLES_H
#define WH_CONSENT_TABLES_H

/*
 * The tables that store and audit use, first in every kv store that holds
 * permissions and a log; a program's own tables follow at CONSENT_TABLES.
 */
enum consent_table {
	TABLE_PERMISSION,  /* permission id -> where it stands, signed record */
	TABLE_CHANGE,      /* permission id, be64 n -> signed event */
	TABLE_BY_GROUND,   /* relation ref, instrument -> permission id */
	TABLE_BY_CODE,     /* SHA-256 of withdrawal code -> permission id */
	TABLE_LOG_LEAF,    /* be64 entry -> leaf; (generation << 32) | leaf */
	TABLE_LOG_NODE,    /* level, be64 -> hash of a complete subtree */
	TABLE_LOG_DETAIL,  /* be64 entry -> subject, details sealed with its key
			    */
	TABLE_LOG_KEY,     /* subject -> key, or a mark that it was erased */
	TABLE_LOG_BY_CASE, /* subject, be64 entry -> nothing */
	TABLE_LOG_BY_MEMBER, /* member, NUL, be64 entry -> nothing */
	TABLE_LOG_META,      /* "generation"; per generation head, checkpoint,
				cosigned and what it was opened on: audit_impl.h;
				"behind" -> be64 since when the cosigned one is not
				the head */
	CONSENT_TABLES
};

#define CONSENT_TABLE_NAMES                                                    \
	"permission", "change", "by_ground", "by_code", "log_leaf",            \
	    "log_node", "log_detail", "log_key", "log_by_case",                \
	    "log_by_member", "log_meta"

#endif
