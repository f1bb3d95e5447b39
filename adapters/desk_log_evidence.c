/* SPDX-License-Identifier: EUPL-1.2 */
#include <dirent.h>
#include <string.h>

#include "adapters/desk_log_impl.h"
#include "proto/base/file.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"

#define SUFFIX        ".evidence"
#define EVIDENCE_MODE 0644 /* it is there to be shown */

void
desk_clash_set(struct clash *clash, enum evidence_kind kind, struct span known,
    struct span seen)
{
	if (clash->known != NULL)
		return;
	clash->kind = kind;
	clash->known = mem_dup(known);
	clash->seen = mem_dup(seen);
}

void
desk_clash_look(struct clash *clash, enum witness_order order,
    struct span known, struct span seen)
{
	switch (order) {
	case WITNESS_FORK:
		desk_clash_set(clash, EVIDENCE_FORK, known, seen);
		break;
	case WITNESS_OLDER:
		desk_clash_set(clash, EVIDENCE_ROLLBACK, known, seen);
		break;
	case WITNESS_SAME:
	case WITNESS_NEWER:
		break;
	}
}

static enum wh_err
evidence_store(struct desk *desk, const struct evidence *evidence,
    struct why *why)
{
	char name[EVIDENCE_NAME_SIZE + sizeof(SUFFIX)];
	char *dir = file_path(desk->dir, "evidence");
	char *path = NULL;
	char *text = NULL;
	uint8_t *before = NULL;
	size_t len = 0;
	enum wh_err err;

	err = evidence_name(evidence, name);
	if (err == WH_OK)
		err = evidence_text(evidence, &text);
	if (err != WH_OK)
		goto out;
	strcat(name, SUFFIX);
	path = file_path(dir, name);
	err = file_read(path, EVIDENCE_MAX, &before, &len, why);
	if (err != WH_NOT_FOUND) /* it is there, as it was seen first */
		goto out;
	err = desk->evidence >= DESK_EVIDENCE_MAX ? WH_FULL
						  : file_mkdir(dir, why);
	if (err == WH_OK)
		err = file_write(path, span_str(text), EVIDENCE_MODE, why);
	if (err == WH_OK) {
		desk->evidence++;
		log_err("LOG-CONTRADICTED", "kind=%s file=%s",
		    evidence_kind_text(evidence->kind), path);
	}
out:
	mem_free(before);
	mem_free(text);
	mem_free(path);
	mem_free(dir);
	return err;
}

void
desk_clash_end(struct desk *desk, struct clash *clash, int64_t now_ms)
{
	struct why why = {""};
	enum wh_err err;

	if (clash->known != NULL) {
		const struct evidence evidence = {.kind = clash->kind,
		    .seen_ms = now_ms,
		    .by = span_str(desk->member),
		    .notes = {span_str(clash->known), span_str(clash->seen)}};

		err = evidence_store(desk, &evidence, &why);
		if (err != WH_OK)
			log_err("EVIDENCE-NOT-KEPT", "kind=%s error=%s %s",
			    evidence_kind_text(clash->kind), wh_err_str(err),
			    why.text);
	}
	mem_free(clash->known);
	mem_free(clash->seen);
	*clash = (struct clash){0};
}

uint64_t
desk_log_evidence(const char *dir)
{
	char *path = file_path(dir, "evidence");
	DIR *folder = opendir(path);
	const struct dirent *entry;
	uint64_t count = 0;

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		size_t len = strlen(entry->d_name);

		count +=
		    len > strlen(SUFFIX) &&
		    strcmp(entry->d_name + len - strlen(SUFFIX), SUFFIX) == 0;
	}
	if (folder != NULL)
		(void)closedir(folder);
	mem_free(path);
	return count;
}
