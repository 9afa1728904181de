/*
 * Qdrant by its REST interface.
 *
 * Source      https://api.qdrant.tech (OpenAPI) and the server's source, 1.19.
 *
 * A point is {"id": UUID, "vector": [..], "payload": {"_id": the record's own
 * id, "text": .., "metadata": ..}}. Qdrant takes only UUIDs and integers for
 * ids, so what is no UUID is mapped to a version 5 one: the same id is the
 * same point for ever, and sending it again changes nothing. A request counts
 * only when Qdrant says "completed", which is what wait=true asks for.
 */
#include "config.h"
#include "store/backends.h"

#include <ctype.h>
#include <stdlib.h>

#include "net/http.h"
#include "store/qdrant_reply.h"
#include "util/floats.h"
#include "util/json.h"
#include "util/str.h"
#include "util/uuid.h"

enum {
    LIMIT_BYTES = 30000000, /* below the server's usual 32 MiB */
    GOOD_COUNT = 1000,
    UUID_SIZE = 37
};

struct qdrant {
    struct store base;
    struct http *http;
    struct http_reply reply;
    char *key;
    struct buf collection_url, upsert_url, url, body;
    struct text collection; /* in collection_url */
    bool create;
};

/* ---- open ---- */

static bool bad_url(const char *url, struct error *err)
{
    char shown[128];

    store_label(url, shown, sizeof shown);
    return error_set(err, ERROR_CONFIG, 0,
                     "--store %s: the form is qdrant+http://HOST:PORT/"
                     "COLLECTION (or qdrant+https), the name of letters, "
                     "digits, \"-\", \"_\" and \".\"", shown);
}

static bool name_fits(struct text name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum((unsigned char)name.ptr[i]) &&
            !strchr("-_.", name.ptr[i]))
            return false;
    return name.len > 0 && name.ptr[0] != '.';
}

/* qdrant+http://HOST/NAME -> http://HOST/collections/NAME */
static bool take_url(struct qdrant *q, const char *url, struct error *err)
{
    const char *plus = strchr(url, '+'), *host, *slash;
    struct text name;

    if (!plus || strncmp(plus, "+http", 5) != 0)
        return bad_url(url, err);
    host = strstr(plus, "://");
    slash = host ? strrchr(host + 3, '/') : NULL;
    if (!slash)
        return bad_url(url, err);
    name = text_of(slash + 1);
    if (!name_fits(name))
        return bad_url(url, err);
    buf_put(&q->collection_url, plus + 1, (size_t)(slash - plus - 1));
    buf_puts(&q->collection_url, "/collections/");
    buf_put(&q->collection_url, name.ptr, name.len);
    buf_puts(&q->upsert_url, buf_cstr(&q->collection_url));
    buf_puts(&q->upsert_url, "/points?wait=true");
    buf_cstr(&q->upsert_url);
    if (q->collection_url.failed || q->upsert_url.failed)
        return error_set(err, ERROR_MEMORY, 0, "no memory for a store");
    q->collection.ptr = q->collection_url.data + q->collection_url.len -
                        name.len;
    q->collection.len = name.len;
    return http_url_check(q->collection_url.data, NULL, err) ||
           error_wrap(err, "--store");
}

static bool take_key(struct qdrant *q, const char *key, struct error *err)
{
    if (!key || key[0] == '\0')
        return true;
    if (key[strcspn(key, "\r\n")])
        return error_set(err, ERROR_CONFIG, 0,
                         "the key for the store has a line break in it");
    q->key = strdup(key);
    return q->key || error_set(err, ERROR_MEMORY, 0, "no memory for a key");
}

static void qdrant_close(struct store *s)
{
    struct qdrant *q = (struct qdrant *)s;

    if (!q)
        return;
    http_free(q->http);
    http_reply_release(&q->reply);
    free(q->key);
    buf_release(&q->collection_url);
    buf_release(&q->upsert_url);
    buf_release(&q->url);
    buf_release(&q->body);
    free(q);
}

