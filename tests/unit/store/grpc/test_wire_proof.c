/* Tests that no record goes to a port that was guessed before it is proven to be
 * of the same store: two servers on one host, and one with two addresses. */
#include "config.h"
#include "store/wire_proof.h"

#include "store/qdrant/qdrant_grpc_reply.h"
#include "store/store_wire.h"
#include "tests/support/store_tools.h"
#include "util/protobuf.h"

#include <stdio.h>

static const struct {
    const struct store_ops *ops;
    const char *form;
} stores[] = {
    { &store_qdrant, "qdrant+http://127.0.0.1:%d/docs" },
    { &store_weaviate, "weaviate+http://127.0.0.1:%d/docs" },
};

/* A store whose port for gRPC is guessed, and what it said in the end. */
struct guess {
    struct tool t;
    struct fakeapi *other; /* NULL: it is the same server */
    char said[256];
    int lines;
};

static void guess_hear(void *ctx, const char *line)
{
    struct guess *g = ctx;

    snprintf(g->said, sizeof g->said, "%s", line);
    g->lines++;
}

/* As where REST has its usual port: tests have none. */
static struct store *guess_open(struct guess *g)
{
    struct store_config cfg = { .url = g->t.url, .dim = TOOL_DIM,
                                .create = true, .stop_fd = -1,
                                .say = guess_hear, .say_ctx = g };
    struct error err = { .text = "" };
    struct store *s = g->t.ops->open(g->t.ops, &cfg, &err);

    if (!s)
        fail_msg("%s", err.text);
    return s;
}

static void guess_ready(struct guess *g)
{
    struct error err = { .text = "" };
    struct store_http *s = (struct store_http *)guess_open(g);

    g->t.store = &s->base;
    buf_printf(&s->grpc_likely, "http://%s:%d",
               g->other ? "127.0.0.1" : "localhost",
               fakeapi_port(g->other ? g->other : g->t.api));
    buf_cstr(&s->grpc_likely);
    if (!g->t.ops->preflight(g->t.store, &err))
        fail_msg("%s", err.text);
}

/* One record, of the text and id `id`, where the store wants it. */
static void put(struct store *s, const char *id, float x)
{
    const float vector[TOOL_DIM] = { x, 0.5f, 0.25f, 3 };
    struct upsert_item one = { .id = text_of(id), .text = text_of(id),
                               .vector = vector };
    struct error err = { .text = "" };
    size_t taken = 0;

    if (!s->ops->upsert(s, &one, 1, &taken, &err) || !one.stored)
        fail_msg("%s", err.text);
}

/* Records into a server that has none, past all choice. */
static void fill(size_t store, struct fakeapi *api, const char *const *ids,
                 size_t n)
{
    char url[128];
    struct store_config cfg = { .url = url, .dim = TOOL_DIM, .create = true,
                                .stop_fd = -1 };
    struct error err = { .text = "" };
    struct store *s;

    snprintf(url, sizeof url, stores[store].form, fakeapi_port(api));
    s = stores[store].ops->open(stores[store].ops, &cfg, &err);
    if (!s || !s->ops->preflight(s, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < n; i++)
        put(s, ids[i], 1);
    s->ops->close(s);
}

static void guess_start(struct guess *g, size_t store, bool same)
{
    const struct fakeapi_options o = { .keep_request = true };

    *g = (struct guess){ .lines = 0 };
    tool_start(&g->t, stores[store].ops, stores[store].form, &o);
    g->other = same ? NULL : fakeapi_start(&o);
}

static void guess_stop(struct guess *g)
{
    tool_stop(&g->t);
    fakeapi_stop(g->other);
}

/* All went to the server of the URL, over REST, and it was said once why. */
static void expect_untouched(struct guess *g, uint64_t others)
{
    assert_int_equal(fakeapi_stats(g->other).points, others);
    assert_false(store_wire_grpc((struct store_http *)g->t.store));
    assert_null(((struct store_http *)g->t.store)->proof);
    assert_int_equal(g->lines, 1);
    assert_non_null(strstr(g->said, "does not show what REST stored"));
}

static void GR_09_two_empty_stores_are_told_apart(void **state)
{
    struct guess g;

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        guess_start(&g, k, false);
        fill(k, g.other, NULL, 0);
        guess_ready(&g);
        assert_non_null(strstr(g.t.store->note, "once it shows"));
        put(g.t.store, "a", 1);
        put(g.t.store, "b", 1);
        put(g.t.store, "c", 1);
        put(g.t.store, "d", 1);
        expect_untouched(&g, 0);
        assert_int_equal(fakeapi_stats(g.t.api).points, 4);
        guess_stop(&g);
    }
}

