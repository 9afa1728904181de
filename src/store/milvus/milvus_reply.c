/* This file reads Milvus' answers. Milvus puts its verdict into a code inside
 * the answer. A table maps the codes to our kinds of error, and a second one
 * for the message where a code is not enough. */
#include "config.h"
#include "store/milvus/milvus_reply.h"

#include "net/http.h"
#include "store/store_reply.h"
#include "util/str.h"

/* ---- codes ---- */

enum { COLLECTION_NOT_LOADED = 101, PARTITION_NOT_LOADED = 201 };

/* What the codes of Milvus 2.4 to 2.6 mean to us (pkg/util/merr/errors.go).
 * Codes that are missing are the server's own troubles. */
static const struct {
    int64_t first, last;
    enum error_kind kind;
} codes[] = {
    { 3, 3, ERROR_QUOTA },       /* memory limit exceeded */
    { 4, 4, ERROR_LIMITED },     /* request limit exceeded */
    { 7, 7, ERROR_QUOTA },       /* disk limit exceeded */
    { 8, 8, ERROR_LIMITED },     /* rate limit exceeded */
    { 9, 9, ERROR_QUOTA },       /* quota exceeded: writing is denied */
    { 100, 100, ERROR_CONFIG },  /* no such collection; after a restart one that
                                    is not loaded, which passes */
    { 200, 200, ERROR_CONFIG },  /* the same of a partition */
    { 700, 700, ERROR_CONFIG },  /* no index */
    { 800, 802, ERROR_CONFIG },  /* database */
    { 1100, 1101, ERROR_REFUSED }, /* parameter invalid, missing */
    { 1102, 1102, ERROR_SIZE },  /* parameter too large */
    { 1400, 1401, ERROR_AUTH },
    { 1700, 1701, ERROR_REFUSED }, /* field */
    { 1800, 1800, ERROR_AUTH },
    { 1801, 1806, ERROR_REFUSED }, /* the request's form, the data */
    { 1807, 1807, ERROR_LIMITED },
};

static enum error_kind milvus_kind_of_code(int64_t code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (code >= codes[i].first && code <= codes[i].last)
            return codes[i].kind;
    return ERROR_SERVER;
}

static enum error_about about_of(enum error_kind kind)
{
    return kind == ERROR_SIZE ? ABOUT_REQUEST
           : kind == ERROR_QUOTA || kind == ERROR_CONFIG || kind == ERROR_AUTH
               ? ABOUT_SERVICE
               : ABOUT_UNKNOWN;
}

/* The code's meaning, and what only the message tells. */
void milvus_find_verdict(int64_t code, struct text said, struct text sent,
                         struct error *err)
{
    static const struct {
        enum error_kind of, kind; /* of: ERROR_KIND_COUNT: of any */
        enum error_about about;
        const char *phrase[3];
    } rows[] = {
        { ERROR_REFUSED, ERROR_CONFIG, ABOUT_SERVICE, { "vector dimension" } },
        { ERROR_REFUSED, ERROR_REFUSED, ABOUT_DOCUMENT,
          { "max length", "max_length" } },
        { ERROR_KIND_COUNT, ERROR_SIZE, ABOUT_REQUEST,
          { "larger than max" } }, /* of gRPC, inside Milvus */
        { ERROR_SERVER, ERROR_LIMITED, ABOUT_UNKNOWN, { "rate limit" } },
    };
    const struct text texts[3] = { sent };

    err->kind = milvus_kind_of_code(code);
    err->about = about_of(err->kind);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if ((rows[i].of == ERROR_KIND_COUNT || rows[i].of == err->kind) &&
            http_message_says(said, texts, rows[i].phrase)) {
            err->kind = rows[i].kind;
            err->about = rows[i].about;
            return;
        }
}

/* Success was 200 before 2.4. */
static bool read_code(struct text json, int64_t *code)
{
    struct json_value v;

    *code = -1;
    if (!reply_member(json, "code", &v) || !json_integer(&v, code))
        return false;
    if (*code == 200)
        *code = 0;
    return true;
}

