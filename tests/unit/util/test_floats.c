/*
 * Tests of how floats become text and come back: the shortest digits, the
 * nearest float, JSON's grammar. The references are printf(), strtof() and plain
 * long multiplication.
 */
#include "config.h"
#include "util/floats.h"
#include "tests/support/tap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/powers.h"

static uint64_t random_state = 88172645463325252u;

static uint64_t random_bits(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static float float_of(uint32_t bits)
{
    float f;

    memcpy(&f, &bits, sizeof f);
    return f;
}

static uint32_t bits_of(float f)
{
    uint32_t bits;

    memcpy(&bits, &f, sizeof bits);
    return bits;
}

static const char *text_for(float f)
{
    static char text[FLOAT_TEXT_MAX + 1];

    *float_put(text, f) = '\0';
    return text;
}

/* --- the table of powers, against plain long multiplication --- */

struct tall {
    uint32_t limb[16];
};

static struct tall tall_product(uint64_t x, uint32_t base, int power)
{
    struct tall t = { { (uint32_t)x, (uint32_t)(x >> 32) } };

    for (; power > 0; power--) {
        uint64_t carry = 0;

        for (int i = 0; i < 16; i++) {
            carry += (uint64_t)t.limb[i] * base;
            t.limb[i] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    return t;
}

static int tall_compare(struct tall a, struct tall b)
{
    for (int i = 15; i >= 0; i--)
        if (a.limb[i] != b.limb[i])
            return a.limb[i] < b.limb[i] ? -1 : 1;
    return 0;
}

/* The sign of t * 2^shift - 10^e; one of the sides gets the factors. */
static int compare_to_power(uint64_t t, int shift, int e)
{
    struct tall left, right;

    if (e < 0) {
        left = tall_product(t, 10, -e);
        right = tall_product(1, 2, -shift);
    } else if (shift < 0) {
        left = tall_product(t, 2, 0);
        right = tall_product((uint64_t)1 << -shift, 10, e);
    } else {
        left = tall_product(t, 2, shift);
        right = tall_product(1, 10, e);
    }
    return tall_compare(left, right);
}

static void the_powers_of_ten_are_rounded_down_to_64_bits(void **state)
{
    (void)state;
    for (int e = POWER_MIN; e <= POWER_MAX; e++) {
        uint64_t t = power_of_ten(e);
        int shift = power_log2(e) - 63, order = compare_to_power(t, shift, e);

        assert_true(t >> 63);
        assert_true(order <= 0);
        assert_int_equal(order == 0, e >= 0 && e <= POWER_EXACT_MAX);
        if (t < UINT64_MAX)
            assert_true(compare_to_power(t + 1, shift, e) > 0);
    }
}

/* --- writing --- */

static void numbers_are_written_with_as_few_characters_as_possible(void **state)
{
    static const struct {
        float f;
        const char *text;
    } cases[] = {
        { 0.0f, "0" },
        { -0.0f, "-0" },
        { 1.0f, "1" },
        { -1.0f, "-1" },
        { 10.0f, "10" },
        { 100.0f, "100" },
        { 1000.0f, "1e3" },
        { 1200.0f, "1200" },
        { 16777216.0f, "16777216" },
        { 123456.0f, "123456" },
        { 1.5f, "1.5" },
        { -123.456f, "-123.456" },
        { 0.5f, "0.5" },
        { 0.1f, "0.1" },
        { 0.01f, "0.01" },
        { 0.001f, "1e-3" },
        { 0.0123f, "0.0123" },
        { 0.00123f, "123e-5" },
        { -0.023456789f, "-0.02345679" },
        { 0.0012345678f, "0.0012345678" },
        { 0.00012345678f, "12345678e-11" },
        { 1e-7f, "1e-7" },
        { 1.5e-7f, "15e-8" },
        { 1e20f, "1e20" },
        { 1e38f, "1e38" },
        { 0x1.fffffep127f, "34028235e31" },
        { 0x1p-126f, "11754944e-45" },
        { 0x1p-149f, "1e-45" },
        { 0x7p-149f, "1e-44" },
        { -0x1p-103f, "-98607613e-39" },
        { NAN, "null" },
        { INFINITY, "null" },
        { -INFINITY, "null" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(text_for(cases[i].f), cases[i].text);
}

static void assert_comes_back(uint32_t bits)
{
    char text[FLOAT_TEXT_MAX + 1], *end = float_put(text, float_of(bits));
    float back = 0;

    *end = '\0';
    if ((bits & 0x7fffffff) > 0x7f7fffff) {
        assert_string_equal(text, "null");
        return;
    }
    if (float_get(text, end, &back) != end || bits_of(back) != bits ||
        bits_of(strtof(text, NULL)) != bits || end - text > 14)
        fail_msg("%08x became %s and then %08x", (unsigned)bits, text,
                 (unsigned)bits_of(back));
}

static void every_float_comes_back_from_its_text(void **state)
{
    (void)state;
    if (getenv("BATCHTOP_LONG_TESTS")) {
        for (uint64_t bits = 0; bits <= UINT32_MAX; bits += 37)
            assert_comes_back((uint32_t)bits);
        return;
    }
    for (uint32_t bits = 0; bits < 300; bits++)
        assert_comes_back(bits);
    for (uint32_t i = 0; i < 512; i++)
        for (uint32_t near = 0; near < 3; near++)
            assert_comes_back((i << 23) + near - 1);
    for (int i = 0; i < 2000000; i++)
        assert_comes_back((uint32_t)random_bits());
}

/* A text taken apart: digits without zeros at the ends, times 10^exponent. */
struct parts {
    char digits[64];
    int exponent;
};

static struct parts take_apart(const char *text)
{
    struct parts p = { "", 0 };
    bool fraction = false;
    size_t n = 0;

    for (; *text && *text != 'e'; text++) {
        if (*text == '.')
            fraction = true;
        if (*text < '0' || *text > '9')
            continue;
        p.exponent -= fraction;
        if (n > 0 || *text != '0')
            p.digits[n++] = *text;
    }
    if (*text == 'e')
        p.exponent += atoi(text + 1);
    for (; n > 1 && p.digits[n - 1] == '0'; n--)
        p.exponent++;
    p.digits[n] = '\0';
    return p;
}

/* printf knows the exact value: the nearest decimal of p digits, for the
 * smallest p that reads back. */
static struct parts shortest_by_trial(float f)
{
    char text[64];

    for (int precision = 0;; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, (double)f);
        if (strtof(text, NULL) == f)
            return take_apart(text);
    }
}

static int shorter_form(const struct parts *p)
{
    int n = (int)strlen(p->digits), x = p->exponent, point = n + x;
    int plain = point <= 0 ? 2 - point + n : point < n ? n + 1 : point;
    char text[16];
    int with_exponent = n + snprintf(text, sizeof text, "e%d", x);

    return plain < with_exponent ? plain : with_exponent;
}

static void assert_shortest(uint32_t bits)
{
    float f = float_of(bits & 0x7fffffff);
    const char *text = text_for(f);
    struct parts ours = take_apart(text), other;

    if (!isfinite(f) || f == 0)
        return;
    other = shortest_by_trial(f);
    /* Above a power of two a shorter one may exist that is not the nearest. */
    if (strlen(ours.digits) > strlen(other.digits) ||
        (strlen(ours.digits) == strlen(other.digits) &&
         (strcmp(ours.digits, other.digits) != 0 ||
          ours.exponent != other.exponent)))
        fail_msg("%s, but %se%d is as good", text, other.digits,
                 other.exponent);
    assert_int_equal(strlen(text), shorter_form(&ours));
}

static void the_digits_are_the_fewest_and_the_nearest(void **state)
{
    (void)state;
    for (uint32_t bits = 1; bits < 300; bits++)
        assert_shortest(bits);
    for (uint32_t bits = 1u << 23; bits < 255u << 23; bits += 1u << 23)
        for (uint32_t near = 0; near < 3; near++)
            assert_shortest(bits + near - 1);
    for (int i = 0; i < 60000; i++) {
        assert_shortest((uint32_t)random_bits());
        assert_shortest(bits_of((float)(random_bits() % 200000) / 8));
        assert_shortest(bits_of((float)(random_bits() % 1000000) * 1e-6f));
    }
}

static void an_array_is_json(void **state)
{
    float v[40] = { 1, NAN, -0.25f }, back[40];
    char text[40 * (FLOAT_TEXT_MAX + 1) + 2], *end;
    size_t got;

    (void)state;
    end = float_put_array(text, v, 0);
    assert_int_equal(end - text, 2);
    assert_memory_equal(text, "[]", 2);
    end = float_put_array(text, v, 3);
    assert_int_equal(end - text, 14);
    assert_memory_equal(text, "[1,null,-0.25]", 14);
    for (size_t i = 0; i < 40; i++)
        v[i] = (float)i * -1.37e-3f;
    end = float_put_array(text, v, 40);
    assert_ptr_equal(float_get_array(text, end, back, 40, &got), end);
    assert_memory_equal(v, back, sizeof v);
}

/* --- reading --- */

/* Read from a block of exactly this size, where a sanitizer looks on. */
static ptrdiff_t read_alone(const char *text, size_t n, float *out)
{
    char *alone = malloc(n > 0 ? n : 1);
    const char *end;
    ptrdiff_t used;

    assert_non_null(alone);
    memcpy(alone, text, n);
    end = float_get(alone, alone + n, out);
    used = end ? end - alone : -1;
    free(alone);
    return used;
}

static void only_json_numbers_are_numbers(void **state)
{
    static const struct {
        const char *text;
        int used; /* -1: not a number */
    } cases[] = {
        { "0", 1 },        { "-0", 2 },      { "12", 2 },
        { "1.5", 3 },      { "1.5,2", 3 },   { "1e5", 3 },
        { "1E+05]", 5 },   { "-1.25e-3 ", 8 }, { "0.000", 5 },
        { "0e0", 3 },      { "1234567890123", 13 },
        { "", -1 },        { "-", -1 },      { "+1", -1 },
        { ".5", -1 },      { "1.", -1 },     { "1.e5", -1 },
        { "01", -1 },      { "-01", -1 },    { "00", -1 },
        { "1e", -1 },      { "1e+", -1 },    { "- 1", -1 },
        { " 1", -1 },      { "NaN", -1 },    { "Infinity", -1 },
        { "-Infinity", -1 }, { "null", -1 }, { "--1", -1 },
        { "0x10", 1 },     { "1_000", 1 },   { "1,5", 1 },
        { "0.1.2", 3 },    { "1e5.5", 3 },   { "12345678/", 8 },
        { "12345678:", 8 }, { "1234567\xb1", 7 },
    };
    float f;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (read_alone(cases[i].text, strlen(cases[i].text), &f) !=
            cases[i].used)
            fail_msg("\"%s\" is taken for something else", cases[i].text);
}

static void nothing_at_or_behind_the_end_is_read(void **state)
{
    static const char text[] = "-12345678901.1234567890123e-12";
    float f, whole;

    (void)state;
    for (size_t n = 0; n < sizeof text; n++) {
        ptrdiff_t used = read_alone(text, n, &f);

        assert_true(used == -1 || used == (ptrdiff_t)n);
    }
    whole = strtof(text, NULL);
    assert_true(f == whole);
    assert_int_equal(float_get(text, text + 3, &f) - text, 3);
    assert_true(f == -12);
}

static void assert_like_strtof(const char *text)
{
    const char *end = text + strlen(text);
    float ours = 0, theirs = strtof(text, NULL);

    if (float_get(text, end, &ours) != end || bits_of(ours) != bits_of(theirs))
        fail_msg("%s gives %08x instead of %08x", text,
                 (unsigned)bits_of(ours), (unsigned)bits_of(theirs));
}

static void append_digits(char *to, size_t n)
{
    to += strlen(to);
    while (n-- > 0)
        *to++ = (char)('0' + random_bits() % 10);
    *to = '\0';
}

static void any_decimal_is_rounded_to_the_nearest_float(void **state)
{
    char text[256];

    (void)state;
    for (int i = 0; i < 300000; i++) {
        strcpy(text, random_bits() % 2 ? "-" : "");
        if (random_bits() % 2) {
            strcat(text, "0.");
        } else {
            sprintf(text + strlen(text), "%d", 1 + (int)(random_bits() % 9));
            append_digits(text, random_bits() % 22);
            strcat(text, ".");
        }
        append_digits(text, 1 + random_bits() % 24);
        if (random_bits() % 2)
            sprintf(text + strlen(text), "e%d",
                    (int)(random_bits() % 110) - 60);
        assert_like_strtof(text);
    }
}

/* The middle between two floats is a double; printf writes all of it. A digit
 * far behind, or one less at the end, decides. */
static void a_decimal_close_to_the_middle_of_two_floats_is_rounded_right(
    void **state)
{
    char text[512];

    (void)state;
    for (int i = 0; i < 20000; i++) {
        uint32_t bits = (uint32_t)(random_bits() % 0x7f7fffff);
        double middle;
        size_t n;

        if (i < 400)
            bits = (uint32_t)i / 2; /* the smallest of all */
        else if (i < 800)
            bits = (uint32_t)(i % 254) << 23; /* powers of two */
        middle = ((double)float_of(bits) + (double)float_of(bits + 1)) / 2;
        snprintf(text, sizeof text, "%.*e", 10 + (int)(random_bits() % 130),
                 middle);
        assert_like_strtof(text);
        snprintf(text, sizeof text, "%.160f", middle);
        assert_like_strtof(text);
        n = strlen(text);
        memset(text + n, '0', 40);
        strcpy(text + n + 40, i % 2 ? "1" : "0");
        assert_like_strtof(text);
        while (n > 0 && text[n - 1] == '0')
            n--;
        if (n > 0 && text[n - 1] >= '1') {
            text[n - 1]--;
            strcpy(text + n, "99999999999999999999999999999999");
            assert_like_strtof(text);
        }
    }
}

static void sizes_beyond_all_floats_are_zero_or_infinite(void **state)
{
    static const char *const cases[] = {
        "3.4028235e38",
        "3.40282356779733661637539395458142568447e38",
        "3.40282356779733661637539395458142568448e38",
        "-3.5e38",
        "1e39",
        "1e-46",
        "7.006492321624085e-46",
        "7.006492321624085354618647916449580656401309709382578858785341419"
        "44895541342930300743319094181060791015625e-46",
        "7.006492321624085354618647916449580656401309709382578858785341419"
        "448955413429303007433190941810607910156250000000000000001e-46",
        "1e999999999999999999999999",
        "-1e-999999999999999999999999",
        "0e999999999999999999999999",
        "0.0000000000000000000000000000000000000000000000000000000000001e61",
        "10000000000000000000000000000000000000000000000000000000000000e-61",
        "99999999999999999999999999999999999999999999999999999999999999e-40",
        "8388608.5",
        "8388609.5",
        "8388608.50000000000000000000000000000000000000000000001",
        "16777217",
        "16777217.0000000000000000000000000",
        "16777216.9999999999999999999999999",
        "1.00000017881393432617187499",
        "1.00000017881393432617187500",
        "1.00000017881393432617187501",
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_like_strtof(cases[i]);
}

static void a_long_run_of_zeros_is_made_up_for_by_the_exponent(void **state)
{
    enum { ZEROS = 100000 };
    static char text[ZEROS + 32];
    float f;

    (void)state;
    memcpy(text, "0.", 2);
    memset(text + 2, '0', ZEROS);
    sprintf(text + 2 + ZEROS, "25e%d", ZEROS + 1);
    assert_non_null(float_get(text, text + strlen(text), &f));
    assert_true(f == 2.5f);
    text[0] = '1';
    memset(text + 1, '0', ZEROS);
    sprintf(text + 1 + ZEROS, "e-%d", ZEROS);
    assert_non_null(float_get(text, text + strlen(text), &f));
    assert_true(f == 1);
}

static const char *get_array(const char *text, float *to, size_t n, size_t *got)
{
    const char *end =
        float_get_array(text, text + strlen(text), to, n, got);

    return end ? end : "no";
}

static void an_array_has_exactly_the_numbers_asked_for(void **state)
{
    static const char *const broken[] = {
        "",       "[",      "[1",      "[1,",    "[1,2",     "[1,2,]",
        "[,1]",   "[1 2]",  "[1;2]",   "1,2]",   "{1,2}",    "[[1,2]]",
        "[1,\"2\"]", "[1,nul]", "[1,true]", "[1,02]", "[1,2e]", "[1,nullx]",
    };
    float v[4] = { 0 };
    size_t got;

    (void)state;
    assert_string_equal(get_array("[1,2,3] x", v, 3, &got), " x");
    assert_true(v[0] == 1 && v[1] == 2 && v[2] == 3);
    assert_string_equal(get_array(" [ -1.5 ,\n2e1\t,\rnull ] ", v, 3, &got),
                        " ");
    assert_true(v[0] == -1.5f && v[1] == 20 && isnan(v[2]));
    assert_string_equal(get_array("[]", v, 0, &got), "");
    assert_string_equal(get_array("[1,2,3]", v, 2, &got), "no");
    assert_int_equal(got, 3);
    assert_string_equal(get_array("[1,2]", v, 3, &got), "no");
    assert_int_equal(got, 2);
    assert_string_equal(get_array("[]", v, 2, &got), "no");
    assert_int_equal(got, 0);
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_string_equal(get_array(broken[i], v, 2, &got), "no");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_powers_of_ten_are_rounded_down_to_64_bits),
        cmocka_unit_test(
            numbers_are_written_with_as_few_characters_as_possible),
        cmocka_unit_test(every_float_comes_back_from_its_text),
        cmocka_unit_test(the_digits_are_the_fewest_and_the_nearest),
        cmocka_unit_test(an_array_is_json),
        cmocka_unit_test(only_json_numbers_are_numbers),
        cmocka_unit_test(nothing_at_or_behind_the_end_is_read),
        cmocka_unit_test(any_decimal_is_rounded_to_the_nearest_float),
        cmocka_unit_test(
            a_decimal_close_to_the_middle_of_two_floats_is_rounded_right),
        cmocka_unit_test(sizes_beyond_all_floats_are_zero_or_infinite),
        cmocka_unit_test(a_long_run_of_zeros_is_made_up_for_by_the_exponent),
        cmocka_unit_test(an_array_has_exactly_the_numbers_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
