/*
 * Tests of the retry heap: items are collected in the order in which they are
 * due, with and without vectors apart, within the bound of its bytes.
 */
#include "config.h"
#include "core/redo.h"
#include "tests/support/await.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/batch_tools.h"
#include "sys/thread.h"

enum { DIM = 4, ROOMY = 1 << 30 };

static struct redo_item *item_of(const char *id, uint64_t pos, bool vector)
{
    const float floats[DIM] = { (float)pos, 1, 2, 3 };
    struct batch *b = batch_new();
    struct redo_item *item;

    assert_non_null(b);
    put_doc(b, "another", 0);
    item = redo_item_new(b, put_doc(b, id, pos), vector ? floats : NULL, DIM);
    assert_non_null(item);
    batch_free(b); /* the item has its own copy */
    return item;
}

static void add(struct redo *r, const char *id, uint64_t pos, bool vector,
                int64_t due)
{
    assert_true(redo_add(r, item_of(id, pos, vector), due));
}

static void an_item_owns_a_copy_of_all_that_it_needs(void **state)
{
    struct redo_item *plain = item_of("a", 7, false);
    struct redo_item *paid = item_of("b", 8, true);

    (void)state;
    assert_true(doc_is(plain->bytes, &plain->doc, "a"));
    assert_int_equal(plain->doc.pos, 7);
    assert_int_equal(plain->doc.offset, 700);
    assert_null(plain->vector);
    assert_true(doc_is(paid->bytes, &paid->doc, "b"));
    assert_true(paid->vector[0] == 8 && paid->vector[3] == 3);
    assert_true(paid->size >= plain->size + DIM * sizeof(float));
    redo_item_free(plain);
    redo_item_free(paid);
    redo_item_free(NULL);
}

static void who_is_due_first_comes_first(void **state)
{
    enum { MANY = 500 };
    struct redo *r = redo_new(ROOMY);
    struct batch *b = batch_new();
    uint32_t random = 1;

    (void)state;
    for (int i = 0; i < MANY; i++) {
        char id[16];
        int64_t due;

        random = random * 1664525u + 1013904223u;
        due = random >> 16 & 1023;
        snprintf(id, sizeof id, "%d", i);
        add(r, id, (uint64_t)due, false, due);
    }
    assert_int_equal(redo_count(r), MANY);
    assert_int_equal(redo_collect(r, b, MANY, false, 1023), MANY);
    for (size_t i = 1; i < b->count; i++)
        assert_true(b->docs[i - 1].pos <= b->docs[i].pos);
    assert_int_equal(redo_count(r), 0);
    assert_int_equal(redo_next_ms(r), -1);
    batch_free(b);
    redo_free(r);
}

static void only_what_is_due_is_collected(void **state)
{
    struct redo *r = redo_new(ROOMY);
    struct batch *b = batch_new();

    (void)state;
    add(r, "late", 3, false, 300);
    add(r, "soon", 1, false, 100);
    add(r, "later", 2, false, 200);
    assert_int_equal(redo_next_ms(r), 100);
    assert_int_equal(redo_collect(r, b, 9, false, 99), 0);
    assert_int_equal(redo_collect(r, b, 9, false, 200), 2);
    assert_true(doc_is(b->bytes.data, &b->docs[0], "soon"));
    assert_true(doc_is(b->bytes.data, &b->docs[1], "later"));
    assert_int_equal(b->docs[0].fate, DOC_OPEN);
    assert_int_equal(redo_next_ms(r), 300);
    batch_free(b);
    redo_free(r);
}

static void no_more_are_collected_than_asked_for(void **state)
{
    struct redo *r = redo_new(ROOMY);
    struct batch *b = batch_new();

    (void)state;
    for (uint64_t i = 0; i < 10; i++)
        add(r, "x", i, false, (int64_t)i);
    assert_int_equal(redo_collect(r, b, 4, false, 99), 4);
    assert_int_equal(b->docs[3].pos, 3);
    assert_int_equal(redo_count(r), 6);
    batch_free(b);
    redo_free(r);
}

static void those_with_a_vector_and_those_without_go_apart(void **state)
{
    struct redo *r = redo_new(ROOMY);
    struct batch *paid = batch_new(), *plain = batch_new();

    (void)state;
    for (uint64_t i = 0; i < 20; i++)
        add(r, "x", i, i % 2, (int64_t)i);
    assert_int_equal(redo_collect(r, paid, 99, true, 99), 10);
    assert_int_equal(paid->dim, DIM);
    for (size_t i = 0; i < paid->count; i++) {
        assert_int_equal(paid->docs[i].pos, 2 * i + 1);
        assert_true(batch_vector(paid, i)[0] == (float)(2 * i + 1));
        assert_true(batch_vector(paid, i)[3] == 3);
    }
    assert_int_equal(redo_count(r), 10);
    assert_int_equal(redo_next_ms(r), 0);
    assert_int_equal(redo_collect(r, plain, 99, false, 99), 10);
    for (size_t i = 0; i < plain->count; i++)
        assert_int_equal(plain->docs[i].pos, 2 * i);
    assert_int_equal(plain->dim, 0);
    batch_free(paid);
    batch_free(plain);
    redo_free(r);
}

