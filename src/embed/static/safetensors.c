/*
 * This file opens a file of tensors. Its header is JSON of unknown origin, so
 * we check each tensor's type, shape and place against the file's size before
 * anything points into the mapping. It reads numbers byte by byte in
 * little-endian order and widens them to float.
 */
#include "config.h"
#include "embed/static/safetensors.h"

#include <stdlib.h>

#include "sys/mapped.h"
#include "util/json.h"

enum { PREFIX = 8, HEADER_MAX = 100 << 20, TENSORS_MAX = 1024 };

static const struct dtype {
    const char *name;
    size_t bytes;
    enum tensor_type type;
} dtypes[] = {
    { "F64", 8, TENSOR_F64 },   { "F32", 4, TENSOR_F32 },
    { "F16", 2, TENSOR_F16 },   { "BF16", 2, TENSOR_BF16 },
    { "I64", 8, TENSOR_I64 },   { "I32", 4, TENSOR_I32 },
    { "I8", 1, TENSOR_I8 },     { "U64", 8, TENSOR_OTHER },
    { "U32", 4, TENSOR_OTHER }, { "U16", 2, TENSOR_OTHER },
    { "I16", 2, TENSOR_OTHER }, { "U8", 1, TENSOR_OTHER },
    { "BOOL", 1, TENSOR_OTHER },
};

struct entry {
    struct json_value name; /* in the mapping */
    const struct dtype *dtype;
    size_t dims, shape[2];
    uint64_t begin, end; /* in the data */
    bool placed;
};

struct safetensors {
    const char *path;
    struct mapped file;
    size_t data_at;
    size_t count;
    struct entry entry[TENSORS_MAX];
};

static bool safetensors_refuse(const struct safetensors *s, const char *what,
                               struct error *err)
{
    return error_set(err, ERROR_CONFIG, 0,
                     "%s cannot be used: %s; fetch it again", s->path, what);
}

static uint64_t get_le(const unsigned char *p, size_t bytes)
{
    uint64_t v = 0;

    while (bytes-- > 0)
        v = v << 8 | p[bytes];
    return v;
}

/* ---- the header ---- */

static bool read_count(struct json_cursor *c, uint64_t *out)
{
    struct json_value v;
    int64_t n;

    if (!json_value(c, &v) || !json_integer(&v, &n) || n < 0)
        return false;
    *out = (uint64_t)n;
    return true;
}

/* Multiply dimensions beyond two into the second. */
static bool read_shape(struct json_cursor *c, struct entry *e)
{
    uint64_t n, product = 1;

    e->shape[0] = e->shape[1] = 1;
    e->dims = 0;
    if (!json_enter_array(c))
        return false;
    while (json_element(c)) {
        if (!read_count(c, &n) || n > UINT32_MAX ||
            __builtin_mul_overflow(product, n, &product) ||
            product > UINT64_C(1) << 48)
            return false;
        e->shape[e->dims > 0] *= (size_t)n;
        e->dims++;
    }
    return !c->why;
}

static bool read_offsets(struct json_cursor *c, struct entry *e)
{
    return json_enter_array(c) && json_element(c) &&
           read_count(c, &e->begin) && json_element(c) &&
           read_count(c, &e->end) && !json_element(c) && !c->why;
}

static const struct dtype *find_dtype(const struct json_value *v)
{
    for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++)
        if (v->type == JSON_STRING && json_is(v, dtypes[i].name))
            return &dtypes[i];
    return NULL;
}

static bool read_member(struct json_cursor *c, const struct json_value *key,
                        struct entry *e, unsigned *seen)
{
    struct json_value v;

    if (json_is(key, "dtype")) {
        *seen |= 1;
        if (!json_value(c, &v))
            return false;
        e->dtype = find_dtype(&v);
        return e->dtype != NULL;
    }
    if (json_is(key, "shape")) {
        *seen |= 2;
        return read_shape(c, e);
    }
    if (json_is(key, "data_offsets")) {
        *seen |= 4;
        return read_offsets(c, e);
    }
    return json_value(c, NULL);
}

