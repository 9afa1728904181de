/*
 * What a service takes in one request, in documents and bytes, learned from
 * requests that failed and that passed.
 *
 * A request whose halves both pass was too large. If the service says so, one
 * refusal is enough; if the failure may be an accident (500, a time-out) it
 * takes three, with nothing of that size passing in between. We never lower
 * what a larger request has proven to fit. A ceiling cuts requests; it never
 * refuses a document. Requests that fit raise it again in small steps, so that
 * one refusal in 256 requests (in 64 if no words blamed the size) finds out a
 * mistake or a lifted limit.
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
    CEILING_PROBE = 256, /* requests that fit before we raise it */
    CEILING_PROBE_UNSURE = 64, /* ... where no words blamed the size */
    CEILING_FAILURES = 3, /* failures that teach, without such words */
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
 * passed. sure: the service blamed the size. */
void ceiling_failed(struct ceiling *c, size_t n, size_t bytes, bool sure);
/* The service itself named how many documents it takes. */
void ceiling_told(struct ceiling *c, size_t most);
void ceiling_served(struct ceiling *c, size_t n, size_t bytes);

/* The smaller of `most` and what was learned; 0 is no limit. */
size_t ceiling_docs(struct ceiling *c, size_t most);
size_t ceiling_size(struct ceiling *c, size_t most);

/* Write a line for a later run: "COUNT BYTES ENDPOINT", "" when nothing was
 * learned. ceiling_read() takes it if the endpoint is the same. */
void ceiling_write(struct ceiling *c, const char *endpoint,
                   char text[CEILING_TEXT]);
bool ceiling_read(struct ceiling *c, const char *endpoint, const char *text);

#endif
