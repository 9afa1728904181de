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
    assert_int_equal(cut_add(&q, &most, &(struct cut_text){ 1000000, 1e6, 0 }),
                     CUT_REASONS);
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
        const struct cut_text t = { 10, 2, 0 };
        struct cut_limits most = rows[i].most;
        struct cut_request q = { 0 };
        enum cut_by by;

        most.margin = CUT_MARGIN_FIRST;
        while ((by = cut_add(&q, &most, &t)) == CUT_REASONS)
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
        assert_int_equal(cut_add(&q, &none, &(struct cut_text){ 1 << 20, 1e6,
                                                                0 }),
                         CUT_REASONS);
    assert_int_equal(q.texts, 10000);
}

static void a_margin_that_was_learned_lets_more_in(void **state)
{
    const struct cut_text t = { 10, 2, 0 };
    struct cut_limits most = { .tokens = 200 };
    struct cut_request q = { 0 };

    (void)state;
    for (most.margin = 20; cut_add(&q, &most, &t) == CUT_REASONS;)
        continue;
    assert_int_equal(q.texts, 98);
}

/* Texts of ten bytes and as many tokens: the documents of a batch, and of its
 * requests the largest. */
static void pack(struct packing *p, enum cut_by expected)
{
    const struct cut_text t = { .bytes = 10, .tokens = 10, .kept = 100 };
    enum cut_by by;

    packing_clear(p);
    while (packing_add(p, &t, &by) != PACKED_NOT)
        assert_true(p->documents < 1000);
    assert_int_equal(by, expected);
}

static void a_batch_has_whole_requests(void **state)
{
    static const struct {
        struct cut_limits most;
        uint64_t documents, largest;
        enum cut_by by;
    } rows[] = {
        { { .texts = 0 }, 100, 100, CUT_BATCH },
        { { .texts = 2048 }, 100, 100, CUT_BATCH },
        { { .texts = 100 }, 100, 100, CUT_BATCH },
        { { .texts = 96 }, 96, 96, CUT_TEXTS },
        { { .texts = 40 }, 80, 40, CUT_TEXTS },
        { { .texts = 1 }, 100, 1, CUT_TEXTS },
        { { .tokens = 330 }, 99, 33, CUT_TOKENS },
        { { .tpm = 4 * 600 }, 60, 60, CUT_TPM },
        { { .bytes = 10 * 70 + 4 * 69 }, 70, 70, CUT_BYTES },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct packing p = { .batch = 100, .most = rows[i].most };

        pack(&p, rows[i].by);
        assert_int_equal(p.documents, rows[i].documents);
        assert_int_equal(p.largest, rows[i].largest);
    }
}

static void a_batch_keeps_no_more_bytes_than_that(void **state)
{
    struct packing p = { .batch = 100, .batch_bytes = 1950 };

    (void)state;
    pack(&p, CUT_MEMORY);
    assert_int_equal(p.documents, 20); /* the last one may exceed it */
}

/* What the plan says of a corpus is what reader and embed stage do with it:
 * batches of whole requests, each cut by the same function. */
static void counting_is_packing_batch_by_batch(void **state)
{
    const struct cut_limits most = { .texts = 7, .tokens = 90, .bytes = 700 };
    struct cutting c = { .batch = { .batch = 16, .most = most } };
    struct packing p = c.batch;
    uint64_t requests = 0, sum = 0, batches = 1;
    enum cut_by by;

    (void)state;
    for (size_t i = 0; i < 800; i++) {
        size_t bytes = 20 + i * 7919 % 300;
        const struct cut_text t = { bytes, (double)bytes / 4, bytes };
        enum packed packed = packing_add(&p, &t, &by);

        if (packed == PACKED_NOT) {
            assert_in_range(p.documents, 10, 16);
            packing_clear(&p);
            packed = packing_add(&p, &t, &by);
            assert_int_equal(packed, PACKED_APART);
            batches++;
        }
        requests += packed == PACKED_APART;
        cutting_add(&c, &t);
    }
    assert_int_equal(c.requests, requests);
    assert_in_range(batches, 50, 80);
    assert_in_range(c.largest, 2, 7);
    for (int i = 0; i < CUT_REASONS; i++)
        sum += c.by[i];
    assert_int_equal(sum, requests - 1); /* the last one ends with the corpus */
    assert_true(c.by[CUT_BATCH] < batches / 4);
    assert_int_equal(c.by[CUT_TPM], 0);
    assert_int_equal(cutting_main_reason(&c), CUT_TOKENS);
}

static void the_end_of_a_file_ends_a_request(void **state)
{
    const struct cut_text t = { 10, 2, 12 };
    struct cutting c = { .batch = { .batch = 100 } };

    (void)state;
    for (int i = 0; i < 150; i++) {
        cutting_add(&c, &t);
        if (i % 50 == 49)
            cutting_end_file(&c);
    }
    assert_int_equal(c.requests, 3);
    assert_int_equal(c.largest, 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_request_takes_any_text),
        cmocka_unit_test(each_limit_ends_a_request_by_its_name),
        cmocka_unit_test(without_limits_nothing_ends_a_request),
        cmocka_unit_test(a_margin_that_was_learned_lets_more_in),
        cmocka_unit_test(a_batch_has_whole_requests),
        cmocka_unit_test(a_batch_keeps_no_more_bytes_than_that),
        cmocka_unit_test(counting_is_packing_batch_by_batch),
        cmocka_unit_test(the_end_of_a_file_ends_a_request),
    };

    return cmocka_run_group_tests_name("cutting", tests, NULL, NULL);
}
