/*
 * Rows of the failure log with the same error, and how many of each group are
 * still open: a request of a hundred documents that fails is shown as one row.
 *
 * A new row joins the group with its key if that is among the newest groups,
 * else it begins one. So groups keep the order in which they began, and a new
 * row moves none. A group is gone when its last row has left the log's ring.
 *
 * Threads     Values: the failure log protects them by its lock.
 */
#ifndef BATCHTOP_CORE_FAILURES_FAILURE_GROUPS_H
#define BATCHTOP_CORE_FAILURES_FAILURE_GROUPS_H

#include "api/snapshot.h"

enum { FAILURE_LOG_ROWS = 10000, GROUPS_RECENT = 8,
       STANDINGS = FAILURE_SKIPPED + 1 };

struct failure_group {
    uint64_t key;
    uint64_t newest; /* number of its newest row, plus one */
    uint64_t shown;  /* that of its newest open row, or of a newer one */
    uint32_t count[STANDINGS];
};

struct failure_groups {
    uint64_t count; /* groups ever; the newest has this number */
    uint64_t alive; /* groups that still have rows */
    struct failure_group group[FAILURE_LOG_ROWS + GROUPS_RECENT];
    /* By place in the ring: the group of a row (0: a newer row of its document
     * replaced it), and the next older row of that group, plus one. */
    uint64_t of[FAILURE_LOG_ROWS], below[FAILURE_LOG_ROWS];
};

struct failure_group *failure_groups_at(struct failure_groups *f,
                                        uint64_t group);
/* How many rows of the group wait or are final. */
uint32_t failure_group_open(const struct failure_group *x);

/* The number of the group that a row with this key would join; 0: none. */
uint64_t failure_groups_find(struct failure_groups *f, uint64_t key);
/* Put row number `row`, at `place`, into this group; 0: a new one. */
void failure_groups_add(struct failure_groups *f, uint64_t group, uint64_t key,
                        uint64_t row, size_t place,
                        enum failure_standing standing);
/* The row at this place, with this standing, no longer counts. */
void failure_groups_drop(struct failure_groups *f, size_t place,
                         enum failure_standing standing);
/* The row at this place changes its standing. */
void failure_groups_mark(struct failure_groups *f, size_t place,
                         enum failure_standing was, enum failure_standing now);

/* The group at place n of the list, newest = 0; it must exist. */
uint64_t failure_groups_nth(struct failure_groups *f, uint64_t n);
/* The next living group, older (-1) or newer (+1). */
uint64_t failure_groups_next(struct failure_groups *f, uint64_t group,
                             int step);

#endif
