/* POST .../embeddings, as OpenAI and its many likenesses have it. */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"

#include <stdio.h>

static bool read_asked(const struct request *q, struct asked *x)
{
    struct json_cursor c;
    struct json_value key, v;
    int64_t dim;

    json_begin(&c, q->body.ptr ? q->body.ptr : "", q->body.len);
    if (!json_enter_object(&c))
        return false;
    while (json_member(&c, &key)) {
        if (!json_value(&c, &v))
            return false;
        if (json_is(&key, "model"))
            x->model = v;
        else if (json_is(&key, "input"))
            x->input = v;
        else if (json_is(&key, "encoding_format"))
            x->base64 = json_is(&v, "base64");
        else if (json_is(&key, "dimensions") && json_integer(&v, &dim))
            x->dim = (size_t)dim;
        else
            return false; /* the schema allows no more */
    }
    return !c.why && json_end(&c) && x->input.type == JSON_ARRAY &&
           x->model.type == JSON_STRING;
}

static void openai_refuse(struct answer *a, int status, const char *message)
{
    const char *code = status == 401   ? "\"invalid_api_key\""
                       : status == 429 ? "\"rate_limit_exceeded\""
                                       : "null";

    a->status = status;
    buf_clear(&a->body);
    buf_printf(&a->body,
               "{\"error\":{\"message\":\"%s\",\"type\":\"error\",\"param\":"
               "null,\"code\":%s}}",
               message, code);
}

static void put_row(const struct service *s, struct answer *a,
                    const struct asked *x, size_t i, size_t rows,
                    struct text text)
{
    bool zero = s->twist == TWIST_ZERO_INDEX ||
                (s->twist == TWIST_DUPLICATE && i == 1);
    size_t index = zero ? 0 : i;

    buf_puts(&a->body, "{\"object\":\"embedding\",");
    if (s->twist != TWIST_NO_INDEX)
        buf_printf(&a->body, "\"index\":%zu,", index);
    buf_puts(&a->body, "\"embedding\":");
    put_vector(s, a, text, x->dim, x->base64, i + 1 == rows);
    buf_putc(&a->body, '}');
}

void put_list(const struct service *s, const struct asked *x,
              const struct texts *t, bool prompt, struct answer *a)
{
    size_t rows = twisted_rows(s->twist, t->count), tokens = 0;

    buf_puts(&a->body, "{\"object\":\"list\",\"data\":[");
    for (size_t k = 0; k < rows; k++) {
        size_t i = s->twist == TWIST_SHUFFLED ? rows - 1 - k : k;
        struct text text =
            texts_decoded(t, twisted_row(s->twist, k, rows), &a->room);

        if (k > 0)
            buf_putc(&a->body, ',');
        put_row(s, a, x, i, rows, text);
        tokens += texts_tokens(text);
    }
    buf_puts(&a->body, "],\"model\":\"");
    buf_put(&a->body, x->model.raw.ptr, x->model.raw.len);
    buf_puts(&a->body, "\",\"usage\":{");
    if (prompt)
        buf_printf(&a->body, "\"prompt_tokens\":%zu,", tokens);
    buf_printf(&a->body, "\"total_tokens\":%zu}}", tokens);
}

static void openai_answer(struct service *s, const struct request *q,
                          struct answer *a)
{
    struct asked x = { .dim = s->o->dim };
    struct texts t = { 0 };
    const char *why;

    if (put_page(s, a))
        return;
    if (!read_asked(q, &x)) {
        openai_refuse(a, 400, "the request is not understood");
        return;
    }
    texts_collect(&t, &x.input);
    why = texts_refusal(s, &t, &a->room);
    if (why) {
        openai_refuse(a, s->o->poison_status ? s->o->poison_status : 400, why);
    } else {
        put_list(s, &x, &t, true, a);
        s->texts += t.count;
    }
    texts_release(&t);
}

static bool openai_mine(const struct request *q)
{
    return request_ends(q, "/embeddings");
}

const struct dialect dialect_openai = {
    .name = "openai",
    .mine = openai_mine,
    .embeds = true,
    .answer = openai_answer,
    .refuse = openai_refuse,
};
