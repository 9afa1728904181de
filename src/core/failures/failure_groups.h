/*
 * Which rows of the failure log say the same, and how many of each still
 * stand: a request of a hundred documents that fails is one row to look at.
 *
 * A row joins one of the groups begun last if that has its key, else it begins
 * one. So groups keep the order in which they were begun, and a new row moves
 * none. Rows have numbers of their own, one more with each, and lie in the
 * log's ring; a group is gone when the last of its rows has left that.
 *
 * Threads     Values: the failure log has them under its lock.
 */
#ifndef BATCHTOP_CORE_FAILURES_FAILURE_GROUPS_H
#define BATCHTOP_CORE_FAILURES_FAILURE_GROUPS_H

#include "api/snapshot.h"

enum { FAILURE_LOG_ROWS = 10000, GROUPS_RECENT = 8,
       STANDINGS = FAILURE_SKIPPED + 1 };

struct failure_group {
    uint64_t key;
    uint64_t newest; /* of its rows: a number plus one */
    uint64_t shown;  /* the newest that is owed, or one above it */
    uint32_t count[STANDINGS];
};

struct failure_groups {
    uint64_t count; /* ever; the newest has this number */
    uint64_t alive;
    struct failure_group group[FAILURE_LOG_ROWS + GROUPS_RECENT];
    /* By place in the ring: the group of a row (0: a newer one of its document
     * stands in its place), and the next older of its rows, plus one. */
    uint64_t of[FAILURE_LOG_ROWS], below[FAILURE_LOG_ROWS];
};

struct failure_group *failure_groups_at(struct failure_groups *f,
                                        uint64_t group);
/* Rows of it, whatever became of them; 0: it is gone. */
uint32_t failure_group_rows(const struct failure_group *x);
/* Those that wait or are final. */
uint32_t failure_group_open(const struct failure_group *x);

/* The number of the group that a row with this key would join; 0: of none. */
uint64_t failure_groups_find(struct failure_groups *f, uint64_t key);
/* Row number `row`, which lies at `place`, joins this group; 0: a new one. */
void failure_groups_add(struct failure_groups *f, uint64_t group, uint64_t key,
                        uint64_t row, size_t place,
                        enum failure_standing standing);
/* The row at this place, which stood so, counts no more. */
void failure_groups_drop(struct failure_groups *f, size_t place,
                         enum failure_standing standing);
/* The row at this place stood one way and stands another way. */
void failure_groups_mark(struct failure_groups *f, size_t place,
                         enum failure_standing was, enum failure_standing now);

/* The group at place n of their list, newest = 0; there must be one. */
uint64_t failure_groups_nth(struct failure_groups *f, uint64_t n);
/* The next group that is not gone, older (-1) or newer (+1). */
uint64_t failure_groups_next(struct failure_groups *f, uint64_t group,
                             int step);

#endif
