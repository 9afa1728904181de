/*
 * Tests of the Pinecone store against fakeapi: its contract, ids and metadata
 * that it refuses alone, its headers, and what its refusals mean.
 */
#include "config.h"
#include "tests/support/store_tools.h"

#include "store/store.h"

#define FORM "pinecone+http://127.0.0.1:%d/ns"

static const struct fakeapi_options index4 = { .dim = 4,
                                               .keep_request = true };

static void ready(struct tool *t, const char *form)
{
    struct error err;

    tool_start(t, &store_pinecone, form, &index4);
    if (!tool_open(t, TOOL_DIM, false, &err) ||
        !t->ops->preflight(t->store, &err))
        fail_msg("%s", err.text);
}

static bool not_ascii(struct text id)
{
    for (size_t i = 0; i < id.len; i++)
        if (id.ptr[i] == '\0' || (unsigned char)id.ptr[i] > 126)
            return true;
    return id.len == 0 || id.len > 512;
}

static bool has_blank(struct text id)
{
    return memchr(id.ptr, ' ', id.len) != NULL;
}

static void pinecone_keeps_the_contract(void **state)
{
    struct contract_store k = { .ops = &store_pinecone, .made = true,
                                .refuses = not_ascii,
                                .unaskable = has_blank };

    (void)state;
    /* With metadata as one text every byte of it comes back. */
    tool_contract(&k, FORM "?metadata=json", &index4, "Api-Key: s3cret");
}

static void pinecone_refuses_ids_that_are_no_ascii(void **state)
{
    static char long_id[513];
    struct text ids[] = { text_of("gr\xc3\xbc"), { "a\0b", 3 }, { "", 0 },
                          { long_id, sizeof long_id } };
    struct tool t;

    (void)state;
    memset(long_id, 'x', sizeof long_id);
    ready(&t, FORM);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        tool_items(&t)[2].id = ids[i];
        tool_upsert(&t);
        assert_true(not_ascii(ids[i]) && !t.items[2].stored);
        assert_int_equal(t.items[2].why.kind, ERROR_REFUSED);
        assert_non_null(strstr(t.items[2].why.text, "Pinecone takes"));
        assert_true(t.items[3].stored);
    }
    tool_stop(&t);
}

static void records_are_stored_found_and_counted(void **state)
{
    struct text ids[] = { text_of("a"), text_of("nobody"), text_of("d/%&"),
                          text_of("a") };
    bool present[4];
    struct error err;
    struct tool t;
    uint64_t n = 0;

    (void)state;
    ready(&t, FORM);
    tool_items(&t)[3].id = ids[2];
    tool_upsert(&t);
    assert_true(tool_asked(&t, "X-Pinecone-Api-Version: 2026-04"));
    assert_true(tool_asked(&t, "\"namespace\":\"ns\"}"));
    tool_upsert(&t); /* the same again */
    assert_true(t.ops->count(t.store, &n, &err));
    assert_int_equal(n, 4);
    assert_true(t.ops->lookup(t.store, ids, 4, present, &err));
    assert_true(present[0] && !present[1] && present[2] && present[3]);
    ids[1] = text_of("a b");
    assert_true(t.ops->lookup(t.store, ids, 4, present, &err));
    assert_true(present[0] && !present[1] && present[2] && present[3]);
    ids[0] = text_of("b c");
    assert_true(t.ops->lookup(t.store, ids, 2, present, &err));
    assert_false(present[0] || present[1]);
    tool_stop(&t);
    ready(&t, "pinecone+http://127.0.0.1:%d"); /* no namespace */
    tool_items(&t);
    tool_upsert(&t);
    assert_true(t.ops->count(t.store, &n, &err));
    assert_int_equal(n, 4);
    tool_stop(&t);
}

static void ST_05_what_does_not_agree_is_said_before_it_costs(void **state)
{
    struct tool t;

    (void)state;
    tool_start(&t, &store_pinecone, FORM, &index4);
    tool_unfit(&t, 5, false, ERROR_CONFIG,
               "holds vectors of 4 dimensions, the embedder gives 5");
    tool_script(&t, 200, "{\"namespaces\":{},\"dimension\":4,\"metric\":"
                         "\"euclidean\"}");
    tool_unfit(&t, 4, false, ERROR_CONFIG, "measures by euclidean");
    tool_script(&t, 200, "{\"namespaces\":{},\"vectorType\":\"sparse\"}");
    tool_unfit(&t, 4, false, ERROR_CONFIG, "sparse");
    tool_script(&t, 404, "");
    tool_unfit(&t, 4, true, ERROR_CONFIG, "--create cannot");
    tool_stop(&t);
}

