#include "config.h"
#include "store/elastic_reply.h"

#include <stdio.h>

#include "store/store_body.h"
#include "store/store_reply.h"
#include "util/str.h"

enum { SAID = 200,         /* bytes of an item's error that are shown */
       STATUS_MAX = 599 };

bool elastic_read_server(struct text json, struct elastic_server *to,
                         struct error *err)
{
    static const char *const number[] = { "version", "number", NULL };
    static const char *const distribution[] = { "version", "distribution",
                                                NULL };
    struct json_value v;
    char version[24];

    *to = (struct elastic_server){ .major = 0 };
    if (!reply_find(json, number, &v))
        return reply_nonsense(json, "version.number", err);
    reply_word(&v, version, sizeof version);
    if (sscanf(version, "%u.%u", &to->major, &to->minor) != 2)
        return reply_nonsense(json, "version.number", err);
    to->opensearch =
        reply_find(json, distribution, &v) && json_is(&v, "opensearch");
    return true;
}

/* ---- the mapping ---- */

/* The metric stands in one place at Elasticsearch, in two at OpenSearch. */
static void read_metric(struct text field, struct elastic_field *to)
{
    static const char *const paths[][3] = {
        { "similarity", NULL, NULL },
        { "space_type", NULL, NULL },
        { "method", "space_type", NULL },
    };
    struct json_value v;

    for (size_t i = 0; i < sizeof paths / sizeof *paths && !*to->metric; i++)
        if (reply_find(field, paths[i], &v))
            reply_word(&v, to->metric, sizeof to->metric);
}

bool elastic_read_field(struct text json, const char *name,
                        struct elastic_field *to, struct error *err)
{
    static const char *const places[] = { "dims", "dimension" };
    const char *const path[] = { "mappings", "properties", name, NULL };
    struct json_cursor c;
    struct json_value key, index, field, v;

    *to = (struct elastic_field){ .dim = 0 };
    json_begin(&c, json.ptr ? json.ptr : "", json.len);
    if (!json_enter_object(&c) || !json_member(&c, &key) ||
        !json_value(&c, &index))
        return reply_nonsense(json, "mapping", err);
    while (json_member(&c, &key) && json_value(&c, &v))
        continue; /* of another index behind the alias */
    if (c.why)
        return reply_nonsense(json, "mapping", err);
    if (!reply_find(index.raw, path, &field))
        return true;
    if (reply_member(field.raw, "type", &v))
        reply_word(&v, to->type, sizeof to->type);
    for (size_t i = 0; i < 2; i++) {
        const char *const place[] = { places[i], NULL };
        uint64_t n;

        if (reply_number(field.raw, place, &n))
            to->dim = (size_t)n;
    }
    read_metric(field.raw, to);
    return true;
}

/* ---- a bulk request ---- */

struct outcome {
    unsigned status;
    char type[64], said[SAID];
};

/* An error's reason and, behind it, what caused it. */
static void read_error(struct text error, struct outcome *o)
{
    static const char *const cause[] = { "caused_by", "reason", NULL };
    struct json_value v;
    size_t len;

    if (reply_member(error, "type", &v))
        reply_word(&v, o->type, sizeof o->type);
    if (reply_member(error, "reason", &v))
        reply_word(&v, o->said, sizeof o->said);
    len = strlen(o->said);
    if (len + 8 < sizeof o->said && reply_find(error, cause, &v)) {
        memcpy(o->said + len, ": ", 3);
        reply_word(&v, o->said + len + 2, sizeof o->said - len - 2);
    }
}

/* {"index":{"status":201, ..}}, whatever the action is called. */
static bool read_outcome(struct text item, struct outcome *o)
{
    static const char *const status[] = { "status", NULL };
    struct json_cursor c;
    struct json_value key, action, v;
    uint64_t n;

    *o = (struct outcome){ .status = 0 };
    json_begin(&c, item.ptr, item.len);
    if (!json_enter_object(&c) || !json_member(&c, &key) ||
        !json_value(&c, &action) || !reply_number(action.raw, status, &n) ||
        n > STATUS_MAX)
        return false;
    o->status = (unsigned)n;
    if (reply_member(action.raw, "error", &v))
        read_error(v.raw, o);
    if (!*o->said)
        snprintf(o->said, sizeof o->said, "%s",
                 *o->type ? o->type : "refused without a word");
    return true;
}

static bool says(const struct outcome *o, const char *words)
{
    return strcasestr(o->type, words) || strcasestr(o->said, words);
}

static enum error_kind kind_of(const struct outcome *o)
{
    if (says(o, "cluster_block") || says(o, "flood-stage") ||
        says(o, "flood stage"))
        return ERROR_QUOTA;
    if (o->status == 401 || o->status == 403)
        return ERROR_AUTH;
    if (o->status == 404 || says(o, "number of dimensions") ||
        says(o, "vector dimension") || says(o, "invalid dimension"))
        return ERROR_CONFIG;
    if (o->status == 429)
        return ERROR_LIMITED;
    return o->status >= 500 ? ERROR_SERVER : ERROR_REFUSED;
}

