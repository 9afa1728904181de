/*
 * What is inside objects and lists, for a store that gives each name in them a
 * type of its own.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_STORE_META_INSIDE_H
#define BATCHTOP_STORE_META_INSIDE_H

#include "util/json.h"

/*
 * Lists must hold values of one type, none of them a list or null; members of
 * objects need names that fit. Returns what is wrong, "has a list within a
 * list"; NULL: nothing. `room` is scratch.
 */
const char *meta_inside(const struct json_value *v,
                        bool (*name_fits)(struct text name), struct buf *room);

#endif
