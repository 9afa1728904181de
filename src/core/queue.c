/* This file keeps a queue as a list of batches under one monitor, with the sums
 * of its contents. It also integrates its fullness over time, from which
 * meter.c makes an average. */
#include "config.h"
#include "core/queue.h"

#include <stdlib.h>

#include "sys/clock.h"
#include "sys/thread.h"

struct queue {
    struct monitor lock;
    struct batch *head, *tail;               /* [lock] linked by next */
    size_t count, bytes, docs;               /* [lock] */
    size_t givers;                           /* [lock] that wait */
    size_t capacity, limit_bytes;            /* [const after new] */
    bool closed;                             /* [lock] */
    double full_ms;                          /* [lock] */
    int64_t full_since_ms;                   /* [lock] last change */
};

struct queue *queue_new(size_t capacity, size_t limit_bytes)
{
    struct queue *q = calloc(1, sizeof *q);

    if (!q)
        return NULL;
    monitor_init(&q->lock);
    q->capacity = capacity;
    q->limit_bytes = limit_bytes;
    q->full_since_ms = clock_ms();
    return q;
}

void queue_free(struct queue *q)
{
    struct batch *b;

    if (!q)
        return;
    while ((b = q->head)) {
        q->head = b->next;
        batch_free(b);
    }
    monitor_release(&q->lock);
    free(q);
}

/* The used share of the bound, in batches or bytes, whichever is larger. */
static double queue_fullness(const struct queue *q)
{
    double by_count = (double)q->count / (double)q->capacity;
    double by_bytes = (double)q->bytes / (double)q->limit_bytes;
    double full = by_count > by_bytes ? by_count : by_bytes;

    return full > 1 ? 1 : full;
}

/* Add the time with the old fullness before that changes. */
static void queue_account_fill(struct queue *q)
{
    int64_t now = clock_ms();

    q->full_ms += queue_fullness(q) * (double)(now - q->full_since_ms);
    q->full_since_ms = now;
}

static bool queue_has_room(const struct queue *q, size_t bytes)
{
    return q->count == 0 ||
           (q->count < q->capacity && q->bytes + bytes <= q->limit_bytes);
}

static int64_t queue_deadline(int64_t timeout_ms)
{
    return timeout_ms < 0 ? -1 : clock_ms() + timeout_ms;
}

/* [lock] Wait as one of the givers. */
static bool queue_wait_to_give(struct queue *q, int64_t until_ms)
{
    bool in_time;

    q->givers++;
    in_time = monitor_wait(&q->lock, until_ms);
    q->givers--;
    return in_time;
}

/* A batch is one taker's. The others would only find the queue empty again: of
 * ten idle workers each would wake for each batch. */
static void queue_wake_taker(struct queue *q)
{
    if (q->givers > 0)
        monitor_wake_all(&q->lock); /* that one woke need not be a taker */
    else
        monitor_wake_one(&q->lock);
}

/* Several may have room now. */
static void queue_wake_givers(struct queue *q)
{
    if (q->givers > 0)
        monitor_wake_all(&q->lock);
}

static void link_in(struct queue *q, struct batch *b, bool front)
{
    queue_account_fill(q);
    b->next = front ? q->head : NULL;
    if (front)
        q->head = b;
    else if (q->tail)
        q->tail->next = b;
    else
        q->head = b;
    if (!q->tail || !front)
        q->tail = b;
    q->count++;
    q->bytes += batch_footprint(b);
    q->docs += b->open;
    queue_wake_taker(q);
}

enum queue_status queue_push(struct queue *q, struct batch *b,
                             int64_t timeout_ms)
{
    int64_t until = queue_deadline(timeout_ms);
    size_t bytes = batch_footprint(b);
    enum queue_status status = QUEUE_OK;

    monitor_lock(&q->lock);
    while (!q->closed && !queue_has_room(q, bytes))
        if (!queue_wait_to_give(q, until)) {
            status = QUEUE_TIMEOUT;
            break;
        }
    if (q->closed)
        status = QUEUE_CLOSED;
    else if (status == QUEUE_OK || queue_has_room(q, bytes)) {
        status = QUEUE_OK;
        link_in(q, b, false);
    }
    monitor_unlock(&q->lock);
    return status;
}

enum queue_status queue_push_front(struct queue *q, struct batch *b)
{
    enum queue_status status = QUEUE_CLOSED;

    monitor_lock(&q->lock);
    if (!q->closed) {
        link_in(q, b, true);
        status = QUEUE_OK;
    }
    monitor_unlock(&q->lock);
    return status;
}

static struct batch *link_out(struct queue *q)
{
    struct batch *b = q->head;

    queue_account_fill(q);
    q->head = b->next;
    if (!q->head)
        q->tail = NULL;
    b->next = NULL;
    q->count--;
    q->bytes -= batch_footprint(b);
    q->docs -= b->open;
    queue_wake_givers(q);
    return b;
}

enum queue_status queue_pop(struct queue *q, struct batch **out,
                            int64_t timeout_ms)
{
    int64_t until = queue_deadline(timeout_ms);
    enum queue_status status = QUEUE_OK;

    monitor_lock(&q->lock);
    while (!q->head && !q->closed)
        if (!monitor_wait(&q->lock, until))
            break;
    if (q->head)
        *out = link_out(q);
    else
        status = q->closed ? QUEUE_CLOSED : QUEUE_TIMEOUT;
    monitor_unlock(&q->lock);
    return status;
}

void queue_close(struct queue *q)
{
    monitor_lock(&q->lock);
    q->closed = true;
    monitor_wake_all(&q->lock);
    monitor_unlock(&q->lock);
}

void queue_stats(struct queue *q, struct queue_stats *out)
{
    monitor_lock(&q->lock);
    queue_account_fill(q);
    *out = (struct queue_stats){ .count = q->count,
                                 .capacity = q->capacity,
                                 .bytes = q->bytes,
                                 .limit_bytes = q->limit_bytes,
                                 .docs = q->docs,
                                 .full_ms = q->full_ms };
    monitor_unlock(&q->lock);
}
