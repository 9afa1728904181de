/* Tests of the roots that the choice between gRPC and REST begins with, and of
 * metadata as google.protobuf.Struct. */
#include "config.h"
#include "store/store_wire.h"

#include "store/store_struct.h"
#include "store/store_value.h"
#include "tests/support/tap.h"
#include "util/protobuf.h"

static void a_root_gets_another_port(void **state)
{
    static const struct {
        const char *root, *made;
        unsigned port;
    } rows[] = {
        { "http://h:8080", "http://h:9", 8080 },
        { "http://h", "http://h:9", 80 },
        { "https://h.example/prefix", "https://h.example:9", 443 },
        { "https://h:1234/a/b", "https://h:9", 1234 },
        { "http://[::1]:8080/a", "http://[::1]:9", 8080 },
        { "http://[::1]", "http://[::1]:9", 80 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf root = { 0 };

        store_wire_root(rows[i].root, "9", &root);
        assert_string_equal(root.data, rows[i].made);
        assert_int_equal(store_wire_port(rows[i].root), rows[i].port);
        buf_release(&root);
    }
}

static const char *nothing_bad(struct text name)
{
    (void)name;
    return NULL;
}

/* The Struct of a document's metadata, as JSON. */
static void expect_struct(const struct store_meta *m, const char *metadata,
                          const char *json)
{
    const struct upsert_item item = { .metadata = text_of(metadata) };
    struct buf b = { 0 }, got = { 0 };
    size_t object = proto_open(&b, value_google.object, 100);

    struct_put_meta(&b, m, &item);
    proto_close(&b, object);
    assert_true(store_value_json(&got, &value_google,
                                 (struct text){ b.data, b.len }));
    assert_string_equal(buf_cstr(&got), json);
    buf_release(&b);
    buf_release(&got);
}

static void metadata_become_a_struct(void **state)
{
    static const struct meta_rules rules = { .also = META_STRINGS |
                                                     META_DOUBLES,
                                             .bad_name = nothing_bad };
    const struct store_meta apart = { .rules = &rules };
    const struct store_meta whole = { .rules = &rules, .as_json = true };

    (void)state;
    expect_struct(&apart, "{\"a\":null,\"n\":-1.5e2,\"t\":true,\"f\":false}",
                  "{\"n\":-150,\"t\":true,\"f\":false}");
    expect_struct(&apart, "{\"\\u00e4\":\"\\n\\\"\",\"l\":[\"x\",\"\\t\"]}",
                  "{\"\xc3\xa4\":\"\\n\\\"\",\"l\":[\"x\",\"\\t\"]}");
    expect_struct(&apart, "{\"big\":9007199254740993,\"even\":[]}",
                  "{\"big\":\"9007199254740993\",\"even\":[]}");
    expect_struct(&apart, "", "{}");
    expect_struct(&apart, "null", "{}");
    expect_struct(&whole, "{\"a\":[1]}",
                  "{\"metadata\":\"{\\\"a\\\":[1]}\"}");
    expect_struct(&whole, "null", "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_root_gets_another_port),
        cmocka_unit_test(metadata_become_a_struct),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
