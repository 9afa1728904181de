/* The lists of the console: filter, search, tags, sorting. */
#include "config.h"
#include "tests/support/console/console_tools.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

static void tagged_failures_are_what_r_and_e_mean(void **state)
{
    (void)state;
    press('6');
    press('o');
    press(' ');
    press(' ');
    assert_int_equal(console.view.tagged.tags, 2);
    press('e');
    type("f.jsonl");
    press(KEYCODE_ENTER);
    assert_int_equal(heard[0].kind, COMMAND_EXPORT);
    assert_string_equal(heard[0].path, "f.jsonl");
    assert_int_equal(heard[0].select.by, SELECT_TAGGED);
    assert_int_equal(heard[0].select.tags, 2);
    press('g');
    press(' ');
    press('r');
    press(KEYCODE_ENTER);
    assert_int_equal(heard[1].kind, COMMAND_RETRY);
    assert_int_equal(heard[1].select.by, SELECT_TAGGED);
    assert_int_equal(heard[1].select.tags, 1);
    assert_int_equal(heard[1].select.tag[0].pos,
                     console.snap.failures[0].pos);
    assert_int_equal(console.view.tagged.tags, 0);
}

static void space_takes_a_tag_back_and_esc_takes_all(void **state)
{
    (void)state;
    press('6');
    press('o');
    press(' ');
    press('k');
    press(' ');
    assert_int_equal(console.view.tagged.tags, 0);
    press(' ');
    press(' ');
    press(KEYCODE_ESC); /* the message first */
    press(KEYCODE_ESC);
    assert_int_equal(console.view.tagged.tags, 0);
}

static void a_filter_works_as_it_is_typed_and_esc_clears_it(void **state)
{
    (void)state;
    press('6');
    press('o');
    press('/');
    type("tokens");
    assert_string_equal(console.view.filter, "tokens");
    assert_int_equal(console.view.pane[PANE_FAILURES].count, 2);
    press(KEYCODE_ENTER);
    assert_int_equal(console.view.pane[PANE_FAILURES].count, 2);
    press(KEYCODE_ESC);
    assert_string_equal(console.view.filter, "");
    assert_int_equal(console.view.pane[PANE_FAILURES].count, 9);
    press('/');
    type("!EMBED");
    assert_int_equal(console.view.pane[PANE_FAILURES].count, 3);
    press(KEYCODE_ESC);
    assert_string_equal(console.view.filter, "");
}

/* A failure whose number, from the first one on, is its document's. */
static void fail_one(uint64_t n)
{
    bool late = n % 1000 == 500;
    struct failure x = { .cause = { .stage = "embed",
                                    .kind = late ? ERROR_TIMEOUT
                                                 : ERROR_REFUSED },
                         .tries = 1, .pos = n, .wall_s = 1000,
                         .message = late ? "no answer" : "refused" };
    char id[24], words[40];

    snprintf(id, sizeof id, "doc-%llu", (unsigned long long)n);
    x.id = text_of(id);
    if (!late) { /* in words of its own, else they share a row */
        snprintf(words, sizeof words, "refused %s", id);
        x.message = words;
    }
    failure_log_final(journal, &x);
}

/* A log of so many failures, of which each 1,000th is a timeout. */
static int begin_long(void **state)
{
    journal = failure_log_new(5);
    for (uint64_t n = 1; n <= 9000; n++)
        fail_one(n);
    return console_begin(state);
}

static int end_long(void **state)
{
    (void)state;
    failure_log_free(journal);
    journal = NULL;
    return 0;
}

static const char *chosen(void)
{
    const struct failure_row *f = console_failure(&console);

    return f ? f->id : "";
}

static void n_and_N_go_on_looking_through_the_whole_log(void **state)
{
    (void)state;
    press('6');
    press('o');
    press('/');
    type("timeout");
    press(KEYCODE_ESC);
    press('g');
    press('n');
    assert_string_equal(chosen(), "doc-8500");
    console_key(&console, 'n'); /* both before the next moment */
    press('n');
    assert_string_equal(chosen(), "doc-6500");
    fail_one(9001);
    press('N');
    assert_string_equal(chosen(), "doc-7500");
    for (int i = 0; i < 9; i++)
        press('n');
    assert_string_equal(chosen(), "doc-500");
    assert_string_equal(toast(), "no \"timeout\" further down");
    for (int i = 0; i < 9; i++)
        press('N');
    assert_string_equal(chosen(), "doc-8500");
    assert_string_equal(toast(), "no \"timeout\" further up");
}

