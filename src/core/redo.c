/*
 * This file is a leftist heap with the item that is due first at its root. It
 * links the items themselves, so that adding one takes no memory and cannot
 * fail. An item is one block with the document's bytes and its vector, so that
 * freeing it is one call.
 */
#include "config.h"
#include "core/redo.h"

#include <stdlib.h>

#include "sys/thread.h"

struct redo {
    struct monitor lock;
    struct redo_item *heap;     /* [lock] the root is due first */
    size_t count, bytes, limit; /* [lock] */
};

struct redo_item *redo_item_new(const struct batch *b, const struct doc *d,
                                const float *vector, size_t dim)
{
    size_t bytes = (size_t)d->id.len + d->text.len + d->metadata.len;
    size_t head = (sizeof(struct redo_item) + bytes + 15) / 16 * 16;
    size_t size = head + (vector ? dim * sizeof *vector : 0);
    struct redo_item *item = malloc(size);
    char *to;

    if (!item)
        return NULL;
    *item = (struct redo_item){ .doc = *d, .dim = dim, .size = size };
    item->doc.id.at = 0;
    item->doc.text.at = d->id.len;
    item->doc.metadata.at = d->id.len + d->text.len;
    to = item->bytes;
    memcpy(to, b->bytes.data + d->id.at, d->id.len);
    memcpy(to + d->id.len, b->bytes.data + d->text.at, d->text.len);
    if (d->metadata.len)
        memcpy(to + d->id.len + d->text.len,
               b->bytes.data + d->metadata.at, d->metadata.len);
    if (vector) {
        item->vector = (float *)(void *)((char *)item + head);
        memcpy(item->vector, vector, dim * sizeof *vector);
    }
    return item;
}

void redo_item_free(struct redo_item *item)
{
    free(item);
}

struct redo *redo_new(size_t limit_bytes)
{
    struct redo *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    monitor_init(&r->lock);
    r->limit = limit_bytes;
    return r;
}

static unsigned rank_of(const struct redo_item *item)
{
    return item ? item->rank : 0;
}

/* The shorter way down is on the right: at most log2(n + 1) steps for n
 * items. */
static struct redo_item *redo_merge(struct redo_item *a, struct redo_item *b)
{
    struct redo_item *below;

    if (!a || !b)
        return a ? a : b;
    if (b->due_ms < a->due_ms) {
        below = a;
        a = b;
        b = below;
    }
    below = redo_merge(a->right, b);
    if (rank_of(a->left) < rank_of(below)) {
        a->right = a->left;
        a->left = below;
    } else {
        a->right = below;
    }
    a->rank = rank_of(a->right) + 1;
    return a;
}

static void redo_insert(struct redo *r, struct redo_item *item, int64_t due_ms)
{
    item->left = item->right = NULL;
    item->rank = 1;
    item->due_ms = due_ms;
    r->heap = redo_merge(r->heap, item);
    r->count++;
    r->bytes += item->size;
}

static struct redo_item *redo_take_first(struct redo *r)
{
    struct redo_item *item = r->heap;

    r->heap = redo_merge(item->left, item->right);
    r->count--;
    r->bytes -= item->size;
    return item;
}

void redo_free(struct redo *r)
{
    if (!r)
        return;
    while (r->heap)
        redo_item_free(redo_take_first(r));
    monitor_release(&r->lock);
    free(r);
}

void redo_put(struct redo *r, struct redo_item *item, int64_t due_ms)
{
    monitor_lock(&r->lock);
    redo_insert(r, item, due_ms);
    monitor_unlock(&r->lock);
}

bool redo_add(struct redo *r, struct redo_item *item, int64_t due_ms)
{
    bool fits;

    monitor_lock(&r->lock);
    fits = r->bytes + item->size <= r->limit;
    if (fits)
        redo_insert(r, item, due_ms);
    monitor_unlock(&r->lock);
    return fits;
}

int64_t redo_next_ms(struct redo *r)
{
    int64_t due;

    monitor_lock(&r->lock);
    due = r->heap ? r->heap->due_ms : -1;
    monitor_unlock(&r->lock);
    return due;
}

size_t redo_count(struct redo *r)
{
    size_t count;

    monitor_lock(&r->lock);
    count = r->count;
    monitor_unlock(&r->lock);
    return count;
}

/* Take up to max due items of one sort; put back those of the other. */
static struct redo_item *redo_take_due(struct redo *r, size_t max,
                                       bool with_vector, int64_t now_ms)
{
    struct redo_item *taken = NULL, **tail = &taken, *others = NULL, *item;
    size_t n = 0;

    monitor_lock(&r->lock);
    while (n < max && r->heap && r->heap->due_ms <= now_ms) {
        item = redo_take_first(r);
        if (!item->vector == with_vector) {
            item->next = others;
            others = item;
            continue;
        }
        item->next = NULL;
        *tail = item;
        tail = &item->next;
        n++;
    }
    while ((item = others)) {
        others = item->next;
        redo_insert(r, item, item->due_ms);
    }
    monitor_unlock(&r->lock);
    return taken;
}

static bool redo_add_to_batch(struct batch *b, const struct redo_item *item)
{
    const struct doc *d = &item->doc;
    struct doc copy = *d, *to;

    to = batch_add(b, (struct text){ item->bytes + d->id.at, d->id.len },
                   (struct text){ item->bytes + d->text.at, d->text.len },
                   (struct text){ item->bytes + d->metadata.at,
                                  d->metadata.len });
    if (!to)
        return false;
    copy.id = to->id;
    copy.text = to->text;
    copy.metadata = to->metadata;
    copy.fate = DOC_OPEN;
    copy.flags &= (uint8_t)~DOC_BEGINS; /* the others are elsewhere */
    *to = copy;
    return true;
}

size_t redo_collect(struct redo *r, struct batch *b, size_t max,
                    bool with_vector, int64_t now_ms)
{
    struct redo_item *taken = redo_take_due(r, max, with_vector, now_ms), *item;
    struct redo_item *done = NULL;
    size_t dim = taken && with_vector ? taken->dim : 0, row = 0;

    while ((item = taken)) {
        taken = item->next;
        if (redo_add_to_batch(b, item)) {
            item->next = done;
            done = item;
        } else {
            redo_put(r, item, now_ms + 1000);
        }
    }
    if (dim && !batch_dimension(b, dim)) {
        batch_clear(b);
        while ((item = done)) {
            done = item->next;
            redo_put(r, item, now_ms + 1000);
        }
    }
    for (row = b->count; (item = done); redo_item_free(item)) {
        done = item->next; /* the list runs backwards */
        row--;
        if (dim)
            memcpy(batch_vector(b, row), item->vector,
                   dim * sizeof *item->vector);
    }
    return b->open;
}

void redo_hurry(struct redo *r, int64_t now_ms)
{
    struct redo_item *taken = NULL, *item;

    monitor_lock(&r->lock);
    while (r->heap) {
        item = redo_take_first(r);
        item->next = taken;
        taken = item;
    }
    while ((item = taken)) {
        taken = item->next;
        redo_insert(r, item, item->due_ms < now_ms ? item->due_ms : now_ms);
    }
    monitor_unlock(&r->lock);
}
