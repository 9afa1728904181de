/*
 * The parts of the recorder besides its thread: the effect of an event on the
 * ledger and on memory (recorder_event.c), and what a commit adds to the events
 * (recorder_commit.c). For recorder.c only.
 *
 * Writing may happen twice, when a transaction was lost. Settling happens once
 * for each event, after its first write.
 *
 * Threads     The recorder's.
 */
#ifndef BATCHTOP_ENGINE_RECORDER_RECORDER_PARTS_H
#define BATCHTOP_ENGINE_RECORDER_RECORDER_PARTS_H

#include "engine/recorder/recorder.h"

enum recorded_kind {
    EVENT_BATCH,
    EVENT_FAILURE,
    EVENT_SUPERSEDED,
    EVENT_SKIP
};

struct event {
    struct event *next;
    enum recorded_kind kind;
    bool settled;
    struct batch *batch;        /* EVENT_BATCH */
    uint64_t healed;            /* older failures that it superseded */
    struct redo_item *item;     /* EVENT_SUPERSEDED */
    struct doc doc;             /* EVENT_FAILURE, EVENT_SKIP; */
    struct failure failure;     /* of it */
    char text[];                /* its id, its message */
};

/* The state of writing. */
struct recording {
    struct run *run;
    bool again;      /* the ledger did not take it the first time */
    uint64_t line;   /* of the frontier that this commit writes */
    uint64_t final;  /* records, by the totals that this commit writes */
    int64_t window_ms; /* when we hashed the corpus last */
    struct ledger_ack *acks;
    size_t acks_cap;
};

bool recording_event(struct recording *w, struct event *e, struct error *err);
/* Write frontiers, totals and what was learned; then commit. */
bool recording_commit(struct recording *w, bool last, struct error *err);

/* Update memory: frontier, ids, record counts, failure log. */
void event_settle(struct run *r, struct event *e);
/* The ledger has it for good: free what was kept for it. */
void event_committed(struct run *r, const struct event *e);

#endif
