/* This file probes linearly. The hashes are as good as random, so the search
 * begins at their low bits. */
#include "config.h"
#include "util/hash_map.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 1024 };

struct hash_slot *hash_slots_find(const struct hash_slot *slots,
                                  size_t slot_count, uint64_t hash)
{
    size_t at = (size_t)hash & (slot_count - 1);

    for (size_t tried = 1; tried < slot_count; tried++) {
        if (slots[at].hash == hash || hash_slot_is_free(&slots[at]))
            break;
        at = (at + 1) & (slot_count - 1);
    }
    return (struct hash_slot *)(uintptr_t)&slots[at];
}

bool hash_map_reserve(struct hash_map *m)
{
    size_t larger = m->slot_count ? m->slot_count * 2 : FIRST_SLOTS;
    struct hash_slot *slots;

    if (m->count < m->slot_count / 2)
        return true;
    slots = calloc(larger, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < m->slot_count; i++)
        if (!hash_slot_is_free(&m->slots[i]))
            *hash_slots_find(slots, larger, m->slots[i].hash) = m->slots[i];
    free(m->slots);
    m->slots = slots;
    m->slot_count = larger;
    return true;
}

struct hash_slot *hash_map_find(const struct hash_map *m, uint64_t hash)
{
    return m->slots ? hash_slots_find(m->slots, m->slot_count, hash) : NULL;
}

/* Later entries of the same run of slots move up into the gap. */
void hash_map_erase(struct hash_map *m, struct hash_slot *s)
{
    size_t mask = m->slot_count - 1, hole = (size_t)(s - m->slots), i = hole;

    for (;;) {
        size_t home;

        i = (i + 1) & mask;
        if (hash_slot_is_free(&m->slots[i]))
            break;
        home = (size_t)m->slots[i].hash & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            m->slots[hole] = m->slots[i];
            hole = i;
        }
    }
    m->slots[hole] = (struct hash_slot){ 0 };
    m->count--;
}

void hash_map_release(struct hash_map *m)
{
    free(m->slots);
    *m = (struct hash_map){ 0 };
}
