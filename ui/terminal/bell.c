/* This file remembers the kinds of failure and the state that it has seen, and
 * rings when a snapshot brings something else. */
#include "config.h"
#include "ui/terminal/bell.h"

#include <stdio.h>
#include <string.h>

/* Do not ring each second for a limit that is met each second. */
enum { AGAIN_MS = 10000 };

static bool bell_know_kind(struct bell *b, const struct failure_kind *k)
{
    for (size_t i = 0; i < SNAPSHOT_KINDS; i++)
        if (strcmp(b->known[i], k->key) == 0)
            return true;
    snprintf(b->known[b->next++ % SNAPSHOT_KINDS], sizeof b->known[0], "%s",
             k->key);
    return false;
}

static bool bell_is_over(enum run_state state)
{
    return state == RUN_DONE || state == RUN_FAILED;
}

static bool bell_is_waiting(enum run_state state)
{
    return state == RUN_THROTTLED || state == RUN_HELD ||
           state == RUN_RETRYING;
}

static bool bell_state_rings(struct bell *b, const struct snapshot *s)
{
    if (s->state == b->state)
        return false;
    if (bell_is_over(s->state))
        return true;
    if (!bell_is_waiting(s->state) ||
        (b->rung_ms && s->now_ms - b->rung_ms < AGAIN_MS))
        return false;
    b->rung_ms = s->now_ms;
    return true;
}

bool bell_rings(struct bell *b, const struct snapshot *s, bool guest)
{
    /* The ledger's failures come with the end of the start. */
    bool old = s->state == RUN_STARTING ||
               (!b->listening && (guest || s->resumed));
    bool rings = !old && bell_state_rings(b, s);

    for (uint32_t i = 0; i < s->kind_count; i++)
        rings |= !bell_know_kind(b, &s->kinds[i]) && !old;
    b->listening |= s->state != RUN_STARTING;
    b->state = s->state;
    return rings;
}
