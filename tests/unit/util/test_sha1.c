/* SHA-1, against the examples of FIPS 180 and by both ways to take a block. */
#include "config.h"
#include "util/sha1/sha1.h"
#include "tests/support/tap.h"
#include "util/sha1/sha1_parts.h"

#include <stdio.h>
#include <string.h>

static void assert_sha1(struct text a, struct text b, const char *wanted)
{
    unsigned char hash[SHA1_SIZE];
    char text[2 * SHA1_SIZE + 1];

    sha1_of(a, b, hash);
    for (size_t i = 0; i < SHA1_SIZE; i++)
        snprintf(text + 2 * i, 3, "%02x", hash[i]);
    assert_string_equal(text, wanted);
}

static void the_standards_examples_hold(void **state)
{
    static const struct {
        const char *text, *hash;
    } rows[] = {
        { "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
        { "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
        { "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
          "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
          "a49b2446a02c645bf419f995b67091253a04a259" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_sha1(text_of(rows[i].text), text_of(""), rows[i].hash);
}

/* Of lengths around a block's end, cut anywhere. */
static void two_texts_hash_as_one(void **state)
{
    unsigned char whole[SHA1_SIZE], cut[SHA1_SIZE];
    char text[200];

    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 151 + 7);
    for (size_t n = 0; n < sizeof text; n++) {
        sha1_of((struct text){ text, n }, (struct text){ NULL, 0 }, whole);
        for (size_t first = 0; first <= n; first++) {
            sha1_of((struct text){ text, first },
                    (struct text){ text + first, n - first }, cut);
            assert_memory_equal(whole, cut, sizeof whole);
        }
    }
}

static void every_processor_gives_the_same(void **state)
{
#ifdef SHA1_X86
    uint32_t any[SHA1_WORDS] = { 1, 2, 3, 4, 5 }, x86[SHA1_WORDS];
    unsigned char block[SHA1_BLOCK];

    (void)state;
    if (!sha1_x86_has())
        skip();
    memcpy(x86, any, sizeof x86);
    for (unsigned turn = 0; turn < 1000; turn++) {
        for (size_t i = 0; i < sizeof block; i++)
            block[i] = (unsigned char)(any[i % SHA1_WORDS] >> (i % 25));
        sha1_block_any(any, block);
        sha1_block_x86(x86, block);
        assert_memory_equal(any, x86, sizeof any);
    }
#else
    (void)state;
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_standards_examples_hold),
        cmocka_unit_test(two_texts_hash_as_one),
        cmocka_unit_test(every_processor_gives_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
