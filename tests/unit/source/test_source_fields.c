/* Fields of records that lack some of them, or are of another kind. */
#include "config.h"

#include "tests/support/source_tools.h"

static char metadata[READING_MAX][200];

static void read_fields(struct source_config *cfg)
{
    struct source *s = opened(cfg);
    struct record r = { 0 };
    struct error err;
    enum source_status status;
    size_t i = 0;

    while ((status = source_next(s, &r, &err)) == SOURCE_RECORD ||
           status == SOURCE_REJECTED) {
        metadata[i][0] = '\0';
        if (status == SOURCE_RECORD && r.metadata.len)
            copy_text(metadata[i], sizeof metadata[i], r.metadata);
        i++;
    }
    assert_int_equal(status, SOURCE_END);
    source_close(s);
    read_all(cfg);
}

/* --- several texts ------------------------------------------------------------ */

static const char *const title_body[] = { "title", "body" };

static struct source_config two_texts(const char *text)
{
    struct source_config cfg = corpus("c.jsonl", text);

    cfg.text_fields = title_body;
    cfg.text_field_count = 2;
    return cfg;
}

static void IN_34_texts_that_are_there_are_joined_in_their_order(void **state)
{
    struct source_config cfg = two_texts(
        "{\"id\":\"a\",\"body\":\"here\",\"title\":\"Both\"}\n"
        "{\"id\":\"b\",\"body\":\"no title\"}\n"
        "{\"id\":\"c\",\"title\":null,\"body\":\"null\"}\n"
        "{\"id\":\"d\",\"title\":\"no body\"}\n"
        "{\"id\":\"e\",\"title\":\" \\n\",\"body\":\"blank\"}\n"
        "{\"id\":\"f\"}\n"
        "{\"id\":\"g\",\"title\":\"\",\"body\":null}\n"
        "{\"id\":\"h\",\"title\":\"x\",\"body\":[1]}\n");

    (void)state;
    read_all(&cfg);
    assert_record(0, "a", "Both\\nhere");
    assert_true(got.at[0].text_escaped);
    assert_record(1, "b", "no title");
    assert_false(got.at[1].text_escaped);
    assert_record(2, "c", "null");
    assert_record(3, "d", "no body");
    assert_record(4, "e", "blank");
    assert_rejected(5, "line 6", "\"title\" is missing");
    assert_rejected(6, "line 7", "\"title\" is blank");
    assert_rejected(7, "line 8", "\"body\" is not a text");
    assert_int_equal(got.rejected, 3);
}

static void IN_34_blank_texts_are_sent_when_there_are_no_others(void **state)
{
    struct source_config cfg = two_texts(
        "{\"id\":\"a\",\"title\":\"\",\"body\":\"x\"}\n"
        "{\"id\":\"b\",\"title\":\" \",\"body\":\"\"}\n");

    (void)state;
    cfg.send_blank = true;
    read_all(&cfg);
    assert_record(0, "a", "x");
    assert_record(1, "b", " ");
}

/* --- several of metadata ------------------------------------------------------ */

static void IN_34_several_metadata_fields_make_an_object(void **state)
{
    static const char *const names[] = { "url", "title", "/in/n", "\303\244\"" };
    struct source_config cfg = corpus(
        "c.jsonl", "{\"id\":1,\"text\":\"t\",\"title\":\"a \\\"b\","
                   "\"url\":null,\"in\":{\"n\": 9007199254740993}}\n"
                   "{\"id\":2,\"text\":\"t\"}\n"
                   "{\"id\":3,\"text\":\"t\",\"\303\244\\\"\":[1 ,2]}\n");

    (void)state;
    cfg.metadata_fields = names;
    cfg.metadata_field_count = 4;
    read_fields(&cfg);
    assert_string_equal(metadata[0], "{\"url\":null,\"title\":\"a \\\"b\","
                                     "\"n\":9007199254740993}");
    assert_string_equal(metadata[1], "");
    assert_string_equal(metadata[2], "{\"\303\244\\\"\":[1 ,2]}");
}

