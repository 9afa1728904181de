/* A whole file in memory, mapped and read-only. */
#ifndef BATCHTOP_SYS_MAPPED_H
#define BATCHTOP_SYS_MAPPED_H

#include "util/error.h"

#include <stddef.h>

struct mapped {
    const unsigned char *data; /* NULL: empty */
    size_t size;
};

/* A regular file. fails    CONFIG (missing, no file), LOCAL. */
bool mapped_open(struct mapped *m, const char *path, struct error *err);
void mapped_close(struct mapped *m); /* one of zeros is fine */

#endif
