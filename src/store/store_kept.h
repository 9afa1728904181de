/*
 * For keep() and kept() of stores whose collections have metadata: a member
 * "batchtop" in it.
 *
 * Threads     The caller's.
 */
#ifndef BATCHTOP_STORE_STORE_KEPT_H
#define BATCHTOP_STORE_STORE_KEPT_H

#include "util/buf.h"

#define STORE_KEPT "batchtop"

/* Append the value at the path of member names, which ends with NULL: an object
 * as it is written, a string decoded; nothing if there is none. */
void store_kept_take(struct text json, const char *const *path,
                     struct buf *to);

#endif
