/* This file checks the members when the options are read, so that they hold no
 * secret, and puts them into a request when its other members are known, so
 * that they override none of those. */
#include "config.h"
#include "embed/extra.h"

#include <strings.h>

#include "util/json.h"
#include "util/str.h"

/* A name under which clients send keys and passwords. */
static bool is_secret(const char *name)
{
    static const char *const names[] = { "api_key", "api-key", "apikey",
                                         "authorization", "password",
                                         "secret", "access_token", "token" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

/* The next member, its name decoded in `name`; false at the end. */
static bool next_member(struct json_cursor *c, struct buf *name,
                        struct json_value *key, struct json_value *v)
{
    if (!json_member(c, key) || !json_value(c, v))
        return false;
    buf_clear(name);
    json_decode(key, name);
    buf_cstr(name);
    return !name->failed;
}

static bool check_members(struct json_cursor *c, struct buf *name,
                          const char *option, struct error *err)
{
    struct json_value key, v;
    char shown[48];

    while (next_member(c, name, &key, &v)) {
        if (!is_secret(buf_cstr(name)))
            continue;
        str_printable(shown, sizeof shown, text_of(buf_cstr(name)));
        return error_set(err, ERROR_CONFIG, 0,
                         "%s: \"%s\" looks like a secret, and what stands "
                         "there is kept with the job: --embed-key-env is for "
                         "keys",
                         option, shown);
    }
    return true;
}

bool extra_check(const char *json, const char *option, struct error *err)
{
    struct buf name = { 0 };
    struct json_cursor c;
    bool fine;

    if (!*json)
        return true;
    json_begin(&c, json, strlen(json));
    fine = !json_enter_object(&c) || check_members(&c, &name, option, err);
    buf_release(&name);
    if (fine && (c.why || !json_end(&c)))
        return error_set(err, ERROR_CONFIG, 0,
                         "%s wants one JSON object, such as "
                         "'{\"input_type\":\"passage\"}' (%s)",
                         option, c.why);
    return fine;
}

static bool has_member(struct text object, const char *name)
{
    struct json_cursor c;
    struct json_value key, v;

    json_begin(&c, object.ptr, object.len);
    if (!json_enter_object(&c))
        return false;
    while (json_member(&c, &key) && json_value(&c, &v))
        if (json_is(&key, name))
            return true;
    return false;
}

static bool extra_refuse_taken(const char *name, const char *option,
                               struct error *err)
{
    char shown[48];

    str_printable(shown, sizeof shown, text_of(name));
    return error_set(err, ERROR_CONFIG, 0,
                     "%s: \"%s\" is in the request already, and not to be "
                     "overruled: leave it out",
                     option, shown);
}

bool extra_put(struct buf *to, const char *json, struct text ours,
               const char *option, struct error *err)
{
    struct buf name = { 0 };
    struct json_value key, v;
    struct json_cursor c;
    bool fine = true;

    if (!json || !*json)
        return true;
    json_begin(&c, json, strlen(json));
    json_enter_object(&c);
    while (fine && next_member(&c, &name, &key, &v)) {
        bool quoted = v.type == JSON_STRING;

        fine = !has_member(ours, buf_cstr(&name)) ||
               extra_refuse_taken(buf_cstr(&name), option, err);
        buf_puts(to, ",\"");
        buf_put(to, key.raw.ptr, key.raw.len);
        buf_puts(to, quoted ? "\":\"" : "\":");
        buf_put(to, v.raw.ptr, v.raw.len);
        buf_puts(to, quoted ? "\"" : "");
    }
    fine = fine && (!name.failed || error_memory(err, "for %s", option));
    buf_release(&name);
    return fine;
}
