/* Leaving: asked, by signal, as a guest, and behind the colon. */
#include "config.h"
#include "tests/support/console/console_tools.h"
#include "tests/support/tap.h"

#include <string.h>

static void q_asks_and_esc_never_quits(void **state)
{
    (void)state;
    press('q');
    assert_string_equal(open_dialog(), "leave");
    for (int i = 0; i < 5; i++)
        press(KEYCODE_ESC);
    assert_int_equal(heard_count, 0);
    assert_false(console.left);
    press('q');
    press(KEYCODE_ENTER);
    assert_int_equal(heard[0].kind, COMMAND_DRAIN);
    press('q'); /* while it drains: stop now */
    assert_int_equal(heard[1].kind, COMMAND_STOP);
    assert_true(console.left);
}

static void the_leave_dialog_stops_or_detaches(void **state)
{
    (void)state;
    press('q');
    press('d');
    assert_true(console.detached);
    assert_false(console.left);
    assert_int_equal(heard_count, 0);
    press('q');
    press('s');
    assert_int_equal(heard[0].kind, COMMAND_STOP);
    assert_true(console.left);
}

/* Who only came to see must not end what others began by habit. */
static void a_guest_is_offered_to_detach_first(void **state)
{
    struct buf shown;

    (void)state;
    buf_init(&shown);
    console.guest = console.dialog.guest = true;
    press('q');
    console_tools_draw(120, 40, &shown, "a guest");
    assert_non_null(strstr(buf_cstr(&shown), "batchtop attach corpus"));
    assert_non_null(strstr(buf_cstr(&shown), "Enter  Detach "));
    assert_null(strstr(buf_cstr(&shown), "Enter  Drain"));
    buf_release(&shown);
    press(KEYCODE_ENTER);
    assert_true(console.detached);
    console.detached = false;
    press(KEYCODE_CTRL_C);
    assert_string_equal(open_dialog(), "leave");
    assert_int_equal(heard_count, 0);
    press('s');
    assert_int_equal(heard[0].kind, COMMAND_STOP);
}

/* LD-37: the whole line, over several rows if it has to be. */
static void a_long_line_to_come_back_with_is_shown_whole(void **state)
{
    static const char line[] =
        "batchtop resume corpus --embed 'exec:python3 embed.py "
        "all-MiniLM-L6-v2' --checkpoint-dir '/srv/a folder/of checkpoints' end";
    char word[40];
    struct buf shown;

    (void)state;
    strcpy(console.snap.resume_line, line);
    press('q');
    buf_init(&shown);
    console_tools_draw(120, 40, &shown, "a long line");
    for (const char *at = line; *at; at += strspn(at, " ")) {
        size_t n = strcspn(at, " ");

        memcpy(word, at, n);
        word[n] = '\0';
        if (!strstr(buf_cstr(&shown), word))
            fail_msg("\"%s\" is not in\n%s", word, buf_cstr(&shown));
        at += n;
    }
    buf_release(&shown);
}

static void a_guest_that_only_looks_leaves_at_once(void **state)
{
    (void)state;
    console_begin_with(SAMPLE_RUNNING, true);
    console.guest = console.dialog.guest = true;
    press('q');
    assert_true(console.detached);
    assert_false(console.left);
    assert_int_equal(heard_count, 0);
    type(":drain");
    press(KEYCODE_ENTER);
    assert_non_null(strstr(toast(), "there is no command \"drain\""));
    type(":quit!");
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 0);
}

static void quit_behind_the_colon_leaves_a_run_to_those_who_began_it(
    void **state)
{
    (void)state;
    console.guest = console.dialog.guest = true;
    type(":quit");
    press(KEYCODE_ENTER);
    assert_true(console.detached);
    assert_int_equal(heard_count, 0);
    console.detached = false;
    type(":drain"); /* that is meant */
    press(KEYCODE_ENTER);
    assert_int_equal(heard[0].kind, COMMAND_DRAIN);
}

static void q_leaves_at_once_when_nothing_is_under_way(void **state)
{
    (void)state;
    console_begin_with(SAMPLE_DONE_OWING, false);
    assert_false(console_ended(&console)); /* failures are owed */
    press('q');
    assert_true(console.left);
    assert_int_equal(heard_count, 0);
}

/* No retry helps where the records lack the field that was asked for. */
static void IN_35_the_end_names_the_options_that_read_the_records(void **state)
{
    (void)state;
    console_begin_with(SAMPLE_DONE_OWING, false);
    strcpy(console.snap.mend, "--id-field doc_id");
    console.done_said = false;
    console_see(&console);
    assert_non_null(strstr(toast(), "--id-field doc_id"));
    assert_null(strstr(toast(), "r retries"));
}

static void a_finished_run_ends_the_console_unless_it_shall_stay(void **state)
{
    (void)state;
    console_begin_with(SAMPLE_DONE, false);
    assert_true(console_ended(&console));
    console.stay = true;
    console_see(&console);
    assert_false(console_ended(&console));
    assert_string_equal(toast(), "done; q leaves");
    press('q');
    assert_true(console.left);
}

static void control_c_drains_then_stops_then_leaves(void **state)
{
    (void)state;
    assert_int_equal(console_key(&console, KEYCODE_CTRL_C), CONSOLE_NOTHING);
    assert_int_equal(heard[0].kind, COMMAND_DRAIN);
    assert_non_null(strstr(toast(), "^C again stops now"));
    assert_int_equal(console_key(&console, KEYCODE_CTRL_C), CONSOLE_NOTHING);
    assert_int_equal(heard[1].kind, COMMAND_STOP);
    assert_int_equal(console_key(&console, KEYCODE_CTRL_C), CONSOLE_ABANDON);
}

static void d_leaves_the_run_going(void **state)
{
    (void)state;
    press('d');
    assert_true(console.detached);
    console.detached = false;
    press(':');
    type("detach");
    press(KEYCODE_ENTER);
    assert_true(console.detached);
    assert_string_equal(open_dialog(), "");
    assert_int_equal(heard_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, console_begin)
        T(q_asks_and_esc_never_quits),
        T(the_leave_dialog_stops_or_detaches),
        T(a_guest_is_offered_to_detach_first),
        T(a_long_line_to_come_back_with_is_shown_whole),
        T(a_guest_that_only_looks_leaves_at_once),
        T(quit_behind_the_colon_leaves_a_run_to_those_who_began_it),
        T(q_leaves_at_once_when_nothing_is_under_way),
        T(a_finished_run_ends_the_console_unless_it_shall_stay),
        T(IN_35_the_end_names_the_options_that_read_the_records),
        T(control_c_drains_then_stops_then_leaves),
        T(d_leaves_the_run_going),
#undef T
    };

    golden_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
