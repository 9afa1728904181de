/* Packing of done rows, and the set of ids on disk. */
#include "config.h"
#include "tests/support/home.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/idset.h"
#include "ledger/ledger_pack.h"

enum { MANY = 300 };

static struct ledger_ack acks[MANY];
static char texts[MANY][80];
static uint64_t seed;

static uint64_t next_random(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return seed >> 11;
}

static struct ledger_ack *make_acks(size_t n, uint64_t first,
                                    void (*name)(char *to, uint64_t i))
{
    for (size_t i = 0; i < n; i++) {
        name(texts[i], first + i);
        acks[i] = (struct ledger_ack){ first + i, text_of(texts[i]) };
    }
    return acks;
}

static void wordnet(char *to, uint64_t i)
{
    sprintf(to, "wn-n%08u", (unsigned)(1740 + i * 130 + next_random() % 120));
}

static void uuid(char *to, uint64_t i)
{
    (void)i;
    sprintf(to, "%08x-%04x-4%03x-8%03x-%012llx",
            (unsigned)(next_random() & 0xffffffff),
            (unsigned)(next_random() & 0xffff),
            (unsigned)(next_random() & 0xfff),
            (unsigned)(next_random() & 0xfff),
            (unsigned long long)(next_random() & 0xffffffffffff));
}

static void upper_hex(char *to, uint64_t i)
{
    (void)i;
    for (int at = 0; at < 64; at += 8)
        sprintf(to + at, "%08X", (unsigned)(next_random() & 0xffffffff));
}

static void word(char *to, uint64_t i)
{
    static const char *const words[] = { "ä", "doc/", "x-", "Zürich ",
                                         "longer than the rest " };

    sprintf(to, "%s%llu", words[next_random() % 5], (unsigned long long)i);
}

static void same(char *to, uint64_t i)
{
    (void)i;
    strcpy(to, "one and the same");
}

static void assert_survives(struct packer *p, size_t n, bool placed)
{
    struct packer other;
    struct error err;
    struct packed_row row;
    struct text body;

    packer_init(&other);
    assert_true(packer_pack(p, 7, placed, acks, n, &body, &err));
    assert_true(packer_unpack(&other, body, &row, &err));
    assert_int_equal(row.source, 7);
    assert_int_equal(row.count, n);
    assert_int_equal(row.placed, placed);
    for (size_t i = 0; i < n; i++) {
        if (placed)
            assert_int_equal(row.pos[i], acks[i].pos);
        assert_int_equal(row.ids[i].len, acks[i].id.len);
        assert_memory_equal(row.ids[i].ptr, acks[i].id.ptr, acks[i].id.len);
    }
    packer_release(&other);
}

static void ids_and_positions_come_back_as_they_were(void **state)
{
    void (*const names[])(char *, uint64_t) = { wordnet, uuid, upper_hex, word,
                                                same };
    static const size_t counts[] = { 1, 2, 3, 100, MANY };
    struct packer p;

    (void)state;
    packer_init(&p);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t j = 0; j < sizeof counts / sizeof *counts; j++) {
            make_acks(counts[j], 1000000, names[i]);
            assert_survives(&p, counts[j], true);
            assert_survives(&p, counts[j], false);
        }
    packer_release(&p);
}

static void positions_may_jump_in_any_direction(void **state)
{
    static const uint64_t jumps[] = { 5, 900000, 4, 0, UINT64_MAX, 1, 1 };
    struct packer p;

    (void)state;
    packer_init(&p);
    make_acks(7, 0, word);
    for (size_t i = 0; i < 7; i++)
        acks[i].pos = jumps[i];
    assert_survives(&p, 7, true);
    packer_release(&p);
}

