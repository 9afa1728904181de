/*
 * Open failures counted by kind, for the frame of the pane, the dialogs of a
 * retry and plain mode. If there are too many kinds, the last place counts all
 * others, so that the counts still add up.
 *
 * Threads     Values: the failure log protects them by its lock.
 */
#ifndef BATCHTOP_CORE_FAILURES_FAILURE_KINDS_H
#define BATCHTOP_CORE_FAILURES_FAILURE_KINDS_H

#include "api/snapshot.h"

struct failure_kinds {
    struct failure_kind kind[SNAPSHOT_KINDS];
    uint32_t votes[SNAPSHOT_KINDS]; /* for kind[i].common */
    size_t count;
};

/* As it stands it is refused again. Not so a vector: another model may find
 * one. */
bool failure_kind_needs_change(const struct failure_cause *c);

/* The kind of this cause: known, new, or the one for all others. */
struct failure_kind *failure_kinds_find(struct failure_kinds *x,
                                        const struct failure_cause *c);
/* The kind has a failure more. Its text is what more than half of its failures
 * say, whatever their lines, if there is such. */
void failure_kinds_note(struct failure_kinds *x, struct failure_kind *k,
                        const char *message);
/* The kinds with open failures, the largest first. */
void failure_kinds_fill(const struct failure_kinds *x, struct snapshot *s);

#endif
