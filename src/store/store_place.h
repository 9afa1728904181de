/* The place of records: a collection, a class, an index or a table. Does it
 * exist or must it be made, and does it suit? The same steps and words for
 * every store that can be asked. */
#ifndef BATCHTOP_STORE_STORE_PLACE_H
#define BATCHTOP_STORE_STORE_PLACE_H

#include "store/store.h"

struct store_place {
    const char *noun;   /* "collection" */
    const char *metric; /* the metric that it must have */
    const char *remedy; /* "use another collection" */

    /* Ask for it. *there: false if the answer is that there is none. */
    bool (*look)(struct store *s, bool *there, struct error *err);
    /* Make it; fine if somebody else was faster. */
    bool (*create)(struct store *s, struct error *err);
    /* Right after look(): does what was found suit? */
    bool (*agree)(struct store *s, struct error *err);
};

/* Check that it exists (or make it, with `create`) and suits. CONFIG with code
 * 404: there is none. */
bool store_place_ready(struct store *s, const struct store_place *place,
                       const char *name, bool create, struct error *err);

/* For agree(): check its dimension against s->dim, which learns it (0:
 * unknown), and its metric ("": it does not say). CONFIG. */
bool store_place_suits(struct store *s, const struct store_place *place,
                       const char *name, size_t dim, const char *metric,
                       struct error *err);

#endif
