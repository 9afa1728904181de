/* Tests of Qdrant over gRPC against fakeapi: its contract, the same points as
 * over REST, what counts as stored, refusals, and the choice of a wire. */
#include "config.h"
#include "store/store.h"
#include "tests/support/store_tools.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/json.h"
#include "util/protobuf.h"

#define FORM "qdrant+grpc://127.0.0.1:%d/docs"

static void begin(struct tool *t)
{
    tool_ready(t, &store_qdrant, FORM);
}

static bool send_one(struct tool *t, const char *id, const char *metadata,
                     struct error *err)
{
    struct upsert_item one = { .id = text_of(id), .text = text_of("some text"),
                               .metadata = text_of(metadata),
                               .vector = tool_items(t)->vector };
    size_t taken = 0;

    *err = (struct error){ .text = "" };
    if (!t->ops->upsert(t->store, &one, 1, &taken, err)) {
        assert_false(one.stored);
        return false;
    }
    if (!one.stored)
        *err = one.why;
    return taken == 1 && one.stored;
}

static void script(struct tool *t, int grpc, const char *message)
{
    fakeapi_script(t->api, &(struct fakeapi_answer){
                               .grpc = grpc, .body = text_of(message) });
}

static void script_message(struct tool *t, const char *bytes, size_t n)
{
    fakeapi_script(t->api,
                   &(struct fakeapi_answer){ .body = { bytes, n } });
}

static void expect_error(const struct error *err, enum error_kind kind,
                         const char *words)
{
    if (err->kind != kind || !strstr(err->text, words))
        fail_msg("%s, \"%s\", not %s, \"%s\"", error_word(err->kind),
                 err->text, error_word(kind), words);
}

/* ---- the contract ---- */

static bool qdrant_fetch(void *ctx, struct text id, struct buf *text,
                         struct buf *metadata)
{
    struct buf raw = { 0 }, payload = { 0 };
    struct json_cursor c;
    struct json_value key, v;
    bool found;

    if (id.ptr[0] == '9')
        buf_put(&raw, id.ptr, id.len);
    else
        json_put_string(&raw, id);
    found = fakeapi_payload(ctx, (struct text){ raw.data, raw.len }, &payload);
    json_begin(&c, payload.data ? payload.data : "", payload.len);
    if (found && json_enter_object(&c))
        while (json_member(&c, &key) && json_value(&c, &v)) {
            if (json_is(&key, "text"))
                json_decode(&v, text);
            else if (json_is(&key, "metadata"))
                buf_put(metadata, v.raw.ptr, v.raw.len);
        }
    buf_release(&raw);
    buf_release(&payload);
    return found;
}

static const char odd[] = "{\"n\":9007199254740993,\"x\":1.5,\"no\":null,"
                          "\"deep\":[{}],\"b\":[true,false]}";

static void qdrant_keeps_the_contract_over_grpc(void **state)
{
    struct contract_store k = { .ops = &store_qdrant, .fetch = qdrant_fetch,
                                .metadata = odd };

    (void)state;
    tool_contract(&k, FORM, NULL, "api-key: s3cret");
}

/* REST for the collection, gRPC for vectors. */
static void qdrant_keeps_the_contract_over_both(void **state)
{
    struct contract_store k = { .ops = &store_qdrant, .fetch = qdrant_fetch,
                                .metadata = odd };
    struct tool t;

    (void)state;
    tool_start(&t, &store_qdrant, "qdrant+http://127.0.0.1:%d/docs", NULL);
    snprintf(t.url + strlen(t.url), 20, "?grpc=%d", fakeapi_port(t.api));
    k.url = t.url;
    k.ctx = t.api;
    contract_store(&k);
    tool_stop(&t);
}

/* ---- preflight ---- */

