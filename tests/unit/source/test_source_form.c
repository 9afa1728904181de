/* What a corpus is by its first bytes, and what may stand around its records. */
#include "config.h"

#include <stdio.h>

#include "tests/support/source_tools.h"

#include "source/container.h"
#include "tests/support/pack.h"

#define A "{\"id\":\"a\",\"text\":\"x\"}"
#define B "{\"id\":\"b\",\"text\":\"y\"}"
#define HOLDER(id)                                                             \
    "{\"id\":\"" id "\",\"text\":\"t\",\"documents\":[{\"id\":\"in\","         \
    "\"text\":\"passage\"}]}"

static unsigned char packed[1 << 14];

static void assert_a_b(void)
{
    if (got.end != SOURCE_END)
        fail_msg("%s", got.err.text);
    assert_int_equal(got.count, 2);
    assert_record(0, "a", "x");
    assert_record(1, "b", "y");
}

static void read_packed(const char *name, size_t n)
{
    struct source_config cfg;

    cfg = put_corpus(name, packed, n);
    read_all(&cfg);
}

/* --- around what is packed --------------------------------------------------- */

static void IN_28_zeros_behind_and_between_what_is_packed_are_passed(void **state)
{
    static size_t (*const pack[])(const void *, size_t, unsigned char *) = {
        pack_gzip, pack_zstd
    };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        size_t n = pack[i](A "\n", sizeof A, packed);

        memset(packed + n, 0, 700);
        n += 700;
        n += pack[i](B "\n", sizeof B, packed + n);
        memset(packed + n, 0, 512);
        read_packed("c.jsonl.gz", n + 512);
        assert_a_b();
    }
}

static void IN_31_other_bytes_behind_gzip_cost_no_record(void **state)
{
    size_t n = pack_gzip(A "\n" B "\n", sizeof A + sizeof B, packed);

    (void)state;
    memcpy(packed + n, "rubbish", 7);
    read_packed("c.jsonl.gz", n + 7);
    assert_int_equal(got.count, 2);
    assert_int_equal(got.end, SOURCE_FAILED);
    assert_int_equal(got.err.kind, ERROR_INPUT);
    assert_contains(got.err.text, "damaged gzip near byte");
}

static void IN_29_a_frame_that_is_skipped_may_come_first(void **state)
{
    size_t n = 12;

    (void)state;
    memcpy(packed, "\x50\x2a\x4d\x18\4\0\0\0size", n); /* as pzstd begins */
    n += pack_zstd(A "\n" B "\n", sizeof A + sizeof B, packed + n);
    read_packed("c.jsonl.zst", n);
    assert_a_b();
}

/* A frame by hand: a window of 2^(10 + exponent) bytes, one raw block. */
static size_t frame(unsigned exponent, const char *text)
{
    size_t n = strlen(text), head = n << 3 | 1;

    memcpy(packed, "\x28\xb5\x2f\xfd\0", 5);
    packed[5] = (unsigned char)(exponent << 3);
    packed[6] = (unsigned char)head;
    packed[7] = (unsigned char)(head >> 8);
    packed[8] = (unsigned char)(head >> 16);
    memcpy(packed + 9, text, n);
    return 9 + n;
}

static void IN_29_a_large_window_is_read_where_there_is_memory(void **state)
{
    struct source_config cfg;

    (void)state;
    cfg = put_corpus("c.jsonl.zst", packed, frame(18, A "\n" B "\n"));
    cfg.window_bytes = (size_t)1 << 29;
    read_all(&cfg);
    assert_a_b();
}

static void IN_29_a_window_above_the_memory_is_named(void **state)
{
    struct source_config cfg;

    (void)state;
    cfg = put_corpus("c.jsonl.zst", packed, frame(21, A "\n"));
    assert_refused(&cfg, "needs a window of 2 GiB");
}

/* --- what is no JSON ---------------------------------------------------------- */

