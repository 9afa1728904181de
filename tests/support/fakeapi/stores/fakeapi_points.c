/*
 * What was stored, by the key of whatever dialect. A vector is judged, too: it
 * is the one of its record's text, or it is not.
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi.h"
#include "tests/support/fakeapi/fakeapi_parts.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "sys/clock.h"
#include "util/floats.h"
#include "util/str.h"

enum { BUCKETS_FIRST = 1 << 12, METRIC = 24 };

struct kept {
    struct kept *next;
    bool good;
    uint64_t changed; /* in ms, but no two in a process are the same */
    size_t dim, key_len, id_len, payload_len, vector_len;
    char bytes[]; /* key, id, payload, vector */
};

struct points {
    pthread_mutex_t lock;
    bool light;                   /* keep only the keys */
    struct kept **bucket;         /* [lock] */
    size_t buckets;               /* [lock] a power of two */
    uint64_t count, bad;          /* [lock] */
    bool made;                    /* [lock] a place is there */
    size_t dim;                   /* [lock] of the place */
    char metric[METRIC];          /* [lock] */
    struct buf note;              /* [lock] of the place, as JSON */
    int64_t second;               /* [lock] and how many were taken in it */
    size_t taken;                 /* [lock] */
};

struct points *points_new(bool light)
{
    struct points *p = calloc(1, sizeof *p);

    if (!p)
        abort();
    p->light = light;
    p->buckets = BUCKETS_FIRST;
    p->bucket = calloc(p->buckets, sizeof *p->bucket);
    if (!p->bucket)
        abort();
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

void points_free(struct points *p)
{
    for (size_t i = 0; p && i < p->buckets; i++)
        while (p->bucket[i]) {
            struct kept *gone = p->bucket[i];

            p->bucket[i] = gone->next;
            free(gone);
        }
    if (p) {
        buf_release(&p->note);
        free(p->bucket);
    }
    free(p);
}

/* Under the lock, both. */

static struct kept **bucket_of(struct points *p, struct text key)
{
    return &p->bucket[str_hash64(key.ptr, key.len) & (p->buckets - 1)];
}

/* Where the point with this key is or would be. */
static struct kept **find(struct points *p, struct text key)
{
    struct kept **at = bucket_of(p, key);

    while (*at && ((*at)->key_len != key.len ||
                   memcmp((*at)->bytes, key.ptr, key.len) != 0))
        at = &(*at)->next;
    return at;
}

static struct text kept_payload(const struct kept *x)
{
    return (struct text){ x->bytes + x->key_len + x->id_len, x->payload_len };
}

static struct text kept_id(const struct kept *x)
{
    return (struct text){ x->bytes + x->key_len, x->id_len };
}

/* ---- one more ---- */

static bool is_its_own(const struct point *x)
{
    float *v = malloc((x->dim + 1) * sizeof *v);
    bool good;

    if (!v)
        abort();
    fakeapi_vector(x->text, v, x->dim);
    good = x->dim > 0 && memcmp(v, x->vector, x->dim * sizeof *v) == 0;
    free(v);
    return good;
}

bool points_room(struct points *p, size_t per_s)
{
    int64_t second = clock_ms() / 1000;
    bool room;

    pthread_mutex_lock(&p->lock);
    if (second != p->second)
        p->taken = 0;
    p->second = second;
    room = p->taken < per_s;
    p->taken += room;
    pthread_mutex_unlock(&p->lock);
    return room;
}

static struct kept *keep(const struct point *x, bool light)
{
    static atomic_ullong changed = 1700000000000;
    const struct text none = { NULL, 0 };
    const struct text vector = { (const char *)x->vector,
                                 x->dim * sizeof *x->vector };
    struct text parts[] = { x->key, light ? none : x->id,
                            light ? none : x->payload, light ? none : vector };
    struct kept *fresh = malloc(sizeof *fresh + parts[0].len + parts[1].len +
                                parts[2].len + parts[3].len);
    char *to;

    if (!fresh)
        abort();
    *fresh = (struct kept){ .good = is_its_own(x), .dim = x->dim,
                            .key_len = parts[0].len, .id_len = parts[1].len,
                            .payload_len = parts[2].len,
                            .vector_len = parts[3].len,
                            .changed = atomic_fetch_add(&changed, 1) };
    to = fresh->bytes;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].len)
            memcpy(to, parts[i].ptr, parts[i].len);
        to += parts[i].len;
    }
    return fresh;
}

/* Under the lock. */
static void drop(struct points *p, struct kept **at)
{
    struct kept *old = *at;

    *at = old->next;
    p->bad -= !old->good;
    p->count--;
    free(old);
}

/* Twice the buckets, when there are as many points. Under the lock. */
static void grow(struct points *p)
{
    struct kept **old = p->bucket;
    size_t n = p->buckets;

    if (p->count < n)
        return;
    p->buckets *= 2;
    p->bucket = calloc(p->buckets, sizeof *p->bucket);
    if (!p->bucket)
        abort();
    for (size_t i = 0; i < n; i++)
        while (old[i]) {
            struct kept *x = old[i], **at;

            old[i] = x->next;
            at = bucket_of(p, (struct text){ x->bytes, x->key_len });
            x->next = *at;
            *at = x;
        }
    free(old);
}

void points_put(struct points *p, const struct point *x)
{
    struct kept *fresh = keep(x, p->light), **at;

    pthread_mutex_lock(&p->lock);
    grow(p);
    at = find(p, x->key);
    if (*at)
        drop(p, at);
    fresh->next = *at;
    *at = fresh;
    p->count++;
    p->bad += !fresh->good;
    pthread_mutex_unlock(&p->lock);
}

