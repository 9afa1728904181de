/*
 * This file reads what a store keeps about how its vectors were made. It takes
 * the value as JSON or as a string with JSON in it, since services differ in
 * what they may hold.
 */
#include "config.h"
#include "store/store_kept.h"

#include "store/store_reply.h"

void store_kept_take(struct text json, const char *const *path,
                     struct buf *to)
{
    struct json_value v;

    if (reply_find(json, path, &v) &&
        (v.type == JSON_OBJECT || v.type == JSON_STRING))
        reply_put(to, &v);
}
