/* Tests of Milvus over gRPC against fakeapi: its contract, columns by the types
 * of fields, statuses inside answers, and the choice of a wire. */
#include "config.h"
#include "store/store.h"
#include "store/store_http.h"
#include "tests/support/store_tools.h"

#include <stdio.h>

#include "store/milvus/milvus_parts.h"
#include "util/protobuf.h"

#define ALONE "milvus+grpc://127.0.0.1:%d/docs"
#define BOTH "milvus+http://127.0.0.1:%1$d/docs?grpc=%1$d"

static void contract_of(const char *form)
{
    struct contract_store k = { .ops = &store_milvus };
    struct tool t;

    tool_start(&t, &store_milvus, form, NULL);
    k.url = t.url;
    k.ctx = t.api;
    k.fetch = tool_fetch;
    contract_store(&k);
    tool_stop(&t);
}

static void milvus_keeps_the_contract_over_grpc(void **state)
{
    (void)state;
    contract_of(ALONE "?metadata=json");
    contract_of(BOTH "&metadata=json");
}

static void SE_03_the_key_goes_as_base64(void **state)
{
    struct fakeapi_options o = {
        .key = "Authorization: cm9vdDpzM2NyZXQ=", .keep_request = true
    };
    struct error err = { .text = "" };
    struct tool t;

    (void)state;
    tool_start(&t, &store_milvus, ALONE, &o);
    tool_unfit(&t, TOOL_DIM, true, ERROR_AUTH, "UNAUTHENTICATED");
    t.key = "root:s3cret";
    if (!tool_open(&t, TOOL_DIM, true, &err) ||
        !t.ops->preflight(t.store, &err))
        fail_msg("%s", err.text);
    tool_items(&t);
    tool_upsert(&t);
    assert_true(tool_asked(&t, "cm9vdDpzM2NyZXQ="));
    assert_false(tool_asked(&t, "s3cret"));
    tool_stop(&t);
}

/* ---- statuses ---- */

static void put_no(struct buf *b, int code, const char *reason)
{
    size_t mark = proto_open(b, 1, strlen(reason));

    proto_put_text(b, 2, text_of(reason));
    proto_put_u64(b, 3, (uint64_t)code);
    proto_close(b, mark);
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

static void ST_02_a_status_inside_an_answer_counts(void **state)
{
    static const struct {
        int code;
        const char *reason;
        enum error_kind kind;
    } rows[] = {
        { 8, "request is rejected by grpc RateLimiter", ERROR_LIMITED },
        { 9, "quota exceeded[reason=memory quota exceeded]", ERROR_QUOTA },
        { 100, "collection not found[database=default]", ERROR_CONFIG },
        { 101, "collection not loaded", ERROR_SERVER },
        { 1100, "the length (101) of 0th string exceeds max length (100)",
          ERROR_REFUSED },
        { 1100, "vector dimension mismatch", ERROR_CONFIG },
        { 1400, "unauthenticated", ERROR_AUTH },
        { 65535, "unexpected end of JSON input", ERROR_SERVER },
    };
    struct tool t;

    (void)state;
    tool_ready(&t, &store_milvus, ALONE);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf reply = { 0 };

        put_no(&reply, rows[i].code, rows[i].reason);
        fakeapi_script(t.api, &(struct fakeapi_answer){
                                  .body = { reply.data, reply.len } });
        expect_refusal(&t, rows[i].kind, rows[i].reason);
        buf_release(&reply);
    }
    tool_stop(&t);
}

