/*
 * keep() and kept() of stores that have metadata of their own for what their
 * records are in: a member "batchtop" of it.
 *
 * Threads     The caller's.
 */
#ifndef BATCHTOP_STORE_STORE_KEPT_H
#define BATCHTOP_STORE_STORE_KEPT_H

#include "util/buf.h"

#define STORE_KEPT "batchtop"

/* Append what is at the path of member names, which ends with NULL: an object
 * as it is written, a string decoded; nothing when it is not there. */
void store_kept_take(struct text json, const char *const *path,
                     struct buf *to);

#endif
