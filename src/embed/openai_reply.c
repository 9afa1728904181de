#include "config.h"
#include "embed/openai_reply.h"

#include <math.h>

#include "util/base64.h"
#include "util/floats.h"
#include "util/json.h"
#include "util/str.h"

void openai_rows_release(struct openai_rows *rows)
{
    buf_release(&rows->seen);
    buf_release(&rows->room);
}

static bool protocol(struct error *err, const char *what, size_t row)
{
    return error_set(err, ERROR_PROTOCOL, 200, "the answer's row %zu %s", row,
                     what);
}

/* ---- one vector ---- */

/* How many floats this much base64 holds; 0 when it holds no whole number. */
static size_t base64_dim(struct text t)
{
    size_t bytes = t.len / 4 * 3;

    if (t.len % 4 || t.len == 0)
        return 0;
    for (size_t i = 1; i <= 2 && t.ptr[t.len - i] == '='; i++)
        bytes--;
    return bytes % sizeof(float) ? 0 : bytes / sizeof(float);
}

static size_t array_dim(struct text t)
{
    struct json_cursor c;
    size_t n = 0;

    json_begin(&c, t.ptr, t.len);
    if (json_enter_array(&c))
        while (json_element(&c) && json_value(&c, NULL))
            n++;
    return n;
}

static bool other_dim(const struct openai_rows *rows, size_t row, size_t got,
                      struct error *err)
{
    return error_set(err, ERROR_PROTOCOL, 200,
                     "the answer's row %zu has %zu dimensions, expected %zu",
                     row, got, rows->dim);
}

static void unusable(float *to, size_t dim)
{
    for (size_t i = 0; i < dim; i++)
        to[i] = NAN;
}

static bool take_base64(struct openai_rows *rows, size_t row, struct text t,
                        struct error *err)
{
    float *to = rows->vectors + row * rows->dim;
    size_t dim = base64_dim(t);

    if (dim != rows->dim)
        return dim ? other_dim(rows, row, dim, err)
                   : protocol(err, "is base64 of no whole number of floats",
                              row);
    if (!base64_floats(t.ptr, t.len, to, dim))
        unusable(to, dim);
    return true;
}

static bool take_array(struct openai_rows *rows, size_t row, struct text t,
                       struct error *err)
{
    float *to = rows->vectors + row * rows->dim;
    size_t got = 0;

    if (float_get_array(t.ptr, t.ptr + t.len, to, rows->dim, &got))
        return true;
    got = array_dim(t);
    if (got != rows->dim)
        return other_dim(rows, row, got, err);
    return protocol(err, "holds something that is not a number", row);
}

/* A string's text without escapes: some servers write "\/". */
static bool plain(struct openai_rows *rows, const struct json_value *v,
                  struct text *t, struct error *err)
{
    *t = v->raw;
    if (!v->escaped)
        return true;
    buf_clear(&rows->room);
    json_decode(v, &rows->room);
    *t = (struct text){ rows->room.data, rows->room.len };
    return !rows->room.failed ||
           error_set(err, ERROR_MEMORY, 0, "no memory for a vector");
}

static bool take_vector(struct openai_rows *rows, size_t row,
                        const struct json_value *v, struct error *err)
{
    struct text t = v->raw;

    if (v->type == JSON_STRING && !plain(rows, v, &t, err))
        return false;
    if (!rows->vectors) {
        rows->dim = v->type == JSON_STRING  ? base64_dim(t)
                    : v->type == JSON_ARRAY ? array_dim(t)
                                            : 0;
        return rows->dim || protocol(err, "has no usable vector", row);
    }
    if (v->type == JSON_STRING)
        return take_base64(rows, row, t, err);
    if (v->type == JSON_ARRAY)
        return take_array(rows, row, t, err);
    if (v->type != JSON_NULL)
        return protocol(err, "has no usable vector", row);
    unusable(rows->vectors + row * rows->dim, rows->dim);
    return true;
}

/* ---- the rows ---- */

struct item {
    struct json_value vector;
    int64_t index;
    bool has_vector, has_index, bad_index;
};