static void tar(char to[512])
{
    unsigned sum = 0;

    memset(to, 0, 512);
    strcpy(to, "c"); /* so short that it looks like UTF-16 */
    memset(to + 148, ' ', 8);
    for (size_t i = 0; i < 512; i++)
        sum += (unsigned char)to[i];
    snprintf(to + 148, 8, "%06o", sum);
}

static void IN_30_a_container_is_named_with_what_unpacks_it(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *name, *command;
    } forms[] = {
        { "BZh91AY&SY", 10, "bzip2", "bzip2 -dc" },
        { "\xfd" "7zXZ\0\0", 7, "xz", "xz -dc" },
        { "PK\3\4\x14\0\0\0", 8, "zip", "unzip -p" },
        { "PK\3\4\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
          "xl/workbook.xml",
          45, "Excel", "in2csv" },
        { "7z\xbc\xaf\x27\x1c\0\4", 8, "7z", "7z x -so" },
        { "PAR1\x15\4\x15\n", 8, "Parquet, which duckdb (of duckdb.org)", "duckdb -json" },
        { "ARROW1\0\0", 8, "Arrow", "read_feather" },
        { "Obj\1\2", 5, "Avro", "avro-tools" },
        { "ORC\x0a\3", 5, "ORC", "orc-contents" },
        { "SQLite format 3\0", 16, "SQLite", "sqlite3 -json" },
        { "\x80\4\x95\0", 4, "pickle", "JSON lines" },
        { "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, "Excel", "in2csv" },
        { "%PDF-1.7\n", 9, "PDF", "JSON lines" },
    };
    char head[1024] = { 0 };
    size_t n;
    struct source_config cfg;

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        cfg = put_corpus("c.jsonl", forms[i].bytes, forms[i].n);
        assert_refused(&cfg, forms[i].name);
        assert_refused(&cfg, forms[i].command);
        n = pack_gzip(forms[i].bytes, forms[i].n, packed);
        cfg = put_corpus("c.jsonl.gz", packed, n);
        assert_refused(&cfg, forms[i].name);
    }
    cfg = put_corpus("of a name.jsonl", "BZh9", 4);
    assert_refused(&cfg, "of a name.jsonl' | batchtop - --job of_a_name");
    tar(head);
    cfg = put_corpus("c.tar", head, sizeof head);
    assert_refused(&cfg, "a tar archive, not JSON; convert it with: tar -xOf");
    assert_refused(&cfg, " | batchtop - --job c");
    n = pack_gzip(head, sizeof head, packed);
    cfg = put_corpus("c.tar.gz", packed, n);
    assert_refused(&cfg, "a tar archive");
}

static void IN_30_what_is_packed_twice_is_named(void **state)
{
    static unsigned char once[1 << 12];
    size_t n = pack_gzip(A "\n", sizeof A, once);
    struct source_config cfg;

    (void)state;
    cfg = put_corpus("c.jsonl.gz", packed, pack_gzip(once, n, packed));
    assert_refused(&cfg, "gzip inside gzip");
    assert_refused(&cfg, " | gzip -dc | batchtop - --job c");
    cfg = put_corpus("c.jsonl.zst", packed, pack_zstd(once, n, packed));
    assert_refused(&cfg, "gzip inside zstd");
}

