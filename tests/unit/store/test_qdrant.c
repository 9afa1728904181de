/*
 * Tests of the Qdrant store against fakeapi: its contract, its preflight, ids
 * as UUIDs, what counts as stored, and how refusals and keys are handled.
 */
#include "config.h"
#include "store/store.h"
#include "tests/support/store_tools.h"

#include <stdio.h>

#include "util/json.h"
#include "util/uuid.h"

enum { DIM = 4 };

#define TEXT(literal) { literal, sizeof(literal) - 1 }

static struct fakeapi *api;
static char url[96];

static void serve(const char *key)
{
    api = fakeapi_start(&(struct fakeapi_options){
        .dim = DIM, .keep_request = true, .key = key });
    snprintf(url, sizeof url, "qdrant+http://127.0.0.1:%d/docs",
             fakeapi_port(api));
}

static int begin(void **state)
{
    (void)state;
    serve(NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    fakeapi_stop(api);
    return 0;
}

static struct store *open_with(const char *key, bool create)
{
    const struct store_config cfg = { .url = url, .dim = DIM, .key = key,
                                      .create = create, .stop_fd = -1,
                                      .timeout_ms = 60000 };
    struct error err;
    struct store *s = store_qdrant.open(&store_qdrant, &cfg, &err);

    if (!s)
        fail_msg("open: %s", err.text);
    return s;
}

static struct store *open_ready(void)
{
    struct store *s = open_with(NULL, true);
    struct error err;

    if (!s->ops->preflight(s, &err))
        fail_msg("preflight: %s", err.text);
    return s;
}

static const float vector[DIM] = { 1, 0.5F, -0.25F, 1e-7F };

static struct upsert_item item(struct text id)
{
    return (struct upsert_item){ .id = id, .text = TEXT("some text"),
                                 .vector = vector };
}

static bool send_one(struct store *s, const char *id, struct error *err)
{
    struct upsert_item one = item(text_of(id));
    size_t taken = 0;

    *err = (struct error){ .text = "" };
    if (!s->ops->upsert(s, &one, 1, &taken, err)) {
        assert_false(one.stored);
        return false;
    }
    return taken == 1 && one.stored;
}

static void script(int status, const char *body)
{
    const struct fakeapi_answer answer = { .status = status,
                                           .body = text_of(body) };

    fakeapi_script(api, &answer);
}

static void expect_error(const struct error *err, enum error_kind kind,
                         const char *words)
{
    if (err->kind != kind || !strstr(err->text, words))
        fail_msg("%s, \"%s\", not %s, \"%s\"", error_word(err->kind),
                 err->text, error_word(kind), words);
}

/* ---- the contract ---- */

static bool fetch(void *ctx, struct text id, struct buf *text,
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

static void qdrant_keeps_the_contract(void **state)
{
    struct contract_store k = { .ops = &store_qdrant, .fetch = fetch,
                                .metadata = "{\"n\":9007199254740993,"
                                            "\"x\":1.10,\"deep\":[{}]}" };

    (void)state;
    tool_contract(&k, "qdrant+http://127.0.0.1:%d/docs", NULL,
                  "api-key: s3cret");
}

/* ---- preflight ---- */

static void expect_preflight(enum error_kind kind, const char *words)
{
    struct store *s = open_with(NULL, false);
    struct error err = { .text = "" };

    assert_false(s->ops->preflight(s, &err));
    expect_error(&err, kind, words);
    s->ops->close(s);
}

static void ST_05_what_does_not_fit_is_found_before_the_first_record(
    void **state)
{
    (void)state;
    script(200, "{\"result\":{\"config\":{\"params\":{\"vectors\":{\"size\":4,"
                "\"distance\":\"Dot\"}}}}}");
    expect_preflight(ERROR_CONFIG, "measures by Dot");
    script(200, "{\"result\":{\"config\":{\"params\":{\"vectors\":{\"size\":5,"
                "\"distance\":\"Cosine\"}}}}}");
    expect_preflight(ERROR_CONFIG, "5 dimensions, the embedder gives 4");
    script(200, "{\"result\":{\"config\":{\"params\":{\"vectors\":{\"a\":{"
                "\"size\":4,\"distance\":\"Cosine\"}}}}}}");
    expect_preflight(ERROR_CONFIG, "named vectors");
    script(200, "{\"title\":\"another service\"}");
    expect_preflight(ERROR_PROTOCOL, "result.config.params.vectors");
    script(401, "{\"status\":{\"error\":\"Must provide an API key\"}}");
    expect_preflight(ERROR_AUTH, "Must provide an API key");
    script(503, "");
    expect_preflight(ERROR_SERVER, "looking at collection docs");
}

static void create_makes_the_collection_once(void **state)
{
    struct store *s = open_ready();
    struct error err;

    (void)state;
    script(404, "{}");
    script(409, "{\"status\":{\"error\":\"already exists\"}}");
    assert_true(s->ops->preflight(s, &err)); /* somebody else was faster */
    script(404, "{}");
    script(400, "{\"status\":{\"error\":\"Wrong input: no space\"}}");
    assert_false(s->ops->preflight(s, &err));
    expect_error(&err, ERROR_REFUSED, "creating collection docs");
    s->ops->close(s);
}

/* ---- ids ---- */

static void ids_become_uuids_and_are_kept(void **state)
{
    static const char upper[] = "6BA7B810-9DAD-11D1-80B4-00C04FD430C8";
    struct store *s = open_ready();
    struct upsert_item items[] = { item(text_of("doc-1")),
                                   item(text_of(upper)),
                                   item(text_of("9007199254740993")) };
    struct buf request = { 0 };
    char mapped[37], part[96];
    size_t taken;
    struct error err;

    (void)state;
    items[2].id_number = true;
    assert_true(s->ops->upsert(s, items, 3, &taken, &err));
    assert_int_equal(taken, 3);
    fakeapi_request(api, &request);
    uuid_v5("doc-1", 5, mapped);
    snprintf(part, sizeof part, "{\"id\":\"%s\",\"vector\":[1", mapped);
    assert_non_null(strstr(buf_cstr(&request), part));
    assert_non_null(strstr(request.data, "\"_id\":\"doc-1\""));
    assert_non_null(strstr(request.data, "{\"id\":\"6ba7b810-9dad-11d1-80b4-"
                                         "00c04fd430c8\""));
    snprintf(part, sizeof part, "\"_id\":\"%s\"", upper);
    assert_non_null(strstr(request.data, part));
    assert_non_null(strstr(request.data, "\"_id\":9007199254740993"));
    buf_release(&request);
    s->ops->close(s);
}

/* ---- acknowledgements ---- */

static void ST_04_only_what_is_completed_is_stored(void **state)
{
    struct store *s = open_ready();
    struct buf request = { 0 };
    struct error err;

    (void)state;
    assert_true(send_one(s, "a", &err));
    fakeapi_request(api, &request);
    assert_memory_equal(buf_cstr(&request),
                        "PUT /collections/docs/points?wait=true HTTP", 43);
    buf_release(&request);
    script(200, "{\"result\":{\"operation_id\":7,\"status\":\"acknowledged\"},"
                "\"status\":\"ok\"}");
    assert_false(send_one(s, "b", &err));
    expect_error(&err, ERROR_SERVER, "acknowledged");
    script(200, "{\"result\":{\"operation_id\":7,\"status\":\"wait_timeout\"},"
                "\"status\":\"ok\"}");
    assert_false(send_one(s, "b", &err));
    expect_error(&err, ERROR_SERVER, "wait_timeout");
    s->ops->close(s);
}

static void ST_03_a_success_that_confirms_nothing_is_none(void **state)
{
    static const char *const bodies[] = {
        "", "{}", "[]", "{\"result\":null,\"status\":\"ok\"}",
        "{\"result\":{\"status\":\"half\"}}",
        "{\"result\":{\"operation_id\":1,\"status\":\"completed\"",
        "{\"result\":{\"status\":1}}", "Welcome!"
    };
    struct store *s = open_ready();
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        script(200, bodies[i]);
        assert_false(send_one(s, "a", &err));
        assert_int_equal(err.kind, ERROR_PROTOCOL);
    }
    s->ops->close(s);
}

static void ST_01_sending_again_after_a_lost_answer_changes_nothing(
    void **state)
{
    const struct fakeapi_answer lost = { .genuine = true, .cut = true,
                                         .cut_at = 40 };
    struct store *s = open_ready();
    struct error err;

    (void)state;
    fakeapi_script(api, &lost);
    assert_false(send_one(s, "a", &err));
    assert_true(error_passes(err.kind));
    assert_int_equal(fakeapi_stats(api).distinct, 1);
    assert_true(send_one(s, "a", &err));
    assert_int_equal(fakeapi_stats(api).distinct, 1);
    s->ops->close(s);
}

/* ---- refusals ---- */

static void ST_07_a_request_keeps_to_the_bytes(void **state)
{
    struct store *s = open_ready();
    struct upsert_item items[8];
    struct error err;
    size_t taken = 0, one;

    (void)state;
    for (size_t i = 0; i < 8; i++)
        items[i] = item((struct text){ &"abcdefgh"[i], 1 });
    assert_true(s->ops->upsert(s, items, 1, &taken, &err));
    one = s->sent_bytes;
    s->limit_bytes = 3 * one;
    assert_true(s->ops->upsert(s, items, 8, &taken, &err));
    assert_in_range(taken, 2, 4);
    assert_true(s->sent_bytes <= 3 * one);
    assert_true(items[taken - 1].stored && !items[taken].stored);
    s->limit_bytes = one - 1;
    assert_false(s->ops->upsert(s, items, 8, &taken, &err));
    assert_int_equal(taken, 1);
    expect_error(&err, ERROR_SIZE, "one record takes");
    s->limit_bytes = 0;
    script(413, "");
    assert_false(send_one(s, "a", &err));
    expect_error(&err, ERROR_SIZE, "413");
    script(400, "{\"status\":{\"error\":\"Payload error: JSON payload (40 "
                "bytes) is larger than allowed (limit: 33 bytes).\"}}");
    assert_false(send_one(s, "a", &err));
    expect_error(&err, ERROR_SIZE, "larger than allowed");
    s->ops->close(s);
}

static void ST_06_a_refusal_has_its_kind(void **state)
{
    const struct {
        int status;
        const char *body;
        enum error_kind kind;
    } rows[] = {
        { 400, "{\"status\":{\"error\":\"Wrong input: Vector dimension error:"
               " expected dim: 4, got 5\"}}", ERROR_CONFIG },
        { 400, "{\"status\":{\"error\":\"Format error in JSON body\"}}",
          ERROR_REFUSED },
        { 401, "{}", ERROR_AUTH },
        { 403, "{\"status\":{\"error\":\"Forbidden\"}}", ERROR_AUTH },
        { 404, "{\"status\":{\"error\":\"Not found: Collection docs\"}}",
          ERROR_CONFIG },
        { 429, "{}", ERROR_LIMITED },
        { 500, "{\"status\":{\"error\":\"Service internal error\"}}",
          ERROR_SERVER },
        { 503, "", ERROR_SERVER },
        { 507, "{\"status\":{\"error\":\"No space left on device\"}}",
          ERROR_QUOTA },
    };
    struct store *s = open_ready();
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        script(rows[i].status, rows[i].body);
        assert_false(send_one(s, "a", &err));
        expect_error(&err, rows[i].kind, "");
        assert_int_equal(err.code, rows[i].status);
    }
    assert_true(send_one(s, "a", &err));
    s->ops->close(s);
}

