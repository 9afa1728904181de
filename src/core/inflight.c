/* This file keeps the ids in flight in a hash map; a parked record is in a
 * chain at the slot of its id's hash. */
#include "config.h"
#include "core/inflight.h"

#include <stdlib.h>

#include "sys/thread.h"
#include "util/hash_map.h"
#include "util/uuid.h"

struct inflight {
    struct monitor lock;
    struct hash_map ids; /* [lock] first parked item of a hash, or 0 */
};

/* 0 marks a free slot. */
static uint64_t inflight_key(uint64_t hash)
{
    return hash ? hash : 1;
}

static struct redo_item *inflight_parked(const struct hash_slot *s)
{
    return (struct redo_item *)(uintptr_t)s->value;
}

struct inflight *inflight_new(void)
{
    struct inflight *t = calloc(1, sizeof *t);

    if (!t || !hash_map_reserve(&t->ids)) {
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
    for (size_t i = 0; i < t->ids.slot_count; i++)
        for (struct redo_item *item = inflight_parked(&t->ids.slots[i]), *next;
             item; item = next) {
            next = item->next;
            redo_item_free(item);
        }
    hash_map_release(&t->ids);
    monitor_release(&t->lock);
    free(t);
}

/* The id's slot, new or not; NULL only without memory and room: without memory
 * the table fills up to its last free slot, where a search ends. */
static struct hash_slot *inflight_claim_slot(struct inflight *t, uint64_t key,
                                             bool *was_there)
{
    struct hash_slot *s;

    if (!hash_map_reserve(&t->ids) && t->ids.count + 1 >= t->ids.slot_count)
        return NULL;
    s = hash_map_find(&t->ids, key);
    *was_there = s->hash == key;
    if (!*was_there) {
        s->hash = key;
        t->ids.count++;
    }
    return s;
}

static struct text id_of(const struct redo_item *item)
{
    return (struct text){ item->bytes + item->doc.id.at, item->doc.id.len };
}

/* For items of one hash. A UUID whose case counts has several hashes. */
static bool inflight_same_id(const struct redo_item *a,
                             const struct redo_item *b)
{
    return uuid_same(id_of(a), id_of(b));
}

/* Park the item in place of an older one with its id, which it returns, or at
 * the end of the chain. */
static struct redo_item *inflight_park_item(struct hash_slot *s,
                                            struct redo_item *item)
{
    struct redo_item *first = inflight_parked(s), **at = &first, *older;

    while (*at && !inflight_same_id(*at, item))
        at = &(*at)->next;
    older = *at;
    item->next = older ? older->next : NULL;
    *at = item;
    s->value = (uintptr_t)first;
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
        struct hash_slot *s;

        if (d->fate != DOC_OPEN)
            continue;
        s = inflight_claim_slot(t, inflight_key(d->id_hash), &was_there);
        if (!s || !was_there)
            continue;
        item = redo_item_new(b, d, NULL, 0);
        if (!item)
            continue; /* out of order is better than lost */
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

struct redo_item *inflight_leave(struct inflight *t, uint64_t id_hash)
{
    struct redo_item *next = NULL;
    struct hash_slot *s;

    monitor_lock(&t->lock);
    s = hash_map_find(&t->ids, inflight_key(id_hash));
    if (!hash_slot_is_free(s)) {
        next = inflight_parked(s);
        if (next)
            s->value = (uintptr_t)next->next;
        else
            hash_map_erase(&t->ids, s);
    }
    if (next)
        next->next = NULL;
    monitor_unlock(&t->lock);
    return next;
}
