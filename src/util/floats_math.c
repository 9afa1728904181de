/*
 * This file does vector arithmetic, four lanes wide and four of those side by
 * side: a sum in C has an order, and only what we write as independent sums may
 * overlap. The vector types are GCC's and Clang's own; without wide registers
 * the compiler makes plain loops of them.
 */
#include "config.h"
#include "util/floats.h"

#include <math.h>
#include <string.h>

enum { LANES = 4, STEP = 4 * LANES };

typedef float float_lanes __attribute__((vector_size(LANES * 4)));
typedef float float_pair __attribute__((vector_size(2 * 4)));
typedef double double_lanes __attribute__((vector_size(2 * 8)));
typedef int32_t bit_lanes __attribute__((vector_size(LANES * 4)));

static inline float_lanes floats_load(const float *p)
{
    float_lanes x;

    memcpy(&x, p, sizeof x);
    return x;
}

void float_turn(void *to, const void *from, size_t n)
{
    const unsigned char *p = from;
    unsigned char *q = to;
    uint32_t word;

    for (size_t i = 0; i < n; i++, p += sizeof word, q += sizeof word) {
        memcpy(&word, p, sizeof word);
        word = __builtin_bswap32(word);
        memcpy(q, &word, sizeof word);
    }
}

float float_dot(const float *a, const float *b, size_t n)
{
    float_lanes s0 = { 0 }, s1 = { 0 }, s2 = { 0 }, s3 = { 0 };
    float sum;

    for (; n >= STEP; a += STEP, b += STEP, n -= STEP) {
        s0 += floats_load(a) * floats_load(b);
        s1 += floats_load(a + LANES) * floats_load(b + LANES);
        s2 += floats_load(a + 2 * LANES) * floats_load(b + 2 * LANES);
        s3 += floats_load(a + 3 * LANES) * floats_load(b + 3 * LANES);
    }
    s0 += s1 + (s2 + s3);
    sum = s0[0] + s0[1] + (s0[2] + s0[3]);
    for (; n > 0; a++, b++, n--)
        sum += *a * *b;
    return sum;
}

static inline float_lanes floats_load_bytes(const char *p, size_t lane)
{
    float_lanes x;

    memcpy(&x, p + lane * sizeof x, sizeof x);
    return x;
}

/* Both sums are made in the order of float_dot(), so each has its bits. */
float float_dot_square(const float *a, const void *from, size_t n,
                       float *square)
{
    float_lanes d0 = { 0 }, d1 = { 0 }, d2 = { 0 }, d3 = { 0 };
    float_lanes q0 = { 0 }, q1 = { 0 }, q2 = { 0 }, q3 = { 0 };
    const char *b = from;
    float dot, y;

    for (; n >= STEP; a += STEP, b += STEP * sizeof *a, n -= STEP) {
        float_lanes y0 = floats_load_bytes(b, 0);
        float_lanes y1 = floats_load_bytes(b, 1);
        float_lanes y2 = floats_load_bytes(b, 2);
        float_lanes y3 = floats_load_bytes(b, 3);

        d0 += floats_load(a) * y0;
        d1 += floats_load(a + LANES) * y1;
        d2 += floats_load(a + 2 * LANES) * y2;
        d3 += floats_load(a + 3 * LANES) * y3;
        q0 += y0 * y0;
        q1 += y1 * y1;
        q2 += y2 * y2;
        q3 += y3 * y3;
    }
    d0 += d1 + (d2 + d3);
    q0 += q1 + (q2 + q3);
    dot = d0[0] + d0[1] + (d0[2] + d0[3]);
    *square = q0[0] + q0[1] + (q0[2] + q0[3]);
    for (; n > 0; a++, b += sizeof y, n--) {
        memcpy(&y, b, sizeof y);
        dot += *a * y;
        *square += y * y;
    }
    return dot;
}

/* What the bit patterns have shown so far, in every lane. */
struct looks {
    bit_lanes any, bad; /* not 0: more than zeros; infinities or NaN */
};

static inline void floats_look_at(struct looks *l, const float *v)
{
    const int32_t largest_finite = 0x7f7fffff, no_sign = 0x7fffffff;
    bit_lanes size = (bit_lanes)floats_load(v) & no_sign;

    l->any |= size;
    l->bad |= size > largest_finite;
}

bool float_usable(const float *v, size_t n)
{
    struct looks l = { { 0 }, { 0 } };

    for (; n >= LANES; v += LANES, n -= LANES)
        floats_look_at(&l, v);
    if (n > 0) {
        float rest[LANES] = { 0 };

        memcpy(rest, v, n * sizeof *v);
        floats_look_at(&l, rest);
    }
    return (l.any[0] | l.any[1] | l.any[2] | l.any[3]) != 0 &&
           (l.bad[0] | l.bad[1] | l.bad[2] | l.bad[3]) == 0;
}

bool float_any_beyond(const float *v, size_t n, float most)
{
    const float_lanes high = { most, most, most, most };
    bit_lanes beyond = { 0 };

    for (; n >= LANES; v += LANES, n -= LANES) {
        float_lanes x = floats_load(v);

        beyond |= (x > high) | (x < -high);
    }
    if (n > 0) {
        float_lanes x = { 0 };

        memcpy(&x, v, n * sizeof *v);
        beyond |= (x > high) | (x < -high);
    }
    return (beyond[0] | beyond[1] | beyond[2] | beyond[3]) != 0;
}

static inline double_lanes floats_load_wide(const float *p)
{
    float_pair x;

    memcpy(&x, p, sizeof x);
    return __builtin_convertvector(x, double_lanes);
}

double float_square(const float *v, size_t n)
{
    double_lanes s0 = { 0 }, s1 = { 0 };

    for (; n >= LANES; v += LANES, n -= LANES) {
        double_lanes x0 = floats_load_wide(v), x1 = floats_load_wide(v + 2);

        s0 += x0 * x0;
        s1 += x1 * x1;
    }
    for (; n > 0; v++, n--)
        s0[0] += (double)*v * (double)*v;
    return s0[0] + s0[1] + (s1[0] + s1[1]);
}

double float_cosine(const float *a, const void *from, size_t n)
{
    const char *b = from;
    double dot = 0, square = 0, length;

    for (size_t i = 0; i < n; i++) {
        float y;

        memcpy(&y, b + i * sizeof y, sizeof y);
        dot += (double)a[i] * (double)y;
        square += (double)y * (double)y;
    }
    length = sqrt(square) * sqrt(float_square(a, n));
    return length > 0 && isfinite(length) ? dot / length : 0;
}

bool float_normalise(float *v, size_t n)
{
    double sum = float_square(v, n), scale;
    double_lanes scales;

    if (!(sum > 0) || !isfinite(sum))
        return false;
    scale = 1 / sqrt(sum);
    scales = (double_lanes){ scale, scale };
    for (; n >= 2; v += 2, n -= 2) {
        float_pair x = __builtin_convertvector(floats_load_wide(v) * scales,
                                               float_pair);

        memcpy(v, &x, sizeof x);
    }
    if (n > 0)
        *v = (float)((double)*v * scale);
    return true;
}
