/*
 * Tests of texts for people: hostile bytes become visible, cuts fall between
 * characters, and numbers, sizes and durations have the forms that the screen
 * expects.
 */
#include "config.h"
#include "util/error.h"
#include "util/str.h"
#include "tests/support/tap.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *printable(const char *from, size_t n, size_t size)
{
    static char text[256];
    size_t len;

    memset(text, '#', sizeof text);
    len = str_printable(text, size, (struct text){ from, n });
    assert_int_equal(len, strlen(text));
    assert_true(len < size);
    assert_int_equal(text[size], '#');
    return text;
}

static void SE_05_no_error_says_a_name_as_it_is(void **state)
{
    struct error err;

    (void)state;
    error_set(&err, ERROR_INPUT, 0, "%s cannot be used", "a\033[2J\xff.jsonl");
    assert_string_equal(err.text, "a<1B>[2J<FF>.jsonl cannot be used");
    error_wrap(&err, "%s", "\xc2\x9b");
    assert_string_equal(err.text,
                        "<U+009B>: a<1B>[2J<FF>.jsonl cannot be used");
    error_errno(&err, ENOENT, "%s", "\r");
    assert_string_equal(err.text, "<0D>: No such file or directory");
    error_wrap(&err, "%0700d", 0);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_int_equal(err.text[sizeof err.text - 2], '~'); /* it is cut */
}

