/* A snapshot from another process: refused, or safe to draw. */
#include "config.h"
#include "tests/support/onlooker.h"
#include "tests/support/sample_snapshot.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "remote/wire.h"

enum { DRAW_EVERY = 400, WILD = 4000, ROWS_LOOKED = 2 };

static struct snapshot good, now;

static int begin(void **state)
{
    (void)state;
    sample_snapshot(&good, SAMPLE_CROWD);
    snprintf(good.document.text, sizeof good.document.text, "one\ntwo\n");
    good.document.len = (uint32_t)strlen(good.document.text);
    return onlooker_begin() ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    onlooker_end();
    return 0;
}

static bool taken(const struct snapshot *s)
{
    struct error err = { 0 };
    bool fine = wire_check_snapshot(s, &err);

    assert_int_equal(fine, !*err.text);
    return fine;
}

static void no_field_is_forgotten(void **state)
{
    (void)state;
    assert_true(wire_is_whole());
}

/* --- what is good ---------------------------------------------------------------- */

static void every_moment_of_a_run_is_taken(void **state)
{
    (void)state;
    for (int i = 0; i < SAMPLE_COUNT; i++) {
        sample_snapshot(&now, (enum sample)i);
        wire_mend_snapshot(&now);
        assert_true(taken(&now));
    }
    memset(&now, 0, sizeof now);
    assert_true(taken(&now));
}

static void what_is_mended_keeps_its_words(void **state)
{
    (void)state;
    now = good;
    strcpy(now.embed.name, "caf\xc3"); /* cut in the middle of a letter */
    strcpy(now.failures[1].message, "a\tb");
    assert_false(taken(&now));
    wire_mend_snapshot(&now);
    assert_true(taken(&now));
    assert_string_equal(now.embed.name, "caf<C3>");
    assert_string_equal(now.failures[1].message, "a<09>b");
    assert_string_equal(now.job, good.job);
}

/* --- what is not ----------------------------------------------------------------- */

#define REFUSED(field, value)                                                 \
    do {                                                                      \
        now = good;                                                           \
        now.field = value;                                                    \
        assert_false(taken(&now));                                            \
    } while (0)

static void an_index_or_count_out_of_bounds_is_refused(void **state)
{
    (void)state;
    REFUSED(state, (enum run_state)(RUN_FAILED + 1));
    REFUSED(embed.worker[63].state, (enum worker_state)(WORKER_BLOCKED + 1));
    REFUSED(upsert.worker[0].spark_len, SNAPSHOT_SPARK + 1);
    REFUSED(upsert.workers, SNAPSHOT_WORKERS + 1);
    REFUSED(history_len, SNAPSHOT_HISTORY + 1);
    REFUSED(kind_count, SNAPSHOT_KINDS + 1);
    REFUSED(kinds[2].kind, ERROR_KIND_COUNT);
    REFUSED(failure_count, SNAPSHOT_FAILURES + 1);
    REFUSED(failures[1].standing, (enum failure_standing)-1);
    REFUSED(failures[127].kind, (enum error_kind)-1);
    REFUSED(ask.first, good.listed_total);
    REFUSED(listed_total, good.failure_count - 1);
    REFUSED(failures_found, good.failures_seq + 1);
    REFUSED(document.len, 1);
}

static void a_number_that_turns_into_nonsense_is_refused(void **state)
{
    (void)state;
    REFUSED(rate, 1e300);
    REFUSED(rate, -1);
    REFUSED(embed.busy_pct, 0.0 / 0.0);
    REFUSED(done_pct, 101);
    REFUSED(history[299], (float)(1 / 0.0));
    REFUSED(embed.worker[1].wait_ms, INT64_MAX);
    REFUSED(knob_max[KNOB_COUNT - 1], INT64_MIN);
    REFUSED(in_flight, UINT64_MAX);
}

