/*
 * What single stores refuse in metadata: two names that they take for one, and
 * values inside objects and lists that have no type there.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_STORE_META_PARTS_H
#define BATCHTOP_STORE_META_PARTS_H

#include "util/json.h"

/* For a store that gives each name inside an object or list a type of its own:
 * lists must hold values of one type, none of them a list or null; members of
 * objects need names that fit. Returns what is wrong, "has a list within a
 * list"; NULL: nothing. `room` is scratch. */
const char *meta_inside(const struct json_value *v,
                        bool (*name_fits)(struct text name), struct buf *room);

/* For a store that makes the first letter of a name small, and so keeps one of
 * two members that differ in nothing else: find such a pair, with the names as
 * they are between the quotes; null members do not count. Takes time n log n
 * for n members, and 32 bytes of `room` for each. False: there is none, or no
 * memory to search. */
bool meta_twins(struct text object, struct buf *room, struct text *big,
                struct text *small);

#endif