static struct store *qdrant_open(const struct store_config *cfg,
                                 struct error *err)
{
    struct http_config http = { .stop_fd = cfg->stop_fd,
                                .total_timeout_ms = cfg->timeout_ms,
                                .cacert = cfg->cacert,
                                .allow_cleartext = cfg->allow_cleartext };
    struct qdrant *q = calloc(1, sizeof *q);

    if (!q) {
        error_set(err, ERROR_MEMORY, 0, "no memory for a store");
        return NULL;
    }
    q->base.ops = &store_qdrant;
    q->base.dim = cfg->dim;
    q->base.limit_bytes = LIMIT_BYTES;
    q->base.good_count = GOOD_COUNT;
    q->create = cfg->create && !cfg->read_only;
    http_reply_init(&q->reply);
    if (take_url(q, cfg->url, err) && take_key(q, cfg->key, err))
        q->http = http_new(&http, err);
    if (!q->http) {
        qdrant_close(&q->base);
        return NULL;
    }
    return &q->base;
}

/* ---- asking ---- */

/* One exchange with q->body (nothing for GET), whatever its status. */
static bool ask(struct qdrant *q, const char *method, const char *url,
                struct error *err)
{
    const struct http_header headers[] = {
        { "Content-Type", "application/json", false },
        { "api-key", q->key, true },
    };
    struct http_request req = { .method = method, .url = url,
                                .headers = headers,
                                .header_count = q->key ? 2 : 1,
                                .body = { q->body.data, q->body.len } };
    bool fine;

    if (q->body.failed)
        return error_set(err, ERROR_MEMORY, 0, "no memory for a request");
    fine = http_send(q->http, &req, &q->reply, err);
    q->base.wire_sent += q->reply.sent_bytes;
    q->base.wire_received += q->reply.received_bytes;
    return fine;
}

/* Qdrant says 400 where others say 413, and 507 when its disk is full. */
static bool refused(struct qdrant *q, struct error *err)
{
    http_status_error(&q->reply, err);
    if (q->reply.status == 507) {
        err->kind = ERROR_QUOTA;
        return error_wrap(err, "storage full");
    }
    if (q->reply.status != 400 && q->reply.status != 422)
        return false;
    if (strcasestr(err->text, "dimension error"))
        err->kind = ERROR_CONFIG;
    else if (strcasestr(err->text, "limit") ||
             strcasestr(err->text, "larger than"))
        err->kind = ERROR_SIZE;
    return false;
}

/* The same, at a place below the collection, and it must succeed. */
static bool ask_below(struct qdrant *q, const char *method, const char *path,
                      struct error *err)
{
    buf_clear(&q->url);
    buf_put(&q->url, q->collection_url.data, q->collection_url.len);
    buf_puts(&q->url, path);
    if (!ask(q, method, buf_cstr(&q->url), err))
        return false;
    return q->reply.status < 300 || refused(q, err);
}

static struct text answer(const struct qdrant *q)
{
    return (struct text){ q->reply.body.data, q->reply.body.len };
}

/* ---- preflight ---- */

static bool agree(struct qdrant *q, struct error *err)
{
    struct qdrant_shape shape;
    const char *name = q->collection.ptr;

    if (!qdrant_read_shape(answer(q), &shape, err))
        return false;
    if (shape.size == 0)
        return error_set(err, ERROR_CONFIG, 0,
                         "collection %s has named vectors; only one unnamed "
                         "dense vector is supported: use another collection",
                         name);
    if (q->base.dim && shape.size != q->base.dim)
        return error_set(err, ERROR_CONFIG, 0,
                         "collection %s holds vectors of %zu dimensions, the "
                         "embedder gives %zu", name, shape.size, q->base.dim);
    if (strcmp(shape.distance, "Cosine") != 0)
        return error_set(err, ERROR_CONFIG, 0,
                         "collection %s measures by %s, not Cosine: use "
                         "another collection", name, shape.distance);
    q->base.dim = shape.size;
    return true;
}

static bool create(struct qdrant *q, struct error *err)
{
    buf_clear(&q->body);
    buf_printf(&q->body, "{\"vectors\":{\"size\":%zu,\"distance\":\"Cosine\"}}",
               q->base.dim);
    if (!ask(q, "PUT", q->collection_url.data, err))
        return false;
    if (q->reply.status >= 300 && q->reply.status != 409) { /* 409: exists */
        refused(q, err);
        return error_wrap(err, "creating collection %s", q->collection.ptr);
    }
    return true;
}

