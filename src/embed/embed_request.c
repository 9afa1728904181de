/* This file sends texts to the service and reads the vectors. When the service
 * refuses an optional member of the request, we send the request again without
 * it, and leave it out of later requests. */
#include "config.h"
#include "embed/embed_http.h"

#include <stdio.h>

#include "util/str.h"

/* ---- a request ---- */

static void embed_request_put(struct embed_http *h, const struct buf *piece)
{
    embed_optional_copy(&h->optional, piece, &h->body);
}

bool embed_http_body(struct embed_http *h, const struct embed_input *in,
                     size_t n, struct error *err)
{
    struct buf *b = &h->body;

    buf_lend(b);
    buf_reserve(b, h->usual);
    embed_request_put(h, &h->head);
    h->texts_at = b->len;
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_putc(b, ',');
        embed_request_put(h, &h->open);
        embed_input_put(b, &in[i]);
        embed_request_put(h, &h->close);
    }
    h->texts_end = b->len;
    embed_request_put(h, &h->tail);
    h->usual = b->len;
    return !b->failed || error_memory(err, "for a request");
}

/* h->reply is also useful after a failure. */
static bool embed_request_exchange(struct embed_http *h, const char *method,
                                   const char *url, struct text body,
                                   struct error *err)
{
    const char *name = h->service->key_header;
    const struct http_header headers[] = {
        { "Content-Type", "application/json", false },
        { "Accept", "application/json", false },
        { name ? name : "Authorization", h->key.data, true },
    };
    struct http_request req = { .method = method, .url = url,
                                .headers = headers,
                                .header_count = h->has_key ? 3 : 2,
                                .body = body };

    return http_send(h->http, &req, &h->reply, err);
}

bool embed_http_get(struct embed_http *h, const char *url, struct error *err)
{
    if (!embed_request_exchange(h, "GET", url, (struct text){ NULL, 0 }, err))
        return false;
    return h->reply.status < 300 || http_status_error(&h->reply, err);
}

/* Count what was paid for, whether we can use it or not. */
static bool embed_request_read_rows(struct embed_http *h,
                                    struct embed_usage *use, struct error *err)
{
    const struct buf *body = &h->reply.body;
    uint64_t counted = 0;
    bool fine = rows_read(&h->rows, &h->service->form,
                          (struct text){ body->data, body->len },
                          h->reply.content_type, err);

    str_parse_u64(h->reply.value, &counted);
    use->tokens += counted ? counted : h->rows.tokens;
    if (!fine && err->kind != ERROR_MEMORY) {
        err->code = h->reply.status;
        err->in_reply = true;
    }
    if (!fine && err->kind == ERROR_PROTOCOL)
        http_error_inside(&h->reply, err);
    return fine;
}

static bool embed_request_send(struct embed_http *h,
                               const struct embed_input *in, size_t n,
                               struct embed_usage *use, struct error *err)
{
    bool fine;

    if (!embed_http_body(h, in, n, err))
        return false;
    fine =
        embed_request_exchange(h, "POST", h->url.data,
                               (struct text){ h->body.data, h->body.len }, err);
    use->sent_bytes += h->reply.sent_bytes;
    use->received_bytes += h->reply.received_bytes;
    use->pace = &h->reply.pace;
    h->reply.sent = (struct text){ h->body.data + h->texts_at,
                                   h->texts_end - h->texts_at };
    if (!fine)
        return false;
    fine = h->reply.status < 300 ? embed_request_read_rows(h, use, err)
                                 : http_status_error(&h->reply, err);
    if (!fine && h->service->amend)
        h->service->amend(&h->reply, n, err);
    return fine;
}

/* ---- what the server can do without ---- */

/* Can the members that we add be to blame for such a status? Not if a text is:
 * without a member the service might cut it. */
static bool embed_request_blames_members(const struct embed_http *h,
                                         const struct error *err)
{
    static const int statuses[] = { 200, 400, 406, 415, 422, 500, 501 };

    if (err->about == ABOUT_DOCUMENT || err->about == ABOUT_REQUEST)
        return false;
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (err->code == statuses[i])
            return h->reply.status == err->code;
    return false;
}

static void embed_request_leave_out(struct embed_http *h, unsigned bits)
{
    h->optional.left_out |= bits;
    if (h->memory)
        atomic_fetch_or(&h->memory->left_out, bits);
    for (size_t i = 0; h->say && i < h->optional.count; i++) {
        char line[160];

        if (!(bits & 1U << i))
            continue;
        snprintf(line, sizeof line,
                 "the embedder refuses the member \"%s\" of a request: it is "
                 "asked without it from now on", h->optional.item[i].name);
        h->say(h->say_ctx, line);
    }
}

/* Send the texts and read rows as h->rows says. */
static bool embed_request_ask(struct embed_http *h,
                              const struct embed_input *in, size_t n,
                              struct embed_usage *use, struct error *err)
{
    if (h->memory)
        h->optional.left_out |= atomic_load(&h->memory->left_out);
    while (!embed_request_send(h, in, n, use, err)) {
        int i = embed_request_blames_members(h, err)
                    ? embed_optional_named(&h->optional, &h->reply)
                    : -1;

        if (i < 0)
            return false;
        embed_request_leave_out(h, 1U << i);
    }
    return true;
}

/* A refusal that names nothing may still be because of a member: try once
 * without all but that for the dimension, which changes vectors. */
static bool embed_request_ask_plainly(struct embed_http *h,
                                      const struct embed_input *in,
                                      struct embed_usage *use,
                                      struct error *err)
{
    unsigned before = h->optional.left_out, all = 0;

    for (size_t i = 0; i < h->optional.count; i++)
        if (!strstr(h->optional.item[i].name, "imension"))
            all |= 1U << i;
    if ((all & ~before) == 0 || err->kind != ERROR_REFUSED ||
        err->about != ABOUT_UNKNOWN)
        return false;
    h->optional.left_out |= all;
    if (embed_request_send(h, in, 1, use, err)) {
        embed_request_leave_out(h, all & ~before);
        return true;
    }
    h->optional.left_out = before;
    return false;
}

bool embed_http_embed(struct embedder *e, const struct embed_input *in,
                      size_t n, float *vectors, struct embed_usage *use,
                      struct error *err)
{
    struct embed_http *h = (struct embed_http *)e;
    bool fine;

    *use = (struct embed_usage){ 0 };
    rows_expect(&h->rows, e, n, vectors);
    fine = embed_request_ask(h, in, n, use, err);
    buf_lend(&h->body);
    buf_lend(&h->reply.body);
    return fine;
}

/* Ask for one vector, to learn its dimension; if the service cannot give that
 * of --dim, it is the model's own. The text has no words of a refusal. */
static bool embed_request_ask_dim(struct embed_http *h, struct error *err)
{
    struct embed_input probe = { .text = text_of("hello") };
    struct embed_usage use = { 0 };
    bool fine;

    rows_expect(&h->rows, &h->base, 1, NULL);
    fine = embed_request_ask(h, &probe, 1, &use, err) ||
           embed_request_ask_plainly(h, &probe, &use, err);
    h->base.first_tokens += use.tokens;
    return fine;
}

/* Is it there, does it take the key, does it have the model, how long are its
 * vectors? From now on we cut vectors that are longer than --dim. */
bool embed_http_preflight(struct embedder *e, struct error *err)
{
    struct embed_http *h = (struct embed_http *)e;

    if (e->dim)
        return true;
    if (!embed_request_ask_dim(h, err))
        return error_wrap(err, "asking for a first vector");
    return rows_settle(&h->rows, e, h->asked_dim, "the model", err);
}
