/*
 * Tests of the table of ids under way: two versions of one id are never sent
 * together, the last one wins, and equal hashes of different ids only delay.
 */
#include "config.h"
#include "core/inflight.h"
#include "tests/support/await.h"
#include "tests/support/tap.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "tests/support/batch_tools.h"
#include "sys/thread.h"
#include "util/str.h"

static uint64_t hash_of(const char *id)
{
    return str_hash64(id, strlen(id));
}

/* Enter one document; how many were parked. A superseded one is expected to
 * be of position `gone`, none when that is 0. */
static size_t enter(struct inflight *t, const char *id, uint64_t pos,
                    uint64_t gone)
{
    struct batch *b = batch_new();
    struct redo_item *out;
    size_t parked;

    put_doc(b, id, pos);
    out = inflight_enter(t, b, &parked);
    assert_int_equal(b->open, 1 - parked);
    assert_int_equal(b->docs[0].fate, parked ? DOC_DEFERRED : DOC_OPEN);
    if (gone) {
        assert_non_null(out);
        assert_null(out->next);
        assert_int_equal(out->doc.pos, gone);
    } else {
        assert_null(out);
    }
    redo_item_free(out);
    batch_free(b);
    return parked;
}

/* The document with this id is final; the parked one that follows has this
 * position, 0: there is none. */
static void leave(struct inflight *t, const char *id, uint64_t next)
{
    struct redo_item *item = inflight_leave(t, hash_of(id));

    if (next) {
        assert_non_null(item);
        assert_int_equal(item->doc.pos, next);
        assert_true(doc_is(item->bytes, &item->doc, id));
    } else {
        assert_null(item);
    }
    redo_item_free(item);
}

static void I6_a_later_record_waits_until_the_earlier_is_final(void **state)
{
    struct inflight *t = inflight_new();

    (void)state;
    assert_int_equal(enter(t, "a", 1, 0), 0);
    assert_int_equal(enter(t, "b", 2, 0), 0);
    assert_int_equal(enter(t, "a", 3, 0), 1);
    leave(t, "b", 0);
    leave(t, "a", 3); /* it holds the id from now on */
    assert_int_equal(enter(t, "a", 4, 0), 1);
    leave(t, "a", 4);
    leave(t, "a", 0);
    assert_int_equal(enter(t, "a", 5, 0), 0);
    inflight_free(t);
    inflight_free(NULL);
}

static void I6_the_last_one_wins_and_the_ones_between_are_superseded(
    void **state)
{
    struct inflight *t = inflight_new();

    (void)state;
    enter(t, "a", 1, 0);
    enter(t, "a", 2, 0);
    enter(t, "a", 3, 2);
    enter(t, "a", 4, 3);
    leave(t, "a", 4);
    leave(t, "a", 0);
    inflight_free(t);
}

static void IN_17_versions_within_one_batch_are_kept_apart(void **state)
{
    struct inflight *t = inflight_new();
    struct batch *b = batch_new();
    struct redo_item *out;
    size_t parked;

    (void)state;
    put_doc(b, "a", 1);
    put_doc(b, "b", 2);
    put_doc(b, "a", 3);
    put_doc(b, "a", 4);
    put_doc(b, "c", 5);
    out = inflight_enter(t, b, &parked);
    assert_int_equal(parked, 2);
    assert_int_equal(b->open, 3);
    assert_int_equal(b->docs[0].fate, DOC_OPEN);
    assert_int_equal(b->docs[2].fate, DOC_DEFERRED);
    assert_int_equal(b->docs[3].fate, DOC_DEFERRED);
    assert_non_null(out);
    assert_int_equal(out->doc.pos, 3);
    assert_null(out->next);
    leave(t, "a", 4);
    redo_item_free(out);
    batch_free(b);
    inflight_free(t);
}

static void a_retry_enters_only_when_its_id_is_not_under_way(void **state)
{
    struct inflight *t = inflight_new();

    (void)state;
    assert_true(inflight_enter_one(t, hash_of("a")));
    assert_false(inflight_enter_one(t, hash_of("a")));
    assert_int_equal(enter(t, "a", 9, 0), 1);
    leave(t, "a", 9);
    assert_false(inflight_enter_one(t, hash_of("a")));
    leave(t, "a", 0);
    assert_true(inflight_enter_one(t, hash_of("a")));
    inflight_free(t);
}

/* Two ids with one hash: forged here, one in 2^64 outside. */
static void forge(struct batch *b, const char *id, uint64_t pos)
{
    put_doc(b, id, pos)->id_hash = 42;
}

