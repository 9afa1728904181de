/* The table of all embedding providers and the search in it by name. */
#include "config.h"
#include "embed/embedder.h"

#include "embed/providers.h"

static const struct embedder_ops *const table[] = {
    &embedder_azure,
    &embedder_cohere,
    &embedder_exec,
    &embedder_gemini,
    &embedder_jina,
    &embedder_local,
    &embedder_mistral,
    &embedder_ollama,
    &embedder_openai,
    &embedder_static,
    &embedder_tei,
    &embedder_voyage,
};

enum { ROWS = sizeof table / sizeof table[0] };

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