static void ST_10_bytes_bound_it_unless_forced(void **state)
{
    struct redo_item *more = item_of("x", 1, true);
    struct redo *r = redo_new(3 * more->size);
    struct batch *b = batch_new();

    (void)state;
    for (int i = 0; i < 3; i++)
        add(r, "x", 1, true, 0);
    assert_false(redo_add(r, more, 0));
    assert_int_equal(redo_count(r), 3);
    redo_put(r, more, 0);
    assert_int_equal(redo_collect(r, b, 2, true, 0), 2);
    batch_clear(b);
    add(r, "x", 1, true, 0); /* what was collected made room */
    assert_int_equal(redo_collect(r, b, 99, true, 0), 3);
    batch_free(b);
    redo_free(r);
}

static void a_hurry_makes_all_due_and_keeps_the_earlier_first(void **state)
{
    struct redo *r = redo_new(ROOMY);
    struct batch *b = batch_new();

    (void)state;
    add(r, "never", 3, false, INT64_MAX);
    add(r, "soon", 1, false, 10);
    add(r, "later", 2, false, 5000);
    redo_hurry(r, 50);
    assert_int_equal(redo_next_ms(r), 10);
    assert_int_equal(redo_collect(r, b, 1, false, 50), 1);
    assert_int_equal(b->docs[0].pos, 1);
    batch_clear(b);
    assert_int_equal(redo_collect(r, b, 9, false, 50), 2);
    batch_free(b);
    redo_free(r);
}

static void a_document_keeps_its_tries_and_flags(void **state)
{
    struct redo *r = redo_new(ROOMY);
    struct redo_item *item = item_of("a", 5, false);
    struct batch *b = batch_new();

    (void)state;
    item->doc.tries = 3;
    item->doc.flags = DOC_RETRY | DOC_TEXT_ESCAPED;
    item->doc.segment = 77;
    item->doc.source = 2;
    item->doc.fate = DOC_DEFERRED;
    assert_true(redo_add(r, item, 0));
    assert_int_equal(redo_collect(r, b, 9, false, 0), 1);
    assert_int_equal(b->docs[0].tries, 3);
    assert_int_equal(b->docs[0].flags, DOC_RETRY | DOC_TEXT_ESCAPED);
    assert_int_equal(b->docs[0].segment, 77);
    assert_int_equal(b->docs[0].source, 2);
    assert_int_equal(b->docs[0].fate, DOC_OPEN);
    assert_int_equal(b->open, 1);
    batch_free(b);
    redo_free(r);
}

struct crowd {
    struct redo *r;
    uint64_t from;
};

static void *adder(void *arg)
{
    struct crowd *c = arg;

    for (uint64_t i = 0; i < 200; i++)
        redo_put(c->r, item_of("x", c->from + i, i % 3 == 0), 0);
    return NULL;
}

static void OS_08_many_threads_lose_nothing(void **state)
{
    enum { CROWD = 4 };
    struct redo *r = redo_new(ROOMY);
    struct crowd c[CROWD];
    pthread_t thread[CROWD];
    bool seen[CROWD * 200] = { false };
    struct batch *b = batch_new();
    size_t got = 0;
    struct error err;

    (void)state;
    for (uint64_t i = 0; i < CROWD; i++) {
        c[i] = (struct crowd){ r, i * 200 };
        assert_true(thread_start(&thread[i], "crowd", adder, &c[i], &err));
    }
    for (bool vector = false; got < CROWD * 200; vector = !vector) {
        batch_clear(b);
        got += redo_collect(r, b, 7, vector, 0);
        for (size_t i = 0; i < b->count; i++) {
            assert_false(seen[b->docs[i].pos]);
            seen[b->docs[i].pos] = true;
        }
    }
    for (int i = 0; i < CROWD; i++)
        await_thread(thread[i]);
    assert_int_equal(redo_count(r), 0);
    batch_free(b);
    redo_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_owns_a_copy_of_all_that_it_needs),
        cmocka_unit_test(who_is_due_first_comes_first),
        cmocka_unit_test(only_what_is_due_is_collected),
        cmocka_unit_test(no_more_are_collected_than_asked_for),
        cmocka_unit_test(those_with_a_vector_and_those_without_go_apart),
        cmocka_unit_test(ST_10_bytes_bound_it_unless_forced),
        cmocka_unit_test(a_hurry_makes_all_due_and_keeps_the_earlier_first),
        cmocka_unit_test(a_document_keeps_its_tries_and_flags),
        cmocka_unit_test(OS_08_many_threads_lose_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
