/*
 * A trie of byte strings (a vocabulary's tokens) that finds the longest match
 * in a text. Edges are in one hash table, so a step is one probe.
 *
 * Threads     Any may step once it is built.
 */
#ifndef BATCHTOP_EMBED_STATIC_TRIE_H
#define BATCHTOP_EMBED_STATIC_TRIE_H

#include "util/buf.h"

enum { TRIE_ROOT = 0 };
#define TRIE_NONE UINT32_MAX /* no value */

struct trie_edge {
    uint32_t from, to; /* from: node << 8 | byte; to 0: empty */
};

struct trie {
    struct trie_edge *edges; /* edge_count: a power of two, half empty */
    uint32_t *values;        /* of each node */
    size_t edge_count, node_count, node_room;
};

/* Replaces an earlier value of the same string. False: no memory, or more than
 * 2^24 nodes. */
bool trie_put(struct trie *t, struct text string, uint32_t value);
void trie_release(struct trie *t);

/* The node behind the whole string, TRIE_ROOT when there is none. */
uint32_t trie_walk(const struct trie *t, struct text string);

/* The node behind a byte, TRIE_ROOT when there is none. */
static inline uint32_t trie_step(const struct trie *t, uint32_t node,
                                 char byte)
{
    uint32_t from = node << 8 | (unsigned char)byte;
    size_t at = (uint32_t)((from * UINT64_C(0x9e3779b97f4a7c15)) >> 32);

    for (;; at++) {
        const struct trie_edge *e = &t->edges[at & (t->edge_count - 1)];

        if (e->from == from || e->to == 0)
            return e->to;
    }
}

#endif