/* ---- the key ---- */

static void SE_08_a_key_does_not_leave_the_machine_in_the_clear(void **state)
{
    struct store *s;
    struct error err;

    (void)state;
    snprintf(url, sizeof url, "qdrant+http://192.0.2.1:9/docs");
    s = open_with("canary", true);
    assert_false(s->ops->preflight(s, &err));
    expect_error(&err, ERROR_CONFIG, "clear");
    s->ops->close(s);
}

static void a_url_that_leads_nowhere_is_refused(void **state)
{
    static const char *const urls[] = {
        "qdrant:docs", "qdrant+ftp://localhost/docs",
        "qdrant+http://localhost", "qdrant+http://localhost/",
        "qdrant+http://localhost/a b", "qdrant+http://localhost/..",
        "qdrant+http://localhost/a%2fb", "qdrant+http://u:geheim@localhost/docs",
        "qdrant+http://localhost/docs?key=geheim"
    };

    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        const struct store_config cfg = { .url = urls[i], .dim = DIM,
                                          .stop_fd = -1 };
        struct error err = { .text = "" };

        if (store_qdrant.open(&store_qdrant, &cfg, &err))
            fail_msg("%s was taken", urls[i]);
        assert_int_equal(err.kind, ERROR_CONFIG);
        assert_null(strstr(err.text, "geheim"));
    }
}

