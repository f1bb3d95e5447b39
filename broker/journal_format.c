/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/journal_format.h"

#include "proto/base/be.h"
#include "proto/base/mem.h"

#define SEGMENT_HEADER_LEN 32u

size_t
journal_padded(size_t len)
{
	return (len + JOURNAL_BLOCK - 1) / JOURNAL_BLOCK * JOURNAL_BLOCK;
}

static size_t
commands_len(const struct command *commands, size_t count)
{
	size_t len = 0;
	size_t i;

	for (i = 0; i < count; i++)
		len += 6 + strlen(commands[i].member) + commands[i].bytes.len;
	return len;
}

size_t
journal_record_size(const struct command *commands, size_t count)
{
	return journal_padded(
	    JOURNAL_HEADER_LEN + commands_len(commands, count));
}

static uint8_t *
command_encode(const struct command *command, uint8_t *p)
{
	size_t member_len = strlen(command->member);

	*p++ = (uint8_t)command->kind;
	*p++ = (uint8_t)member_len;
	memcpy(p, command->member, member_len);
	p += member_len;
	be32_put(p, (uint32_t)command->bytes.len);
	p += 4;
	if (command->bytes.len > 0)
		memcpy(p, command->bytes.p, command->bytes.len);
	return p + command->bytes.len;
}

void
journal_encode(const struct journal_record *record, const struct id *mark,
    uint8_t *out)
{
	size_t body = commands_len(record->commands, record->count);
	size_t len = JOURNAL_HEADER_LEN + body;
	uint8_t *p = out + JOURNAL_HEADER_LEN;
	size_t i;

	be32_put(out, JOURNAL_MAGIC);
	memcpy(out + 8, mark->b, sizeof(mark->b));
	be64_put(out + 24, record->seq);
	be64_put(out + 32, (uint64_t)record->now_ms);
	memcpy(out + 40, record->seed.b, HASH_LEN);
	memcpy(out + 72, record->root.b, HASH_LEN);
	be32_put(out + 104, (uint32_t)record->count);
	be32_put(out + 108, (uint32_t)body);
	for (i = 0; i < record->count; i++)
		p = command_encode(&record->commands[i], p);
	memset(p, 0, journal_padded(len) - len);
	be32_put(out + 4, crc32c(0, span_of(out + 8, len - 8)));
}

/* One command from *left, which moves on. */
static bool
command_decode(struct span *left, struct command *out)
{
	size_t member_len, len;
	const uint8_t *p = left->p;

	if (left->len < 6 || p[1] > NAME_MAX_LEN || left->len < 6u + p[1])
		return false;
	member_len = p[1];
	if (memchr(p + 2, '\0', member_len) != NULL)
		return false;
	len = be32_get(p + 2 + member_len);
	if (len > left->len - 6 - member_len)
		return false;
	out->kind = (enum command_kind)p[0];
	memcpy(out->member, p + 2, member_len);
	out->member[member_len] = '\0';
	out->bytes = span_of(p + 6 + member_len, len);
	*left =
	    span_of(p + 6 + member_len + len, left->len - 6 - member_len - len);
	return true;
}

enum wh_err
journal_decode(struct span bytes, const struct id *mark,
    struct command *commands, struct journal_record *out)
{
	const uint8_t *p = bytes.p;
	struct span left;
	size_t body, i;

	if (bytes.len < JOURNAL_HEADER_LEN || be32_get(p) != JOURNAL_MAGIC ||
	    memcmp(p + 8, mark->b, sizeof(mark->b)) != 0)
		return WH_NOT_FOUND;
	body = be32_get(p + 108);
	if (body > bytes.len - JOURNAL_HEADER_LEN ||
	    be32_get(p + 104) > BATCH_MAX ||
	    be32_get(p + 4) !=
		crc32c(0, span_of(p + 8, JOURNAL_HEADER_LEN - 8 + body)))
		return WH_NOT_FOUND;
	out->seq = be64_get(p + 24);
	out->now_ms = (int64_t)be64_get(p + 32);
	memcpy(out->seed.b, p + 40, HASH_LEN);
	memcpy(out->root.b, p + 72, HASH_LEN);
	out->count = be32_get(p + 104);
	out->commands = commands;
	left = span_of(p + JOURNAL_HEADER_LEN, body);
	for (i = 0; i < out->count; i++)
		if (!command_decode(&left, &commands[i]))
			return WH_NOT_FOUND;
	return left.len == 0 ? WH_OK : WH_NOT_FOUND;
}

void
segment_header_encode(uint64_t segment, const struct id *mark,
    uint8_t out[JOURNAL_BLOCK])
{
	memset(out, 0, JOURNAL_BLOCK);
	be32_put(out, SEGMENT_MAGIC);
	be64_put(out + 8, segment);
	memcpy(out + 16, mark->b, sizeof(mark->b));
	be32_put(out + 4, crc32c(0, span_of(out + 8, SEGMENT_HEADER_LEN - 8)));
}

bool
segment_header_read(struct span block, uint64_t segment, struct id *mark)
{
	const uint8_t *p = block.p;

	if (block.len < SEGMENT_HEADER_LEN || be32_get(p) != SEGMENT_MAGIC ||
	    be64_get(p + 8) != segment ||
	    be32_get(p + 4) !=
		crc32c(0, span_of(p + 8, SEGMENT_HEADER_LEN - 8)))
		return false;
	memcpy(mark->b, p + 16, sizeof(mark->b));
	return true;
}
