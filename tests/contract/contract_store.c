/*
 * The contract as a list of small tests on one store: ids are idempotent, odd
 * records come back byte for byte, a lookup tells who is there, and a request
 * keeps to its limits.
 */
#include "config.h"
#include "tests/contract/contract_store.h"
#include "tests/support/tap.h"

#include <errno.h>
#include <stdio.h>

enum { DIM = 4, OTHER_DIM = 6 };

static const float vectors[][DIM] = { { 1, 0, 0, 0 },
                                      { 0.5F, -0.25F, 0, 1e-7F },
                                      { 0, 3, 4, 0 },
                                      { -1, -1, -1, -1 },
                                      { 0.1F, 0.2F, 0.3F, 0.4F } };

#define TEXT(literal) { literal, sizeof(literal) - 1 }

static struct store *open_store(const struct contract_store *k, size_t dim)
{
    struct store_config cfg = { .url = k->url, .dim = dim, .create = true,
                                .stop_fd = -1, .model = "contract" };
    struct error err;
    struct store *s = k->ops->open(k->ops, &cfg, &err);

    if (!s)
        fail_msg("open: %s", err.text);
    if (s->ops->preflight && !s->ops->preflight(s, &err))
        fail_msg("preflight: %s", err.text);
    return s;
}

static struct upsert_item item(struct text id, struct text text,
                               struct text metadata, size_t vector)
{
    return (struct upsert_item){ .id = id,
                                 .text = text,
                                 .text_escaped =
                                     text.len &&
                                     memchr(text.ptr, '\\', text.len) != NULL,
                                 .metadata = metadata,
                                 .vector = vectors[vector] };
}

/* Before anything is paid for the store says the same of a record, without
 * its vector, as when it is sent. */
static void takes_it(struct store *s, const struct upsert_item *sent)
{
    struct upsert_item bare = *sent;
    struct buf room = { 0 };
    bool takes;

    if (!s->ops->takes)
        return;
    bare.vector = NULL;
    bare.why.text[0] = '\0';
    takes = s->ops->takes(s, &bare, &room);
    assert_int_equal(takes, sent->stored);
    if (!takes)
        assert_string_equal(bare.why.text, sent->why.text);
    buf_release(&room);
}

/* Send all, in as many requests as the store wants. */
static void send(struct store *s, struct upsert_item *items, size_t n)
{
    struct error err;

    for (size_t i = 0, taken; i < n; i += taken) {
        if (!s->ops->upsert(s, items + i, n - i, &taken, &err))
            fail_msg("upsert: %s", err.text);
        assert_in_range(taken, 1, n - i);
        assert_int_equal(s->sent_count, taken);
        assert_true(s->sent_bytes > 0);
    }
    for (size_t i = 0; i < n; i++) {
        assert_true(items[i].stored);
        takes_it(s, &items[i]);
    }
}

/* The call succeeds, the record does not, and its reason is one sentence. */
static void is_refused(struct store *s, struct upsert_item *one)
{
    struct error err;
    size_t taken = 0;

    if (!s->ops->upsert(s, one, 1, &taken, &err))
        fail_msg("upsert: %s", err.text);
    assert_int_equal(taken, 1);
    assert_false(one->stored);
    assert_int_equal(one->why.kind, ERROR_REFUSED);
    assert_true(one->why.text[0] != '\0');
    takes_it(s, one);
}

static uint64_t count_of(struct store *s)
{
    struct error err;
    uint64_t n = 0;

    if (!s->ops->count(s, &n, &err))
        fail_msg("count: %s", err.text);
    return n;
}

static void expect_record(const struct contract_store *k, struct text id,
                          struct text text, const char *metadata)
{
    struct buf got_text = { 0 }, got_metadata = { 0 };

    if (!k->fetch)
        return;
    assert_true(k->fetch(k->ctx, id, &got_text, &got_metadata));
    assert_int_equal(got_text.len, text.len);
    assert_memory_equal(got_text.data ? got_text.data : "", text.ptr,
                        text.len);
    if (metadata && k->own_json)
        assert_true(got_metadata.len > 0);
    else if (metadata)
        assert_string_equal(buf_cstr(&got_metadata), metadata);
    else if (got_metadata.len > 0)
        assert_string_equal(buf_cstr(&got_metadata), "null");
    buf_release(&got_text);
    buf_release(&got_metadata);
}

