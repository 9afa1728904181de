/*
 * A file of word vectors, as fastText and GloVe publish them ("word2vec text
 * form"): an optional line "count dims", then a line "word f f f ..." each.
 *
 * The first run reads the text into FILE.btcache beside it; from then on all
 * workers and runs map that file read-only and share one copy in the page
 * cache. A change of FILE's size or time causes a new cache. If the folder
 * cannot be written, an unnamed temporary file takes its place, for this
 * instance alone.
 *
 * It keeps only words that words.h can find, in lower case; the first of
 * several spellings counts, since these files are sorted by frequency.
 *
 * Memory      While reading: one line, and 16 to 32 bytes a word.
 * Threads     Any may call vec_file_row(). Readers of one FILE wait for each
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
