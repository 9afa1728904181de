/*
 * The log of a run as a console has it: the events that came with snapshots, to
 * read (E) and to mark under the graph.
 *
 * Threads     The screen's own.
 */
#ifndef BATCHTOP_UI_PANES_EVENT_LOG_H
#define BATCHTOP_UI_PANES_EVENT_LOG_H

#include "api/snapshot.h"

#include <stddef.h>

struct event_log {
    struct run_event ring[EVENTS_KEPT];
    size_t next, count;
    uint64_t newest; /* its number; 0: none came yet */
    bool begun;
    uint64_t old;    /* up to this number they were before the console */
};

/* At the first snapshot; does nothing later. */
void event_log_begin(struct event_log *l, uint64_t old);
/* False: it has it already. */
bool event_log_add(struct event_log *l, const struct run_event *e);
/* The i-th newest, from 0; NULL behind the last. */
const struct run_event *event_log_at(const struct event_log *l, size_t i);

#endif
