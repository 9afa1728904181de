/*
 * The answer of an embedding service, in every form and for any number of
 * texts: all numbers were sent, and a vector of which a part is kept has the
 * length 1.
 *
 * In front of the answer: letters, of which the low bits count. List, vector
 * member, texts, dimension (0: learn it), floats kept (0: all).
 */
#include "config.h"
#include "fuzz.h"

#include <math.h>

#include "embed/rows.h"

enum { COUNT_MAX = 4, DIM_MAX = 8 };

static const float nobodys = -0x1.2345p-97F;

static bool has_length_1(const float *v, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)v[i] * v[i];
    return !isfinite(sum) || sum == 0 || fabs(sum - 1) < 1e-4;
}

static void claim_all(const struct rows *r, size_t width)
{
    for (size_t i = 0; i < r->count * width; i++)
        fuzz_claim(r->vectors[i] != nobodys, "a number that nobody sent");
    for (size_t i = 0; r->keep && i < r->count; i++)
        fuzz_claim(has_length_1(r->vectors + i * width, width),
                   "a part of a vector was not scaled");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const lists[] = { NULL, "data", "embeddings", "x" };
    static const char *const members[] = { NULL, "embedding", "values", "x" };
    static float v[COUNT_MAX * DIM_MAX];
    struct text input = { (const char *)data, size };
    struct rows_form form = { .list = lists[fuzz_byte(&input) & 3],
                              .vector = members[fuzz_byte(&input) & 3],
                              .tokens = { "usage.total_tokens", "tokens" } };
    struct rows rows = { .count = 1 + (fuzz_byte(&input) & 3) };
    struct error err = { .text = "" };

    rows.dim = fuzz_byte(&input) & (DIM_MAX - 1);
    rows.keep = fuzz_byte(&input) & (DIM_MAX - 1);
    rows.keep = rows.keep < rows.dim ? rows.keep : 0;
    rows.vectors = rows.dim ? v : NULL;
    for (size_t i = 0; i < COUNT_MAX * DIM_MAX; i++)
        v[i] = nobodys;
    if (!rows_read(&rows, &form, input, "", &err))
        fuzz_claim_said(&err);
    else if (rows.vectors)
        claim_all(&rows, rows.keep ? rows.keep : rows.dim);
    rows_release(&rows);
    return 0;
}
