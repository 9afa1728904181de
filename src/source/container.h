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
    const char *filter;  /* the same of standard input; NULL: it wants a file */
};

/* NULL: nothing that is known here. `packed`: the bytes came out of gzip or
 * zstd, so that gzip or zstd within is one, too. */
const struct container *container_find(const void *first, size_t n,
                                       bool packed);

/*
 * The same of text that is no JSON: none of its first lines is a value or could
 * be a part of one. `last`: there is nothing behind these bytes; else the
 * last line counts only if it is whole. *doubt: NULL came back for want of
 * lines, more may tell. `path` helps by its ending.
 */
const struct container *container_text(const char *first, size_t n, bool last,
                                       const char *path, bool *doubt);

/*
 * What to do with it, as a clause that ends in a command for a shell: the file
 * quoted, a job named by it. `unpack`: the program that unpacks the file
 * around it ("gzip"); NULL: none. `size` is what may be filled; where a long
 * name does not fit it, the words FILE and NAME stand for it.
 */
void container_remedy(const struct container *c, const char *path,
                      const char *unpack, char *to, size_t size);

#endif
