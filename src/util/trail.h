/*
 * A hash of a stream that can stop at any byte and go on later: the ledger
 * keeps it for the bytes that are final. It has four lanes of 64 bits and takes
 * 64 bytes a step, so it costs a reader next to nothing. The sizes of the
 * pieces in which the bytes come do not matter.
 *
 * It tells streams apart that differ by chance. It has no secret, so somebody
 * can construct two streams with the same hash.
 *
 * Threads     Values: copy them.
 */
#ifndef BATCHTOP_UTIL_TRAIL_H
#define BATCHTOP_UTIL_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TRAIL_LANES = 4, TRAIL_STEP = 16 * TRAIL_LANES, TRAIL_TEXT = 224 };

/* All zero: no bytes yet. */
struct trail {
    uint64_t lane[TRAIL_LANES];
    uint64_t bytes; /* so far */
    unsigned char tail[TRAIL_STEP]; /* the last bytes % 64, then zeros */
};

void trail_add(struct trail *r, const void *bytes, size_t n);
bool trail_same(const struct trail *a, const struct trail *b);

/* Write it as a word of printable ASCII, and read such a word (or false). */
void trail_write(const struct trail *r, char to[TRAIL_TEXT]);
bool trail_read(const char *text, struct trail *out);

#endif
