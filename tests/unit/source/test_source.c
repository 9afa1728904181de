/* A corpus of lines: what is a record, what is not, and where it stands. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/source_tools.h"


static void IN_01_an_empty_file_has_no_records(void **state)
{
    (void)state;
    read_text("");
    assert_int_equal(got.count, 0);
    read_text("\n \t\n\r\n\n");
    assert_int_equal(got.count, 0);
}

static void IN_02_the_last_line_needs_no_line_end(void **state)
{
    (void)state;
    read_text("{\"id\":\"a\",\"text\":\"x\"}\n{\"id\":\"b\",\"text\":\"y\"}");
    assert_int_equal(got.count, 2);
    assert_record(0, "a", "x");
    assert_record(1, "b", "y");
}

static void IN_03_a_cut_at_any_byte_rejects_only_the_last_line(void **state)
{
    static const char first[] = "{\"id\":\"a\",\"text\":\"x\"}\n";
    static const char last[] =
        "{\"id\":\"b\\n\",\"text\":\"\xc3\xa4\\ud83d\\ude00\",\"metadata\":"
        "{\"n\":[-1.5e+3,true,null]}}";
    char text[256];

    (void)state;
    for (size_t n = 1; n < sizeof last - 1; n++) {
        struct source_config cfg;

        snprintf(text, sizeof text, "%s%.*s", first, (int)n, last);
        cfg = corpus("corpus.jsonl", text);
        read_all(&cfg);
        assert_int_equal(got.end, SOURCE_END);
        assert_int_equal(got.count, 2);
        assert_record(0, "a", "x");
        assert_rejected(1, "line 2", "truncated tail");
        assert_int_equal(got.at[1].offset, sizeof first - 1);
        assert_int_equal(got.at[1].length, n);
    }
}

static void IN_03_a_whole_last_line_is_not_called_truncated(void **state)
{
    (void)state;
    read_text("{\"text\":\"no id\"}");
    assert_rejected(0, "line 1", "no id");
    assert_null(strstr(got.at[0].why, "truncated"));
}

static void IN_04_a_byte_order_mark_is_skipped_before_a_record(void **state)
{
    (void)state;
    read_text("\xef\xbb\xbf{\"id\":\"a\",\"text\":\"x\"}\n"
              "{\"id\":\"b\",\xef\xbb\xbf\"text\":\"y\"}\n");
    assert_record(0, "a", "x");
    assert_int_equal(got.at[0].offset, 3);
    assert_rejected(1, "line 2, column 11", "a key must be a string");
}

static void IN_05_utf16_and_utf32_are_refused_by_name(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *name;
    } cases[] = {
        { "\xff\xfe{\0\"\0", 6, "UTF-16LE" },
        { "\xfe\xff\0{\0\"", 6, "UTF-16BE" },
        { "{\0\"\0i\0", 6, "UTF-16LE" },
        { "\0{\0\"\0i", 6, "UTF-16BE" },
        { "\xff\xfe\0\0{\0\0\0", 8, "UTF-32LE" },
        { "\0\0\xfe\xff\0\0\0{", 8, "UTF-32BE" },
        { "{\0\0\0\"\0\0\0", 8, "UTF-32LE" },
        { "\0\0\0{\0\0\0\"", 8, "UTF-32BE" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct source_config cfg;

        cfg = put_corpus("corpus.jsonl", cases[i].bytes, cases[i].n);
        assert_refused(&cfg, cases[i].name);
        assert_refused(&cfg, "corpus.jsonl");
        assert_refused(&cfg, "iconv");
    }
}

static void IN_06_crlf_ends_a_line_a_lone_cr_does_not(void **state)
{
    (void)state;
    read_text("{\"id\":\"a\",\"text\":\"x\"}\r\n"
              "{\"id\":\"b\",\r\"text\":\"y\"}  \t\r\n"
              "\r\n"
              "  {\"id\":\"c\",\"text\":\"z\"}\r\n");
    assert_int_equal(got.count, 3);
    assert_int_equal(got.rejected, 0);
    assert_record(1, "b", "y");
    assert_int_equal(got.at[0].length, 21);
    assert_int_equal(got.at[1].offset, 23);
    assert_int_equal(got.at[2].line, 4);
    assert_int_equal(got.at[2].pos, 2);
}

static void IN_07_a_line_above_the_limit_is_rejected_with_length(void **state)
{
    enum { LONG = 3000 };
    char text[LONG + 100], *p = text;
    struct source_config cfg;

    (void)state;
    p += sprintf(p, "{\"id\":\"a\",\"text\":\"x\"}\n{\"id\":\"b\",\"text\":\"");
    memset(p, 'x', LONG);
    strcpy(p + LONG, "\"}\n{\"id\":\"c\",\"text\":\"z\"}\n");
    cfg = corpus("corpus.jsonl", text);
    cfg.limit_line = 1024;
    read_all(&cfg);
    assert_int_equal(got.end, SOURCE_END);
    assert_int_equal(got.count, 3);
    assert_record(0, "a", "x");
    assert_rejected(1, "line 2", "line too long: 3,020 bytes");
    assert_int_equal(got.at[1].offset, 22);
    assert_int_equal(got.at[1].length, LONG + 20);
    assert_record(2, "c", "z");
    assert_int_equal(got.at[2].line, 3);
}

static void IN_07_the_limit_holds_at_its_edge(void **state)
{
    static const char line[] = "{\"id\":\"a\",\"text\":\"x\"}";
    struct source_config cfg = corpus("corpus.jsonl", line);

    (void)state;
    for (size_t slack = 0; slack < 2; slack++) {
        cfg.limit_line = sizeof line - 2 + slack;
        read_all(&cfg);
        assert_int_equal(got.count, 1);
        assert_int_equal(got.rejected, slack == 0);
    }
}

static void IN_09_a_malformed_line_says_where_and_the_next_goes_on(void **state)
{
    (void)state;
    read_text("{\"id\":\"a\",\"text\":\"x\"}\n"
              "{\"id\":\"b\" \"text\":\"y\"}\n"
              "nonsense\n"
              "[1]\n"
              "{\"id\":\"c\",\"text\":\"y\"}}\n"
              "{\"id\":01,\"text\":\"y\"}\n"
              "{\"id\":\"d\",\"text\":\"z\"}\n");
    assert_int_equal(got.count, 7);
    assert_rejected(1, "line 2, column 11", "comma");
    assert_rejected(2, "line 3, column 1", "not an object");
    assert_rejected(3, "line 4, column 1", "not an object");
    assert_rejected(4, "line 5, column 22", "behind the value");
    assert_rejected(5, "line 6, column 7", "leading zero");
    assert_record(6, "d", "z");
    assert_int_equal(got.at[6].pos, 6);
    assert_int_equal(got.at[6].line, 7);
}

static void IN_09_what_a_line_says_never_reaches_the_message_raw(void **state)
{
    (void)state;
    read_text("{\"id\":\"a\",\"text\":\"\x1b[2J\"}\n");
    assert_rejected(0, "line 1", "");
    assert_null(strchr(got.at[0].why, 0x1b));
}

static void IN_11_deep_nesting_is_rejected(void **state)
{
    enum { DEEP = 100000 };
    char *text = malloc(DEEP + 100), *p = text;

    (void)state;
    assert_non_null(text);
    p += sprintf(p, "{\"id\":\"a\",\"text\":\"x\",\"metadata\":");
    memset(p, '[', DEEP);
    strcpy(p + DEEP, "\n{\"id\":\"b\",\"text\":\"y\"}\n");
    read_text(text);
    free(text);
    assert_int_equal(got.count, 2);
    assert_rejected(0, "line 1, column", "too deep");
    assert_record(1, "b", "y");
}

static void IN_12_bad_utf8_is_rejected_or_replaced(void **state)
{
    struct source_config cfg =
        corpus("corpus.jsonl", "{\"id\":\"a\",\"text\":\"x\xffy\"}\n"
                               "{\"id\":\"b\",\"text\":\"x\\ud800y\"}\n"
                               "{\"id\":\"c\xc3\",\"text\":\"\xc3\xa4\"}\n");

    (void)state;
    read_all(&cfg);
    assert_int_equal(got.rejected, 3);
    assert_rejected(0, "line 1, column 20", "bad UTF-8");
    assert_rejected(1, "line 2, column 20", "bad UTF-8");
    assert_rejected(2, "line 3, column 9", "bad UTF-8");
    cfg.replace_utf8 = true;
    read_all(&cfg);
    assert_int_equal(got.rejected, 0);
    assert_record(0, "a", "x\xef\xbf\xbdy");
    assert_record(1, "b", "x\xef\xbf\xbdy");
    assert_record(2, "c\xef\xbf\xbd", "\xc3\xa4");
}

static void IN_12_replacing_mends_the_metadata_too(void **state)
{
    static const char mended[] = "{\"k\xef\xbf\xbd\": [\"\xef\xbf\xbd\", 1]}";
    struct source_config cfg =
        corpus("corpus.jsonl", "{\"id\":\"a\",\"text\":\"x\",\"metadata\":"
                               "{\"k\xff\": [\"\\udc00\", 1]}}\n");
    struct record r = { 0 };
    struct error err;
    struct source *s;

    (void)state;
    cfg.replace_utf8 = true;
    s = opened(&cfg);
    assert_int_equal(source_next(s, &r, &err), SOURCE_RECORD);
    assert_int_equal(r.metadata.len, sizeof mended - 1);
    assert_memory_equal(r.metadata.ptr, mended, r.metadata.len);
    source_close(s);
}

static void IN_13_nul_is_rejected_raw_and_survives_escaped(void **state)
{
    static const char text[] = "{\"id\":\"a\",\"text\":\"x\0y\"}\n"
                               "{\"id\":\"b\",\"text\":\"x\\u0000y\"}\n"
                               "{\"id\":\"c\\u0000d\",\"text\":\"x\"}\n";
    struct source_config cfg;
    struct record r = { 0 };
    struct error err;
    struct source *s;

    (void)state;
    cfg = put_corpus("corpus.jsonl", text, sizeof text - 1);
    s = opened(&cfg);
    assert_int_equal(source_next(s, &r, &err), SOURCE_REJECTED);
    assert_contains(r.why.text, "line 1, column 20");
    assert_int_equal(source_next(s, &r, &err), SOURCE_RECORD);
    assert_int_equal(r.text.len, 8);
    assert_true(r.text_escaped);
    assert_int_equal(source_next(s, &r, &err), SOURCE_RECORD);
    assert_int_equal(r.id.len, 3);
    assert_memory_equal(r.id.ptr, "c\0d", 3);
    source_close(s);
}

static void IN_14_a_record_without_an_id_is_rejected(void **state)
{
    (void)state;
    read_text("{\"text\":\"x\"}\n"
              "{\"id\":null,\"text\":\"x\"}\n"
              "{\"id\":\"\",\"text\":\"x\"}\n");
    assert_rejected(0, "line 1", "no id");
    assert_rejected(1, "line 2", "no id");
    assert_rejected(2, "line 3", "no id");
}

static void IN_14_ids_come_from_content_or_line_when_asked(void **state)
{
    struct source_config cfg = corpus("corpus.jsonl",
                                      "{\"text\":\"x\"}\n"
                                      "\n"
                                      "{\"text\":\"y\"}\n"
                                      "{\"text\":\"x\"}\n");

    (void)state;
    cfg.id_from = SOURCE_ID_LINE;
    read_all(&cfg);
    assert_int_equal(got.count, 3);
    assert_record(0, "1", "x");
    assert_record(1, "3", "y");
    assert_record(2, "4", "x");
    cfg.id_from = SOURCE_ID_HASH;
    read_all(&cfg);
    assert_int_equal(got.rejected, 0);
    assert_int_equal(strlen(got.at[0].id), 32);
    assert_string_equal(got.at[0].id, got.at[2].id);
    assert_string_not_equal(got.at[0].id, got.at[1].id);
}

static void IN_15_a_numeric_id_keeps_its_digits(void **state)
{
    static const char *const digits[] = { "9007199254740993",
                                          "12345678901234567890", "1.0", "-0",
                                          "1e3", "7" };
    char text[400], *p = text;

    (void)state;
    for (size_t i = 0; i < 6; i++)
        p += sprintf(p, "{\"id\":%s,\"text\":\"x\"}\n", digits[i]);
    read_text(text);
    for (size_t i = 0; i < 6; i++) {
        assert_record(i, digits[i], "x");
        assert_true(got.at[i].id_number);
    }
    read_text("{\"id\":\"7\",\"text\":\"x\"}\n");
    assert_false(got.at[0].id_number);
}

static void IN_16_an_id_of_another_kind_is_rejected(void **state)
{
    static const char *const ids[] = { "{}", "[1]", "true", "false" };
    char text[6000], *p = text;

    (void)state;
    for (size_t i = 0; i < 4; i++)
        p += sprintf(p, "{\"id\":%s,\"text\":\"x\"}\n", ids[i]);
    p += sprintf(p, "{\"id\":\"");
    memset(p, 'i', 5000);
    strcpy(p + 5000, "\",\"text\":\"x\"}\n");
    read_text(text);
    assert_int_equal(got.count, 5);
    for (size_t i = 0; i < 4; i++)
        assert_rejected(i, "line", "neither text nor number");
    assert_rejected(4, "line 5", "longer than 4096 bytes");
}

static void IN_18_the_last_of_two_equal_keys_wins_case_counts(void **state)
{
    (void)state;
    read_text("{\"id\":\"a\",\"text\":\"x\",\"text\":\"y\",\"id\":\"b\"}\n"
              "{\"ID\":\"c\",\"id\":\"d\",\"Text\":\"x\",\"text\":\"z\"}\n"
              "{\"\\u0069d\":\"e\",\"t\\u0065xt\":\"w\"}\n"
              "{\"id\":\"f\",\"Text\":\"x\"}\n");
    assert_record(0, "b", "y");
    assert_record(1, "d", "z");
    assert_record(2, "e", "w");
    assert_rejected(3, "line 4", "\"text\" is missing");
    assert_string_equal(got.at[3].id, "f");
}

static void IN_19_metadata_is_handed_on_byte_by_byte(void **state)
{
    static const char *const values[] = {
        "{\"big\": 123456789012345678901234567890, \"e\":1e999, \"z\":-0}",
        "[1.10, {\"a\": {\"b\": null}}]",
        "\"quo\\\"ted\"",
        "12.50",
        "true",
    };
    char text[600], *p = text;
    struct source_config cfg;
    struct record r = { 0 };
    struct error err;
    struct source *s;

    (void)state;
    for (size_t i = 0; i < 5; i++)
        p += sprintf(p, "{\"id\":1,\"metadata\": %s ,\"text\":\"x\"}\n",
                     values[i]);
    strcpy(p, "{\"id\":1,\"text\":\"x\",\"metadata\":null}\n");
    cfg = corpus("corpus.jsonl", text);
    s = opened(&cfg);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(source_next(s, &r, &err), SOURCE_RECORD);
        assert_int_equal(r.metadata.len, strlen(values[i]));
        assert_memory_equal(r.metadata.ptr, values[i], r.metadata.len);
    }
    assert_int_equal(source_next(s, &r, &err), SOURCE_RECORD);
    assert_int_equal(r.metadata.len, 0);
    source_close(s);
}

static void IN_26_a_blank_text_is_rejected_or_sent(void **state)
{
    struct source_config cfg =
        corpus("corpus.jsonl", "{\"id\":\"a\",\"text\":\"\"}\n"
                               "{\"id\":\"b\",\"text\":\"  \"}\n"
                               "{\"id\":\"c\",\"text\":\" \\n\\t\\r \"}\n"
                               "{\"id\":\"d\",\"text\":\" \\\\ \"}\n");

    (void)state;
    read_all(&cfg);
    assert_rejected(0, "line 1", "\"text\" is blank");
    assert_rejected(1, "line 2", "blank");
    assert_rejected(2, "line 3", "blank");
    assert_string_equal(got.at[2].id, "c");
    assert_record(3, "d", " \\\\ ");
    cfg.send_blank = true;
    read_all(&cfg);
    assert_int_equal(got.rejected, 0);
}

static void a_text_that_is_missing_or_no_text_is_rejected(void **state)
{
    (void)state;
    read_text("{\"id\":\"a\"}\n"
              "{\"id\":\"b\",\"text\":null}\n"
              "{\"id\":\"c\",\"text\":7}\n"
              "{\"id\":\"d\",\"text\":[\"x\"]}\n");
    assert_rejected(0, "line 1", "\"text\" is missing");
    assert_rejected(1, "line 2", "\"text\" is missing");
    assert_rejected(2, "line 3", "\"text\" is not a text");
    assert_rejected(3, "line 4", "\"text\" is not a text");
    assert_string_equal(got.at[3].id, "d");
}

static void several_text_fields_are_joined_by_a_newline(void **state)
{
    static const char *const fields[] = { "title", "body" };
    struct source_config cfg = corpus(
        "corpus.jsonl", "{\"id\":\"a\",\"body\":\"x\\ty\",\"title\":\"T\"}\n"
                        "{\"id\":\"b\",\"body\":\"x\"}\n");

    (void)state;
    cfg.text_fields = fields;
    cfg.text_field_count = 2;
    read_all(&cfg);
    assert_record(0, "a", "T\\nx\\ty");
    assert_true(got.at[0].text_escaped);
    assert_record(1, "b", "x"); /* IN-34 */
}

