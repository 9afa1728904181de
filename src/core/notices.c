/* This file keeps the operator's notices in a ring: number n is at n % KEPT. */
#include "config.h"
#include "core/notices.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "sys/thread.h"
#include "util/str.h"

enum { KEPT = 16 };

struct notices {
    struct monitor lock;
    char text[KEPT][sizeof ((struct snapshot *)0)->message]; /* [lock] */
    uint64_t newest; /* [lock] the newest number; 0: none */
};

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

void notices_add(struct notices *n, const char *format, ...)
{
    char text[2 * sizeof n->text]; /* str_sentence() cuts it */
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    monitor_lock(&n->lock);
    n->newest++;
    str_sentence(n->text[n->newest % KEPT], sizeof n->text[0], text_of(text));
    monitor_unlock(&n->lock);
}

void notices_fill(struct notices *n, struct snapshot *s)
{
    uint64_t next, oldest;

    monitor_lock(&n->lock);
    next = n->newest;
    oldest = n->newest > KEPT ? n->newest - KEPT + 1 : 1;
    if (s->message_seq == UINT64_MAX)
        next = oldest < n->newest ? oldest : n->newest;
    else if (s->message_seq && s->message_seq < n->newest)
        next = s->message_seq + 1 > oldest ? s->message_seq + 1 : oldest;
    s->message_seq = next;
    memcpy(s->message, n->text[next % KEPT], sizeof s->message);
    monitor_unlock(&n->lock);
}