static void IN_34_two_of_one_name_are_refused(void **state)
{
    static const char *const names[] = { "/a/n", "n" };
    struct source_config cfg = corpus("c.jsonl", "");
    struct error err;

    (void)state;
    cfg.metadata_fields = names;
    cfg.metadata_field_count = 2;
    assert_null(source_open(&cfg, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_contains(err.text, "\"/a/n\" and \"n\" would both be \"n\"");
}

/* --- what there is instead ---------------------------------------------------- */

static void IN_35_a_record_without_an_id_says_what_it_has(void **state)
{
    (void)state;
    read_text("{\"_id\":\"a\",\"title\":\"T\",\"text\":\"t\"}\n{}\n");
    assert_rejected(0, "no id: \"id\" is missing",
                    "it has \"_id\", \"title\", \"text\": --id-field _id");
    assert_rejected(1, "no id", "it has nothing");
}

static void IN_35_a_record_without_any_id_says_how_to_make_one(void **state)
{
    (void)state;
    read_text("{\"text\":\"t\"}\n");
    assert_rejected(0, "no id", "it has \"text\": --id hash or --id line "
                                "makes one");
}

static void IN_35_a_line_with_an_array_is_told_what_reads_it(void **state)
{
    static const char *const paths[] = { "chunks", "documents" };
    struct source_config cfg = corpus(
        "c.jsonl", "{\"id\":\"a\",\"chunks\":[{\"n\":1,\"text\":\"t\"}]}\n"
                   "{\"chunks\":[{\"text\":\"t\"}]}\n");
    char why[300];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct source *s;

        cfg.json_path = paths[i];
        cfg.json_path_named = i == 0;
        read_all(&cfg);
        assert_rejected(0, "\"text\" is missing",
                        "it has an array: --text-field /chunks/0/text reads");
        assert_rejected(1, "no id", "--id hash");
        s = opened(&cfg);
        see_rest(s, &got);
        assert_int_equal(source_unseen(s, why, sizeof why), i == 0);
        source_close(s);
    }
    cfg.json_path = paths[0];
    cfg.json_path_named = true;
    cfg.text_fields = (const char *const[]){ "/chunks/0/text" };
    read_all(&cfg);
    assert_record(0, "a", "t");
}

static void IN_35_a_record_without_its_text_guesses_the_field(void **state)
{
    static const struct {
        const char *record, *says;
    } of[] = {
        { "{\"id\":1,\"title\":\"a\",\"content\":\"b\"}",
          "\"content\": --text-field content" },
        { "{\"id\":1,\"a\":\"xx\",\"b\":\"xxx\",\"c\":\"x\"}",
          "\"c\": --text-field b" },
        { "{\"id\":1,\"Page Text\":\"x\"}",
          "\"Page Text\": --text-field 'Page Text'" },
        { "{\"id\":\"a\",\"n\":2}", "it has \"id\", \"n\"" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        read_text(of[i].record);
        assert_rejected(0, "\"text\" is missing", of[i].says);
    }
}

static void IN_35_an_object_around_its_records_names_the_arrays(void **state)
{
    static const struct {
        const char *text, *says;
    } of[] = {
        { "{\"features\":[{\"name\":\"q\"}],\"rows\":[{\"row\":{}}],"
          "\"n\":[1]}",
          "it has the arrays features, rows (--json-path reads one)" },
        { "{\"meta\":{},\"data\":{\"items\":[{\"id\":1}]}}",
          "it has an array: --json-path data.items" },
        { "{\"0BSD\":{\"name\":\"x\"}}", "it has \"0BSD\"" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        struct source_config cfg = corpus("c.json", of[i].text);

        read_all(&cfg);
        assert_int_equal(got.count, 1);
        assert_rejected(0, "no id", of[i].says);
    }
}

static void IN_35_action_lines_of_a_bulk_file_are_named(void **state)
{
    struct source_config cfg = corpus(
        "c.jsonl", "{\"index\":{\"_index\":\"a\",\"_id\":\"1\"}}\n"
                   "{\"id\":\"1\",\"text\":\"x\"}\n{\"create\":{}}\n"
                   "{\"index\":{\"of\":\"a book\"}}\n");

    (void)state;
    read_all(&cfg);
    assert_rejected(0, "line 1", "action line of an Elasticsearch bulk file");
    assert_record(1, "1", "x");
    assert_rejected(2, "line 3", "action line");
    assert_rejected(3, "line 4", "it has \"index\"");
    cfg.id_from = SOURCE_ID_LINE;
    read_all(&cfg);
    assert_rejected(0, "\"text\" is missing", "action line");
}

static void IN_35_a_name_that_no_record_has_is_told(void **state)
{
    static const char *const names[] = { "metdata" };
    struct source_config cfg =
        two_texts("{\"id\":1,\"title\":\"t\",\"metadata\":{}}\n");
    struct source *s;
    char why[300];

    (void)state;
    s = opened(&cfg);
    assert_false(source_unseen(s, why, sizeof why)); /* nothing was read */
    see_rest(s, &got);
    assert_true(source_unseen(s, why, sizeof why));
    assert_string_equal(why, "\"body\" (--text-field) is in none of the "
                             "first 1 records; the first has \"id\", \"title\", \"metadata\"");
    source_close(s);
    cfg.text_field_count = 1;
    cfg.metadata_fields = names;
    s = opened(&cfg);
    see_rest(s, &got);
    assert_false(source_unseen(s, why, sizeof why)); /* it was not asked for */
    source_close(s);
    cfg.metadata_named = true;
    s = opened(&cfg);
    see_rest(s, &got);
    assert_true(source_unseen(s, why, sizeof why));
    assert_contains(why, "\"metdata\" (--metadata-field)");
    source_close(s);
}

/* --- numbers that JSON does not have ------------------------------------------ */

#define NANS                                                                   \
    "{\"id\":1,\"text\":\"NaN\",\"metadata\":{\"a\":NaN,\"b\":[-Infinity,"  \
    "Infinity,-1],\"c\":\"Infinity \\\" -NaN\",\"NaN\":true}}\n"             \
    "{\"id\":NaN,\"text\":\"x\"}\n{\"id\":3,\"text\":NaN}\n"               \
    "{\"id\":4,\"text\":\"x\",\"metadata\":NaN}\n"                          \
    "{\"id\":5,\"text\":\"x\",\"metadata\":Nan}\n"

static void IN_36_nan_is_named_as_such(void **state)
{
    (void)state;
    read_text(NANS);
    assert_int_equal(got.rejected, 5);
    assert_rejected(0, "line 1, column 38", "NaN is no JSON (--nan null reads");
    assert_rejected(4, "line 5, column 31", "not a JSON value");
    read_text("{\"id\":1,\"text\":\"x\",\"m\":-Infinity}\n");
    assert_rejected(0, "column 24", "Infinity is no JSON (--nan null");
    read_text("{\"id\":1,\"text\":\"x\",\"m\":-}\n");
    assert_rejected(0, "column 25", "a number without digits");
}

static void IN_36_nan_is_read_as_null_when_asked(void **state)
{
    struct source_config cfg = corpus("c.jsonl", NANS);

    (void)state;
    cfg.nan_null = true;
    read_fields(&cfg);
    assert_record(0, "1", "NaN");
    assert_string_equal(metadata[0],
                        "{\"a\":null,\"b\":[null,null,-1],"
                        "\"c\":\"Infinity \\\" -NaN\",\"NaN\":true}");
    assert_rejected(1, "line 2", "no id: \"id\" is missing");
    assert_rejected(2, "line 3", "\"text\" is missing");
    assert_record(3, "4", "x");
    assert_string_equal(metadata[3], "");
    assert_rejected(4, "line 5", "not a JSON value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOME_TEST(IN_34_texts_that_are_there_are_joined_in_their_order),
        HOME_TEST(IN_34_blank_texts_are_sent_when_there_are_no_others),
        HOME_TEST(IN_34_several_metadata_fields_make_an_object),
        HOME_TEST(IN_34_two_of_one_name_are_refused),
        HOME_TEST(IN_35_a_record_without_an_id_says_what_it_has),
        HOME_TEST(IN_35_a_record_without_any_id_says_how_to_make_one),
        HOME_TEST(IN_35_a_line_with_an_array_is_told_what_reads_it),
        HOME_TEST(IN_35_a_record_without_its_text_guesses_the_field),
        HOME_TEST(IN_35_an_object_around_its_records_names_the_arrays),
        HOME_TEST(IN_35_action_lines_of_a_bulk_file_are_named),
        HOME_TEST(IN_35_a_name_that_no_record_has_is_told),
        HOME_TEST(IN_36_nan_is_named_as_such),
        HOME_TEST(IN_36_nan_is_read_as_null_when_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
