/*
 * A hash of a stream so far that can be put down at any byte and taken up
 * again: what a ledger keeps of the bytes that are done with. Four lanes of 64
 * bits side by side, 64 bytes a step, so that it costs a reader next to nothing;
 * it does not matter in what pieces the bytes come.
 *
 * It tells a stream from another by chance, not from one that was made to be
 * mistaken: no secret is in it.
 *
 * Threads     Values: copy them.
 */
#ifndef BATCHTOP_UTIL_TRAIL_H
#define BATCHTOP_UTIL_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TRAIL_LANES = 4, TRAIL_STEP = 16 * TRAIL_LANES, TRAIL_TEXT = 224 };

/* All zero: of no bytes. */
struct trail {
    uint64_t lane[TRAIL_LANES];
    uint64_t bytes; /* so far */
    unsigned char tail[TRAIL_STEP]; /* the last bytes % 64, then zeros */
};

void trail_add(struct trail *r, const void *bytes, size_t n);
bool trail_same(const struct trail *a, const struct trail *b);

/* As a word of printable ASCII, and back; false: it is none. */
void trail_write(const struct trail *r, char to[TRAIL_TEXT]);
bool trail_read(const char *text, struct trail *out);

#endif
