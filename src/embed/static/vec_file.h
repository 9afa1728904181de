/*
 * A file of word vectors, as fastText and GloVe publish them ("word2vec text
 * form"): an optional line "count dims", then a line "word f f f ..." each.
 *
 * The text is read once, into FILE.btcache beside it; from then on that file
 * is mapped, read-only, so all workers and all runs share one copy in the
 * page cache. It is made anew when FILE's size or time has changed. Where the
 * folder cannot be written an unnamed temporary file takes its place, for
 * this instance alone.
 *
 * Only words that words.h can find are kept, in lower case; of several
 * spellings the first counts, as these files are sorted by frequency.
 *
 * Memory      While reading: one line, and 16 to 32 bytes a word.
 * Threads     vec_file_row() from any. Readers of one FILE wait for each
 *             other, between processes too.
 */
#ifndef BATCHTOP_EMBED_STATIC_VEC_FILE_H
#define BATCHTOP_EMBED_STATIC_VEC_FILE_H

#include "util/error.h"

#include <stddef.h>

struct vec_file;

/* fails    CONFIG (missing, not of this form: names file and line), LOCAL
 *          (disk), MEMORY. */
struct vec_file *vec_file_open(const char *path, struct error *err);
void vec_file_close(struct vec_file *f); /* NULL is fine */

size_t vec_file_dim(const struct vec_file *f);

/* dim floats, by the hash of the word (words.h); NULL: not in the file. */
const float *vec_file_row(const struct vec_file *f, uint64_t hash);

#endif