/* Empties `said` first. */
static void read_message(struct text json, struct buf *said)
{
    struct json_value v;

    buf_clear(said);
    if (reply_member(json, "message", &v))
        reply_put(said, &v);
}

void milvus_set_error(int64_t code, struct text said, struct error *err)
{
    char shown[180];

    str_sentence(shown, sizeof shown, said);
    error_reply(err, ERROR_SERVER, "Milvus code %lld: %s%s",
                (long long)code, shown[0] ? shown : "without a word",
                code == COLLECTION_NOT_LOADED || code == PARTITION_NOT_LOADED
                    ? "; if it was released, load it"
                    : "");
}

bool milvus_succeeded(struct text json, struct text sent, int64_t *code,
                      struct error *err)
{
    struct buf said = { 0 };
    struct text words;

    if (!read_code(json, code))
        return reply_nonsense(json, "code", err);
    if (*code == 0)
        return true;
    read_message(json, &said);
    words = (struct text){ buf_cstr(&said), said.len };
    milvus_set_error(*code, words, err);
    milvus_find_verdict(*code, words, sent, err);
    buf_release(&said);
    return false;
}

void milvus_correct_error(struct text json, struct text sent, int64_t *code,
                          struct error *err)
{
    struct buf said = { 0 };

    if (!read_code(json, code) || *code == 0)
        return;
    read_message(json, &said);
    milvus_find_verdict(*code, (struct text){ buf_cstr(&said), said.len }, sent,
                        err);
    buf_release(&said);
}

/* Milvus writes 64 bits and parameters as texts. */
static bool read_whole(struct json_value v, uint64_t *n)
{
    int64_t number;

    if (v.type == JSON_STRING && v.raw.len > 0)
        v.type = JSON_NUMBER;
    if (!json_integer(&v, &number) || number < 0)
        return false;
    *n = (uint64_t)number;
    return true;
}

/* ---- the collection ---- */

/* The value under a key of [{"key":K,"value":V},..]; 0: none. */
static size_t read_param(struct text params, const char *key)
{
    struct json_cursor c;
    struct json_value one, name, value;
    uint64_t n = 0;

    json_begin(&c, params.ptr, params.len);
    if (!json_enter_array(&c))
        return 0;
    while (json_element(&c) && json_value(&c, &one))
        if (reply_member(one.raw, "key", &name) && json_is(&name, key) &&
            reply_member(one.raw, "value", &value))
            read_whole(value, &n);
    return (size_t)n;
}

static bool is_true(struct text object, const char *name)
{
    struct json_value v;

    return reply_member(object, name, &v) && v.type == JSON_TRUE;
}

static enum milvus_kind milvus_kind_named(const struct json_value *type)
{
    static const struct {
        const char *name;
        enum milvus_kind kind;
    } kinds[] = {
        { "Bool", MILVUS_BOOL },       { "Int8", MILVUS_INT8 },
        { "Int16", MILVUS_INT16 },     { "Int32", MILVUS_INT32 },
        { "Int64", MILVUS_INT64 },     { "Float", MILVUS_FLOAT },
        { "Double", MILVUS_DOUBLE },   { "VarChar", MILVUS_VARCHAR },
        { "JSON", MILVUS_JSON },       { "FloatVector", MILVUS_VECTOR },
    };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (json_is(type, kinds[i].name))
            return kinds[i].kind;
    return MILVUS_OTHER;
}

static void read_field(struct text json, struct milvus_field *f)
{
    struct json_value v;

    *f = (struct milvus_field){ .primary = is_true(json, "primaryKey") };
    if (reply_member(json, "name", &v))
        reply_word(&v, f->name, sizeof f->name);
    if (reply_member(json, "type", &v))
        f->kind = milvus_kind_named(&v);
    if (!reply_member(json, "params", &v) || v.type != JSON_ARRAY)
        return;
    f->most = read_param(v.raw, "max_length");
    f->dim = read_param(v.raw, "dim");
}

