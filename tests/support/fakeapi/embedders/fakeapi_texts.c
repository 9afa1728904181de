/*
 * The embedding side of every dialect: a text's vector comes from its hash
 * alone, so that anybody can say later whether a stored vector belongs to its
 * text.
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi.h"
#include "tests/support/fakeapi/fakeapi_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "util/base64.h"
#include "util/floats.h"
#include "util/str.h"

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

/* ---- the texts ---- */

void texts_add(struct texts *t, const struct json_value *v)
{
    if (t->count == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 64;
        t->of = realloc(t->of, t->cap * sizeof *t->of);
        if (!t->of)
            abort();
    }
    t->of[t->count++] = *v;
}

bool texts_collect(struct texts *t, const struct json_value *v)
{
    struct json_cursor c;
    struct json_value one;

    if (v->type == JSON_STRING) {
        texts_add(t, v);
        return true;
    }
    if (v->type != JSON_ARRAY)
        return false;
    json_begin(&c, v->raw.ptr, v->raw.len);
    json_enter_array(&c);
    while (json_element(&c) && json_value(&c, &one))
        texts_add(t, &one);
    return true;
}

void texts_release(struct texts *t)
{
    free(t->of);
}

struct text texts_decoded(const struct texts *t, size_t i, struct buf *room)
{
    if (!t->of[i].escaped)
        return t->of[i].raw;
    buf_clear(room);
    json_decode(&t->of[i], room);
    return (struct text){ room->data, room->len };
}

size_t texts_tokens(struct text decoded)
{
    return decoded.len / 4 + 1;
}

/* The word stands in the text; of "WORD%N", in front of a multiple of N. */
static bool poisoned(struct text text, const char *poison)
{
    const char *percent = strrchr(poison, '%');
    unsigned long every = percent ? strtoul(percent + 1, NULL, 10) : 0;
    size_t len = every ? (size_t)(percent - poison) : strlen(poison);
    const char *p = text.ptr, *end = p + text.len;

    while ((p = memmem(p, (size_t)(end - p), poison, len))) {
        unsigned long n = 0;
        const char *digit = p += len;

        for (; digit < end && *digit >= '0' && *digit <= '9'; digit++)
            n = n * 10 + (unsigned long)(*digit - '0');
        if (!every || (digit > p && n % every == 0))
            return true;
    }
    return false;
}

const char *texts_refusal(const struct service *s, const struct texts *t,
                          struct buf *room)
{
    if (t->count == 0)
        return "input must not be empty";
    for (size_t i = 0; i < t->count; i++) {
        struct text text = texts_decoded(t, i, room);

        if (t->of[i].type != JSON_STRING || text.len == 0)
            return "input must be texts that are not empty";
        if (s->o->poison && poisoned(text, s->o->poison))
            return "$.input is invalid: a text was refused";
    }
    return NULL;
}

/* ---- twists ---- */

size_t twisted_rows(enum fakeapi_twist twist, size_t texts)
{
    return twist == TWIST_MISSING                ? texts - 1
           : twist == TWIST_EXTRA                ? texts + 1
           : twist == TWIST_FIRST_8 && texts > 8 ? 8
                                                 : texts;
}

size_t twisted_row(enum fakeapi_twist twist, size_t k, size_t rows)
{
    if (twist == TWIST_SHUFFLED)
        return rows - 1 - k;
    return twist == TWIST_EXTRA && k + 1 == rows ? 0 : k;
}

bool put_page(const struct service *s, struct answer *a)
{
    if (s->twist != TWIST_HTML)
        return false;
    a->type = "text/html";
    buf_puts(&a->body, "<!DOCTYPE html><html><body>Log in</body></html>");
    return true;
}

/* ---- a row ---- */

static void put_floats(struct buf *b, const float *v, size_t dim)
{
    char *to = buf_reserve(b, dim * (FLOAT_TEXT_MAX + 1) + 2);

    if (!to)
        abort();
    b->len = (size_t)(float_put_array(to, v, dim) - b->data);
}

/* With a word where the first float should be. */
static void put_spoilt(struct buf *b, const float *v, size_t dim,
                       const char *word)
{
    size_t bracket;

    buf_printf(b, "[%s", word);
    bracket = b->len;
    put_floats(b, v + 1, dim - 1);
    b->data[bracket] = ',';
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

void put_vector(const struct service *s, struct answer *a, struct text text,
                size_t dim, bool base64, bool last)
{
    enum fakeapi_twist twist =
        last || s->twist == TWIST_FLOATS ? s->twist : TWIST_NONE;
    float *v = answer_vector(a, dim + 1);
    struct buf *b = &a->body;

    fakeapi_vector(text, v, dim);
    v[dim] = v[0];
    if (twist == TWIST_ZERO)
        memset(v, 0, (dim + 1) * sizeof *v);
    if (twist == TWIST_WRONG_DIM)
        dim++;
    if (twist == TWIST_NULL)
        buf_puts(b, "null");
    else if (twist == TWIST_NAN)
        put_spoilt(b, v, dim, "NaN");
    else if (twist == TWIST_NULL_FLOAT)
        put_spoilt(b, v, dim, "null");
    else if (twist == TWIST_HUGE)
        put_spoilt(b, v, dim, "1e999");
    else if (base64 && twist != TWIST_FLOATS)
        put_base64(b, v, dim, twist == TWIST_ALPHABET);
    else
        put_floats(b, v, dim);
}