static void ids_may_be_empty_or_hold_any_byte(void **state)
{
    struct packer p;

    (void)state;
    packer_init(&p);
    make_acks(4, 0, word);
    acks[0].id = (struct text){ "", 0 };
    acks[1].id = (struct text){ "a\0b", 3 };
    acks[2].id = (struct text){ "a\0c\xff", 4 };
    acks[3].id = (struct text){ "", 0 };
    assert_survives(&p, 4, true);
    acks[0].id = (struct text){ "\0" "1", 2 };
    acks[1].id = (struct text){ "\0" "2", 2 };
    assert_survives(&p, 2, true);
    packer_release(&p);
}

static double bytes_each(void (*name)(char *, uint64_t))
{
    struct packer p;
    struct error err;
    struct text body;

    packer_init(&p);
    make_acks(100, 5000, name);
    assert_true(packer_pack(&p, 0, true, acks, 100, &body, &err));
    packer_release(&p);
    return (double)body.len / 100;
}

static void LD_16_ids_take_little_more_than_their_own_information(void **state)
{
    (void)state;
    assert_true(bytes_each(wordnet) < 4);
    assert_true(bytes_each(uuid) < 17);
    assert_true(bytes_each(upper_hex) < 33);
}

static void LD_07_damaged_bodies_are_refused(void **state)
{
    struct packer p, other;
    struct error err;
    struct packed_row row;
    struct text body;
    char *copy;

    (void)state;
    packer_init(&p);
    packer_init(&other);
    make_acks(40, 10, word);
    assert_true(packer_pack(&p, 0, true, acks, 40, &body, &err));
    copy = malloc(body.len);
    for (size_t at = 0; at < body.len; at++) {
        memcpy(copy, body.ptr, body.len);
        for (int bit = 0; bit < 8; bit++) {
            copy[at] = (char)(body.ptr[at] ^ 1 << bit);
            /* Some bits of the frame's header mean nothing. */
            if (packer_unpack(&other, (struct text){ copy, body.len }, &row,
                              &err))
                assert_int_equal(row.count, 40);
            else
                assert_int_equal(err.kind, ERROR_LOCAL);
        }
        assert_false(packer_unpack(&other, (struct text){ copy, at }, &row,
                                   &err));
    }
    free(copy);
    packer_release(&other);
    packer_release(&p);
}

/* --- the set on disk ------------------------------------------------------ */

static struct text numbered(char *to, unsigned i)
{
    return (struct text){ to, (size_t)sprintf(to, "id-%u", i) };
}

static void a_set_finds_what_it_holds_and_nothing_else(void **state)
{
    char id[32];
    struct error err;
    struct idset *s;

    (void)state;
    s = idset_new(home, 10, &err);
    assert_non_null(s);
    for (unsigned i = 0; i < 20000; i++)
        assert_true(idset_add(s, numbered(id, i), &err));
    assert_true(idset_add(s, numbered(id, 5), &err));
    assert_int_equal(idset_count(s), 20000);
    for (unsigned i = 0; i < 20000; i++)
        assert_true(idset_has(s, numbered(id, i)));
    for (unsigned i = 20000; i < 40000; i++)
        assert_false(idset_has(s, numbered(id, i)));
    /* It has no name, so nothing is left whatever happens. */
    assert_int_equal(rmdir(home), 0);
    assert_int_equal(mkdir(home, 0700), 0);
    idset_free(s);
    idset_free(NULL);
}

static void a_set_without_a_directory_says_so(void **state)
{
    struct error err;

    (void)state;
    assert_null(idset_new("/nonexistent/place", 10, &err));
    assert_int_equal(err.kind, ERROR_LOCAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_and_positions_come_back_as_they_were),
        cmocka_unit_test(positions_may_jump_in_any_direction),
        cmocka_unit_test(ids_may_be_empty_or_hold_any_byte),
        cmocka_unit_test(LD_16_ids_take_little_more_than_their_own_information),
        cmocka_unit_test(LD_07_damaged_bodies_are_refused),
        HOME_TEST(a_set_finds_what_it_holds_and_nothing_else),
        cmocka_unit_test(a_set_without_a_directory_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
