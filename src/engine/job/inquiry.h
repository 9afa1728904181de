/*
 * Ids of a ledger, asked of a store some hundred at a time: which has it?
 *
 * Ownership   Ids are copied. inquiry_release() in any case.
 * Threads     One.
 */
#ifndef BATCHTOP_ENGINE_JOB_INQUIRY_H
#define BATCHTOP_ENGINE_JOB_INQUIRY_H

#include "store/store.h"

enum { INQUIRY_IDS = 500 /* in one question */ };

struct inquiry {
    struct store *store; /* of the caller; it has a lookup */
    /* Told of each id that is missing, and of each that this store cannot be
     * asked for; borrowed for the call. NULL: nobody wants to know. */
    void (*tell_missing)(void *arg, struct text id);
    void (*tell_unaskable)(void *arg, struct text id);
    void *arg;
    uint64_t asked, missing, unaskable;

    struct buf bytes; /* ids of the present question, one behind another */
    size_t length[INQUIRY_IDS];
    size_t count;
    bool failed;
    struct error err;
};

/* Zero-filled storage with a store is ready. Forget what was asked so far. */
void inquiry_clear(struct inquiry *q);
void inquiry_release(struct inquiry *q);

/* For ledger_view_ids() and ledger_view_sample(): false ends them early, which
 * inquiry_end() explains. */
bool inquiry_add(void *inquiry, struct text id);
/* Ask for the rest. False: what lookup said. */
bool inquiry_end(struct inquiry *q, struct error *err);

#endif
