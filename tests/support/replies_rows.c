/* Answers of embedding services: two vectors of two. */
#include "config.h"
#include "tests/support/replies_parts.h"

#include "embed/rows.h"

enum { DOCS = 2, DIM = 2 };

static const float nobodys = -0x1.2345p-97F;

static bool read_rows(struct text json, const struct rows_form *form,
                      struct error *err)
{
    float v[DOCS * DIM];
    struct rows rows = { .count = DOCS, .dim = DIM, .vectors = v };
    bool fine;

    for (size_t i = 0; i < DOCS * DIM; i++)
        v[i] = nobodys;
    fine = rows_read(&rows, form, json, "", err);
    for (size_t i = 0; fine && i < DOCS * DIM; i++)
        reply_claim(v[i] != nobodys, "a number that nobody sent", json);
    rows_release(&rows);
    return fine;
}

bool rows_openai(struct text json, struct error *err)
{
    static const struct rows_form form = {
        .list = "data", .vector = "embedding",
        .tokens = { "usage.total_tokens", NULL }
    };

    return read_rows(json, &form, err);
}

bool rows_cohere(struct text json, struct error *err)
{
    static const struct rows_form form = {
        .list = "embeddings",
        .tokens = { "meta.billed_units.input_tokens", NULL }
    };

    return read_rows(json, &form, err);
}

bool rows_gemini(struct text json, struct error *err)
{
    static const struct rows_form form = {
        .list = "embeddings", .vector = "values",
        .tokens = { "usageMetadata.promptTokenCount" }
    };

    return read_rows(json, &form, err);
}

bool rows_ollama(struct text json, struct error *err)
{
    static const struct rows_form form = {
        .list = "embeddings", .tokens = { "prompt_eval_count" }
    };

    return read_rows(json, &form, err);
}

bool rows_bare(struct text json, struct error *err)
{
    static const struct rows_form form = { .list = NULL };

    return read_rows(json, &form, err);
}
