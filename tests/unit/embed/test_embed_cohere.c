/* Cohere: whom its refusals are about. */
#include "config.h"
#include "tests/support/embed_tools.h"

static void cohere_keeps_the_contract(void **state)
{
    (void)state;
    contract_embedder(&(struct contract_embedder){
        .ops = &embedder_cohere, .model = "embed-v4.0", .path = "/v2",
        .no_index = true });
}

/* Its remedy would be to let texts be cut without a word. */
static void EM_35_a_text_too_long_never_lets_texts_be_cut(void **s)
{
    const struct fakeapi_answer a = {
        .status = 400,
        .body = text_of("{\"message\":\"invalid request: text at index 0 is "
                        "too long; set truncate to END\"}")
    };
    struct place p = place(&embedder_cohere, "/v2", "m", 0, false);
    struct embed_input in = { text_of("a"), false };
    struct embed_usage use;
    struct error err;
    float v[DIM];

    (void)s;
    fakeapi_script(p.api, &a);
    assert_false(p.e->ops->embed(p.e, &in, 1, v, &use, &err));
    assert_int_equal(err.about, ABOUT_DOCUMENT);
    assert_int_equal(fakeapi_stats(p.api).requests, 1);
    leave(&p);
}

static void EM_38_a_denied_token_is_one_text_s(void **state)
{
    static const struct fakeapi_answer denied = {
        .status = 498, .body = { "{\"message\":\"invalid token\"}", 27 }
    }, key = {
        .status = 498, .body = { "{\"message\":\"invalid api token\"}", 31 }
    };
    struct place p = place(&embedder_cohere, "/v2", "m", 0, false);
    struct embed_input in = { text_of("a"), false };
    struct embed_usage use;
    struct error err;
    float v[DIM];

    (void)state;
    fakeapi_script(p.api, &denied);
    assert_false(p.e->ops->embed(p.e, &in, 1, v, &use, &err));
    assert_int_equal(err.kind, ERROR_REFUSED);
    assert_int_equal(err.about, ABOUT_DOCUMENT);
    fakeapi_script(p.api, &key);
    assert_false(p.e->ops->embed(p.e, &in, 1, v, &use, &err));
    assert_int_equal(err.kind, ERROR_AUTH);
    leave(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cohere_keeps_the_contract),
        cmocka_unit_test(EM_35_a_text_too_long_never_lets_texts_be_cut),
        cmocka_unit_test(EM_38_a_denied_token_is_one_text_s),
    };

    return cmocka_run_group_tests_name("embed_cohere", tests, NULL, NULL);
}
