/* A file of tensors: each row of those that a model asks for can be read. */
#include "config.h"
#include "fuzz.h"

#include <stdlib.h>

#include "embed/static/safetensors.h"

enum { COLS_MAX = 1 << 16, ROWS_READ = 1000 };

static void read_rows(const struct tensor *t)
{
    float *sum = calloc(t->cols ? t->cols : 1, sizeof *sum);
    size_t step = 1 + t->rows / ROWS_READ;

    fuzz_claim(sum != NULL, "no memory");
    for (size_t i = 0; i < t->rows; i += step)
        tensor_add_row(t, i, 0.5F, sum);
    free(sum);
}

static void read_numbers(const struct tensor *t)
{
    size_t step = 1 + t->rows / ROWS_READ;
    int64_t whole;

    for (size_t i = 0; i < t->rows; i += step)
        if (!tensor_index(t, i, &whole))
            tensor_float(t, i);
}

static void read_tensor(const struct safetensors *s, const char *name)
{
    struct error err = { .text = "" };
    struct tensor t;

    if (!safetensors_find(s, name, &t, &err)) {
        fuzz_claim_said(&err);
        return;
    }
    if (!t.data)
        return;
    if (t.cols == 1)
        read_numbers(&t);
    if (t.cols <= COLS_MAX && t.type != TENSOR_I64 && t.type != TENSOR_I32)
        read_rows(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = { "embeddings", "weights", "mapping" };
    const char *path = fuzz_path("model.safetensors");
    struct error err = { .text = "" };
    struct safetensors *s;

    fuzz_write(path, (struct text){ (const char *)data, size });
    s = safetensors_open(path, &err);
    if (!s)
        fuzz_claim_said(&err);
    for (size_t i = 0; s && i < sizeof names / sizeof *names; i++)
        read_tensor(s, names[i]);
    safetensors_close(s);
    return 0;
}
