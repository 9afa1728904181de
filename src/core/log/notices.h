/*
 * The log of a run: one ring of events, the same for every viewer. The newest
 * EVENTS_KEPT stay. Each has a number, so that a reader says what it has seen
 * and gets what came after that; one that comes late gets the whole list and
 * knows which part of it is old.
 *
 * A notice is an event that is told to the operator at once: on the message
 * line of the console and in the log of plain mode.
 *
 * Threads     Any.
 * Locks       A leaf monitor that never leaves notices.c.
 */
#ifndef BATCHTOP_CORE_LOG_NOTICES_H
#define BATCHTOP_CORE_LOG_NOTICES_H

#include "api/snapshot.h"

struct notices;

struct notices *notices_new(void); /* NULL without memory */
void notices_free(struct notices *n);

/* Add a notice of the run, made printable and cut to the length of the
 * line. */
void notices_add(struct notices *n, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What an event is, without its number, its time and its text. */
struct event_head {
    enum event_kind kind;
    enum knob knob;  /* KNOB */
    bool told;       /* it is a notice, too */
    const char *who; /* NULL: the run itself */
};

/* Of a notice that tells what holds. */
extern const struct event_head notices_hold;

void notices_event(struct notices *n, const struct event_head *head,
                   const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put the events that follow s->events_seen, as far as there is room, into the
 * snapshot; snapshot.h explains it. */
void notices_fill(struct notices *n, struct snapshot *s);

#endif