static void a_call_that_fails_is_understood(void **state)
{
    struct tool t;

    (void)state;
    tool_ready(&t, &store_milvus, ALONE);
    fakeapi_script(t.api, &(struct fakeapi_answer){
        .grpc = 8, .body = text_of("grpc: received message larger than max "
                                   "(75010781 vs. 67108864)") });
    expect_refusal(&t, ERROR_SIZE, "larger than max");
    fakeapi_script(t.api, &(struct fakeapi_answer){ .grpc = 14 });
    expect_refusal(&t, ERROR_SERVER, "UNAVAILABLE");
    /* upsert_cnt 3 of 4 */
    fakeapi_script(t.api, &(struct fakeapi_answer){
                              .body = text_of("\x0a\x02\x10\x7f\x40\x03") });
    expect_refusal(&t, ERROR_PROTOCOL, "");
    fakeapi_script(t.api, &(struct fakeapi_answer){
                              .body = text_of("\x40\x03") });
    expect_refusal(&t, ERROR_PROTOCOL, "took 3 of 4 records");
    tool_stop(&t);
}

/* ---- columns ---- */

/* A FieldSchema. */
static void put_field(struct buf *schema, const char *name, uint64_t type,
                      unsigned flag)
{
    size_t field = proto_open(schema, 4, 60), pair;

    proto_put_text(schema, 2, text_of(name));
    if (flag)
        proto_put_bool(schema, flag, true);
    proto_put_u64(schema, 5, type);
    pair = proto_open(schema, 6, 20);
    proto_put_text(schema, 1, text_of(type == 101 ? "dim" : "max_length"));
    proto_put_text(schema, 2, text_of(type == 101 ? "4" : "9"));
    proto_close(schema, pair);
    proto_close(schema, field);
}

enum { PRIMARY = 3, NULLABLE = 15, MADE = 16 };

/* A collection with a field of each type that we write. */
static void script_typed(struct tool *t, struct buf *b, bool array)
{
    size_t schema = proto_open(b, 2, 400);

    put_field(b, "pk", 21, PRIMARY);
    put_field(b, "v", 101, 0);
    put_field(b, "text", 21, 0);
    put_field(b, "whole", 5, 0);
    put_field(b, "small", 2, NULLABLE);
    put_field(b, "real", 11, NULLABLE);
    put_field(b, "yes", 1, NULLABLE);
    put_field(b, "any", 23, NULLABLE);
    put_field(b, "sparse", 104, MADE);
    put_field(b, "when", 26, NULLABLE); /* a type that we do not write */
    if (array)
        put_field(b, "list", 22, 0);
    proto_close(b, schema);
    fakeapi_script(t->api, &(struct fakeapi_answer){
                               .body = { b->data, b->len } });
}

static void begin_typed(struct tool *t, struct buf *schema)
{
    struct error err = { .text = "" };

    tool_start(t, &store_milvus, ALONE, NULL);
    script_typed(t, schema, false);
    if (!tool_open(t, TOOL_DIM, false, &err) ||
        !t->ops->preflight(t->store, &err))
        fail_msg("%s", err.text);
}

static void a_field_takes_its_type_alone(void **state)
{
    static const struct tool_metadata rows[] = {
        { "{}", "has no member \"whole\"" },
        { "{\"whole\":null}", "has no member \"whole\"" },
        { "{\"whole\":1.5}", "takes an integer of 64 bits" },
        { "{\"whole\":1,\"small\":128}", "takes an integer of 8 bits" },
        { "{\"whole\":1,\"real\":\"x\"}", "takes a number" },
        { "{\"whole\":1,\"yes\":1}", "takes true or false" },
        { "{\"whole\":1,\"other\":1}", "neither such a field nor dynamic" },
        { "{\"whole\":1,\"sparse\":{}}", "not written over gRPC" },
    };
    struct upsert_item item;
    struct buf room = { 0 }, schema = { 0 };
    struct tool t;

    (void)state;
    begin_typed(&t, &schema);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        item = (struct upsert_item){ .id = text_of("a"),
                                     .text = text_of("t"),
                                     .metadata = text_of(rows[i].json) };
        assert_false(t.ops->takes(t.store, &item, &room));
        if (!strstr(item.why.text, rows[i].says))
            fail_msg("%s: %s", rows[i].json, item.why.text);
    }
    buf_release(&room);
    tool_stop(&t);
    buf_release(&schema);
}

/* The column of that name in the last request. */
static struct text column(struct text message, const char *name)
{
    struct proto_cursor c;
    struct proto_field f, at;

