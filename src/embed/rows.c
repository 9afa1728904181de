/*
 * This file reads the answer in one pass of the JSON cursor, and puts each
 * vector straight into its row. A useless vector becomes NaN, which the caller
 * reports for that text alone; if rows cannot be told apart, the whole request
 * fails.
 */
#include "config.h"
#include "embed/rows.h"

#include <math.h>
#include <stdio.h>

#include "util/base64.h"
#include "util/floats.h"
#include "util/json.h"
#include "util/str.h"

/* No model gives such a component; floats in the wrong byte order soon do. */
#define COMPONENT_MOST 1e8F

void rows_release(struct rows *rows)
{
    buf_release(&rows->seen);
    buf_release(&rows->room);
    buf_release(&rows->wide);
}

void rows_expect(struct rows *rows, const struct embedder *e, size_t n,
                 float *vectors)
{
    bool learns = !vectors && !e->place, cut = !learns && e->own_dim;

    rows->count = n;
    rows->dim = learns ? 0 : cut ? e->own_dim : e->dim;
    rows->keep = cut ? e->dim : 0;
    rows->vectors = vectors;
    rows->placed = vectors || learns ? NULL : e;
}

bool rows_settle(const struct rows *rows, struct embedder *e, size_t asked,
                 const char *who, struct error *err)
{
    if (asked > rows->dim)
        return error_set(err, ERROR_CONFIG, 0,
                         "--dim %zu, but %s gives %zu dimensions", asked, who,
                         rows->dim);
    e->dim = asked ? asked : rows->dim;
    e->own_dim = e->dim < rows->dim ? rows->dim : 0;
    return true;
}

static bool rows_refuse_row(struct error *err, const char *what, size_t row)
{
    return error_reply(err, ERROR_PROTOCOL, "the answer's row %zu %s", row,
                       what);
}

/* We cannot tell which vector belongs to which text; no other text helps. */
static bool rows_misplaced(struct error *err, const char *what, size_t row)
{
    rows_refuse_row(err, what, row);
    err->about = ABOUT_SERVICE;
    return false;
}

/* ---- one vector ---- */

/* How many floats this much base64 holds; 0 if not a whole number. */
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

/* Another model answers: neither another try nor other texts help. */
static bool other_dim(const struct rows *rows, size_t row, size_t got,
                      struct error *err)
{
    return error_reply(err, ERROR_CONFIG,
                       "the answer's row %zu has %zu dimensions, expected %zu",
                       row, got, rows->dim);
}

static void rows_fill_unusable(float *to, size_t dim)
{
    for (size_t i = 0; i < dim; i++)
        to[i] = NAN;
}

static bool take_base64(const struct rows *rows, size_t row, struct text t,
                        float *to, struct error *err)
{
    size_t dim = base64_dim(t);

    if (dim != rows->dim)
        return dim ? other_dim(rows, row, dim, err)
                   : rows_refuse_row(
                         err, "is base64 of no whole number of floats", row);
    if (!base64_floats(t.ptr, t.len, to, dim))
        rows_fill_unusable(to, dim);
    return !float_any_beyond(to, dim, COMPONENT_MOST) ||
           rows_refuse_row(err, "is no vector: base64 of another byte order?",
                           row);
}

static bool take_array(const struct rows *rows, size_t row, struct text t,
                       float *to, struct error *err)
{
    size_t got = 0;

    if (float_get_array(t.ptr, text_end(t), to, rows->dim, &got))
        return true;
    got = array_dim(t);
    if (got == 0)
        rows_fill_unusable(to, rows->dim);
    else if (got != rows->dim)
        return other_dim(rows, row, got, err);
    return got == 0 ||
           rows_refuse_row(err, "holds something that is not a number", row);
}

/* A string's text without escapes: some servers write "\/". */
static bool rows_plain_text(struct rows *rows, const struct json_value *v,
                            struct text *t, struct error *err)
{
    *t = v->raw;
    if (!v->escaped)
        return true;
    buf_clear(&rows->room);
    json_decode(v, &rows->room);
    *t = (struct text){ rows->room.data, rows->room.len };
    return !rows->room.failed || error_memory(err, "for a vector");
}

static bool rows_take_vector(const struct rows *rows, size_t row,
                             const struct json_value *v, struct text t,
                             float *to, struct error *err)
{
    if (v->type == JSON_STRING)
        return take_base64(rows, row, t, to, err);
    if (v->type == JSON_ARRAY)
        return take_array(rows, row, t, to, err);
    if (v->type != JSON_NULL)
        return rows_refuse_row(err, "has no usable vector", row);
    rows_fill_unusable(to, rows->dim);
    return true;
}

