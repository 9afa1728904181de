/*
 * Tests of the OpenAI embedder and of what all providers over HTTP do alike:
 * its contract, the body it sends, members that a server refuses, and answers
 * that cannot be used.
 */
#include "config.h"
#include "embed/embedder.h"
#include "tests/support/tap.h"

#include <stdio.h>

#include "tests/contract/contract_embedder.h"
#include "tests/support/fakeapi/fakeapi.h"
#include "util/floats.h"

static void openai_keeps_the_contract(void **state)
{
    static const struct contract_embedder k = { .ops = &embedder_openai,
                                                .model = "m", .path = "/v1" };

    (void)state;
    contract_embedder(&k);
}

/* ---- what it asks ---- */

static struct embedder *open_at(int port, const char *model, size_t dim,
                                struct error *err)
{
    char url[64];
    struct embedder_config cfg = { .model = model, .url = url, .dim = dim,
                                   .stop_fd = -1 };

    *err = (struct error){ .text = "" };
    snprintf(url, sizeof url, "http://127.0.0.1:%d/v1//", port);
    return embedder_openai.open(&cfg, err);
}

static void the_body_holds_what_the_schema_knows(void **state)
{
    static const char want[] = "{\"model\":\"say \\\"m\\\"\","
                               "\"encoding_format\":\"base64\","
                               "\"input\":[\"a\\u0000b\",\"c\\\"d\"]}";
    struct fakeapi *api = fakeapi_start(
        &(struct fakeapi_options){ .dim = 4, .keep_request = true });
    const struct embed_input in[] = { { text_of("a\\u0000b"), true },
                                      { text_of("c\"d"), false } };
    struct buf request = { 0 };
    struct embed_usage use;
    struct error err;
    struct embedder *e = open_at(fakeapi_port(api), "say \"m\"", 0, &err);
    float v[8];

    (void)state;
    assert_non_null(e);
    e->dim = 4;
    assert_true(e->ops->embed(e, in, 2, v, &use, &err));
    fakeapi_request(api, &request);
    assert_memory_equal(buf_cstr(&request), "POST /v1/embeddings HTTP/1.1",
                        28);
    assert_null(strcasestr(buf_cstr(&request), "\r\nAuthorization:"));
    assert_null(strcasestr(buf_cstr(&request), "\r\nExpect:"));
    assert_string_equal(strstr(buf_cstr(&request), "\r\n\r\n") + 4, want);
    buf_release(&request);
    e->ops->close(e);
    fakeapi_stop(api);
}

static void a_known_model_is_asked_to_shorten(void **state)
{
    struct fakeapi *api = fakeapi_start(
        &(struct fakeapi_options){ .keep_request = true });
    struct buf request = { 0 };
    struct error err;
    struct embedder *e =
        open_at(fakeapi_port(api), "text-embedding-3-small", 256, &err);

    (void)state;
    assert_non_null(e);
    assert_true(e->ops->preflight(e, &err));
    assert_int_equal(e->dim, 256);
    assert_int_equal(e->max_text_tokens, 8192);
    assert_true(e->usd_per_mtok > 0);
    fakeapi_request(api, &request);
    assert_non_null(strstr(buf_cstr(&request), "\"dimensions\":256"));
    buf_release(&request);
    e->ops->close(e);
    fakeapi_stop(api);
}

