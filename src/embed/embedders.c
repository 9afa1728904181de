/* This file has the table of all embedding providers and finds one by name. */
#include "config.h"
#include "embed/embedder.h"

#define EMBEDDER_ROW(name) &embedder_##name,
static const struct embedder_ops *const table[] = { EMBEDDERS(EMBEDDER_ROW) };

enum { ROWS = sizeof table / sizeof table[0] };

const struct embedder_ops *embedder_find(struct text name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (text_is(name, table[i]->name))
            return table[i];
    return NULL;
}

const struct embedder_ops *embedder_at(size_t i)
{
    return i < ROWS ? table[i] : NULL;
}
