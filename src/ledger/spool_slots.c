/*
 * This file decides which slots are free, and finds those of an earlier
 * process.
 *
 * A cursor goes round: documents become final nearly in the order in which they
 * were embedded, so the slots before it are free together, and a batch is one
 * write. Only with too few does the file grow, up to twice what can be in
 * flight; then we give up what an earlier process left.
 */
#include "config.h"
#include "ledger/spool_parts.h"

#include <stdlib.h>

bool spool_slots_room(struct spool *s, size_t slots)
{
    size_t room = s->room ? s->room : 1024;
    unsigned char *grown;

    while (room < slots)
        room *= 2;
    if (room == s->room)
        return true;
    grown = realloc(s->use, room);
    if (!grown)
        return false;
    s->use = grown;
    s->room = room;
    return true;
}

static struct spool_left *place_of(struct spool *s, uint64_t id_hash)
{
    return &s->left[id_hash & s->left_mask];
}

static struct spool_left *spool_slots_next_place(struct spool *s,
                                                 struct spool_left *l)
{
    return l == &s->left[s->left_mask] ? s->left : l + 1;
}

void spool_slots_leave(struct spool *s, const struct spool_key *key,
                       uint32_t slot)
{
    struct spool_left *l = place_of(s, key->id_hash);

    while (l->there)
        l = spool_slots_next_place(s, l);
    *l = (struct spool_left){ .key = *key, .slot = slot, .there = true };
    s->use[slot - 1] = SPOOL_LEFT;
    s->free--;
    atomic_fetch_add(&s->left_count, 1);
}

bool spool_same(const struct spool_key *a, const struct spool_key *b)
{
    return a->id_hash == b->id_hash && a->text_hash == b->text_hash &&
           a->text_len == b->text_len &&
           (a->flags & SPOOL_ESCAPED) == (b->flags & SPOOL_ESCAPED);
}

uint32_t spool_slots_claim(struct spool *s, const struct spool_key *key)
{
    struct spool_left *l;
    uint32_t slot = 0;

    if (spool_left(s) == 0)
        return 0;
    monitor_lock(&s->lock);
    for (l = place_of(s, key->id_hash); l->there;
         l = spool_slots_next_place(s, l))
        if (l->slot && spool_same(&l->key, key))
            break;
    if (l->there) {
        slot = l->slot;
        l->slot = 0;
        s->use[slot - 1] = SPOOL_USED;
        atomic_fetch_sub(&s->left_count, 1);
    }
    monitor_unlock(&s->lock);
    return slot;
}

/* Give up so many slots of an earlier process. */
static void spool_slots_give_up(struct spool *s, size_t n)
{
    for (size_t i = 0; n > 0 && spool_left(s) > 0; i++) {
        struct spool_left *l = &s->left[i];

        if (!l->slot)
            continue;
        s->use[l->slot - 1] = SPOOL_FREE;
        l->slot = 0;
        s->free++;
        atomic_fetch_sub(&s->left_count, 1);
        n--;
    }
}

/* [lock] Add slots at the end for all n: they lie together. */
static bool spool_slots_grow(struct spool *s, size_t n)
{
    if (s->slots + n > s->most * SPOOL_LIMIT_FACTOR ||
        !spool_slots_room(s, s->slots + n))
        return false;
    s->cursor = s->slots;
    for (size_t i = 0; i < n; i++)
        s->use[s->slots++] = SPOOL_FREE;
    s->free += n;
    return true;
}

bool spool_slots_short(struct spool *s, size_t n)
{
    bool is_short;

    monitor_lock(&s->lock);
    is_short = s->free < n;
    monitor_unlock(&s->lock);
    return is_short;
}

bool spool_slots_take(struct spool *s, struct spool_record *rec, size_t n)
{
    bool fine;

    monitor_lock(&s->lock);
    if (s->free < n && !spool_slots_grow(s, n))
        spool_slots_give_up(s, n - s->free);
    fine = s->free >= n;
    for (size_t i = 0; fine && i < n; s->cursor++) {
        if (s->cursor >= s->slots)
            s->cursor = 0;
        if (s->use[s->cursor] != SPOOL_FREE)
            continue;
        s->use[s->cursor] = SPOOL_USED;
        rec[i++].slot = (uint32_t)s->cursor + 1;
        s->free--;
    }
    monitor_unlock(&s->lock);
    return fine;
}

void spool_slots_give(struct spool *s, struct spool_record *rec, size_t n)
{
    monitor_lock(&s->lock);
    for (size_t i = 0; i < n; i++) {
        s->use[rec[i].slot - 1] = SPOOL_FREE;
        rec[i].slot = 0;
    }
    s->free += n;
    monitor_unlock(&s->lock);
}

void spool_free(struct spool *s, uint32_t slot)
{
    struct spool_record rec = { .slot = slot };

    if (slot)
        spool_slots_give(s, &rec, 1);
}

void spool_expect(struct spool *s, size_t most)
{
    monitor_lock(&s->lock);
    if (most > s->most)
        s->most = most;
    monitor_unlock(&s->lock);
}

size_t spool_left(const struct spool *s)
{
    return atomic_load_explicit(&s->left_count, memory_order_relaxed);
}

size_t spool_used(struct spool *s)
{
    size_t used;

    monitor_lock(&s->lock);
    used = s->slots - s->free - spool_left(s);
    monitor_unlock(&s->lock);
    return used;
}

uint64_t spool_bytes(struct spool *s)
{
    uint64_t bytes;

    monitor_lock(&s->lock);
    bytes = SPOOL_SLOTS_AT + (uint64_t)s->slots * s->stride;
    monitor_unlock(&s->lock);
    return bytes;
}
