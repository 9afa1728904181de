/*
 * Tests of the pool of batches: how many it lends, what a change of its size
 * does, and what a batch keeps when it comes back.
 */
#include "config.h"
#include "core/pool.h"
#include "tests/support/await.h"
#include "tests/support/tap.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "sys/thread.h"

enum { KEEP = 4096, CROWD = 6, EACH = 300 };

static void fill(struct batch *b, size_t docs, size_t bytes)
{
    char *text = calloc(1, bytes);

    assert_non_null(text);
    for (size_t i = 0; i < docs; i++)
        assert_non_null(batch_add(b, (struct text){ "id", 2 },
                                  (struct text){ text, bytes },
                                  (struct text){ NULL, 0 }));
    assert_true(batch_dimension(b, 16));
    free(text);
}

static void it_lends_as_many_as_its_size_and_no_more(void **state)
{
    struct pool *p = pool_new(2, KEEP);
    struct batch *a = pool_take(p, 0), *b = pool_take(p, 0);

    (void)state;
    assert_non_null(a);
    assert_non_null(b);
    assert_true(a->seq != b->seq);
    assert_null(pool_take(p, 0));
    assert_null(pool_take(p, 5));
    assert_int_equal(pool_out(p), 2);
    pool_give(p, a);
    assert_ptr_equal(pool_take(p, 0), a); /* used again, not made anew */
    pool_give(p, a);
    pool_give(p, b);
    assert_int_equal(pool_out(p), 0);
    pool_free(p);
    pool_free(NULL);
}

static void a_stored_batch_waits_for_its_commit_without_large_vectors(
    void **state)
{
    struct pool *p = pool_new(1, KEEP);
    struct batch *b = pool_take(p, 0);

    (void)state;
    fill(b, 5, 100);
    batch_trim_vectors(b, KEEP);
    assert_non_null(b->vectors); /* small ones are used again */
    assert_true(batch_dimension(b, KEEP));
    batch_trim_vectors(b, KEEP);
    assert_null(b->vectors);
    assert_int_equal(b->count, 5);
    assert_int_equal(batch_text(b, b->docs[4].id).len, 2);
    assert_true(batch_dimension(b, 16));
    pool_give(p, b);
    pool_free(p);
}

static void what_waits_of_a_batch_keeps_the_vectors_that_it_needs(void **state)
{
    struct pool *p = pool_new(1, KEEP);
    struct batch *b = pool_take(p, 0);

    (void)state;
    fill(b, 5, 100);
    assert_true(batch_dimension(b, KEEP));
    for (size_t i = 0; i < 5; i++)
        batch_vector(b, i)[KEEP - 1] = (float)i;
    b->docs[0].fate = b->docs[1].fate = b->docs[3].fate = DOC_STORED;
    b->open = 2;
    batch_trim_front(b, KEEP);
    assert_int_equal(b->vectors_cap, 3 * KEEP);
    assert_true(batch_vector(b, 2)[KEEP - 1] == 2);
    b->docs[2].fate = DOC_STORED;
    batch_trim_front(b, KEEP);
    assert_int_equal(b->vectors_cap, KEEP);
    assert_true(batch_vector(b, 4)[KEEP - 1] == 4);
    pool_give(p, b);
    b = pool_take(p, 0);
    fill(b, 2, 100); /* the next use begins at the front */
    batch_vector(b, 0)[0] = 1;
    pool_give(p, b);
    pool_free(p);
}

static void a_batch_comes_back_empty_and_under_a_new_number(void **state)
{
    struct pool *p = pool_new(1, 1 << 20);
    struct batch *b = pool_take(p, 0);
    uint64_t seq = b->seq;

    (void)state;
    fill(b, 5, 100);
    pool_give(p, b);
    b = pool_take(p, 0);
    assert_int_equal(b->count, 0);
    assert_int_equal(b->open, 0);
    assert_int_equal(b->dim, 0);
    assert_int_equal(b->bytes.len, 0);
    assert_null(b->next);
    assert_true(b->seq > seq);
    pool_give(p, b);
    pool_free(p);
}

static void OS_06_a_batch_keeps_no_more_than_the_usual(void **state)
{
    struct pool *p = pool_new(1, KEEP);
    struct batch *b = pool_take(p, 0);

    (void)state;
    fill(b, 1000, 1000);
    assert_true(batch_footprint(b) > 1000000);
    pool_give(p, b);
    b = pool_take(p, 0);
    assert_true(batch_footprint(b) <= 3 * KEEP);
    pool_give(p, b);
    pool_free(p);
}

static void a_larger_size_lends_more(void **state)
{
    struct pool *p = pool_new(1, KEEP);
    struct batch *a = pool_take(p, 0), *b;

    (void)state;
    assert_null(pool_take(p, 0));
    pool_resize(p, 2);
    assert_int_equal(pool_size(p), 2);
    b = pool_take(p, 0);
    assert_non_null(b);
    pool_give(p, a);
    pool_give(p, b);
    pool_free(p);
}