static void fields_can_be_json_pointers(void **state)
{
    static const char *const fields[] = { "/doc/parts/1", "/a~1b/m~0n" };
    static const char *const deep = "/meta/deep";
    struct source_config cfg = corpus(
        "corpus.jsonl",
        "{\"key\":{\"n\":7},\"doc\":{\"parts\":[\"x\",\"y\"]},"
        "\"a/b\":{\"m~n\":\"z\"},\"meta\":{\"deep\":{\"q\": 1 }}}\n"
        "{\"key\":7}\n");
    struct record r = { 0 };
    struct error err;
    struct source *s;

    (void)state;
    cfg.id_field = "/key/n";
    cfg.metadata_fields = &deep;
    cfg.text_fields = fields;
    cfg.text_field_count = 2;
    s = opened(&cfg);
    assert_int_equal(source_next(s, &r, &err), SOURCE_RECORD);
    assert_memory_equal(r.id.ptr, "7", 1);
    assert_int_equal(r.text.len, 4);
    assert_memory_equal(r.text.ptr, "y\\nz", 4);
    assert_int_equal(r.metadata.len, 9);
    assert_memory_equal(r.metadata.ptr, "{\"q\": 1 }", 9);
    assert_int_equal(source_next(s, &r, &err), SOURCE_REJECTED);
    assert_contains(r.why.text, "/key/n");
    source_close(s);
}

