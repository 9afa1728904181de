/* This file keeps a ring of segments for each source, with the count of records
 * that are still open. When the first segment's count reaches zero, the
 * frontier steps past it and past every empty one behind it. */
#include "config.h"
#include "core/frontier.h"

#include <assert.h>
#include <stdlib.h>

#include "sys/thread.h"

struct segment {
    struct place end;
    size_t open;
};

/* A ring of segments; their numbers wrap modulo 2^32. */
struct track {
    struct segment *ring;
    size_t cap; /* a power of two */
    uint32_t first, next;
    struct place at, reach;
    bool moved, reached;
};

struct frontier {
    struct monitor lock;
    size_t sources;       /* [const after new] */
    struct track track[]; /* [lock] */
};

struct frontier *frontier_new(size_t sources)
{
    struct frontier *f = calloc(1, sizeof *f + sources * sizeof f->track[0]);

    if (!f)
        return NULL;
    monitor_init(&f->lock);
    f->sources = sources;
    return f;
}

void frontier_free(struct frontier *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->sources; i++)
        free(f->track[i].ring);
    monitor_release(&f->lock);
    free(f);
}

void frontier_start(struct frontier *f, size_t source, struct place at)
{
    monitor_lock(&f->lock);
    f->track[source].at = f->track[source].reach = at;
    monitor_unlock(&f->lock);
}

void frontier_set_reached(struct frontier *f, size_t source, struct place at)
{
    monitor_lock(&f->lock);
    f->track[source].reach = at;
    monitor_unlock(&f->lock);
}

bool frontier_get_reached(struct frontier *f, size_t source, struct place *to)
{
    struct track *t = &f->track[source];
    bool moved;

    monitor_lock(&f->lock);
    moved = t->reached;
    t->reached = false;
    *to = t->reach;
    monitor_unlock(&f->lock);
    return moved;
}

static struct segment *segment_at(struct track *t, uint32_t n)
{
    return &t->ring[n & (t->cap - 1)];
}

static bool frontier_grow(struct track *t)
{
    size_t cap = t->cap ? t->cap * 2 : 64;
    struct segment *ring = malloc(cap * sizeof *ring);

    if (!ring)
        return false;
    for (uint32_t n = t->first; n != t->next; n++)
        ring[n & (cap - 1)] = *segment_at(t, n);
    free(t->ring);
    t->ring = ring;
    t->cap = cap;
    return true;
}

/* Step past every segment that has nothing open. */
static void frontier_advance(struct track *t)
{
    while (t->first != t->next && segment_at(t, t->first)->open == 0) {
        t->at = segment_at(t, t->first)->end;
        t->first++;
        t->moved = true;
    }
}

uint32_t frontier_add(struct frontier *f, size_t source, struct place end,
                      size_t open, bool *ok)
{
    struct track *t = &f->track[source];
    uint32_t n = 0;

    monitor_lock(&f->lock);
    *ok = t->next - t->first < t->cap || frontier_grow(t);
    if (*ok) {
        n = t->next++;
        if (end.pos > t->reach.pos) {
            t->reach = end;
            t->reached = true;
        }
        *segment_at(t, n) = (struct segment){ end, open };
        frontier_advance(t);
    }
    monitor_unlock(&f->lock);
    return n;
}

void frontier_resolve(struct frontier *f, size_t source, uint32_t segment,
                      size_t n)
{
    struct track *t = &f->track[source];

    monitor_lock(&f->lock);
    assert(segment - t->first < t->next - t->first);
    assert(segment_at(t, segment)->open >= n);
    segment_at(t, segment)->open -= n;
    frontier_advance(t);
    monitor_unlock(&f->lock);
}

bool frontier_clear(struct frontier *f, size_t source)
{
    struct track *t = &f->track[source];
    bool clear;

    monitor_lock(&f->lock);
    clear = t->first == t->next;
    monitor_unlock(&f->lock);
    return clear;
}

bool frontier_moved(struct frontier *f, size_t source, struct place *at)
{
    struct track *t = &f->track[source];
    bool moved;

    monitor_lock(&f->lock);
    moved = t->moved;
    t->moved = false;
    *at = t->at;
    monitor_unlock(&f->lock);
    return moved;
}
