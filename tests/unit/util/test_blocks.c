/* Large pieces of memory: who asks next gets the one that was freed last, and
 * what nobody asks for goes back. */
#include "config.h"
#include "util/heap/blocks.h"

#include <pthread.h>
#include <string.h>

#include "tests/support/tap.h"
#include "util/buf.h"

enum { LARGE = 600000, KEPT = 100 };

static size_t use_once(size_t bytes)
{
    size_t cap;
    void *p = block_new(bytes, &cap);

    assert_non_null(p);
    block_free(p, cap);
    return cap;
}

/* The address sanitizer watches them: nothing is kept then. */
static bool blocks_are_kept(void)
{
    use_once(LARGE);
    return blocks_idle() > 0;
}

static void forget_all(void)
{
    blocks_age();
    blocks_age();
    assert_int_equal(blocks_idle(), 0);
}

static void what_was_freed_last_is_used_next(void **state)
{
    size_t cap, next;
    char *a, *b;

    (void)state;
    if (!blocks_are_kept()) /* the address sanitizer watches each alone */
        return;
    forget_all();
    a = block_new(LARGE, &cap);
    assert_in_range(cap, LARGE, LARGE + LARGE / 4);
    block_free(a, cap);
    b = block_new(cap, &next);
    assert_ptr_equal(a, b);
    assert_int_equal(next, cap);
    assert_int_equal(blocks_idle(), 0);
    block_free(b, next);
    forget_all();
}

static void what_nobody_needed_for_a_while_goes_back(void **state)
{
    size_t cap;
    void *a, *b;

    (void)state;
    if (!blocks_are_kept()) /* the address sanitizer watches each alone */
        return;
    forget_all();
    a = block_new(LARGE, &cap);
    b = block_new(LARGE, &cap);
    block_free(a, cap);
    block_free(b, cap);
    blocks_age(); /* both were in use since the last time */
    assert_int_equal(blocks_idle(), 2 * cap);
    use_once(LARGE);
    blocks_age(); /* one was */
    assert_int_equal(blocks_idle(), cap);
    forget_all();
}

static void very_large_ones_and_too_many_go_back_at_once(void **state)
{
    static void *some[KEPT];
    size_t cap;

    (void)state;
    forget_all();
    assert_true(use_once(BLOCK_KEPT + 1) > BLOCK_KEPT);
    assert_int_equal(blocks_idle(), 0);
    for (size_t i = 0; i < KEPT; i++)
        some[i] = block_new(LARGE, &cap);
    for (size_t i = 0; i < KEPT; i++)
        block_free(some[i], cap);
    assert_true(blocks_idle() <= BLOCKS_IDLE);
    forget_all();
}

static void another_size_has_the_same_bytes(void **state)
{
    static const size_t sizes[] = { 10, 100, LARGE, 2 * LARGE,
                                    (size_t)BLOCK_KEPT * 3, LARGE, 100, 10 };
    size_t cap = 0;
    char *p = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        p = block_resize(p, &cap, i ? 10 : 0, sizes[i]);
        assert_non_null(p);
        assert_true(cap >= sizes[i]);
        if (i == 0)
            memcpy(p, "0123456789", 10);
        assert_memory_equal(p, "0123456789", 10);
        p[sizes[i] - 1] = '9';
    }
    block_free(p, cap);
    block_free(NULL, 0);
    assert_null(block_new(SIZE_MAX, &cap));
    forget_all();
}

static void a_buffer_lends_what_is_large(void **state)
{
    struct buf b = { 0 };

    (void)state;
    buf_puts(&b, "small");
    buf_lend(&b);
    assert_int_equal(b.len, 0);
    assert_true(b.cap > 0);
    assert_non_null(buf_reserve(&b, LARGE));
    b.len = LARGE;
    buf_lend(&b);
    assert_null(b.data);
    assert_int_equal(b.cap + b.len, 0);
    buf_puts(&b, "again");
    assert_string_equal(buf_cstr(&b), "again");
    buf_release(&b);
    forget_all();
}

/* Fill it, let it grow and look whether all is as it was. */
static void *uses_many(void *seed)
{
    unsigned char mark = *(unsigned char *)seed;
    size_t wrong = 0;

    for (size_t i = 0; i < 2000; i++) {
        size_t cap, bytes = BLOCK_LEAST / 2 + i % 7 * (BLOCK_LEAST / 4);
        unsigned char *p = block_new(bytes, &cap);

        p[0] = p[bytes - 1] = mark;
        p = block_resize(p, &cap, bytes, 2 * bytes);
        wrong += p[0] != mark || p[bytes - 1] != mark;
        block_free(p, cap);
        if (i % 64 == 0)
            blocks_age();
    }
    return wrong ? seed : NULL;
}

static void no_two_threads_have_the_same_block(void **state)
{
    static unsigned char marks[4] = { 1, 2, 3, 4 };
    pthread_t thread[4];
    void *wrong;

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, uses_many,
                                        &marks[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(thread[i], &wrong), 0);
        assert_null(wrong);
    }
    blocks_age();
    blocks_age();
    assert_int_equal(blocks_idle(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_freed_last_is_used_next),
        cmocka_unit_test(what_nobody_needed_for_a_while_goes_back),
        cmocka_unit_test(very_large_ones_and_too_many_go_back_at_once),
        cmocka_unit_test(another_size_has_the_same_bytes),
        cmocka_unit_test(a_buffer_lends_what_is_large),
        cmocka_unit_test(no_two_threads_have_the_same_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
