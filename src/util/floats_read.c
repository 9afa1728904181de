/*
 * This file turns JSON text into the nearest float32, ties always to even.
 *
 * The digits become a word w (19 of them fit) times 10^e, up to eight digits
 * at once. w shifted to the top bit times the 64 bits of power_of_ten(e) is a
 * 128-bit product. Its high word, normalised, is the value to within a few
 * units: the power was rounded down, and w too when there were more digits.
 * The upper 24 bits are the float, the 40 below decide the rounding. Only when
 * these lie within WINDOW units of one half is the answer open (Daniel Lemire,
 * "Number parsing at a gigabyte per second", 2021, does the like for doubles).
 * Going through a double instead would round twice and miss in such cases.
 *
 * Those cases, one in 10^10 but for crafted text, compare the whole decimal
 * with the middle between the two floats, both as large integers. A middle has
 * at most 113 significant digits, so DIGITS_KEPT of them and "or more" do.
 */
#include "config.h"
#include "util/floats.h"

#include "util/powers.h"
#include "util/wide.h"

#include <math.h>
#include <string.h>

enum {
    WORD_DIGITS = 19, /* any such number fits into 64 bits */
    DIGITS_KEPT = 120,
    LIMBS = 40,
    WINDOW = 64,
    LOW_BITS = 40, /* below the float's 24 in a normalised word */
    /* A w of 1..10^19 times 10^e is 0 below and infinite above these. */
    LEAST_POWER = -64,
    MOST_POWER = 38
};

static const uint32_t infinity_bits = 0x7f800000u;
static const int64_t exponent_limit = 1000000000000000; /* no overflow */

/* w * 10^exponent; `cut`: and a bit more, less than one unit of w. */
struct number {
    const char *digits, *behind; /* the text of its digits and point */
    uint64_t w;
    int64_t exponent;
    bool cut, negative;
};

/* --- large integers, for the rare case --- */

struct large {
    uint32_t limb[LIMBS]; /* the lowest first */
};