/* The first floats of a longer vector are a vector, too, but need length 1. A
 * useless one stays so. */
static bool take_beginning(struct rows *rows, size_t row,
                           const struct json_value *v, struct text t,
                           struct error *err)
{
    float *to = rows->vectors + row * rows->keep, *wide;

    buf_clear(&rows->wide);
    wide = (float *)(void *)buf_reserve(&rows->wide,
                                        rows->dim * sizeof *wide);
    if (!wide)
        return error_memory(err, "for a vector");
    if (!rows_take_vector(rows, row, v, t, wide, err))
        return false;
    memcpy(to, wide, rows->keep * sizeof *to);
    if (float_usable(wide, rows->dim))
        float_normalise(to, rows->keep);
    else
        rows_fill_unusable(to, rows->keep);
    return true;
}

static bool take_vector(struct rows *rows, size_t row,
                        const struct json_value *v, struct error *err)
{
    struct text t = v->raw;

    if (v->type == JSON_STRING && !rows_plain_text(rows, v, &t, err))
        return false;
    if (!rows->vectors) {
        rows->dim = v->type == JSON_STRING  ? base64_dim(t)
                    : v->type == JSON_ARRAY ? array_dim(t)
                                            : 0;
        return rows->dim || rows_refuse_row(err, "has no usable vector", row);
    }
    return rows->keep ? take_beginning(rows, row, v, t, err)
                      : rows_take_vector(rows, row, v, t,
                                         rows->vectors + row * rows->dim, err);
}

/* ---- a row ---- */

struct item {
    struct json_value vector;
    int64_t index;
    bool has_vector, has_index, bad_index;
};

/* Vector and index are known only when the object ends. */
static bool read_object(struct json_cursor *c, const char *vector,
                        struct item *x)
{
    struct json_value key, v;

    if (!json_enter_object(c))
        return false;
    while (json_member(c, &key)) {
        if (!json_value(c, &v))
            return false;
        if (json_is(&key, vector)) {
            x->vector = v;
            x->has_vector = true;
        } else if (json_is(&key, "index") && v.type != JSON_NULL) {
            x->has_index = true;
            x->bad_index = !json_integer(&v, &x->index);
        }
    }
    return !c->why;
}

static bool read_item(struct json_cursor *c, const char *vector,
                      struct item *x)
{
    if (vector)
        return read_object(c, vector, x);
    x->has_vector = true;
    return json_value(c, &x->vector);
}

static bool rows_place_item(struct rows *rows, const struct item *x,
                            size_t ordinal, struct error *err)
{
    size_t row = ordinal;

    if (x->has_index) {
        if (x->bad_index || x->index < 0 || (uint64_t)x->index >= rows->count)
            return rows_misplaced(err, "has an index out of range", ordinal);
        row = (size_t)x->index;
    }
    if (row >= rows->count)
        return error_reply(err, ERROR_PROTOCOL,
                           "more vectors than the %zu texts sent",
                           rows->count);
    if (rows->seen.data[row])
        return rows_misplaced(err, "is there twice", row);
    rows->seen.data[row] = 1;
    if (!x->has_vector)
        return rows_refuse_row(err, "has no vector", row);
    return take_vector(rows, row, &x->vector, err);
}

/* ---- the answer ---- */

struct reading {
    struct rows *rows;
    const struct rows_form *form;
    struct json_cursor c;
    struct error *err;
    size_t n;             /* rows read */
    bool fine, has_list;  /* not fine: *err is set; broken JSON: c.why is */
    int64_t tokens[2];
};

static void read_list(struct reading *r)
{
    r->has_list = true;
    if (!json_enter_array(&r->c))
        return;
    while (r->fine && json_element(&r->c)) {
        struct item x = { .has_vector = false };

        if (!read_item(&r->c, r->form->vector, &x))
            return;
        r->fine = rows_place_item(r->rows, &x, r->n++, r->err);
    }
    while (!r->fine && json_element(&r->c) && json_value(&r->c, NULL))
        ; /* the count of tokens may be behind it */
}