/* Sent, sent again, replaced. */
static void ids_are_idempotent(const struct contract_store *k, struct store *s)
{
    struct text a = TEXT("a"), b = TEXT("b"), one = TEXT("one"),
                two = TEXT("two"), three = TEXT("three"), none = { NULL, 0 };
    struct upsert_item items[] = { item(a, one, none, 0),
                                   item(b, two, none, 1) };

    send(s, items, 2);
    assert_int_equal(count_of(s), 2);
    send(s, items, 2);
    assert_int_equal(count_of(s), k->appends ? 4 : 2);
    expect_record(k, a, one, NULL);
    items[0] = item(a, three, none, 2);
    send(s, items, 1);
    assert_int_equal(count_of(s), k->appends ? 5 : 2);
    expect_record(k, a, three, NULL);
    expect_record(k, b, two, NULL);
}

static void nul_is_refused(struct store *s, struct upsert_item *one,
                           const char *where)
{
    struct error err;
    size_t taken;

    if (!s->ops->upsert(s, one, 1, &taken, &err))
        fail_msg("upsert: %s", err.text);
    assert_int_equal(taken, 1);
    assert_false(one->stored);
    assert_int_equal(one->why.kind, ERROR_REFUSED);
    assert_non_null(strstr(one->why.text, where));
    takes_it(s, one);
}

/* Whatever stands in a corpus comes back byte for byte. */
static void odd_records_survive(const struct contract_store *k,
                                struct store *s)
{
    static char long_id[400];
    struct text ids[] = { TEXT("with space"),  TEXT("quote\"slash\\"),
                          TEXT("gr\xc3\xbc\xc3\x9f"), TEXT("a\nb\tc"),
                          TEXT("nul\0inside"), TEXT("9007199254740993"),
                          { long_id, sizeof long_id } };
    struct text raw = TEXT("say \\\"hi\\\"\\\\ \\u0000 \\ud83d\\ude00\\n.");
    struct text decoded = TEXT("say \"hi\"\\ \0 \xf0\x9f\x98\x80\n.");
    /* The same without the NUL; what looks like one is none. */
    struct text tame = TEXT("say \\\"hi\\\"\\\\\\\\u0000 \\ud83d\\ude00\\n.");
    struct text plain = TEXT("say \"hi\"\\\\u0000 \xf0\x9f\x98\x80\n.");
    const char *metadata = "{\"n\":9007199254740993,\"x\":1.10,"
                           "\"e\":1e999,\"s\":\"\\u00fc\",\"deep\":[{}]}";

    if (k->metadata)
        metadata = k->metadata;
    memset(long_id, 'x', sizeof long_id);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct upsert_item one = item(ids[i], raw, text_of(metadata), i % 5);
        bool present = false;
        struct error err;

        one.id_number = ids[i].ptr[0] == '9';
        if (k->refuses && k->refuses(ids[i])) {
            is_refused(s, &one);
            continue;
        }
        if (k->no_nul && memchr(ids[i].ptr, '\0', ids[i].len)) {
            nul_is_refused(s, &one, "id");
            continue;
        }
        if (k->no_nul) {
            nul_is_refused(s, &one, "text");
            one.text = tame;
        }
        send(s, &one, 1);
        expect_record(k, ids[i], k->no_nul ? plain : decoded, metadata);
        assert_true(s->ops->lookup(s, &ids[i], 1, &present, &err));
        assert_int_equal(present, !(k->unaskable && k->unaskable(ids[i])));
        assert_int_equal(present, !s->ops->askable ||
                                      s->ops->askable(ids[i]));
    }
}

static void lookup_tells_who_is_there(struct store *s)
{
    struct text ids[] = { TEXT("b"), TEXT("nobody"), TEXT("a"), TEXT("A"),
                          TEXT("nul"), TEXT("b") };
    const bool want[] = { true, false, true, false, false, true };
    bool present[6] = { false, true, false, true, true, false };
    struct error err;

    assert_true(s->ops->lookup(s, ids, 6, present, &err));
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(present[i], want[i]);
}

