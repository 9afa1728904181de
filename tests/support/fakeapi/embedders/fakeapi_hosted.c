/*
 * What the hosted embedding services of fakeapi share. They are strict, as the
 * real ones are or may become: a member that is not documented is refused.
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"

#include <stdio.h>

static const struct member *member_of(const struct member *table,
                                      const struct json_value *key)
{
    for (; table->name; table++)
        if (json_is(key, table->name))
            return table;
    return NULL;
}

static bool one_of(struct text raw, const char *values)
{
    while (values && *values) {
        size_t n = strcspn(values, "|");

        if (raw.len == n && memcmp(raw.ptr, values, n) == 0)
            return true;
        values += n + (values[n] == '|');
    }
    return !values;
}

static void note(const struct hosted *h, const struct json_value *key,
                 const struct json_value *v, struct asked *x)
{
    int64_t n;

    if (json_is(key, "model"))
        x->model = *v;
    else if (json_is(key, h->texts))
        x->input = *v;
    else if (h->dim && json_is(key, h->dim) && json_integer(v, &n))
        x->dim = (size_t)n;
    else if (h->base64 && json_is(key, h->base64))
        x->base64 = json_is(v, "base64");
}

static bool read_asked(const struct hosted *h, const struct request *q,
                       struct asked *x)
{
    struct json_cursor c;
    struct json_value key, v;
    unsigned missing = 0;

    for (const struct member *m = h->members; m->name; m++)
        missing += m->needed;
    json_begin(&c, q->body.ptr ? q->body.ptr : "", q->body.len);
    if (!json_enter_object(&c))
        return false;
    while (json_member(&c, &key) && json_value(&c, &v)) {
        const struct member *m = member_of(h->members, &key);

        if (!m || !one_of(raw_of(&v), m->values))
            return false;
        missing -= m->needed;
        note(h, &key, &v, x);
    }
    return !c.why && json_end(&c) && missing == 0 &&
           (h->no_model || x->model.type == JSON_STRING) && x->input.type == JSON_ARRAY;
}

void hosted_answer(const struct hosted *h, struct service *s,
                   const struct request *q, struct answer *a)
{
    struct asked x = { .dim = s->o->dim };
    struct texts t = { 0 };
    const char *why;

    if (put_page(s, a))
        return;
    if (!read_asked(h, q, &x)) {
        h->dialect->refuse(a, 400, "the request is not understood");
        return;
    }
    texts_collect(&t, &x.input);
    why = t.count > h->most ? h->too_many : texts_refusal(s, &t, &a->room);
    if (why) {
        h->dialect->refuse(a, 400, why);
    } else {
        h->put(s, &x, &t, a);
        s->texts += t.count;
    }
    texts_release(&t);
}

size_t put_in_order(const struct service *s, const struct asked *x,
                    const struct texts *t, const char *open,
                    const char *close, struct answer *a)
{
    size_t rows = twisted_rows(s->twist, t->count), tokens = 0;

    for (size_t k = 0; k < rows; k++) {
        struct text text =
            texts_decoded(t, twisted_row(s->twist, k, rows), &a->room);

        buf_puts(&a->body, k ? "," : "");
        buf_puts(&a->body, open);
        put_vector(s, a, text, x->dim, x->base64, k + 1 == rows);
        buf_puts(&a->body, close);
        tokens += texts_tokens(text);
    }
    return tokens;
}
