/*
 * Tests of the queue between two stages: order, bounds by batches and by bytes,
 * closing, and many threads that push and pop at once.
 */
#include "config.h"
#include "core/queue.h"
#include "tests/support/await.h"
#include "tests/support/tap.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "sys/clock.h"
#include "sys/thread.h"

enum { ROOMY = 1 << 30, CROWD = 8, EACH = 500, A_WHILE_MS = 30000 };

static struct batch *batch_of(size_t docs, size_t bytes)
{
    struct batch *b = batch_new();
    char *text = calloc(1, bytes + 1);

    assert_non_null(b);
    assert_non_null(text);
    for (size_t i = 0; i < docs; i++)
        assert_non_null(batch_add(b, (struct text){ "id", 2 },
                                  (struct text){ text, bytes },
                                  (struct text){ NULL, 0 }));
    free(text);
    return b;
}

static void push(struct queue *q, struct batch *b)
{
    assert_int_equal(queue_push(q, b, 0), QUEUE_OK);
}

static struct batch *pop(struct queue *q)
{
    struct batch *b = NULL;

    assert_int_equal(queue_pop(q, &b, 0), QUEUE_OK);
    assert_null(b->next);
    return b;
}

static void batches_come_out_in_the_order_they_went_in(void **state)
{
    struct queue *q = queue_new(3, ROOMY);
    struct batch *a = batch_of(1, 1), *b = batch_of(1, 1), *c = batch_of(1, 1);

    (void)state;
    push(q, a);
    push(q, b);
    push(q, c);
    assert_ptr_equal(pop(q), a);
    push(q, a);
    assert_ptr_equal(pop(q), b);
    assert_ptr_equal(pop(q), c);
    assert_ptr_equal(pop(q), a);
    batch_free(a);
    batch_free(b);
    batch_free(c);
    queue_free(q);
}

static void a_full_queue_takes_no_more_and_moves_nothing(void **state)
{
    struct queue *q = queue_new(2, ROOMY);
    struct batch *more = batch_of(1, 1);
    struct queue_stats stats;

    (void)state;
    push(q, batch_of(1, 1));
    push(q, batch_of(2, 1));
    assert_int_equal(queue_push(q, more, 0), QUEUE_TIMEOUT);
    assert_int_equal(queue_push(q, more, 5), QUEUE_TIMEOUT);
    queue_stats(q, &stats);
    assert_int_equal(stats.count, 2);
    assert_int_equal(stats.docs, 3);
    batch_free(pop(q));
    push(q, more);
    queue_free(q);
}

static void ST_10_bytes_bound_it_as_well_as_batches(void **state)
{
    size_t each = 100000;
    struct queue *q = queue_new(100, 3 * each);
    struct batch *more = batch_of(1, each);
    struct queue_stats stats;
    size_t n = 0;

    (void)state;
    while (n < 100) {
        struct batch *b = batch_of(1, each);

        if (queue_push(q, b, 0) != QUEUE_OK) {
            batch_free(b);
            break;
        }
        n++;
    }
    assert_in_range(n, 1, 3);
    queue_stats(q, &stats);
    assert_true(stats.bytes <= 3 * each);
    assert_true(stats.bytes >= n * each);
    while (n-- > 0)
        batch_free(pop(q));
    queue_stats(q, &stats);
    assert_int_equal(stats.bytes, 0);
    assert_int_equal(stats.docs, 0);
    push(q, more);
    queue_free(q);
}

static void one_batch_always_fits_into_an_empty_queue(void **state)
{
    struct queue *q = queue_new(4, 10);
    struct batch *small = batch_of(1, 1);

    (void)state;
    push(q, batch_of(10, 10000));
    assert_int_equal(queue_push(q, small, 0), QUEUE_TIMEOUT);
    batch_free(pop(q));
    push(q, small);
    queue_free(q);
}

static void what_is_brought_back_goes_first_and_knows_no_bound(void **state)
{
    struct queue *q = queue_new(1, ROOMY);
    struct batch *a = batch_of(1, 1), *b = batch_of(1, 1), *c = batch_of(1, 1);

    (void)state;
    push(q, a);
    assert_int_equal(queue_push_front(q, b), QUEUE_OK);
    assert_int_equal(queue_push_front(q, c), QUEUE_OK);
    assert_ptr_equal(pop(q), c);
    assert_ptr_equal(pop(q), b);
    assert_ptr_equal(pop(q), a);
    assert_int_equal(queue_push_front(q, c), QUEUE_OK); /* when it is empty */
    assert_ptr_equal(pop(q), c);
    batch_free(a);
    batch_free(b);
    batch_free(c);
    queue_free(q);
}

static void a_closed_queue_hands_out_what_it_holds(void **state)
{
    struct queue *q = queue_new(4, ROOMY);
    struct batch *late = batch_of(1, 1), *b = NULL;

    (void)state;
    push(q, batch_of(1, 1));
    push(q, batch_of(1, 1));
    queue_close(q);
    assert_int_equal(queue_push(q, late, QUEUE_FOREVER), QUEUE_CLOSED);
    assert_int_equal(queue_push_front(q, late), QUEUE_CLOSED);
    batch_free(pop(q));
    batch_free(pop(q));
    assert_int_equal(queue_pop(q, &b, QUEUE_FOREVER), QUEUE_CLOSED);
    assert_null(b);
    batch_free(late);
    queue_free(q);
}

