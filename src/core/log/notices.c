/* This file keeps the log of a run in a ring: event n is at n % EVENTS_KEPT. */
#include "config.h"
#include "core/log/notices.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "sys/clock.h"
#include "sys/thread.h"
#include "util/str.h"

struct notices {
    struct monitor lock;
    struct run_event ring[EVENTS_KEPT]; /* [lock] */
    uint64_t newest; /* [lock] the newest number; 0: none */
};

const struct event_head notices_hold = { .kind = EVENT_HOLD, .told = true };

struct notices *notices_new(void)
{
    struct notices *n = calloc(1, sizeof *n);

    if (n)
        monitor_init(&n->lock);
    return n;
}

void notices_free(struct notices *n)
{
    if (!n)
        return;
    monitor_release(&n->lock);
    free(n);
}

static void notices_put(struct notices *n, const struct event_head *head,
                        const char *format, va_list args)
{
    char text[2 * EVENT_TEXT]; /* str_sentence() cuts it */
    struct run_event *e;

    vsnprintf(text, sizeof text, format, args);
    monitor_lock(&n->lock);
    n->newest++;
    e = &n->ring[n->newest % EVENTS_KEPT];
    *e = (struct run_event){ .seq = n->newest,
                             .at_ms = clock_ms(),
                             .wall_s = clock_wall_s(),
                             .kind = head->kind,
                             .knob = head->knob,
                             .told = head->told };
    str_printable(e->who, sizeof e->who,
                  text_of(head->who ? head->who : "run"));
    str_sentence(e->text, sizeof e->text, text_of(text));
    monitor_unlock(&n->lock);
}

void notices_add(struct notices *n, const char *format, ...)
{
    static const struct event_head head = { .kind = EVENT_MESSAGE,
                                            .told = true };
    va_list args;

    va_start(args, format);
    notices_put(n, &head, format, args);
    va_end(args);
}

void notices_event(struct notices *n, const struct event_head *head,
                   const char *format, ...)
{
    va_list args;

    va_start(args, format);
    notices_put(n, head, format, args);
    va_end(args);
}

void notices_fill(struct notices *n, struct snapshot *s)
{
    uint64_t oldest, next;

    monitor_lock(&n->lock);
    oldest = n->newest > EVENTS_KEPT ? n->newest - EVENTS_KEPT + 1 : 1;
    next = s->events_seen + 1 > oldest ? s->events_seen + 1 : oldest;
    s->event_count = 0;
    for (; next <= n->newest && s->event_count < SNAPSHOT_EVENTS; next++)
        s->events[s->event_count++] = n->ring[next % EVENTS_KEPT];
    s->events_seen = next - 1;
    s->event_newest = n->newest;
    monitor_unlock(&n->lock);
}
