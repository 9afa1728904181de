/*
 * The corpus in the working directory that was probably meant.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_HOST_CORPUS_NEAR_H
#define BATCHTOP_HOST_CORPUS_NEAR_H

#include "util/error.h"

/* "PATH: No such file or directory", and which file of its folder has nearly
 * that name. Always false. fails INPUT. */
bool corpus_not_there(const char *path, struct error *err);

/* The file here that a job of this name would be made of, as a word for a
 * shell: NAME.jsonl, or another with an ending of a corpus. False: there is
 * none, or it does not fit. */
bool corpus_of_name(const char *name, char *to, size_t size);

#endif
