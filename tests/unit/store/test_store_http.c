/* What the stores behind HTTP share: URLs, keys, answers. */
#include "config.h"
#include "store/store_http.h"
#include "tests/support/tap.h"

#include <stdio.h>

#include "store/store_reply.h"
#include "store/wanted.h"

static const char *const options[] = { "tenant", "database", NULL };

static const struct store_http_kind kind = {
    .form = "x+http://HOST/NAME",
    .options = options, .key_header = "Authorization", .key_prefix = "Bearer "
};

static const struct store_ops ops = { .name = "x", .http = &kind };

static struct store_http *opened(const char *url, const char *key)
{
    static struct store_http s;
    struct store_config cfg = { .url = url, .key = key, .dim = 2,
                                .stop_fd = -1 };
    struct error err;

    s = (struct store_http){ .kind = NULL };
    if (!store_http_init(&s, &ops, &cfg, &err))
        fail_msg("%s: %s", url, err.text);
    return &s;
}

static void a_url_gives_root_name_and_options(void **state)
{
    struct store_http *s =
        opened("x+https://h:1/a/b/docs?tenant=t-1&database=d.2", NULL);

    (void)state;
    assert_string_equal(s->root.data, "https://h:1/a/b");
    assert_string_equal(s->name.data, "docs");
    assert_string_equal(store_http_option(s, "tenant"), "t-1");
    assert_string_equal(store_http_option(s, "database"), "d.2");
    assert_null(store_http_option(s, "ten"));
    store_http_to(s, "/%s/", s->name.data);
    store_http_url_put(s, text_of("\xc3\xa9 a/b&~"));
    assert_string_equal(buf_cstr(&s->url),
                        "https://h:1/a/b/docs/%C3%A9%20a%2Fb%26~");
    store_http_release(s);
}

static void a_bad_url_is_answered_with_the_form(void **state)
{
    static const char *const bad[] = {
        "x+http://h", "x+http://h/", "x+ftp://h/c", "x:h/c", "x+http//h/c",
        "x+http://h/.c", "x+http://h/a%20b", "x+http://h/c?tenant",
        "x+http://h/c?tenant=", "x+http://h/c?tenent=a",
        "x+http://h/c?tenant=a/b",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct store_config cfg = { .url = bad[i], .stop_fd = -1 };
        struct store_http s = { .kind = NULL };
        struct error err = { .text = "" };

        if (store_http_init(&s, &ops, &cfg, &err))
            fail_msg("%s was taken", bad[i]);
        assert_int_equal(err.kind, ERROR_CONFIG);
        assert_non_null(strstr(err.text, "the form is x+http://HOST/NAME"));
        store_http_release(&s);
    }
}

static void the_key_is_in_a_header_and_secret(void **state)
{
    struct store_config cfg = { .url = "x+http://h/c", .key = "a\nb",
                                .stop_fd = -1 };
    struct store_http *s = opened("x+http://h/c", "k1"), broken = { 0 };
    struct error err;

    (void)state;
    assert_int_equal(s->header_count, 2);
    assert_string_equal(s->header[1].value, "Bearer k1");
    assert_true(s->header[1].secret);
    store_http_release(s);
    assert_false(store_http_init(&broken, &ops, &cfg, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_null(strstr(err.text, "a\nb"));
    store_http_release(&broken);
}

static void an_answer_marks_every_one_who_asked(void **state)
{
    struct text ids[] = { text_of("b"), text_of("a"), text_of("b"),
                          text_of("bb"), text_of("") };
    bool present[5] = { true, true, true, true, true };
    struct wanted w;
    struct error err;

    (void)state;
    assert_true(wanted_init(&w, ids, 5, false, present, &err));
    assert_true(wanted_is_twin(&w, 3));
    assert_false(wanted_is_twin(&w, 2) || wanted_is_twin(&w, 0));
    wanted_mark(&w, text_of("b"));
    wanted_mark(&w, text_of("c"));
    assert_true(present[0] && !present[1] && present[2] && !present[3] &&
                !present[4]);
    wanted_release(&w);
    assert_true(wanted_init(&w, ids, 1, true, present, &err));
    assert_int_equal(w.of[0].id.len, 36);
    wanted_release(&w);
}

static void an_answer_that_lacks_something_says_what(void **state)
{
    static const char *const path[] = { "a", "b", NULL };
    struct text good = text_of("{\"a\":{\"b\":1,\"b\":7}}");
    struct json_value v;
    struct error err;
    uint64_t n = 0;

    (void)state;
    assert_true(reply_number(good, path, &n));
    assert_int_equal(n, 7); /* the last one wins */
    assert_false(reply_number(text_of("{\"a\":{\"b\":-1}}"), path, &n));
    assert_false(reply_find(text_of("{\"a\":[1]}"), path, &v));
    assert_false(reply_find(text_of("{\"a\":{\"b\":1}"), path, &v));
    assert_false(reply_nonsense(text_of("<html>\x1b"), "count", &err));
    assert_string_equal(err.text, "the answer has no count: <html><1B>");
    assert_int_equal(err.kind, ERROR_PROTOCOL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_gives_root_name_and_options),
        cmocka_unit_test(a_bad_url_is_answered_with_the_form),
        cmocka_unit_test(the_key_is_in_a_header_and_secret),
        cmocka_unit_test(an_answer_marks_every_one_who_asked),
        cmocka_unit_test(an_answer_that_lacks_something_says_what),
    };

    return cmocka_run_group_tests_name("store_http", tests, NULL, NULL);
}
