/*
 * Documents that wait outside the queues, in a heap ordered by due time. So a
 * sick document never blocks a healthy one.
 *
 * An item owns a copy of its document, and of its vector if that is paid for,
 * so that a store's failure does not buy the embedding twice.
 *
 * Threads     Any.
 * Bounds      By bytes: redo_add() refuses above the limit, and the worker then
 *             keeps its batch and waits: back-pressure, not growth.
 */
#ifndef BATCHTOP_CORE_REDO_H
#define BATCHTOP_CORE_REDO_H

#include "data/batch.h"

struct redo_item {
    struct redo_item *next; /* for its owner */
    struct redo_item *left, *right; /* of the heap, like rank */
    unsigned rank;
    int64_t due_ms;
    struct doc doc;
    float *vector; /* dim floats, or NULL: not embedded yet */
    size_t dim, size; /* size: bytes of the whole item */
    char bytes[];     /* the bytes of the document's pieces */
};

/* A copy of document d of b; NULL without memory. */
struct redo_item *redo_item_new(const struct batch *b, const struct doc *d,
                                const float *vector, size_t dim);
void redo_item_free(struct redo_item *item);

struct redo;

struct redo *redo_new(size_t limit_bytes);
void redo_free(struct redo *r);

/* Take the item; false: the limit is reached. */
bool redo_add(struct redo *r, struct redo_item *item, int64_t due_ms);
/* Take the item whatever the limit: it was here or parked before. */
void redo_put(struct redo *r, struct redo_item *item, int64_t due_ms);
/* The instant the first item is due; -1 when there is none. */
int64_t redo_next_ms(struct redo *r);
size_t redo_count(struct redo *r);
/* Move up to `max` due items into the empty batch b: only those with a vector
 * or only those without. Returns how many (b->open). */
size_t redo_collect(struct redo *r, struct batch *b, size_t max,
                    bool with_vector, int64_t now_ms);
/* Make all items due now. */
void redo_hurry(struct redo *r, int64_t now_ms);

#endif