static bool read_entry(struct safetensors *s, struct json_cursor *c,
                       const struct json_value *name, struct error *err)
{
    uint64_t room = s->file.size - s->data_at;
    struct json_value key;
    struct entry *e = &s->entry[s->count];
    unsigned seen = 0;

    if (s->count == TENSORS_MAX)
        return safetensors_refuse(s, "it has more than 1024 tensors", err);
    *e = (struct entry){ .name = *name };
    if (!json_enter_object(c))
        return safetensors_refuse(s, "a tensor is not described by an object",
                                  err);
    while (json_member(c, &key))
        if (!read_member(c, &key, e, &seen))
            return safetensors_refuse(
                s, "a tensor has a dtype, shape or data_offsets that are not "
                   "of the format", err);
    if (c->why || seen != 7)
        return safetensors_refuse(
            s, "a tensor lacks dtype, shape or data_offsets", err);
    if (e->begin > e->end || e->end > room)
        return safetensors_refuse(
            s, "a tensor lies outside of the file, which may be cut short",
            err);
    if (e->end - e->begin !=
        (uint64_t)e->shape[0] * e->shape[1] * e->dtype->bytes)
        return safetensors_refuse(s, "a tensor's shape does not fit its data",
                                  err);
    s->count++;
    return true;
}

/* Check that the tensors follow one another from the first byte to the last. */
static bool check_cover(struct safetensors *s, struct error *err)
{
    uint64_t at = 0, room = s->file.size - s->data_at;

    for (size_t placed = 0; placed < s->count; placed++) {
        struct entry *next = NULL;

        for (size_t i = 0; i < s->count && !next; i++)
            if (!s->entry[i].placed && s->entry[i].begin == at)
                next = &s->entry[i];
        /* Of several at one place, empty tensors come first. */
        for (size_t i = 0; i < s->count && next; i++)
            if (!s->entry[i].placed && s->entry[i].begin == at &&
                s->entry[i].end == at)
                next = &s->entry[i];
        if (!next)
            return safetensors_refuse(s, "its tensors overlap or leave holes",
                                      err);
        next->placed = true;
        at = next->end;
    }
    return at == room || safetensors_refuse(s, "it has data of no tensor", err);
}

static bool read_header(struct safetensors *s, struct error *err)
{
    struct json_cursor c;
    struct json_value key;
    uint64_t len;

    if (s->file.size < PREFIX)
        return safetensors_refuse(s, "it is too short for a safetensors file",
                                  err);
    len = get_le(s->file.data, PREFIX);
    if (len > HEADER_MAX || len > s->file.size - PREFIX)
        return safetensors_refuse(
            s, "its header is longer than the file or than 100 MB", err);
    s->data_at = PREFIX + (size_t)len;
    json_begin(&c, (const char *)s->file.data + PREFIX, (size_t)len);
    if (!json_enter_object(&c))
        return safetensors_refuse(s, "its header is not a JSON object", err);
    while (json_member(&c, &key)) {
        if (json_is(&key, "__metadata__")) {
            if (!json_value(&c, NULL))
                break;
        } else if (!read_entry(s, &c, &key, err)) {
            return false;
        }
    }
    if (c.why || !json_end(&c))
        return safetensors_refuse(s, "its header is not JSON", err);
    return check_cover(s, err);
}

struct safetensors *safetensors_open(const char *path, struct error *err)
{
    struct safetensors *s = calloc(1, sizeof *s);

    if (!s) {
        error_memory(err, "for %s", path);
        return NULL;
    }
    s->path = path;
    if (!mapped_open(&s->file, path, err) || !read_header(s, err)) {
        safetensors_close(s);
        return NULL;
    }
    s->path = NULL; /* borrowed for the messages above */
    return s;
}

