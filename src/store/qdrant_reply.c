#include "config.h"
#include "store/qdrant_reply.h"

#include "util/floats.h"
#include "util/str.h"

/* The last member of that name; the object is walked to its end. */
static bool member(struct text object, const char *name,
                   struct json_value *out)
{
    struct json_cursor c;
    struct json_value key, v;
    bool found = false;

    json_begin(&c, object.ptr ? object.ptr : "", object.len);
    if (!json_enter_object(&c))
        return false;
    while (json_member(&c, &key) && json_value(&c, &v))
        if (json_is(&key, name)) {
            *out = v;
            found = true;
        }
    return found && !c.why;
}

bool qdrant_find(struct text json, const char *const *path,
                 struct json_value *out)
{
    struct json_value v = { .type = JSON_OBJECT, .raw = json };

    for (; *path; path++)
        if (!member(v.raw, *path, &v))
            return false;
    *out = v;
    return true;
}

static bool nonsense(struct text json, const char *what, struct error *err)
{
    char start[64];
    size_t len = json.len < 60 ? json.len : 60;

    str_printable(start, sizeof start, (struct text){ json.ptr, len });
    return error_set(err, ERROR_PROTOCOL, 200, "the answer has no %s: %s", what,
                     start[0] ? start : "it is empty");
}

static void copy_word(const struct json_value *v, char *to, size_t size)
{
    to[0] = '\0';
    if (v->type == JSON_STRING)
        str_printable(to, size, v->raw);
}

bool qdrant_read_shape(struct text json, struct qdrant_shape *shape,
                       struct error *err)
{
    static const char *const path[] = { "result", "config", "params", "vectors",
                                        NULL };
    struct json_value vectors, v;
    int64_t size;

    *shape = (struct qdrant_shape){ 0 };
    if (!qdrant_find(json, path, &vectors))
        return nonsense(json, "result.config.params.vectors", err);
    if (member(vectors.raw, "size", &v) && json_integer(&v, &size) && size > 0)
        shape->size = (size_t)size;
    if (member(vectors.raw, "distance", &v))
        copy_word(&v, shape->distance, sizeof shape->distance);
    return true;
}

bool qdrant_read_update(struct text json, struct error *err)
{
    static const char *const path[] = { "result", "status", NULL };
    struct json_value v;
    char word[32];

    if (!qdrant_find(json, path, &v) || v.type != JSON_STRING)
        return nonsense(json, "result.status", err);
    if (json_is(&v, "completed"))
        return true;
    copy_word(&v, word, sizeof word);
    if (json_is(&v, "acknowledged") || json_is(&v, "wait_timeout"))
        return error_set(err, ERROR_SERVER, 200,
                         "Qdrant has not applied the points yet: %s", word);
    return error_set(err, ERROR_PROTOCOL, 200,
                     "the answer's result.status is unknown: %s", word);
}

bool qdrant_read_count(struct text json, uint64_t *n, struct error *err)
{
    static const char *const path[] = { "result", "count", NULL };
    struct json_value v;
    int64_t count;

    if (!qdrant_find(json, path, &v) || !json_integer(&v, &count) || count < 0)
        return nonsense(json, "result.count", err);
    *n = (uint64_t)count;
    return true;
}

/* The cursor inside the array `result`. */
static bool enter_result(struct text json, struct json_cursor *c,
                         struct error *err)
{
    static const char *const path[] = { "result", NULL };
    struct json_value v;

    if (!qdrant_find(json, path, &v) || v.type != JSON_ARRAY)
        return nonsense(json, "list of results", err);
    json_begin(c, v.raw.ptr, v.raw.len);
    return json_enter_array(c);
}

bool qdrant_read_ids(struct text json,
                     void (*found)(void *ctx, struct text id), void *ctx,
                     struct error *err)
{
    struct json_cursor c;
    struct json_value record, id;

    if (!enter_result(json, &c, err))
        return false;
    while (json_element(&c) && json_value(&c, &record)) {
        if (!member(record.raw, "id", &id))
            return nonsense(record.raw, "id", err);
        found(ctx, id.raw);
    }
    return true;
}

static void put_value(struct buf *to, const struct json_value *v)
{
    if (v->type == JSON_STRING)
        json_decode(v, to);
    else
        buf_put(to, v->raw.ptr, v->raw.len);
}

/* A point that others wrote has its own id and maybe no text. */
static bool read_hit(struct text record, struct store_hit *hit,
                     struct error *err)
{
    struct json_value payload = { .raw = { NULL, 0 } }, v;
    float score;

    buf_clear(&hit->id);
    buf_clear(&hit->text);
    if (!member(record, "score", &v) || v.type != JSON_NUMBER ||
        !float_get(v.raw.ptr, v.raw.ptr + v.raw.len, &score))
        return nonsense(record, "score", err);
    hit->score = (double)score;
    member(record, "payload", &payload);
    if (member(payload.raw, "_id", &v) || member(record, "id", &v))
        put_value(&hit->id, &v);
    if (member(payload.raw, "text", &v))
        put_value(&hit->text, &v);
    if (hit->id.failed || hit->text.failed)
        return error_set(err, ERROR_MEMORY, 0, "no memory for a hit");
    return true;
}

bool qdrant_read_hits(struct text json, struct store_hit *hits, size_t k,
                      size_t *got, struct error *err)
{
    struct json_cursor c;
    struct json_value record;

    *got = 0;
    if (!enter_result(json, &c, err))
        return false;
    while (*got < k && json_element(&c) && json_value(&c, &record)) {
        if (!read_hit(record.raw, &hits[*got], err))
            return false;
        (*got)++;
    }
    return true;
}
