/* This file keeps the edges of all nodes in one open hash table, whose key is
 * the node and the byte. The table doubles when it is half full. */
#include "config.h"
#include "embed/static/trie.h"

#include <stdlib.h>

enum { FIRST_EDGES = 1 << 12, NODES_MAX = 1 << 24 };

static struct trie_edge *trie_find_place(struct trie_edge *edges, size_t count,
                                         uint32_t from)
{
    size_t at = (uint32_t)((from * UINT64_C(0x9e3779b97f4a7c15)) >> 32);

    while (edges[at & (count - 1)].to != 0)
        at++;
    return &edges[at & (count - 1)];
}

static bool grow_edges(struct trie *t)
{
    size_t count = t->edge_count ? t->edge_count * 2 : FIRST_EDGES;
    struct trie_edge *larger = calloc(count, sizeof *larger);

    if (!larger)
        return false;
    for (size_t i = 0; i < t->edge_count; i++)
        if (t->edges[i].to != 0)
            *trie_find_place(larger, count, t->edges[i].from) = t->edges[i];
    free(t->edges);
    t->edges = larger;
    t->edge_count = count;
    return true;
}

/* Room for one more node. The root is there from the first call on. */
static bool trie_grow(struct trie *t)
{
    size_t room = t->node_room ? t->node_room * 2 : FIRST_EDGES;
    uint32_t *larger;

    if (t->node_count >= t->edge_count / 2 && !grow_edges(t))
        return false;
    if (t->node_count + 1 < t->node_room)
        return true;
    larger = realloc(t->values, room * sizeof *larger);
    if (!larger)
        return false;
    t->values = larger;
    t->node_room = room;
    if (t->node_count == 0)
        t->values[t->node_count++] = TRIE_NONE;
    return true;
}

bool trie_put(struct trie *t, struct text string, uint32_t value)
{
    uint32_t node = TRIE_ROOT;

    for (size_t i = 0; i < string.len; i++) {
        uint32_t from = node << 8 | (unsigned char)string.ptr[i];

        if (!trie_grow(t) || t->node_count >= NODES_MAX)
            return false;
        node = trie_step(t, node, string.ptr[i]);
        if (node != TRIE_ROOT)
            continue;
        node = (uint32_t)t->node_count++;
        t->values[node] = TRIE_NONE;
        *trie_find_place(t->edges, t->edge_count, from) =
            (struct trie_edge){ from, node };
    }
    if (string.len > 0)
        t->values[node] = value;
    return true;
}

void trie_release(struct trie *t)
{
    free(t->edges);
    free(t->values);
    *t = (struct trie){ 0 };
}

uint32_t trie_walk(const struct trie *t, struct text string)
{
    uint32_t node = TRIE_ROOT;

    for (size_t i = 0; i < string.len && t->edge_count > 0; i++) {
        node = trie_step(t, node, string.ptr[i]);
        if (node == TRIE_ROOT)
            break;
    }
    return node;
}
