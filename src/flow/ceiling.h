/*
 * What a service takes in one request, learned from what failed and from what
 * passed: documents and bytes, whichever was the reason.
 *
 * A request whose halves both pass was too large. One that was refused with
 * such words is believed at once; where a failure may have been an accident
 * (500, a time-out) it takes three, with nothing of that size passing in
 * between. Only what was not proven to fit by a larger request that did is
 * lowered. A ceiling cuts requests; it never refuses a document. Requests that
 * fit raise it again in small steps, so that an error, or a limit that was
 * lifted, is found out at the cost of one refusal in 256 requests, or in 64
 * where no words said that it was the size.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_FLOW_CEILING_H
#define BATCHTOP_FLOW_CEILING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CEILING_PROBE = 256, /* requests that fit before it is raised */
    CEILING_PROBE_UNSURE = 64, /* ... where no words said that it was size */
    CEILING_FAILURES = 3, /* that teach, where no words say so */
    CEILING_TEXT = 320
};

struct ceiling {
    _Atomic uint64_t count, bytes;           /* of a request; 0: none */
    _Atomic uint64_t good_count, good_bytes; /* the largest that did fit */
    _Atomic uint64_t fits;                   /* since it changed */
    _Atomic uint64_t suspect, suspect_bytes; /* of what may be too large */
    _Atomic uint32_t failures; /* of that, in a row */
    atomic_bool unsure;       /* learned from failures without such words */
};

/* A request of n >= 2 documents and so many bytes failed, and both its halves
 * passed. sure: the service said that it was the size. */
void ceiling_failed(struct ceiling *c, size_t n, size_t bytes, bool sure);
/* The service itself named how many documents it takes. */
void ceiling_told(struct ceiling *c, size_t most);
void ceiling_served(struct ceiling *c, size_t n, size_t bytes);

/* The smaller of `most` and what was learned; 0 is no limit. */
size_t ceiling_docs(struct ceiling *c, size_t most);
size_t ceiling_size(struct ceiling *c, size_t most);

/* As a line that a later run reads: "COUNT BYTES ENDPOINT", "" when nothing
 * was learned. ceiling_read() takes it when it is of the same endpoint. */
void ceiling_write(struct ceiling *c, const char *endpoint,
                   char text[CEILING_TEXT]);
bool ceiling_read(struct ceiling *c, const char *endpoint, const char *text);

#endif
