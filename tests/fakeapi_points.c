/*
 * The storing side of fakeapi: points by UUID, as Qdrant has them. A vector is
 * not kept but judged: it is the one of its payload's text, or it is not.
 */
#include "config.h"
#include "fakeapi_parts.h"

#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "util/floats.h"
#include "util/json.h"

enum { UUID = 36, BUCKETS = 1 << 17 };

struct point {
    struct point *next;
    bool good;
    size_t dim, id_len, payload_len;
    char uuid[UUID];
    char bytes[]; /* raw _id, then the raw payload */
};

struct points {
    pthread_mutex_t lock;
    struct point *bucket[BUCKETS]; /* [lock] */
    uint64_t count, bad;           /* [lock] */
    bool made;                     /* [lock] a collection is there */
    size_t dim;                    /* [lock] of the collection */
};

struct points *points_new(void)
{
    struct points *p = calloc(1, sizeof *p);

    if (!p)
        abort();
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

void points_free(struct points *p)
{
    for (size_t i = 0; p && i < BUCKETS; i++)
        while (p->bucket[i]) {
            struct point *gone = p->bucket[i];

            p->bucket[i] = gone->next;
            free(gone);
        }
    free(p);
}

static size_t bucket_of(const char *uuid)
{
    size_t hash = 5381;

    for (int i = 0; i < UUID; i++)
        hash = hash * 33 + (unsigned char)uuid[i];
    return hash % BUCKETS;
}

static struct point **find(struct points *p, const char *uuid)
{
    struct point **at = &p->bucket[bucket_of(uuid)];

    while (*at && memcmp((*at)->uuid, uuid, UUID) != 0)
        at = &(*at)->next;
    return at;
}

/* What one record of a request says. */
struct record {
    struct json_value id, vector, payload, own_id, text;
};

static bool read_payload(struct record *r)
{
    struct json_cursor c;
    struct json_value key, v;

    json_begin(&c, r->payload.raw.ptr, r->payload.raw.len);
    if (!json_enter_object(&c))
        return false;
    while (json_member(&c, &key) && json_value(&c, &v)) {
        if (json_is(&key, "_id"))
            r->own_id = v;
        else if (json_is(&key, "text"))
            r->text = v;
    }
    return !c.why;
}

static bool read_record(struct json_cursor *c, struct record *r)
{
    struct json_value key, v;

    *r = (struct record){ .id = { .type = JSON_NULL } };
    if (!json_enter_object(c))
        return false;
    while (json_member(c, &key) && json_value(c, &v)) {
        if (json_is(&key, "id"))
            r->id = v;
        else if (json_is(&key, "vector"))
            r->vector = v;
        else if (json_is(&key, "payload"))
            r->payload = v;
    }
    return !c->why && r->id.type == JSON_STRING && r->id.raw.len == UUID &&
           r->vector.type == JSON_ARRAY && read_payload(r);
}

static size_t count_floats(const struct json_value *vector)
{
    size_t n = vector->raw.len > 2;

    for (size_t i = 0; i < vector->raw.len; i++)
        n += vector->raw.ptr[i] == ',';
    return n;
}

/* The stored vector is the one of the stored text, to the last bit. */
static bool is_its_own(const struct record *r, size_t dim, struct answer *a)
{
    const char *p = r->vector.raw.ptr;
    float *v = answer_vector(a, 2 * dim + 2);
    size_t got;

    buf_clear(&a->room);
    json_decode(&r->text, &a->room);
    fakeapi_vector((struct text){ a->room.data, a->room.len }, v, dim);
    return float_get_array(p, p + r->vector.raw.len, v + dim, dim, &got) &&
           memcmp(v, v + dim, dim * sizeof *v) == 0;
}

static void put_point(struct points *p, const struct record *r, size_t dim,
                      bool good)
{
    struct text id = r->own_id.raw;
    struct point *fresh, **at;

    if (r->own_id.type == JSON_STRING) { /* with its quotes */
        id.ptr--;
        id.len += 2;
    }
    fresh = malloc(sizeof *fresh + id.len + r->payload.raw.len);
    if (!fresh)
        abort();
    *fresh = (struct point){ .good = good, .dim = dim, .id_len = id.len,
                             .payload_len = r->payload.raw.len };
    memcpy(fresh->uuid, r->id.raw.ptr, UUID);
    memcpy(fresh->bytes, id.ptr, id.len);
    memcpy(fresh->bytes + id.len, r->payload.raw.ptr, r->payload.raw.len);
    pthread_mutex_lock(&p->lock);
    at = find(p, fresh->uuid);
    if (*at) {
        struct point *old = *at;

        fresh->next = old->next;
        p->bad -= !old->good;
        free(old);
    } else {
        p->count++;
    }
    p->bad += !good;
    *at = fresh;
    pthread_mutex_unlock(&p->lock);
}

static bool enter_points(struct json_cursor *c, const struct request *q,
                         const char *name)
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

static void upsert(struct points *p, const struct request *q, bool no_store,
                   uint64_t *upserted, struct answer *a)
{
    struct json_cursor c;
    struct record r;
    uint64_t n = 0;

    if (!enter_points(&c, q, "points")) {
        answer_qdrant_error(a, 400, "Format error in JSON body");
        return;
    }
    while (json_element(&c)) {
        size_t dim;

        if (no_store) {
            json_value(&c, NULL);
            n++;
            continue;
        }
        if (!read_record(&c, &r)) {
            answer_qdrant_error(a, 400, "Format error in JSON body: a point");
            return;
        }
        dim = count_floats(&r.vector);
        if (p->dim && dim != p->dim) {
            answer_qdrant_error(a, 400,
                                "Wrong input: Vector dimension error: "
                                "expected dim: %zu, got %zu",
                                p->dim, dim);
            return;
        }
        put_point(p, &r, dim, is_its_own(&r, dim, a));
        n++;
    }
    *upserted += n;
    buf_puts(&a->body, "{\"result\":{\"operation_id\":1,\"status\":"
                       "\"completed\"},\"status\":\"ok\",\"time\":0.001}");
}

static void lookup(struct points *p, const struct request *q,
                   struct answer *a)
{
    struct json_cursor c;
    struct json_value id;
    bool first = true;

