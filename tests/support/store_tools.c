/* One store behind HTTP and the fakeapi that it speaks to. */
#include "config.h"
#include "tests/support/store_tools.h"

#include "store/store_http.h"
#include "store/store_reply.h"

#include <stdio.h>
#include <string.h>

struct store *tool_open(struct tool *t, size_t dim, bool create,
                        struct error *err)
{
    struct store_config cfg = { .url = t->url, .dim = dim, .create = create,
                                .stop_fd = -1, .key = t->key };

    t->store = t->ops->open(t->ops, &cfg, err);
    return t->store;
}

void tool_start(struct tool *t, const struct store_ops *ops, const char *form,
                const struct fakeapi_options *o)
{
    struct fakeapi_options usual = { .keep_request = true };

    *t = (struct tool){ .ops = ops, .api = fakeapi_start(o ? o : &usual) };
    snprintf(t->url, sizeof t->url, form, fakeapi_port(t->api));
}

void tool_stop(struct tool *t)
{
    t->ops->close(t->store);
    t->store = NULL;
    fakeapi_stop(t->api);
}

/* SE-03 */
static void tool_key_is_in_its_header(struct tool *t, const char *key)
{
    const char *secret = strrchr(key, ' ') + 1, *line, *end;
    struct buf request = { 0 };
    struct error err;

    tool_unfit(t, TOOL_DIM, true, ERROR_AUTH,
               strstr(t->url, "+grpc") ? "UNAUTHENTICATED" : "HTTP 401");
    t->key = secret;
    if (!tool_open(t, TOOL_DIM, true, &err) ||
        !t->ops->preflight(t->store, &err))
        fail_msg("with the key: %s", err.text);
    tool_items(t);
    tool_upsert(t);
    fakeapi_request(t->api, &request);
    line = strcasestr(buf_cstr(&request), key);
    assert_non_null(line);
    end = text_end((struct text){ request.data, request.len });
    assert_null(memmem(request.data, (size_t)(line - request.data), secret,
                       strlen(secret)));
    line += strlen(key);
    assert_null(memmem(line, (size_t)(end - line), secret, strlen(secret)));
    buf_release(&request);
}

void tool_contract(struct contract_store *k, const char *form,
                   const struct fakeapi_options *o, const char *key)
{
    struct fakeapi_options with_key = { .keep_request = true };
    struct tool t;

    tool_start(&t, k->ops, form, o);
    k->url = t.url;
    k->ctx = t.api;
    if (!k->fetch)
        k->fetch = tool_fetch;
    contract_store(k);
    tool_stop(&t);
    if (o)
        with_key = *o;
    with_key.key = key;
    tool_start(&t, k->ops, form, &with_key);
    tool_key_is_in_its_header(&t, key);
    tool_stop(&t);
}

void tool_ready(struct tool *t, const struct store_ops *ops, const char *form)
{
    struct error err;

    tool_start(t, ops, form, NULL);
    if (!tool_open(t, TOOL_DIM, true, &err) ||
        !t->store->ops->preflight(t->store, &err))
        fail_msg("%s: %s", t->url, err.text);
}

void tool_choose_wire(struct tool *t, bool create, const char *says)
{
    struct error err = { .text = "" };
    struct store_http *s;

    if (!tool_open(t, TOOL_DIM, create, &err))
        fail_msg("%s", err.text);
    s = (struct store_http *)t->store;
    buf_printf(&s->grpc_likely, "http://127.0.0.1:%d", fakeapi_port(t->api));
    buf_cstr(&s->grpc_likely);
    if (!t->ops->preflight(t->store, &err))
        fail_msg("%s", err.text);
    assert_non_null(strstr(t->store->note, says));
}

void tool_follow(struct tool *t)
{
    struct store *first = t->store;
    struct error err;

    assert_non_null(tool_open(t, TOOL_DIM, false, &err));
    t->ops->follow(t->store, first);
    tool_items(t);
    tool_upsert(t);
    t->ops->close(first);
}

struct upsert_item *tool_items(struct tool *t)
{
    static const float vectors[TOOL_ITEMS][TOOL_DIM] = {
        { 1, 0, 0, 0 }, { 0, 1, 0, 0 }, { 0, 0, 1, 0 }, { 0, 0, 0, 1 }
    };
    static const char *const ids[] = { "a", "b", "c", "d" };

