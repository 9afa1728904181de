/*
 * Tests of the table of stores: which store a URL names, which part of it is
 * the place, and that labels hide secrets.
 */
#include "config.h"
#include "store/store.h"
#include "tests/support/tap.h"

static void a_url_names_its_store(void **state)
{
    (void)state;
    assert_string_equal(store_find("sqlite:a.sqlite")->name, "sqlite");
    assert_string_equal(store_find("jsonl:-")->name, "jsonl");
    assert_string_equal(store_find("qdrant+http://h:1/c")->name, "qdrant");
    assert_string_equal(store_find("qdrant+https://h/c")->name, "qdrant");
    assert_null(store_find("sqlit:a"));
    assert_null(store_find("sqlitex:a"));
    assert_null(store_find("sqlite"));
    assert_null(store_find("a.sqlite"));
    assert_null(store_find(""));
}

static void the_table_has_an_end(void **state)
{
    size_t n = 0;

    (void)state;
    while (store_at(n))
        n++;
    assert_true(n >= 3);
    assert_null(store_at(n + 100));
}

static void a_place_is_the_url_without_what_is_only_form(void **state)
{
    static const char *const rows[][2] = {
        { "pinecone+https://h/ns?metadata=json&text=body",
          "pinecone+https://h/ns" },
        { "weaviate+http://h/C?text=b&tenant=t&metadata=json&vector=v",
          "weaviate+http://h/C?tenant=t&vector=v" },
        { "chroma+http://h/c?metadata=json&tenant=t",
          "chroma+http://h/c?tenant=t" },
        { "milvus+http://h/c?database=d&text=none",
          "milvus+http://h/c?database=d" },
        { "qdrant+http://h/c?gzip=yes", "qdrant+http://h/c" },
        { "opensearch+http://h/i?vector=v&gzip=no&text=t",
          "opensearch+http://h/i?vector=v" },
        { "postgres://me@h/db?sslmode=require&table=t&copy=no",
          "postgres://me@h/db?table=t" },
        { "sqlite:a?text=b&c", "sqlite:a?text=b&c" },
        { "exec:cmd ?metadata=x", "exec:cmd ?metadata=x" },
        { "pinecone+https://h/ns?metadata", "pinecone+https://h/ns" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf place = { 0 };

        store_place(rows[i][0], &place);
        assert_string_equal(buf_cstr(&place), rows[i][1]);
        buf_release(&place);
    }
}

static void labels_tell_where_and_hide_secrets(void **state)
{
    static const char *const rows[][2] = {
        { "sqlite:examples/wordnet.vectors.sqlite",
          "sqlite wordnet.vectors.sqlite" },
        { "sqlite:/a@b/c?d.db", "sqlite c?d.db" },
        { "jsonl:-", "jsonl -" },
        { "qdrant+http://u:p@host:6333/docs_v3", "qdrant docs_v3" },
        { "qdrant+http://u:p@host:6333/docs_v3/", "qdrant docs_v3" },
        { "qdrant+http://u:p@host:6333", "qdrant host:6333" },
        { "qdrant+http://u:p@host:6333/", "qdrant host:6333" },
        { "qdrant+http://u:p@host/a/c?key=secret#x", "qdrant c" },
        { "postgres://me:pw@host/db?table=t", "postgres db" },
        { "sqlite:a\x1b[2J", "sqlite a<1B>[2J" },
        { "sqlite", "sqlite" },
    };
    char label[64];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        store_label(rows[i][0], label, sizeof label);
        assert_string_equal(label, rows[i][1]);
    }
    store_label("sqlite:long-name-of-a-file", label, 8);
    assert_int_equal(strlen(label), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_names_its_store),
        cmocka_unit_test(the_table_has_an_end),
        cmocka_unit_test(a_place_is_the_url_without_what_is_only_form),
        cmocka_unit_test(labels_tell_where_and_hide_secrets),
    };

    return cmocka_run_group_tests_name("stores", tests, NULL, NULL);
}
