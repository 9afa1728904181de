/* Archives: read whatever their name, found again, cut short, damaged. */
#include "config.h"
#include "tests/support/source_lines.h"
#include "tests/support/pack.h"
#include "tests/support/source_tools.h"

#include <stdio.h>
#include <string.h>

static unsigned char packed[sizeof lines];

static const struct {
    const char *name, *wrong;
    size_t (*pack)(const void *from, size_t n, unsigned char *to);
} packers[] = {
    { "corpus.jsonl.gz", "corpus.txt", pack_gzip },
    { "corpus.jsonl.zst", "corpus.jsonl.gz", pack_zstd },
};

static void IN_24_archives_are_read_whatever_their_name(void **state)
{
    struct source_config cfg;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        size_t n = packers[i].pack(lines, lines_len, packed);

        cfg = put_corpus(packers[i].name, packed, n);
        read_all(&cfg);
        assert_all_lines();
        cfg = put_corpus(packers[i].wrong, packed, n);
        read_all(&cfg);
        assert_all_lines();
    }
    cfg = put_corpus("plain.jsonl.gz", lines, lines_len);
    read_all(&cfg);
    assert_all_lines();
}

static void IN_24_members_and_frames_one_behind_another_are_joined(void **state)
{
    size_t cut = line_at[700] + 11; /* inside a line */

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        size_t n = packers[i].pack(lines, cut, packed);
        struct source_config cfg;

        n += packers[i].pack("", 0, packed + n);
        n += packers[i].pack(lines + cut, lines_len - cut, packed + n);
        cfg = put_corpus(packers[i].name, packed, n);
        read_all(&cfg);
        assert_all_lines();
    }
}

static void IN_24_a_truncated_archive_gives_what_it_has_and_says_so(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        size_t n = packers[i].pack(lines, lines_len, packed);

        for (size_t cut = 1; cut < n; cut += cut < 64 ? 1 : n / 7) {
            struct source_config cfg;
            struct error err = { 0 };
            struct source *s;

            cfg = put_corpus(packers[i].name, packed, cut);
            s = source_open(&cfg, &err);
            if (!s) { /* so short that nothing comes out of it */
                assert_contains(err.text, cut < 4 ? "" : "truncated archive");
                continue;
            }
            see_rest(s, &got);
            if (cut >= 4) {
                assert_int_equal(got.end, SOURCE_FAILED);
                assert_int_equal(got.err.kind, ERROR_INPUT);
                assert_contains(got.err.text, "truncated archive");
                assert_lines(got.count);
            }
            source_close(s);
        }
    }
}

static void IN_24_a_damaged_archive_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        size_t n = packers[i].pack(lines, lines_len, packed);
        struct source_config cfg;
        struct error err = { 0 };
        struct source *s;

        for (size_t k = n / 2; k < n / 2 + 200; k++)
            packed[k] ^= 0x5a;
        cfg = put_corpus(packers[i].name, packed, n);
        s = source_open(&cfg, &err);
        if (s) {
            see_rest(s, &got);
            assert_int_equal(got.end, SOURCE_FAILED);
            err = got.err;
        }
        source_close(s);
        assert_int_equal(err.kind, ERROR_INPUT);
        assert_contains(err.text, i ? "damaged zstd" : "damaged gzip");
        if (s && got.count)
            assert_contains(err.text, "from byte 0 of its text on: those "
                                      "records may be garbled");
    }
}

static void IN_24_every_record_of_an_archive_can_be_found_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        size_t n = packers[i].pack(lines, line_at[40], packed);
        struct source_config cfg;

        cfg = put_corpus(packers[i].name, packed, n);
        assert_seeks_everywhere(&cfg);
        assert_tells_everywhere(&cfg);
    }
}

/* Past the window, forward and back. */
static void IN_24_seeking_in_an_archive_goes_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        static const size_t to[] = { 1900, 3, 1500, 1999, 0 };
        size_t n = packers[i].pack(lines, lines_len, packed);
        struct source_config cfg;
        struct source *s;
        struct error err;

        cfg = put_corpus(packers[i].name, packed, n);
        cfg.limit_line = 4096;
        s = opened(&cfg);
        for (size_t k = 0; k < 5; k++) {
            char id[24];

            assert_true(source_seek(s, line_at[to[k]], to[k], to[k] + 1,
                                    &err));
            see_rest(s, &got);
            assert_int_equal(got.end, SOURCE_END);
            assert_int_equal(got.count, LINES - to[k]);
            sprintf(id, "%zu", to[k]);
            assert_string_equal(got.at[0].id, id);
        }
        source_close(s);
    }
}

static void progress_goes_from_nothing_to_the_size(void **state)
{
    size_t n = pack_gzip(lines, lines_len, packed);
    uint64_t done, size;
    struct source_config cfg;
    struct source *s;

    (void)state;
    cfg = put_corpus("corpus.jsonl", lines, lines_len);
    s = opened(&cfg);
    source_progress(s, &done, &size);
    assert_int_equal(done, 0);
    assert_int_equal(size, lines_len);
    see_rest(s, &got);
    source_progress(s, &done, &size);
    assert_int_equal(done, lines_len);
    source_close(s);
    cfg = put_corpus("corpus.jsonl.gz", packed, n);
    s = opened(&cfg);
    see_rest(s, &got);
    source_progress(s, &done, &size);
    assert_int_equal(size, n);
    assert_int_equal(done, n);
    source_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOME_TEST(IN_24_archives_are_read_whatever_their_name),
        HOME_TEST(IN_24_members_and_frames_one_behind_another_are_joined),
        HOME_TEST(IN_24_a_truncated_archive_gives_what_it_has_and_says_so),
        HOME_TEST(IN_24_a_damaged_archive_is_told),
        HOME_TEST(IN_24_every_record_of_an_archive_can_be_found_again),
        HOME_TEST(IN_24_seeking_in_an_archive_goes_both_ways),
        HOME_TEST(progress_goes_from_nothing_to_the_size),
    };

    make_lines();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