static void a_request_keeps_to_the_count(struct store *s)
{
    struct text text = TEXT("text"), none = { NULL, 0 };
    struct text ids[] = { TEXT("c1"), TEXT("c2"), TEXT("c3"), TEXT("c4"),
                          TEXT("c5") };
    struct upsert_item items[5];
    size_t usual = s->limit_count, taken = 0;
    struct error err;

    for (size_t i = 0; i < 5; i++)
        items[i] = item(ids[i], text, none, i);
    s->limit_count = 2;
    assert_true(s->ops->upsert(s, items, 5, &taken, &err));
    assert_int_equal(taken, 2);
    assert_true(items[0].stored && items[1].stored && !items[2].stored);
    send(s, items + 2, 3);
    s->limit_count = usual;
}

static void another_dimension_is_refused(const struct contract_store *k)
{
    struct store_config cfg = { .url = k->url, .dim = OTHER_DIM,
                                .create = true, .stop_fd = -1,
                                .model = "contract" };
    struct error err = { .text = "" };
    struct store *s = k->ops->open(k->ops, &cfg, &err);

    if (k->any_dim) {
        k->ops->close(s);
        return;
    }
    assert_false(s && (!s->ops->preflight || s->ops->preflight(s, &err)));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "4"));
    assert_non_null(strstr(err.text, "6"));
    k->ops->close(s);
}

/* Where it has a place for that. */
static void it_keeps_how_its_vectors_were_made(struct store *s)
{
    static const char *const json[] = {
        "{\"embed\":\"x\",\"doc-prefix\":\"say \\\"it\\\"\\n 'so' \\\\\"}",
        "{\"embed\":\"y\",\"dim\":3}"
    };
    struct buf got = { 0 };
    struct error err = { .text = "" };

    assert_true(!s->ops->keep == !s->ops->kept);
    if (!s->ops->keep)
        return;
    if (!s->ops->kept(s, &got, &err))
        fail_msg("%s", err.text);
    assert_null(strstr(buf_cstr(&got), "doc-prefix"));
    for (size_t i = 0; i < 2; i++) {
        if (!s->ops->keep(s, json[i], &err))
            fail_msg("%s", err.text);
        buf_clear(&got);
        assert_true(s->ops->kept(s, &got, &err));
        assert_string_equal(buf_cstr(&got), json[i]);
    }
    buf_release(&got);
}

/* Without --create there is nothing yet: said before it costs. */
static void ST_05_nothing_is_made_unasked(const struct contract_store *k)
{
    struct store_config cfg = { .url = k->url, .dim = DIM, .stop_fd = -1,
                                .model = "contract" };
    struct error err = { .text = "" };
    struct store *s;

    if (k->made)
        return;
    s = k->ops->open(k->ops, &cfg, &err);
    assert_false(s && s->ops->preflight(s, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_true(err.code == 404 || err.code == ENOENT);
    assert_non_null(strstr(err.text, "--create makes it"));
    k->ops->close(s);
}

/* Workers open instances of their own, and preflight runs once. */
static void a_second_instance_finds_its_place(const struct contract_store *k)
{
    struct text id = TEXT("a"), text = TEXT("three"), none = { NULL, 0 };
    struct store_config cfg = { .url = k->url, .dim = DIM, .stop_fd = -1,
                                .model = "contract" };
    struct upsert_item one = item(id, text, none, 2);
    struct error err = { .text = "" };
    struct store *s = k->ops->open(k->ops, &cfg, &err);

    if (!s)
        fail_msg("open: %s", err.text);
    send(s, &one, 1);
    k->ops->close(s);
}

void contract_store(const struct contract_store *k)
{
    struct store *s;
    uint64_t before;

    ST_05_nothing_is_made_unasked(k);
    s = open_store(k, DIM);
    assert_int_equal(count_of(s), 0);
    ids_are_idempotent(k, s);
    lookup_tells_who_is_there(s);
    odd_records_survive(k, s);
    a_request_keeps_to_the_count(s);
    before = count_of(s);
    k->ops->close(s);

    s = open_store(k, DIM);
    assert_int_equal(count_of(s), before);
    lookup_tells_who_is_there(s);
    it_keeps_how_its_vectors_were_made(s);
    k->ops->close(s);
    a_second_instance_finds_its_place(k);
    another_dimension_is_refused(k);
    k->ops->close(NULL);
}