    proto_begin(&c, message);
    while (proto_next(&c, &f))
        if (proto_is(&f, 5, PROTO_BYTES) &&
            proto_find(f.bytes, 2, PROTO_BYTES, &at) &&
            text_is(at.bytes, name))
            return f.bytes;
    fail_msg("there is no column %s", name);
    return message;
}

static void expect_column(struct text message, const char *name,
                          unsigned kind, const char *data, size_t n,
                          const char *valid)
{
    const unsigned path[] = { 3, kind, 0 };
    struct text field = column(message, name), got;
    struct proto_cursor c;
    struct proto_field f;
    size_t i = 0;

    assert_true(proto_at(field, path, &got));
    assert_int_equal(got.len, n);
    assert_memory_equal(got.ptr, data, n);
    proto_begin(&c, field);
    while (proto_next(&c, &f))
        if (f.number == 7)
            assert_int_equal(f.value, valid[i++] - '0');
    assert_int_equal(i, strlen(valid));
}

static void columns_have_the_values_of_all_records(void **state)
{
    struct buf b = { 0 }, schema = { 0 };
    struct error err = { .text = "" };
    struct text message;
    size_t taken;
    struct tool t;

    (void)state;
    begin_typed(&t, &schema);
    tool_items(&t);
    t.items[0].metadata = text_of("{\"whole\":-1,\"small\":7,\"yes\":true}");
    t.items[1].metadata = text_of("{\"whole\":\"12\",\"real\":0.5,\"any\":"
                                  "[1,{}]}");
    t.items[2].metadata = text_of("{}"); /* does not go */
    t.items[3].metadata = text_of("{\"whole\":3,\"yes\":false,\"any\":\"s\"}");
    assert_true(milvus_put_upsert((struct milvus *)t.store, &b, t.items,
                                  TOOL_ITEMS, &taken, &err));
    assert_int_equal(taken, TOOL_ITEMS);
    assert_int_equal(t.store->sent_count, 3);
    message = (struct text){ b.data, b.len };
    expect_column(message, "pk", 6, "\x0a\1a\x0a\1b\x0a\1d", 9, "");
    expect_column(message, "whole", 3,
                  "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                  "\x08\x0c\x08\x03", 15, "");
    expect_column(message, "small", 2, "\x08\x07", 2, "100");
    expect_column(message, "real", 5, "\x09\0\0\0\0\0\0\xe0\x3f", 9, "010");
    expect_column(message, "yes", 1, "\x08\1\x08\0", 4, "101");
    expect_column(message, "any", 9, "\x0a\6[1,{}]\x0a\3\"s\"", 13, "011");
    buf_release(&b);
    tool_stop(&t);
    buf_release(&schema);
}

static void ST_05_a_field_of_another_type_is_found_before_it_costs(
    void **state)
{
    struct buf schema = { 0 };
    struct tool t;

    (void)state;
    tool_start(&t, &store_milvus, ALONE, NULL);
    script_typed(&t, &schema, true);
    fakeapi_script(t.api, &(struct fakeapi_answer){ .genuine = true });
    tool_unfit(&t, TOOL_DIM, false, ERROR_CONFIG, "http:// instead of grpc://");
    tool_unfit(&t, TOOL_DIM, false, ERROR_CONFIG, "--create makes it");
    tool_stop(&t);
    buf_release(&schema);
}

static void members_that_are_no_fields_are_one_object(void **state)
{
    struct buf payload = { 0 };
    struct tool t;

    (void)state;
    tool_ready(&t, &store_milvus, ALONE);
    tool_items(&t)[0].metadata =
        text_of("{\"n\":9223372036854775807,\"o\":{\"a\":[1]},\"s\":\"x\"}");
    tool_upsert(&t);
    assert_true(fakeapi_payload(t.api, text_of("\"a\""), &payload));
    assert_non_null(strstr(buf_cstr(&payload),
                           "\"n\":9223372036854775807,\"o\":{\"a\":[1]},"
                           "\"s\":\"x\"}"));
    buf_release(&payload);
    tool_stop(&t);
}

/* ---- cuts ---- */

static void a_request_keeps_to_count_and_bytes(void **state)
{
    struct error err = { .text = "" };
    size_t taken;
    struct tool t;

    (void)state;
    tool_ready(&t, &store_milvus, ALONE);
    tool_items(&t);
    t.store->limit_count = 3;
    assert_true(t.ops->upsert(t.store, t.items, TOOL_ITEMS, &taken, &err));
    assert_int_equal(taken, 3);
    t.store->limit_count = 0;
    t.store->limit_bytes = 600;
    assert_true(t.ops->upsert(t.store, t.items, TOOL_ITEMS, &taken, &err));
    assert_in_range(taken, 1, 3);
    assert_in_range(t.store->sent_bytes, 1, 600);
    t.store->limit_bytes = 60;
    assert_false(t.ops->upsert(t.store, t.items, TOOL_ITEMS, &taken, &err));
    assert_int_equal(err.kind, ERROR_SIZE);
    assert_int_equal(err.about, ABOUT_DOCUMENT);
    assert_int_equal(taken, 1);
    tool_stop(&t);
}

/* A server may add columns that nobody asked for. */
static void lookup_reads_the_column_of_ids(void **state)
{
    static const char reply[] =
        "\x12\x0e\x08\x15\x12\x02id\x1a\x06\x32\x04\x0a\x02" "aa"
        "\x12\x11\x08\x17\x12\x05$meta\x1a\x06\x4a\x04\x0a\x02{}";
    const struct text ids[] = { text_of("aa"), text_of("b") };
    struct error err = { .text = "" };
    bool present[2];
    struct tool t;

    (void)state;
    tool_ready(&t, &store_milvus, ALONE);
    fakeapi_script(t.api, &(struct fakeapi_answer){
                              .body = { reply, sizeof reply - 1 } });
    assert_true(t.ops->lookup(t.store, ids, 2, present, &err));
    assert_true(present[0] && !present[1]);
    tool_stop(&t);
}

static void search_reads_hits(void **state)
{
    struct tool t;

    (void)state;
    tool_ready(&t, &store_milvus, ALONE);
    tool_search(&t);
    tool_stop(&t);
}

static void GR_07_the_preflight_chooses_and_workers_follow(void **state)
{
    struct tool t;

    (void)state;
    tool_start(&t, &store_milvus, "milvus+http://127.0.0.1:%d/docs", NULL);
    tool_choose_wire(&t, true, "vectors go over gRPC");
    tool_follow(&t);
    assert_true(tool_asked(&t, "application/grpc"));
    t.ops->close(t.store);
    /* Nobody speaks gRPC there: the same over REST. */
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
    tool_ready(&t, &store_milvus,
               "milvus+http://127.0.0.1:%d/docs?format=json");
    tool_items(&t);
    tool_upsert(&t);
    assert_true(tool_asked(&t, "\"collectionName\":\"docs\",\"data\":["));
    tool_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(milvus_keeps_the_contract_over_grpc),
        cmocka_unit_test(SE_03_the_key_goes_as_base64),
        cmocka_unit_test(ST_02_a_status_inside_an_answer_counts),
        cmocka_unit_test(a_call_that_fails_is_understood),
        cmocka_unit_test(a_field_takes_its_type_alone),
        cmocka_unit_test(columns_have_the_values_of_all_records),
        cmocka_unit_test(
            ST_05_a_field_of_another_type_is_found_before_it_costs),
        cmocka_unit_test(members_that_are_no_fields_are_one_object),
        cmocka_unit_test(a_request_keeps_to_count_and_bytes),
        cmocka_unit_test(lookup_reads_the_column_of_ids),
        cmocka_unit_test(search_reads_hits),
        cmocka_unit_test(GR_07_the_preflight_chooses_and_workers_follow),
        cmocka_unit_test(format_json_keeps_the_wire_of_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
