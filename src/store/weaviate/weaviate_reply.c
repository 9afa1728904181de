/* This file reads Weaviate's answers. Weaviate has no error codes, so a table
 * of its phrases decides what an object's errors mean; quoted parts of a
 * message do not count. */
#include "config.h"
#include "store/weaviate/weaviate_reply.h"

#include "net/http.h"
#include "store/store_body.h"
#include "store/store_reply.h"
#include "util/protobuf.h"
#include "util/str.h"
#include "util/uuid.h"

enum { SAID = 160 }; /* bytes of an object's errors that we show */

/* ---- the class ---- */

static void read_distance(struct text config, struct weaviate_class *c)
{
    static const char *const path[] = { "vectorIndexConfig", "distance", NULL };
    struct json_value v;

    if (reply_find(config, path, &v))
        reply_word(&v, c->distance, sizeof c->distance);
}

static void read_named(struct text vectors, const char *wanted,
                       struct weaviate_class *c)
{
    struct json_cursor cursor;
    struct json_value key, config;

    json_begin(&cursor, vectors.ptr, vectors.len);
    if (!json_enter_object(&cursor))
        return;
    while (json_member(&cursor, &key) && json_value(&cursor, &config)) {
        c->vectors++;
        if (wanted && !json_is(&key, wanted))
            continue;
        reply_word(&key, c->vector, sizeof c->vector);
        read_distance(config.raw, c);
    }
}

static bool tenancy_says(struct text json, const char *what)
{
    const char *const path[] = { "multiTenancyConfig", what, NULL };
    struct json_value v;

    return reply_find(json, path, &v) && v.type == JSON_TRUE;
}

bool weaviate_read_class(struct text json, const char *wanted,
                         struct weaviate_class *c, struct error *err)
{
    struct json_value v;

    *c = (struct weaviate_class){ .vectors = 0 };
    if (!reply_member(json, "class", &v))
        return reply_nonsense(json, "class", err);
    c->multi_tenant = tenancy_says(json, "enabled");
    c->makes_tenants = tenancy_says(json, "autoTenantCreation");
    c->wakes_tenants = tenancy_says(json, "autoTenantActivation");
    if (reply_member(json, "vectorConfig", &v) && v.type == JSON_OBJECT)
        read_named(v.raw, wanted, c);
    if (c->vectors == 0)
        read_distance(json, c);
    return true;
}

void weaviate_read_tenant(struct text json, char *status, size_t size)
{
    struct json_value v;

    status[0] = '\0';
    if (reply_member(json, "activityStatus", &v))
        reply_word(&v, status, size);
}

bool weaviate_lacks_tenant(const char *said)
{
    const char *inner = strstr(said, " err:");

    if (inner)
        said = inner + strlen(" err:");
    return strncasecmp(said, "tenant not found", 16) == 0 ||
           strncasecmp(said, "tenant not active", 17) == 0;
}

size_t weaviate_read_dim(struct text json, const char *vector)
{
    struct json_value objects, first, v;
    struct json_cursor c;
    size_t n = 0;

    if (!reply_member(json, "objects", &objects) ||
        objects.type != JSON_ARRAY)
        return 0;
    json_begin(&c, objects.raw.ptr, objects.raw.len);
    if (!json_enter_array(&c) || !json_element(&c) || !json_value(&c, &first))
        return 0;
    if (*vector) {
        if (!reply_member(first.raw, "vectors", &v) ||
            !reply_member(v.raw, vector, &v))
            return 0;
    } else if (!reply_member(first.raw, "vector", &v)) {
        return 0;
    }
    json_begin(&c, v.raw.ptr, v.raw.len);
    if (v.type != JSON_ARRAY || !json_enter_array(&c))
        return 0;
    while (json_element(&c) && json_value(&c, NULL))
        n++;
    return n;
}

/* ---- a batch ---- */

/* All messages of {"error":[{"message":".."},..]}, one after another. */
static void join_messages(struct text errors, struct buf *to)
{
    struct json_value list, one, message;
    struct json_cursor c;

    if (!reply_member(errors, "error", &list) || list.type != JSON_ARRAY)
        return;
    json_begin(&c, list.raw.ptr, list.raw.len);
    json_enter_array(&c);
    while (json_element(&c) && json_value(&c, &one))
        if (reply_member(one.raw, "message", &message)) {
            buf_puts(to, to->len ? "; " : "");
            reply_put(to, &message);
        }
}

/* Weaviate describes an error in words, without codes. It quotes offending
 * values, which are no evidence. */
