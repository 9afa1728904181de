/*
 * Ids of a ledger, asked of a store some hundred at a time: which has it?
 *
 * Ownership   Ids are copied. id_lookup_release() in any case.
 * Threads     One.
 */
#ifndef BATCHTOP_ENGINE_JOB_ID_LOOKUP_H
#define BATCHTOP_ENGINE_JOB_ID_LOOKUP_H

#include "store/store.h"

enum { ID_LOOKUP_MAX = 500 /* in one question */ };

struct id_lookup {
    struct store *store; /* of the caller; it has a lookup */
    /* Told of each id that is missing, and of each that this store cannot be
     * asked for; borrowed for the call. NULL: nobody wants to know. */
    void (*tell_missing)(void *arg, struct text id);
    void (*tell_unaskable)(void *arg, struct text id);
    void *arg;
    uint64_t asked, missing, unaskable;

    struct buf bytes; /* ids of the present question, one behind another */
    size_t length[ID_LOOKUP_MAX];
    size_t count;
    bool failed;
    struct error err;
};

/* Zero-filled storage with a store is ready. Forget what was asked so far. */
void id_lookup_clear(struct id_lookup *q);
void id_lookup_release(struct id_lookup *q);

/* For ledger_view_ids() and ledger_view_sample(): false ends them early, which
 * id_lookup_end() explains. */
bool id_lookup_add(void *lookup, struct text id);
/* Ask for the rest. False: what lookup said. */
bool id_lookup_end(struct id_lookup *q, struct error *err);

#endif
