/*
 * The names of a corpus: a stream has a name that tells nothing about it.
 *
 * Pure.
 */
#ifndef BATCHTOP_ENGINE_JOB_CORPUS_NAME_H
#define BATCHTOP_ENGINE_JOB_CORPUS_NAME_H

#include <stdbool.h>

/* Standard input: "-" or a name that the system has for it. */
bool corpus_is_stdin(const char *path);
/* That, or any descriptor by its number, like a shell's <(...). */
bool corpus_is_stream(const char *path);
/* For messages. */
const char *corpus_shown(const char *path);

#endif