static void large_step(struct large *a, uint32_t times, uint32_t plus)
{
    uint64_t carry = plus;

    for (int i = 0; i < LIMBS; i++) {
        carry += (uint64_t)a->limb[i] * times;
        a->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

static void large_scale(struct large *a, uint32_t base, int64_t power)
{
    while (power-- > 0)
        large_step(a, base, 0);
}

static int large_compare(const struct large *a, const struct large *b)
{
    for (int i = LIMBS - 1; i >= 0; i--)
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

static bool has_digit_but_zero(const char *p, const char *end)
{
    while (p < end && (*p == '0' || *p == '.'))
        p++;
    return p < end;
}

/* All digits of n as an integer, times 10^(the result). */
static int64_t read_all_digits(const struct number *n, struct large *to)
{
    /* This belongs to w, which holds at most WORD_DIGITS of them. */
    int64_t exponent = n->exponent;
    int kept = 0;

    for (const char *p = n->digits; p < n->behind; p++) {
        if (*p == '.' || (kept == 0 && *p == '0'))
            continue;
        if (kept == DIGITS_KEPT) {
            /* A last digit 1 stands for "or more". */
            large_step(to, 10, has_digit_but_zero(p, n->behind));
            return exponent - 1;
        }
        large_step(to, 10, (uint32_t)(*p - '0'));
        if (kept++ >= WORD_DIGITS)
            exponent--;
    }
    return exponent;
}

/* The sign of n - (2 m + 1) * 2^(q - 1), where q >= -149. */
static int compare_to_middle(const struct number *n, uint32_t m, int q)
{
    struct large a = { { 0 } }, b = { { 2 * m + 1 } };
    int64_t exponent = read_all_digits(n, &a);

    large_scale(&a, 10, exponent);
    large_scale(&b, 10, -exponent);
    large_scale(&a, 2, 1 - q);
    large_scale(&b, 2, q - 1);
    return large_compare(&a, &b);
}

/* --- decimal to binary --- */

static float floats_from_bits(uint32_t bits, bool negative)
{
    float f;

    bits |= (uint32_t)negative << 31;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/* hi * 2^exponent and a bit more, with the top bit of hi set. `exact`: the
 * bit is lo / 2^64; else less than WINDOW units. */
struct binary {
    uint64_t hi, lo;
    int exponent;
    bool exact;
};

/* The exponent is in range and n->w is not zero. */
static struct binary to_binary(const struct number *n)
{
    int e = (int)n->exponent, lead = __builtin_clzll(n->w);
    struct wide p = wide_mul(n->w << lead, power_of_ten(e));
    /* Either is as likely: no branch. */
    int low = !(p.hi >> 63);

    return (struct binary){ p.hi << low | (p.lo >> 63 & (uint64_t)low),
                            p.lo << low, power_log2(e) - lead + 1 - low,
                            !n->cut && e >= 0 && e <= POWER_EXACT_MAX };
}

/* m * 2^q is below n by less than 2^q: is the next one nearer? */
static bool rounds_up(const struct number *n, struct binary b, uint32_t m,
                      int drop)
{
    /* 65: a subnormal's neighbour; the value may still reach the middle. */
    uint64_t rest = drop < 64 ? b.hi & (((uint64_t)1 << drop) - 1) : b.hi;
    uint64_t middle = drop < 65 ? (uint64_t)1 << (drop - 1) : 0;
    int order;

    if (b.exact)
        return rest > middle || (rest == middle && (b.lo > 0 || (m & 1)));
    if (drop < 65 && rest - (middle - WINDOW) > WINDOW)
        return rest > middle;
    if (drop == 65 && rest < 0 - (uint64_t)WINDOW)
        return false;
    order = compare_to_middle(n, m, b.exponent + drop);
    return order > 0 || (order == 0 && (m & 1));
}

static float to_float(const struct number *n)
{
    struct binary b;
    uint32_t m, bits;
    int drop = LOW_BITS;

    if (n->w == 0 || n->exponent < LEAST_POWER)
        return floats_from_bits(0, n->negative);
    if (n->exponent > MOST_POWER)
        return floats_from_bits(infinity_bits, n->negative);
    b = to_binary(n);
    /* Floats are m * 2^q with m < 2^24 and q >= -149. */
    if (b.exponent + drop < -149)
        drop = -149 - b.exponent;
    if (drop > 65)
        return floats_from_bits(0, n->negative);
    m = drop < 64 ? (uint32_t)(b.hi >> drop) : 0;
    bits = m + rounds_up(n, b, m, drop);
    /* A carry out of m counts the exponent up by itself. */
    if (m >> 23)
        bits += (uint32_t)(b.exponent + drop + 149) << 23;
    return floats_from_bits(bits < infinity_bits ? bits : infinity_bits,
                            n->negative);
}

/* --- text to decimal --- */

static bool floats_is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* The value of eight digits, the first in the lowest byte. */
static uint64_t eight_value(uint64_t v)
{
    v = (v & 0x0f0f0f0f0f0f0f0fu) * (10 << 8 | 1) >> 8;
    v = (v & 0x00ff00ff00ff00ffu) * (100 << 16 | 1) >> 16;
    return (v & 0x0000ffff0000ffffu) * ((uint64_t)10000 << 32 | 1) >> 32;
}

/* Not zero in the bytes that are no digits; above the first of them the rest
 * means nothing (a carry may come from there). */
static uint64_t not_digits(uint64_t v)
{
    const uint64_t high = 0xf0f0f0f0f0f0f0f0u, three = 0x3030303030303030u;
    const uint64_t six = 0x0606060606060606u;

    return ((v & high) ^ three) | (((v + six) & high) ^ three);
}

static uint64_t load_eight(const char *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

/* Append the digits at p to *w (modulo 2^64); returns their end. */
static inline const char *take_digits(const char *p, const char *end,
                                      uint64_t *w)
{
    static const uint32_t scale[] = { 1,     10,     100,     1000,
                                      10000, 100000, 1000000, 10000000 };

    /* A full word steps by a constant, so the next load need not wait. */
    for (; end - p >= 8; p += 8) {
        uint64_t v = load_eight(p), stop = not_digits(v);
        int n;

        if (stop == 0) {
            *w = *w * 100000000 + eight_value(v);
            continue;
        }
        n = __builtin_ctzll(stop) >> 3;
        *w = *w * scale[n] + eight_value(v << 8 * (7 - n) << 8);
        return p + n;
    }
    for (; p < end && floats_is_digit(*p); p++)
        *w = *w * 10 + (uint64_t)(*p - '0');
    return p;
}

/* Leading zeros do not count as digits: the word holds the rest. */
static bool fits_word(const struct number *n)
{
    const char *p = n->digits;

    while (p < n->behind && (*p == '0' || *p == '.'))
        p++;
    return n->behind - p <= WORD_DIGITS;
}

/* More digits than the word holds: keep the first ones. */
static void take_first_digits(struct number *n)
{
    int kept = 0;
    bool fraction = false;

    n->w = 0;
    n->exponent = 0;
    for (const char *p = n->digits; p < n->behind; p++) {
        if (*p == '.') {
            fraction = true;
            continue;
        }
        if (kept < WORD_DIGITS) {
            n->w = n->w * 10 + (uint64_t)(*p - '0');
            kept += n->w > 0;
            n->exponent -= fraction;
        } else {
            n->cut |= *p != '0';
            n->exponent += !fraction;
        }
    }
}

static const char *take_exponent(const char *p, const char *end, int64_t *out)
{
    bool negative = p < end && *p == '-';
    int64_t e = 0;

    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end || !floats_is_digit(*p))
        return NULL;
    for (; p < end && floats_is_digit(*p); p++)
        if (e < exponent_limit)
            e = e * 10 + (*p - '0');
    *out = negative ? -e : e;
    return p;
}

/* One number of the JSON grammar; NULL when there is none. */
static inline const char *floats_scan_number(const char *p, const char *end,
                                             struct number *n)
{
    int64_t e = 0;

    *n = (struct number){ .negative = p < end && *p == '-' };
    p += n->negative;
    n->digits = p;
    if (p == end || !floats_is_digit(*p))
        return NULL;
    if (*p != '0')
        p = take_digits(p, end, &n->w);
    else if (++p < end && floats_is_digit(*p))
        return NULL;
    if (p < end && *p == '.') {
        const char *fraction = ++p;

        p = take_digits(p, end, &n->w);
        if (p == fraction)
            return NULL;
        n->exponent = fraction - p;
    }
    n->behind = p;
    if (p - n->digits > WORD_DIGITS && !fits_word(n))
        take_first_digits(n);
    if (p < end && (*p | 0x20) == 'e')
        p = take_exponent(p + 1, end, &e);
    n->exponent += e;
    return p;
}

const char *float_get(const char *p, const char *end, float *out)
{
    struct number n;

    p = floats_scan_number(p, end, &n);
    if (p)
        *out = to_float(&n);
    return p;
}

/* --- arrays --- */

static inline const char *floats_skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

static inline const char *get_element(const char *p, const char *end,
                                      float *out)
{
    if (end - p >= 4 && memcmp(p, "null", 4) == 0) {
        *out = NAN;
        return p + 4;
    }
    return float_get(p, end, out);
}

/* Numbers beyond n are read too, so that *got tells how many there are. */
const char *float_get_array(const char *p, const char *end, float *out,
                            size_t n, size_t *got)
{
    float spare;

    *got = 0;
    p = floats_skip_space(p, end);
    if (p == end || *p++ != '[')
        return NULL;
    p = floats_skip_space(p, end);
    if (p < end && *p == ']')
        return n == 0 ? p + 1 : NULL;
    for (;;) {
        p = get_element(p, end, *got < n ? &out[*got] : &spare);
        if (!p)
            return NULL;
        ++*got;
        p = floats_skip_space(p, end);
        if (p == end || (*p != ',' && *p != ']'))
            return NULL;
        if (*p++ == ']')
            return *got == n ? p : NULL;
        p = floats_skip_space(p, end);
    }
}