bool points_delete(struct points *p, struct text key)
{
    struct kept **at;
    bool found;

    pthread_mutex_lock(&p->lock);
    at = find(p, key);
    found = *at != NULL;
    if (found)
        drop(p, at);
    pthread_mutex_unlock(&p->lock);
    return found;
}

/* ---- questions ---- */

bool points_get(struct points *p, struct text key, struct buf *payload)
{
    struct kept *x;

    pthread_mutex_lock(&p->lock);
    x = *find(p, key);
    if (x)
        buf_put(payload, kept_payload(x).ptr, kept_payload(x).len);
    pthread_mutex_unlock(&p->lock);
    return x != NULL;
}

bool points_vector(struct points *p, struct text key, struct buf *floats,
                   uint64_t *changed)
{
    struct kept *x;

    pthread_mutex_lock(&p->lock);
    x = *find(p, key);
    if (x) {
        buf_put(floats, text_end(kept_payload(x)), x->vector_len);
        if (FLOATS_TURNED && !floats->failed)
            float_turn(floats->data + floats->len - x->vector_len,
                       text_end(kept_payload(x)),
                       x->vector_len / sizeof(float));
        *changed = x->changed;
    }
    pthread_mutex_unlock(&p->lock);
    return x != NULL;
}

void points_take(struct points *p, const struct json_value *id,
                 const struct json_value *text, struct text payload,
                 size_t dim, struct answer *a)
{
    struct buf key = { 0 };
    struct point x = { .id = raw_of(id), .payload = payload,
                       .vector = a->vector, .dim = dim };

    buf_clear(&a->room);
    json_decode(text, &a->room);
    json_decode(id, &key);
    x.text = (struct text){ a->room.data, a->room.len };
    x.key = (struct text){ key.data, key.len };
    points_put(p, &x);
    buf_release(&key);
}

bool points_has(struct points *p, struct text key)
{
    bool found;

    pthread_mutex_lock(&p->lock);
    found = *find(p, key) != NULL;
    pthread_mutex_unlock(&p->lock);
    return found;
}

void points_count(struct points *p, uint64_t *distinct, uint64_t *bad)
{
    pthread_mutex_lock(&p->lock);
    *distinct = p->count;
    *bad = p->bad;
    pthread_mutex_unlock(&p->lock);
}

void points_each(struct points *p,
                 bool (*see)(void *ctx, const struct point *x, bool good),
                 void *ctx)
{
    bool more = true;

    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < p->buckets && more; i++)
        for (struct kept *x = p->bucket[i]; x && more; x = x->next) {
            struct point point = { .key = { x->bytes, x->key_len },
                                   .id = kept_id(x),
                                   .payload = kept_payload(x),
                                   .dim = x->dim };

            more = see(ctx, &point, x->good);
        }
    pthread_mutex_unlock(&p->lock);
}

static bool first_dim(void *ctx, const struct point *x, bool good)
{
    (void)good;
    *(size_t *)ctx = x->dim;
    return false;
}

size_t points_dim(struct points *p)
{
    size_t dim = 0;

    points_each(p, first_dim, &dim);
    return dim;
}

/* ---- the place ---- */

bool points_make(struct points *p, size_t dim, const char *metric)
{
    bool fresh;

    pthread_mutex_lock(&p->lock);
    fresh = !p->made;
    if (fresh) {
        p->made = true;
        p->dim = dim;
        snprintf(p->metric, sizeof p->metric, "%s", metric);
    }
    pthread_mutex_unlock(&p->lock);
    return fresh;
}

void points_note(struct points *p, struct text json)
{
    pthread_mutex_lock(&p->lock);
    buf_clear(&p->note);
    buf_put(&p->note, json.ptr, json.len);
    pthread_mutex_unlock(&p->lock);
}

void points_noted(struct points *p, const char *none, struct buf *to)
{
    pthread_mutex_lock(&p->lock);
    if (p->note.len)
        buf_put(to, p->note.data, p->note.len);
    else
        buf_puts(to, none);
    pthread_mutex_unlock(&p->lock);
}

bool points_shape(struct points *p, size_t *dim, char *metric)
{
    bool made;

    pthread_mutex_lock(&p->lock);
    made = p->made;
    *dim = p->dim;
    if (metric)
        memcpy(metric, p->metric, METRIC);
    pthread_mutex_unlock(&p->lock);
    return made;
}

/* ---- reading ---- */

/* The end behind the array. Vectors are as long as the last one, mostly: then
 * they are read once. */
static const char *vector_end(const char *p, const char *end, struct answer *a,
                              size_t *dim)
{
    const char *behind;
    size_t got;

    *dim = a->dim;
    behind = float_get_array(p, end, answer_vector(a, *dim), *dim, &got);
    if (!behind && got != *dim) {
        *dim = got;
        behind = float_get_array(p, end, answer_vector(a, *dim), *dim, &got);
    }
    a->dim = *dim;
    return behind;
}

bool read_vector(struct text array, struct answer *a, size_t *dim)
{
    const char *end = text_end(array);

    return vector_end(array.ptr, end, a, dim) == end;
}

bool read_vector_at(struct json_cursor *c, struct answer *a, size_t *dim)
{
    const char *behind = vector_end(c->p, c->end, a, dim);

    if (behind)
        c->p = behind;
    return behind != NULL;
}

struct text raw_of(const struct json_value *v)
{
    struct text t = v->raw;

    if (v->type == JSON_STRING) {
        t.ptr--;
        t.len += 2;
    }
    return t;
}