/* The last request, head and body, has these words. */
static bool was_sent(const char *words)
{
    struct buf request = { 0 };
    bool found;

    fakeapi_request(api, &request);
    found = memmem(request.data, request.len, words, strlen(words)) != NULL;
    buf_release(&request);
    return found;
}

/* ---- search ---- */

static void hits_are_read_whoever_wrote_them(void **state)
{
    struct store *s = open_ready();
    struct store_hit hits[3] = { 0 };
    struct error err;
    size_t got = 0;

    (void)state;
    script(200, "{\"result\":{\"points\":[{\"id\":\"u\",\"version\":3,\"score\":0.75,"
                "\"payload\":{\"_id\":\"d\\u00fc\",\"text\":\"a \\\"b\\\"\"}},"
                "{\"id\":17,\"score\":-0.5,\"payload\":null},"
                "{\"id\":\"x\",\"score\":0,\"payload\":{\"_id\":5}},"
                "{\"id\":\"y\",\"score\":0,\"payload\":{}}]}}");
    assert_true(s->ops->search(s, vector, 3, hits, &got, &err));
    assert_int_equal(got, 3);
    assert_string_equal(buf_cstr(&hits[0].id), "d\xc3\xbc");
    assert_string_equal(buf_cstr(&hits[0].text), "a \"b\"");
    assert_true(hits[0].score > 0.74 && hits[0].score < 0.76);
    assert_string_equal(buf_cstr(&hits[1].id), "17");
    assert_string_equal(buf_cstr(&hits[1].text), "");
    assert_string_equal(buf_cstr(&hits[2].id), "5");
    script(200, "{\"result\":{\"points\":[{\"id\":\"u\"}]}}");
    assert_false(s->ops->search(s, vector, 3, hits, &got, &err));
    assert_int_equal(err.kind, ERROR_PROTOCOL);
    for (size_t i = 0; i < 3; i++) {
        buf_release(&hits[i].id);
        buf_release(&hits[i].text);
    }
    s->ops->close(s);
}

