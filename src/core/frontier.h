/*
 * The frontier of each source, the low-water mark below which all is final.
 *
 * A reader cuts its source into segments, one a batch. A segment counts its
 * records that are not final yet; the frontier is at the first segment that has
 * any. It only moves forward (I3).
 *
 * Threads     frontier_add(): the source's reader. The rest: the recorder. A
 *             leaf lock protects both.
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

/* Where the source starts in this run. Call it before its reader starts. */
void frontier_start(struct frontier *f, size_t source, struct place at);

/* How far an earlier run had read; all that it finished is below. Call it
 * before the reader starts. */
void frontier_set_reached(struct frontier *f, size_t source, struct place at);
/* How far this or an earlier run has read (the end of the last segment), and
 * whether that moved since the last call. */
bool frontier_get_reached(struct frontier *f, size_t source, struct place *to);

/* Add a sealed segment that ends at `end` and has `open` records to finish.
 * Returns its number; *ok is false without memory. */
uint32_t frontier_add(struct frontier *f, size_t source, struct place end,
                      size_t open, bool *ok);
/* n records of the segment became final. */
void frontier_resolve(struct frontier *f, size_t source, uint32_t segment,
                      size_t n);
/* Is nothing open? Then the frontier is where the reader is. */
bool frontier_clear(struct frontier *f, size_t source);
/* The frontier, and whether it moved since the last call. */
bool frontier_moved(struct frontier *f, size_t source, struct place *at);

#endif