static bool look(struct qdrant *q, struct error *err)
{
    buf_clear(&q->body);
    return ask(q, "GET", q->collection_url.data, err);
}

static bool qdrant_preflight(struct store *s, struct error *err)
{
    struct qdrant *q = (struct qdrant *)s;

    if (!look(q, err))
        return false;
    if (q->reply.status == 404) {
        if (!q->create || s->dim == 0)
            return error_set(err, ERROR_CONFIG, 404,
                             "there is no collection %s; --create makes it",
                             q->collection.ptr);
        if (!create(q, err) || !look(q, err))
            return false;
    }
    if (q->reply.status >= 300) {
        refused(q, err);
        return error_wrap(err, "looking at collection %s", q->collection.ptr);
    }
    return agree(q, err);
}

/* ---- upsert ---- */

/* Lower case, as Qdrant gives ids back. */
static void point_id(struct text id, char out[UUID_SIZE])
{
    if (!uuid_is(id.ptr, id.len)) {
        uuid_v5(id.ptr, id.len, out);
        return;
    }
    for (size_t i = 0; i < id.len; i++)
        out[i] = (char)tolower((unsigned char)id.ptr[i]);
    out[id.len] = '\0';
}

static void put_vector(struct buf *b, const float *v, size_t dim)
{
    char *to = buf_reserve(b, dim * (FLOAT_TEXT_MAX + 1) + 2);

    if (to)
        b->len += (size_t)(float_put_array(to, v, dim) - to);
}

static void put_point(struct buf *b, const struct upsert_item *item, size_t dim)
{
    char id[UUID_SIZE];

    point_id(item->id, id);
    buf_puts(b, "{\"id\":\"");
    buf_put(b, id, UUID_SIZE - 1);
    buf_puts(b, "\",\"vector\":");
    put_vector(b, item->vector, dim);
    buf_puts(b, ",\"payload\":{\"_id\":");
    if (item->id_number)
        buf_put(b, item->id.ptr, item->id.len);
    else
        json_put_string(b, item->id);
    buf_puts(b, ",\"text\":\"");
    buf_put(b, item->text.ptr, item->text.len);
    buf_putc(b, '"');
    if (item->metadata.len > 0) {
        buf_puts(b, ",\"metadata\":");
        buf_put(b, item->metadata.ptr, item->metadata.len);
    }
    buf_puts(b, "}}");
}

/* Records go in until one too many; that one is taken out again. */
static bool make_body(struct qdrant *q, const struct upsert_item *items,
                      size_t n, size_t *taken, struct error *err)
{
    static const char end[] = "]}";
    struct buf *b = &q->body;
    size_t i;

    buf_clear(b);
    buf_puts(b, "{\"points\":[");
    for (i = 0; i < n; i++) {
        size_t mark = b->len;

        if (i > 0)
            buf_putc(b, ',');
        put_point(b, &items[i], q->base.dim);
        if (q->base.limit_bytes &&
            b->len + sizeof end - 1 > q->base.limit_bytes && i > 0) {
            b->len = mark;
            break;
        }
    }
    buf_puts(b, end);
    *taken = q->base.sent_count = i;
    q->base.sent_bytes = b->len;
    if (b->failed)
        return error_set(err, ERROR_MEMORY, 0, "no memory for a request");
    if (q->base.limit_bytes && b->len > q->base.limit_bytes)
        return error_set(err, ERROR_SIZE, 0,
                         "one record takes %zu bytes, a request may have %zu",
                         b->len, q->base.limit_bytes);
    return true;
}

static bool qdrant_upsert(struct store *s, struct upsert_item *items, size_t n,
                          size_t *taken, struct error *err)
{
    struct qdrant *q = (struct qdrant *)s;

    if (s->limit_count && n > s->limit_count)
        n = s->limit_count;
    if (!make_body(q, items, n, taken, err) ||
        !ask(q, "PUT", q->upsert_url.data, err))
        return false;
    if (q->reply.status >= 300)
        return refused(q, err);
    if (!qdrant_read_update(answer(q), err))
        return false;
    for (size_t i = 0; i < *taken; i++)
        items[i].stored = true;
    return true;
}