/* Vector and index are known only when the object ends. */
static bool read_item(struct json_cursor *c, struct item *x)
{
    struct json_value key, v;

    if (!json_enter_object(c))
        return false;
    while (json_member(c, &key)) {
        if (!json_value(c, &v))
            return false;
        if (json_is(&key, "embedding")) {
            x->vector = v;
            x->has_vector = true;
        } else if (json_is(&key, "index") && v.type != JSON_NULL) {
            x->has_index = true;
            x->bad_index = !json_integer(&v, &x->index);
        }
    }
    return !c->why;
}

static bool place(struct openai_rows *rows, const struct item *x, size_t ordinal,
                  struct error *err)
{
    size_t row = ordinal;

    if (x->has_index) {
        if (x->bad_index || x->index < 0 || (uint64_t)x->index >= rows->count)
            return protocol(err, "has an index out of range", ordinal);
        row = (size_t)x->index;
    }
    if (row >= rows->count)
        return error_set(err, ERROR_PROTOCOL, 200,
                         "more vectors than the %zu texts sent", rows->count);
    if (rows->seen.data[row])
        return protocol(err, "is there twice", row);
    rows->seen.data[row] = 1;
    if (!x->has_vector)
        return protocol(err, "has no \"embedding\"", row);
    return take_vector(rows, row, &x->vector, err);
}

/* *fine becomes false with `err` set; broken JSON shows in the cursor. */
static size_t read_rows(struct json_cursor *c, struct openai_rows *rows,
                        bool *fine, struct error *err)
{
    size_t n = 0;

    memset(rows->seen.data, 0, rows->count);
    if (!json_enter_array(c))
        return 0;
    while (*fine && json_element(c)) {
        struct item x = { .has_vector = false };

        if (!read_item(c, &x))
            break;
        *fine = place(rows, &x, n++, err);
    }
    return n;
}

/* total_tokens is what is billed; some send only prompt_tokens. */
static void read_usage(struct json_cursor *c, struct openai_rows *rows)
{
    int64_t total = 0, prompt = 0;
    struct json_value key, v;
    enum json_type type;

    if (!json_peek(c, &type) || type != JSON_OBJECT) {
        json_value(c, NULL);
        return;
    }
    if (json_enter_object(c))
        while (json_member(c, &key) && json_value(c, &v)) {
            if (json_is(&key, "total_tokens"))
                json_integer(&v, &total);
            else if (json_is(&key, "prompt_tokens"))
                json_integer(&v, &prompt);
        }
    if (total <= 0)
        total = prompt;
    rows->tokens = total > 0 ? (uint64_t)total : 0;
}

static bool not_json(const struct http_reply *r, const char *why,
                     struct error *err)
{
    char start[48];
    struct text t = { r->body.data, r->body.len < 40 ? r->body.len : 40 };

    if (r->body.len == 0)
        return error_set(err, ERROR_PROTOCOL, r->status,
                         "the answer is empty");
    str_printable(start, sizeof start, t);
    return error_set(err, ERROR_PROTOCOL, r->status,
                     "the answer is no list of vectors (%s, %s): %s",
                     r->content_type[0] ? r->content_type : "no content type",
                     why, start);
}

bool openai_reply_read(const struct http_reply *r, struct openai_rows *rows,
                       struct error *err)
{
    bool fine = true, has_data = false;
    struct json_cursor c;
    struct json_value key;
    size_t n = 0;

    rows->tokens = 0;
    buf_clear(&rows->seen);
    if (!buf_reserve(&rows->seen, rows->count))
        return error_set(err, ERROR_MEMORY, 0, "no memory for an answer");
    json_begin(&c, r->body.data ? r->body.data : "", r->body.len);
    if (json_enter_object(&c))
        while (fine && json_member(&c, &key)) {
            if (json_is(&key, "data")) {
                has_data = true;
                n = read_rows(&c, rows, &fine, err);
            } else if (json_is(&key, "usage")) {
                read_usage(&c, rows);
            } else {
                json_value(&c, NULL);
            }
        }
    if (!fine)
        return false;
    if (c.why || !json_end(&c))
        return not_json(r, c.why, err);
    if (!has_data)
        return not_json(r, "without \"data\"", err);
    return n == rows->count ||
           error_set(err, ERROR_PROTOCOL, r->status,
                     "%zu vectors for %zu texts", n, rows->count);
}
