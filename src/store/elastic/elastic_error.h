/*
 * The meaning of a refusal by Elasticsearch or OpenSearch, for a whole request
 * or for one item of a bulk.
 *
 * An error is {"type":"..","reason":"..","caused_by":{..}}. The reason shows
 * the document: its id, and the beginning of the offending value. So the
 * verdict goes by the types, and by reasons that only the server can have
 * written.
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
    struct text index;    /* the index that it names; len 0: none */
    struct text cause;    /* of the innermost caused_by; len 0: none */
    uint64_t limit_bytes; /* of a circuit breaker; 0: it does not say */
    uint64_t busy_bytes;  /* in flight when a queue was full; 0: unknown */
};

/* Take the object (or string) behind "error" apart; it borrows the JSON. */
void elastic_error_read(struct text json, unsigned status,
                        struct elastic_error *e);

/* The same for a whole answer, {"error":{..},"status":429}. False: it is not
 * theirs (a proxy's page, say). */
bool elastic_error_find(struct text answer, unsigned status,
                        struct elastic_error *e);

/*
 * Set kind and about of `err`, and nothing else. A 403 without a known type
 * stays what it was.
 *
 * CONFIG     the index or the cluster takes no documents now: closed, gone,
 *            read-only, another dimension in the field `vector`
 * QUOTA      blocked because its disk is full
 * LIMITED    a full queue, a breaker: later
 * SIZE       more than may be in flight at once: send less at a time
 * AUTH       the key
 * SERVER     it passes
 * REFUSED    one document, if the type says so
 */
void elastic_error_judge(const struct elastic_error *e, const char *vector,
                         struct error *err);

/* The words for the operator: the reason, shortened so that its cause fits,
 * too. */
void elastic_error_say(const struct elastic_error *e, char *to, size_t size);

#endif
