/*
 * A file of tensors (safetensors), mapped and read-only: 8 bytes with the
 * length of a JSON header, little-endian, the header, then the data. The
 * header names for every tensor its dtype, its shape and its place in the
 * data, which must be covered exactly: no hole, no overlap.
 *
 * Threads     Any, once open. The file must not shrink while it is mapped.
 */
#ifndef BATCHTOP_EMBED_STATIC_SAFETENSORS_H
#define BATCHTOP_EMBED_STATIC_SAFETENSORS_H

#include "util/buf.h"
#include "util/error.h"

enum tensor_type {
    TENSOR_F64,
    TENSOR_F32,
    TENSOR_F16,
    TENSOR_BF16,
    TENSOR_I64,
    TENSOR_I32,
    TENSOR_I8,
    TENSOR_OTHER /* the format has it, we cannot use it */
};

struct tensor {
    enum tensor_type type;
    size_t rows, cols;         /* one dimension: cols is 1 */
    const unsigned char *data; /* rows x cols values, maybe unaligned; NULL:
                                  there is no such tensor */
};

struct safetensors;

/* fails    CONFIG (missing, not of this form: one sentence), MEMORY. */
struct safetensors *safetensors_open(const char *path, struct error *err);
void safetensors_close(struct safetensors *s); /* NULL is fine */

/* The whole file, to hash it. */
struct text safetensors_bytes(const struct safetensors *s);

/* out->data is NULL when there is no tensor of that name. CONFIG when it has
 * more than two dimensions or a type that we cannot use. */
bool safetensors_find(const struct safetensors *s, const char *name,
                      struct tensor *out, struct error *err);

/* sum[i] += weight * row[i], in float32. */
void tensor_add_row(const struct tensor *t, size_t row, float weight,
                    float *sum);
/* One number of a tensor of floats. */
float tensor_float(const struct tensor *t, size_t row);
/* One number of a tensor of whole numbers; false: its numbers are floats. */
bool tensor_index(const struct tensor *t, size_t row, int64_t *out);

#endif
