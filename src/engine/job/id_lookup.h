/*
 * Ask a store which ids of a ledger it has, some hundred at a time.
 *
 * Ownership   It copies ids. Call id_lookup_release() in any case.
 * Threads     One.
 */
#ifndef BATCHTOP_ENGINE_JOB_ID_LOOKUP_H
#define BATCHTOP_ENGINE_JOB_ID_LOOKUP_H

#include "store/store.h"

enum { ID_LOOKUP_MAX = 500 /* in one question */ };

struct id_lookup {
    struct store *store; /* the caller's; it has a lookup */
    /* Called with each id that is missing, and with each that this store cannot
     * look up; borrowed for the call. May be NULL. */
    void (*tell_missing)(void *arg, struct text id);
    void (*tell_unaskable)(void *arg, struct text id);
    void *arg;
    uint64_t asked, missing, unaskable;

    struct buf bytes; /* ids of the present question, one after another */
    size_t length[ID_LOOKUP_MAX];
    size_t count;
    bool failed;
    struct error err;
};

/* Zero-filled storage with a store is ready. This forgets earlier questions. */
void id_lookup_clear(struct id_lookup *q);
void id_lookup_release(struct id_lookup *q);

/* For ledger_view_ids() and ledger_view_sample(): false ends them early;
 * id_lookup_end() then has the reason. */
bool id_lookup_add(void *lookup, struct text id);
/* Ask for the rest. False: the error of lookup. */
bool id_lookup_end(struct id_lookup *q, struct error *err);

#endif
