/*
 * Tests of the UUIDs that ids become.
 */
#include "config.h"
#include "util/uuid.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

static void an_id_always_maps_to_the_same_uuid(void **state)
{
    static const char long_id[] =
        "the-quick-brown-fox-jumps-over-the-lazy-dog/0123456789";
    char text[37];

    (void)state;
    uuid_v5("www.example.com", 15, text); /* RFC 9562, appendix A.4 */
    assert_string_equal(text, "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    uuid_v5("python.org", 10, text);
    assert_string_equal(text, "886313e1-3b8a-5372-9b90-0c9aee199e5d");
    uuid_v5("", 0, text);
    assert_string_equal(text, "4ebd0208-8328-5d69-8c44-ec50939c0967");
    uuid_v5(long_id, strlen(long_id), text); /* two blocks of SHA-1 */
    assert_string_equal(text, "29caedab-e8af-53fd-b012-254f12532513");
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
        cmocka_unit_test(an_id_always_maps_to_the_same_uuid),
        cmocka_unit_test(a_uuid_has_32_hex_digits_and_four_dashes),
        cmocka_unit_test(an_id_that_is_a_uuid_stands_for_itself_in_lower_case),
        cmocka_unit_test(
            two_spellings_of_a_uuid_are_one_id_and_no_other_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
