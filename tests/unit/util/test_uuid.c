/*
 * Tests of SHA-1 against published digests, and of the UUIDs that ids become.
 */
#include "config.h"
#include "util/uuid.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

static const char *hex_of(const uint8_t digest[20])
{
    static char text[41];

    for (int i = 0; i < 20; i++)
        sprintf(text + 2 * i, "%02x", digest[i]);
    return text;
}

static void sha1_gives_the_published_digests(void **state)
{
    static const char *const cases[][2] = {
        { "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
        { "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
        { "The quick brown fox jumps over the lazy dog",
          "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12" },
    };
    uint8_t digest[20];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sha1(cases[i][0], strlen(cases[i][0]), digest);
        assert_string_equal(hex_of(digest), cases[i][1]);
    }
}

static void sha1_pads_at_every_length_around_a_block(void **state)
{
    /* SHA-1 over the digests of 0..199 letters "a", one after the other. */
    static const char all[] = "8a18f04bac7c86cfcffa6a93e5cb21ae0159deac";
    static const char million[] = "34aa973cd4c4daa4f61eeb2bdbad27316534016f";
    static char letters[1000000];
    uint8_t digests[200][20], digest[20];

    (void)state;
    memset(letters, 'a', sizeof letters);
    for (size_t n = 0; n < 200; n++)
        sha1(letters, n, digests[n]);
    sha1(digests, sizeof digests, digest);
    assert_string_equal(hex_of(digest), all);
    sha1(letters, sizeof letters, digest);
    assert_string_equal(hex_of(digest), million);
}

static void an_id_always_maps_to_the_same_uuid(void **state)
{
    char text[37];

    (void)state;
    uuid_v5("www.example.com", 15, text); /* RFC 9562, appendix A.4 */
    assert_string_equal(text, "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    uuid_v5("python.org", 10, text);
    assert_string_equal(text, "886313e1-3b8a-5372-9b90-0c9aee199e5d");
    uuid_v5("", 0, text);
    assert_string_equal(text, "4ebd0208-8328-5d69-8c44-ec50939c0967");
    assert_true(uuid_is(text, 36));
}

static void a_uuid_has_32_hex_digits_and_four_dashes(void **state)
{
    static const char good[] = "6BA7b810-9dad-11d1-80b4-00c04fd430c8";
    char bad[38];

    (void)state;
    assert_true(uuid_is(good, 36));
    assert_false(uuid_is(good, 35));
    assert_false(uuid_is("6ba7b8109dad11d180b400c04fd430c8", 32));
    assert_false(uuid_is("{6ba7b810-9dad-11d1-80b4-00c04fd430c}", 37));
    for (size_t i = 0; i < 36; i++) {
        memcpy(bad, good, sizeof good);
        bad[i] = good[i] == '-' ? '0' : '-';
        assert_false(uuid_is(bad, 36));
        bad[i] = 'g';
        assert_false(uuid_is(bad, 36));
    }
}

static void an_id_that_is_a_uuid_stands_for_itself_in_lower_case(void **state)
{
    char text[UUID_SIZE];

    (void)state;
    uuid_of("6BA7b810-9dAD-11d1-80b4-00c04FD430c8", 36, text);
    assert_string_equal(text, "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    uuid_of("python.org", 10, text);
    assert_string_equal(text, "886313e1-3b8a-5372-9b90-0c9aee199e5d");
}

static void two_spellings_of_a_uuid_are_one_id_and_no_other_words(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } pairs[] = {
        { "6BA7B810-9DAD-11D1-80B4-00C04FD430C8",
          "6ba7b810-9dad-11d1-80b4-00c04fd430c8", true },
        { "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
          "6ba7b810-9dad-11d1-80b4-00c04fd430c9", false },
        { "Word", "word", false },
        { "word", "word", true },
        { "6BA7B8109DAD11D180B400C04FD430C8",
          "6ba7b8109dad11d180b400c04fd430c8", false }, /* no dashes */
        { "", "", true },
        { "a", "", false },
    };
    char room[UUID_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_true(uuid_same(text_of(pairs[i].a), text_of(pairs[i].b)) ==
                    pairs[i].same);
    assert_true(text_is(uuid_folded(text_of(pairs[0].a), room), pairs[0].b));
    assert_true(text_is(uuid_folded(text_of("Word"), room), "Word"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha1_gives_the_published_digests),
        cmocka_unit_test(sha1_pads_at_every_length_around_a_block),
        cmocka_unit_test(an_id_always_maps_to_the_same_uuid),
        cmocka_unit_test(a_uuid_has_32_hex_digits_and_four_dashes),
        cmocka_unit_test(an_id_that_is_a_uuid_stands_for_itself_in_lower_case),
        cmocka_unit_test(
            two_spellings_of_a_uuid_are_one_id_and_no_other_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
