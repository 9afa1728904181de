/*
 * This file reads the table of meanings and finds words in it.
 *
 * The table is little-endian and read byte by byte, so that it can lie anywhere
 * and serve any machine. A sum over all of it must be the one that stands here:
 * another table would make other vectors under the same name, and a damaged one
 * nonsense.
 */
#include "config.h"
#include "embed/static/meaning.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum {
    COUNT_AT = 8,
    DIM_AT = 12,
    WORDING_AT = 16,
    RARE_AT = 20,
    SHARE_AT = 32,
    DAMP_AT = 36,
    RUNS_AT = 40,
    LEVELS_AT = 64,
    HEAD = 128,
    ROW_BYTES = MEANING_DIM / 2,
    ROWS_ALIGN = 64,
    STEM_MIN = 3,  /* what is left of a word without its ending */
    FORM_MIN = 4   /* a word that may have one */
};

typedef float row_lanes __attribute__((vector_size(16)));
typedef uint64_t pair_lanes __attribute__((vector_size(16)));

static const uint64_t meaning_sum = 0x53ecd0f9f576e8c0U;
static const uint64_t meaning_golden = 0x9e3779b97f4a7c15U;

extern const unsigned char meaning_table[], meaning_table_end[];

static inline uint32_t meaning_u16(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static inline uint32_t meaning_u32(const unsigned char *p)
{
    return meaning_u16(p) | meaning_u16(p + 2) << 16;
}

static float meaning_f32(const unsigned char *p)
{
    uint32_t bits = meaning_u32(p);
    float f;

    memcpy(&f, &bits, sizeof f);
    return f;
}

/* ---- reading ---- */

/* Two sums side by side, over alternate words of eight bytes. */
static uint64_t sum_of(const unsigned char *p, size_t size)
{
    uint64_t sum[2] = { size, ~(uint64_t)size };
    size_t i = 0;

    for (; i + 8 <= size; i += 8) {
        uint64_t *s = &sum[i / 8 & 1];
        uint64_t w = meaning_u32(p + i) |
                     (uint64_t)meaning_u32(p + i + 4) << 32;

        *s = (*s ^ w) * meaning_golden;
        *s ^= *s >> 32;
    }
    for (; i < size; i++)
        sum[0] = (sum[0] ^ p[i]) * meaning_golden;
    return word_mix(sum[0] + word_mix(sum[1]));
}

/* Where the rows of each upper half of a tag begin. */
static void index_tags(struct meaning *m)
{
    size_t row = 0;

    for (size_t half = 0; half < MEANING_STARTS; half++) {
        m->start[half] = (uint16_t)row;
        while (row < m->count && meaning_u16(m->tags + 4 * row + 2) == half)
            row++;
    }
    m->start[MEANING_STARTS] = (uint16_t)m->count;
}

static void read_head(struct meaning *m, const unsigned char *p)
{
    m->rare = meaning_u32(p + RARE_AT);
    m->share = meaning_f32(p + SHARE_AT);
    m->damp = meaning_f32(p + DAMP_AT);
    m->runs = meaning_f32(p + RUNS_AT);
    for (int i = 0; i < 256; i++) {
        const float pair[2] = {
            meaning_f32(p + LEVELS_AT + 4 * (i & 15)),
            meaning_f32(p + LEVELS_AT + 4 * (i >> 4))
        };

        memcpy(&m->pair[i], pair, sizeof pair);
    }
}

/* The table has the size that its head tells, and our dimensions. */
static bool read_places(struct meaning *m, const unsigned char *p, size_t size)
{
    size_t rows_at;

    if (size < HEAD || memcmp(p, "BTMEAN1", 8) != 0 ||
        meaning_u32(p + DIM_AT) != MEANING_DIM ||
        meaning_u32(p + WORDING_AT) != MEANING_WORDING)
        return false;
    m->count = meaning_u32(p + COUNT_AT);
    if (m->count > UINT16_MAX)
        return false;
    rows_at = HEAD + 7 * m->count;
    rows_at += (ROWS_ALIGN - rows_at % ROWS_ALIGN) % ROWS_ALIGN;
    m->tags = p + HEAD;
    m->scales = m->tags + 4 * m->count;
    m->idf = m->scales + 2 * m->count;
    m->rows = p + rows_at;
    return size == rows_at + m->count * ROW_BYTES;
}

bool meaning_read(struct meaning *m, const void *table, size_t size,
                  struct error *err)
{
    uint64_t sum = sum_of(table, size);

    if (!read_places(m, table, size) || sum != meaning_sum)
        return error_set(err, ERROR_CONFIG, 0,
                         "this program's table of meanings is damaged (%zu "
                         "bytes, sum %016" PRIx64 "): build it anew, or use "
                         "--embed hash",
                         size, sum);
    read_head(m, table);
    index_tags(m);
    snprintf(m->identity, sizeof m->identity, "1-%016" PRIx64, sum);
    return true;
}

/* ---- the one compiled in ---- */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct meaning compiled_in; /* [once], like its two neighbours */
static bool compiled_in_good;
static struct error compiled_in_bad;

static void read_compiled_in(void)
{
    compiled_in_good =
        meaning_read(&compiled_in, meaning_table,
                     (size_t)((uintptr_t)meaning_table_end -
                              (uintptr_t)meaning_table),
                     &compiled_in_bad);
}

const struct meaning *meaning_take(struct error *err)
{
    pthread_once(&once, read_compiled_in);
    if (compiled_in_good)
        return &compiled_in;
    *err = compiled_in_bad;
    return NULL;
}

/* ---- words ---- */

static bool meaning_find(const struct meaning *m, uint64_t hash, size_t *row)
{
    uint32_t tag = (uint32_t)(hash >> 32);
    size_t end = m->start[(tag >> 16) + 1];

    for (size_t i = m->start[tag >> 16]; i < end; i++)
        if (meaning_u32(m->tags + 4 * i) == tag) {
            *row = i;
            return true;
        }
    return false;
}

/* A word's characters, and the unmixed hash of its first so many. */
struct stem {
    const uint32_t *c;
    uint64_t first[WORD_CHARS + 1];
};

/* The row of the first n characters, or of what they stand for: "stopp" for
 * "stop", "happi" for "happy", "mak" for "make". */
static bool find_stem(const struct meaning *m, const struct stem *s, size_t n,
                      size_t *row)
{
    const uint32_t *c = s->c;

    return meaning_find(m, word_mix(s->first[n]), row) ||
           meaning_find(m, word_mix(word_longer(s->first[n], 'e')), row) ||
           (n > STEM_MIN && c[n - 1] == c[n - 2] &&
            meaning_find(m, word_mix(s->first[n - 1]), row)) ||
           (c[n - 1] == 'i' &&
            meaning_find(m, word_mix(word_longer(s->first[n - 1], 'y')), row));
}

static bool ends_in(const struct word *w, const char *ending, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (w->chars[w->count - n + i] != (unsigned char)ending[i])
            return false;
    return true;
}

/* What an unknown word may be a form of, the likeliest first. */
static bool find_form(const struct meaning *m, const struct word *w,
                      size_t *row)
{
    static const char endings[][5] = { "s", "es", "ed",   "ing",  "ly",
                                       "er", "d", "ness", "less", "like",
                                       "ers", "ings", "able" };
    struct stem s = { .c = w->chars, .first = { 0 } };

    if (w->count < FORM_MIN)
        return false;
    for (size_t i = 0; i < w->count; i++) {
        if (w->chars[i] >= 128)
            return false;
        s.first[i + 1] = word_longer(s.first[i], w->chars[i]);
    }
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t n = strlen(endings[i]);

        if (w->count >= n + STEM_MIN && ends_in(w, endings[i], n) &&
            find_stem(m, &s, w->count - n, row))
            return true;
    }
    return false;
}

