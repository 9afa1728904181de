/*
 * What the engine tells the operator: one sentence at a time, for the message
 * line of the console and the log of plain mode. It keeps the newest 16, so
 * that a slow reader misses none of a burst.
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

/* Add one, made printable and cut to the length of the line. */
void notices_add(struct notices *n, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Set s->message to the notice that follows s->message_seq, which snapshot.h
 * explains, and s->message_seq to its number. */
void notices_fill(struct notices *n, struct snapshot *s);

#endif
