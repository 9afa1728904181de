/*
 * The table of ids under way is a hash table with open addressing; removing an
 * entry moves later ones up, so there are no tombstones. A record that has to
 * wait hangs in a chain on the slot of its id's hash.
 */
#include "config.h"
#include "core/inflight.h"

#include <stdlib.h>

#include "sys/thread.h"
#include "util/uuid.h"

/* Open addressing with linear probing; a hash of 0 marks a free slot. */
struct slot {
    uint64_t hash;
    struct redo_item *parked; /* one per id, those of a hash in a chain */
};

struct inflight {
    struct monitor lock;
    struct slot *slots; /* [lock] */
    size_t count, mask; /* [lock] */
};

static uint64_t inflight_key(uint64_t hash)
{
    return hash ? hash : 1;
}

struct inflight *inflight_new(void)
{
    struct inflight *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->mask = 1023;
    t->slots = calloc(t->mask + 1, sizeof *t->slots);
    if (!t->slots) {
        free(t);
        return NULL;
    }
    monitor_init(&t->lock);
    return t;
}

void inflight_free(struct inflight *t)
{
    if (!t)
        return;
    for (size_t i = 0; i <= t->mask; i++)
        for (struct redo_item *item; (item = t->slots[i].parked);) {
            t->slots[i].parked = item->next;
            redo_item_free(item);
        }
    free(t->slots);
    monitor_release(&t->lock);
    free(t);
}

static struct slot *inflight_find_slot(const struct inflight *t, uint64_t key)
{
    size_t i = (size_t)key & t->mask;

    while (t->slots[i].hash && t->slots[i].hash != key)
        i = (i + 1) & t->mask;
    return &t->slots[i];
}

static bool inflight_grow(struct inflight *t)
{
    struct slot *old = t->slots;
    size_t old_mask = t->mask;
    struct slot *bigger = calloc((old_mask + 1) * 2, sizeof *bigger);

    if (!bigger)
        return t->count < old_mask; /* go on while a slot is free */
    t->slots = bigger;
    t->mask = old_mask * 2 + 1;
    for (size_t i = 0; i <= old_mask; i++)
        if (old[i].hash)
            *inflight_find_slot(t, old[i].hash) = old[i];
    free(old);
    return true;
}

/* The id's slot, new or not; NULL only when memory is out and all is full. */
static struct slot *inflight_claim_slot(struct inflight *t, uint64_t key,
                                        bool *was_there)
{
    struct slot *s;

    if (t->count * 2 > t->mask && !inflight_grow(t))
        return NULL;
    s = inflight_find_slot(t, key);
    *was_there = s->hash == key;
    if (!*was_there) {
        *s = (struct slot){ .hash = key };
        t->count++;
    }
    return s;
}

static struct text id_of(const struct redo_item *item)
{
    return (struct text){ item->bytes + item->doc.id.at, item->doc.id.len };
}

/* Of one hash. Where a UUID's case counts, two spellings have two hashes. */
static bool inflight_same_id(const struct redo_item *a,
                             const struct redo_item *b)
{
    return uuid_same(id_of(a), id_of(b));
}

/* Park the item in the place of an older one with its id, which comes back,
 * or at the end of the chain. */
static struct redo_item *inflight_park_item(struct slot *s,
                                            struct redo_item *item)
{
    struct redo_item **at = &s->parked, *older;

    while (*at && !inflight_same_id(*at, item))
        at = &(*at)->next;
    older = *at;
    item->next = older ? older->next : NULL;
    *at = item;
    return older;
}

struct redo_item *inflight_enter(struct inflight *t, struct batch *b,
                                 size_t *parked)
{
    struct redo_item *superseded = NULL, *item, *older;

    *parked = 0;
    monitor_lock(&t->lock);
    for (size_t i = 0; i < b->count; i++) {
        struct doc *d = &b->docs[i];
        bool was_there;
        struct slot *s;

        if (d->fate != DOC_OPEN)
            continue;
        s = inflight_claim_slot(t, inflight_key(d->id_hash), &was_there);
        if (!s || !was_there)
            continue;
        item = redo_item_new(b, d, NULL, 0);
        if (!item)
            continue; /* better out of order than lost */
        older = inflight_park_item(s, item);
        if (older) {
            older->next = superseded;
            superseded = older;
        }
        d->fate = DOC_DEFERRED;
        b->open--;
        ++*parked;
    }
    monitor_unlock(&t->lock);
    return superseded;
}

bool inflight_enter_one(struct inflight *t, uint64_t id_hash)
{
    bool was_there = true;

    monitor_lock(&t->lock);
    inflight_claim_slot(t, inflight_key(id_hash), &was_there);
    monitor_unlock(&t->lock);
    return !was_there;
}

/* Close the gap: later entries of the same run of slots move up. */
static void inflight_erase_slot(struct inflight *t, struct slot *s)
{
    size_t hole = (size_t)(s - t->slots), i = hole;

    for (;;) {
        size_t home;

        i = (i + 1) & t->mask;
        if (!t->slots[i].hash)
            break;
        home = (size_t)t->slots[i].hash & t->mask;
        if (((i - home) & t->mask) >= ((i - hole) & t->mask)) {
            t->slots[hole] = t->slots[i];
            hole = i;
        }
    }
    t->slots[hole] = (struct slot){ 0 };
    t->count--;
}

struct redo_item *inflight_leave(struct inflight *t, uint64_t id_hash)
{
    struct redo_item *next = NULL;
    struct slot *s;

    monitor_lock(&t->lock);
    s = inflight_find_slot(t, inflight_key(id_hash));
    if (s->hash) {
        next = s->parked;
        if (next)
            s->parked = next->next;
        else
            inflight_erase_slot(t, s);
    }
    if (next) {
        next->next = NULL;
    }
    monitor_unlock(&t->lock);
    return next;
}
