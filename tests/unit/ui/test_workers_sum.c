/* The words for a worker and for all of a stage, each beside the facts. */
#include "config.h"
#include "tests/support/sample_snapshot.h"
#include "tests/support/tap.h"

#include <string.h>

#include "ui/panes/layout.h"
#include "ui/panes/workers_sum.h"

static struct snapshot snap;
static struct view view;

static int begin(void **state)
{
    (void)state;
    view_init(&view);
    sample_snapshot(&snap, SAMPLE_SLOW);
    return 0;
}

static void says(const struct worker_view *w, const char *text)
{
    char words[80];

    worker_words(w, true, &signs_utf8, words, sizeof words);
    assert_string_equal(words, text);
}

static void a_worker_says_for_how_long_its_answer_is_late(void **state)
{
    struct worker_view w = { .state = WORKER_BUSY, .state_ms = 1900 };

    (void)state;
    says(&w, "busy");
    assert_int_equal(worker_style(&w), STYLE_OK);
    w.slow = true;
    w.state_ms = 13400;
    says(&w, "slow 13 s");
    assert_int_equal(worker_style(&w), STYLE_WARN);
    w.slow = false; /* as usual for it */
    says(&w, "busy 13 s");
    assert_int_equal(worker_style(&w), STYLE_OK);
}

static void a_wait_that_has_passed_is_not_named(void **state)
{
    struct worker_view w = { .state = WORKER_BACKOFF, .wait_ms = 2100,
                             .reason = "429" };

    (void)state;
    says(&w, "wait 429 \xc2\xb7 3 s");
    w.wait_ms = 0;
    w.reason[0] = '\0'; /* as the meter has it */
    says(&w, "goes on");
    strcpy(w.reason, "outage"); /* nobody knows until when */
    says(&w, "wait outage");
}

static void sums(enum workers_sum_form form, const char *text)
{
    char words[128];

    workers_sum(&snap.embed, 'e', form, words, sizeof words);
    assert_string_equal(words, text);
}

static void all_workers_are_counted_once(void **state)
{
    (void)state;
    sums(SUM_WHOLE, "64: 4 busy 58 wait tokens/min 2 slow (e17 41 s)");
    sums(SUM_TROUBLE, "58 wait tokens/min 2 slow (e17 41 s)");
    sums(SUM_SLOW_NAMED, "2 slow (e17 41 s)");
    sums(SUM_SLOW, "2 slow");
    strcpy(snap.embed.worker[40].reason, "429");
    sums(SUM_WHOLE, "64: 4 busy 58 wait 2 slow (e17 41 s)");
    snap.embed.worker[5].slow = snap.embed.worker[16].slow = false;
    sums(SUM_WHOLE, "64: 6 busy 58 wait");
    sums(SUM_SLOW_NAMED, "");
    snap.embed.worker[63].state = WORKER_OFF; /* it is wanted, and comes */
    sums(SUM_WHOLE, "64: 6 busy 57 wait 1 idle");
    snap.embed.workers = 63;
    sums(SUM_WHOLE, "63: 6 busy 57 wait");
    memset(snap.embed.worker, 0, sizeof snap.embed.worker);
    snap.embed.workers = 0;
    sums(SUM_WHOLE, "");
}

/* The frame of the embedders on a screen of this width. */
static bool frame_says(int cols, const char *text)
{
    struct canvas *c = canvas_new(40, cols, false);
    int row;
    char line[1024] = "";

    assert_non_null(c);
    view_init(&view);
    layout_draw(&snap, &view, c);
    row = view.pane[PANE_EMBEDDERS].row;
    for (int i = 0; i < cols; i++)
        strcat(line, canvas_cell(c, row, i)->text);
    canvas_free(c);
    return strstr(line, text) != NULL;
}

static void the_frame_has_as_much_of_it_as_there_is_room_for(void **state)
{
    (void)state;
    assert_true(frame_says(200, " 64: 4 busy 58 wait tokens/min 2 slow "
                                "(e17 41 s) "));
    snap.embed.worker[16].state_ms = 4100000;
    assert_true(frame_says(200, " 58 wait tokens/min 2 slow (e17 1 h 08 m) "));
    snap.embed.worker[5].slow = snap.embed.worker[16].slow = false;
    snap.embed.worker[16].state_ms = 1200;
    assert_true(frame_says(200, "64: 6 busy 58 wait tokens/min "));
    snap.state = RUN_DONE;
    assert_false(frame_says(200, "busy"));
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_worker_says_for_how_long_its_answer_is_late),
        TEST(a_wait_that_has_passed_is_not_named),
        TEST(all_workers_are_counted_once),
        TEST(the_frame_has_as_much_of_it_as_there_is_room_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
