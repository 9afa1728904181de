/* The keys that act at once, undo, and a console that only looks. */
#include "config.h"
#include "tests/support/console/console_tools.h"
#include "tests/support/tap.h"

#include <string.h>

enum { EMBED = 1 << STAGE_EMBED, UPSERT = 1 << STAGE_UPSERT };

static void is_turned(size_t i, enum command_kind kind, uint32_t stages)
{
    assert_int_equal(heard[i].kind, kind);
    assert_int_equal(heard[i].stages, stages);
}

static void plus_steps_the_batch_of_the_pane_at_most_four_times_a_second(
    void **state)
{
    (void)state;
    press('+');
    press('+'); /* at once: a held key */
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].value, 128);
    console.snap.now_ms += 300;
    press('3');
    press('-');
    assert_int_equal(heard_count, 2);
    assert_int_equal(heard[1].knob, KNOB_UPSERT_BATCH);
    assert_int_equal(heard[1].value, 192);
}

static void undo_takes_the_last_change_back_once(void **state)
{
    (void)state;
    press('+');
    assert_string_equal(console.view.toast_key.key, "u");
    press('u');
    assert_int_equal(heard_count, 2);
    assert_int_equal(heard[1].value, 96);
    press('u');
    assert_int_equal(heard_count, 2);
    assert_string_equal(toast(), "there is nothing to undo");
}

static void undo_takes_all_back_that_tune_changed(void **state)
{
    (void)state;
    press('b');
    type("250");
    press(KEYCODE_DOWN);
    type("300");
    press(KEYCODE_ENTER);
    assert_string_equal(toast(), "heard 3; heard 3");
    press('u');
    assert_int_equal(heard_count, 4);
    assert_int_equal(heard[2].knob, KNOB_EMBED_BATCH);
    assert_int_equal(heard[2].value, 96);
    assert_int_equal(heard[3].knob, KNOB_UPSERT_BATCH);
    assert_int_equal(heard[3].value, 256);
    press('u');
    assert_string_equal(toast(), "there is nothing to undo");
    press('+');
    press('u'); /* of that alone */
    assert_int_equal(heard_count, 6);
}

static void undo_comes_too_late_after_half_a_minute(void **state)
{
    (void)state;
    press('p');
    console.snap.now_ms += 31000;
    press('u');
    assert_int_equal(heard_count, 1);
    assert_string_equal(toast(), "too late to undo that: 30 s have passed");
}

static void pause_and_resume_are_one_key_and_undo_each_other(void **state)
{
    (void)state;
    press('p');
    press('p');
    press('p');
    press('u');
    assert_int_equal(heard_count, 4);
    assert_int_equal(heard[0].kind, COMMAND_PAUSE);
    assert_int_equal(heard[1].kind, COMMAND_RESUME);
    assert_int_equal(heard[2].kind, COMMAND_PAUSE);
    assert_int_equal(heard[3].kind, COMMAND_RESUME);
}

static void the_stage_in_focus_is_paused_and_resumed_alone(void **state)
{
    (void)state;
    press('2');
    press('P');
    is_turned(0, COMMAND_PAUSE, EMBED);
    press('3');
    press('P');
    is_turned(1, COMMAND_PAUSE, UPSERT);
    assert_string_equal(console.view.toast_key.key, "u");
    press('2');
    press('P');
    is_turned(2, COMMAND_RESUME, EMBED);
    press('6');
    press('P');
    assert_int_equal(heard_count, 3);
    assert_non_null(strstr(toast(), "choose a stage first"));
}

static void an_undo_turns_the_stages_that_were_turned(void **state)
{
    (void)state;
    press('3');
    press('P');
    press('u');
    is_turned(1, COMMAND_RESUME, UPSERT);
    press('P');
    press('p'); /* resumes all there is */
    is_turned(3, COMMAND_RESUME, 0);
    press('u');
    is_turned(4, COMMAND_PAUSE, UPSERT);
    type(":pause");
    press(KEYCODE_ENTER);
    assert_int_equal(console.snap.paused, STAGES_ALL);
    press('u');
    is_turned(6, COMMAND_RESUME, STAGES_INTAKE);
    assert_int_equal(console.snap.paused, UPSERT);
}

static void the_line_names_a_stage(void **state)
{
    (void)state;
    type(":pause embed");
    press(KEYCODE_ENTER);
    is_turned(0, COMMAND_PAUSE, EMBED);
    type(":pause READ");
    press(KEYCODE_ENTER);
    is_turned(1, COMMAND_PAUSE, 1 << STAGE_READ);
    type(":resume ");
    press(KEYCODE_ENTER);
    is_turned(2, COMMAND_RESUME, 0);
}

static void what_the_engine_refuses_stands_there_until_a_key(void **state)
{
    (void)state;
    refusal = "the engine says no";
    press('p');
    assert_string_equal(toast(), "the engine says no");
    console.snap.now_ms += 60000;
    console_tools_draw(120, 40, NULL, "");
    assert_string_equal(toast(), "the engine says no");
    press('j');
    assert_string_equal(toast(), "");
}

static void a_console_that_only_looks_changes_nothing(void **state)
{
    static const char keys[] = "pbwl+-rRuce QXx";

    (void)state;
    console_begin_with(SAMPLE_RUNNING, true);
    type("6ro");
    for (size_t i = 0; keys[i]; i++) {
        press(keys[i]);
        assert_string_equal(open_dialog(), "");
    }
    press('j');
    press(KEYCODE_ENTER);
    assert_string_equal(open_dialog(), "failure");
    type("rRxe");
    press(KEYCODE_ESC);
    press(':');
    type("batch 5");
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 0);
    press('q');
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].kind, COMMAND_DRAIN);
}