static void ST_05_what_does_not_fit_is_found_before_the_first_record(
    void **state)
{
    /* GetCollectionInfoResponse, from result on */
    static const char other[] = "\x0a\x0a\x3a\x08\x0a\x06\x2a\x04\x12\x02\x0a\0";
    struct tool t;
    struct error err;

    (void)state;
    begin(&t);
    t.ops->close(t.store);
    tool_unfit(&t, 6, false, ERROR_CONFIG,
               "4 dimensions, the embedder gives 6");
    script_message(&t, other, sizeof other - 1);
    tool_unfit(&t, TOOL_DIM, false, ERROR_CONFIG, "named vectors");
    script_message(&t, "", 0);
    tool_unfit(&t, TOOL_DIM, false, ERROR_PROTOCOL, "has no result");
    script_message(&t, "\x0a\0", 2);
    tool_unfit(&t, TOOL_DIM, false, ERROR_PROTOCOL, "result.config.params");
    script(&t, 16, "Must provide an API key");
    tool_unfit(&t, TOOL_DIM, false, ERROR_AUTH, "Must provide an API key");
    script(&t, 14, "");
    tool_unfit(&t, TOOL_DIM, false, ERROR_SERVER, "looking at collection docs");
    script(&t, 5, "Not found: Collection `docs` doesn't exist!");
    tool_unfit(&t, TOOL_DIM, false, ERROR_CONFIG, "--create makes it");
    assert_non_null(tool_open(&t, TOOL_DIM, true, &err));
    script(&t, 5, "Not found");
    script(&t, 6, "already exists"); /* somebody else was faster */
    assert_true(t.ops->preflight(t.store, &err));
    script(&t, 5, "Not found");
    script(&t, 3, "Wrong input: Collection `docs` already exists!");
    assert_true(t.ops->preflight(t.store, &err));
    tool_stop(&t);
}

/* ---- acknowledgements ---- */

static void ST_04_only_what_is_completed_is_stored(void **state)
{
    struct tool t;
    struct error err;

    (void)state;
    begin(&t);
    assert_true(send_one(&t, "a", "", &err));
    assert_true(tool_asked(&t, "\x0a\x04" "docs\x10\x01\x1a")); /* wait */
    script_message(&t, "\x0a\x02\x10\x01", 4);
    assert_false(send_one(&t, "b", "", &err));
    expect_error(&err, ERROR_SERVER, "acknowledged");
    script_message(&t, "\x0a\x02\x10\x04", 4);
    assert_false(send_one(&t, "b", "", &err));
    expect_error(&err, ERROR_SERVER, "wait_timeout");
    script_message(&t, "\x0a\x02\x10\x09", 4);
    assert_false(send_one(&t, "b", "", &err));
    expect_error(&err, ERROR_PROTOCOL, "new");
    tool_stop(&t);
}

static void ST_03_a_success_that_confirms_nothing_is_none(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } bad[] = { { "", 0 },        { "\x0a\0", 2 },     { "\x0a\x05\x10", 3 },
                { "\x0a\x01\x10", 3 }, { "Welcome!", 8 },
                { "\x10\x02", 2 } };
    struct tool t;
    struct error err;

    (void)state;
    begin(&t);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        script_message(&t, bad[i].bytes, bad[i].n);
        assert_false(send_one(&t, "a", "", &err));
        assert_int_equal(err.kind, ERROR_PROTOCOL);
    }
    tool_stop(&t);
}

/* ---- refusals ---- */

static void ST_06_a_refusal_has_its_kind(void **state)
{
    static const struct {
        int grpc;
        const char *words;
        enum error_kind kind;
        enum error_about about;
        int code;
    } rows[] = {
        { 3, "Wrong input: Vector dimension error: expected dim: 4, got 5",
          ERROR_CONFIG, ABOUT_SERVICE, 400 },
        { 3, "Expected PointStruct", ERROR_REFUSED, ABOUT_UNKNOWN, 400 },
        { 16, "Invalid API key or JWT", ERROR_AUTH, ABOUT_SERVICE, 401 },
        { 7, "Forbidden: Global access is required", ERROR_AUTH, ABOUT_UNKNOWN,
          403 },
        { 5, "Not found: Collection docs", ERROR_CONFIG, ABOUT_SERVICE, 404 },
        { 13, "Service internal error: No space left on device", ERROR_QUOTA,
          ABOUT_SERVICE, 500 },
        { 13, "Service internal error", ERROR_SERVER, ABOUT_UNKNOWN, 500 },
        { 14, "Shard unavailable", ERROR_SERVER, ABOUT_UNKNOWN, 503 },
        { 4, "Timeout error: Operation 'upsert' timed out", ERROR_TIMEOUT,
          ABOUT_UNKNOWN, 504 },
        { 8, "Rate limiting exceeded: Write rate limit exceeded, retry later",
          ERROR_LIMITED, ABOUT_UNKNOWN, 429 },
    };
    struct tool t;
    struct error err;

    (void)state;
    begin(&t);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        script(&t, rows[i].grpc, rows[i].words);
        assert_false(send_one(&t, "a", "", &err));
        expect_error(&err, rows[i].kind, rows[i].words);
        assert_int_equal(err.about, rows[i].about);
        assert_int_equal(err.code, rows[i].code);
    }
    assert_true(send_one(&t, "a", "", &err));
    tool_stop(&t);
}