static void an_empty_queue_says_so_when_the_time_is_up(void **state)
{
    struct queue *q = queue_new(4, ROOMY);
    struct batch *b = NULL;

    (void)state;
    assert_int_equal(queue_pop(q, &b, 0), QUEUE_TIMEOUT);
    assert_int_equal(queue_pop(q, &b, 5), QUEUE_TIMEOUT);
    assert_null(b);
    queue_free(q);
}

static void what_is_inside_dies_with_the_queue(void **state)
{
    struct queue *q = queue_new(4, ROOMY);

    (void)state;
    push(q, batch_of(3, 100)); /* the leak checker would tell */
    queue_free(q);
    queue_free(NULL);
}

static void fullness_is_counted_while_it_lasts(void **state)
{
    struct queue *q = queue_new(2, ROOMY);
    struct queue_stats one, two;
    int64_t from;

    (void)state;
    push(q, batch_of(1, 1));
    queue_stats(q, &one);
    assert_true(one.full_ms < 1000);
    for (from = clock_ms(); clock_ms() < from + 20;)
        ;
    queue_stats(q, &two);
    assert_true(two.full_ms - one.full_ms >= 9); /* half full for 20 ms */
    queue_free(q);
}

/* --- threads --------------------------------------------------------------- */

struct crowd {
    struct queue *q;
    atomic_size_t pushed, popped, docs;
    atomic_bool failed;
    pthread_t thread[2 * CROWD];
    size_t threads;
};

static void join(struct crowd *c)
{
    for (size_t i = 0; i < c->threads; i++)
        await_thread(c->thread[i]);
    c->threads = 0;
}

static void add(struct crowd *c, void *(*main)(void *))
{
    struct error err;

    assert_true(
        thread_start(&c->thread[c->threads++], "crowd", main, c, &err));
}

static void *pusher(void *arg)
{
    struct crowd *c = arg;

    for (int i = 0; i < EACH; i++) {
        struct batch *b = batch_new();

        if (!b || !batch_add(b, (struct text){ "x", 1 },
                             (struct text){ "x", 1 },
                             (struct text){ NULL, 0 }) ||
            (i % 7 ? queue_push(c->q, b, QUEUE_FOREVER)
                   : queue_push_front(c->q, b)) != QUEUE_OK) {
            atomic_store(&c->failed, true);
            batch_free(b);
            return NULL;
        }
        atomic_fetch_add(&c->pushed, 1);
    }
    return NULL;
}

static void *popper(void *arg)
{
    struct crowd *c = arg;
    struct batch *b;

    while (queue_pop(c->q, &b, QUEUE_FOREVER) == QUEUE_OK) {
        atomic_fetch_add(&c->popped, 1);
        atomic_fetch_add(&c->docs, b->open);
        batch_free(b);
    }
    return NULL;
}

static void OS_08_many_threads_lose_nothing_and_no_wake_up(void **state)
{
    struct crowd push_side = { .q = queue_new(1, ROOMY) };
    struct crowd pop_side = { .q = push_side.q };
    struct queue_stats stats;

    (void)state;
    for (int i = 0; i < CROWD; i++) {
        add(&pop_side, popper);
        add(&push_side, pusher);
    }
    join(&push_side);
    queue_close(push_side.q);
    join(&pop_side);
    assert_false(atomic_load(&push_side.failed));
    assert_int_equal(atomic_load(&push_side.pushed), CROWD * EACH);
    assert_int_equal(atomic_load(&pop_side.popped), CROWD * EACH);
    assert_int_equal(atomic_load(&pop_side.docs), CROWD * EACH);
    queue_stats(push_side.q, &stats);
    assert_int_equal(stats.count, 0);
    assert_int_equal(stats.bytes, 0);
    queue_free(push_side.q);
}

static void *push_one(void *arg)
{
    struct crowd *c = arg;
    struct batch *b = batch_of(1, 1);

    if (queue_push(c->q, b, A_WHILE_MS) == QUEUE_OK)
        atomic_fetch_add(&c->pushed, 1);
    else
        batch_free(b);
    return NULL;
}

static void a_close_wakes_all_who_wait(void **state)
{
    struct crowd full = { .q = queue_new(1, ROOMY) };
    struct crowd empty = { .q = queue_new(1, ROOMY) };

    (void)state;
    push(full.q, batch_of(1, 1));
    for (int i = 0; i < CROWD; i++) {
        add(&full, push_one);
        add(&empty, popper);
    }
    queue_close(full.q);
    queue_close(empty.q);
    join(&full);
    join(&empty);
    assert_int_equal(atomic_load(&full.pushed), 0);
    assert_int_equal(atomic_load(&empty.popped), 0);
    queue_free(full.q);
    queue_free(empty.q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_come_out_in_the_order_they_went_in),
        cmocka_unit_test(a_full_queue_takes_no_more_and_moves_nothing),
        cmocka_unit_test(ST_10_bytes_bound_it_as_well_as_batches),
        cmocka_unit_test(one_batch_always_fits_into_an_empty_queue),
        cmocka_unit_test(what_is_brought_back_goes_first_and_knows_no_bound),
        cmocka_unit_test(a_closed_queue_hands_out_what_it_holds),
        cmocka_unit_test(an_empty_queue_says_so_when_the_time_is_up),
        cmocka_unit_test(what_is_inside_dies_with_the_queue),
        cmocka_unit_test(fullness_is_counted_while_it_lasts),
        cmocka_unit_test(OS_08_many_threads_lose_nothing_and_no_wake_up),
        cmocka_unit_test(a_close_wakes_all_who_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
