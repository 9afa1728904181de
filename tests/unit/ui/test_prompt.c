/* The ':' line: its words, completion and history. */
#include "config.h"
#include "tests/support/console/console_tools.h"
#include "tests/support/tap.h"

#include <string.h>

static void the_line_can_put_a_retry_off_to_the_end(void **state)
{
    (void)state;
    press(':');
    type("retry-at-end 429");
    press(KEYCODE_ENTER);
    assert_int_equal(heard[0].kind, COMMAND_RETRY);
    assert_int_equal(heard[0].when, RETRY_AT_END);
    assert_string_equal(heard[0].select.kind, "429");
    console.snap.retries_at_end = 1;
    assert_true(is_shown("a retry waits for the end"));
    press(':');
    type("retry");
    press(KEYCODE_ENTER);
    assert_int_equal(heard[1].when, RETRY_NOW);
}

static void tab_completes_as_far_as_all_agree(void **state)
{
    (void)state;
    press(':');
    type("che");
    press(KEYCODE_TAB);
    assert_string_equal(console.dialog.line.text, "checkpoint");
    press(KEYCODE_CTRL_U);
    type("u");
    press(KEYCODE_TAB);
    assert_string_equal(console.dialog.line.text, "upsert-");
    type("w");
    press(KEYCODE_TAB);
    assert_string_equal(console.dialog.line.text, "upsert-workers ");
    press('2');
    press(KEYCODE_ENTER);
    assert_int_equal(heard[0].knob, KNOB_UPSERT_WORKERS);
    assert_int_equal(heard[0].value, 2);
}

static void tab_completes_auto_where_a_setting_takes_it(void **state)
{
    (void)state;
    press(':');
    type("store-workers a");
    press(KEYCODE_TAB);
    assert_string_equal(console.dialog.line.text, "store-workers auto");
    press(KEYCODE_ENTER);
    assert_int_equal(heard[0].knob, KNOB_UPSERT_WORKERS);
    assert_int_equal(heard[0].value, KNOB_AUTO);
    press(':');
    type("w ");
    press(KEYCODE_TAB);
    assert_string_equal(console.dialog.line.text, "workers auto");
    press(KEYCODE_CTRL_U);
    type("w 8");
    press(KEYCODE_TAB);
    assert_string_equal(console.dialog.line.text, "w 8");
    press(KEYCODE_CTRL_U);
    type("rpm ");
    press(KEYCODE_TAB);
    assert_string_equal(console.dialog.line.text, "rpm ");
}

static void a_short_beginning_means_what_a_hand_is_used_to(void **state)
{
    static const struct {
        const char *line;
        enum command_kind kind;
        enum knob knob;
    } cases[] = { { "b 7", COMMAND_SET, KNOB_EMBED_BATCH },
                  { "embed-workers=7", COMMAND_SET, KNOB_EMBED_WORKERS },
                  { "upsert-b 7", COMMAND_SET, KNOB_UPSERT_BATCH },
                  { "store-b 7", COMMAND_SET, KNOB_UPSERT_BATCH },
                  { "w 2", COMMAND_SET, KNOB_EMBED_WORKERS },
                  { "embed-w 2", COMMAND_SET, KNOB_EMBED_WORKERS },
                  { "bu 7", COMMAND_SET, KNOB_BUDGET },
                  { "mem 50", COMMAND_SET, KNOB_MEMORY_PCT },
                  { "max 50", COMMAND_SET, KNOB_MEMORY_PCT },
                  { "e f.jsonl", COMMAND_EXPORT, 0 },
                  { "c", COMMAND_CHECKPOINT, 0 },
                  { "sto", COMMAND_NONE, 0 }, /* stop, store-batch, ... */
                  { "stop", COMMAND_STOP, 0 },
                  { "quit!", COMMAND_STOP, 0 } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        heard_count = 0;
        press(':');
        type(cases[i].line);
        press(KEYCODE_ENTER);
        assert_int_equal(heard_count, cases[i].kind != COMMAND_NONE);
        if (!heard_count)
            continue;
        assert_int_equal(heard[0].kind, cases[i].kind);
        assert_int_equal(heard[0].knob, cases[i].knob);
    }
}

static void the_line_has_a_history(void **state)
{
    (void)state;
    press(':');
    type("batch 7");
    press(KEYCODE_ENTER);
    press(':');
    type("checkpoint");
    press(KEYCODE_ENTER);
    press(':');
    press(KEYCODE_UP);
    press(KEYCODE_UP);
    assert_string_equal(console.dialog.line.text, "batch 7");
    press(KEYCODE_DOWN);
    assert_string_equal(console.dialog.line.text, "checkpoint");
    press(KEYCODE_DOWN);
    assert_string_equal(console.dialog.line.text, "");
}

static void a_bad_line_says_what_is_wrong_and_does_nothing(void **state)
{
    static const char *const lines[][2] = {
        { "frobnicate 3", "there is no command \"frobnicate\"" },
        { "drian", "did you mean :drain?" },
        { "set embed-batch=10", "did you mean :embed-batch=10?" },
        { "set embd-batch 10", "did you mean :embed-batch 10?" },
        { "batch many", "embed-batch: \"many\" is no number" },
        { "workers", "embed-workers wants a number" },
        { "pause now", "\"now\" is no stage: read, embed or upsert" },
        { "drain now", "drain takes nothing behind it" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        press(':');
        type(lines[i][0]);
        press(KEYCODE_ENTER);
        assert_non_null(strstr(toast(), lines[i][1]));
    }
    assert_int_equal(heard_count, 0);
}

static void without_room_for_a_dialog_there_is_the_line(void **state)
{
    static const struct {
        char key;
        const char *line;
    } cases[] = { { 'b', "embed-batch " }, { 'w', "embed-workers " },
                  { 'l', "rpm " }, { 'r', "retry " }, { 'q', "quit" } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        console_tools_draw(20, 5, NULL, "");
        console_key(&console, cases[i].key);
        assert_string_equal(open_dialog(), "prompt");
        assert_string_equal(console.dialog.line.text, cases[i].line);
        console_key(&console, KEYCODE_ESC);
    }
    console_tools_draw(20, 5, NULL, "");
    console_key(&console, 'q');
    console_key(&console, KEYCODE_ENTER);
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].kind, COMMAND_DRAIN);
}

static void the_line_takes_characters_of_any_length(void **state)
{
    (void)state;
    press(':');
    type("export ");
    press(0x8a18);
    press(0x1f600);
    press(0xe9);
    assert_string_equal(console.dialog.line.text,
                        "export \xe8\xa8\x98\xf0\x9f\x98\x80\xc3\xa9");
    press(KEYCODE_BACKSPACE);
    press(KEYCODE_BACKSPACE);
    assert_string_equal(console.dialog.line.text, "export \xe8\xa8\x98");
    for (int i = 0; i < 300; i++)
        press(0x8a18);
    assert_true(console.dialog.line.len < LINE_MAX_BYTES);
    assert_int_equal(console.dialog.line.len % 3, 1); /* whole ones only */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, console_begin)
        T(the_line_can_put_a_retry_off_to_the_end),
        T(tab_completes_as_far_as_all_agree),
        T(tab_completes_auto_where_a_setting_takes_it),
        T(a_short_beginning_means_what_a_hand_is_used_to),
        T(the_line_has_a_history),
        T(a_bad_line_says_what_is_wrong_and_does_nothing),
        T(without_room_for_a_dialog_there_is_the_line),
        T(the_line_takes_characters_of_any_length),
#undef T
    };

    golden_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
