/* This file collects ids in one buffer until there are enough for a question,
 * then asks the store and counts the missing ones. */
#include "config.h"
#include "engine/job/id_lookup.h"

void id_lookup_clear(struct id_lookup *q)
{
    q->asked = q->missing = q->unaskable = 0;
    q->count = 0;
    q->failed = false;
    buf_clear(&q->bytes);
}

void id_lookup_release(struct id_lookup *q)
{
    buf_release(&q->bytes);
}

static bool id_lookup_ask_store(struct id_lookup *q)
{
    struct text ids[ID_LOOKUP_MAX];
    bool present[ID_LOOKUP_MAX];
    size_t at = 0;

    for (size_t i = 0; i < q->count; i++) {
        ids[i] = (struct text){ q->bytes.data + at, q->length[i] };
        at += q->length[i];
    }
    q->failed =
        q->bytes.failed
            ? !error_memory(&q->err, "for the ids to ask for")
            : q->count && !q->store->ops->lookup(q->store, ids, q->count,
                                                 present, &q->err);
    for (size_t i = 0; i < q->count && !q->failed; i++) {
        if (present[i])
            continue;
        q->missing++;
        if (q->tell_missing)
            q->tell_missing(q->arg, ids[i]);
    }
    q->asked += q->count;
    q->count = 0;
    buf_clear(&q->bytes);
    return !q->failed;
}

bool id_lookup_add(void *lookup, struct text id)
{
    struct id_lookup *q = lookup;
    const struct store_ops *ops = q->store->ops;

    if (ops->askable && !ops->askable(id)) {
        q->unaskable++;
        if (q->tell_unaskable)
            q->tell_unaskable(q->arg, id);
        return true;
    }
    buf_put(&q->bytes, id.ptr, id.len);
    q->length[q->count++] = id.len;
    return q->count < ID_LOOKUP_MAX || id_lookup_ask_store(q);
}

bool id_lookup_end(struct id_lookup *q, struct error *err)
{
    if (!q->failed)
        id_lookup_ask_store(q);
    if (q->failed)
        *err = q->err;
    return !q->failed;
}
