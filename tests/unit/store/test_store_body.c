/* The body of an upsert request, cut by count and by bytes: no protocol. */
#include "config.h"
#include "store/store_body.h"
#include "tests/support/tap.h"

static struct buf body[STORE_COLUMNS];

static bool takes(const struct store *s, struct upsert_item *item,
                  struct buf *room)
{
    (void)s;
    (void)room;
    return item->id.ptr[0] != '!' ||
           store_item_refused(item, "%s is refused", "it");
}

static const struct store_ops ops = { .name = "x", .takes = takes };

static void put_row(struct store *s, struct buf *b,
                    const struct upsert_item *item)
{
    (void)s;
    buf_put(b, item->id.ptr, item->id.len);
}

static void put_columns(struct store *s, struct buf *b,
                        const struct upsert_item *item)
{
    put_row(s, b, item);
    store_put_vector(&b[1], item->vector, 2);
    store_put_base64(&b[2], item->vector, 2);
}

static const struct store_shape rows = {
    .columns = 1, .head = { "[" }, .between = ",", .end = "]", .put = put_row
};
static const struct store_shape columns = {
    .columns = 3, .head = { "{a:[", "],b:[", "],c:[" }, .between = ",",
    .end = "]}", .put = put_columns
};
static const float vector[2] = { 1, -0.5F };

/* Put the words into items and make one body. */
static size_t body_of(struct store *s, const struct store_shape *shape,
                      struct upsert_item *items, const char *const *words,
                      size_t n)
{
    struct error err;
    size_t taken = 99;

    for (size_t i = 0; i < n; i++)
        items[i] = (struct upsert_item){ .id = text_of(words[i]),
                                         .vector = vector, .stored = true };
    if (!store_body(s, body, shape, items, n, &taken, &err))
        fail_msg("%s", err.text);
    return taken;
}

static void a_body_is_cut_by_count_and_by_bytes(void **state)
{
    static const char *const words[] = { "aa", "bb", "cc", "dd" };
    struct store s = { .ops = &ops, .dim = 2 };
    struct upsert_item items[4];

    (void)state;
    assert_int_equal(body_of(&s, &rows, items, words, 4), 4);
    assert_string_equal(buf_cstr(body), "[aa,bb,cc,dd]");
    s.limit_count = 3;
    assert_int_equal(body_of(&s, &rows, items, words, 4), 3);
    s.limit_bytes = strlen("[aa,bb]");
    assert_int_equal(body_of(&s, &rows, items, words, 4), 2);
    assert_string_equal(buf_cstr(body), "[aa,bb]");
    assert_int_equal(s.sent_bytes, 7);
    s.limit_bytes = 6;
    assert_int_equal(body_of(&s, &rows, items, words, 4), 1);
    assert_int_equal(s.sent_count, 1);
    store_body_stored(items, 1);
    assert_true(items[0].stored && !items[1].stored);
}

static void one_record_too_large_fails_alone_for_its_size(void **state)
{
    static const char *const words[] = { "!a", "large", "b" };
    struct store s = { .ops = &ops, .dim = 2 };
    struct upsert_item items[3];
    struct error err;
    size_t taken = 0;

    (void)state;
    s.limit_bytes = 5;
    /* The refused one ahead of it is settled first. */
    assert_int_equal(body_of(&s, &rows, items, words, 3), 1);
    assert_int_equal(s.sent_count, 0);
    assert_false(store_body(&s, body, &rows, items + 1, 2, &taken, &err));
    assert_int_equal(err.kind, ERROR_SIZE);
    assert_int_equal(taken, 1);
    assert_non_null(strstr(err.text, "7 bytes"));
    assert_non_null(strstr(err.text, "may have 5"));
}

static void ST_13_a_learned_size_cuts_and_refuses_no_record(void **state)
{
    static const char *const words[] = { "a", "large", "b" };
    struct store s = { .ops = &ops, .dim = 2 };
    struct upsert_item items[3];

    (void)state;
    s.want_bytes = 5;
    assert_int_equal(body_of(&s, &rows, items, words, 3), 1);
    assert_string_equal(buf_cstr(body), "[a]");
    assert_int_equal(body_of(&s, &rows, items, words + 1, 2), 1);
    assert_string_equal(buf_cstr(body), "[large]");
}

static void a_refused_record_leaves_no_trace_in_the_body(void **state)
{
    static const char *const words[] = { "!a", "b", "!c", "d", "!e" };
    struct store s = { .ops = &ops, .dim = 2 };
    struct upsert_item items[5];

    (void)state;
    s.limit_count = 2;
    assert_int_equal(body_of(&s, &rows, items, words, 5), 4);
    assert_string_equal(buf_cstr(body), "[b,d]");
    assert_int_equal(s.sent_count, 2);
    store_body_stored(items, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(items[i].stored, i % 2 == 1);
        assert_int_equal(store_body_has(&items[i]), i % 2 == 1);
    }
    assert_int_equal(items[0].why.kind, ERROR_REFUSED);
    assert_string_equal(items[0].why.text, "it is refused");
    assert_int_equal(items[0].why.about, ABOUT_DOCUMENT);
}

static void columns_stand_behind_one_another(void **state)
{
    static const char *const words[] = { "p", "!", "q", "r" };
    struct store s = { .ops = &ops, .dim = 2 };
    struct upsert_item items[4];
    const char *want = "{a:[p,q],b:[[1,-0.5],[1,-0.5]],"
                       "c:[\"AACAPwAAAL8=\",\"AACAPwAAAL8=\"]}";

    (void)state;
    s.limit_bytes = strlen(want);
    assert_int_equal(body_of(&s, &columns, items, words, 4), 3);
    assert_string_equal(buf_cstr(body), want);
    assert_int_equal(s.sent_bytes, strlen(want));
    s.limit_bytes--;
    assert_int_equal(body_of(&s, &columns, items, words, 4), 2);
}

static int release(void **state)
{
    (void)state;
    for (size_t i = 0; i < STORE_COLUMNS; i++)
        buf_release(&body[i]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_is_cut_by_count_and_by_bytes),
        cmocka_unit_test(one_record_too_large_fails_alone_for_its_size),
        cmocka_unit_test(ST_13_a_learned_size_cuts_and_refuses_no_record),
        cmocka_unit_test(a_refused_record_leaves_no_trace_in_the_body),
        cmocka_unit_test(columns_stand_behind_one_another),
    };

    return cmocka_run_group_tests_name("store_body", tests, NULL, release);
}