static void SE_05_hostile_bytes_become_visible(void **state)
{
    static const struct {
        const char *from, *shown;
    } cases[] = {
        { "plain", "plain" },
        { "gr\xc3\xbc\xc3\x9f \xe6\xbc\xa2 \xf0\x9f\x90\x9f",
          "gr\xc3\xbc\xc3\x9f \xe6\xbc\xa2 \xf0\x9f\x90\x9f" },
        { "\x1b]0;title\x07", "<1B>]0;title<07>" },
        { "a\r\n\tb\bc\x7f", "a<0D><0A><09>b<08>c<7F>" },
        { "\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0",
          "<U+0080><U+009B><U+009F>\xc2\xa0" },
        { "\x9b" "31m", "<9B>31m" },
        { "\xe2\x80\xaa\xe2\x80\xae\xe2\x80\xaf",
          "<U+202A><U+202E>\xe2\x80\xaf" },
        { "\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaf\xe2\x81\xb0",
          "<U+2066><U+2069><U+206F>\xe2\x81\xb0" },
        { "\xf3\xa0\x81\x81\xef\xbf\xb9\xe1\xa0\x8e",
          "<U+E0041><U+FFF9><U+180E>" },
        { "\xe2\x80\x8a\xe2\x80\x8b\xe2\x80\x8c\xe2\x80\x8d",
          "\xe2\x80\x8a<U+200B><U+200C><U+200D>" },
        { "\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\x90",
          "<U+200E><U+200F>\xe2\x80\x90" },
        { "\xd8\x9c\xe2\x81\xa0\xef\xbb\xbf", "<U+061C><U+2060><U+FEFF>" },
        { "\xe2\x80\xa8\xe2\x80\xa9", "<U+2028><U+2029>" },
        { "\xff\xc0\xaf\xed\xa0\x80", "<FF><C0><AF><ED><A0><80>" },
        { "\xf4\x90\x80\x80\xe2\x82", "<F4><90><80><80><E2><82>" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(
            printable(cases[i].from, strlen(cases[i].from), 200),
            cases[i].shown);
    assert_string_equal(printable("a\0b", 3, 200), "a<00>b");
}

static void SE_05_nothing_that_comes_out_can_move_the_cursor(void **state)
{
    char from[64];

    (void)state;
    srand(7);
    for (int round = 0; round < 20000; round++) {
        size_t n = (size_t)rand() % sizeof from;
        size_t size = 1 + (size_t)rand() % 200;
        const char *shown;

        for (size_t i = 0; i < n; i++)
            from[i] = (char)(rand() % 3 ? rand() : 0xc2 + rand() % 0x33);
        shown = printable(from, n, size);
        assert_true(utf8_valid(shown, strlen(shown)));
        for (const char *p = shown; *p; p++)
            assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
    }
}

static void a_cut_text_says_so_and_ends_between_characters(void **state)
{
    (void)state;
    assert_string_equal(printable("abcdef", 6, 7), "abcdef");
    assert_string_equal(printable("abcdef", 6, 6), "abcd~");
    assert_string_equal(printable("ab\xe6\xbc\xa2x", 6, 7), "ab\xe6\xbc\xa2x");
    assert_string_equal(printable("ab\xe6\xbc\xa2x", 6, 6), "ab~");
    assert_string_equal(printable("ab\xe6\xbc\xa2xy", 7, 7),
                        "ab\xe6\xbc\xa2~");
    assert_string_equal(printable("a\x1b[m", 4, 6), "a~");
    assert_string_equal(printable("ab", 2, 2), "~");
    assert_string_equal(printable("ab", 2, 1), "");
    assert_string_equal(printable("", 0, 1), "");
    assert_int_equal(str_printable(NULL, 0, text_of("a")), 0);
}

static void EM_39_a_sentence_is_never_cut_within_a_number(void **state)
{
    static const struct {
        const char *from, *to;
        size_t size;
    } rows[] = {
        { "limit 1000000", "limit 1000000", 14 },
        { "limit 1000000", "limit ~", 13 },
        { "limit 1000000", "limit ~", 10 },
        { "limit 1,000,000 now", "limit ~", 12 },
        { "limit 1,000,000 now", "limit 1,000,000~", 17 },
        { "at 0.25 USD", "at ~", 7 },
        { "a list, 12 of", "a list,~", 9 },
        { "end. 12 of", "end.~", 6 },
        { "gr\xc3\xbc\xc3\x9f" "e 5", "gr~", 5 },
        { "123456789012345678901234567890", "12345678901234567890123456~", 28 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char to[40];
        size_t len = str_sentence(to, rows[i].size, text_of(rows[i].from));

        assert_string_equal(to, rows[i].to);
        assert_int_equal(len, strlen(to));
    }
}

static void utf8_is_decoded_strictly(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        uint32_t cp;
    } cases[] = {
        { "A", 1, 'A' },
        { "\xc2\x80", 2, 0x80 },
        { "\xdf\xbf", 2, 0x7ff },
        { "\xe0\xa0\x80", 3, 0x800 },
        { "\xed\x9f\xbf", 3, 0xd7ff },
        { "\xee\x80\x80", 3, 0xe000 },
        { "\xef\xbf\xbf", 3, 0xffff },
        { "\xf0\x90\x80\x80", 4, 0x10000 },
        { "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
        { "\x80", 0, 0 },
        { "\xc1\xbf", 0, 0 },
        { "\xe0\x9f\xbf", 0, 0 },
        { "\xed\xa0\x80", 0, 0 },
        { "\xf0\x8f\xbf\xbf", 0, 0 },
        { "\xf4\x90\x80\x80", 0, 0 },
        { "\xf5\x80\x80\x80", 0, 0 },
        { "\xe2\x82", 0, 0 },
        { "\xe2" "A\x80", 0, 0 },
    };
    uint32_t cp;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *p = cases[i].bytes;

        cp = 0;
        assert_int_equal(utf8_decode(p, p + strlen(p), &cp), cases[i].n);
        assert_int_equal(cp, cases[i].cp);
        assert_int_equal(utf8_valid(p, strlen(p)), cases[i].n > 0);
    }
    assert_int_equal(utf8_decode("", "", &cp), 0);
    assert_true(utf8_valid("0123456701234567\xc3\xa4 1234567", 26));
    assert_false(utf8_valid("0123456701234567\xc3 1234567", 25));
}

static void counts_have_separators(void **state)
{
    char t[40];

    (void)state;
    assert_string_equal(str_count(t, sizeof t, 0), "0");
    assert_string_equal(str_count(t, sizeof t, 999), "999");
    assert_string_equal(str_count(t, sizeof t, 1000), "1,000");
    assert_string_equal(str_count(t, sizeof t, 1234567), "1,234,567");
    assert_string_equal(str_count(t, sizeof t, UINT64_MAX),
                        "18,446,744,073,709,551,615");
    assert_string_equal(str_count(t, 5, 1234567), "1,23");
}

static void large_numbers_are_three_digits_and_a_letter(void **state)
{
    static const struct {
        double n;
        int width;
        const char *text;
    } cases[] = {
        { 0, 0, "0" },          { 541, 0, "541" },
        { 624310, 0, "624,310" }, { 999999.4, 0, "999,999" },
        { 999999.5, 0, "1.00M" }, { 1000000, 0, "1.00M" },
        { 12345678, 0, "12.3M" }, { 123456789, 0, "123M" },
        { 999600000, 0, "1.00G" }, { 4.2e12, 0, "4.20T" },
        { 4100, 5, "4,100" },   { 4100, 4, "4.1k" },
        { 9960, 4, "10k" },     { 930000, 4, "930k" },
        { 999600, 4, "1.0M" },  { 12345, 5, "12.3k" },
        { 12345, 3, "12k" },    { 541, 2, "541" },
        { 2.5, 0, "2.5" },      { 9.96, 0, "10" },
        { -3, 0, "0" },         { NAN, 0, "0" },
    };
    char t[40];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(
            str_short(t, sizeof t, cases[i].n, cases[i].width), cases[i].text);
    str_short(t, sizeof t, INFINITY, 0);
}

static void sizes_are_binary(void **state)
{
    char t[40];

    (void)state;
    assert_string_equal(str_bytes(t, sizeof t, 0), "0 B");
    assert_string_equal(str_bytes(t, sizeof t, 1023), "1023 B");
    assert_string_equal(str_bytes(t, sizeof t, 1024), "1.0 KiB");
    assert_string_equal(str_bytes(t, sizeof t, 1048575), "1.0 MiB");
    assert_string_equal(str_bytes(t, sizeof t, 642 * 1048576), "642 MiB");
    assert_string_equal(str_bytes(t, sizeof t, 1610612736), "1.5 GiB");
    assert_string_equal(str_bytes(t, sizeof t, UINT64_MAX), "16384 PiB");
}

static void durations_are_as_exact_as_is_of_use(void **state)
{
    char t[40];

    (void)state;
    assert_string_equal(str_duration(t, sizeof t, -5), "0 s");
    assert_string_equal(str_duration(t, sizeof t, 95999), "95 s");
    assert_string_equal(str_duration(t, sizeof t, 120000), "2 min");
    assert_string_equal(str_duration(t, sizeof t, 3599999), "59 min");
    assert_string_equal(str_duration(t, sizeof t, 3700000), "1 h 01 m");
    assert_string_equal(str_duration(t, sizeof t, 273600000), "3 d 04 h");
    assert_string_equal(str_left(t, sizeof t, 119400), "119 s");
    assert_string_equal(str_left(t, sizeof t, 196000), "3 m 20 s");
    assert_string_equal(str_left(t, sizeof t, 297000), "5 min");
    assert_string_equal(str_left(t, sizeof t, 1531000), "26 min");
    assert_string_equal(str_left(t, sizeof t, 182000000), "2 d 03 h");
    assert_string_equal(str_duration_whole(t, sizeof t, 12000), "12 s");
    assert_string_equal(str_duration_whole(t, sizeof t, 130000), "2 m 10 s");
    assert_string_equal(str_duration_whole(t, sizeof t, 3972000),
                        "1 h 06 m 12 s");
    assert_string_equal(str_clock(t, sizeof t, 2467000), "00:41:07");
    assert_string_equal(str_clock(t, sizeof t, 360000000), "100:00:00");
}

static void small_sums_show_what_cents_would_hide(void **state)
{
    char t[32];

    (void)state;
    assert_string_equal(str_usd(t, sizeof t, 0), "0.0000");
    assert_string_equal(str_usd(t, sizeof t, 0.00124), "0.0012");
    assert_string_equal(str_usd(t, sizeof t, 0.99996), "1.00");
    assert_string_equal(str_usd(t, sizeof t, 1234.5), "1,234.50");
    assert_string_equal(str_usd(t, sizeof t, 9.999), "10.00");
}

static void whole_numbers_are_read_or_refused(void **state)
{
    static const char *const bad[] = {
        "", " 1", "1 ", "+1", "-1", "1.0", "1e3", "0x1", "x",
        "18446744073709551616", "99999999999999999999",
    };
    uint64_t n = 0;

    (void)state;
    assert_true(str_parse_u64("0", &n) && n == 0);
    assert_true(str_parse_u64("007", &n) && n == 7);
    assert_true(str_parse_u64("18446744073709551615", &n) && n == UINT64_MAX);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(str_parse_u64(bad[i], &n));
    assert_true(n == UINT64_MAX);
}

static void numbers_are_taken_off_a_line(void **state)
{
    const char *line = "12 34 rest", *long_one = "184467440737095516150000 1";
    uint64_t n = 0;

    (void)state;
    assert_true(str_take_u64(&line, &n) && n == 12);
    assert_true(str_take_u64(&line, &n) && n == 34);
    assert_string_equal(line, "rest");
    assert_false(str_take_u64(&line, &n)); /* no space ends it */
    assert_false(str_take_u64(&long_one, &n));
}

static void fractions_are_read_with_a_point_or_refused(void **state)
{
    static const char *const bad[] = {
        "", "-", ".", "1.2.3", "1,5", "1e3", " 1", "1 ", "nan", "inf", "0x1",
        "99999999999999999999", "0.99999999999999999999", "--1", "-.",
    };
    double d = 0;

    (void)state;
    assert_true(str_parse_double("0.8", &d) && d == 0.8);
    assert_true(str_parse_double("12.345", &d) && d == 12.345);
    assert_true(str_parse_double("-2.5", &d) && d == -2.5);
    assert_true(str_parse_double("80", &d) && d == 80);
    assert_true(str_parse_double(".5", &d) && d == 0.5);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(str_parse_double(bad[i], &d));
    assert_true(d == 0.5);
}

static void a_time_has_a_number_and_a_unit_or_is_off(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = { { "0", 0 },        { "off", -1 },       { "0s", 0 },
                 { "1s", 1000 },    { "90s", 90000 },    { "10m", 600000 },
                 { "2h", 7200000 }, { "8784h", INT64_C(31622400000) } };
    static const char *const bad[] = {
        "", "s", "1", "90", "1.5h", "-1s", " 1s", "1s ", "1 s", "1d", "1ms",
        "1m30s", "OFF", "offs", "00", "8785h", "99999999999999999999s",
    };
    int64_t ms = 7;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(str_parse_time(bad[i], &ms));
    assert_int_equal(ms, 7);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(str_parse_time(good[i].text, &ms));
        assert_int_equal(ms, good[i].ms);
    }
}

static int compare_words(const void *a, const void *b)
{
    uint64_t x, y;

    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static void ids_that_count_up_have_hashes_of_their_own(void **state)
{
    enum { COUNT = 200000 };
    static uint64_t all[2][COUNT];
    uint64_t both[2];
    char id[32];

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        size_t n = (size_t)sprintf(id, i % 2 ? "doc-%07d" : "%d", i);

        str_hash128(id, n, both);
        all[0][i] = both[0];
        all[1][i] = both[1];
        assert_true(both[0] != both[1]);
        assert_true(str_hash64(id, n) == str_hash64(id, n));
    }
    for (int lane = 0; lane < 2; lane++) {
        qsort(all[lane], COUNT, sizeof **all, compare_words);
        for (int i = 1; i < COUNT; i++)
            assert_true(all[lane][i] != all[lane][i - 1]);
    }
}

static void one_bit_of_a_text_changes_half_the_bits_of_its_hash(void **state)
{
    char text[40];

    (void)state;
    for (size_t n = 1; n <= sizeof text; n++) {
        uint64_t was[2], is[2];
        double flipped[2] = { 0, 0 };

        memset(text, 0, sizeof text);
        str_hash128(text, n, was);
        for (size_t bit = 0; bit < 8 * n; bit++) {
            text[bit / 8] = (char)(1u << bit % 8);
            str_hash128(text, n, is);
            text[bit / 8] = 0;
            for (int lane = 0; lane < 2; lane++)
                flipped[lane] +=
                    __builtin_popcountll(was[lane] ^ is[lane]) / 64.0;
        }
        assert_true(fabs(flipped[0] / (double)(8 * n) - 0.5) < 0.09);
        assert_true(fabs(flipped[1] / (double)(8 * n) - 0.5) < 0.09);
    }
}

static void zeros_and_lengths_are_told_apart(void **state)
{
    static const char zeros[64];
    uint64_t seen[65];

    (void)state;
    for (size_t n = 0; n <= 64; n++) {
        seen[n] = str_hash64(zeros, n);
        for (size_t i = 0; i < n; i++)
            assert_true(seen[i] != seen[n]);
    }
    assert_true(str_hash64(NULL, 0) == seen[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(EM_39_a_sentence_is_never_cut_within_a_number),
        cmocka_unit_test(a_time_has_a_number_and_a_unit_or_is_off),
        cmocka_unit_test(SE_05_hostile_bytes_become_visible),
        cmocka_unit_test(SE_05_no_error_says_a_name_as_it_is),
        cmocka_unit_test(SE_05_nothing_that_comes_out_can_move_the_cursor),
        cmocka_unit_test(a_cut_text_says_so_and_ends_between_characters),
        cmocka_unit_test(utf8_is_decoded_strictly),
        cmocka_unit_test(counts_have_separators),
        cmocka_unit_test(large_numbers_are_three_digits_and_a_letter),
        cmocka_unit_test(sizes_are_binary),
        cmocka_unit_test(durations_are_as_exact_as_is_of_use),
        cmocka_unit_test(small_sums_show_what_cents_would_hide),
        cmocka_unit_test(whole_numbers_are_read_or_refused),
        cmocka_unit_test(numbers_are_taken_off_a_line),
        cmocka_unit_test(fractions_are_read_with_a_point_or_refused),
        cmocka_unit_test(ids_that_count_up_have_hashes_of_their_own),
        cmocka_unit_test(one_bit_of_a_text_changes_half_the_bits_of_its_hash),
        cmocka_unit_test(zeros_and_lengths_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
