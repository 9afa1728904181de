/*
 * What records go into, a collection, a class, an index or a table: whether it
 * is there or has to be made, and whether it suits. The same course for every
 * store that can be asked, in the same words.
 */
#ifndef BATCHTOP_STORE_STORE_PLACE_H
#define BATCHTOP_STORE_STORE_PLACE_H

#include "store/store.h"

struct store_place {
    const char *noun;   /* "collection" */
    const char *metric; /* what it has to measure by */
    const char *remedy; /* "use another collection" */

    /* Ask for it. *there: false where the answer is that there is none. */
    bool (*look)(struct store *s, bool *there, struct error *err);
    /* Make it; fine where somebody was faster. */
    bool (*create)(struct store *s, struct error *err);
    /* Right after look(): does what was found suit? */
    bool (*agree)(struct store *s, struct error *err);
};

/* It is there (or made, where `create`) and suits. CONFIG with code 404: there
 * is none. */
bool store_place_ready(struct store *s, const struct store_place *place,
                       const char *name, bool create, struct error *err);

/* For agree(): its vectors have as many dimensions as s->dim, which learns it
 * (0: not known), and it measures by what it has to ("": it does not say).
 * CONFIG. */
bool store_place_suits(struct store *s, const struct store_place *place,
                       const char *name, size_t dim, const char *metric,
                       struct error *err);

#endif
