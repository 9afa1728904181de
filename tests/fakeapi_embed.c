/*
 * The embedding side of fakeapi: a text's vector comes from its hash alone,
 * so that anybody can say later whether a stored vector belongs to its text.
 */
#include "config.h"
#include "fakeapi_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "util/base64.h"
#include "util/floats.h"
#include "util/json.h"
#include "util/str.h"

enum { DIM = 1536 };

/* Two floats per step: the server must cost next to nothing in a benchmark. */
void fakeapi_vector(struct text text, float *to, size_t dim)
{
    uint64_t x = str_hash64(text.ptr, text.len) | 1;
    float scale = sqrtf(3.0F / (float)dim) / 2147483648.0F;

    for (size_t i = 0; i < dim; i += 2) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        to[i] = (float)((int32_t)(x >> 32) | 1) * scale;
        if (i + 1 < dim)
            to[i + 1] = (float)((int32_t)x | 1) * scale;
    }
}

struct asked {
    struct json_value model, input;
    bool base64;
    size_t dim;
};

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

/* ---- a row ---- */

static void put_floats(struct buf *b, const float *v, size_t dim,
                       const char *instead)
{
    char *to;

    if (instead) { /* for the first float */
        buf_printf(b, "[%s,", instead);
        v++;
        dim--;
    }
    to = buf_reserve(b, dim * (FLOAT_TEXT_MAX + 1) + 2);
    if (!to)
        abort();
    if (instead)
        to--; /* the array's own bracket falls on the comma */
    b->len = (size_t)(float_put_array(to, v, dim) - b->data);
    if (instead)
        b->data[(size_t)(to - b->data)] = ',';
}

static void put_base64(struct buf *b, const float *v, size_t dim, bool broken)
{
    char *to = buf_reserve(b, base64_length(dim * sizeof *v) + 2);

    if (!to)
        abort();
    *to = '"';
    b->len = (size_t)(base64_encode_floats(to + 1, v, dim) - b->data);
    b->data[b->len++] = '"';
    if (broken)
        to[2] = '%';
}

static void put_vector(struct answer *a, struct text text, size_t dim,
                       bool base64, enum fakeapi_twist twist)
{
    float *v = answer_vector(a, dim + 1);
    struct buf *b = &a->body;

    fakeapi_vector(text, v, dim + 1);
    if (twist == TWIST_ZERO)
        memset(v, 0, (dim + 1) * sizeof *v);
    if (twist == TWIST_WRONG_DIM)
        dim++;
    if (twist == TWIST_NULL)
        buf_puts(b, "null");
    else if (twist == TWIST_NAN)
        put_floats(b, v, dim, "NaN");
    else if (twist == TWIST_NULL_FLOAT)
        put_floats(b, v, dim, "null");
    else if (twist == TWIST_HUGE)
        put_floats(b, v, dim, "1e999");
    else if (base64 && twist != TWIST_FLOATS)
        put_base64(b, v, dim, twist == TWIST_ALPHABET);
    else
        put_floats(b, v, dim, NULL);
}

/* Twists of the whole answer touch every row, the others only the last. */
static void put_row(struct answer *a, const struct asked *x, size_t i,
                    size_t count, struct text text, enum fakeapi_twist twist)
{
    bool every = twist == TWIST_FLOATS || i + 1 == count;
    size_t index = twist == TWIST_DUPLICATE && i == 1 ? 0 : i;

    buf_puts(&a->body, "{\"object\":\"embedding\",");
    if (twist != TWIST_NO_INDEX)
        buf_printf(&a->body, "\"index\":%zu,", index);
    buf_puts(&a->body, "\"embedding\":");
    put_vector(a, text, x->dim, x->base64, every ? twist : TWIST_NONE);
    buf_putc(&a->body, '}');
}

/* ---- the texts ---- */

struct texts {
    struct json_value *of;
    size_t count, cap;
};

static void collect(const struct asked *x, struct texts *t)
{
    struct json_cursor c;

    json_begin(&c, x->input.raw.ptr, x->input.raw.len);
    json_enter_array(&c);
    while (json_element(&c)) {
        if (t->count == t->cap) {
            t->cap = t->cap ? t->cap * 2 : 64;
            t->of = realloc(t->of, t->cap * sizeof *t->of);
            if (!t->of)
                abort();
        }
        json_value(&c, &t->of[t->count++]);
    }
}

static struct text decoded(const struct json_value *v, struct buf *room)
{
    if (!v->escaped)
        return v->raw;
    buf_clear(room);
    json_decode(v, room);
    return (struct text){ room->data, room->len };
}

static bool acceptable(const struct fakeapi_options *o, const struct texts *t,
                       struct answer *a)
{
    if (t->count == 0) {
        answer_openai_error(a, 400, "null", "input must not be empty");
        return false;
    }
    for (size_t i = 0; i < t->count; i++) {
        struct text text = decoded(&t->of[i], &a->room);

        if (t->of[i].type != JSON_STRING || text.len == 0 ||
            (o->poison && memmem(text.ptr, text.len, o->poison,
                                 strlen(o->poison)))) {
            answer_openai_error(a, 400, "null",
                                "'$.input' is invalid: a text was refused");
            return false;
        }
    }
    return true;
}

static void put_answer(const struct asked *x, const struct texts *t,
                       enum fakeapi_twist twist, struct answer *a)
{
    size_t rows = twist == TWIST_MISSING ? t->count - 1
                  : twist == TWIST_EXTRA ? t->count + 1
                                         : t->count;
    size_t tokens = 0;

    buf_puts(&a->body, "{\"object\":\"list\",\"data\":[");
    for (size_t k = 0; k < rows; k++) {
        size_t i = twist == TWIST_SHUFFLED ? rows - 1 - k : k;
        struct text text = decoded(&t->of[i < t->count ? i : 0], &a->room);

        if (k > 0)
            buf_putc(&a->body, ',');
        put_row(a, x, i, rows, text, twist);
        tokens += text.len / 4 + 1;
    }
    buf_puts(&a->body, "],\"model\":\"");
    buf_put(&a->body, x->model.raw.ptr, x->model.raw.len);
    buf_printf(&a->body,
               "\",\"usage\":{\"prompt_tokens\":%zu,\"total_tokens\":%zu}}",
               tokens, tokens);
}

void embeddings_answer(const struct fakeapi_options *o,
                       enum fakeapi_twist twist, const struct request *q,
                       uint64_t *texts, struct answer *a)
{
    struct asked x = { .dim = o->dim ? o->dim : DIM };
    struct texts t = { 0 };

    if (twist == TWIST_HTML) {
        a->type = "text/html";
        buf_puts(&a->body, "<!DOCTYPE html><html><body>Log in</body></html>");
        return;
    }
    if (!read_asked(q, &x)) {
        answer_openai_error(a, 400, "null", "the request is not understood");
        return;
    }
    collect(&x, &t);
    if (acceptable(o, &t, a)) {
        put_answer(&x, &t, twist, a);
        *texts += t.count;
    }
    free(t.of);
}
