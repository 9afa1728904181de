/*
 * Which of these ids did the answer have? Asked about many ids, a store returns
 * those that it found, in any order.
 *
 * Ownership   The ids stay the caller's for as long as the list lives.
 */
#ifndef BATCHTOP_STORE_WANTED_H
#define BATCHTOP_STORE_WANTED_H

#include "util/buf.h"
#include "util/error.h"

struct wanted_id {
    struct text id;
    size_t at; /* in the caller's array */
};

struct wanted {
    struct wanted_id *of; /* sorted by id */
    size_t count;
    bool *present; /* the caller's */
    char *uuids;   /* storage of mapped ids; NULL: none are mapped */
};

/* Sort the ids and mark all absent. as_uuids: under the UUIDs that stand for
 * them (uuid_of()). fails MEMORY. */
bool wanted_init(struct wanted *w, const struct text *ids, size_t n,
                 bool as_uuids, bool *present, struct error *err);
void wanted_release(struct wanted *w);

/* Mark this one present, wherever it was asked for. `wanted` is a struct wanted
 * *: this is a callback of reply readers. */
void wanted_mark(void *wanted, struct text id);

/* Same id as the one before it: need not be asked for again. */
bool wanted_is_twin(const struct wanted *w, size_t i);

#endif