/* False: the whole request has failed, for what one of its items says. */
static bool judge(const struct outcome *o, struct upsert_item *item,
                  struct error *err)
{
    enum error_kind kind;

    if (o->status >= 200 && o->status < 300) {
        item->stored = true;
        return true;
    }
    kind = kind_of(o);
    if (kind == ERROR_QUOTA || kind == ERROR_AUTH || kind == ERROR_CONFIG)
        return error_set(err, kind, (int)o->status, "%s", o->said);
    error_set(&item->why, kind, (int)o->status, "%s", o->said);
    return true;
}

static bool read_items(struct text json, struct upsert_item *items,
                       size_t taken, struct error *err)
{
    struct json_value list, item;
    struct json_cursor c;
    size_t i = 0, results = 0, sent = 0;
    struct outcome o;

    for (size_t k = 0; k < taken; k++)
        sent += store_body_has(&items[k]);
    if (!reply_member(json, "items", &list) || list.type != JSON_ARRAY)
        return reply_nonsense(json, "items", err);
    json_begin(&c, list.raw.ptr, list.raw.len);
    json_enter_array(&c);
    for (; json_element(&c) && json_value(&c, &item); results++) {
        while (i < taken && !store_body_has(&items[i]))
            i++;
        if (!read_outcome(item.raw, &o))
            return reply_nonsense(item.raw, "status", err);
        if (i < taken && !judge(&o, &items[i++], err))
            return false;
    }
    return results == sent ||
           error_set(err, ERROR_PROTOCOL, 200,
                     "%zu results for %zu documents", results, sent);
}

bool elastic_read_bulk(struct text json, struct upsert_item *items,
                       size_t taken, struct error *err)
{
    if (read_items(json, items, taken, err))
        return true;
    for (size_t i = 0; i < taken; i++)
        items[i].stored = false;
    return false;
}

/* ---- questions ---- */

bool elastic_read_found(struct text json,
                        void (*see)(void *ctx, struct text id), void *ctx,
                        struct error *err)
{
    struct json_value docs, doc, id, found;
    struct json_cursor c;
    struct buf decoded = { 0 };

    if (!reply_member(json, "docs", &docs) || docs.type != JSON_ARRAY)
        return reply_nonsense(json, "docs", err);
    json_begin(&c, docs.raw.ptr, docs.raw.len);
    json_enter_array(&c);
    while (json_element(&c) && json_value(&c, &doc)) {
        if (!reply_member(doc.raw, "found", &found) ||
            found.type != JSON_TRUE || !reply_member(doc.raw, "_id", &id))
            continue;
        buf_clear(&decoded);
        reply_put(&decoded, &id);
        see(ctx, (struct text){ buf_cstr(&decoded), decoded.len });
    }
    buf_release(&decoded);
    return true;
}

bool elastic_read_count(struct text json, uint64_t *n, struct error *err)
{
    static const char *const path[] = { "count", NULL };

    return reply_number(json, path, n) || reply_nonsense(json, "count", err);
}

static bool read_hit(struct text json, const char *text_key,
                     struct store_hit *hit, struct error *err)
{
    const char *const text[] = { "_source", text_key, NULL };
    struct json_value v;
    double score;

    buf_clear(&hit->id);
    buf_clear(&hit->text);
    if (!reply_member(json, "_score", &v) || !reply_score(&v, &score))
        return reply_nonsense(json, "_score", err);
    hit->score = 2 * score - 1;
    if (reply_member(json, "_id", &v))
        reply_put(&hit->id, &v);
    if (text_key && reply_find(json, text, &v) && v.type == JSON_STRING)
        reply_put(&hit->text, &v);
    return !(hit->id.failed || hit->text.failed) ||
           error_set(err, ERROR_MEMORY, 0, "no memory for a hit");
}

bool elastic_read_hits(struct text json, const char *text_key,
                       struct store_hit *hits, size_t k, size_t *got,
                       struct error *err)
{
    static const char *const path[] = { "hits", "hits", NULL };
    struct json_value list, hit;
    struct json_cursor c;

    *got = 0;
    if (!reply_find(json, path, &list) || list.type != JSON_ARRAY)
        return reply_nonsense(json, "hits", err);
    json_begin(&c, list.raw.ptr, list.raw.len);
    json_enter_array(&c);
    while (*got < k && json_element(&c) && json_value(&c, &hit)) {
        if (!read_hit(hit.raw, text_key, &hits[*got], err))
            return false;
        ++*got;
    }
    return true;
}