void milvus_take_field(struct milvus_shape *s)
{
    const struct milvus_field *f = &s->field[s->count++];

    if (f->primary)
        s->id = f;
    if (f->kind != MILVUS_VECTOR)
        return;
    s->vectors++;
    s->vector = f;
}

static void milvus_read_metric(struct text data, struct milvus_shape *s)
{
    struct json_value indexes, one, name, metric;
    struct json_cursor c;

    if (!s->vector || !reply_member(data, "indexes", &indexes) ||
        indexes.type != JSON_ARRAY)
        return;
    json_begin(&c, indexes.raw.ptr, indexes.raw.len);
    json_enter_array(&c);
    while (json_element(&c) && json_value(&c, &one))
        if (reply_member(one.raw, "fieldName", &name) &&
            json_is(&name, s->vector->name) &&
            reply_member(one.raw, "metricType", &metric))
            reply_word(&metric, s->metric, sizeof s->metric);
}

bool milvus_read_shape(struct text json, struct milvus_shape *shape,
                       struct error *err)
{
    static const char *const path[] = { "data", "fields", NULL };
    struct json_value data, fields, one;
    struct json_cursor c;

    *shape = (struct milvus_shape){ .count = 0 };
    if (!reply_member(json, "data", &data) ||
        !reply_find(json, path, &fields) || fields.type != JSON_ARRAY)
        return reply_nonsense(json, "fields", err);
    json_begin(&c, fields.raw.ptr, fields.raw.len);
    json_enter_array(&c);
    while (shape->count < MILVUS_FIELDS && json_element(&c) &&
           json_value(&c, &one)) {
        read_field(one.raw, &shape->field[shape->count]);
        milvus_take_field(shape);
    }
    if (shape->count == 0)
        return reply_nonsense(json, "fields", err);
    shape->auto_id = is_true(data.raw, "autoId");
    shape->dynamic = is_true(data.raw, "enableDynamicField");
    milvus_read_metric(data.raw, shape);
    return true;
}

const struct milvus_field *milvus_field(const struct milvus_shape *shape,
                                        struct text name)
{
    for (size_t i = 0; i < shape->count; i++)
        if (text_is(name, shape->field[i].name))
            return &shape->field[i];
    return NULL;
}

/* ---- numbers ---- */

bool milvus_read_upserted(struct text json, uint64_t *n, struct error *err)
{
    static const char *const path[] = { "data", "upsertCount", NULL };

    return reply_number(json, path, n) ||
           reply_nonsense(json, "upsertCount", err);
}

bool milvus_took_all(uint64_t upserted, size_t sent, struct error *err)
{
    return upserted == sent ||
           error_reply(err, ERROR_PROTOCOL,
                       "Milvus says that it took %llu of %zu records",
                       (unsigned long long)upserted, sent);
}

static const char *const rows_path[] = { "data", NULL };

bool milvus_read_count(struct text json, uint64_t *n, struct error *err)
{
    struct json_cursor c;
    struct json_value row, v;

    if (!reply_enter(json, rows_path, "data", &c, err))
        return false;
    return (json_element(&c) && json_value(&c, &row) &&
            reply_member(row.raw, "count(*)", &v) && read_whole(v, n)) ||
           reply_nonsense(json, "count(*)", err);
}

/* ---- rows ---- */

bool milvus_read_ids(struct text json, const char *id,
                     void (*found)(void *ctx, struct text id), void *ctx,
                     struct error *err)
{
    return reply_ids(json, rows_path, id, found, ctx, err);
}

/* The id is under its field's name, in older versions under "id". */
bool milvus_read_hits(struct text json, const char *id, const char *text,
                      struct store_hit *hits, size_t k, size_t *got,
                      struct error *err)
{
    const struct reply_form form = {
        .list = { "data" }, .id = { id }, .id_else = { "id" },
        .text = { text }, .score = { "distance" }, .scale = 1
    };

    return reply_hits(json, &form, hits, k, got, err);
}
