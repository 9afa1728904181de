/*
 * Values by 64-bit hashes, with open addressing and linear probing: the table
 * is at most half full and doubles; erasing moves later entries up, so there
 * are no tombstones. A slot of two zeros is free: a caller whose hashes may be
 * 0 has values that are not, or the other way round.
 *
 * Ownership   The map owns its slots, not what values point to.
 * Threads     Values: whoever shares one has the lock.
 */
#ifndef BATCHTOP_UTIL_HASH_MAP_H
#define BATCHTOP_UTIL_HASH_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_slot {
    uint64_t hash, value;
};

struct hash_map { /* all zero: empty */
    struct hash_slot *slots;
    size_t slot_count, count; /* slot_count: a power of two, or 0 */
};

/* In a table from anywhere, perhaps a damaged file: the slot of the hash, or
 * the free one where it belongs. Ends even where no slot is free. */
struct hash_slot *hash_slots_find(const struct hash_slot *slots,
                                  size_t slot_count, uint64_t hash);
static inline bool hash_slot_is_free(const struct hash_slot *s)
{
    return !s->hash && !s->value;
}

/* Room for one more. False: no memory, and the map is as it was. */
bool hash_map_reserve(struct hash_map *m);
/* The slot of the hash; free: it is not in, and who fills it adds 1 to count,
 * with room reserved. NULL: the map never had room. */
struct hash_slot *hash_map_find(const struct hash_map *m, uint64_t hash);
/* The slot is of this map and not free. */
void hash_map_erase(struct hash_map *m, struct hash_slot *s);
void hash_map_release(struct hash_map *m);

#endif
