/*
 * The table of dialects, and what a dialect asks of a request: its path, its
 * method, its head and the members of its body.
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"

#define DIALECT_ROW(name) &dialect_##name,
const struct dialect *const dialects[] = { DIALECTS(DIALECT_ROW) NULL };

bool request_ends(const struct request *q, const char *end)
{
    size_t n = strcspn(q->path, "?"), m = strlen(end);

    return n >= m && memcmp(q->path + n - m, end, m) == 0;
}

bool request_begins(const struct request *q, const char *start)
{
    return strncmp(q->path, start, strlen(start)) == 0;
}

bool request_is(const struct request *q, const char *method)
{
    return strcmp(q->method, method) == 0;
}

bool request_says(const struct request *q, const char *what)
{
    return memmem(q->head.ptr, q->head.len, what, strlen(what)) != NULL;
}

bool request_member(const struct request *q, const char *name,
                    struct json_value *out)
{
    struct json_cursor c;
    struct json_value key, v;

    *out = (struct json_value){ .type = JSON_NULL };
    json_begin(&c, q->body.ptr ? q->body.ptr : "", q->body.len);
    if (!json_enter_object(&c))
        return false;
    while (json_member(&c, &key) && json_value(&c, &v))
        if (json_is(&key, name))
            *out = v;
    return !c.why && json_end(&c);
}

bool request_enter(const struct request *q, const char *name,
                   struct json_cursor *c)
{
    struct json_value key;

    json_begin(c, q->body.ptr ? q->body.ptr : "", q->body.len);
    if (!json_enter_object(c))
        return false;
    while (json_member(c, &key)) {
        if (json_is(&key, name))
            return json_enter_array(c);
        if (!json_value(c, NULL))
            return false;
    }
    return false;
}
