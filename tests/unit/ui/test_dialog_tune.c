/* Tune: its fields, its estimates and what it sends. */
#include "config.h"
#include "tests/support/console/console_tools.h"
#include "tests/support/tap.h"

#include <stdio.h>

static void a_typed_number_is_exact_and_a_step_walks_the_ladder(void **state)
{
    (void)state;
    press('b');
    type("250");
    press(KEYCODE_DOWN);
    press(KEYCODE_RIGHT);
    press(KEYCODE_ENTER);
    assert_string_equal(open_dialog(), "");
    assert_int_equal(heard_count, 2);
    assert_int_equal(heard[0].knob, KNOB_EMBED_BATCH);
    assert_int_equal(heard[0].value, 250);
    assert_int_equal(heard[1].knob, KNOB_UPSERT_BATCH);
    assert_int_equal(heard[1].value, 384);
}

static void a_number_out_of_range_is_refused_beside_the_field(void **state)
{
    (void)state;
    press('w');
    type("33");
    press(KEYCODE_ENTER);
    assert_string_equal(open_dialog(), "tune");
    assert_true(is_shown("! embed workers takes 1 to 32"));
    assert_int_equal(heard_count, 0);
    press(KEYCODE_ESC);
    assert_string_equal(open_dialog(), "");
    assert_int_equal(heard_count, 0);
}

static void tune_opens_at_the_field_of_the_pane(void **state)
{
    static const struct {
        char pane, key;
        enum knob knob;
    } cases[] = { { '2', 'b', KNOB_EMBED_BATCH },
                  { '3', 'b', KNOB_UPSERT_BATCH },
                  { '2', 'w', KNOB_EMBED_WORKERS },
                  { '3', 'w', KNOB_UPSERT_WORKERS },
                  { '4', 'l', KNOB_RPM } };
    char row[32];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        press(cases[i].pane);
        press(cases[i].key);
        snprintf(row, sizeof row, "\u25b8 %s", knob_facts[cases[i].knob].name);
        assert_true(is_shown(row));
        press(KEYCODE_ESC);
    }
}

static void zero_is_the_default_of_what_must_be_something(void **state)
{
    (void)state;
    press('w');
    type("12");
    press(KEYCODE_DOWN);
    press('0');
    press(KEYCODE_UP);
    press('0'); /* it began with auto */
    press(KEYCODE_UP);
    press('0');
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 2);
    assert_int_equal(heard[0].knob, KNOB_UPSERT_BATCH);
    assert_int_equal(heard[0].value, 200);
    assert_int_equal(heard[1].knob, KNOB_UPSERT_WORKERS);
    assert_int_equal(heard[1].value, 2);
}

static void a_is_auto_of_what_the_program_finds(void **state)
{
    (void)state;
    press('3');
    press('w');
    press('9'); /* a number that is half typed goes */
    press('a');
    assert_true(is_shown("is found out"));
    press(KEYCODE_DOWN);
    press('a');
    assert_true(is_shown("! requests/min takes a number: nothing finds it"));
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].knob, KNOB_UPSERT_WORKERS);
    assert_int_equal(heard[0].value, KNOB_AUTO);
    press('u');
    assert_int_equal(heard_count, 2);
    assert_int_equal(heard[1].value, 4);
}

static void a_number_pins_what_was_found_and_undo_frees_it(void **state)
{
    (void)state;
    press('w');
    assert_true(is_shown("auto (now 8)"));
    assert_true(is_shown("knee 8 of 64, 97 % busy"));
    press(KEYCODE_RIGHT); /* from what it is now */
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].knob, KNOB_EMBED_WORKERS);
    assert_int_equal(heard[0].value, 9);
    press('u');
    assert_int_equal(heard_count, 2);
    assert_int_equal(heard[1].value, KNOB_AUTO);
}

static void tune_estimates_only_what_follows_from_what_is_measured(
    void **state)
{
    (void)state;
    press('w'); /* EMBED is the bottleneck: 8 workers, 4,098/s */
    press(KEYCODE_RIGHT);
    assert_true(is_shown("4,098 → 4,610 docs/s at most"));
    press(KEYCODE_DOWN);
    press(KEYCODE_RIGHT);
    assert_true(is_shown("none: EMBED is the limit"));
    press(KEYCODE_DOWN);
    type("2000");
    press(KEYCODE_DOWN);
    assert_true(is_shown("106 % used: workers wait"));
    press('g');
    snprintf(console.snap.bottleneck, sizeof console.snap.bottleneck, "LIMIT");
    snprintf(console.snap.embed.limited_by,
             sizeof console.snap.embed.limited_by, "tokens/min");
    assert_true(is_shown("none: tokens/min is the limit"));
    press(KEYCODE_ESC);
    press('b');
    type("4000");
    press(KEYCODE_UP);
    assert_true(is_shown("! embed batch takes 1 to 2048"));
    type("2048");
    press(KEYCODE_UP);
    assert_true(is_shown("! 2048 docs of about 98 tokens"));
    assert_true(is_shown("never more than 128 MiB: about"));
    console.snap.bottleneck[0] = '\0';
    assert_true(is_shown("  unknown "));
}

static void zero_takes_a_rate_limit_away(void **state)
{
    (void)state;
    press('l');
    press('0');
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].knob, KNOB_RPM);
    assert_int_equal(heard[0].value, 0);
}

static void a_budget_is_typed_with_cents_and_says_what_is_needed(void **state)
{
    (void)state;
    press('l');
    for (int k = KNOB_RPM; k < KNOB_BUDGET; k++)
        press(KEYCODE_DOWN);
    assert_true(is_shown("~$1.96 at the end: enough"));
    type("1.5.0"); /* a sum has one point */
    press(KEYCODE_UP);
    assert_true(is_shown("~$1.96 at the end: not enough"));
    press(KEYCODE_DOWN);
    type("1");
    press(KEYCODE_UP);
    assert_true(is_shown("$1.22 is spent: embedders hold"));
    press(KEYCODE_DOWN);
    type("2000000000");
    press(KEYCODE_ENTER);
    assert_true(is_shown("! budget takes 0 to 1000000000 USD"));
    press(KEYCODE_RIGHT);
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].knob, KNOB_BUDGET);
    assert_int_equal(heard[0].value, 2 * KNOB_USD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, console_begin)
        T(a_typed_number_is_exact_and_a_step_walks_the_ladder),
        T(a_number_out_of_range_is_refused_beside_the_field),
        T(tune_opens_at_the_field_of_the_pane),
        T(a_budget_is_typed_with_cents_and_says_what_is_needed),
        T(zero_is_the_default_of_what_must_be_something),
        T(a_is_auto_of_what_the_program_finds),
        T(a_number_pins_what_was_found_and_undo_frees_it),
        T(tune_estimates_only_what_follows_from_what_is_measured),
        T(zero_takes_a_rate_limit_away),
#undef T
    };

    golden_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
