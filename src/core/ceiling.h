/*
 * What a service takes in one request, learned from what it refused for its
 * size: documents and bytes, whichever was the reason.
 *
 * A refusal lowers what was not proven to fit by a larger request that did. A
 * document that is refused alone was too large by itself: what was learned on
 * the way to it is taken back. Requests that fit raise a ceiling again in small
 * steps, so that an error, or a limit that was lifted, costs no more than one
 * refusal in some hundred requests.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_CORE_CEILING_H
#define BATCHTOP_CORE_CEILING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CEILING_PROBE = 256, /* requests that fit before it is raised */
    CEILING_TEXT = 320
};

struct ceiling {
    _Atomic uint64_t count, bytes;           /* of a request; 0: none */
    _Atomic uint64_t good_count, good_bytes; /* the largest that did fit */
    _Atomic uint64_t fits;                   /* since it changed */
};

/* n >= 2 documents, so many bytes in all. */
void ceiling_refused(struct ceiling *c, size_t n, size_t bytes);
/* One document, nothing else in the request. */
void ceiling_refused_alone(struct ceiling *c);
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