static void EM_40_words_before_a_text_stand_in_the_body_and_nowhere_else(
    void **state)
{
    static const char want[] =
        "{\"model\":\"m\",\"encoding_format\":\"base64\",\"input\":["
        "\"say \\\"x\\\":\\n a\\u0000b\",\"say \\\"x\\\":\\n c\\\"d\"],"
        "\"input_type\":\"passage\",\"user\":\"u\"}";
    struct fakeapi *api = fakeapi_start(
        &(struct fakeapi_options){ .dim = 4, .keep_request = true });
    const struct embed_input in[] = { { text_of("a\\u0000b"), true },
                                      { text_of("c\"d"), false } };
    char url[64];
    struct embedder_config cfg = {
        .model = "m", .url = url, .stop_fd = -1, .prefix = "say \"x\":\n ",
        .extra = "{\"input_type\": \"passage\", \"user\":\"u\" }"
    };
    struct buf request = { 0 };
    struct embed_usage use;
    struct error err;
    struct embedder *e;
    float v[8];

    (void)state;
    snprintf(url, sizeof url, "http://127.0.0.1:%d/v1", fakeapi_port(api));
    e = embedder_openai.open(&cfg, &err);
    assert_non_null(e);
    e->dim = 4;
    e->ops->embed(e, in, 2, v, &use, &err); /* this one refuses members */
    fakeapi_request(api, &request);
    assert_string_equal(strstr(buf_cstr(&request), "\r\n\r\n") + 4, want);
    buf_release(&request);
    e->ops->close(e);
    fakeapi_stop(api);
}

static void EM_42_vectors_longer_than_asked_for_are_cut(void **state)
{
    struct fakeapi *api = fakeapi_start(&(struct fakeapi_options){ .dim = 4 });
    const struct embed_input in = { text_of("x"), false };
    struct embed_usage use;
    struct error err;
    struct embedder *e = open_at(fakeapi_port(api), "m", 3, &err);
    float v[3], whole[4];

    (void)state;
    assert_non_null(e);
    assert_true(e->ops->preflight(e, &err));
    assert_int_equal(e->dim, 3);
    assert_int_equal(e->own_dim, 4);
    assert_true(e->ops->embed(e, &in, 1, v, &use, &err));
    fakeapi_vector(text_of("x"), whole, 4);
    assert_true(float_normalise(whole, 3));
    assert_memory_equal(v, whole, sizeof v);
    e->ops->close(e);
    fakeapi_stop(api);
}

static void EM_42_who_does_not_know_dimensions_is_asked_without(void **state)
{
    static const char no[] = "{\"error\":{\"message\":\"This model does not "
                             "support specifying dimensions.\"}}";
    struct fakeapi *api = fakeapi_start(
        &(struct fakeapi_options){ .dim = 4, .keep_request = true });
    struct embedder_config cfg = { .model = "mine", .key = "k", .dim = 3,
                                   .stop_fd = -1 };
    struct buf request = { 0 };
    struct error err;
    struct embedder *e;
    char url[64];

    (void)state;
    snprintf(url, sizeof url, "http://127.0.0.1:%d", fakeapi_port(api));
    cfg.url = url;
    e = embedder_azure.open(&cfg, &err);
    assert_non_null(e);
    fakeapi_script(api, &(struct fakeapi_answer){ .status = 400,
                                                  .body = text_of(no) });
    if (!e->ops->preflight(e, &err))
        fail_msg("%s", err.text);
    assert_int_equal(e->dim, 3);
    assert_int_equal(e->own_dim, 4);
    fakeapi_request(api, &request);
    assert_null(strstr(buf_cstr(&request), "\"dimensions\":"));
    buf_release(&request);
    e->ops->close(e);
    fakeapi_stop(api);
}

static void EM_14_another_dimension_is_a_matter_for_a_hand(void **state)
{
    struct fakeapi *api = fakeapi_start(&(struct fakeapi_options){ .dim = 4 });
    const struct embed_input in = { text_of("x"), false };
    struct embed_usage use;
    struct error err;
    struct embedder *e = open_at(fakeapi_port(api), "m", 0, &err);
    float v[8];

    (void)state;
    assert_non_null(e);
    e->dim = 8;
    assert_false(e->ops->embed(e, &in, 1, v, &use, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "4 dimensions, expected 8"));
    e->ops->close(e);
    e = open_at(fakeapi_port(api), "m", 5, &err);
    assert_non_null(e);
    assert_false(e->ops->preflight(e, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "--dim 5"));
    e->ops->close(e);
    fakeapi_stop(api);
}

/* ---- members that a server does not know ---- */

static struct embedder *open_sharing(int port, size_t dim,
                                     struct embed_memory *memory)
{
    char url[64];
    struct embedder_config cfg = { .model = "m", .url = url, .stop_fd = -1,
                                   .dim = dim, .memory = memory };
    struct error err;
    struct embedder *e;