/* Both hold the corpus, and it is sent once more, and with other vectors. */
static void GR_09_a_copy_of_the_same_records_proves_nothing(void **state)
{
    static const char *const ids[] = { "a", "b" };
    struct guess g;

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        guess_start(&g, k, false);
        fill(k, g.t.api, ids, 2);
        fill(k, g.other, ids, 2);
        guess_ready(&g);
        for (int i = 0; i < 40; i++)
            put(g.t.store, i % 2 ? "a" : "b", 1);
        put(g.t.store, "a", -1);
        expect_untouched(&g, 2);
        guess_stop(&g);
    }
}

static void GR_09_other_counts_are_another_store(void **state)
{
    static const char *const ids[] = { "a" };
    struct guess g;

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        guess_start(&g, k, false);
        fill(k, g.other, ids, 1);
        guess_ready(&g);
        assert_non_null(strstr(g.t.store->note, "it shows another"));
        put(g.t.store, "b", 1);
        assert_int_equal(fakeapi_stats(g.other).points, 1);
        guess_stop(&g);
    }
}

static void GR_09_the_same_store_is_proven_by_the_first_request(void **state)
{
    struct guess g;
    struct store *rules, *worker;

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        guess_start(&g, k, true);
        guess_ready(&g);
        rules = guess_open(&g);
        g.t.ops->follow(rules, g.t.store);
        worker = guess_open(&g);
        g.t.ops->follow(worker, rules);
        put(worker, "a", 1);
        assert_true(store_wire_grpc((struct store_http *)worker));
        put(g.t.store, "b", 2); /* nobody proves it again */
        assert_true(tool_asked(&g.t, "application/grpc"));
        put(worker, "c", 1);
        assert_true(tool_asked(&g.t, "application/grpc"));
        assert_int_equal(fakeapi_stats(g.t.api).points, 3);
        assert_int_equal(g.lines, 0);
        g.t.ops->close(rules);
        g.t.ops->close(worker);
        guess_stop(&g);
    }
}

/* It is there with this vector: that proves nothing. With another it does. */
static void a_record_that_was_there_proves_it_by_its_change(void **state)
{
    static const char *const ids[] = { "a" };
    struct guess g;

    (void)state;
    guess_start(&g, 0, true);
    fill(0, g.t.api, ids, 1);
    guess_ready(&g);
    put(g.t.store, "a", 1);
    assert_false(store_wire_grpc((struct store_http *)g.t.store));
    put(g.t.store, "a", -1);
    assert_true(store_wire_grpc((struct store_http *)g.t.store));
    guess_stop(&g);
}

static void a_replica_that_is_late_may_try_again(void **state)
{
    struct guess g;

    (void)state;
    guess_start(&g, 0, true);
    guess_ready(&g);
    for (int i = 0; i < 2; i++) { /* the question before, and REST's upsert */
        fakeapi_script(g.t.api, &(struct fakeapi_answer){ .genuine = true });
        fakeapi_script(g.t.api, &(struct fakeapi_answer){ .genuine = true });
        fakeapi_script(g.t.api, &(struct fakeapi_answer){
                                    .body = text_of("") });
        put(g.t.store, i ? "b" : "a", 1);
        assert_false(store_wire_grpc((struct store_http *)g.t.store));
    }
    put(g.t.store, "c", 1);
    assert_true(store_wire_grpc((struct store_http *)g.t.store));
    assert_int_equal(g.lines, 0);
    guess_stop(&g);
}

