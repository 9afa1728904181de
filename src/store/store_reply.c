/*
 * Small readers over the JSON cursor: a member, a path of members, a number, a
 * string. Every call walks the text again, which is cheap for answers of this
 * size and needs no memory.
 */
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
