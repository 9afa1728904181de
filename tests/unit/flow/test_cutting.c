/*
 * Tests of where a request ends, and that the plan counts a corpus by the same
 * cuts as the embed stage makes.
 */
#include "config.h"
#include "flow/cutting.h"
#include "tests/support/tap.h"

static void an_empty_request_takes_any_text(void **state)
{
    const struct cut_limits most = { .texts = 1, .tokens = 1, .tpm = 1,
                                     .bytes = 1 };
    struct cut_request q = { 0 };

    (void)state;
    assert_int_equal(cut_add(&q, &most, 1000000, 1e6), CUT_REASONS);
    assert_int_equal(q.texts, 1);
    assert_int_equal(q.bytes, 1000000);
}

/* `in` texts of 10 bytes and 2 tokens go in, the next one for `by` not. */
static void each_limit_ends_a_request_by_its_name(void **state)
{
    static const struct {
        struct cut_limits most;
        uint64_t in;
        enum cut_by by;
    } rows[] = {
        { { .texts = 3 }, 3, CUT_TEXTS },
        { { .bytes = 38 }, 3, CUT_BYTES },   /* 4 bytes between two */
        { { .bytes = 37 }, 2, CUT_BYTES },
        { { .tokens = 9 }, 4, CUT_TOKENS },  /* 8 and a tenth more */
        { { .tokens = 8 }, 3, CUT_TOKENS },
        { { .tpm = 36 }, 4, CUT_TPM },       /* a quarter of it */
        { { .tpm = 32 }, 3, CUT_TPM },
        { { .texts = 9, .bytes = 100, .tokens = 7, .tpm = 100 }, 3,
          CUT_TOKENS },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cut_request q = { 0 };
        enum cut_by by;

        while ((by = cut_add(&q, &rows[i].most, 10, 2)) == CUT_REASONS)
            assert_true(q.texts <= rows[i].in);
        assert_int_equal(q.texts, rows[i].in);
        assert_int_equal(by, rows[i].by);
        assert_int_equal(q.bytes, 10 * rows[i].in);
    }
}

static void without_limits_nothing_ends_a_request(void **state)
{
    const struct cut_limits none = { 0 };
    struct cut_request q = { 0 };

    (void)state;
    for (int i = 0; i < 10000; i++)
        assert_int_equal(cut_add(&q, &none, 1 << 20, 1e6), CUT_REASONS);
    assert_int_equal(q.texts, 10000);
}

/* What the plan says of a corpus is what the embed stage does with it: whole
 * batches, each cut by the same function. */
static void counting_is_cutting_batch_by_batch(void **state)
{
    const struct cut_limits most = { .texts = 7, .tokens = 90, .bytes = 700 };
    struct cutting c = { .batch = 16, .most = most };
    uint64_t requests = 0, sum = 0;

    (void)state;
    for (size_t batch = 0; batch < 50; batch++)
        for (size_t i = 0; i < 16;) {
            struct cut_request q = { 0 };

            while (i < 16) {
                size_t bytes = 20 + (batch * 16 + i) * 7919 % 300;

                if (cut_add(&q, &most, bytes, (double)bytes / 4) !=
                    CUT_REASONS)
                    break;
                i++;
            }
            requests++;
        }
    for (size_t i = 0; i < 50 * 16; i++) {
        size_t bytes = 20 + i * 7919 % 300;

        cutting_add(&c, bytes, (double)bytes / 4);
    }
    assert_int_equal(c.requests, requests);
    assert_in_range(c.largest, 2, 7);
    for (int by = 0; by < CUT_REASONS; by++)
        sum += c.by[by];
    assert_int_equal(sum, requests - 1); /* the last one ends with the corpus */
    assert_int_equal(c.by[CUT_BATCH], 49);
    assert_int_equal(c.by[CUT_TPM], 0);
    assert_int_equal(cutting_main_reason(&c), CUT_TOKENS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_request_takes_any_text),
        cmocka_unit_test(each_limit_ends_a_request_by_its_name),
        cmocka_unit_test(without_limits_nothing_ends_a_request),
        cmocka_unit_test(counting_is_cutting_batch_by_batch),
    };

    return cmocka_run_group_tests_name("cutting", tests, NULL, NULL);
}