/* What the URL names needs no proof. */
static void a_named_port_is_the_users_word(void **state)
{
    struct tool t;

    (void)state;
    tool_ready(&t, &store_weaviate,
               "weaviate+http://127.0.0.1:%1$d/docs?grpc=%1$d");
    put(t.store, "a", 1);
    assert_true(tool_asked(&t, "application/grpc"));
    tool_stop(&t);
}

static void an_outage_is_no_answer(void **state)
{
    struct wire_proof *p = wire_proof_new("http://h:1");

    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_true(wire_proof_begin(p));
        assert_false(wire_proof_begin(p));
        assert_int_equal(wire_proof_end(p, WIRE_UNTRIED), WIRE_OPEN);
    }
    assert_true(wire_proof_begin(p));
    assert_int_equal(wire_proof_end(p, WIRE_SHOWN), WIRE_PROVEN);
    assert_false(wire_proof_begin(p));
    wire_proof_release(wire_proof_share(p));
    assert_int_equal(wire_proof_state(p), WIRE_PROVEN);
    wire_proof_release(p);
}

static void vectors_fit_however_long_they_are(void **state)
{
    const float ours[2] = { 3, 4 }, short_one[2] = { 0.6f, 0.8f },
                opposite[2] = { -3, -4 }, other[2] = { 3, 4.3f },
                none[2] = { 0, 0 };
    const struct {
        const float *v;
        bool fits;
    } rows[] = { { ours, true }, { short_one, true }, { opposite, false },
                 { other, false }, { none, false } };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = { 0 };

        proto_put_raw_floats(&b, rows[i].v, 2);
        assert_int_equal(store_wire_fits((struct text){ b.data, b.len }, ours,
                                         2),
                         rows[i].fits);
        buf_release(&b);
    }
    assert_false(store_wire_fits((struct text){ (const char *)ours, 4 }, ours,
                                 2));
}

/* As the messages of Qdrant's client write it, in both forms. */
static void a_vector_is_found_in_either_form(void **state)
{
    static const float ours[] = { 1, 2 };
    static const char dense[] = "\x0a\x16\x0a\x03\x12\x01u\x22\x0f\x0a\x0d"
                                "\xaa\x06\x0a\x0a\x08\0\0\x80\x3f\0\0\0\x40";
    static const char data[] = "\x0a\x13\x0a\x03\x12\x01u\x22\x0c\x0a\x0a"
                               "\x0a\x08\0\0\x80\x3f\0\0\0\x40";
    struct text floats;

    (void)state;
    assert_true(qdrant_message_vector(
        (struct text){ dense, sizeof dense - 1 }, &floats));
    assert_true(store_wire_fits(floats, ours, 2));
    assert_true(qdrant_message_vector((struct text){ data, sizeof data - 1 },
                                      &floats));
    assert_true(store_wire_fits(floats, ours, 2));
    assert_false(qdrant_message_vector(text_of("\x0a\x05\x0a\x03\x12\x01u"),
                                       &floats));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(GR_09_two_empty_stores_are_told_apart),
        cmocka_unit_test(GR_09_a_copy_of_the_same_records_proves_nothing),
        cmocka_unit_test(GR_09_other_counts_are_another_store),
        cmocka_unit_test(GR_09_the_same_store_is_proven_by_the_first_request),
        cmocka_unit_test(a_record_that_was_there_proves_it_by_its_change),
        cmocka_unit_test(a_replica_that_is_late_may_try_again),
        cmocka_unit_test(a_named_port_is_the_users_word),
        cmocka_unit_test(an_outage_is_no_answer),
        cmocka_unit_test(vectors_fit_however_long_they_are),
        cmocka_unit_test(a_vector_is_found_in_either_form),
    };

    if (!fakeapi_speaks_h2()) {
        puts("1..0 # SKIP built without libnghttp2's header");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
