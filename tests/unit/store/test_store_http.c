/* What the stores behind HTTP share: URLs, keys, bodies. */
#include "config.h"
#include "store/store_body.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "store/store.h"
#include "store/store_reply.h"
#include "store/wanted.h"

static const char *const options[] = { "tenant", "database", NULL };

static bool takes(const struct store *s, struct upsert_item *item,
                  struct buf *room)
{
    (void)s;
    (void)room;
    return item->id.ptr[0] != '!' ||
           store_item_refused(item, "%s is refused", "it");
}

static const struct store_ops ops = { .name = "x", .takes = takes };

static const struct store_http_kind kind = {
    .ops = &ops, .form = "x+http://HOST/NAME",
    .options = options, .key_header = "Authorization", .key_prefix = "Bearer "
};

static struct store_http *opened(const char *url, const char *key)
{
    static struct store_http s;
    struct store_config cfg = { .url = url, .key = key, .dim = 2,
                                .stop_fd = -1 };
    struct error err;

    s = (struct store_http){ .kind = NULL };
    if (!store_http_init(&s, &kind, &cfg, &err))
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

        if (store_http_init(&s, &kind, &cfg, &err))
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
    assert_false(store_http_init(&broken, &kind, &cfg, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_null(strstr(err.text, "a\nb"));
    store_http_release(&broken);
}

static void put_row(struct store_http *s, const struct upsert_item *item)
{
    buf_put(&s->body, item->id.ptr, item->id.len);
}

static void put_columns(struct store_http *s, const struct upsert_item *item)
{
    put_row(s, item);
    store_put_vector(&s->column[1], item->vector, 2);
    store_put_base64(&s->column[2], item->vector, 2);
}

static const struct store_shape rows = { 1, { "[" }, ",", "]", put_row };
static const struct store_shape columns = {
    3, { "{a:[", "],b:[", "],c:[" }, ",", "]}", put_columns
};
static const float vector[2] = { 1, -0.5F };

/* Put the words into items and make one body. */
static size_t body_of(struct store_http *s, const struct store_shape *shape,
                      struct upsert_item *items, const char *const *words,
                      size_t n)
{
    struct error err;
    size_t taken = 99;

    for (size_t i = 0; i < n; i++)
        items[i] = (struct upsert_item){ .id = text_of(words[i]),
                                         .vector = vector, .stored = true };
    store_http_to(s, "/");
    if (!store_body(s, shape, items, n, &taken, &err))
        fail_msg("%s", err.text);
    return taken;
}

static void a_body_is_cut_by_count_and_by_bytes(void **state)
{
    static const char *const words[] = { "aa", "bb", "cc", "dd" };
    struct store_http *s = opened("x+http://h/c", NULL);
    struct upsert_item items[4];

    (void)state;
    assert_int_equal(body_of(s, &rows, items, words, 4), 4);
    assert_string_equal(buf_cstr(&s->body), "[aa,bb,cc,dd]");
    s->base.limit_count = 3;
    assert_int_equal(body_of(s, &rows, items, words, 4), 3);
    s->base.limit_bytes = strlen("[aa,bb]");
    assert_int_equal(body_of(s, &rows, items, words, 4), 2);
    assert_string_equal(buf_cstr(&s->body), "[aa,bb]");
    assert_int_equal(s->base.sent_bytes, 7);
    s->base.limit_bytes = 6;
    assert_int_equal(body_of(s, &rows, items, words, 4), 1);
    assert_int_equal(s->base.sent_count, 1);
    store_body_stored(items, 1);
    assert_true(items[0].stored && !items[1].stored);
    store_http_release(s);
}

static void one_record_too_large_fails_alone_for_its_size(void **state)
{
    static const char *const words[] = { "!a", "large", "b" };
    struct store_http *s = opened("x+http://h/c", NULL);
    struct upsert_item items[3];
    struct error err;
    size_t taken = 0;

    (void)state;
    s->base.limit_bytes = 5;
    /* The refused one ahead of it is settled first. */
    assert_int_equal(body_of(s, &rows, items, words, 3), 1);
    assert_int_equal(s->base.sent_count, 0);
    assert_false(store_body(s, &rows, items + 1, 2, &taken, &err));
    assert_int_equal(err.kind, ERROR_SIZE);
    assert_int_equal(taken, 1);
    assert_non_null(strstr(err.text, "7 bytes"));
    assert_non_null(strstr(err.text, "may have 5"));
    store_http_release(s);
}

static void ST_13_a_learned_size_cuts_and_refuses_no_record(void **state)
{
    static const char *const words[] = { "a", "large", "b" };
    struct store_http *s = opened("x+http://h/c", NULL);
    struct upsert_item items[3];

    (void)state;
    s->base.want_bytes = 5;
    assert_int_equal(body_of(s, &rows, items, words, 3), 1);
    assert_string_equal(buf_cstr(&s->body), "[a]");
    assert_int_equal(body_of(s, &rows, items, words + 1, 2), 1);
    assert_string_equal(buf_cstr(&s->body), "[large]");
    store_http_release(s);
}

static void a_refused_record_leaves_no_trace_in_the_body(void **state)
{
    static const char *const words[] = { "!a", "b", "!c", "d", "!e" };
    struct store_http *s = opened("x+http://h/c", NULL);
    struct upsert_item items[5];

    (void)state;
    s->base.limit_count = 2;
    assert_int_equal(body_of(s, &rows, items, words, 5), 4);
    assert_string_equal(buf_cstr(&s->body), "[b,d]");
    assert_int_equal(s->base.sent_count, 2);
    store_body_stored(items, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(items[i].stored, i % 2 == 1);
        assert_int_equal(store_body_has(&items[i]), i % 2 == 1);
    }
    assert_int_equal(items[0].why.kind, ERROR_REFUSED);
    assert_string_equal(items[0].why.text, "it is refused");
    assert_int_equal(items[0].why.about, ABOUT_DOCUMENT);
    store_http_release(s);
}

static void columns_stand_behind_one_another(void **state)
{
    static const char *const words[] = { "p", "!", "q", "r" };
    struct store_http *s = opened("x+http://h/c", NULL);
    struct upsert_item items[4];
    const char *want = "{a:[p,q],b:[[1,-0.5],[1,-0.5]],"
                       "c:[\"AACAPwAAAL8=\",\"AACAPwAAAL8=\"]}";

    (void)state;
    s->base.limit_bytes = strlen(want);
    assert_int_equal(body_of(s, &columns, items, words, 4), 3);
    assert_string_equal(buf_cstr(&s->body), want);
    assert_int_equal(s->base.sent_bytes, strlen(want));
    s->base.limit_bytes--;
    assert_int_equal(body_of(s, &columns, items, words, 4), 2);
    store_http_release(s);
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
    assert_true(wanted_twin(&w, 3));
    assert_false(wanted_twin(&w, 2) || wanted_twin(&w, 0));
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
        cmocka_unit_test(a_body_is_cut_by_count_and_by_bytes),
        cmocka_unit_test(one_record_too_large_fails_alone_for_its_size),
        cmocka_unit_test(ST_13_a_learned_size_cuts_and_refuses_no_record),
        cmocka_unit_test(a_refused_record_leaves_no_trace_in_the_body),
        cmocka_unit_test(columns_stand_behind_one_another),
        cmocka_unit_test(an_answer_marks_every_one_who_asked),
        cmocka_unit_test(an_answer_that_lacks_something_says_what),
    };

    return cmocka_run_group_tests_name("store_http", tests, NULL, NULL);
}