static void IN_30_a_name_is_quoted_for_a_shell(void **state)
{
    static const struct container bzip2 = { "bzip2", "bzip2 -dc %s",
                                            "bzip2 -dc" };
    static const struct container zip = { "zip", "unzip -p %s", NULL };
    static const struct {
        const struct container *is;
        const char *path, *unpack, *want;
    } rows[] = {
        { &bzip2, "it's.bz2", NULL,
          "convert it with: bzip2 -dc 'it'\\''s.bz2' | batchtop - --job it_s" },
        { &zip, "-a.zip", NULL,
          "convert it with: unzip -p ./-a.zip | batchtop - --job NAME" },
        { &bzip2, "d/a b.gz", "gzip",
          "convert it with: gzip -dc 'd/a b.gz' | bzip2 -dc | batchtop - "
          "--job a_b" },
        { &zip, "a.gz", "gzip",
          "convert it with: gzip -dc a.gz > FILE; unzip -p FILE | batchtop - "
          "--job a" },
        { &bzip2, "-", NULL,
          "convert it before the pipe: bzip2 -dc | batchtop - --job NAME" },
        { &bzip2, "/dev/stdin", "gzip",
          "convert it before the pipe: gzip -dc | bzip2 -dc | batchtop - "
          "--job NAME" },
        { &zip, "-", NULL,
          "save it as FILE, then: unzip -p FILE | batchtop - --job NAME" },
        { &bzip2, "a\nb", NULL,
          "convert it with: bzip2 -dc FILE | batchtop - --job NAME" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char to[200];

        container_remedy(rows[i].is, rows[i].path, rows[i].unpack, to,
                         sizeof to);
        assert_string_equal(to, rows[i].want);
    }
}

static void IN_48_text_that_is_no_json_is_named_with_what_converts_it(
    void **state)
{
    static const struct {
        const char *name, *bytes, *want, *command;
    } rows[] = {
        { "c.csv", "id,text\n1,hello\n2,\"a,b\"\n", "is CSV, not JSON",
          "csv.DictReader(sys.stdin)]' < " },
        { "c", "id;text\n1;hello, you\n", "is CSV", "delimiter=\";\"" },
        { "c", "id\ttext\n1\thello\n", "is TSV", "delimiter=\"\\t\"" },
        { "c.yml", "- id: a\n  text: b\n", "is YAML", "safe_load" },
        { "c", "---\nid: a\n", "is YAML", "safe_load" },
        { "c.txt", "It is, so\nthey say, text\n", "is plain text",
          "enumerate(sys.stdin)" },
        { "c", "hello", "is plain text", "enumerate(sys.stdin)" },
        { "c", "<html>\n", "is XML or HTML", "JSON lines" },
        { "c.jsonl.gz", "\x01\x02\xff zz\x05\n",
          "is not gzip in spite of its name", "JSON lines" },
    };
    struct source_config cfg;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cfg = put_corpus(rows[i].name, rows[i].bytes, strlen(rows[i].bytes));
        assert_refused(&cfg, rows[i].want);
        assert_refused(&cfg, rows[i].command);
    }
    cfg = put_corpus("c.csv.gz", packed, pack_gzip("id,text\n1,a\n", 12, packed));
    assert_refused(&cfg, "is CSV inside gzip");
}

static void IN_48_one_line_of_json_makes_it_a_corpus(void **state)
{
    struct source_config cfg;

    (void)state;
    cfg = put_corpus("c.csv", "id,text\n# a remark\n" A "\n" B "\n",
               strlen("id,text\n# a remark\n" A "\n" B "\n"));
    read_all(&cfg);
    assert_int_equal(got.count, 4); /* two of them rejected */
}

/* --- lines or a document ------------------------------------------------------ */

