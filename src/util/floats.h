/* Float text: the shortest decimal that reads back to the same float32, and the
 * exact way back. Independent of the locale, no allocation. */
#ifndef BATCHTOP_UTIL_FLOATS_H
#define BATCHTOP_UTIL_FLOATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FLOAT_TEXT_MAX = 16,
    /* Are this machine's floats not little-endian, as files and services have
     * them? */
    FLOATS_TURNED = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
};

/* Copy n floats with the bytes of each turned around, between any addresses;
 * `to` may be `from`. */
void float_turn(void *to, const void *from, size_t n);

/* Write f as JSON (a leading digit, never NaN: that writes "null"). At most
 * FLOAT_TEXT_MAX bytes, no NUL. Returns the end of what was written. */
char *float_put(char *to, float f);

/* Write "[f,f,...]": reserve n * (FLOAT_TEXT_MAX + 1) + 2 bytes. */
char *float_put_array(char *to, const float *v, size_t n);

/* Read one JSON number as float32, correctly rounded (overflow gives an
 * infinity, which the caller must refuse). Returns the end of the number, or
 * NULL when no JSON number starts at p. Never reads at or behind `end`. */
const char *float_get(const char *p, const char *end, float *out);

/* Read "[f, f, ...]" of JSON with exactly n numbers; white space allowed.
 * Returns the end behind the bracket or NULL; *got says how many numbers were
 * read. A null element reads as NaN. */
const char *float_get_array(const char *p, const char *end, float *out,
                            size_t n, size_t *got);

/* Every float is finite and not all are zero. */
bool float_usable(const float *v, size_t n);
/* A float is above most or below -most, infinities included; NaN is not. */
bool float_any_beyond(const float *v, size_t n, float most);

float float_dot(const float *a, const float *b, size_t n);

/* The same, and in the same pass *square: the vector at `from`, of n floats
 * at any address, multiplied by itself. */
float float_dot_square(const float *a, const void *from, size_t n,
                       float *square);

/* The cosine between a and the vector at `from`, in doubles: no square
 * overflows or vanishes. 0 if one has no direction: zeros, or not finite. */
double float_cosine(const float *a, const void *from, size_t n);

/* The sum of squares as a double: no float's square over- or underflows it. */
double float_square(const float *v, size_t n);

/* Scale to length 1; false (untouched) when the length is 0 or not finite. */
bool float_normalise(float *v, size_t n);

#endif