static void ST_16_strict_mode_is_told_by_its_words(void **state)
{
    struct tool t;
    struct error err;

    (void)state;
    begin(&t);
    script(&t, 3, "Bad request: Points count limit exceeded");
    assert_false(send_one(&t, "a", "", &err));
    expect_error(&err, ERROR_QUOTA, "limit");
    script(&t, 3, "Bad request: Upsert limit exceeded 200 > 100 for upsert");
    assert_false(send_one(&t, "a", "", &err)); /* ST-17 */
    expect_error(&err, ERROR_SIZE, "Upsert limit");
    tool_stop(&t);
}

static void ST_07_a_request_keeps_to_the_bytes(void **state)
{
    struct tool t;
    struct upsert_item *items;
    struct error err;
    size_t taken = 0, one;

    (void)state;
    begin(&t);
    items = tool_items(&t);
    assert_true(t.ops->upsert(t.store, items, 1, &taken, &err));
    one = t.store->sent_bytes;
    t.store->limit_bytes = 3 * one - 20;
    assert_true(t.ops->upsert(t.store, items, TOOL_ITEMS, &taken, &err));
    assert_in_range(taken, 2, 3);
    assert_true(t.store->sent_bytes <= 3 * one - 20);
    assert_true(items[taken - 1].stored && !items[taken].stored);
    t.store->limit_bytes = one - 1;
    assert_false(t.ops->upsert(t.store, items, TOOL_ITEMS, &taken, &err));
    assert_int_equal(taken, 1);
    expect_error(&err, ERROR_SIZE, "one record takes");
    tool_stop(&t);
}

/* ---- what a message cannot hold ---- */

static const char huge[] = "{\"n\":18446744073709551615}";

/* A list in a list, 50 times. */
static const char *deep(void)
{
    static char json[128];

    memset(json, '[', 50);
    memset(json + 50, ']', 50);
    return json;
}

static void GR_06_a_message_that_would_change_a_record_is_not_sent(
    void **state)
{
    struct tool t;
    struct error err;

    (void)state;
    begin(&t);
    assert_false(send_one(&t, "a", huge, &err));
    expect_error(&err, ERROR_REFUSED, "an integer beyond 63 bits");
    assert_int_equal(err.about, ABOUT_DOCUMENT);
    assert_false(send_one(&t, "a", deep(), &err));
    expect_error(&err, ERROR_REFUSED, "more levels than gRPC takes");
    assert_int_equal(fakeapi_stats(t.api).points, 0);
    tool_stop(&t);
}

static void GR_06_such_a_record_goes_over_REST_where_it_can(void **state)
{
    struct tool t;
    struct upsert_item *items;
    struct error err;
    size_t taken = 0;

    (void)state;
    tool_start(&t, &store_qdrant, "qdrant+http://127.0.0.1:%d/docs", NULL);
    snprintf(t.url + strlen(t.url), 20, "?grpc=%d", fakeapi_port(t.api));
    if (!tool_open(&t, TOOL_DIM, true, &err) ||
        !t.ops->preflight(t.store, &err))
        fail_msg("%s", err.text);
    items = tool_items(&t);
    items[1].metadata = text_of(huge);
    items[2].metadata = text_of(deep());
    for (size_t i = 0; i < TOOL_ITEMS; i += taken) {
        static const size_t want[] = { 1, 2, 0, 1 };

        if (!t.ops->upsert(t.store, items + i, TOOL_ITEMS - i, &taken, &err))
            fail_msg("%s", err.text);
        assert_int_equal(taken, want[i]);
        assert_int_equal(tool_asked(&t, "application/grpc"), i != 1);
    }
    for (size_t i = 0; i < TOOL_ITEMS; i++)
        assert_true(items[i].stored);
    assert_int_equal(fakeapi_stats(t.api).distinct, TOOL_ITEMS);
    tool_stop(&t);
}