    for (size_t i = 0; i < TOOL_ITEMS; i++)
        t->items[i] = (struct upsert_item){ .id = text_of(ids[i]),
                                            .text = text_of("text"),
                                            .vector = vectors[i] };
    return t->items;
}

void tool_upsert(struct tool *t)
{
    struct error err;
    size_t taken = 0;

    if (!t->ops->upsert(t->store, t->items, TOOL_ITEMS, &taken, &err))
        fail_msg("upsert: %s", err.text);
    assert_int_equal(taken, TOOL_ITEMS);
}

void tool_search(struct tool *t)
{
    const float query[TOOL_DIM] = { 1, 0, 0, 0 };
    struct store_hit hits[5] = { { .score = 0 } };
    struct error err;
    size_t got = 0;

    tool_items(t);
    tool_upsert(t);
    assert_true(t->ops->search(t->store, query, 5, hits, &got, &err));
    assert_int_equal(got, 3);
    assert_string_equal(buf_cstr(&hits[0].text), "text");
    assert_int_equal(hits[0].id.len, 1);
    assert_true(hits[0].score > 0.89 && hits[0].score < 0.91);
    for (size_t i = 0; i < 5; i++) {
        buf_release(&hits[i].id);
        buf_release(&hits[i].text);
    }
}

bool tool_fetch(void *ctx, struct text id, struct buf *text,
                struct buf *metadata)
{
    struct buf raw = { 0 }, payload = { 0 };
    struct json_value v;
    bool found;

    json_put_string(&raw, id);
    found = fakeapi_payload(ctx, (struct text){ raw.data, raw.len }, &payload);
    if (found) {
        struct text json = { payload.data, payload.len };

        assert_true(reply_member(json, "text", &v));
        json_decode(&v, text);
        if (reply_member(json, "metadata", &v))
            reply_put(metadata, &v);
    }
    buf_release(&raw);
    buf_release(&payload);
    return found;
}

void tool_script(struct tool *t, int status, const char *body)
{
    struct fakeapi_answer a = { .status = status, .body = text_of(body) };

    fakeapi_script(t->api, &a);
}

void tool_refusals(struct tool *t, const struct tool_refusal *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct error err = { .text = "" };
        size_t taken = 0;

        tool_script(t, rows[i].status, rows[i].body);
        tool_items(t);
        if (t->ops->upsert(t->store, t->items, TOOL_ITEMS, &taken, &err))
            fail_msg("taken for success: %s", rows[i].body);
        if (err.kind != rows[i].kind)
            fail_msg("%s became %s: %s", rows[i].body, error_word(err.kind),
                     err.text);
        if (!strstr(err.text, rows[i].says))
            fail_msg("\"%s\" is not in: %s", rows[i].says, err.text);
        assert_int_equal(taken, TOOL_ITEMS);
        for (size_t k = 0; k < TOOL_ITEMS; k++)
            assert_false(t->items[k].stored);
    }
}

void tool_metadata(struct tool *t, const struct tool_metadata *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct upsert_item *items = tool_items(t);

        items[1].metadata = text_of(rows[i].json);
        tool_upsert(t);
        assert_true(items[0].stored && items[2].stored && items[3].stored);
        if (items[1].stored != !rows[i].says)
            fail_msg("%s: %s", rows[i].json, items[1].why.text);
        if (!rows[i].says)
            continue;
        assert_int_equal(items[1].why.kind, ERROR_REFUSED);
        if (!strstr(items[1].why.text, rows[i].says))
            fail_msg("\"%s\" is not in: %s", rows[i].says,
                     items[1].why.text);
    }
}

bool tool_asked(struct tool *t, const char *words)
{
    struct buf request = { 0 };
    bool found;

    fakeapi_request(t->api, &request);
    found = memmem(request.data, request.len, words, strlen(words)) != NULL;
    buf_release(&request);
    return found;
}

void tool_unfit(struct tool *t, size_t dim, bool create, enum error_kind kind,
                const char *says)
{
    struct error err = { .text = "" };

    if (!tool_open(t, dim, create, &err))
        fail_msg("open: %s", err.text);
    assert_false(t->ops->preflight(t->store, &err));
    if (err.kind != kind || !strstr(err.text, says))
        fail_msg("%s: %s", error_word(err.kind), err.text);
    t->ops->close(t->store);
    t->store = NULL;
}
