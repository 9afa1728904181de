/* This file has the table of all embedding providers and finds one by name. */
#include "config.h"
#include "embed/embedder.h"

#include "util/json.h"

#define EMBEDDER_ROW(name) &embedder_##name,
static const struct embedder_ops *const table[] = { EMBEDDERS(EMBEDDER_ROW) };

enum { ROWS = sizeof table / sizeof table[0] };

void embed_input_put(struct buf *to, const struct embed_input *in)
{
    if (in->escaped)
        buf_put(to, in->text.ptr, in->text.len);
    else
        json_put_escaped(to, in->text);
}

size_t embedder_texts(const struct embedder *e, uint64_t rpm)
{
    if (!e->counts_texts || rpm == 0 || (e->max_texts && e->max_texts < rpm))
        return e->max_texts;
    return (size_t)rpm;
}

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
