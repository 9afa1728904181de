/*
 * Values by 64-bit hashes, with open addressing and linear probing: the table
 * is at most half full and doubles; erasing moves later entries up, so there
 * are no tombstones. A slot of two zeros is free, so a caller never enters the
 * hash 0 with the value 0.
 *
 * Ownership   The map owns its slots, not what values point to.
 * Threads     Values: callers that share one lock it.
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

/* For a table from anywhere, perhaps a damaged file: the slot of the hash, or
 * the free one where it belongs. It ends even if no slot is free. */
struct hash_slot *hash_slots_find(const struct hash_slot *slots,
                                  size_t slot_count, uint64_t hash);
static inline bool hash_slot_is_free(const struct hash_slot *s)
{
    return !s->hash && !s->value;
}

/* Make room for one more. False: no memory, and the map is unchanged. */
bool hash_map_reserve(struct hash_map *m);
/* The slot of the hash. Free: the map has it not; who fills it has reserved
 * room and adds 1 to count. NULL: the map never had room. */
struct hash_slot *hash_map_find(const struct hash_map *m, uint64_t hash);
/* The slot must be of this map and not free. */
void hash_map_erase(struct hash_map *m, struct hash_slot *s);
void hash_map_release(struct hash_map *m);

#endif