    if (!enter_points(&c, q, "ids")) {
        answer_qdrant_error(a, 400, "Format error in JSON body");
        return;
    }
    buf_puts(&a->body, "{\"result\":[");
    pthread_mutex_lock(&p->lock);
    while (json_element(&c) && json_value(&c, &id)) {
        if (id.raw.len != UUID || !*find(p, id.raw.ptr))
            continue;
        buf_printf(&a->body, "%s{\"id\":\"%.36s\"}", first ? "" : ",",
                   id.raw.ptr);
        first = false;
    }
    pthread_mutex_unlock(&p->lock);
    buf_puts(&a->body, "],\"status\":\"ok\",\"time\":0.001}");
}

/* Any three points with falling scores: the caller's reading is tested, not
 * the nearness. */
static void search(struct points *p, struct answer *a)
{
    int left = 3;

    buf_puts(&a->body, "{\"result\":[");
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < BUCKETS && left > 0; i++)
        for (struct point *x = p->bucket[i]; x && left > 0; x = x->next) {
            buf_printf(&a->body, "%s{\"id\":\"%.36s\",\"score\":0.%d,"
                                 "\"payload\":%.*s}",
                       left == 3 ? "" : ",", x->uuid, 6 + left,
                       (int)x->payload_len, x->bytes + x->id_len);
            left--;
        }
    pthread_mutex_unlock(&p->lock);
    buf_puts(&a->body, "],\"status\":\"ok\",\"time\":0.001}");
}

static void make(struct points *p, const struct request *q, struct answer *a)
{
    const char *size =
        q->body.len ? memmem(q->body.ptr, q->body.len, "\"size\":", 7) : NULL;

    pthread_mutex_lock(&p->lock);
    if (p->made || !size) {
        pthread_mutex_unlock(&p->lock);
        answer_qdrant_error(a, p->made ? 409 : 400,
                            p->made ? "already exists!" : "no size");
        return;
    }
    p->made = true;
    p->dim = strtoul(size + 7, NULL, 10);
    pthread_mutex_unlock(&p->lock);
    buf_puts(&a->body, "{\"result\":true,\"status\":\"ok\",\"time\":0.001}");
}

static void describe(struct points *p, struct answer *a)
{
    if (!p->made) {
        answer_qdrant_error(a, 404, "Not found: Collection doesn't exist!");
        return;
    }
    buf_printf(&a->body,
               "{\"result\":{\"status\":\"green\",\"points_count\":%llu,"
               "\"config\":{\"params\":{\"vectors\":{\"size\":%zu,"
               "\"distance\":\"Cosine\"}}}},\"status\":\"ok\",\"time\":0}",
               (unsigned long long)p->count, p->dim);
}

static bool ends(const char *path, const char *end)
{
    size_t n = strcspn(path, "?"), m = strlen(end);

    return n >= m && memcmp(path + n - m, end, m) == 0;
}

void points_answer(struct points *p, const struct request *q, bool no_store,
                   uint64_t *upserted, struct answer *a)
{
    bool put = strcmp(q->method, "PUT") == 0;

    if (ends(q->path, "/points/count"))
        buf_printf(&a->body,
                   "{\"result\":{\"count\":%llu},\"status\":\"ok\"}",
                   (unsigned long long)p->count);
    else if (ends(q->path, "/points/search"))
        search(p, a);
    else if (ends(q->path, "/points") && put)
        upsert(p, q, no_store, upserted, a);
    else if (ends(q->path, "/points"))
        lookup(p, q, a);
    else if (put)
        make(p, q, a);
    else
        describe(p, a);
}

void points_dump(struct points *p, struct buf *to)
{
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct point *x = p->bucket[i]; x; x = x->next)
            buf_printf(to, "%.36s %.*s %s\n", x->uuid, (int)x->id_len,
                       x->bytes, x->good ? "ok" : "bad");
    pthread_mutex_unlock(&p->lock);
}

void points_count(struct points *p, uint64_t *distinct, uint64_t *bad)
{
    pthread_mutex_lock(&p->lock);
    *distinct = p->count;
    *bad = p->bad;
    pthread_mutex_unlock(&p->lock);
}

bool points_payload(struct points *p, struct text raw_id, struct buf *to)
{
    bool found = false;

    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < BUCKETS && !found; i++)
        for (struct point *x = p->bucket[i]; x && !found; x = x->next)
            if (x->id_len == raw_id.len &&
                memcmp(x->bytes, raw_id.ptr, raw_id.len) == 0) {
                buf_put(to, x->bytes + x->id_len, x->payload_len);
                found = true;
            }
    pthread_mutex_unlock(&p->lock);
    return found;
}