static void pinecone_is_understood_when_it_says_no(void **state)
{
    static const struct tool_refusal rows[] = {
        { 400, "{\"code\":3,\"message\":\"Request size 3MB exceeds the maximum "
               "supported size of 2MB\",\"details\":[]}",
          ERROR_SIZE, "Request size 3MB" },
        { 400, "{\"code\":11,\"message\":\"Error, message length too large: "
               "found 4194500 bytes\"}", ERROR_SIZE, "too large" },
        { 400, "{\"code\":3,\"message\":\"Vector dimension 3 does not match "
               "the dimension of the index 4\",\"details\":[]}",
          ERROR_CONFIG, "Vector dimension 3" },
        { 400, "{\"code\":3,\"message\":\"metadata size is 50000 bytes, which "
               "exceeds the limit of 40960 bytes per vector\"}",
          ERROR_REFUSED, "metadata size" },
        { 429, "{\"code\":8,\"message\":\"Too many requests. Rate limit "
               "reached\"}", ERROR_LIMITED, "Too many requests" },
        { 429, "{\"code\":8,\"message\":\"You've reached your write unit "
               "limit for the current month\"}",
          ERROR_QUOTA, "current month" },
        { 401, "Unauthorized", ERROR_AUTH, "Unauthorized" },
        { 503, "", ERROR_SERVER, "503" },
        { 200, "{\"upsertedCount\":3}", ERROR_PROTOCOL, "took 3 of 4" },
        { 200, "{}", ERROR_PROTOCOL, "upsertedCount" },
    };
    struct tool t;

    (void)state;
    ready(&t, FORM);
    tool_refusals(&t, rows, sizeof rows / sizeof *rows);
    tool_stop(&t);
}

static void metadata_that_pinecone_cannot_hold_fails_its_record_alone(
    void **state)
{
    static const struct tool_metadata rows[] = {
        { "{\"a\":1,\"b\":\"x\",\"c\":true,\"d\":[\"x\"],\"e\":null}", NULL },
        { "{\"a\":{}}", "member \"a\" is an object; Pinecone takes strings" },
        { "{\"a\":[1]}", "\"a\" is a list of numbers" },
        { "{\"a\":[true]}", "\"a\" is a list of booleans" },
        { "{\"$a\":1}", "\"$a\" begins with \"$\"" },
        { "{\"text\":1}", "?text=OTHER in the URL moves it" },
        { "7", "not an object" },
    };
    struct buf large = { 0 };
    struct tool t;

    (void)state;
    ready(&t, FORM);
    tool_metadata(&t, rows, sizeof rows / sizeof *rows);
    for (int i = 0; i < 41000; i++)
        buf_putc(&large, 'x');
    tool_items(&t)[0].text = (struct text){ large.data, large.len };
    tool_upsert(&t);
    assert_non_null(strstr(t.items[0].why.text, "Pinecone takes 40960"));
    /* What a double cannot hold goes as a text. */
    tool_items(&t)[0].metadata =
        text_of("{\"id\":9007199254740993,\"n\":-9007199254740992}");
    tool_upsert(&t);
    assert_true(tool_asked(&t, "\"id\":\"9007199254740993\","
                               "\"n\":-9007199254740992}"));
    tool_stop(&t);
    ready(&t, FORM "?text=none");
    tool_items(&t)[0].text = (struct text){ large.data, large.len };
    tool_upsert(&t);
    assert_true(t.items[0].stored);
    assert_true(tool_asked(&t, "\"metadata\":{}"));
    buf_release(&large);
    tool_stop(&t);
}

static void a_search_reads_ids_scores_and_texts(void **state)
{
    struct tool t;

    (void)state;
    ready(&t, FORM);
    tool_search(&t);
    assert_true(tool_asked(&t, "\"topK\":5"));
    tool_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_stored_found_and_counted),
        cmocka_unit_test(pinecone_keeps_the_contract),
        cmocka_unit_test(pinecone_refuses_ids_that_are_no_ascii),
        cmocka_unit_test(ST_05_what_does_not_agree_is_said_before_it_costs),
        cmocka_unit_test(pinecone_is_understood_when_it_says_no),
        cmocka_unit_test(
            metadata_that_pinecone_cannot_hold_fails_its_record_alone),
        cmocka_unit_test(a_search_reads_ids_scores_and_texts),
    };

    return cmocka_run_group_tests_name("pinecone", tests, NULL, NULL);
}
