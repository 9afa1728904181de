/* This file sorts the ids once and finds each answer by a binary search. It
 * marks an id everywhere if the caller asked for it several times. */
#include "config.h"
#include "store/wanted.h"

#include <stdlib.h>

#include "util/uuid.h"

static int wanted_by_id(const void *a, const void *b)
{
    const struct text *x = &((const struct wanted_id *)a)->id;
    const struct text *y = &((const struct wanted_id *)b)->id;
    size_t least = x->len < y->len ? x->len : y->len;
    int order = least ? memcmp(x->ptr, y->ptr, least) : 0;

    return order ? order : (x->len > y->len) - (x->len < y->len);
}

bool wanted_init(struct wanted *w, const struct text *ids, size_t n,
                 bool as_uuids, bool *present, struct error *err)
{
    *w = (struct wanted){ .count = n, .present = present };
    w->of = calloc(n + 1, sizeof *w->of);
    if (as_uuids)
        w->uuids = calloc(n + 1, UUID_SIZE);
    if (!w->of || (as_uuids && !w->uuids)) {
        wanted_release(w);
        return error_memory(err, "for %zu ids", n);
    }
    for (size_t i = 0; i < n; i++) {
        w->of[i] = (struct wanted_id){ ids[i], i };
        if (as_uuids) {
            char *uuid = w->uuids + i * UUID_SIZE;

            uuid_of(ids[i].ptr, ids[i].len, uuid);
            w->of[i].id = (struct text){ uuid, UUID_SIZE - 1 };
        }
        present[i] = false;
    }
    qsort(w->of, n, sizeof *w->of, wanted_by_id);
    return true;
}

void wanted_release(struct wanted *w)
{
    free(w->of);
    free(w->uuids);
    *w = (struct wanted){ .of = NULL };
}

void wanted_mark(void *wanted, struct text id)
{
    struct wanted *w = wanted;
    struct wanted_id key = { id, 0 }, *found, *end = w->of + w->count;

    found = bsearch(&key, w->of, w->count, sizeof key, wanted_by_id);
    if (!found)
        return;
    while (found > w->of && wanted_by_id(found - 1, &key) == 0)
        found--;
    for (; found < end && wanted_by_id(found, &key) == 0; found++)
        w->present[found->at] = true;
}

bool wanted_is_twin(const struct wanted *w, size_t i)
{
    return i > 0 && wanted_by_id(&w->of[i], &w->of[i - 1]) == 0;
}