void safetensors_close(struct safetensors *s)
{
    if (!s)
        return;
    mapped_close(&s->file);
    free(s);
}

struct text safetensors_bytes(const struct safetensors *s)
{
    return (struct text){ (const char *)s->file.data, s->file.size };
}

bool safetensors_find(const struct safetensors *s, const char *name,
                      struct tensor *out, struct error *err)
{
    const struct entry *e = NULL;

    *out = (struct tensor){ 0 };
    for (size_t i = 0; i < s->count; i++)
        if (json_is(&s->entry[i].name, name))
            e = &s->entry[i];
    if (!e)
        return true;
    if (e->dims < 1 || e->dims > 2 || e->dtype->type == TENSOR_OTHER)
        return error_set(err, ERROR_CONFIG, 0,
                         "the tensor \"%s\" has %zu dimensions of %s, which "
                         "this program does not read",
                         name, e->dims, e->dtype->name);
    *out = (struct tensor){ .type = e->dtype->type,
                            .rows = e->shape[0],
                            .cols = e->shape[1],
                            .data = s->file.data + s->data_at + e->begin };
    return true;
}

/* ---- numbers ---- */

static inline float safetensors_from_bits(uint32_t bits)
{
    float f;

    memcpy(&f, &bits, sizeof f);
    return f;
}

/* Shifted into place, the exponent is too small by 112; a multiplication
 * corrects that, for subnormal numbers as well. */
static inline float from_half(uint32_t half)
{
    uint32_t bits = (half & 0x7fffU) << 13;
    uint32_t sign = (half & 0x8000U) << 16, value;
    float f = safetensors_from_bits(bits) * 0x1p112F;

    memcpy(&value, &f, sizeof value);
    if (bits >= 0x0f800000U) /* infinity, NaN */
        value = bits | 0x7f800000U;
    return safetensors_from_bits(value | sign);
}

static inline float get_f64(const unsigned char *p)
{
    uint64_t bits = get_le(p, 8);
    double d;

    memcpy(&d, &bits, sizeof d);
    return (float)d;
}

static inline float get_f32(const unsigned char *p)
{
    return safetensors_from_bits((uint32_t)p[0] | (uint32_t)p[1] << 8 |
                                 (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
}

static inline float get_f16(const unsigned char *p)
{
    return from_half((uint32_t)p[0] | (uint32_t)p[1] << 8);
}

static inline float get_bf16(const unsigned char *p)
{
    return safetensors_from_bits((uint32_t)p[0] << 16 | (uint32_t)p[1] << 24);
}

static inline float get_i8(const unsigned char *p)
{
    return (float)(signed char)*p;
}

#define ADD(get, bytes)                                                       \
    for (size_t i = 0; i < t->cols; i++)                                      \
        sum[i] += weight * get(t->data + (at + i) * (bytes))

void tensor_add_row(const struct tensor *t, size_t row, float weight,
                    float *restrict sum)
{
    size_t at = row * t->cols;

    switch (t->type) {
    case TENSOR_F64:
        ADD(get_f64, 8);
        break;
    case TENSOR_F32:
        ADD(get_f32, 4);
        break;
    case TENSOR_F16:
        ADD(get_f16, 2);
        break;
    case TENSOR_BF16:
        ADD(get_bf16, 2);
        break;
    case TENSOR_I8:
        ADD(get_i8, 1);
        break;
    default:
        break;
    }
}

float tensor_float(const struct tensor *t, size_t row)
{
    struct tensor one = { t->type, t->rows, 1, t->data };
    float f = 0;

    tensor_add_row(&one, row, 1, &f);
    return f;
}

bool tensor_index(const struct tensor *t, size_t row, int64_t *out)
{
    if (t->type == TENSOR_I64)
        *out = (int64_t)get_le(t->data + row * 8, 8);
    else if (t->type == TENSOR_I32)
        *out = (int32_t)(uint32_t)get_le(t->data + row * 4, 4);
    else
        return false;
    return true;
}
