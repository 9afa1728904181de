/*
 * Read a file that store_jsonl.c wrote: is it one, is its end whole, which ids
 * are in it? It streams lines, so memory holds one line and a block.
 *
 * All fail with CONFIG (another kind of file), LOCAL (disk) or MEMORY.
 */
#ifndef BATCHTOP_STORE_FILES_JSONL_FILE_H
#define BATCHTOP_STORE_FILES_JSONL_FILE_H

#include "util/buf.h"
#include "util/error.h"

/*
 * An empty file is fine. Otherwise the first record must be ours with *dim
 * floats (sets *dim if 0). With `repair` it cuts off a torn last line, and adds
 * a newline to a whole one that only lacks that.
 */
bool jsonl_check(int fd, const char *path, bool repair, size_t *dim,
                 struct error *err);

/* present[i]: a line has ids[i], decoded. */
bool jsonl_find(int fd, const char *path, const struct text *ids, size_t n,
                bool *present, struct error *err);

/* Whole lines. */
bool jsonl_lines(int fd, const char *path, uint64_t *n, struct error *err);

#endif
