/* Every dialog on every screen, and no key that draws outside of one. */
#include "config.h"
#include "tests/support/console/console_tools.h"
#include "tests/support/tap.h"

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
        { "messages", "pp:messages\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof dialogs / sizeof dialogs[0]; i++) {
        console_begin_with(SAMPLE_RUNNING, false);
        console_golden(dialogs[i].name, dialogs[i].keys);
    }
}

static void messages_can_be_read_again(void **state)
{
    (void)state;
    press('p');
    press('p');
    press(':');
    type("messages");
    press(KEYCODE_ENTER);
    assert_string_equal(open_dialog(), "messages");
    assert_string_equal(messages_at(&console.messages, 1)->text, "heard 1");
    assert_string_equal(messages_at(&console.messages, 0)->text, "heard 2");
    for (int i = 0; i < 3 * MESSAGES_KEPT; i++)
        messages_add(&console.messages, 0, "again");
    assert_null(messages_at(&console.messages, MESSAGES_KEPT));
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
        T(messages_can_be_read_again),
        T(no_key_in_any_dialog_on_any_screen_draws_outside),
#undef T
    };

    golden_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
