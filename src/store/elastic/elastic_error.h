/*
 * What a refusal of Elasticsearch or OpenSearch means, of a whole request or of
 * one item of a bulk.
 *
 * An error is {"type":"..","reason":"..","caused_by":{..}}. The reason shows
 * the document: its id, and the beginning of the value that was not liked. So
 * the verdict is by the types, and by reasons that are of the server's making
 * alone.
 */
#ifndef BATCHTOP_STORE_ELASTIC_ELASTIC_ERROR_H
#define BATCHTOP_STORE_ELASTIC_ELASTIC_ERROR_H

#include <stddef.h>

#include "util/buf.h"
#include "util/error.h"

struct elastic_error {
    unsigned status;
    char type[64];        /* "" when there is none */
    struct text reason;   /* raw JSON string contents */
    struct text index;    /* that it is about, likewise; len 0: not said */
    struct text cause;    /* the innermost caused_by's, likewise; len 0: none */
    uint64_t limit_bytes; /* of a circuit breaker; 0: not said */
    uint64_t busy_bytes;  /* under way when a queue was full; 0: not said */
};

/* Take the object (or string) behind "error" apart; it stays the caller's. */
void elastic_error_read(struct text json, unsigned status,
                        struct elastic_error *e);

/* The same of a whole answer, {"error":{..},"status":429}. False: it is none
 * of theirs (a proxy's page, say). */
bool elastic_error_find(struct text answer, unsigned status,
                        struct elastic_error *e);

/*
 * Set kind and about of `err`, and nothing else. A 403 without a type that we
 * know stays what it was.
 *
 * CONFIG     the index or the cluster cannot take documents as it is: closed,
 *            gone, read-only, another dimension in the field `vector`
 * QUOTA      blocked because its disk is full
 * LIMITED    a full queue, a breaker: later
 * SIZE       more than may be under way at once: less of it at a time
 * AUTH       the key
 * SERVER     it passes
 * REFUSED    of one document where the type says so
 */
void elastic_error_judge(const struct elastic_error *e, const char *vector,
                         struct error *err);

/* The words for the operator: the reason, shortened so that its cause is
 * there, too. */
void elastic_error_say(const struct elastic_error *e, char *to, size_t size);

#endif