static void an_unknown_key_is_answered_once_a_second(void **state)
{
    (void)state;
    console_begin_with(SAMPLE_RUNNING, true);
    press('p');
    assert_string_equal(toast(), "this console only looks (--read-only)");
    console_begin_with(SAMPLE_RUNNING, false);
    press('X');
    assert_string_equal(toast(), "? shows the keys");
    console.view.toast_kind = TOAST_NONE;
    press('X');
    assert_string_equal(toast(), "");
    console.snap.now_ms += 1100;
    press('X');
    assert_string_equal(toast(), "? shows the keys");
}

static void a_click_chooses_a_row_and_another_opens_it(void **state)
{
    const struct pane_view *p = &console.view.pane[PANE_FAILURES];
    struct mouse click;

    (void)state;
    type("o2");
    click = (struct mouse){ p->list_row + 2, p->col + 10, 0 };
    console_mouse(&console, &click);
    console_tools_draw(120, 40, NULL, "");
    assert_int_equal(console.view.focus, PANE_FAILURES);
    assert_int_equal(console.view.failure_at, 2);
    console_mouse(&console, &click);
    assert_string_equal(open_dialog(), "failure");
    press(KEYCODE_ESC);
    console_mouse(&console, &(struct mouse){ click.row, click.col, 1 });
    console_tools_draw(120, 40, NULL, "");
    assert_int_equal(console.view.failure_at, 5);
}

static void A_does_what_is_advised_and_u_undoes_it_a_minute_later(void **state)
{
    (void)state;
    press('A');
    assert_int_equal(heard_count, 0);
    assert_string_equal(toast(), "nothing is advised now");
    console_begin_with(SAMPLE_ADVISED, false);
    assert_true(is_shown("do: b 20"));
    assert_true(is_shown("A does it"));
    press('A');
    assert_int_equal(heard_count, 1);
    is_turned(0, COMMAND_SET, 0);
    assert_int_equal(heard[0].knob, KNOB_EMBED_BATCH);
    assert_int_equal(heard[0].value, 100);
    console.snap.now_ms += 90000;
    press('u');
    assert_int_equal(heard_count, 2);
    assert_int_equal(heard[1].value, 20);
}

static void what_no_setting_does_is_not_offered(void **state)
{
    (void)state;
    console_begin_with(SAMPLE_ADVISED, false);
    console.snap.advice.can = false;
    press('A');
    assert_int_equal(heard_count, 0);
    assert_string_equal(toast(), "that is for you to do: no setting does it");
    assert_false(is_shown("A does it"));
    console_begin_with(SAMPLE_ADVISED, true);
    assert_false(is_shown("A does it"));
    press('A');
    assert_int_equal(heard_count, 0);
}

static void the_keys_that_show_change_the_view_alone(void **state)
{
    (void)state;
    press('t');
    assert_true(console.view.ago);
    press('v');
    assert_int_equal(console.view.graph, GRAPH_ASCII);
    press('v');
    assert_int_equal(console.view.graph, GRAPH_BRAILLE);
    press('m');
    assert_true(console.mouse);
    press('m');
    assert_false(console.mouse);
    press('z');
    assert_true(console.view.zoomed);
    press('z');
    assert_false(console.view.zoomed);
    press(KEYCODE_TAB);
    assert_int_equal(console.view.focus, PANE_UPSERTERS);
    press(KEYCODE_BACK_TAB);
    press(KEYCODE_BACK_TAB);
    assert_int_equal(console.view.focus, PANE_PIPELINE);
    press(KEYCODE_BACK_TAB);
    assert_int_equal(console.view.focus, PANE_FAILURES);
    assert_int_equal(console_key(&console, KEYCODE_CTRL_L), CONSOLE_REDRAW);
    assert_int_equal(console_key(&console, KEYCODE_CTRL_Z), CONSOLE_SUSPEND);
    assert_int_equal(heard_count, 0);
}

static void EM_47_pause_asks_for_a_budget_when_it_is_spent(void **state)
{
    (void)state;
    console_begin_with(SAMPLE_SPENT, false);
    press('p');
    assert_int_equal(heard_count, 0); /* nothing is resumed */
    assert_string_equal(open_dialog(), "tune");
    assert_string_equal(toast(), "the budget is spent: a larger one goes on, "
                                 "0 is none");
    type("2.50");
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].kind, COMMAND_SET);
    assert_int_equal(heard[0].knob, KNOB_BUDGET);
    assert_int_equal(heard[0].value, 2500000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, console_begin)
        T(EM_47_pause_asks_for_a_budget_when_it_is_spent),
        T(plus_steps_the_batch_of_the_pane_at_most_four_times_a_second),
        T(undo_takes_the_last_change_back_once),
        T(undo_takes_all_back_that_tune_changed),
        T(undo_comes_too_late_after_half_a_minute),
        T(pause_and_resume_are_one_key_and_undo_each_other),
        T(the_stage_in_focus_is_paused_and_resumed_alone),
        T(an_undo_turns_the_stages_that_were_turned),
        T(the_line_names_a_stage),
        T(what_the_engine_refuses_stands_there_until_a_key),
        T(a_console_that_only_looks_changes_nothing),
        T(an_unknown_key_is_answered_once_a_second),
        T(a_click_chooses_a_row_and_another_opens_it),
        T(A_does_what_is_advised_and_u_undoes_it_a_minute_later),
        T(what_no_setting_does_is_not_offered),
        T(the_keys_that_show_change_the_view_alone),
#undef T
    };

    golden_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
