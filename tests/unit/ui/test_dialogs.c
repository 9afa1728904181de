/* Every dialog on every screen, and no key that draws outside of one. */
#include "config.h"
#include "tests/support/console/console_tools.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

static void each_dialog_fits_every_screen(void **state)
{
    static const struct {
        const char *name, *keys;
    } dialogs[] = {
        { "tune", "b" },       { "retry", "r" },
        { "retry-tagged", "6o j r" },
        { "change", "rjjjjc" }, { "change-elsewhere", "rjc" },
        { "change-tune", "rc" },
        { "leave", "q" },
        { "failure", "6oj\n" }, { "worker", "2\n" },   { "sure", "6oj\nx" },
        { "cause", "6jr" },      { "cause-documents", "6j\n" },
        { "prompt", ":re" },   { "filtering", "6/4" }, { "help", "?" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof dialogs / sizeof dialogs[0]; i++) {
        console_begin_with(SAMPLE_RUNNING, false);
        console_golden(dialogs[i].name, dialogs[i].keys);
    }
}

/* As the run would answer: an event that nobody has seen yet. */
static void happens(enum event_kind kind, const char *who, const char *text,
                    bool told)
{
    struct snapshot *snap = &console.snap;
    struct run_event *e = &snap->events[0];

    memset(e, 0, sizeof *e);
    e->seq = ++snap->event_newest;
    e->kind = kind;
    e->told = told;
    e->wall_s = SAMPLE_WALL_S - 60;
    e->at_ms = snap->now_ms - 60000;
    snprintf(e->who, sizeof e->who, "%s", who);
    snprintf(e->text, sizeof e->text, "%s", text);
    snap->event_count = 1;
    console_tools_draw(120, 40, NULL, "");
}

static void a_day_of_events(void)
{
    happens(EVENT_STATE, "run", "started", false);
    happens(EVENT_VIEWER, "viewer 2", "came", false);
    happens(EVENT_KNOB, "viewer 2",
            "embed batch 20 \xe2\x86\x92 50, from the next batch on", true);
    happens(EVENT_OUTAGE, "run",
            "the embedder is out: 127.0.0.1:39735: Failed to connect to "
            "127.0.0.1 port 39735 after 0 ms: Couldn't connect to server; it "
            "is asked again until it answers",
            false);
    happens(EVENT_END, "run", "the embedder serves again, after 7 min", false);
    happens(EVENT_CAUSE, "run", "new cause: EMBED 429 rate limited", false);
    console.log.ring[0].wall_s -= 86400;
}

static void the_log_of_the_run_can_be_read(void **state)
{
    (void)state;
    a_day_of_events();
    console_golden("events", "E");
    console_golden("events-outage", "jj");
    console_golden("events-found", "/viewer");
    press(KEYCODE_ENTER);
    assert_string_equal(open_dialog(), "events");
    assert_true(is_shown("Events with /viewer: 2 of 6"));
    press('/');
    press(KEYCODE_ESC);
    assert_true(is_shown("started"));
    press('E');
    assert_string_equal(open_dialog(), "");
    press(':');
    type("messages");
    press(KEYCODE_ENTER);
    assert_string_equal(open_dialog(), "events");
}

static void a_viewer_is_told_what_another_one_sets(void **state)
{
    (void)state;
    strcpy(console.snap.viewer, "console");
    happens(EVENT_KNOB, "viewer 2", "requests/min none \xe2\x86\x92 800", true);
    assert_string_equal(toast(),
                        "viewer 2: requests/min none \xe2\x86\x92 800");
    happens(EVENT_KNOB, "console", "requests/min 800 \xe2\x86\x92 900", true);
    assert_string_equal(toast(),
                        "viewer 2: requests/min none \xe2\x86\x92 800");
    happens(EVENT_STATE, "run", "paused", false);
    assert_int_equal(event_log_at(&console.log, 0)->seq, 3);
    assert_null(event_log_at(&console.log, 3));
}

static void who_comes_late_is_told_no_old_message(void **state)
{
    (void)state;
    console_begin_with(SAMPLE_RUNNING, false);
    console.log = (struct event_log){ .count = 0 };
    console.guest = true;
    console.view.toast_kind = TOAST_NONE;
    happens(EVENT_HOLD, "run", "embed holds: the key was refused", true);
    assert_string_equal(toast(), "");
    assert_string_equal(event_log_at(&console.log, 0)->text,
                        "embed holds: the key was refused");
    happens(EVENT_HOLD, "run", "upsert holds: the disk is full", true);
    assert_string_equal(toast(), "upsert holds: the disk is full");
}

static void no_key_in_any_dialog_on_any_screen_draws_outside(void **state)
{
    static const char opens[] = "bwlr?q:/6";
    static const int sizes[][2] = { { 1, 1 },   { 3, 2 },   { 12, 3 },
                                    { 20, 5 },  { 40, 12 }, { 59, 13 },
                                    { 80, 24 }, { 300, 100 } };
    unsigned seed = 1;

    (void)state;
    for (size_t o = 0; opens[o]; o++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            console_begin_with((enum sample)((o + i) % SAMPLE_COUNT), false);
            console_key(&console, opens[o]);
            for (int k = 0; k < 40 && heard_count + 40 < HEARD; k++) {
                seed = seed * 1103515245 + 12345;
                console_key(&console, (int)(seed >> 16) % 127 + 1);
                console_tools_draw(sizes[i][0], sizes[i][1], NULL, "");
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, console_begin)
        T(each_dialog_fits_every_screen),
        T(the_log_of_the_run_can_be_read),
        T(a_viewer_is_told_what_another_one_sets),
        T(who_comes_late_is_told_no_old_message),
        T(no_key_in_any_dialog_on_any_screen_draws_outside),
#undef T
    };

    golden_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
