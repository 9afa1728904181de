/* This file turns the table of words into a hash table at start-up, with open
 * addressing; most look-ups take one probe. */
#include "config.h"
#include "embed/static/idf.h"

#include <stdlib.h>

#include "embed/static/words.h"

/* Open addressing, half full with a table of 8,192 words. A slot keeps
 * the upper half of the hash: 128 KiB in all, small enough for the cache. */
enum { SLOT_BITS = 14, SLOTS = 1 << SLOT_BITS };

struct slot {
    uint32_t tag;
    float weight; /* 0: empty */
};

struct idf {
    float rare;
    struct slot slots[SLOTS];
};

static size_t slot_of(uint64_t hash)
{
    return (size_t)(hash & (SLOTS - 1));
}

static void idf_put(struct idf *t, uint64_t hash, float weight)
{
    size_t at = slot_of(hash);

    while (t->slots[at].weight > 0)
        at = (at + 1) & (SLOTS - 1);
    t->slots[at] = (struct slot){ (uint32_t)(hash >> 32), weight };
}

struct idf *idf_new(void)
{
    struct idf *t = calloc(1, sizeof *t);
    float step = 1.0F / (float)idf_steps;

    if (!t)
        return NULL;
    t->rare = (float)idf_rare * step;
    for (const struct idf_level *l = idf_levels; l->words; l++) {
        struct text rest = text_of(l->words);
        struct word w;

        while (word_next(&rest, &w))
            idf_put(t, w.hash, (float)l->level * step);
    }
    return t;
}

void idf_free(struct idf *t)
{
    free(t);
}

float idf_weight(const struct idf *t, uint64_t word_hash)
{
    uint32_t tag = (uint32_t)(word_hash >> 32);
    size_t at = slot_of(word_hash);

    for (; t->slots[at].weight > 0; at = (at + 1) & (SLOTS - 1))
        if (t->slots[at].tag == tag)
            return t->slots[at].weight;
    return t->rare;
}
