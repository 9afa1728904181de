/*
 * Tests of the frontier: it passes only what is final, in order, and never
 * moves back, whatever order segments end in.
 */
#include "config.h"
#include "core/frontier.h"
#include "tests/support/await.h"
#include "tests/support/tap.h"

#include <stdlib.h>

#include "sys/thread.h"

static struct place at(uint64_t pos)
{
    return (struct place){ .pos = pos, .offset = pos * 10, .line = pos + 1 };
}

static uint32_t add(struct frontier *f, uint64_t end, size_t open)
{
    bool ok = false;
    uint32_t n = frontier_add(f, 0, at(end), open, &ok);

    assert_true(ok);
    return n;
}

static void stands_at(struct frontier *f, uint64_t pos, bool moved)
{
    struct place p;

    assert_int_equal(frontier_moved(f, 0, &p), moved);
    assert_int_equal(p.pos, pos);
    assert_int_equal(p.offset, pos * 10);
    assert_int_equal(p.line, pos + 1);
}

static void I3_it_passes_only_what_is_final_and_in_order(void **state)
{
    struct frontier *f = frontier_new(1);
    uint32_t a, b, c;

    (void)state;
    frontier_start(f, 0, at(5));
    stands_at(f, 5, false);
    assert_true(frontier_clear(f, 0));
    a = add(f, 10, 5);
    b = add(f, 20, 10);
    c = add(f, 21, 1);
    assert_false(frontier_clear(f, 0));
    frontier_resolve(f, 0, b, 10);
    frontier_resolve(f, 0, a, 4);
    stands_at(f, 5, false);
    frontier_resolve(f, 0, a, 1);
    stands_at(f, 20, true);
    stands_at(f, 20, false); /* told once */
    frontier_resolve(f, 0, c, 1);
    stands_at(f, 21, true);
    assert_true(frontier_clear(f, 0));
    frontier_free(f);
    frontier_free(NULL);
}

static void a_segment_with_nothing_to_finish_is_passed_at_once(void **state)
{
    struct frontier *f = frontier_new(1);
    uint32_t a;

    (void)state;
    add(f, 10, 0);
    stands_at(f, 10, true);
    a = add(f, 20, 1);
    add(f, 30, 0);
    stands_at(f, 10, false);
    frontier_resolve(f, 0, a, 1);
    stands_at(f, 30, true);
    frontier_free(f);
}

static void sources_move_on_their_own(void **state)
{
    struct frontier *f = frontier_new(2);
    struct place p;
    bool ok;
    uint32_t n = frontier_add(f, 1, at(7), 1, &ok);

    (void)state;
    assert_true(ok);
    add(f, 3, 0);
    stands_at(f, 3, true);
    assert_false(frontier_moved(f, 1, &p));
    frontier_resolve(f, 1, n, 1);
    assert_true(frontier_moved(f, 1, &p));
    assert_int_equal(p.pos, 7);
    stands_at(f, 3, false);
    frontier_free(f);
}

static void one_slow_record_holds_thousands_of_segments(void **state)
{
    enum { MANY = 10000 };
    struct frontier *f = frontier_new(1);
    uint32_t first = add(f, 1, 1), *n = calloc(MANY, sizeof *n);

    (void)state;
    assert_non_null(n);
    frontier_start(f, 0, at(0));
    for (size_t i = 0; i < MANY; i++)
        n[i] = add(f, i + 2, 2);
    for (size_t i = 0; i < MANY; i++)
        frontier_resolve(f, 0, n[(i * 7919) % MANY], 2);
    stands_at(f, 0, false);
    frontier_resolve(f, 0, first, 1);
    stands_at(f, MANY + 1, true);
    free(n);
    frontier_free(f);
}

struct crowd {
    struct frontier *f;
    uint32_t from, to;
};

static void *resolver(void *arg)
{
    struct crowd *c = arg;

    for (uint32_t n = c->from; n < c->to; n++)
        frontier_resolve(c->f, 0, n, 1);
    return NULL;
}

static void I3_OS_08_it_never_moves_back(void **state)
{
    enum { CROWD = 4, EACH = 2000 };
    struct frontier *f = frontier_new(1);
    struct crowd c[CROWD];
    pthread_t thread[CROWD];
    uint64_t last = 0;
    struct error err;
    struct place p;

    (void)state;
    for (uint32_t i = 0; i < CROWD * EACH; i++)
        assert_int_equal(add(f, i + 1, 1), i);
    for (uint32_t i = 0; i < CROWD; i++) {
        c[i] = (struct crowd){ f, i * EACH, (i + 1) * EACH };
        assert_true(thread_start(&thread[i], "crowd", resolver, &c[i], &err));
    }
    while (last < CROWD * EACH) {
        frontier_moved(f, 0, &p);
        assert_true(p.pos >= last);
        last = p.pos;
    }
    for (int i = 0; i < CROWD; i++)
        await_thread(thread[i]);
    assert_true(frontier_clear(f, 0));
    frontier_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(I3_it_passes_only_what_is_final_and_in_order),
        cmocka_unit_test(a_segment_with_nothing_to_finish_is_passed_at_once),
        cmocka_unit_test(sources_move_on_their_own),
        cmocka_unit_test(one_slow_record_holds_thousands_of_segments),
        cmocka_unit_test(I3_OS_08_it_never_moves_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
