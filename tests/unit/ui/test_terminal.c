/*
 * What a terminal really shows: screen.c paints on one, libvterm reads the
 * bytes, and every cell has to be what the canvas says. Each frame is painted
 * over the one before, so nothing may be left of that.
 */
#include "config.h"

#ifndef HAVE_VTERM
#include <stdio.h>

int main(void)
{
    puts("1..0 # SKIP built without libvterm (Debian: libvterm-dev): nobody "
         "has looked at what a terminal shows");
    return 0;
}
#else
#include "tests/support/golden.h"
#include "tests/support/terminal/painter.h"
#include "tests/support/sample_snapshot.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "ui/console/console.h"

static const struct {
    struct painter_way way;
    enum theme theme;
    bool ascii;
    bool one_screen; /* no alternate one */
} ways[] = {
    { { "colours", "xterm-256color", "C.UTF-8", NULL, { 0 } },
      THEME_COLOR, false, false },
    { { "eight colours, NO_COLOR empty", "screen", "C.UTF-8", "", { 0 } },
      THEME_COLOR, false, false },
    { { "NO_COLOR", "xterm-256color", "C.UTF-8", "1", { 0 } },
      THEME_MONO, false, false },
    { { "--color=never", "xterm-256color", "C.UTF-8", NULL,
        { .color = APP_COLOR_NEVER } },
      THEME_MONO, false, false },
    { { "--color=always", "xterm-256color", "C.UTF-8", "1",
        { .color = APP_COLOR_ALWAYS } },
      THEME_COLOR, false, false },
    { { "a terminal without colours", "vt220", "C.UTF-8", NULL, { 0 } },
      THEME_MONO, false, true },
    { { "--high-contrast", "xterm-256color", "C.UTF-8", NULL,
        { .high_contrast = true } },
      THEME_CONTRAST, false, false },
    { { "--ascii", "xterm-256color", "C.UTF-8", NULL, { .ascii = true } },
      THEME_COLOR, true, false },
    { { "not UTF-8", "xterm-256color", "C", NULL, { 0 } },
      THEME_COLOR, true, false },
};

enum { WAYS = sizeof ways / sizeof ways[0] };

static const char before[] = "what stood here before";
static struct terminal_model *model;
static struct painter *painter;
static struct console console;
static struct canvas *canvas;
static size_t at; /* of ways */

/* --- one terminal ---------------------------------------------------------------- */

static bool answer(void *run, const struct command *c, char *said,
                   size_t said_size, struct error *err)
{
    (void)run;
    (void)err;
    snprintf(said, said_size, "heard %d", (int)c->kind);
    return true;
}

static void take_terminal(size_t way, int rows, int cols)
{
    at = way;
    model = terminal_model_new(rows, cols);
    assert_non_null(model);
    terminal_model_feed(model, before, sizeof before - 1);
    painter = painter_start(&ways[way].way, rows, cols, model);
    assert_non_null(painter);
    canvas = canvas_new(rows, cols, ways[way].ascii);
    assert_non_null(canvas);
    console_init(&console, &(struct door){ .command = answer }, false);
    console.wall_s = SAMPLE_WALL_S;
}

static void resize(int rows, int cols)
{
    assert_true(painter_resize(painter, rows, cols));
    assert_true(canvas_resize(canvas, rows, cols));
}

static void no_difference(const char *what)
{
    char why[256];

    if (terminal_model_shows(model, canvas, ways[at].theme, why, sizeof why))
        return;
    terminal_model_print(model);
    fail_msg("%s, %s, %dx%d: %s", ways[at].way.name, what, canvas->cols,
             canvas->rows, why);
}

/* Draw the moment, paint it, and look at the terminal. */
static void show(const char *what)
{
    struct terminal_modes modes;
    int row, col;

    console_see(&console);
    console_draw(&console, canvas, &row, &col);
    assert_true(painter_show(painter, canvas, row, col));
    no_difference(what);
    modes = terminal_model_modes(model);
    assert_string_equal(modes.unknown, "");
    assert_int_equal(modes.altscreen, !ways[at].one_screen);
    assert_false(modes.cursor);
    assert_int_equal(modes.row, row < 0 ? canvas->rows - 1 : row);
    assert_int_equal(modes.col, row < 0 ? canvas->cols - 1 : col);
}

