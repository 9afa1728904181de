/* This file keeps idle batches in a list, and makes new ones only while fewer
 * than the pool's size exist. It clears and frees batches outside the lock. */
#include "config.h"
#include "core/pool.h"

#include <assert.h>
#include <stdlib.h>

#include "sys/clock.h"
#include "sys/thread.h"

struct pool {
    struct monitor lock;
    struct batch *idle;       /* [lock] linked by next */
    size_t size, out, idlers; /* [lock] */
    bool closed;              /* [lock] */
    uint64_t seq;             /* [lock] number of the next batch */
    size_t keep_bytes;        /* [const after new] */
};

struct pool *pool_new(size_t size, size_t keep_bytes)
{
    struct pool *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    monitor_init(&p->lock);
    p->size = size;
    p->keep_bytes = keep_bytes;
    return p;
}

static struct batch *take_idle(struct pool *p)
{
    struct batch *b = p->idle;

    if (b) {
        p->idle = b->next;
        p->idlers--;
    }
    return b;
}

void pool_free(struct pool *p)
{
    struct batch *b;

    if (!p)
        return;
    assert(p->out == 0);
    while ((b = take_idle(p)))
        batch_free(b);
    monitor_release(&p->lock);
    free(p);
}

/* NULL: all are out, or there is no memory; both may pass. */
static struct batch *pool_lend(struct pool *p)
{
    struct batch *b;

    if (p->out >= p->size)
        return NULL;
    b = take_idle(p);
    if (!b)
        b = batch_new();
    if (!b)
        return NULL;
    batch_clear(b);
    b->seq = ++p->seq;
    p->out++;
    return b;
}

struct batch *pool_take(struct pool *p, int64_t timeout_ms)
{
    int64_t until = timeout_ms < 0 ? -1 : clock_ms() + timeout_ms;
    struct batch *b = NULL;

    monitor_lock(&p->lock);
    while (!p->closed && !(b = pool_lend(p)))
        if (!monitor_wait(&p->lock, until))
            break;
    monitor_unlock(&p->lock);
    return b;
}

void pool_give(struct pool *p, struct batch *b)
{
    batch_clear(b);
    batch_trim(b, p->keep_bytes);
    monitor_lock(&p->lock);
    assert(p->out > 0);
    p->out--;
    if (p->out + p->idlers < p->size) {
        b->next = p->idle;
        p->idle = b;
        p->idlers++;
        b = NULL;
    }
    monitor_wake_all(&p->lock);
    monitor_unlock(&p->lock);
    batch_free(b);
}

void pool_close(struct pool *p)
{
    monitor_lock(&p->lock);
    p->closed = true;
    monitor_wake_all(&p->lock);
    monitor_unlock(&p->lock);
}

void pool_resize(struct pool *p, size_t size)
{
    struct batch *spare = NULL, *b;

    monitor_lock(&p->lock);
    p->size = size;
    while (p->idlers > 0 && p->out + p->idlers > size) {
        b = take_idle(p);
        b->next = spare;
        spare = b;
    }
    monitor_wake_all(&p->lock);
    monitor_unlock(&p->lock);
    while ((b = spare)) {
        spare = b->next;
        batch_free(b);
    }
}

size_t pool_size(struct pool *p)
{
    size_t size;

    monitor_lock(&p->lock);
    size = p->size;
    monitor_unlock(&p->lock);
    return size;
}

size_t pool_out(struct pool *p)
{
    size_t out;

    monitor_lock(&p->lock);
    out = p->out;
    monitor_unlock(&p->lock);
    return out;
}

size_t pool_idle(struct pool *p)
{
    size_t idle;

    monitor_lock(&p->lock);
    idle = p->idlers;
    monitor_unlock(&p->lock);
    return idle;
}