    snprintf(url, sizeof url, "http://127.0.0.1:%d/v1", port);
    e = embedder_openai.open(&cfg, &err);
    if (!e)
        fail_msg("%s", err.text);
    return e;
}

static void refuse_next(struct fakeapi *api, int status, const char *body)
{
    const struct fakeapi_answer a = { .status = status,
                                      .body = text_of(body) };

    fakeapi_script(api, &a);
}

static bool asks_for_base64(struct fakeapi *api)
{
    struct buf request = { 0 };
    bool asks;

    fakeapi_request(api, &request);
    asks = strstr(buf_cstr(&request), "base64");
    buf_release(&request);
    return asks;
}

static void EM_35_a_refused_member_is_left_out_by_all_instances(void **state)
{
    static const struct {
        int status;
        const char *body;
    } rows[] = {
        { 400, "{\"object\":\"error\",\"message\":\"base64 encoding is not "
               "currently supported\",\"type\":\"BadRequestError\"}" },
        { 422, "{\"detail\":[{\"type\":\"literal_error\",\"loc\":[\"body\","
               "\"encoding_format\"],\"msg\":\"Input should be 'float'\","
               "\"input\":\"base64\"}]}" },
        { 400, "{\"error\":{\"message\":\"Unrecognized request argument "
               "supplied: encoding_format\"}}" },
        { 500, "{\"error\":\"base64 not implemented\"}" },
        /* It does not say what it refuses. */
        { 400, "{\"message\":\"Bad Request\"}" },
        { 422, "no" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fakeapi *api = fakeapi_start(
            &(struct fakeapi_options){ .dim = 4, .keep_request = true });
        struct embed_memory memory = { 0 };
        struct embedder *a = open_sharing(fakeapi_port(api), 0, &memory);
        struct embedder *b = open_sharing(fakeapi_port(api), 0, &memory);
        struct embed_input in = { text_of("x"), false };
        struct embed_usage use = { 0 };
        struct error err;
        float v[4];

        refuse_next(api, rows[i].status, rows[i].body);
        if (!a->ops->preflight(a, &err))
            fail_msg("%s: %s", rows[i].body, err.text);
        assert_int_equal(fakeapi_stats(api).requests, 2);
        assert_false(asks_for_base64(api));
        b->dim = a->dim;
        assert_true(b->ops->embed(b, &in, 1, v, &use, &err));
        assert_int_equal(fakeapi_stats(api).requests, 3);
        assert_false(asks_for_base64(api));
        a->ops->close(a);
        b->ops->close(b);
        fakeapi_stop(api);
    }
}

static void EM_35_what_is_no_member_s_fault_is_not_asked_again(void **state)
{
    static const char *const bodies[] = {
        "{\"error\":{\"message\":\"Incorrect API key provided\",\"code\":"
        "\"invalid_api_key\"}}",
        "{\"error\":{\"message\":\"The model does not support embeddings\","
        "\"param\":\"model\"}}",
        "{\"error\":{\"message\":\"maximum context length is 8192 tokens; an "
        "unsupported encoding_format\"}}",
        "{\"error\":{\"message\":\"too many inputs for base64 encoding\"}}",
    };
    struct fakeapi *api = fakeapi_start(&(struct fakeapi_options){ .dim = 4 });

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct embedder *e = open_sharing(fakeapi_port(api), 0, NULL);
        uint64_t before = fakeapi_stats(api).requests;
        struct error err;

        refuse_next(api, 400, bodies[i]);
        assert_false(e->ops->preflight(e, &err));
        assert_int_equal(fakeapi_stats(api).requests, before + 1);
        e->ops->close(e);
    }
    fakeapi_stop(api);
}