static void weaviate_find_verdict(const char *said,
                                  const struct upsert_item *item,
                                  struct error *err)
{
    static const struct {
        enum error_kind kind;
        enum error_about about;
        const char *phrase[12];
    } rows[] = {
        { ERROR_CONFIG, ABOUT_SERVICE,
          { "vector with length", "vector lengths", "vector length" } },
        { ERROR_AUTH, ABOUT_SERVICE, { "authorization, forbidden" } },
        { ERROR_QUOTA, ABOUT_SERVICE,
          { "read-only", "readonly", "disk usage" } },
        { ERROR_LIMITED, ABOUT_UNKNOWN,
          { "too many requests", "rate limit" } },
        { ERROR_SERVER, ABOUT_UNKNOWN,
          { "timeout", "timed out", "deadline", "replicas", "connection",
            "unavailable", "overloaded", "leader", "shutting down",
            "closed" } }, /* a shard that is being deleted */
    };
    const struct text sent[3] = { item->id, item->text, item->metadata };

    err->kind = ERROR_REFUSED;
    err->about = ABOUT_UNKNOWN;
    if (weaviate_lacks_tenant(said)) {
        err->kind = ERROR_CONFIG;
        err->about = ABOUT_SERVICE;
        return;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (http_message_says(text_of(said), sent, rows[i].phrase)) {
            err->kind = rows[i].kind;
            err->about = rows[i].about;
            return;
        }
}

/* Is it another object than the one that was sent in this place? */
static bool is_other(struct text object, const struct upsert_item *item)
{
    struct json_value id;
    char uuid[UUID_SIZE];

    if (!reply_member(object, "id", &id))
        return false; /* without an id its place tells which it is */
    uuid_of(item->id.ptr, item->id.len, uuid);
    return !json_is(&id, uuid);
}

/* False: the whole batch has failed, because of one object's error. */
static bool weaviate_judge_words(struct buf *said, struct upsert_item *item,
                                 struct error *err)
{
    char shown[SAID];
    struct error why = { .kind = ERROR_REFUSED };
    const char *words = buf_cstr(said);

    str_sentence(shown, sizeof shown, (struct text){ words, said->len });
    weaviate_find_verdict(words, item, &why);
    error_reply(&item->why, why.kind, "%s",
                shown[0] ? shown : "Weaviate calls it failed without a word");
    item->why.about = why.about;
    if (why.kind != ERROR_CONFIG && why.kind != ERROR_QUOTA &&
        why.kind != ERROR_AUTH)
        return true;
    *err = item->why;
    return false;
}

static bool weaviate_judge_object(struct text object, struct upsert_item *item,
                                  struct error *err)
{
    static const char *const errors[] = { "result", "errors", NULL };
    static const char *const status[] = { "result", "status", NULL };
    struct json_value v;
    struct buf said = { 0 };
    bool fine;

