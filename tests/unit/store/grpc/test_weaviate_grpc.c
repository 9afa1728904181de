/* Tests of Weaviate over gRPC against fakeapi: its contract, errors by the
 * index of an object, refusals, and the choice of a wire. */
#include "config.h"
#include "store/store.h"
#include "store/store_http.h"
#include "tests/support/store_tools.h"

#include <stdio.h>

#include "store/weaviate/weaviate_parts.h"
#include "util/protobuf.h"

#define BOTH "weaviate+http://127.0.0.1:%1$d/docs?grpc=%1$d"

static void weaviate_keeps_the_contract_over_grpc(void **state)
{
    struct contract_store k = { .ops = &store_weaviate };

    (void)state;
    tool_contract(&k, BOTH "&metadata=json", NULL,
                  "Authorization: Bearer s3cret");
}

/* ---- errors ---- */

static void put_error(struct buf *b, uint64_t index, const char *words)
{
    size_t mark = proto_open(b, 2, strlen(words));

    if (index)
        proto_put_u64(b, 1, index);
    proto_put_text(b, 2, text_of(words));
    proto_close(b, mark);
}

static void script_errors(struct tool *t, struct buf *reply)
{
    fakeapi_script(t->api, &(struct fakeapi_answer){
                               .body = { reply->data, reply->len } });
}

static void ST_02_an_error_belongs_to_the_object_of_its_index(void **state)
{
    struct buf reply = { 0 };
    struct tool t;

    (void)state;
    tool_ready(&t, &store_weaviate, BOTH);
    put_error(&reply, 2, "context deadline exceeded");
    put_error(&reply, 0, "invalid text property n");
    script_errors(&t, &reply);
    tool_items(&t)[1].metadata = text_of("{\"a b\":1}"); /* it does not go */
    tool_upsert(&t);
    assert_string_equal(t.items[0].why.text, "invalid text property n");
    assert_int_equal(t.items[0].why.kind, ERROR_REFUSED);
    assert_non_null(strstr(t.items[1].why.text, "\"a b\" has a name"));
    assert_true(t.items[2].stored);
    assert_int_equal(t.items[3].why.kind, ERROR_SERVER);
    buf_release(&reply);
    tool_stop(&t);
}

static void expect_refusal(struct tool *t, enum error_kind kind,
                           const char *says)
{
    struct error err = { .text = "" };
    size_t taken = 0;

    tool_items(t);
    if (t->ops->upsert(t->store, t->items, TOOL_ITEMS, &taken, &err) ||
        err.kind != kind || !strstr(err.text, says))
        fail_msg("%s, \"%s\", not %s, \"%s\"", error_word(err.kind), err.text,
                 error_word(kind), says);
    for (size_t i = 0; i < TOOL_ITEMS; i++)
        assert_false(t->items[i].stored);
}

static void what_concerns_all_objects_fails_the_request(void **state)
{
    static const struct {
        const char *words;
        enum error_kind kind;
    } rows[] = {
        { "tenant not found: \"me\"", ERROR_CONFIG },
        { "new node has a vector with length 5. Existing nodes have vectors "
          "with length 4", ERROR_CONFIG },
        { "store is read-only", ERROR_QUOTA },
        { "authorization, forbidden action: user 'x' has insufficient "
          "permissions", ERROR_AUTH },
    };
    struct tool t;

    (void)state;
    tool_ready(&t, &store_weaviate, BOTH);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf reply = { 0 };

        put_error(&reply, 1, rows[i].words);
        script_errors(&t, &reply);
        expect_refusal(&t, rows[i].kind, "");
        buf_release(&reply);
    }
    tool_stop(&t);
}

static void weaviate_is_understood_when_a_call_fails(void **state)
{
    static const struct {
        int grpc;
        const char *words;
        enum error_kind kind;
    } rows[] = {
        { 2, "extract auth: unauthorized: invalid api key", ERROR_AUTH },
        { 16, "unauthorized", ERROR_AUTH },
        { 8, "grpc: received message larger than max (110100575 vs. "
             "104858000)", ERROR_SIZE },
        { 14, "read-only mode is enabled", ERROR_SERVER },
        { 13, "boom", ERROR_SERVER },
        { 4, "", ERROR_TIMEOUT },
    };
    struct tool t;

    (void)state;
    tool_ready(&t, &store_weaviate, BOTH);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fakeapi_script(t.api,
                       &(struct fakeapi_answer){
                           .grpc = rows[i].grpc,
                           .body = text_of(rows[i].words) });
        expect_refusal(&t, rows[i].kind, rows[i].words);
    }
    fakeapi_script(t.api, &(struct fakeapi_answer){
                              .body = text_of("\x12\x04\x08\x07\x12\0") });
    expect_refusal(&t, ERROR_PROTOCOL, "");
    tool_stop(&t);
}

/* ---- what is sent ---- */

static void members_go_by_their_types(void **state)
{
    static const struct tool_metadata rows[] = {
        { "{\"n\":1,\"x\":-0.5e3,\"s\":\"a\\\"b\",\"b\":false,\"no\":null}",
          NULL },
        { "{\"t\":[\"a\",\"\\u00e4\"],\"none\":[],\"f\":[1,2.5],\"b\":[true]}",
          NULL },
        { "{\"o\":{\"a\":{\"b\":[{\"c\":[1]}]},\"n\":null}}", NULL },
        { "{\"l\":[[1]]}", "a list within a list" },
        { "{\"big\":9007199254740993}", "would be rounded" },
    };
    struct buf payload = { 0 };
    struct tool t;

    (void)state;
    tool_ready(&t, &store_weaviate, BOTH);
    tool_metadata(&t, rows, sizeof rows / sizeof *rows);
    tool_items(&t)[0].metadata =
        text_of("{\"n\":1,\"t\":[\"a\",\"\\u00e4\"],\"none\":[]}");
    tool_upsert(&t);
    assert_true(fakeapi_payload(t.api, text_of("\"a\""), &payload));
    assert_non_null(strstr(buf_cstr(&payload),
                           "\"n\":1,\"t\":[\"a\",\"\xc3\xa4\"],\"none\":[]}"));
    buf_release(&payload);
    tool_stop(&t);
}

