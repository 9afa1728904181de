/*
 * Recognise files that are not JSON by their first bytes: say what they are,
 * and which command makes a corpus of them.
 *
 * Pure.
 */
#ifndef BATCHTOP_SOURCE_CONTAINER_H
#define BATCHTOP_SOURCE_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

enum { CONTAINER_HEAD = 512 }; /* enough bytes to recognise any of them */

struct container {
    const char *name;    /* "a zip archive": behind "is" */
    const char *command; /* with %s for the file's name; we read its output.
                            NULL: none that is short */
    const char *filter;  /* the same for standard input; NULL: takes a file */
};

/* NULL: none that we know. `packed`: the bytes came out of gzip or zstd, so
 * gzip or zstd within counts as a container, too. */
const struct container *container_find(const void *first, size_t n,
                                       bool packed);

/*
 * The same for text that is not JSON: none of its first lines is a value or
 * could be a part of one. `last`: nothing follows these bytes; otherwise the
 * last line counts only if it is whole. *doubt: NULL came back because more
 * lines are needed. The ending of `path` helps.
 */
const struct container *container_text(const char *first, size_t n, bool last,
                                       const char *path, bool *doubt);

/*
 * What to do with it, as a clause that ends in a command for a shell, with the
 * file quoted and a job named after it. `unpack`: the program that unpacks the
 * file around it ("gzip"); NULL: none. `size` bounds the text; for a name that
 * is too long, the words FILE and NAME stand in.
 */
void container_remedy(const struct container *c, const char *path,
                      const char *unpack, char *to, size_t size);

#endif
