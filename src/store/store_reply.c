/* This file has small readers over the JSON cursor: a member, a path of
 * members, a number, a string. Every call walks the text again, which is cheap
 * for answers of this size and needs no memory. */
#include "config.h"
#include "store/store_reply.h"

#include "util/floats.h"
#include "util/str.h"

bool reply_member(struct text object, const char *name,
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

bool reply_find(struct text json, const char *const *path,
                struct json_value *out)
{
    struct json_value v = { .type = JSON_OBJECT, .raw = json };

    for (; *path; path++)
        if (!reply_member(v.raw, *path, &v))
            return false;
    *out = v;
    return true;
}

bool reply_number(struct text json, const char *const *path, uint64_t *out)
{
    struct json_value v;
    int64_t n;

    if (!reply_find(json, path, &v) || !json_integer(&v, &n) || n < 0)
        return false;
    *out = (uint64_t)n;
    return true;
}

bool reply_nonsense(struct text json, const char *what, struct error *err)
{
    char start[64];
    size_t len = json.len < 60 ? json.len : 60;

    str_sentence(start, sizeof start, (struct text){ json.ptr, len });
    error_reply(err, ERROR_PROTOCOL, "the answer has no %s: %s", what,
                start[0] ? start : "it is empty");
    err->about = ABOUT_SERVICE;
    return false;
}

void reply_word(const struct json_value *v, char *to, size_t size)
{
    to[0] = '\0';
    if (v->type == JSON_STRING)
        str_printable(to, size, v->raw);
}

void reply_put(struct buf *to, const struct json_value *v)
{
    if (v->type == JSON_STRING)
        json_decode(v, to);
    else
        buf_put(to, v->raw.ptr, v->raw.len);
}

bool reply_score(const struct json_value *v, double *out)
{
    float f;

    if (v->type != JSON_NUMBER ||
        !float_get(v->raw.ptr, text_end(v->raw), &f))
        return false;
    *out = (double)f;
    return true;
}

bool reply_enter(struct text json, const char *const *path, const char *what,
                 struct json_cursor *c, struct error *err)
{
    struct json_value v = { .type = JSON_ARRAY, .raw = json };

    if ((*path && !reply_find(json, path, &v)) || v.type != JSON_ARRAY)
        return reply_nonsense(json, what, err);
    json_begin(c, v.raw.ptr ? v.raw.ptr : "", v.raw.len);
    return json_enter_array(c) || reply_nonsense(json, what, err);
}

bool reply_ids(struct text json, const char *const *path, const char *id,
               void (*found)(void *ctx, struct text id), void *ctx,
               struct error *err)
{
    struct buf decoded = { 0 };
    struct json_cursor c;
    struct json_value v;
    bool fine = reply_enter(json, path, "list of ids", &c, err);

    while (fine && json_element(&c) && json_value(&c, &v)) {
        if (id && !reply_member(v.raw, id, &v)) {
            fine = reply_nonsense(v.raw, id, err);
            break;
        }
        buf_clear(&decoded);
        reply_put(&decoded, &v);
        fine = !decoded.failed || error_memory(err, "for an id");
        if (fine)
            found(ctx, (struct text){ buf_cstr(&decoded), decoded.len });
    }
    buf_release(&decoded);
    return fine;
}

static bool reply_put_at(struct buf *to, struct text json,
                         const char *const *path)
{
    struct json_value v;

    if (!*path || !reply_find(json, path, &v) || v.type == JSON_NULL)
        return false;
    reply_put(to, &v);
    return true;
}

static bool reply_hit(struct text json, const struct reply_form *form,
                      struct store_hit *hit, struct error *err)
{
    struct json_value v;

    buf_clear(&hit->id);
    buf_clear(&hit->text);
    if (!reply_find(json, form->score, &v) || !reply_score(&v, &hit->score) ||
        (!reply_put_at(&hit->id, json, form->id) &&
         !reply_put_at(&hit->id, json, form->id_else)))
        return reply_nonsense(json, "id and score", err);
    hit->score = form->scale * hit->score + form->shift;
    reply_put_at(&hit->text, json, form->text);
    return !(hit->id.failed || hit->text.failed) ||
           error_memory(err, "for a hit");
}

bool reply_hits(struct text json, const struct reply_form *form,
                struct store_hit *hits, size_t k, size_t *got,
                struct error *err)
{
    struct json_cursor c;
    struct json_value v;

    *got = 0;
    if (!reply_enter(json, form->list, "list of hits", &c, err))
        return false;
    for (; *got < k && json_element(&c) && json_value(&c, &v); ++*got)
        if (!reply_hit(v.raw, form, &hits[*got], err))
            return false;
    return true;
}

void reply_kept(struct text json, const char *const *path, struct buf *to)
{
    struct json_value v;

    if (reply_find(json, path, &v) &&
        (v.type == JSON_OBJECT || v.type == JSON_STRING))
        reply_put(to, &v);
}
