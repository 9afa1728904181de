/*
 * What the engine tells the operator: one sentence at a time, for the message
 * line of the console, the log of plain mode and whoever watches. The newest
 * 16 are kept, so that one who looks now and then misses none of a burst.
 *
 * Threads     Any.
 * Locks       A leaf monitor that never leaves notices.c.
 */
#ifndef BATCHTOP_CORE_NOTICES_H
#define BATCHTOP_CORE_NOTICES_H

#include "api/snapshot.h"

struct notices;

struct notices *notices_new(void); /* NULL without memory */
void notices_free(struct notices *n);

/* Add one. It is made printable and cut to the length of the line. */
void notices_add(struct notices *n, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Set s->message to the notice that follows s->message_seq, which snapshot.h
 * explains, and s->message_seq to its number. */
void notices_fill(struct notices *n, struct snapshot *s);

#endif