/* The list itself, or an object with a list for every type of number. */
static void read_lists(struct reading *r)
{
    struct json_value key;
    enum json_type type;

    if (!json_peek(&r->c, &type))
        return;
    if (type == JSON_ARRAY) {
        read_list(r);
    } else if (type == JSON_OBJECT && json_enter_object(&r->c)) {
        while (json_member(&r->c, &key))
            if (!r->has_list &&
                (json_is(&key, "float") || json_is(&key, "base64")))
                read_list(r);
            else
                json_value(&r->c, NULL);
    } else {
        json_value(&r->c, NULL);
    }
}

/* The integer at "a.b" below v, whose own name is gone; 0: none. */
static int64_t rows_number_at(const struct json_value *v, const char *path)
{
    const char *dot = strchr(path, '.');
    struct json_cursor c;
    struct json_value key, found;
    char name[32];
    int64_t n = 0;

    if (!*path)
        return json_integer(v, &n) ? n : 0;
    snprintf(name, sizeof name, "%.*s",
             (int)(dot ? dot - path : (ptrdiff_t)strlen(path)), path);
    json_begin(&c, v->raw.ptr, v->raw.len);
    if (v->type == JSON_OBJECT && json_enter_object(&c))
        while (json_member(&c, &key) && json_value(&c, &found))
            if (json_is(&key, name))
                n = rows_number_at(&found, dot ? dot + 1 : "");
    return n;
}

/* A member that is not the list: it may hold the count of tokens. */
static void read_other(struct reading *r, const struct json_value *key)
{
    struct json_value v;

    if (!json_value(&r->c, &v))
        return;
    for (size_t i = 0; i < 2 && r->form->tokens[i]; i++) {
        const char *path = r->form->tokens[i];
        size_t n = strcspn(path, ".");
        char name[32];

        snprintf(name, sizeof name, "%.*s", (int)n, path);
        if (json_is(key, name))
            r->tokens[i] = rows_number_at(&v, path + n + (path[n] == '.'));
    }
}

static void read_answer(struct reading *r)
{
    struct json_value key;

    if (!r->form->list) {
        read_list(r);
        return;
    }
    if (!json_enter_object(&r->c))
        return;
    while (json_member(&r->c, &key))
        if (r->fine && json_is(&key, r->form->list))
            read_lists(r);
        else
            read_other(r, &key);
}

/* An error within the list may be one text's fault; without a list it is not an
 * answer of such a service. */
static bool rows_not_json(struct text answer, const char *type,
                          const char *why, bool list, struct error *err)
{
    char start[48];

    if (answer.len == 0) {
        error_set(err, ERROR_PROTOCOL, 0, "the answer is empty");
    } else {
        answer.len = answer.len < 40 ? answer.len : 40;
        str_sentence(start, sizeof start, answer);
        error_set(err, ERROR_PROTOCOL, 0,
                  "the answer is no list of vectors (%s, %s): %s",
                  *type ? type : "no content type", why, start);
    }
    err->about = list ? ABOUT_UNKNOWN : ABOUT_SERVICE;
    return false;
}

/* If there are too few, the service may take no more than that. */
static bool not_as_many(size_t n, size_t count, struct error *err)
{
    error_set(err, ERROR_PROTOCOL, 0, "%zu vectors for %zu texts", n,
              count);
    if (n > 0 && n < count) {
        err->about = ABOUT_REQUEST;
        err->most = (uint32_t)n;
    }
    return false;
}

static bool rows_find_place(struct rows *rows)
{
    if (rows->placed && !rows->vectors)
        rows->vectors = rows->placed->place(rows->placed->place_ctx);
    return rows->vectors || !rows->placed;
}

bool rows_read(struct rows *rows, const struct rows_form *form,
               struct text answer, const char *type, struct error *err)
{
    struct reading r = { .rows = rows, .form = form, .err = err, .fine = true };

    rows->tokens = 0;
    buf_clear(&rows->seen);
    if (!buf_reserve(&rows->seen, rows->count) || !rows_find_place(rows))
        return error_memory(err, "for an answer");
    memset(rows->seen.data, 0, rows->count);
    json_begin(&r.c, answer.ptr ? answer.ptr : "", answer.len);
    read_answer(&r);
    rows->tokens = (uint64_t)(r.tokens[0] > 0   ? r.tokens[0]
                              : r.tokens[1] > 0 ? r.tokens[1]
                                                : 0);
    if (!r.fine)
        return false;
    if (r.c.why || !json_end(&r.c))
        return rows_not_json(answer, type, r.c.why, r.has_list, err);
    if (!r.has_list)
        return rows_not_json(answer, type, "without vectors", false, err);
    return r.n == rows->count ||
           not_as_many(r.n, rows->count, err);
}