static void a_filter_goes_through_the_whole_log(void **state)
{
    (void)state;
    press('6');
    press('o');
    press('/');
    type("timeout");
    press(KEYCODE_ENTER);
    assert_true(is_shown("filter \"timeout\" 9 of 9,000   follow on"));
    press('G');
    assert_string_equal(chosen(), "doc-500");
    press('N'); /* each row is a match */
    assert_string_equal(chosen(), "doc-1500");
    press(' ');
    assert_int_equal(console.view.tagged.tag[0].pos, 1500);
    assert_string_equal(chosen(), "doc-500");
    press('k');
    press(KEYCODE_ENTER);
    assert_true(is_shown("\u2501 doc-1500 "));
    press(KEYCODE_ESC);
    press('z');
    assert_string_equal(chosen(), "doc-1500");
}

static void a_filtered_list_stands_still_and_counts_what_comes_into_it(
    void **state)
{
    (void)state;
    press('6');
    press('o');
    press('/');
    type("!refused");
    press(KEYCODE_ENTER);
    press('j');
    assert_string_equal(chosen(), "doc-7500");
    for (uint64_t n = 9001; n <= 9600; n++)
        fail_one(n);
    assert_true(is_shown("filter \"!refused\" 10 of 9,600   follow off   +1 new"));
    assert_string_equal(chosen(), "doc-7500");
    for (uint64_t n = 9601; n <= 12000; n++)
        fail_one(n);
    assert_true(is_shown("10 of the newest 10,000   follow off   +3 new"));
    assert_string_equal(chosen(), "doc-7500");
    press(KEYCODE_ESC);
    assert_true(is_shown("12,000 open   follow on"));
    assert_string_equal(chosen(), "doc-12000");
}

static void keys_that_come_at_once_act_as_one_by_one(void **state)
{
    static const char keys[] = "6/timeout\rj j";

    (void)state;
    for (const char *k = keys; *k; k++)
        console_key(&console, (unsigned char)*k);
    assert_int_equal(console.view.tagged.tags, 1);
    assert_int_equal(console.view.tagged.tag[0].pos, 7500);
    console_key(&console, KEYCODE_ENTER);
    assert_true(is_shown("\u2501 doc-5500 "));
    console_key(&console, KEYCODE_ESC);
    for (const char *k = "\33\33gnn"; *k; k++)
        console_key(&console, (unsigned char)*k);
    console_key(&console, KEYCODE_ENTER);
    assert_true(is_shown("\u2501 doc-7500 "));
}

/* 212 documents refused in one way, then another in its own. */
static int begin_alike(void **state)
{
    struct failure x = { .cause = { .stage = "embed", .kind = ERROR_REFUSED,
                                    .code = 400 },
                         .tries = 1, .message = "a text was refused",
                         .wall_s = 1000 };
    char id[24];

    journal = failure_log_new(5);
    for (x.pos = 1; x.pos <= 212; x.pos++) {
        snprintf(id, sizeof id, "doc-%d", (int)x.pos);
        x.id = text_of(id);
        failure_log_final(journal, &x);
    }
    fail_one(213);
    return console_begin(state);
}

static void documents_with_the_same_error_are_one_row(void **state)
{
    (void)state;
    press('6');
    press('o');
    assert_true(is_shown("213 open   follow on"));
    assert_true(is_shown("a text was refused"));
    assert_true(is_shown("×212  final"));
    press('j');
    assert_string_equal(chosen(), "doc-212");
    press(' ');
    assert_int_equal(console.view.tagged.tags, 0);
    assert_non_null(strstr(toast(), "212 documents are in this row"));
    press(KEYCODE_ENTER);
    assert_true(is_shown("the newest of 212 documents of which the row tells"));
    assert_true(is_shown("retry all 212 of this cause ..."));
    press('y');
    assert_string_equal(console.copied, "doc-212");
    press(KEYCODE_ENTER);
    press('R');
    assert_int_equal(heard_count, 0); /* it asks */
    press('y');
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].select.by, SELECT_KIND);
    assert_int_equal(strncmp(heard[0].select.kind, "cause-", 6), 0);
}

static void a_row_of_many_documents_gives_them_to_a_filter(void **state)
{
    (void)state;
    press('6');
    press('o');
    press('/');
    type("a text");
    press(KEYCODE_ENTER);
    assert_true(is_shown("filter \"a text\" 212 of 213"));
    press('j');
    press(' ');
    assert_int_equal(console.view.tagged.tags, 1);
    assert_int_equal(console.view.tagged.tag[0].pos, 211);
}

static void every_row_of_a_long_log_can_be_reached(void **state)
{
    (void)state;
    press('6');
    press('o');
    press('G');
    assert_string_equal(chosen(), "doc-1");
    press(KEYCODE_PAGE_UP);
    assert_true(console.view.failure_at >= 0);
    press('g');
    assert_string_equal(chosen(), "doc-9000");
}

static void workers_are_filtered_by_what_they_do(void **state)
{
    (void)state;
    press('2');
    press('/');
    type("wait");
    press(KEYCODE_ENTER);
    assert_int_equal(console.view.pane[PANE_EMBEDDERS].count, 1);
    press(KEYCODE_ENTER);
    assert_string_equal(open_dialog(), "worker");
    assert_true(is_shown("\u2501 e5  "));
}

