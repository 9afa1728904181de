/* A corpus that is a JSON document, or values one behind another. */
#include "config.h"

#include <stdio.h>

#include "tests/support/source_tools.h"

#define A "{\"id\":\"a\",\"text\":\"x\"}"
#define B "{\"id\":\"b\",\"text\":\"y\"}"
#define C "{\"id\":\"c\",\"text\":\"z\"}"

static void read_json(const char *text)
{
    struct source_config cfg = corpus("corpus.json", text);

    read_all(&cfg);
}

static void assert_a_b_c(void)
{
    if (got.end != SOURCE_END)
        fail_msg("%s", got.err.text);
    assert_int_equal(got.count, 3);
    assert_record(0, "a", "x");
    assert_record(1, "b", "y");
    assert_record(2, "c", "z");
}

static void IN_08_each_form_of_a_document_is_recognised(void **state)
{
    static const char *const forms[] = {
        "[" A "," B "," C "]",
        "\n\n [\n" A ",\n" B "\n,\n" C "\n]\n",
        "\xef\xbb\xbf[" A "," B "," C "]",
        "{\"documents\":[" A "," B "," C "]}",
        "{\"n\":3,\"documents\" : [" A "," B "," C "] , \"v\":[1,{}]}\n",
        "{\n\"meta\": {\n\"documents\": 1\n},\n\"documents\":\n[" A "," B ","
        "\n" C "]\n}",
        A B C,
        A " " B "\t" C "\n",
        ("{\n\"id\":\"a\",\n\"text\":\"x\"\n}\n{\n\"id\":\"b\",\n\"text\":"
         "\"y\"}{\"id\":\"c\",\"text\":\n\"z\"}"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        read_json(forms[i]);
        assert_a_b_c();
    }
}

static void IN_08_the_path_leads_into_objects(void **state)
{
    static const char *const paths[] = { "a.b", "/a/b" };
    struct source_config cfg =
        corpus("corpus.json", "{\"x\":[{\"b\":[]}],\"b\":[1],\"a\":{\"c\":"
                              "[2],\"b\":[" A "," B "," C "],\"d\":0}}");

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        cfg.json_path = paths[i];
        cfg.format = SOURCE_AUTO;
        read_all(&cfg);
        assert_a_b_c();
        cfg.format = SOURCE_JSON;
        read_all(&cfg);
        assert_a_b_c();
    }
}

static void IN_08_the_array_may_stand_far_behind(void **state)
{
    enum { FAR = 700000 };
    static char text[FAR + 200];
    char *p = text;
    struct source_config cfg;

    (void)state;
    p += sprintf(p, "{\"big\": {\"s\":\n\"");
    memset(p, '[', FAR);
    strcpy(p + FAR, "\"\n},\"documents\":[" A ",\n" B "," C "]}");
    cfg = corpus("corpus.json", text);
    cfg.format = SOURCE_JSON;
    cfg.limit_line = 4096;
    read_all(&cfg);
    assert_a_b_c();
    assert_int_equal(got.at[0].line, 3);
    assert_int_equal(got.at[1].line, 4);
}

static void empty_documents_have_no_records(void **state)
{
    static const char *const empty[] = { "[]", "[ ]\n", "{\"documents\":[]}",
                                         "", " \n" };

    (void)state;
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
        struct source_config cfg = corpus("corpus.json", empty[i]);

        cfg.format = SOURCE_JSON;
        read_all(&cfg);
        assert_int_equal(got.end, SOURCE_END);
        assert_int_equal(got.count, 0);
    }
}

static void a_first_line_of_its_own_means_lines(void **state)
{
    (void)state;
    read_json(A "\nnonsense {\n" B "\n");
    assert_int_equal(got.end, SOURCE_END);
    assert_int_equal(got.count, 3);
    assert_rejected(1, "line 2", "not an object");
    assert_record(2, "b", "y");
    /* A damaged first line does not make the rest a document. */
    read_json("{\"id\":\"a\",\"te\n" B "\n" C "\n");
    assert_int_equal(got.count, 3);
    assert_rejected(0, "line 1", "");
    assert_record(2, "c", "z");
    read_json(A "}\n" B "\n");
    assert_int_equal(got.count, 2);
    assert_rejected(0, "line 1", "behind the value");
    assert_record(1, "b", "y");
}

static void IN_09_a_bad_element_says_where_and_the_next_goes_on(void **state)
{
    (void)state;
    read_json("[\n" A ",\n{\"id\":\"b\" \"text\":1},\n7,\n{\"id\":01},\n"
              "{\"id\":\"x\"},\n" C "]");
    assert_int_equal(got.end, SOURCE_END);
    assert_int_equal(got.count, 6);
    assert_rejected(1, "element at byte 25 (line 3), column 11", "comma");
    assert_rejected(2, "(line 4)", "not an object");
    assert_rejected(3, "(line 5)", "leading zero");
    assert_rejected(4, "(line 6)", "\"text\" is missing");
    assert_record(5, "c", "z");
    assert_int_equal(got.at[5].pos, 5);
    assert_int_equal(got.at[5].line, 7);
}

static void IN_07_an_element_above_the_limit_is_rejected(void **state)
{
    enum { LONG = 600000 };
    static char text[LONG + 200];
    char *p = text;
    struct source_config cfg;

    (void)state;
    p += sprintf(p, "[" A ",{\"id\":\"b\",\n\"text\":\"");
    memset(p, 'x', LONG);
    strcpy(p + LONG, "\"},\n" C "]");
    cfg = corpus("corpus.json", text);
    cfg.limit_line = 1024;
    read_all(&cfg);
    assert_int_equal(got.end, SOURCE_END);
    assert_int_equal(got.count, 3);
    assert_rejected(1, "element at byte 23 (line 1)",
                    "element too long: 600,021 bytes");
    assert_int_equal(got.at[1].length, LONG + 21);
    assert_record(2, "c", "z");
    assert_int_equal(got.at[2].line, 3);
}

