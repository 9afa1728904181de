/* The keys: one table for dispatch, bar, help and manual. */
#include "config.h"
#include "tests/support/golden.h"
#include "tests/support/sample_snapshot.h"
#include "tests/support/tap.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/dialogs/dialog.h"
#include "ui/keys/keymap.h"

static struct snapshot snap;
static struct view view;

static const struct {
    int code;
    const char *does;
} promised[] = {
    { 'q', "quit: drain, stop or stay" },
    { KEYCODE_F10, "quit: drain, stop or stay" },
    { 'Q', "drain and quit" },
    { KEYCODE_CTRL_C, "drain, stop, leave" },
    { KEYCODE_ESC, "close, clear; never quits" },
    { '?', "this help" },
    { 'h', "this help" },
    { KEYCODE_F1, "this help" },
    { 'p', "pause, resume" },
    { 'P', "pause, resume this stage" },
    { 'b', "batches, or auto (Tune)" },
    { 'w', "workers, or auto (Tune)" },
    { 'l', "limits (Tune)" },
    { '+', "larger batch, this stage" },
    { '=', "larger batch, this stage" },
    { '-', "smaller batch, this stage" },
    { 'r', "retry failed documents" },
    { 'R', "retry all of this cause" },
    { 'u', "undo the last change" },
    { 'c', "checkpoint now" },
    { 'e', "export failures as JSONL" },
    { 'd', "detach, the run goes on" },
    { '/', "filter; ! inverts" },
    { 'n', "next match" },
    { 'N', "previous match" },
    { 'f', "follow the newest failure" },
    { 'o', "causes, or each failure" },
    { ':', "command, Tab completes" },
    { KEYCODE_TAB, "next pane" },
    { KEYCODE_BACK_TAB, "previous pane" },
    { '1', "go to a pane" },
    { '6', "go to a pane" },
    { 'z', "zoom the pane" },
    { KEYCODE_UP, "one row up" },
    { 'k', "one row up" },
    { KEYCODE_DOWN, "one row down" },
    { 'j', "one row down" },
    { KEYCODE_PAGE_UP, "one page up" },
    { KEYCODE_CTRL_B, "one page up" },
    { KEYCODE_PAGE_DOWN, "one page down" },
    { KEYCODE_CTRL_F, "one page down" },
    { KEYCODE_CTRL_U, "half a page up" },
    { KEYCODE_CTRL_D, "half a page down" },
    { 'g', "first row" },
    { KEYCODE_HOME, "first row" },
    { 'G', "last row" },
    { KEYCODE_END, "last row" },
    { ' ', "tag a failure for r, e" },
    { KEYCODE_ENTER, "open the row" },
    { 's', "sort by next column" },
    { 'S', "sort the other way round" },
    { 't', "time absolute or ago" },
    { 'v', "blocks, ASCII or braille" },
    { 'm', "mouse on, off" },
    { KEYCODE_CTRL_L, "redraw" },
    { KEYCODE_CTRL_Z, "suspend the screen" },
};

static void every_key_that_was_promised_is_bound(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof promised / sizeof promised[0]; i++)
        assert_string_equal(keymap_find(promised[i].code, false)->help,
                            promised[i].does);
}

static void no_code_means_two_things(void **state)
{
    (void)state;
    for (const struct keymap_row *row = keymap; row->help; row++)
        for (size_t k = 0; k < 6 && row->code[k]; k++)
            assert_ptr_equal(keymap_find(row->code[k], false), row);
}

static void each_key_has_one_function(void **state)
{
    (void)state;
    for (const struct keymap_row *row = keymap; row->help; row++)
        assert_true(!row->keys || !row->press != !row->turn);
}

static void a_console_that_only_looks_has_no_key_that_acts(void **state)
{
    size_t acting = 0;

    (void)state;
    for (const struct keymap_row *row = keymap; row->help; row++) {
        if (row->keys)
            assert_ptr_equal(keymap_find(row->code[0], true),
                             row->acts ? NULL : row);
        acting += row->acts;
    }
    assert_true(acting > 10);
    assert_non_null(keymap_find('q', true));
}

static bool on_bar(const char *key)
{
    for (size_t i = 0; i < view.keys; i++)
        if (strcmp(view.keybar[i].key, key) == 0)
            return true;
    return false;
}

static const char *word_on_bar(const char *key)
{
    for (size_t i = 0; i < view.keys; i++)
        if (strcmp(view.keybar[i].key, key) == 0)
            return view.keybar[i].word;
    return "";
}

static void bar(enum sample which, enum pane_id focus, bool read_only)
{
    view_init(&view);
    view.focus = focus;
    view.read_only = read_only;
    sample_snapshot(&snap, which);
    keymap_bar(&snap, &view);
}

static void the_bar_shows_only_what_acts_now(void **state)
{
    (void)state;
    bar(SAMPLE_RUNNING, PANE_EMBEDDERS, false);
    assert_string_equal(word_on_bar("p"), "Pause");
    assert_string_equal(word_on_bar("P"), "Pause EMBED");
    assert_string_equal(word_on_bar("r"), "Retry 408");
    assert_true(on_bar("/"));
    assert_false(on_bar("Space"));
    bar(SAMPLE_PAUSED, PANE_FAILURES, false);
    assert_string_equal(word_on_bar("p"), "Resume");
    assert_false(on_bar("P"));
    assert_true(on_bar("Space"));
    assert_true(on_bar("Enter"));
    assert_false(on_bar("a")); /* nothing is down */
    bar(SAMPLE_RETRYING, PANE_FAILURES, false);
    assert_string_equal(word_on_bar("a"), "Try now");
    bar(SAMPLE_STAGES, PANE_UPSERTERS, false);
    assert_string_equal(word_on_bar("p"), "Resume");
    assert_string_equal(word_on_bar("P"), "Resume UPSERT");
    bar(SAMPLE_DONE, PANE_EMBEDDERS, false);
    assert_false(on_bar("P"));
    bar(SAMPLE_DONE, PANE_LIMITS, false);
    assert_false(on_bar("p"));
    assert_false(on_bar("r"));
    assert_false(on_bar("/"));
    bar(SAMPLE_DRAINING, PANE_FAILURES, false);
    assert_false(on_bar("p"));
    assert_false(on_bar("r"));
    bar(SAMPLE_RUNNING, PANE_FAILURES, true);
    assert_false(on_bar("p"));
    assert_false(on_bar("b"));
    assert_false(on_bar("r"));
    assert_false(on_bar("Space"));
    assert_true(on_bar("q"));
}

