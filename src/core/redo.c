/*
 * A binary heap keeps the item that is due first at its root. An item is one
 * block of memory with the document's bytes and its vector, so that freeing it
 * is one call.
 */
#include "config.h"
#include "core/redo.h"

#include <stdlib.h>

#include "sys/thread.h"

struct redo {
    struct monitor lock;
    struct redo_item **heap;         /* [lock] the first is due first */
    size_t count, cap, bytes, limit; /* [lock] */
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

void redo_free(struct redo *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->count; i++)
        redo_item_free(r->heap[i]);
    free(r->heap);
    monitor_release(&r->lock);
    free(r);
}

static void redo_swap(struct redo *r, size_t i, size_t j)
{
    struct redo_item *item = r->heap[i];

    r->heap[i] = r->heap[j];
    r->heap[j] = item;
}

static void sift_up(struct redo *r, size_t i)
{
    while (i > 0 && r->heap[i]->due_ms < r->heap[(i - 1) / 2]->due_ms) {
        redo_swap(r, i, (i - 1) / 2);
        i = (i - 1) / 2;
    }
}

static void sift_down(struct redo *r, size_t i)
{
    for (;;) {
        size_t least = i;

        for (size_t child = 2 * i + 1; child <= 2 * i + 2; child++)
            if (child < r->count &&
                r->heap[child]->due_ms < r->heap[least]->due_ms)
                least = child;
        if (least == i)
            return;
        redo_swap(r, i, least);
        i = least;
    }
}

static bool redo_make_room(struct redo *r)
{
    size_t cap = r->cap ? r->cap * 2 : 64;
    struct redo_item **grown;

    if (r->count < r->cap)
        return true;
    grown = realloc(r->heap, cap * sizeof(*grown));
    if (!grown)
        return false;
    r->heap = grown;
    r->cap = cap;
    return true;
}

bool redo_add(struct redo *r, struct redo_item *item, int64_t due_ms,
              bool force)
{
    bool fits;

    monitor_lock(&r->lock);
    fits = (force || r->bytes + item->size <= r->limit) && redo_make_room(r);
    if (fits) {
        item->due_ms = due_ms;
        r->heap[r->count++] = item;
        r->bytes += item->size;
        sift_up(r, r->count - 1);
    }
    monitor_unlock(&r->lock);
    return fits;
}

int64_t redo_next_ms(struct redo *r)
{
    int64_t due;

    monitor_lock(&r->lock);
    due = r->count ? r->heap[0]->due_ms : -1;
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

static struct redo_item *take_first(struct redo *r)
{
    struct redo_item *item = r->heap[0];

    r->heap[0] = r->heap[--r->count];
    sift_down(r, 0);
    r->bytes -= item->size;
    return item;
}

/* Take up to max due items of one sort; those of the other sort go back. */
static struct redo_item *redo_take_due(struct redo *r, size_t max,
                                       bool with_vector, int64_t now_ms)
{
    struct redo_item *taken = NULL, **tail = &taken, *others = NULL, *item;
    size_t n = 0;

    monitor_lock(&r->lock);
    while (n < max && r->count && r->heap[0]->due_ms <= now_ms) {
        item = take_first(r);
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
        r->heap[r->count++] = item; /* its place was just freed */
        r->bytes += item->size;
        sift_up(r, r->count - 1);
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
            redo_add(r, item, now_ms + 1000, true);
        }
    }
    if (dim && !batch_dimension(b, dim)) {
        batch_clear(b);
        while ((item = done)) {
            done = item->next;
            redo_add(r, item, now_ms + 1000, true);
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
    monitor_lock(&r->lock);
    for (size_t i = 0; i < r->count; i++)
        if (r->heap[i]->due_ms > now_ms)
            r->heap[i]->due_ms = now_ms; /* all alike: still a heap */
    for (size_t i = r->count / 2; i-- > 0;)
        sift_down(r, i);
    monitor_unlock(&r->lock);
}
