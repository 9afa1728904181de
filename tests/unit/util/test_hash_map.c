/*
 * Tests of the hash map: what was put in is found whatever was erased around
 * it, and a search in a full table from a damaged file ends.
 */
#include "config.h"
#include "util/hash_map.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

enum { MANY = 5000, CLUSTER = 8 };

static void put(struct hash_map *m, uint64_t hash, uint64_t value)
{
    struct hash_slot *s;

    assert_true(hash_map_reserve(m));
    s = hash_map_find(m, hash);
    m->count += hash_slot_is_free(s);
    *s = (struct hash_slot){ hash, value };
}

static void what_was_put_in_is_found_after_it_grew(void **state)
{
    struct hash_map m = { 0 };

    (void)state;
    assert_null(hash_map_find(&m, 1));
    for (uint64_t i = 1; i <= MANY; i++)
        put(&m, i * 0x9e3779b97f4a7c15u, i);
    put(&m, 0x9e3779b97f4a7c15u, MANY + 1); /* again: no second slot */
    assert_int_equal(m.count, MANY);
    assert_true(m.slot_count >= 2 * MANY);
    for (uint64_t i = 2; i <= MANY; i++)
        assert_int_equal(hash_map_find(&m, i * 0x9e3779b97f4a7c15u)->value, i);
    assert_true(hash_slot_is_free(hash_map_find(&m, 7)));
    hash_map_release(&m);
    assert_int_equal(m.count, 0);
}

/* All of a cluster have one home, the last slot: they wrap around its end. */
static void erasing_one_of_a_cluster_loses_no_other(void **state)
{
    (void)state;
    for (uint64_t gone = 0; gone < CLUSTER; gone++) {
        struct hash_map m = { 0 };

        assert_true(hash_map_reserve(&m));
        for (uint64_t i = 0; i < CLUSTER; i++)
            put(&m, i * m.slot_count + m.slot_count - 1, i + 1);
        hash_map_erase(&m, hash_map_find(&m, gone * m.slot_count +
                                                 m.slot_count - 1));
        assert_int_equal(m.count, CLUSTER - 1);
        for (uint64_t i = 0; i < CLUSTER; i++) {
            uint64_t hash = i * m.slot_count + m.slot_count - 1;

            assert_int_equal(hash_map_find(&m, hash)->value,
                             i == gone ? 0 : i + 1);
        }
        hash_map_release(&m);
    }
}

static void a_search_in_a_full_table_ends(void **state)
{
    struct hash_slot full[4] = { { 4, 1 }, { 8, 2 }, { 12, 3 }, { 16, 4 } };

    (void)state;
    assert_int_equal(hash_slots_find(full, 4, 12)->value, 3);
    assert_int_not_equal(hash_slots_find(full, 4, 5)->hash, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_in_is_found_after_it_grew),
        cmocka_unit_test(erasing_one_of_a_cluster_loses_no_other),
        cmocka_unit_test(a_search_in_a_full_table_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
