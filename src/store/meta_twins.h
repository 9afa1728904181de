/*
 * Two members of an object whose names differ only in the case of the first
 * letter: a store that makes that letter small keeps one of them.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_STORE_META_TWINS_H
#define BATCHTOP_STORE_META_TWINS_H

#include "util/buf.h"

/* Find such a pair, with the names as they are between the quotes; null members
 * do not count. Takes time n log n for n members, and 32 bytes of `room` for
 * each. False: there is none, or no memory to search. */
bool meta_twins(struct text object, struct buf *room, struct text *big,
                struct text *small);

#endif
