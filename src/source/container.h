/*
 * Files that are no JSON at all, known by their first bytes: what they are, and
 * the command that makes a corpus of them.
 *
 * Pure.
 */
#ifndef BATCHTOP_SOURCE_CONTAINER_H
#define BATCHTOP_SOURCE_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

enum { CONTAINER_HEAD = 512 }; /* so many bytes tell each of them */

struct container {
    const char *name;    /* "a zip archive": behind "is" */
    const char *command; /* with %s for the file's name; its output is read.
                            NULL: none that is short */
};

/* NULL: nothing that is known here. `packed`: the bytes came out of gzip or
 * zstd, so that gzip or zstd within is one, too. */
const struct container *container_find(const void *first, size_t n,
                                       bool packed);
/* What to do with it, as the end of a sentence. */
void container_remedy(const struct container *c, const char *file, char *to,
                      size_t size);

#endif