static void a_short_element_above_the_limit_counts_its_lines(void **state)
{
    struct source_config cfg =
        corpus("corpus.json", "[{\"id\":\"a\",\n\n\"text\":\"long\"},\n"
                              "{\"id\":1}\n]");

    (void)state;
    cfg.limit_line = 12;
    read_all(&cfg);
    assert_int_equal(got.count, 2);
    assert_rejected(0, "line 1", "too long");
    assert_rejected(1, "line 4", "missing");
}

static void IN_03_a_cut_document_is_called_truncated(void **state)
{
    static const char text[] =
        "{\"v\":1,\"documents\":[" A ",\n" B "\n],\"w\":[1]}";
    char cut[128];

    (void)state;
    for (size_t n = 1; n < sizeof text - 1; n++) {
        struct source_config cfg;

        snprintf(cut, sizeof cut, "%.*s", (int)n, text);
        cfg = corpus("corpus.json", cut);
        cfg.format = SOURCE_JSON;
        read_all(&cfg);
        if (n < 20) { /* no array yet: a broken value */
            assert_int_equal(got.end, SOURCE_END);
            assert_int_equal(got.count, 1);
            assert_rejected(0, "byte 0 (line 1)", "");
            continue;
        }
        assert_int_equal(got.end, SOURCE_FAILED);
        assert_int_equal(got.err.kind, ERROR_INPUT);
        assert_contains(got.err.text, "corpus.json: truncated");
        assert_int_equal(got.count - got.rejected,
                         (n >= 41) + (n >= 64));
        assert_true(got.count <= 2);
    }
}

static void what_stands_behind_the_array_is_not_lost_in_silence(void **state)
{
    static const char *const more[] = {
        "[" A "][" B "]",
        "[" A "]\n" B,
        "{\"documents\":[" A "]} {\"documents\":[" B "]}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        read_json(more[i]);
        assert_int_equal(got.count, 1);
        assert_record(0, "a", "x");
        assert_int_equal(got.end, SOURCE_FAILED);
        assert_contains(got.err.text, "stands behind the array");
    }
}

static void what_cannot_be_cut_into_elements_ends_with_a_word(void **state)
{
    static const char *const bad[] = { "[" A ",," B "]", "[" A ",}",
                                       "[" A ":" B "]", "[" A ",]" };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        read_json(bad[i]);
        assert_int_equal(got.count, 1);
        assert_int_equal(got.end, SOURCE_FAILED);
        assert_contains(got.err.text, "corpus.json: at byte");
    }
}

static void a_document_without_the_array_is_one_record(void **state)
{
    struct source_config cfg = corpus("corpus.json", "{\"docs\":[" A "]}");

    (void)state;
    cfg.format = SOURCE_JSON;
    read_all(&cfg);
    assert_int_equal(got.end, SOURCE_END);
    assert_int_equal(got.count, 1);
    assert_rejected(0, "byte 0", "no id");
}

static void every_element_can_be_found_again(void **state)
{
    static const char *const forms[] = {
        " [\n" A " , 7,\n" B ",\n\n" C "]\n",
        "{\"v\":[1],\"documents\":[\n" A ",\n" B "," C "\n],\"w\":{}}",
        "{\n\"id\":\"a\",\n\"text\":\"x\"\n}\n" B C,
    };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct source_config cfg = corpus("corpus.json", forms[i]);

        assert_seeks_everywhere(&cfg);
        assert_tells_everywhere(&cfg);
        assert_unreads_everywhere(&cfg);
    }
}

/* An array that has grown since goes on where it ended. */
static void the_end_is_told_as_the_place_of_the_bracket(void **state)
{
    struct source_config cfg = corpus("corpus.json", "[" A ",\n" B "\n]\n");
    uint64_t offset, pos, line;
    struct source *s = opened(&cfg);
    struct error err;

    (void)state;
    see_rest(s, &got);
    source_tell(s, &offset, &pos, &line);
    source_close(s);
    assert_int_equal(offset, 46);
    assert_int_equal(pos, 2);
    assert_int_equal(line, 3);
    cfg = corpus("corpus.json", "[" A ",\n" B "\n," C "]\n");
    s = opened(&cfg);
    assert_true(source_seek(s, offset, pos, line, &err));
    see_rest(s, &got);
    source_close(s);
    assert_int_equal(got.end, SOURCE_END);
    assert_int_equal(got.count, 1);
    assert_record(0, "c", "z");
    assert_int_equal(got.at[0].pos, 2);
    assert_int_equal(got.at[0].line, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOME_TEST(IN_08_each_form_of_a_document_is_recognised),
        HOME_TEST(IN_08_the_path_leads_into_objects),
        HOME_TEST(IN_08_the_array_may_stand_far_behind),
        HOME_TEST(empty_documents_have_no_records),
        HOME_TEST(a_first_line_of_its_own_means_lines),
        HOME_TEST(IN_09_a_bad_element_says_where_and_the_next_goes_on),
        HOME_TEST(IN_07_an_element_above_the_limit_is_rejected),
        HOME_TEST(a_short_element_above_the_limit_counts_its_lines),
        HOME_TEST(IN_03_a_cut_document_is_called_truncated),
        HOME_TEST(what_stands_behind_the_array_is_not_lost_in_silence),
        HOME_TEST(what_cannot_be_cut_into_elements_ends_with_a_word),
        HOME_TEST(a_document_without_the_array_is_one_record),
        HOME_TEST(every_element_can_be_found_again),
        HOME_TEST(the_end_is_told_as_the_place_of_the_bracket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