static void moving_away_from_the_newest_stops_following(void **state)
{
    (void)state;
    press('6');
    press('o');
    assert_true(console.view.follow);
    press('j');
    assert_false(console.view.follow);
    press('g');
    assert_true(console.view.follow);
    press('G');
    assert_false(console.view.follow);
    assert_int_equal(console.view.failure_at, 8);
    press('f');
    assert_true(console.view.follow);
    assert_int_equal(console.view.failure_at, 0);
}

static void sorting_walks_the_columns_and_turns_round(void **state)
{
    (void)state;
    press('2');
    press('s');
    assert_int_equal(console_worker(&console), 5); /* the fastest */
    press('S');
    assert_int_equal(console_worker(&console), 4); /* it waits */
    press('6');
    press('o');
    press('s');
    assert_non_null(strstr(toast(), "failures keep their order"));
}

/* A moment later, with other figures. */
static void list_later(int64_t ms)
{
    console.snap.now_ms += ms;
    console_tools_draw(120, 40, NULL, NULL);
}

static void a_sorted_list_is_read_in_peace_and_the_cursor_stays_on_its_worker(
    void **state)
{
    (void)state;
    press('2');
    press('s');
    press('j');
    assert_int_equal(console_worker(&console), 3); /* the second fastest */
    console.snap.embed.worker[0].rate = 9000;
    console.snap.embed.worker[3].rate = 1;
    list_later(1900);
    assert_int_equal(console.view.pane[PANE_EMBEDDERS].cursor, 1);
    assert_int_equal(console_worker(&console), 3);
    assert_int_equal(console.view.worker_at[PANE_EMBEDDERS][0], 5);
    list_later(100);
    assert_int_equal(console.view.worker_at[PANE_EMBEDDERS][0], 0);
    assert_int_equal(console.view.pane[PANE_EMBEDDERS].cursor, 6);
    assert_int_equal(console_worker(&console), 3);
    press('S'); /* another order begins at the top */
    assert_int_equal(console.view.pane[PANE_EMBEDDERS].cursor, 0);
}

static void left_and_right_walk_columns_and_long_messages(void **state)
{
    static const char longest[] = "a message that goes on and on, further than "
                                  "any row of a narrow screen could show it, to "
                                  "its very end";

    (void)state;
    press('2');
    press(KEYCODE_RIGHT);
    assert_string_equal(toast(), "sorted by docs/s");
    press(KEYCODE_LEFT);
    press(KEYCODE_LEFT);
    assert_string_equal(toast(), "sorted by state");
    snprintf(whole.failures[0].message, sizeof whole.failures[0].message, "%s",
             longest);
    press('6');
    press('o');
    press(KEYCODE_LEFT);
    assert_int_equal(console.view.shift, 0);
    for (int i = 0; i < 20; i++)
        press(KEYCODE_RIGHT);
    assert_true(is_shown("to its very end  "));
    assert_true(is_shown("input longer than 8,192 tokens (9,114)"));
    for (int i = 0; i < 20; i++)
        press(KEYCODE_LEFT);
    assert_true(is_shown("a message that goes on"));
    press('4');
    press(KEYCODE_RIGHT);
    assert_non_null(strstr(toast(), "nothing is wider than this pane"));
    assert_int_equal(heard_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, console_begin)
        T(tagged_failures_are_what_r_and_e_mean),
        T(space_takes_a_tag_back_and_esc_takes_all),
        T(a_filter_works_as_it_is_typed_and_esc_clears_it),
        cmocka_unit_test_setup_teardown(n_and_N_go_on_looking_through_the_whole_log,
                                        begin_long, end_long),
        cmocka_unit_test_setup_teardown(a_filter_goes_through_the_whole_log,
                                        begin_long, end_long),
        cmocka_unit_test_setup_teardown(a_filtered_list_stands_still_and_counts_what_comes_into_it,
                                        begin_long, end_long),
        cmocka_unit_test_setup_teardown(keys_that_come_at_once_act_as_one_by_one,
                                        begin_long, end_long),
        cmocka_unit_test_setup_teardown(documents_with_the_same_error_are_one_row,
                                        begin_alike, end_long),
        cmocka_unit_test_setup_teardown(a_row_of_many_documents_gives_them_to_a_filter,
                                        begin_alike, end_long),
        cmocka_unit_test_setup_teardown(every_row_of_a_long_log_can_be_reached,
                                        begin_long, end_long),
        T(workers_are_filtered_by_what_they_do),
        T(moving_away_from_the_newest_stops_following),
        T(sorting_walks_the_columns_and_turns_round),
        T(a_sorted_list_is_read_in_peace_and_the_cursor_stays_on_its_worker),
        T(left_and_right_walk_columns_and_long_messages),
#undef T
    };

    golden_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
