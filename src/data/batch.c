/* This file keeps the storage of a batch: one buffer for the bytes of all
 * documents, one array of documents that point into it by offset, one array for
 * the vectors. Each grows by doubling or to the wanted size, and stays. */
#include "config.h"
#include "data/batch.h"

#include <stdlib.h>

#include "util/heap/blocks.h"

struct batch *batch_new(void)
{
    return calloc(1, sizeof(struct batch));
}

static void batch_drop_vectors(struct batch *b)
{
    block_free(b->vectors, b->vectors_cap * sizeof *b->vectors);
    b->vectors = NULL;
    b->vectors_cap = 0;
}

void batch_free(struct batch *b)
{
    if (!b)
        return;
    free(b->docs);
    batch_drop_vectors(b);
    buf_release(&b->bytes);
    free(b);
}

void batch_clear(struct batch *b)
{
    b->count = 0;
    b->open = 0;
    b->dim = 0;
    b->gone = 0;
    b->seq = 0;
    b->next = NULL;
    buf_clear(&b->bytes);
}

void batch_trim_vectors(struct batch *b, size_t keep_bytes)
{
    b->dim = 0;
    b->gone = 0;
    if (b->vectors_cap * sizeof *b->vectors <= keep_bytes)
        return;
    batch_drop_vectors(b);
}

void batch_trim_front(struct batch *b, size_t keep_bytes)
{
    size_t first = b->gone, rows, bytes = b->vectors_cap * sizeof(float);
    float *less;

    while (first < b->count && b->docs[first].fate != DOC_OPEN)
        first++;
    rows = (b->count - first) * b->dim;
    if (rows == 0 || (b->vectors_cap - rows) * sizeof *less <= keep_bytes)
        return;
    memmove(b->vectors, batch_vector(b, first), rows * sizeof *less);
    b->gone = first;
    rows *= sizeof *less;
    less = block_resize(b->vectors, &bytes, rows, rows);
    if (!less)
        return;
    b->vectors = less;
    b->vectors_cap = bytes / sizeof *less;
}

void batch_trim(struct batch *b, size_t keep_bytes)
{
    buf_trim(&b->bytes, keep_bytes);
    batch_trim_vectors(b, keep_bytes);
    if (b->cap * sizeof *b->docs > keep_bytes) {
        free(b->docs);
        b->docs = NULL;
        b->cap = 0;
    }
}

static struct piece batch_put_piece(struct batch *b, struct text t)
{
    struct piece p = { (uint32_t)b->bytes.len, (uint32_t)t.len };

    buf_put(&b->bytes, t.ptr, t.len);
    return p;
}

struct doc *batch_add(struct batch *b, struct text id, struct text text,
                      struct text metadata)
{
    size_t total = id.len + text.len + metadata.len;
    struct doc *d;

    if (b->count == b->cap) {
        size_t cap = b->cap ? b->cap * 2 : 128;

        d = realloc(b->docs, cap * sizeof *d);
        if (!d)
            return NULL;
        b->docs = d;
        b->cap = cap;
    }
    if (b->bytes.len + total > UINT32_MAX || !buf_reserve(&b->bytes, total)) {
        b->bytes.failed = false;
        return NULL;
    }
    d = &b->docs[b->count++];
    *d = (struct doc){ .id = batch_put_piece(b, id),
                       .text = batch_put_piece(b, text),
                       .metadata = batch_put_piece(b, metadata) };
    b->open++;
    return d;
}

bool batch_dimension(struct batch *b, size_t dim)
{
    size_t need = b->count * dim, bytes;

    if (need > b->vectors_cap) {
        batch_drop_vectors(b);
        b->vectors = block_new(need * sizeof *b->vectors, &bytes);
        if (!b->vectors)
            return false;
        b->vectors_cap = bytes / sizeof *b->vectors;
    }
    b->dim = dim;
    b->gone = 0;
    return true;
}

size_t batch_footprint(const struct batch *b)
{
    return b->bytes.cap + b->cap * sizeof *b->docs +
           (b->count - b->gone) * b->dim * sizeof *b->vectors;
}