static void search_is_by_the_route_that_is_documented(void **state)
{
    struct store *s = open_ready();
    struct store_hit hits[1] = { 0 };
    struct error err;
    size_t got = 0;

    (void)state;
    script(200, "{\"result\":{\"points\":[]},\"status\":\"ok\"}");
    assert_true(s->ops->search(s, vector, 1, hits, &got, &err));
    assert_int_equal(got, 0);
    assert_true(was_sent("POST /collections/docs/points/query HTTP/1.1\r\n"));
    assert_true(was_sent("{\"query\":["));
    assert_true(was_sent("],\"limit\":1,\"with_payload\":true}"));
    script(404, ""); /* before 1.10 */
    assert_false(s->ops->search(s, vector, 1, hits, &got, &err));
    assert_non_null(strstr(err.text, "search needs Qdrant 1.10 or later"));
    s->ops->close(s);
}

static void lookup_asks_once_for_each_point(void **state)
{
    const struct text ids[] = { text_of("a"), text_of("b"), text_of("a") };
    bool present[3] = { true, true, true };
    struct store *s = open_ready();
    struct error err;

    (void)state;
    assert_true(s->ops->lookup(s, ids, 3, present, &err));
    assert_false(present[0] || present[1] || present[2]);
    assert_true(was_sent("POST /collections/docs/points HTTP/1.1\r\n"));
    assert_true(was_sent("\"],\"with_payload\":false,\"with_vector\":false}"));
    s->ops->close(s);
}

#define each(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        each(qdrant_keeps_the_contract),
        each(ST_05_what_does_not_fit_is_found_before_the_first_record),
        each(create_makes_the_collection_once),
        each(ids_become_uuids_and_are_kept),
        each(ST_04_only_what_is_completed_is_stored),
        each(ST_03_a_success_that_confirms_nothing_is_none),
        each(ST_01_sending_again_after_a_lost_answer_changes_nothing),
        each(ST_07_a_request_keeps_to_the_bytes),
        each(ST_06_a_refusal_has_its_kind),
        each(SE_08_a_key_does_not_leave_the_machine_in_the_clear),
        each(a_url_that_leads_nowhere_is_refused),
        each(hits_are_read_whoever_wrote_them),
        each(search_is_by_the_route_that_is_documented),
        each(lookup_asks_once_for_each_point),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