static void a_smaller_size_takes_hold_as_batches_come_home(void **state)
{
    struct pool *p = pool_new(3, KEEP);
    struct batch *b[3];

    (void)state;
    for (int i = 0; i < 3; i++)
        b[i] = pool_take(p, 0);
    pool_resize(p, 1);
    pool_give(p, b[0]);
    assert_null(pool_take(p, 0));
    pool_give(p, b[1]);
    assert_null(pool_take(p, 0));
    pool_give(p, b[2]);
    b[0] = pool_take(p, 0);
    assert_non_null(b[0]);
    assert_null(pool_take(p, 0));
    pool_give(p, b[0]);
    pool_free(p);
}

static void OS_06_a_smaller_size_lets_idle_batches_go(void **state)
{
    struct pool *p = pool_new(8, KEEP);
    struct batch *b[8];

    (void)state;
    for (int i = 0; i < 8; i++)
        b[i] = pool_take(p, 0);
    for (int i = 0; i < 8; i++)
        pool_give(p, b[i]);
    assert_int_equal(pool_idle(p), 8);
    pool_resize(p, 3);
    assert_int_equal(pool_idle(p), 3);
    b[0] = pool_take(p, 0);
    pool_resize(p, 2);
    assert_int_equal(pool_idle(p), 1);
    pool_give(p, b[0]);
    assert_int_equal(pool_idle(p), 2);
    pool_free(p);
}

static void a_closed_pool_lends_nothing_but_takes_back(void **state)
{
    struct pool *p = pool_new(2, KEEP);
    struct batch *b = pool_take(p, 0);

    (void)state;
    pool_close(p);
    assert_null(pool_take(p, -1));
    pool_give(p, b);
    assert_int_equal(pool_out(p), 0);
    pool_free(p);
}

struct crowd {
    struct pool *p;
    atomic_size_t out, most, taken;
};

static void *borrower(void *arg)
{
    struct crowd *c = arg;

    for (int i = 0; i < EACH; i++) {
        struct batch *b = pool_take(c->p, -1);
        size_t out, most = atomic_load(&c->most);

        if (!b)
            return NULL;
        out = atomic_fetch_add(&c->out, 1) + 1;
        while (out > most &&
               !atomic_compare_exchange_weak(&c->most, &most, out))
            ;
        atomic_fetch_add(&c->taken, 1);
        atomic_fetch_sub(&c->out, 1);
        pool_give(c->p, b);
    }
    return NULL;
}

static void OS_08_many_borrowers_all_get_their_turn(void **state)
{
    struct crowd c = { .p = pool_new(2, KEEP) };
    pthread_t thread[CROWD];
    struct error err;

    (void)state;
    for (int i = 0; i < CROWD; i++)
        assert_true(thread_start(&thread[i], "crowd", borrower, &c, &err));
    for (int i = 0; i < CROWD; i++)
        await_thread(thread[i]);
    assert_int_equal(atomic_load(&c.taken), CROWD * EACH);
    assert_in_range(atomic_load(&c.most), 1, 2);
    pool_free(c.p);
}

static void *waiter(void *arg)
{
    return pool_take(arg, -1);
}

static void a_close_wakes_all_who_wait(void **state)
{
    struct pool *p = pool_new(1, KEEP);
    struct batch *b = pool_take(p, 0);
    pthread_t thread[CROWD];
    struct error err;

    (void)state;
    for (int i = 0; i < CROWD; i++)
        assert_true(thread_start(&thread[i], "crowd", waiter, p, &err));
    pool_close(p);
    for (int i = 0; i < CROWD; i++) {
        void *got = &err;

        got = await_thread(thread[i]);
        assert_null(got);
    }
    pool_give(p, b);
    pool_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_lends_as_many_as_its_size_and_no_more),
        cmocka_unit_test(what_waits_of_a_batch_keeps_the_vectors_that_it_needs),
        cmocka_unit_test(a_stored_batch_waits_for_its_commit_without_large_vectors),
        cmocka_unit_test(a_batch_comes_back_empty_and_under_a_new_number),
        cmocka_unit_test(OS_06_a_batch_keeps_no_more_than_the_usual),
        cmocka_unit_test(a_larger_size_lends_more),
        cmocka_unit_test(a_smaller_size_takes_hold_as_batches_come_home),
        cmocka_unit_test(OS_06_a_smaller_size_lets_idle_batches_go),
        cmocka_unit_test(a_closed_pool_lends_nothing_but_takes_back),
        cmocka_unit_test(OS_08_many_borrowers_all_get_their_turn),
        cmocka_unit_test(a_close_wakes_all_who_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