/* ---- the choice ---- */

static void choice(struct tool *t, const char *options)
{
    tool_start(t, &store_qdrant, "qdrant+http://127.0.0.1:%d/docs", NULL);
    snprintf(t->url + strlen(t->url), 40, "%s", options);
}

static void GR_07_a_port_without_grpc_is_told(void **state)
{
    struct tool t;
    struct error err;

    (void)state;
    choice(&t, "?grpc=1");
    assert_non_null(tool_open(&t, TOOL_DIM, true, &err));
    assert_false(t.ops->preflight(t.store, &err));
    expect_error(&err, ERROR_NETWORK, "gRPC at http://127.0.0.1:1");
    tool_stop(&t);
    choice(&t, "?format=json");
    assert_non_null(tool_open(&t, TOOL_DIM, true, &err));
    assert_true(t.ops->preflight(t.store, &err));
    assert_true(send_one(&t, "a", "", &err));
    assert_true(tool_asked(&t, "\"_id\":\"a\""));
    tool_stop(&t);
}

/* Two servers whose ports are mixed up. */
static void GR_07_another_collection_of_that_name_is_not_taken(void **state)
{
    struct tool other, t;
    struct error err;
    char options[40];

    (void)state;
    begin(&other);
    tool_items(&other);
    tool_upsert(&other);
    snprintf(options, sizeof options, "?grpc=%d", fakeapi_port(other.api));
    choice(&t, options);
    assert_non_null(tool_open(&t, TOOL_DIM, true, &err));
    assert_false(t.ops->preflight(t.store, &err));
    expect_error(&err, ERROR_CONFIG, "another collection");
    tool_stop(&t);
    tool_stop(&other);
}

static bool port_is_free(int port)
{
    const struct sockaddr_in at = { .sin_family = AF_INET,
                                    .sin_port = htons((uint16_t)port),
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    bool is;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    is = bind(fd, (const struct sockaddr *)&at, sizeof at) == 0;
    close(fd);
    return is;
}

static void goes_as_json(struct tool *t, const char *why)
{
    struct error err;

    if (!tool_open(t, TOOL_DIM, true, &err) ||
        !t->ops->preflight(t->store, &err))
        fail_msg("%s", err.text);
    if (!strstr(t->store->note, "as JSON") || !strstr(t->store->note, why))
        fail_msg("%s", t->store->note);
    assert_true(send_one(t, "a", "", &err));
    assert_true(tool_asked(t, "\"_id\":\"a\""));
    t->ops->close(t->store);
}

/* Nobody asked for gRPC: REST will do. */
static void GR_07_beside_the_usual_port_REST_is_enough(void **state)
{
    struct fakeapi_options o = { .port = 6333, .keep_request = true };
    struct fakeapi *other;
    struct tool t;

    (void)state;
    if (!port_is_free(6333) || !port_is_free(6334))
        skip();
    tool_start(&t, &store_qdrant, "qdrant+http://127.0.0.1:%d/docs", &o);
    goes_as_json(&t, "gRPC does not answer at port 6334");
    o.port = 6334;
    other = fakeapi_start(&o);
    goes_as_json(&t, "another collection");
    fakeapi_stop(other);
    t.store = NULL;
    tool_stop(&t);
}

/* A worker's own instance asks for nothing. */
static void a_worker_goes_the_way_that_was_chosen(void **state)
{
    struct tool t;
    struct store *chosen;
    struct error err;
    char options[40];
    uint64_t before;

    (void)state;
    choice(&t, "");
    snprintf(options, sizeof options, "?grpc=%d", fakeapi_port(t.api));
    snprintf(t.url + strlen(t.url), 40, "%s", options);
    chosen = tool_open(&t, TOOL_DIM, true, &err);
    assert_true(t.ops->preflight(chosen, &err));
    tool_open(&t, TOOL_DIM, false, &err);
    before = fakeapi_stats(t.api).requests;
    t.ops->follow(t.store, chosen);
    assert_true(send_one(&t, "a", "", &err));
    assert_int_equal(fakeapi_stats(t.api).requests, before + 1);
    assert_true(tool_asked(&t, "application/grpc"));
    t.ops->close(chosen);
    tool_stop(&t);
}

static void words_of_the_url_that_do_not_go_together_are_refused(void **state)
{
    static const char *const urls[] = {
        "qdrant+http://h:6333/docs?format=xml",
        "qdrant+http://h:6333/docs?grpc=x",
        "qdrant+http://h:6333/docs?grpc=6334&format=json",
        "qdrant+grpc://h:6334/docs?format=json",
        "qdrant+grpc://h:6334/docs?grpc=6334",
        "chroma+grpc://h:6334/docs",
        "qdrant+grpc://h:6334"
    };

    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        const struct store_config cfg = { .url = urls[i], .dim = TOOL_DIM,
                                          .stop_fd = -1 };
        const struct store_ops *ops = store_find(urls[i]);
        struct error err = { .text = "" };

        if (ops->open(ops, &cfg, &err))
            fail_msg("%s was taken", urls[i]);
        assert_int_equal(err.kind, ERROR_CONFIG);
    }
}

