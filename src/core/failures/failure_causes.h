/*
 * Failures counted by cause (data/failure_fold.h), for the pane that shows a
 * row a cause, and what passed without anybody's doing, counted by stage, kind
 * and code.
 *
 * There are few causes. If there are too many, the last place counts all
 * others, so that the counts still add up. A cause with nothing open gives its
 * place away. What is taken from a cause that has no place, or has not so many,
 * is taken from the others.
 *
 * Threads     Values: the failure log protects them by its lock.
 */
#ifndef BATCHTOP_CORE_FAILURES_FAILURE_CAUSES_H
#define BATCHTOP_CORE_FAILURES_FAILURE_CAUSES_H

#include "api/snapshot.h"

struct cause_slot {
    struct cause_view view; /* its open, waiting and texts */
    uint64_t answers;  /* of a service, since it served last */
    uint64_t healed;
    int64_t sample;    /* number of the newest one in view.spark */
};

struct failure_causes {
    struct cause_slot slot[SNAPSHOT_CAUSES];
    size_t count;
    /* Of causes that gave their place away; the last counts all others. */
    struct failure_healed {
        struct failure_cause cause;
        uint64_t count;
    } healed[SNAPSHOT_HEALED];
    size_t healed_count;
};

/* The cause of the failure that this row shows, for the counts: known, new, or
 * the one for all others. */
struct cause_slot *failure_causes_find(struct failure_causes *x,
                                       const struct failure *f,
                                       const struct failure_row *row);
/* The same, and note that it came. */
struct cause_slot *failure_causes_note(struct failure_causes *x,
                                       const struct failure *f,
                                       const struct failure_row *row,
                                       int64_t now_wall_s);
/* n failures of this cause are no longer open. */
void failure_causes_close(struct failure_causes *x, uint64_t hash, uint64_t n);
/* A document of this cause no longer waits; healed: because it was stored. */
void failure_causes_end_wait(struct failure_causes *x, uint64_t hash,
                             bool healed);
/* The service of this stage serves: its answers are over, unless one came in
 * the last seconds. */
void failure_causes_pass(struct failure_causes *x, const char *stage,
                         int64_t now_wall_s);
/* Count no failure as open: call it before a recount. */
void failure_causes_forget(struct failure_causes *x);
uint64_t failure_causes_open(const struct failure_causes *x);
void failure_causes_fill(const struct failure_causes *x, struct snapshot *s,
                         int64_t now_wall_s);

#endif