static void ids_with_the_same_hash_delay_but_never_replace_each_other(
    void **state)
{
    struct inflight *t = inflight_new();
    struct batch *b = batch_new();
    struct redo_item *item, *out;
    size_t parked;

    (void)state;
    forge(b, "a", 1);
    forge(b, "b", 2);
    forge(b, "c", 3);
    forge(b, "b", 4);
    out = inflight_enter(t, b, &parked);
    assert_int_equal(parked, 3);
    assert_non_null(out);
    assert_int_equal(out->doc.pos, 2); /* b's older version, nothing else */
    assert_null(out->next);
    redo_item_free(out);
    item = inflight_leave(t, 42);
    assert_non_null(item);
    assert_null(item->next);
    assert_true(doc_is(item->bytes, &item->doc, "b"));
    assert_int_equal(item->doc.pos, 4);
    redo_item_free(item);
    item = inflight_leave(t, 42);
    assert_non_null(item);
    assert_true(doc_is(item->bytes, &item->doc, "c"));
    redo_item_free(item);
    assert_null(inflight_leave(t, 42));
    batch_free(b);
    inflight_free(t);
}

static void a_hash_of_nothing_is_a_hash_like_any(void **state)
{
    struct inflight *t = inflight_new();

    (void)state;
    assert_true(inflight_enter_one(t, 0));
    assert_false(inflight_enter_one(t, 0));
    assert_null(inflight_leave(t, 0));
    assert_null(inflight_leave(t, 0)); /* who is not inside cannot leave */
    assert_true(inflight_enter_one(t, 0));
    inflight_free(t);
}

static void it_grows_and_finds_all_again_after_any_order_of_leaving(
    void **state)
{
    enum { MANY = 20000 };
    struct inflight *t = inflight_new();
    uint64_t hash;

    (void)state;
    for (uint64_t i = 1; i <= MANY; i++) /* long runs of neighbours */
        assert_true(inflight_enter_one(t, i % 2 ? i : i << 40));
    for (uint64_t i = 1; i <= MANY; i += 3)
        assert_null(inflight_leave(t, i % 2 ? i : i << 40));
    for (uint64_t i = 1; i <= MANY; i++) {
        hash = i % 2 ? i : i << 40;
        assert_int_equal(inflight_enter_one(t, hash), i % 3 == 1);
    }
    for (uint64_t i = MANY; i > 0; i--)
        assert_null(inflight_leave(t, i % 2 ? i : i << 40));
    for (uint64_t i = 1; i <= MANY; i++)
        assert_true(inflight_enter_one(t, i));
    inflight_free(t);
}

/* --- threads ---------------------------------------------------------------- */

enum { CROWD = 4, ROUNDS = 2000, IDS = 5 };

struct crowd {
    struct inflight *t;
    atomic_int inside[IDS];
    atomic_bool two_at_once;
    atomic_size_t sent, parked, superseded;
};

static const char *const ids[IDS] = { "a", "b", "c", "d", "e" };

/* Be the sender of this document: alone with its id. */
static void send(struct crowd *c, size_t id)
{
    struct redo_item *next;

    for (;;) {
        if (atomic_fetch_add(&c->inside[id], 1) != 0)
            atomic_store(&c->two_at_once, true);
        atomic_fetch_add(&c->sent, 1);
        atomic_fetch_sub(&c->inside[id], 1);
        next = inflight_leave(c->t, hash_of(ids[id]));
        if (!next)
            return;
        redo_item_free(next);
    }
}

static void *reader(void *arg)
{
    struct crowd *c = arg;
    struct batch *b = batch_new();

    for (size_t i = 0; i < ROUNDS; i++) {
        struct redo_item *out;
        size_t parked;

        batch_clear(b);
        put_doc(b, ids[i % IDS], i);
        out = inflight_enter(c->t, b, &parked);
        if (out)
            atomic_fetch_add(&c->superseded, 1);
        redo_item_free(out);
        if (parked)
            atomic_fetch_add(&c->parked, 1);
        else
            send(c, i % IDS);
    }
    batch_free(b);
    return NULL;
}

static void I6_OS_08_no_two_versions_are_ever_sent_together(void **state)
{
    struct crowd c = { .t = inflight_new() };
    pthread_t thread[CROWD];
    struct error err;

    (void)state;
    for (int i = 0; i < CROWD; i++)
        assert_true(thread_start(&thread[i], "crowd", reader, &c, &err));
    for (int i = 0; i < CROWD; i++)
        await_thread(thread[i]);
    assert_false(atomic_load(&c.two_at_once));
    assert_int_equal(atomic_load(&c.sent) + atomic_load(&c.superseded),
                     CROWD * ROUNDS);
    for (int i = 0; i < IDS; i++)
        assert_true(inflight_enter_one(c.t, hash_of(ids[i])));
    inflight_free(c.t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(I6_a_later_record_waits_until_the_earlier_is_final),
        cmocka_unit_test(
            I6_the_last_one_wins_and_the_ones_between_are_superseded),
        cmocka_unit_test(IN_17_versions_within_one_batch_are_kept_apart),
        cmocka_unit_test(a_retry_enters_only_when_its_id_is_not_under_way),
        cmocka_unit_test(
            ids_with_the_same_hash_delay_but_never_replace_each_other),
        cmocka_unit_test(a_hash_of_nothing_is_a_hash_like_any),
        cmocka_unit_test(
            it_grows_and_finds_all_again_after_any_order_of_leaving),
        cmocka_unit_test(I6_OS_08_no_two_versions_are_ever_sent_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