static void EM_35_a_text_with_base64_in_it_leaves_nothing_out(void **state)
{
    struct fakeapi *api = fakeapi_start(
        &(struct fakeapi_options){ .dim = 4, .keep_request = true });
    struct embed_memory memory = { 0 };
    struct embedder *e = open_sharing(fakeapi_port(api), 0, &memory);
    struct embed_input in = { text_of("base64 is not supported"), false };
    struct embed_usage use;
    struct error err;
    float v[4];

    (void)state;
    e->dim = 4;
    refuse_next(api, 400, "{\"message\":\"cannot take: base64 is not "
                          "supported\"}");
    assert_false(e->ops->embed(e, &in, 1, v, &use, &err));
    assert_int_equal(err.kind, ERROR_REFUSED);
    assert_int_equal(err.about, ABOUT_UNKNOWN);
    assert_int_equal(atomic_load(&memory.left_out), 0);
    assert_true(e->ops->embed(e, &in, 1, v, &use, &err));
    assert_true(asks_for_base64(api));
    e->ops->close(e);
    fakeapi_stop(api);
}

/* ---- answers that cannot be used ---- */

static void EM_37_what_was_billed_is_told_with_the_error(void **s)
{
    static const enum fakeapi_twist twists[] = {
        TWIST_ZERO_INDEX, TWIST_DUPLICATE, TWIST_MISSING, TWIST_EXTRA,
        TWIST_WRONG_DIM
    };
    struct fakeapi *api = fakeapi_start(&(struct fakeapi_options){ .dim = 4 });
    struct embedder *e = open_sharing(fakeapi_port(api), 0, NULL);
    const struct embed_input in[] = { { text_of("one text"), false },
                                      { text_of("another"), false },
                                      { text_of("and a third"), false } };
    float v[12];

    (void)s;
    e->dim = 4;
    for (size_t i = 0; i < sizeof twists / sizeof *twists; i++) {
        struct embed_usage use = { 0 };
        struct error err;

        fakeapi_twist(api, twists[i]);
        assert_false(e->ops->embed(e, in, 3, v, &use, &err));
        assert_true(use.tokens >= 5);
        assert_true(use.sent_bytes > 0 && use.received_bytes > 0);
    }
    e->ops->close(e);
    fakeapi_stop(api);
}

static void EM_34_a_success_without_vectors_is_about_the_service(void **state)
{
    static const struct {
        const char *body;
        enum error_kind kind;
        enum error_about about;
    } rows[] = {
        { "{\"choices\":[]}", ERROR_PROTOCOL, ABOUT_SERVICE },
        { "{}", ERROR_PROTOCOL, ABOUT_SERVICE },
        { "", ERROR_PROTOCOL, ABOUT_SERVICE },
        { "null", ERROR_PROTOCOL, ABOUT_SERVICE },
        { "{\"error\":{\"message\":\"no idea\"}}", ERROR_PROTOCOL,
          ABOUT_SERVICE },
        { "{\"error\":{\"message\":\"Rate limit exceeded\"}}", ERROR_LIMITED,
          ABOUT_UNKNOWN },
        { "{\"data\":[{\"embedding\":[NaN,1,1,1]}]}", ERROR_PROTOCOL,
          ABOUT_UNKNOWN },
        { "{\"data\":[]}", ERROR_PROTOCOL, ABOUT_UNKNOWN },
    };
    struct fakeapi *api = fakeapi_start(&(struct fakeapi_options){ .dim = 4 });
    struct embedder *e = open_sharing(fakeapi_port(api), 0, NULL);
    const struct embed_input in = { text_of("x"), false };
    struct embed_usage use;
    struct error err;
    float v[4];

    (void)state;
    e->dim = 4;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        refuse_next(api, 200, rows[i].body);
        assert_false(e->ops->embed(e, &in, 1, v, &use, &err));
        if (err.kind != rows[i].kind || err.about != rows[i].about)
            fail_msg("%s: %s about %d, \"%s\"", rows[i].body,
                     error_word(err.kind), err.about, err.text);
    }
    e->ops->close(e);
    fakeapi_stop(api);
}

