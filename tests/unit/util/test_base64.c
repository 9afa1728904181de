/*
 * Tests of base64 in both directions, against the examples of RFC 4648, with
 * random bytes, and with vectors.
 */
#include "config.h"
#include "util/base64.h"
#include "tests/support/tap.h"

#include <stdlib.h>
#include <string.h>

static void the_examples_of_the_rfc_hold_both_ways(void **state)
{
    static const char *const cases[][2] = {
        { "", "" },
        { "f", "Zg==" },
        { "fo", "Zm8=" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" },
    };
    char text[16], back[16];
    size_t got;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = strlen(cases[i][0]), len = strlen(cases[i][1]);

        assert_int_equal(base64_length(n), len);
        assert_ptr_equal(base64_encode(text, cases[i][0], n), text + len);
        assert_memory_equal(text, cases[i][1], len);
        assert_true(base64_decode(text, len, back, sizeof back, &got));
        assert_int_equal(got, n);
        assert_memory_equal(back, cases[i][0], n);
    }
}

static void any_bytes_of_any_length_come_back(void **state)
{
    unsigned char data[100];

    (void)state;
    for (size_t n = 0; n <= sizeof data; n++) {
        /* Exactly as large as needed: a sanitizer sees one byte too many. */
        char *text = malloc(base64_length(n) + 1);
        unsigned char *back = malloc(n + 1);
        size_t got;

        for (size_t i = 0; i < n; i++)
            data[i] = (unsigned char)(i * 151 + n * 37);
        if (!text || !back)
            abort();
        base64_encode(text + 1, data, n);
        assert_true(base64_decode(text + 1, base64_length(n), back + 1, n,
                                  &got));
        assert_int_equal(got, n);
        assert_memory_equal(back + 1, data, n);
        assert_false(n > 0 && base64_decode(text + 1, base64_length(n),
                                            back + 1, n - 1, &got));
        free(text);
        free(back);
    }
}

/* In groups that are decoded one by one, and in blocks of several. */
static void every_character_outside_the_alphabet_is_refused_anywhere(
    void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz0123456789+/";
    enum { LONG = 100 };
    static const size_t lengths[] = { 20, LONG };
    char text[LONG], back[LONG];
    size_t got;

    (void)state;
    memset(text, 'A', sizeof text);
    for (int c = 0; c < 256; c++)
        for (size_t k = 0; k < 2; k++)
            for (size_t i = 0; i < lengths[k]; i++) {
                bool good = c != 0 && strchr(alphabet, c) != NULL;

                text[i] = (char)c;
                if (c != '=' || i != lengths[k] - 1)
                    assert_int_equal(base64_decode(text, lengths[k], back,
                                                   sizeof back, &got),
                                     good);
                text[i] = 'A';
            }
}

/* Each letter of the alphabet stands at each place of a block once. */
static void every_letter_has_its_value_at_every_place(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz0123456789+/";
    enum { LONG = 64 };
    unsigned char back[LONG];
    char text[LONG];
    size_t got;

    (void)state;
    for (size_t turn = 0; turn < 64; turn++) {
        for (size_t i = 0; i < LONG; i++)
            text[i] = alphabet[(i + turn) % 64];
        assert_true(base64_decode(text, LONG, back, sizeof back, &got));
        for (size_t i = 0; i < LONG; i++) {
            size_t bit = i * 6;
            unsigned two = (unsigned)back[bit / 8] << 8 |
                           (bit / 8 + 1 < got ? back[bit / 8 + 1] : 0u);

            assert_int_equal(two >> (10 - bit % 8) & 63, (i + turn) % 64);
        }
    }
}

static void there_is_only_one_text_for_some_bytes(void **state)
{
    static const char *const bad[] = {
        "Z",    "Zg",   "Zg=",  "Zm9",      "Zm9v=",    "Zh==",    "Zm9=",
        "====", "Z===", "Zg=g", "Zg==Zg==", "Zm8=Zm8=", "Zm9vYg=", "=Zg=",
        "Z=g=", "Zm9v\nZm9v", "Zm9v ", "Zm-_",
    };
    char back[16];
    size_t got;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(base64_decode(bad[i], strlen(bad[i]), back, 16, &got));
}

static void floats_travel_as_their_little_endian_bits(void **state)
{
    static const float v[] = { 1.0f, -2.5f, 0x1p-149f };
    float back[3];

    (void)state;
    assert_true(base64_floats("AACAPwAAIMABAAAA", 16, back, 3));
    assert_memory_equal(back, v, sizeof v);
    assert_false(base64_floats("AACAPwAAIMABAAAA", 16, back, 2));
    assert_false(base64_floats("AACAPwAAIMA=", 12, back, 3));
    assert_false(base64_floats("AACAPwAA", 8, back, 2));
    assert_true(base64_floats("AACAPwAAIMA=", 12, back, 2));
    assert_true(base64_floats("", 0, back, 0));
    assert_false(base64_floats("", 0, back, 1));
}

static void vectors_of_any_length_come_back(void **state)
{
    float v[50], back[50];
    char text[300], *end;

    (void)state;
    for (size_t n = 0; n < 50; n++) {
        v[n] = (float)n * 0.37f - 5;
        end = base64_encode_floats(text, v, n);
        assert_int_equal(end - text, base64_length(n * sizeof *v));
        assert_true(base64_floats(text, (size_t)(end - text), back, n));
        assert_memory_equal(v, back, n * sizeof *v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_rfc_hold_both_ways),
        cmocka_unit_test(any_bytes_of_any_length_come_back),
        cmocka_unit_test(
            every_character_outside_the_alphabet_is_refused_anywhere),
        cmocka_unit_test(every_letter_has_its_value_at_every_place),
        cmocka_unit_test(there_is_only_one_text_for_some_bytes),
        cmocka_unit_test(floats_travel_as_their_little_endian_bits),
        cmocka_unit_test(vectors_of_any_length_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
