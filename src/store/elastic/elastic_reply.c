/* This file reads the server's answers. A bulk answer has one outcome for each
 * item, so most of this file matches outcomes to documents and separates errors
 * of one document from those that stop the whole request. */
#include "config.h"
#include "store/elastic/elastic_reply.h"

#include <stdio.h>

#include "store/elastic/elastic_error.h"
#include "store/store_body.h"
#include "store/store_reply.h"

enum { SAID = 240,         /* bytes of an item's error that we show */
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

/* Elasticsearch has the metric in one place, OpenSearch in two. */
static void elastic_read_metric(struct text field, struct elastic_field *to)
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
    elastic_read_metric(field.raw, to);
    return true;
}

/* ---- its settings ---- */

/* The first member's value; false: there is none, or there are others, too. */
static bool only_member(struct text json, struct json_value *v)
{
    struct json_cursor c;
    struct json_value key;

    json_begin(&c, json.ptr ? json.ptr : "", json.len);
    return json_enter_object(&c) && json_member(&c, &key) &&
           json_value(&c, v) && !json_member(&c, &key) && !c.why;
}

static bool is_set(struct text settings, const char *name)
{
    struct json_value v;

    return reply_member(settings, name, &v) &&
           (v.type == JSON_TRUE || json_is(&v, "true"));
}

bool elastic_read_state(struct text json, struct elastic_state *to)
{
    static const char *const blocks[] = {
        "index.blocks.read_only", "index.blocks.write",
        "index.blocks.read_only_allow_delete"
    };
    struct json_value index, settings;

    *to = (struct elastic_state){ .closed = false };
    if (!only_member(json, &index) ||
        !reply_member(index.raw, "settings", &settings))
        return false;
    to->closed = is_set(settings.raw, "index.verified_before_close");
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (is_set(settings.raw, blocks[i]))
            snprintf(to->block, sizeof to->block, "%s", blocks[i]);
    return true;
}

/* ---- a bulk request ---- */

struct outcome {
    unsigned status;
    struct elastic_error error;
};

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
    o->error.status = (unsigned)n;
    if (reply_member(action.raw, "error", &v))
        elastic_error_read(v.raw, (unsigned)n, &o->error);
    return true;
}

static void elastic_explain(const struct elastic_error *e, const char *vector,
                            struct error *why)
{
    char said[SAID];

    elastic_error_say(e, said, sizeof said);
    error_set(why, ERROR_REFUSED, (int)e->status, "%s", said);
    elastic_error_judge(e, vector, why);
}

/* An error of all items: it stops the request, or makes it smaller. */
static bool is_for_all(const struct error *why)
{
    return why->kind == ERROR_QUOTA || why->kind == ERROR_AUTH ||
           why->kind == ERROR_CONFIG || why->kind == ERROR_SIZE;
}

/* False: the whole request has failed, because of one item's error. */
static bool elastic_judge_item(const struct outcome *o, const char *vector,
                               struct upsert_item *item, struct error *err)
{
    if (o->status >= 200 && o->status < 300) {
        item->stored = true;
        return true;
    }
    elastic_explain(&o->error, vector, &item->why);
    if (!is_for_all(&item->why))
        return true;
    *err = item->why;
    return false;
}

static bool read_items(struct text json, const char *vector,
                       struct upsert_item *items, size_t taken,
                       struct error *err)
{
    static const char *const path[] = { "items", NULL };
    struct json_value item;
    struct json_cursor c;
    size_t i = 0, results = 0, sent = 0;
    struct outcome o;

    for (size_t k = 0; k < taken; k++)
        sent += store_body_has(&items[k]);
    if (!reply_enter(json, path, "items", &c, err))
        return false;
    for (; json_element(&c) && json_value(&c, &item); results++) {
        while (i < taken && !store_body_has(&items[i]))
            i++;
        if (!read_outcome(item.raw, &o))
            return reply_nonsense(item.raw, "status", err);
        if (i < taken && !elastic_judge_item(&o, vector, &items[i++], err))
            return false;
    }
    return results == sent ||
           error_reply(err, ERROR_PROTOCOL,
                       "%zu results for %zu documents", results, sent);
}

/* Every item that went was throttled, so the request was, too. */
static bool all_sent_away(const struct upsert_item *items, size_t taken,
                          struct error *err)
{
    const struct upsert_item *last = NULL;

    for (size_t i = 0; i < taken; i++) {
        if (items[i].stored)
            return false;
        if (items[i].why.kind == ERROR_LIMITED)
            last = &items[i];
        else if (items[i].why.code)
            return false; /* the server refused it, not we before it went */
    }
    if (last)
        *err = last->why;
    return last != NULL;
}

bool elastic_read_bulk(struct text json, const char *vector,
                       struct upsert_item *items, size_t taken,
                       struct error *err)
{
    if (read_items(json, vector, items, taken, err) &&
        !all_sent_away(items, taken, err))
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
    static const char *const path[] = { "docs", NULL };
    struct json_value doc, id, found;
    struct json_cursor c;
    struct buf decoded = { 0 };

    if (!reply_enter(json, path, "docs", &c, err))
        return false;
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

bool elastic_read_hits(struct text json, const char *text_key,
                       struct store_hit *hits, size_t k, size_t *got,
                       struct error *err)
{
    const struct reply_form form = {
        .list = { "hits", "hits" }, .id = { "_id" },
        .text = { text_key ? "_source" : NULL, text_key },
        .score = { "_score" }, .scale = 2, .shift = -1
    };

    return reply_hits(json, &form, hits, k, got, err);
}
