/*
 * What a checkpoint keeps of a stage's endpoint for the next run: the requests
 * in flight and the batch that were found best, what it refused, and the wire
 * that was taken.
 *
 * Threads     The caller's.
 */
#ifndef BATCHTOP_CMD_LEARNED_H
#define BATCHTOP_CMD_LEARNED_H

#include "flow/ceiling.h"
#include "flow/seek/seek.h"
#include "util/json_write.h"

#include <stdio.h>

struct learned {
    bool sizes, widths;     /* which of the two is known */
    char wire[8];           /* "gRPC", "JSON": the last; "": it has one */
    struct ceiling ceiling; /* of a request */
    struct seek_knee knee;
};

/* Take the ledger's texts ("ceiling.embed", "knee.embed", "wire.embed"), each
 * perhaps NULL. What cannot be read is not known. */
void learned_read(struct learned *l, const char *ceiling, const char *knee,
                  const char *wire);

/* Lines of status for this stage; none where nothing is known. */
void learned_put(FILE *to, const char *stage, struct learned *l);
/* A member of the object, likewise. */
void learned_put_json(struct json_writer *w, const char *stage,
                      struct learned *l);

#endif