static void show_sample(enum sample which)
{
    sample_snapshot(&console.snap, which);
    show(sample_name(which));
}

static void press(int key)
{
    console_key(&console, key);
    show("after a key");
}

/* The terminal is as it was. */
static void give_back(void)
{
    struct terminal_modes modes;

    assert_true(painter_close(painter));
    modes = terminal_model_modes(model);
    assert_false(modes.altscreen);
    assert_true(modes.cursor);
    assert_false(modes.mouse);
    assert_string_equal(modes.unknown, "");
    terminal_model_free(model);
    canvas_free(canvas);
}

/* --- tests ---------------------------------------------------------------------- */

static void every_cell_of_every_state_arrives_at_every_size(void **state)
{
    static const int sizes[][2] = {
        { 24, 80 }, { 60, 200 }, { 12, 40 }, { 40, 120 }, { 5, 20 }
    };

    (void)state;
    for (size_t way = 0; way < WAYS; way++) {
        take_terminal(way, 24, 80);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            resize(sizes[i][0], sizes[i][1]);
            for (size_t which = way % 3; which < SAMPLE_COUNT;
                 which += way ? 3 : 1)
                show_sample((enum sample)which);
        }
        resize(24, 80);
        give_back();
    }
}

static void dialogs_go_without_a_trace(void **state)
{
    static const char keys[] = "?\033b128\033r\033q\0336j\n\033:re\033zvz6/4\n\033"
                               "2\n\033 sSt1z2z3z4z5z";

    (void)state;
    for (size_t way = 0; way < WAYS; way += WAYS - 1) {
        take_terminal(way, 40, 120);
        show_sample(SAMPLE_RUNNING);
        for (const char *key = keys; *key; key++)
            press(*key == '\n' ? KEYCODE_ENTER : (unsigned char)*key);
        resize(12, 40);
        for (const char *key = keys; *key; key++)
            press(*key == '\n' ? KEYCODE_ENTER : (unsigned char)*key);
        give_back();
    }
}

static void any_size_can_follow_any_other(void **state)
{
    (void)state;
    take_terminal(0, 1, 1);
    for (int i = 0; i < 60; i++) {
        resize(1 + i * 31 % 100, 1 + i * 97 % 300);
        show_sample((enum sample)(i % SAMPLE_COUNT));
    }
    give_back();
}

static void a_redraw_mends_what_others_have_written(void **state)
{
    static const char mess[] = "\033[2J\033[31;44mthe system goes down";

    (void)state;
    take_terminal(0, 24, 80);
    show_sample(SAMPLE_RUNNING);
    terminal_model_feed(model, mess, sizeof mess - 1);
    assert_true(painter_redraw(painter));
    show_sample(SAMPLE_RUNNING);
    give_back();
}

static void afterwards_the_terminal_shows_what_stood_there(void **state)
{
    struct buf dump;

    (void)state;
    buf_init(&dump);
    take_terminal(0, 24, 80);
    show_sample(SAMPLE_RUNNING);
    assert_true(painter_close(painter));
    terminal_model_dump(model, &dump);
    assert_memory_equal(dump.data, before, sizeof before - 1);
    for (size_t i = sizeof before - 1; i < dump.len; i++)
        assert_true(dump.data[i] == ' ' || dump.data[i] == '\n');
    buf_release(&dump);
    terminal_model_free(model);
    canvas_free(canvas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_of_every_state_arrives_at_every_size),
        cmocka_unit_test(dialogs_go_without_a_trace),
        cmocka_unit_test(any_size_can_follow_any_other),
        cmocka_unit_test(a_redraw_mends_what_others_have_written),
        cmocka_unit_test(afterwards_the_terminal_shows_what_stood_there),
    };

    golden_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