static void a_named_vector_and_a_tenant_are_in_each_object(void **state)
{
    static const char class[] =
        "{\"class\":\"Docs\",\"multiTenancyConfig\":{\"enabled\":true,"
        "\"autoTenantCreation\":true},\"vectorConfig\":{\"title\":{}}}";
    struct error err;
    struct tool t;

    (void)state;
    tool_start(&t, &store_weaviate, BOTH "&tenant=me&vector=title", NULL);
    tool_script(&t, 200, class);
    if (!tool_open(&t, TOOL_DIM, false, &err) ||
        !t.ops->preflight(t.store, &err))
        fail_msg("%s", err.text);
    tool_items(&t);
    tool_upsert(&t);
    assert_true(tool_asked(&t, "\x2a\x02me"));         /* tenant = 5 */
    /* name, SINGLE_FP32 */
    assert_true(tool_asked(&t, "\x0a\x05title\x20\x01"));
    tool_stop(&t);
}

/* ---- the wire ---- */

static void options_that_contradict_are_refused(void **state)
{
    static const char *const rows[][2] = {
        { "weaviate+http://127.0.0.1:1/d?format=xml",
          "format=xml is not known" },
        { "weaviate+grpc://127.0.0.1:1/d?format=json", "weaviate+http://" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct store_config cfg = { .url = rows[i][0], .stop_fd = -1 };
        struct error err = { .text = "" };

        assert_null(store_weaviate.open(&store_weaviate, &cfg, &err));
        if (!strstr(err.text, rows[i][1]))
            fail_msg("%s", err.text);
    }
}

static void GR_07_the_preflight_chooses_and_workers_follow(void **state)
{
    struct tool t;

    (void)state;
    tool_start(&t, &store_weaviate, "weaviate+http://127.0.0.1:%d/docs", NULL);
    tool_choose_wire(&t, true, "vectors go over gRPC");
    tool_follow(&t);
    assert_non_null(((struct store_http *)t.store)->grpc);
    t.ops->close(t.store);
    /* Nobody speaks gRPC there: the same over REST. */
    fakeapi_script(t.api, &(struct fakeapi_answer){ .genuine = true });
    fakeapi_script(t.api, &(struct fakeapi_answer){ .genuine = true });
    fakeapi_script(t.api, &(struct fakeapi_answer){ .status = 404 });
    tool_choose_wire(&t, true, "vectors go as JSON, for gRPC does");
    tool_items(&t);
    tool_upsert(&t);
    assert_false(tool_asked(&t, "application/grpc"));
    tool_stop(&t);
}

static void format_json_keeps_the_wire_of_rest(void **state)
{
    struct tool t;

    (void)state;
    tool_ready(&t, &store_weaviate,
               "weaviate+http://127.0.0.1:%d/docs?format=json");
    tool_items(&t);
    tool_upsert(&t);
    assert_true(tool_asked(&t, "{\"objects\":["));
    tool_stop(&t);
}

static void a_port_without_grpc_is_named(void **state)
{
    struct error err = { .text = "" };
    struct fakeapi_answer no = { .status = 404 };
    size_t taken;
    struct tool t;

    (void)state;
    tool_ready(&t, &store_weaviate, BOTH);
    tool_items(&t);
    fakeapi_script(t.api, &no);
    assert_false(t.ops->upsert(t.store, t.items, TOOL_ITEMS, &taken, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "no gRPC is spoken there"));
    tool_stop(&t);
}

static void an_address_of_grpc_stores_and_asks(void **state)
{
    struct error err = { .text = "" };
    const struct text ids[] = { text_of("a"), text_of("nobody") };
    bool present[2];
    struct tool t;

    (void)state;
    tool_ready(&t, &store_weaviate,
               "weaviate+grpc://127.0.0.1:%1$d/docs?rest=%1$d");
    tool_items(&t);
    tool_upsert(&t);
    assert_true(tool_asked(&t, "application/grpc"));
    assert_true(t.ops->lookup(t.store, ids, 2, present, &err));
    assert_true(present[0] && !present[1]);
    tool_stop(&t);
}

static void without_rest_its_port_is_asked_for(void **state)
{
    struct tool t;

    (void)state;
    tool_start(&t, &store_weaviate,
               "weaviate+grpc://127.0.0.1:%d/docs?rest=1", NULL);
    tool_unfit(&t, TOOL_DIM, false, ERROR_NETWORK, "?rest=N in the URL");
    tool_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weaviate_keeps_the_contract_over_grpc),
        cmocka_unit_test(ST_02_an_error_belongs_to_the_object_of_its_index),
        cmocka_unit_test(what_concerns_all_objects_fails_the_request),
        cmocka_unit_test(weaviate_is_understood_when_a_call_fails),
        cmocka_unit_test(members_go_by_their_types),
        cmocka_unit_test(a_named_vector_and_a_tenant_are_in_each_object),
        cmocka_unit_test(options_that_contradict_are_refused),
        cmocka_unit_test(GR_07_the_preflight_chooses_and_workers_follow),
        cmocka_unit_test(format_json_keeps_the_wire_of_rest),
        cmocka_unit_test(a_port_without_grpc_is_named),
        cmocka_unit_test(an_address_of_grpc_stores_and_asks),
        cmocka_unit_test(without_rest_its_port_is_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
