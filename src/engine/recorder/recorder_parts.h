/*
 * What the recorder is made of besides its thread: what an event means to the
 * ledger and to memory (recorder_event.c), and what a commit adds to the events
 * (recorder_commit.c). For recorder.c only.
 *
 * Writing may be said twice: a transaction that was lost is written again.
 * Settling is done once for each event, when it was written first.
 *
 * Threads     The recorder's.
 */
#ifndef BATCHTOP_ENGINE_RECORDER_PARTS_H
#define BATCHTOP_ENGINE_RECORDER_PARTS_H

#include "engine/recorder/recorder.h"

enum event_kind { EVENT_BATCH, EVENT_FAILURE, EVENT_SUPERSEDED, EVENT_SKIP };

struct event {
    struct event *next;
    enum event_kind kind;
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
    uint64_t line;   /* of the frontier that is being written */
    uint64_t final;  /* records, by the totals that are being written */
    int64_t window_ms; /* when the corpus was hashed last */
    struct ledger_ack *acks;
    size_t acks_cap;
};

bool recording_event(struct recording *w, struct event *e, struct error *err);
/* Frontiers, totals and what was learned; then the commit. */
bool recording_commit(struct recording *w, bool last, struct error *err);

/* Memory follows: frontier, ids, record counts, failure log. */
void event_settle(struct run *r, struct event *e);
/* The ledger has it for good: what was kept for it may go. */
void event_committed(struct run *r, const struct event *e);

#endif
