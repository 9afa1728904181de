/*
 * How far each source is final: the frontier.
 *
 * A reader cuts its source into segments, one a batch. A segment counts its
 * records that are not final yet; the frontier stands at the first segment
 * that has any. It only moves forward (I3).
 *
 * Threads     frontier_add(): the source's reader. The rest: the recorder.
 *             A leaf lock keeps them apart.
 */
#ifndef BATCHTOP_CORE_FRONTIER_H
#define BATCHTOP_CORE_FRONTIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/trail.h"

struct frontier;

struct place {
    uint64_t pos, offset, line;
    struct trail past; /* of all bytes below; not known: not of `offset` many */
};

struct frontier *frontier_new(size_t sources);
void frontier_free(struct frontier *f);

/* Where the source starts in this run; before its reader does. */
void frontier_start(struct frontier *f, size_t source, struct place at);

/* How far an earlier run had read: what it finished lies below. Before the
 * reader starts. */
void frontier_set_reached(struct frontier *f, size_t source, struct place at);
/* How far this or an earlier run has read, the end of the last segment, and
 * whether that moved since the last call. */
bool frontier_get_reached(struct frontier *f, size_t source, struct place *to);

/* A sealed segment that ends at `end` and has `open` records to finish.
 * Returns its number. False in *ok without memory. */
uint32_t frontier_add(struct frontier *f, size_t source, struct place end,
                      size_t open, bool *ok);
/* n records of the segment became final. */
void frontier_resolve(struct frontier *f, size_t source, uint32_t segment,
                      size_t n);
/* Nothing is open: the frontier stands where the reader does. */
bool frontier_clear(struct frontier *f, size_t source);
/* The frontier, and whether it moved since the last call. */
bool frontier_moved(struct frontier *f, size_t source, struct place *at);

#endif
