/* Tests of Pinecone over gRPC against fakeapi: its contract, refusals, metadata
 * as a Struct, and the choice of a wire. */
#include "config.h"
#include "store/store.h"
#include "store/store_http.h"
#include "tests/support/store_tools.h"

#include <stdio.h>

#include "util/protobuf.h"

#define BOTH "pinecone+http://127.0.0.1:%1$d/ns?grpc=%1$d"

static const struct fakeapi_options small = { .dim = TOOL_DIM,
                                               .keep_request = true };

static bool pinecone_refuses(struct text id)
{
    for (size_t i = 0; i < id.len; i++)
        if (id.ptr[i] == '\0' || (unsigned char)id.ptr[i] > 126)
            return true;
    return id.len == 0 || id.len > 512;
}

static bool pinecone_cannot_ask(struct text id)
{
    return memchr(id.ptr, ' ', id.len) != NULL;
}

static void pinecone_keeps_the_contract_over_grpc(void **state)
{
    struct contract_store k = { .ops = &store_pinecone, .made = true,
                                .refuses = pinecone_refuses,
                                .unaskable = pinecone_cannot_ask };

    (void)state;
    tool_contract(&k, BOTH "&metadata=json", &small, "Api-Key: s3cret");
}

static void begin(struct tool *t, const char *form)
{
    struct error err;

    tool_start(t, &store_pinecone, form, &small);
    if (!tool_open(t, TOOL_DIM, false, &err) ||
        !t->ops->preflight(t->store, &err))
        fail_msg("%s", err.text);
}

static void pinecone_is_understood_when_a_call_fails(void **state)
{
    static const struct {
        int grpc;
        const char *words;
        enum error_kind kind;
    } rows[] = {
        { 3, "Vector dimension 5 does not match the dimension of the index 4",
          ERROR_CONFIG },
        { 3, "metadata size is 50000 bytes, which exceeds the limit of 40960",
          ERROR_REFUSED },
        { 16, "Malformed domain", ERROR_AUTH },
        { 7, "API key has no right to upsert", ERROR_AUTH },
        { 8, "Too many requests", ERROR_LIMITED },
        { 11, "Error, message length too large: found 3000000 bytes, the limit "
              "is: 2097152 bytes", ERROR_SIZE },
        { 14, "", ERROR_SERVER },
    };
    struct tool t;

    (void)state;
    begin(&t, BOTH);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct error err = { .text = "" };
        size_t taken = 0;

        fakeapi_script(t.api,
                       &(struct fakeapi_answer){
                           .grpc = rows[i].grpc,
                           .body = text_of(rows[i].words) });
        tool_items(&t);
        assert_false(t.ops->upsert(t.store, t.items, TOOL_ITEMS, &taken,
                                   &err));
        if (err.kind != rows[i].kind || !strstr(err.text, rows[i].words))
            fail_msg("%s: %s", error_word(err.kind), err.text);
        assert_false(t.items[0].stored);
    }
    tool_stop(&t);
}

static void a_count_of_fewer_records_is_no_success(void **state)
{
    struct error err = { .text = "" };
    size_t taken;
    struct tool t;

    (void)state;
    begin(&t, BOTH);
    fakeapi_script(t.api, &(struct fakeapi_answer){
                              .body = text_of("\x08\x03") });
    tool_items(&t);
    assert_false(t.ops->upsert(t.store, t.items, TOOL_ITEMS, &taken, &err));
    assert_int_equal(err.kind, ERROR_PROTOCOL);
    assert_non_null(strstr(err.text, "took 3 of 4 records"));
    assert_false(t.items[0].stored);
    tool_stop(&t);
}

static void members_are_values_of_a_struct(void **state)
{
    static const struct tool_metadata rows[] = {
        { "{\"n\":1,\"x\":-0.5e3,\"s\":\"a\\\"b\",\"b\":false,\"no\":null}",
          NULL },
        { "{\"l\":[]}", NULL },
        { "{\"l\":[1]}", "a list of numbers" },
        { "{\"o\":{}}", "is an object" },
    };
    struct buf payload = { 0 };
    struct tool t;

    (void)state;
    begin(&t, BOTH);
    tool_metadata(&t, rows, sizeof rows / sizeof *rows);
    tool_items(&t)[0].metadata =
        text_of("{\"n\":-2.5,\"big\":9007199254740993,\"l\":[\"\\u00e4\","
                "\"b\"],\"t\":true}");
    tool_upsert(&t);
    assert_true(fakeapi_payload(t.api, text_of("\"a\""), &payload));
    /* What a double would round stays a text, as over REST. */
    assert_non_null(strstr(buf_cstr(&payload),
                           "\"n\":-2.5,\"big\":\"9007199254740993\",\"l\":["
                           "\"\xc3\xa4\",\"b\"],\"t\":true}"));
    buf_release(&payload);
    tool_stop(&t);
}

static void the_namespace_is_in_the_request(void **state)
{
    struct tool t;

    (void)state;
    begin(&t, BOTH);
    tool_items(&t);
    tool_upsert(&t);
    assert_true(tool_asked(&t, "\x12\x02ns"));
    tool_stop(&t);
}

static void GR_07_the_preflight_chooses_and_workers_follow(void **state)
{
    struct tool t;

    (void)state;
    tool_start(&t, &store_pinecone, "pinecone+http://127.0.0.1:%d/ns", &small);
    tool_choose_wire(&t, false, "vectors go over gRPC");
    tool_follow(&t);
    assert_true(tool_asked(&t, "application/grpc"));
    t.ops->close(t.store);
    /* Nobody speaks gRPC there: the same over REST. */
    fakeapi_script(t.api, &(struct fakeapi_answer){ .genuine = true });
    fakeapi_script(t.api, &(struct fakeapi_answer){ .status = 404 });
    tool_choose_wire(&t, false, "vectors go as JSON, for gRPC does");
    tool_items(&t);
    tool_upsert(&t);
    assert_false(tool_asked(&t, "application/grpc"));
    tool_stop(&t);
}

static void format_json_keeps_the_wire_of_rest(void **state)
{
    struct tool t;

    (void)state;
    begin(&t, "pinecone+http://127.0.0.1:%d/ns?format=json");
    tool_items(&t);
    tool_upsert(&t);
    assert_true(tool_asked(&t, "{\"vectors\":["));
    tool_stop(&t);
}

static void an_address_of_grpc_has_rest_beside_it(void **state)
{
    struct error err = { .text = "" };
    uint64_t n = 0;
    struct tool t;

    (void)state;
    begin(&t, "pinecone+grpc://127.0.0.1:%d/ns");
    tool_items(&t);
    tool_upsert(&t);
    assert_true(tool_asked(&t, "application/grpc"));
    assert_true(t.ops->count(t.store, &n, &err));
    assert_int_equal(n, TOOL_ITEMS);
    tool_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pinecone_keeps_the_contract_over_grpc),
        cmocka_unit_test(pinecone_is_understood_when_a_call_fails),
        cmocka_unit_test(a_count_of_fewer_records_is_no_success),
        cmocka_unit_test(members_are_values_of_a_struct),
        cmocka_unit_test(the_namespace_is_in_the_request),
        cmocka_unit_test(GR_07_the_preflight_chooses_and_workers_follow),
        cmocka_unit_test(format_json_keeps_the_wire_of_rest),
        cmocka_unit_test(an_address_of_grpc_has_rest_beside_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
