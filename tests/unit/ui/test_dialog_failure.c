/* A failed document: what the dialog tells of it and does with it. */
#include "config.h"
#include "tests/support/console/console_tools.h"
#include "tests/support/tap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void answer(const char *error, const char *trouble, const char *text)
{
    struct document_view *doc = &console.snap.document;

    doc->seq++;
    doc->source = console.snap.failures[1].source;
    doc->pos = console.snap.failures[1].pos;
    doc->length = 2048;
    snprintf(doc->error, sizeof doc->error, "%s", error);
    snprintf(doc->trouble, sizeof doc->trouble, "%s", trouble);
    snprintf(doc->text, sizeof doc->text, "%s", text);
    doc->len = (uint32_t)strlen(doc->text);
}

static void enter_twice_reads_the_document_and_its_whole_error(void **state)
{
    char text[2048] = "";

    (void)state;
    for (int i = 1; i <= 60; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "line %d of the document\n", i);
    type("6oj");
    press(KEYCODE_ENTER);
    press(KEYCODE_ENTER);
    assert_string_equal(open_dialog(), "document");
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].kind, COMMAND_SHOW);
    assert_int_equal(heard[0].select.by, SELECT_ONE);
    assert_int_equal(heard[0].select.pos, console.snap.failures[1].pos);
    assert_int_equal(heard[0].value,
                     (int64_t)console.snap.failures[1].offset);
    answer("an error that is longer than the log's row has room for", "",
           text);
    press('G');
    assert_true(is_shown("lines 29 to 62 of 62"));
    press('k');
    assert_true(is_shown("lines 28 to 61 of 62"));
    press('g');
    console_golden("document", "");
    press(KEYCODE_ESC);
    assert_string_equal(open_dialog(), "");
}

static void a_document_can_be_read_where_nothing_may_be_done(void **state)
{
    (void)state;
    console_begin_with(SAMPLE_DONE_OWING, true);
    type("6o");
    press(KEYCODE_ENTER);
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].kind, COMMAND_SHOW);
}

static void a_key_before_the_next_drawing_means_the_row_chosen_now(void **state)
{
    (void)state;
    type("6o");
    console_key(&console, 'j');
    console_key(&console, 'j');
    console_key(&console, 'k');
    console_key(&console, KEYCODE_ENTER);
    assert_string_equal(open_dialog(), "failure");
    console_key(&console, 'r');
    assert_int_equal(heard[0].select.pos, console.snap.failures[1].pos);
}

static void y_copies_the_id_of_the_failure(void **state)
{
    (void)state;
    type("6oj");
    press(KEYCODE_ENTER);
    assert_int_equal(console_key(&console, 'y'), CONSOLE_COPY);
    assert_string_equal(console.copied, console.snap.failures[1].id);
    assert_string_equal(open_dialog(), "");
}

static void one_failure_can_be_retried_alone_or_with_its_cause(void **state)
{
    (void)state;
    press('6');
    press('o');
    press('j');
    press(KEYCODE_ENTER);
    assert_string_equal(open_dialog(), "failure");
    press('r');
    assert_int_equal(heard[0].select.by, SELECT_ONE);
    assert_int_equal(heard[0].select.pos, console.snap.failures[1].pos);
    press(KEYCODE_ENTER);
    press('R');
    assert_string_equal(open_dialog(), "sure");
    assert_true(is_shown("Retry 141 documents of this cause: input longer"));
    press('y');
    assert_int_equal(heard[1].select.by, SELECT_KIND);
    assert_string_equal(heard[1].select.kind, "cause-0000000000000002");
    press('R'); /* from the list, too */
    assert_int_equal(heard_count, 2);
    press('y');
    assert_string_equal(heard[2].select.kind, "cause-0000000000000002");
}

static void skipping_for_good_asks_and_no_is_the_harmless_answer(void **state)
{
    (void)state;
    press('6');
    press('o');
    press('j');
    press(KEYCODE_ENTER);
    press('x');
    assert_string_equal(open_dialog(), "sure");
    assert_true(is_shown(" 1 document, "));
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 0);
    press(KEYCODE_ENTER);
    press('x');
    press('y');
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].kind, COMMAND_SKIP);
    assert_int_equal(heard[0].select.by, SELECT_ONE);
}

static void a_file_that_is_there_is_replaced_only_by_a_yes(void **state)
{
    static const int answers[] = { KEYCODE_ENTER, KEYCODE_ESC, 'n', 'y' };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        refusal = "it is there";
        refusal_code = EEXIST;
        press('e');
        type("f.jsonl");
        press(KEYCODE_ENTER);
        assert_string_equal(open_dialog(), "sure");
        assert_true(is_shown("f.jsonl is there already. 408 failures would "
                             "replace it."));
        refusal = NULL;
        press(answers[i]);
        assert_string_equal(open_dialog(), "");
        assert_int_equal(heard_count, i == 3);
    }
    assert_int_equal(heard[0].kind, COMMAND_EXPORT);
    assert_true(heard[0].overwrite);
    assert_string_equal(heard[0].path, "f.jsonl");
}

static void skipping_all_says_how_many_documents(void **state)
{
    (void)state;
    press(':');
    type("skip");
    press(KEYCODE_ENTER);
    assert_true(is_shown(" 408 documents would"));
    press(KEYCODE_ESC);
    assert_int_equal(heard_count, 0);
}

static void a_kind_is_counted_before_it_is_given_up_or_retried(void **state)
{
    static const char *const words[][2] = {
        { ":skip 400", "141 documents of kind \"400\" would" },
        { ":skip embed", "391 documents of kind \"embed\" would" },
        { ":skip rejected", "6 documents of kind \"rejected\" would" },
    };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        type(words[i][0]);
        press(KEYCODE_ENTER);
        assert_true(is_shown(words[i][1]));
        press(KEYCODE_ESC);
    }
    type(":retry nonsense");
    press(KEYCODE_ENTER);
    assert_non_null(strstr(toast(), "nothing of kind \"nonsense\" is owed"));
    assert_int_equal(heard_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, console_begin)
        T(enter_twice_reads_the_document_and_its_whole_error),
        T(a_document_can_be_read_where_nothing_may_be_done),
        T(a_key_before_the_next_drawing_means_the_row_chosen_now),
        T(y_copies_the_id_of_the_failure),
        T(one_failure_can_be_retried_alone_or_with_its_cause),
        T(skipping_for_good_asks_and_no_is_the_harmless_answer),
        T(a_file_that_is_there_is_replaced_only_by_a_yes),
        T(skipping_all_says_how_many_documents),
        T(a_kind_is_counted_before_it_is_given_up_or_retried),
#undef T
    };

    golden_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
