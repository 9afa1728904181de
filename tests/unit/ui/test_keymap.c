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

static void every_key_that_was_promised_is_bound(void **state)
{
    static const struct {
        int code;
        enum action action;
    } keys[] = {
        { 'q', ACTION_QUIT }, { KEYCODE_F10, ACTION_QUIT },
        { 'Q', ACTION_DRAIN }, { KEYCODE_CTRL_C, ACTION_INTERRUPT },
        { KEYCODE_ESC, ACTION_CLOSE },
        { '?', ACTION_HELP }, { 'h', ACTION_HELP }, { KEYCODE_F1, ACTION_HELP },
        { 'p', ACTION_PAUSE }, { 'P', ACTION_PAUSE_STAGE },
        { 'b', ACTION_TUNE_BATCH }, { 'w', ACTION_TUNE_WORKERS },
        { 'l', ACTION_TUNE_LIMITS },
        { '+', ACTION_MORE }, { '=', ACTION_MORE }, { '-', ACTION_LESS },
        { 'r', ACTION_RETRY }, { 'R', ACTION_RETRY_KIND },
        { 'u', ACTION_UNDO }, { 'c', ACTION_CHECKPOINT },
        { 'e', ACTION_EXPORT }, { 'd', ACTION_DETACH },
        { '/', ACTION_FILTER }, { 'n', ACTION_NEXT }, { 'N', ACTION_PREVIOUS },
        { 'f', ACTION_FOLLOW }, { ':', ACTION_PROMPT },
        { KEYCODE_TAB, ACTION_NEXT_PANE },
        { KEYCODE_BACK_TAB, ACTION_PREVIOUS_PANE },
        { '1', ACTION_PANE }, { '6', ACTION_PANE },
        { 'z', ACTION_ZOOM },
        { KEYCODE_UP, ACTION_UP }, { 'k', ACTION_UP },
        { KEYCODE_DOWN, ACTION_DOWN }, { 'j', ACTION_DOWN },
        { KEYCODE_PAGE_UP, ACTION_PAGE_UP }, { KEYCODE_CTRL_B, ACTION_PAGE_UP },
        { KEYCODE_PAGE_DOWN, ACTION_PAGE_DOWN },
        { KEYCODE_CTRL_F, ACTION_PAGE_DOWN },
        { KEYCODE_CTRL_U, ACTION_HALF_UP }, { KEYCODE_CTRL_D, ACTION_HALF_DOWN },
        { 'g', ACTION_FIRST }, { KEYCODE_HOME, ACTION_FIRST },
        { 'G', ACTION_LAST }, { KEYCODE_END, ACTION_LAST },
        { ' ', ACTION_TAG }, { KEYCODE_ENTER, ACTION_OPEN },
        { 's', ACTION_SORT }, { 'S', ACTION_REVERSE },
        { 't', ACTION_TIME }, { 'v', ACTION_GRAPH }, { 'm', ACTION_MOUSE },
        { KEYCODE_CTRL_L, ACTION_REDRAW }, { KEYCODE_CTRL_Z, ACTION_SUSPEND },
    };

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_int_equal(keymap_find(keys[i].code, false), keys[i].action);
}

static void no_code_means_two_things(void **state)
{
    const struct keymap_row *a, *b;

    (void)state;
    for (size_t i = 0; (a = keymap_at(i)); i++)
        for (size_t k = 0; k < 4 && a->code[k]; k++)
            for (size_t j = i + 1; (b = keymap_at(j)); j++)
                for (size_t n = 0; n < 4 && b->code[n]; n++)
                    assert_int_not_equal(a->code[k], b->code[n]);
}

static void a_console_that_only_looks_has_no_key_that_acts(void **state)
{
    const struct keymap_row *row;
    size_t acting = 0;

    (void)state;
    for (size_t i = 0; (row = keymap_at(i)); i++)
        for (size_t k = 0; k < 4 && row->code[k]; k++) {
            assert_int_equal(keymap_find(row->code[k], true),
                             row->acts ? ACTION_NONE : row->action);
            acting += row->acts;
        }
    assert_true(acting > 10);
    assert_int_equal(keymap_find('q', true), ACTION_QUIT);
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
    const struct keymap_row *row;

    (void)state;
    bar(SAMPLE_RUNNING, PANE_FAILURES, false);
    for (size_t i = 0; i < view.keys; i++) {
        bool found = false;

        for (size_t k = 0; (row = keymap_at(k)); k++)
            found |= row->bar &&
                     strncmp(row->keys, view.keybar[i].key,
                             strlen(view.keybar[i].key)) == 0;
        assert_true(found);
    }
}

/* --- help ---------------------------------------------------------------------- */

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
    do {
        canvas_clear(c);
        dialog_draw(&d, &snap, c);
        canvas_dump(c, to);
        dialog_key(&d, &snap, '?');
        dialog_draw(&d, &snap, c);
    } while (d.page > 0);
    canvas_free(c);
}

static void the_help_tells_every_key_on_any_screen(void **state)
{
    static const int sizes[][2] = { { 120, 40 }, { 80, 24 }, { 60, 14 },
                                    { 40, 12 } };
    const struct keymap_row *row;
    struct buf help;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        buf_init(&help);
        read_help(sizes[i][0], sizes[i][1], PANE_FAILURES, false, &help);
        buf_putc(&help, '\0');
        for (size_t k = 0; (row = keymap_at(k)); k++) {
            assert_non_null(strstr(help.data, row->keys));
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
    const struct keymap_row *row;

    (void)state;
    for (size_t i = 0; (row = keymap_at(i)); i++) {
        size_t n = 0;

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