struct meaning_sense meaning_of(const struct meaning *m, const struct word *w)
{
    struct meaning_sense s = { .level = m->rare };

    if (meaning_find(m, w->hash, &s.row)) {
        s.halves = 2;
        s.level = m->idf[s.row];
    } else if (find_form(m, w, &s.row)) {
        s.halves = 1;
    }
    return s;
}

void meaning_prefetch(const struct meaning *m, const struct meaning_sense *s)
{
    const unsigned char *codes = m->rows + s->row * ROW_BYTES;

    if (s->halves == 0)
        return;
    __builtin_prefetch(m->scales + 2 * s->row);
    __builtin_prefetch(codes);
    __builtin_prefetch(codes + ROW_BYTES - 1);
}

void meaning_row(const struct meaning *m, const struct meaning_sense *s,
                 float *row)
{
    const unsigned char *codes = m->rows + s->row * ROW_BYTES;
    float scale = (float)meaning_u16(m->scales + 2 * s->row);
    row_lanes scales;

    if (s->halves < 2)
        scale *= 0.9F;
    scales = (row_lanes){ scale, scale, scale, scale };
    for (size_t i = 0; i < ROW_BYTES; i += 2, row += 4) {
        const pair_lanes pairs = { m->pair[codes[i]], m->pair[codes[i + 1]] };
        row_lanes four = (row_lanes)pairs * scales;

        memcpy(row, &four, sizeof four);
    }
}