static void what_the_bar_names_the_table_binds(void **state)
{
    (void)state;
    bar(SAMPLE_RUNNING, PANE_FAILURES, false);
    for (size_t i = 0; i < view.keys; i++) {
        bool found = false;

        for (const struct keymap_row *row = keymap; row->help; row++)
            found |= row->keys &&
                     strncmp(row->keys, view.keybar[i].key,
                             strlen(view.keybar[i].key)) == 0;
        assert_true(found);
    }
}

/* --- help ---------------------------------------------------------------------- */

enum { PAGES_MOST = 24 }; /* behind the last comes the first again */

/* All pages of the help at a size, one below the other. */
static void read_help(int cols, int rows, enum pane_id pane, bool read_only,
                      struct buf *to)
{
    static struct dialog d;
    struct canvas *c = canvas_new(rows, cols, false);

    memset(&d, 0, sizeof d);
    d.read_only = read_only;
    sample_snapshot(&snap, SAMPLE_RUNNING);
    dialog_help(&d, pane);
    for (int page = 0; page < PAGES_MOST; page++) {
        canvas_clear(c);
        dialog_draw(&d, &snap, c);
        golden_rows(to, c);
        dialog_key(&d, &snap, '?');
    }
    canvas_free(c);
}

static void the_help_tells_every_key_on_any_screen(void **state)
{
    static const int sizes[][2] = { { 120, 40 }, { 80, 24 }, { 60, 14 },
                                    { 40, 12 } };
    struct buf help;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        buf_init(&help);
        read_help(sizes[i][0], sizes[i][1], PANE_FAILURES, false, &help);
        buf_putc(&help, '\0');
        for (const struct keymap_row *row = keymap; row->help; row++) {
            assert_non_null(strstr(help.data, row->keys ? row->keys : "MOVE"));
            assert_non_null(strstr(help.data, row->help));
        }
        assert_null(strstr(help.data, "…"));
        buf_release(&help);
    }
}

static void the_help_of_a_reader_has_no_key_that_acts(void **state)
{
    struct buf help;

    (void)state;
    buf_init(&help);
    read_help(120, 40, PANE_LIMITS, true, &help);
    buf_putc(&help, '\0');
    assert_null(strstr(help.data, "pause, resume"));
    assert_null(strstr(help.data, "retry failed documents"));
    assert_non_null(strstr(help.data, "keys that act are hidden"));
    buf_release(&help);
}

static void the_help_of_each_pane_is_whole(void **state)
{
    struct buf help;

    (void)state;
    buf_init(&help);
    for (int id = 1; id < PANE_END; id++) {
        buf_clear(&help);
        read_help(80, 24, (enum pane_id)id, false, &help);
        buf_putc(&help, '\0');
        assert_null(strstr(help.data, "…"));
    }
    buf_release(&help);
}

/* --- manual --------------------------------------------------------------------- */

static char *read_manual(void)
{
    const char *srcdir = getenv("srcdir");
    char path[512];
    char *text = calloc(1, 1 << 20);
    FILE *f;

    snprintf(path, sizeof path, "%s/man/batchtop.1", srcdir ? srcdir : ".");
    f = fopen(path, "r");
    assert_non_null(f);
    assert_true(fread(text, 1, (1 << 20) - 1, f) > 0);
    fclose(f);
    return text;
}

/* "one row up" stands in the manual as a sentence under its key. */
static void the_manual_says_of_each_key_what_the_help_says(void **state)
{
    char *man = read_manual(), entry[256], escaped[64];

    (void)state;
    for (const struct keymap_row *row = keymap; row->help; row++) {
        size_t n = 0;

        if (!row->keys)
            continue;
        for (const char *p = row->keys; *p; p++) {
            if (*p == '-')
                escaped[n++] = '\\';
            escaped[n++] = *p;
        }
        escaped[n] = '\0';
        snprintf(entry, sizeof entry, ".B %s\n%c%s.\n", escaped,
                 toupper((unsigned char)row->help[0]), row->help + 1);
        if (!strstr(man, entry))
            fail_msg("man/batchtop.1 lacks:\n%s", entry);
    }
    free(man);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_that_was_promised_is_bound),
        cmocka_unit_test(no_code_means_two_things),
        cmocka_unit_test(each_key_has_one_function),
        cmocka_unit_test(a_console_that_only_looks_has_no_key_that_acts),
        cmocka_unit_test(the_bar_shows_only_what_acts_now),
        cmocka_unit_test(what_the_bar_names_the_table_binds),
        cmocka_unit_test(the_help_tells_every_key_on_any_screen),
        cmocka_unit_test(the_help_of_a_reader_has_no_key_that_acts),
        cmocka_unit_test(the_help_of_each_pane_is_whole),
        cmocka_unit_test(the_manual_says_of_each_key_what_the_help_says),
    };

    golden_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