    if (is_other(object, item))
        return error_reply(err, ERROR_PROTOCOL,
                           "the answer's objects are not those that were sent");
    if (reply_find(object, errors, &v) && v.type == JSON_OBJECT)
        join_messages(v.raw, &said);
    if (reply_find(object, status, &v) && json_is(&v, "SUCCESS") &&
        said.len == 0) {
        item->stored = true;
        return true;
    }
    fine = weaviate_judge_words(&said, item, err);
    buf_release(&said);
    return fine;
}

static bool read_results(struct text json, struct upsert_item *items,
                         size_t taken, struct error *err)
{
    struct json_cursor c;
    struct json_value object;
    size_t i = 0, results = 0, sent = 0;

    json_begin(&c, json.ptr ? json.ptr : "", json.len);
    if (!json_enter_array(&c))
        return reply_nonsense(json, "list of results", err);
    for (; json_element(&c) && json_value(&c, &object); results++) {
        while (i < taken && !store_body_has(&items[i]))
            i++;
        if (i < taken && !weaviate_judge_object(object.raw, &items[i++], err))
            return false;
    }
    for (i = 0; i < taken; i++)
        sent += store_body_has(&items[i]) || items[i].why.in_reply;
    if (results != sent || c.why)
        return error_reply(err, ERROR_PROTOCOL,
                           "%zu results for %zu objects", results, sent);
    return true;
}

bool weaviate_read_batch(struct text json, struct upsert_item *items,
                         size_t taken, struct error *err)
{
    if (read_results(json, items, taken, err))
        return true;
    for (size_t i = 0; i < taken; i++)
        items[i].stored = false;
    return false;
}

/* ---- a batch over gRPC ---- */

/* The one that was sent as the object of that index. */
static struct upsert_item *weaviate_sent(struct upsert_item *items,
                                         size_t taken, uint64_t index)
{
    for (size_t i = 0; i < taken; i++)
        if ((store_body_has(&items[i]) || items[i].why.in_reply) &&
            index-- == 0)
            return &items[i];
    return NULL;
}

/* BatchError { index = 1; error = 2 }; an index of 0 is not written. */
static bool weaviate_take_error(struct text message, struct upsert_item *items,
                                size_t taken, struct error *err)
{
    struct proto_field index = { .value = 0 }, error = { .value = 0 };
    struct upsert_item *item;
    struct buf said = { 0 };
    bool fine;

    proto_find(message, 1, PROTO_VARINT, &index);
    proto_find(message, 2, PROTO_BYTES, &error);
    item = weaviate_sent(items, taken, index.value);
    if (!item)
        return error_reply(err, ERROR_PROTOCOL,
                           "an error about object %llu, which was not sent",
                           (unsigned long long)index.value);
    buf_put(&said, error.bytes.ptr, error.bytes.len);
    item->stored = false;
    fine = weaviate_judge_words(&said, item, err);
    buf_release(&said);
    return fine;
}

bool weaviate_read_errors(struct text reply, struct upsert_item *items,
                          size_t taken, struct error *err)
{
    struct proto_cursor c;
    struct proto_field f;
    bool fine = true;

    store_body_stored(items, taken);
    proto_begin(&c, reply);
    while (fine && proto_next(&c, &f))
        if (proto_is(&f, 2, PROTO_BYTES))
            fine = weaviate_take_error(f.bytes, items, taken, err);
    if (fine && c.bad)
        fine = error_reply(err, ERROR_PROTOCOL,
                           "the answer is no list of errors");
    for (size_t i = 0; !fine && i < taken; i++)
        items[i].stored = false;
    return fine;
}

/* ---- GraphQL ---- */

/* data.VERB.CLASS; GraphQL refuses with 200 and "errors". */
static bool find_list(struct text json, const char *verb, const char *name,
                      struct json_value *list, struct error *err)
{
    const char *path[] = { "data", verb, name, NULL };
    struct json_value errors, one, message = { .type = JSON_NULL };
    struct json_cursor c;
    char shown[SAID];

    if (reply_find(json, path, list) && list->type == JSON_ARRAY)
        return true;
    if (!reply_member(json, "errors", &errors) || errors.type != JSON_ARRAY)
        return reply_nonsense(json, "data", err);
    json_begin(&c, errors.raw.ptr, errors.raw.len);
    json_enter_array(&c);
    if (json_element(&c) && json_value(&c, &one))
        reply_member(one.raw, "message", &message);
    reply_word(&message, shown, sizeof shown);
    return error_reply(err, ERROR_REFUSED, "Weaviate does not answer: %s",
                       shown[0] ? shown : "without a word");
}

bool weaviate_read_count(struct text json, const char *name, uint64_t *n,
                         struct error *err)
{
    static const char *const path[] = { "meta", "count", NULL };
    struct json_value list, first;
    struct json_cursor c;

    if (!find_list(json, "Aggregate", name, &list, err))
        return false;
    json_begin(&c, list.raw.ptr, list.raw.len);
    json_enter_array(&c);
    if (!json_element(&c) || !json_value(&c, &first) ||
        !reply_number(first.raw, path, n))
        return reply_nonsense(json, "meta.count", err);
    return true;
}

bool weaviate_read_ids(struct text json, const char *name,
                       void (*found)(void *ctx, struct text id), void *ctx,
                       struct error *err)
{
    static const char *const path[] = { "_additional", "id", NULL };
    struct json_value list, object, id;
    struct json_cursor c;

    if (!find_list(json, "Get", name, &list, err))
        return false;
    json_begin(&c, list.raw.ptr, list.raw.len);
    json_enter_array(&c);
    while (json_element(&c) && json_value(&c, &object)) {
        if (!reply_find(object.raw, path, &id) || id.type != JSON_STRING)
            return reply_nonsense(object.raw, "_additional.id", err);
        found(ctx, id.raw);
    }
    return true;
}

/* An object of another writer has only its UUID, and maybe no text. */
bool weaviate_read_hits(struct text json, const char *name,
                        const char *text_key, struct store_hit *hits, size_t k,
                        size_t *got, struct error *err)
{
    const struct reply_form form = {
        .id = { "doc_id" }, .id_else = { "_additional", "id" },
        .text = { text_key }, .score = { "_additional", "distance" },
        .scale = -1, .shift = 1
    };
    struct json_value list;

    *got = 0;
    return find_list(json, "Get", name, &list, err) &&
           reply_hits(list.raw, &form, hits, k, got, err);
}