static void IN_32_lines_may_have_a_member_like_the_array(void **state)
{
    static const char *const forms[] = {
        HOLDER("a") "\n" HOLDER("b") "\n",
        HOLDER("a") "\r\n\r\n" HOLDER("b"),
        "\xef\xbb\xbf" HOLDER("a") "\n" HOLDER("b") "\n",
        "{\"id\":\"a\",\"text\":\"t\",\"documents\":[NaN]}\n" HOLDER("b"),
        ("{\n\"id\":\"a\",\n\"text\":\"t\",\"documents\":[{}]}\n{\n\"id\":"
         "\"b\",\"text\":\"t\"}\n"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct source_config cfg = corpus("c.json", forms[i]);

        cfg.nan_null = true;
        read_all(&cfg);
        if (got.end != SOURCE_END)
            fail_msg("%s", got.err.text);
        assert_int_equal(got.count, 2);
        assert_record(0, "a", "t");
        assert_record(1, "b", "t");
        assert_seeks_everywhere(&cfg);
    }
}

static void IN_32_a_first_line_longer_than_a_block_is_a_line_too(void **state)
{
    enum { LONG = 300000 };
    static char text[LONG + 200];
    struct source_config cfg;

    (void)state;
    strcpy(text, "{\"id\":\"a\",\"text\":\"t\",\"documents\":[\"");
    memset(text + strlen(text), 'z', LONG);
    strcat(text, "\"]}\n" HOLDER("b") "\n");
    cfg = corpus("c.json", text);
    read_all(&cfg);
    assert_int_equal(got.end, SOURCE_END);
    assert_int_equal(got.count, 2);
    assert_record(0, "a", "t");
}

static void IN_32_a_document_alone_stays_one(void **state)
{
    static const char *const forms[] = { HOLDER("q"), HOLDER("q") "\n\n" };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct source_config cfg = corpus("c.json", forms[i]);

        read_all(&cfg);
        assert_int_equal(got.end, SOURCE_END);
        assert_int_equal(got.count, 1);
        assert_record(0, "in", "passage");
    }
}

static void IN_32_an_array_named_jsonl_is_read(void **state)
{
    static const char *const forms[] = { "[" A "," B "]\n",
                                         "[\n" A ",\n" B "\n]\n" };
    struct source_config cfg;

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        cfg = corpus("c.jsonl", forms[i]);
        read_all(&cfg);
        assert_a_b();
    }
    /* But a first line that is an array does not make it one. */
    cfg = corpus("c.jsonl", "[1,2]\n" A "\n");
    read_all(&cfg);
    assert_int_equal(got.count, 2);
    assert_rejected(0, "line 1", "not an object");
    assert_record(1, "a", "x");
}

/* --- before a record ----------------------------------------------------------- */

static void IN_33_a_byte_order_mark_begins_a_joined_file(void **state)
{
    (void)state;
    read_text("\xef\xbb\xbf" A "\n\xef\xbb\xbf" B "\n\xef\xbb\xbf\n");
    assert_a_b();
    assert_int_equal(got.at[1].line, 2);
}

static void IN_33_a_sequence_has_a_separator_before_each_record(void **state)
{
    struct source_config cfg;

    (void)state;
    read_text("\x1e" A "\n\x1e" B "\n");
    assert_a_b();
    cfg = corpus("c.json", "\x1e{\n\"id\":\"a\",\n\"text\":\"x\"\n}\n\x1e" B
                           "\n");
    read_all(&cfg);
    assert_a_b();
    assert_seeks_everywhere(&cfg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOME_TEST(IN_28_zeros_behind_and_between_what_is_packed_are_passed),
        HOME_TEST(IN_31_other_bytes_behind_gzip_cost_no_record),
        HOME_TEST(IN_29_a_frame_that_is_skipped_may_come_first),
        HOME_TEST(IN_29_a_large_window_is_read_where_there_is_memory),
        HOME_TEST(IN_29_a_window_above_the_memory_is_named),
        HOME_TEST(IN_30_a_container_is_named_with_what_unpacks_it),
        HOME_TEST(IN_30_a_name_is_quoted_for_a_shell),
        HOME_TEST(IN_48_text_that_is_no_json_is_named_with_what_converts_it),
        HOME_TEST(IN_48_one_line_of_json_makes_it_a_corpus),
        HOME_TEST(IN_30_what_is_packed_twice_is_named),
        HOME_TEST(IN_32_lines_may_have_a_member_like_the_array),
        HOME_TEST(IN_32_a_first_line_longer_than_a_block_is_a_line_too),
        HOME_TEST(IN_32_a_document_alone_stays_one),
        HOME_TEST(IN_32_an_array_named_jsonl_is_read),
        HOME_TEST(IN_33_a_byte_order_mark_begins_a_joined_file),
        HOME_TEST(IN_33_a_sequence_has_a_separator_before_each_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
