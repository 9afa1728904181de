/* What is advised, for the lines and events of plain.c. */
#ifndef BATCHTOP_HOST_PLAIN_ADVICE_H
#define BATCHTOP_HOST_PLAIN_ADVICE_H

#include "api/snapshot.h"
#include "util/json_write.h"

struct plain_advice {
    char known[48]; /* the beginning of what was said last, */
    int64_t said_ms; /* then */
    char text[256]; /* the line to print */
};

/* Has an advice begun that was not said in the last ten minutes? Then text is
 * its line. Other figures in the same sentence are no other advice. */
bool plain_advice_begins(struct plain_advice *p, const struct snapshot *s);

/* "advice":{"text":"...","command":"set embed-batch=100"}, or null */
void plain_advice_json(struct json_writer *w, const struct snapshot *s);

#endif
