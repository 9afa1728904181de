/* This file keeps the events of a run in a ring; the newest has number 0. */
#include "config.h"
#include "ui/panes/event_log.h"

void event_log_begin(struct event_log *l, uint64_t old)
{
    if (!l->begun)
        l->old = old;
    l->begun = true;
}

bool event_log_add(struct event_log *l, const struct run_event *e)
{
    if (e->seq <= l->newest)
        return false;
    l->ring[l->next] = *e;
    l->next = (l->next + 1) % EVENTS_KEPT;
    l->count += l->count < EVENTS_KEPT;
    l->newest = e->seq;
    return true;
}

const struct run_event *event_log_at(const struct event_log *l, size_t i)
{
    return i < l->count
               ? &l->ring[(l->next + EVENTS_KEPT - 1 - i) % EVENTS_KEPT]
               : NULL;
}