/* ---- questions ---- */

struct wanted {
    char id[UUID_SIZE];
    size_t at;
};

struct wanted_list {
    struct wanted *of; /* sorted by id */
    size_t count;
    bool *present;
};

static int by_id(const void *a, const void *b)
{
    return memcmp(((const struct wanted *)a)->id, ((const struct wanted *)b)->id,
                  UUID_SIZE - 1);
}

static void mark_present(void *ctx, struct text id)
{
    struct wanted_list *list = ctx;
    struct wanted key = { .at = 0 }, *found, *end = list->of + list->count;

    if (id.len != UUID_SIZE - 1)
        return;
    memcpy(key.id, id.ptr, id.len);
    found = bsearch(&key, list->of, list->count, sizeof key, by_id);
    if (!found)
        return;
    while (found > list->of && by_id(found - 1, &key) == 0)
        found--;
    for (; found < end && by_id(found, &key) == 0; found++)
        list->present[found->at] = true;
}

static bool ask_for_ids(struct qdrant *q, struct wanted_list *list,
                        struct error *err)
{
    buf_clear(&q->body);
    buf_puts(&q->body, "{\"ids\":[");
    for (size_t i = 0; i < list->count; i++)
        if (i == 0 || by_id(&list->of[i], &list->of[i - 1]) != 0) {
            buf_puts(&q->body, i ? ",\"" : "\"");
            buf_put(&q->body, list->of[i].id, UUID_SIZE - 1);
            buf_putc(&q->body, '"');
        }
    buf_puts(&q->body, "],\"with_payload\":false,\"with_vector\":false}");
    return ask_below(q, "POST", "/points", err) &&
           qdrant_read_ids(answer(q), mark_present, list, err);
}

static bool qdrant_lookup(struct store *s, const struct text *ids, size_t n,
                          bool *present, struct error *err)
{
    struct wanted_list list = { calloc(n ? n : 1, sizeof *list.of), n,
                                present };
    bool fine;

    if (!list.of)
        return error_set(err, ERROR_MEMORY, 0, "no memory for %zu ids", n);
    for (size_t i = 0; i < n; i++) {
        point_id(ids[i], list.of[i].id);
        list.of[i].at = i;
        present[i] = false;
    }
    qsort(list.of, n, sizeof *list.of, by_id);
    fine = ask_for_ids((struct qdrant *)s, &list, err);
    free(list.of);
    return fine;
}

static bool qdrant_count(struct store *s, uint64_t *n, struct error *err)
{
    struct qdrant *q = (struct qdrant *)s;

    buf_clear(&q->body);
    buf_puts(&q->body, "{\"exact\":true}");
    return ask_below(q, "POST", "/points/count", err) &&
           qdrant_read_count(answer(q), n, err);
}

static bool qdrant_search(struct store *s, const float *query, size_t k,
                          struct store_hit *hits, size_t *got,
                          struct error *err)
{
    struct qdrant *q = (struct qdrant *)s;

    buf_clear(&q->body);
    buf_puts(&q->body, "{\"vector\":");
    put_vector(&q->body, query, s->dim);
    buf_printf(&q->body, ",\"limit\":%zu,\"with_payload\":true}", k);
    return ask_below(q, "POST", "/points/search", err) &&
           qdrant_read_hits(answer(q), hits, k, got, err);
}

const struct store_ops store_qdrant = {
    .name = "qdrant",
    .summary = "qdrant+http://HOST:PORT/COLLECTION (or qdrant+https), Qdrant "
               "by its REST interface",
    .key_env = "QDRANT_API_KEY",
    .remote = true,
    .open = qdrant_open,
    .preflight = qdrant_preflight,
    .upsert = qdrant_upsert,
    .search = qdrant_search,
    .lookup = qdrant_lookup,
    .count = qdrant_count,
    .close = qdrant_close,
};
