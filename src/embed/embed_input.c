/* This file has what all embedders do with their input and their limits. */
#include "config.h"
#include "embed/embedder.h"

#include "util/json.h"

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