static void every_record_of_lines_can_be_found_again(void **state)
{
    struct source_config cfg =
        corpus("corpus.jsonl", "{\"id\":\"a\",\"text\":\"x\"}\r\n"
                               "\n\n"
                               "nonsense\n"
                               "  {\"id\":\"b\",\"text\":\"y\"}\n"
                               "{\"id\":\"c\"}\n"
                               "{\"id\":\"d\",\"text\":\"z\"}");

    (void)state;
    assert_seeks_everywhere(&cfg);
    assert_int_equal(got.count, 5);
    assert_tells_everywhere(&cfg);
    assert_unreads_everywhere(&cfg);
}

/* Lines of many lengths over several blocks of the window. */
static void a_corpus_of_many_blocks_is_read_whole(void **state)
{
    enum { LINES = 2000 };
    char *text = malloc(LINES * 1100u), *p = text;
    struct source_config cfg;
    struct error err;
    struct source *s;

    (void)state;
    for (int i = 0; i < LINES; i++) {
        p += sprintf(p, "{\"id\":\"%d\",\"text\":\"", i);
        memset(p, 'x', (size_t)(i * 37 % 1000 + 1));
        p += i * 37 % 1000 + 1;
        p += sprintf(p, "\"}\n");
    }
    cfg = corpus("corpus.jsonl", text);
    read_all(&cfg);
    assert_int_equal(got.end, SOURCE_END);
    assert_int_equal(got.count, LINES);
    assert_int_equal(got.rejected, 0);
    s = opened(&cfg);
    for (size_t i = 0; i < LINES; i += 97) {
        char id[24];

        sprintf(id, "%zu", i);
        assert_string_equal(got.at[i].id, id);
        assert_true(source_seek(s, got.at[i].offset, i, i + 1, &err));
        again.count = 0;
        assert_true(see_next(s, &again));
        assert_string_equal(again.at[0].id, id);
    }
    source_close(s);
    assert_unreads_everywhere(&cfg);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOME_TEST(IN_01_an_empty_file_has_no_records),
        HOME_TEST(IN_02_the_last_line_needs_no_line_end),
        HOME_TEST(IN_03_a_cut_at_any_byte_rejects_only_the_last_line),
        HOME_TEST(IN_03_a_whole_last_line_is_not_called_truncated),
        HOME_TEST(IN_04_a_byte_order_mark_is_skipped_before_a_record),
        HOME_TEST(IN_05_utf16_and_utf32_are_refused_by_name),
        HOME_TEST(IN_06_crlf_ends_a_line_a_lone_cr_does_not),
        HOME_TEST(IN_07_a_line_above_the_limit_is_rejected_with_length),
        HOME_TEST(IN_07_the_limit_holds_at_its_edge),
        HOME_TEST(IN_09_a_malformed_line_says_where_and_the_next_goes_on),
        HOME_TEST(IN_09_what_a_line_says_never_reaches_the_message_raw),
        HOME_TEST(IN_11_deep_nesting_is_rejected),
        HOME_TEST(IN_12_bad_utf8_is_rejected_or_replaced),
        HOME_TEST(IN_12_replacing_mends_the_metadata_too),
        HOME_TEST(IN_13_nul_is_rejected_raw_and_survives_escaped),
        HOME_TEST(IN_14_a_record_without_an_id_is_rejected),
        HOME_TEST(IN_14_ids_come_from_content_or_line_when_asked),
        HOME_TEST(IN_15_a_numeric_id_keeps_its_digits),
        HOME_TEST(IN_16_an_id_of_another_kind_is_rejected),
        HOME_TEST(IN_18_the_last_of_two_equal_keys_wins_case_counts),
        HOME_TEST(IN_19_metadata_is_handed_on_byte_by_byte),
        HOME_TEST(IN_26_a_blank_text_is_rejected_or_sent),
        HOME_TEST(a_text_that_is_missing_or_no_text_is_rejected),
        HOME_TEST(several_text_fields_are_joined_by_a_newline),
        HOME_TEST(fields_can_be_json_pointers),
        HOME_TEST(every_record_of_lines_can_be_found_again),
        HOME_TEST(a_corpus_of_many_blocks_is_read_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