static void EM_34_a_byte_order_mark_before_an_answer_is_skipped(void **state)
{
    struct fakeapi *api = fakeapi_start(&(struct fakeapi_options){ .dim = 4 });
    struct embedder *e = open_sharing(fakeapi_port(api), 0, NULL);
    const struct embed_input in = { text_of("x"), false };
    struct embed_usage use;
    struct error err;
    float v[2];

    (void)state;
    e->dim = 2;
    refuse_next(api, 200, "\xef\xbb\xbf{\"data\":[{\"embedding\":[1,2]}]}");
    assert_true(e->ops->embed(e, &in, 1, v, &use, &err));
    assert_true(v[0] == 1 && v[1] == 2);
    e->ops->close(e);
    fakeapi_stop(api);
}

/* ---- what it refuses before it asks ---- */

static void expect_refusal(const struct embedder_config *cfg,
                           const char *words)
{
    struct error err = { .text = "" };
    struct embedder *e = embedder_openai.open(cfg, &err);

    assert_null(e);
    assert_int_equal(err.kind, ERROR_CONFIG);
    if (!strstr(err.text, words))
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

static void a_configuration_that_cannot_work_is_refused(void **state)
{
    struct embedder_config cfg = { .model = "", .stop_fd = -1 };

    (void)state;
    expect_refusal(&cfg, "needs a model");
    cfg.model = "text-embedding-3-small";
    expect_refusal(&cfg, "OPENAI_API_KEY");
    cfg.key = "";
    expect_refusal(&cfg, "OPENAI_API_KEY");
    cfg.key = "k";
    cfg.dim = 1537;
    expect_refusal(&cfg, "1 to 1536");
    cfg.model = "text-embedding-ada-002";
    cfg.dim = 2000;
    expect_refusal(&cfg, "gives always 1536");
    cfg.dim = 0;
    cfg.url = "ftp://example.org/v1";
    expect_refusal(&cfg, "--embed-url");
    cfg.url = "http://user:word@127.0.0.1/v1";
    expect_refusal(&cfg, "user name");
}

static void SE_10_a_key_with_a_line_break_is_refused(void **state)
{
    struct embedder_config cfg = { .model = "m", .stop_fd = -1,
                                   .key = "canary\r\nX: y" };

    (void)state;
    expect_refusal(&cfg, "line break");
}

/* OpenAI's own dimensions are known, so nothing is asked and nothing paid. */
static void the_official_models_need_no_question(void **state)
{
    struct embedder_config cfg = { .model = "text-embedding-3-large",
                                   .key = "k", .stop_fd = -1 };
    struct error err;
    struct embedder *e = embedder_openai.open(&cfg, &err);

    (void)state;
    assert_non_null(e);
    assert_int_equal(e->dim, 3072);
    assert_true(e->ops->preflight(e, &err));
    e->ops->close(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openai_keeps_the_contract),
        cmocka_unit_test(the_body_holds_what_the_schema_knows),
        cmocka_unit_test(a_known_model_is_asked_to_shorten),
        cmocka_unit_test(
            EM_40_words_before_a_text_stand_in_the_body_and_nowhere_else),
        cmocka_unit_test(EM_42_vectors_longer_than_asked_for_are_cut),
        cmocka_unit_test(EM_42_who_does_not_know_dimensions_is_asked_without),
        cmocka_unit_test(EM_14_another_dimension_is_a_matter_for_a_hand),
        cmocka_unit_test(EM_35_a_refused_member_is_left_out_by_all_instances),
        cmocka_unit_test(EM_35_what_is_no_member_s_fault_is_not_asked_again),
        cmocka_unit_test(EM_35_a_text_with_base64_in_it_leaves_nothing_out),
        cmocka_unit_test(EM_37_what_was_billed_is_told_with_the_error),
        cmocka_unit_test(EM_34_a_success_without_vectors_is_about_the_service),
        cmocka_unit_test(EM_34_a_byte_order_mark_before_an_answer_is_skipped),
        cmocka_unit_test(a_configuration_that_cannot_work_is_refused),
        cmocka_unit_test(SE_10_a_key_with_a_line_break_is_refused),
        cmocka_unit_test(the_official_models_need_no_question),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
