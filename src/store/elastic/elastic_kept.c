/* This file keeps how an index's vectors were made, in a member of the
 * mapping's _meta, which both services keep and never read. */
#include "config.h"
#include "store/elastic/elastic_parts.h"

#include "store/store_reply.h"

/* The _meta of the first index that answers; false: it has none. */
static bool find_meta(struct text json, struct json_value *meta)
{
    static const char *const path[] = { "mappings", "_meta", NULL };
    struct json_cursor c;
    struct json_value key, index;

    json_begin(&c, json.ptr ? json.ptr : "", json.len);
    return json_enter_object(&c) && json_member(&c, &key) &&
           json_value(&c, &index) && reply_find(index.raw, path, meta) &&
           meta->type == JSON_OBJECT;
}

static bool ask_mapping(struct elastic *e, struct error *err)
{
    elastic_to_index(e, "/_mapping");
    return store_http_ask(&e->http, "GET", err);
}

bool elastic_kept(struct store *s, struct buf *to, struct error *err)
{
    static const char *const path[] = { STORE_KEPT, NULL };
    struct elastic *e = (struct elastic *)s;
    struct json_value meta;

    if (!ask_mapping(e, err))
        return false;
    if (find_meta(store_http_answer(&e->http), &meta))
        reply_kept(meta.raw, path, to);
    return true;
}

/* It has members of others, which an update would remove. */
static bool has_others(struct text meta)
{
    struct json_cursor c;
    struct json_value key, v;

    json_begin(&c, meta.ptr, meta.len);
    if (json_enter_object(&c))
        while (json_member(&c, &key) && json_value(&c, &v))
            if (!json_is(&key, STORE_KEPT))
                return true;
    return false;
}

bool elastic_keep(struct store *s, const char *json, struct error *err)
{
    struct elastic *e = (struct elastic *)s;
    struct json_value meta;

    if (!ask_mapping(e, err))
        return false;
    if (find_meta(store_http_answer(&e->http), &meta) && has_others(meta.raw))
        return error_set(err, ERROR_CONFIG, 0,
                         "the mapping has a _meta of its own");
    elastic_to_index(e, "/_mapping");
    buf_printf(e->http.body, "{\"_meta\":{\"" STORE_KEPT "\":%s}}", json);
    return store_http_ask(&e->http, "PUT", err);
}