/* Each array of characters, from the first to the last, without its end. */
static void a_text_that_does_not_end_is_refused(void **state)
{
    const struct {
        char *text;
        size_t size;
    } texts[] = {
        { now.reason, sizeof now.reason },
        { now.started_hms, sizeof now.started_hms },
        { now.upsert.worker[63].reason, sizeof now.upsert.worker[63].reason },
        { now.upsert.note, sizeof now.upsert.note },
        { now.bottleneck_why, sizeof now.bottleneck_why },
        { now.kinds[31].key, sizeof now.kinds[31].key },
        { now.failures[127].code, sizeof now.failures[127].code },
        { now.document.text, sizeof now.document.text },
        { now.message, sizeof now.message },
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        now = good;
        memset(texts[i].text, 'x', texts[i].size);
        assert_false(taken(&now));
        texts[i].text[0] = '\x1b';
        texts[i].text[1] = '\0';
        assert_false(taken(&now));
    }
}

static void a_bool_is_0_or_1(void **state)
{
    (void)state;
    for (unsigned char v = 2; v; v = (unsigned char)(v * 2)) {
        now = good;
        memset(&now.reading_done, v, 1);
        assert_false(taken(&now));
    }
}

static void the_sentence_names_the_field(void **state)
{
    struct error err;

    (void)state;
    now = good;
    now.upsert.worker[5].spark_len = 255;
    assert_false(wire_check_snapshot(&now, &err));
    assert_non_null(strstr(err.text, "\"spark_len\""));
}

/* --- what was changed at random -------------------------------------------------- */

/* Change a byte; what is refused is taken back, the rest stays and heaps up. */
static bool change(size_t at, unsigned char value)
{
    unsigned char *byte = (unsigned char *)&now + at, was = *byte;

    *byte = value;
    if (taken(&now))
        return true;
    *byte = was;
    return false;
}

/* Of many equal rows the middle ones are left alone. */
static bool in_the_middle(size_t at, size_t from, size_t size, size_t rows)
{
    return at >= from + ROWS_LOOKED * size && at < from + (rows - 1) * size;
}

#define MIDDLE(at, array)                                                     \
    in_the_middle(at, (size_t)((const char *)(array) - (const char *)&now),   \
                  sizeof (array)[0], sizeof(array) / sizeof (array)[0])

static bool is_repeated(size_t at)
{
    return MIDDLE(at, now.embed.worker) || MIDDLE(at, now.upsert.worker) ||
           MIDDLE(at, now.failures) || MIDDLE(at, now.kinds) ||
           MIDDLE(at, now.history) || MIDDLE(at, now.document.text) ||
           MIDDLE(at, now.document.error);
}

static void every_byte_changed_is_refused_or_harmless(void **state)
{
    size_t kept = 0, refused = 0;

    (void)state;
    now = good;
    for (size_t at = 0; at < sizeof now; at++) {
        unsigned char was = ((unsigned char *)&now)[at];

        if (is_repeated(at))
            continue;
        if (change(at, 0xff) || change(at, was ^ 0x80) ||
            change(at, was ^ 0x01))
            kept++;
        else
            refused++;
        if (at % DRAW_EVERY == 0)
            assert_true(onlooker_use(&now));
    }
    assert_true(onlooker_use(&now));
    assert_true(kept > 0 && refused > 0);
}

/* Repeatable: a little generator of its own. */
static uint32_t dice(void)
{
    static uint32_t x = 88172645;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return x;
}

static void wild_changes_are_refused_or_harmless(void **state)
{
    (void)state;
    now = good;
    for (int i = 0; i < WILD; i++) {
        change(dice() % sizeof now, (unsigned char)dice());
        if (i % DRAW_EVERY == 0)
            assert_true(onlooker_use(&now));
    }
    assert_true(onlooker_use(&now));
}

static void noise_is_refused(void **state)
{
    (void)state;
    for (size_t at = 0; at < sizeof now; at++)
        ((unsigned char *)&now)[at] = (unsigned char)dice();
    assert_false(taken(&now));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_field_is_forgotten),
        cmocka_unit_test(every_moment_of_a_run_is_taken),
        cmocka_unit_test(what_is_mended_keeps_its_words),
        cmocka_unit_test(an_index_or_count_out_of_bounds_is_refused),
        cmocka_unit_test(a_number_that_turns_into_nonsense_is_refused),
        cmocka_unit_test(a_text_that_does_not_end_is_refused),
        cmocka_unit_test(a_bool_is_0_or_1),
        cmocka_unit_test(the_sentence_names_the_field),
        cmocka_unit_test(every_byte_changed_is_refused_or_harmless),
        cmocka_unit_test(wild_changes_are_refused_or_harmless),
        cmocka_unit_test(noise_is_refused),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