/* ---- search ---- */

static void hits_are_read_whoever_wrote_them(void **state)
{
    /* a number and no payload; a UUID, a text that is a list */
    static const char answer[] =
        "\x0a\x09\x0a\x02\x08\x11\x1d\0\0\0\xbf"
        "\x0a\x21\x0a\x03\x12\x01u\x1d\0\0\x40\x3f\x12\x15\x0a\x04text\x12\x0d"
        "\x3a\x0b\x0a\x02\x18\x05\x0a\x05\x22\x03" "a\"b";
    const float query[TOOL_DIM] = { 1, 0, 0, 0 };
    struct store_hit hits[3] = { { .score = 0 } };
    struct tool t;
    struct error err = { .text = "" };
    size_t got = 0;

    (void)state;
    begin(&t);
    tool_search(&t);
    script_message(&t, answer, sizeof answer - 1);
    if (!t.ops->search(t.store, query, 3, hits, &got, &err))
        fail_msg("%s", err.text);
    assert_int_equal(got, 2);
    assert_string_equal(buf_cstr(&hits[0].id), "17");
    assert_true(hits[0].score == -0.5 && hits[0].text.len == 0);
    assert_string_equal(buf_cstr(&hits[1].id), "u");
    assert_string_equal(buf_cstr(&hits[1].text), "[5,\"a\\\"b\"]");
    assert_true(hits[1].score == 0.75);
    script_message(&t, "\x0a\x05\x1d\0\0\0\xbf", 7);
    assert_false(t.ops->search(t.store, query, 3, hits, &got, &err));
    expect_error(&err, ERROR_PROTOCOL, "no id and score");
    script(&t, 12, "");
    assert_false(t.ops->search(t.store, query, 3, hits, &got, &err));
    expect_error(&err, ERROR_CONFIG, "1.10 or later");
    for (size_t i = 0; i < 3; i++) {
        buf_release(&hits[i].id);
        buf_release(&hits[i].text);
    }
    tool_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(qdrant_keeps_the_contract_over_grpc),
        cmocka_unit_test(qdrant_keeps_the_contract_over_both),
        cmocka_unit_test(
            ST_05_what_does_not_fit_is_found_before_the_first_record),
        cmocka_unit_test(ST_04_only_what_is_completed_is_stored),
        cmocka_unit_test(ST_03_a_success_that_confirms_nothing_is_none),
        cmocka_unit_test(ST_06_a_refusal_has_its_kind),
        cmocka_unit_test(ST_16_strict_mode_is_told_by_its_words),
        cmocka_unit_test(ST_07_a_request_keeps_to_the_bytes),
        cmocka_unit_test(
            GR_06_a_message_that_would_change_a_record_is_not_sent),
        cmocka_unit_test(GR_06_such_a_record_goes_over_REST_where_it_can),
        cmocka_unit_test(GR_07_a_port_without_grpc_is_told),
        cmocka_unit_test(GR_07_another_collection_of_that_name_is_not_taken),
        cmocka_unit_test(GR_07_beside_the_usual_port_REST_is_enough),
        cmocka_unit_test(a_worker_goes_the_way_that_was_chosen),
        cmocka_unit_test(words_of_the_url_that_do_not_go_together_are_refused),
        cmocka_unit_test(hits_are_read_whoever_wrote_them),
    };

    if (!fakeapi_speaks_h2()) {
        puts("1..0 # SKIP built without libnghttp2's header");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
