/*
 * Two members of an object whose names differ in the case of the first letter
 * alone: a store that makes that letter small keeps one of them.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_STORE_META_TWINS_H
#define BATCHTOP_STORE_META_TWINS_H

#include "util/buf.h"

/* Find a pair, their names as they stand between the quotes; members that are
 * null do not count. In time n log n of the members, `room` holds 32 bytes for
 * each. False: there is none, or no memory to look. */
bool meta_twins(struct text object, struct buf *room, struct text *big,
                struct text *small);

#endif
