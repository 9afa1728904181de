/* This file reads the messages of Qdrant's gRPC. Each reader takes the few
 * fields that we want and reports a message without them as a protocol
 * error. */
#include "config.h"
#include "store/qdrant/qdrant_grpc_reply.h"

#include <stdio.h>

#include "store/store_grpc.h"
#include "store/store_reply.h"

enum {
    NUMBER_FIELD = 1, UUID_FIELD = 2, /* of PointId */
    RESULT = 1                        /* of every answer */
};

const struct value_form qdrant_value = { .null = 1, .real = 2, .integer = 3,
                                         .string = 4, .boolean = 5,
                                         .object = 6, .list = 7 };

static const char *const distances[] = { "", "Cosine", "Euclid", "Dot",
                                         "Manhattan" };
enum { DISTANCES = sizeof distances / sizeof *distances };

/* The result of an answer. */
static bool qdrant_result(struct text message, struct text *result,
                          struct error *err)
{
    static const unsigned path[] = { RESULT, 0 };

    return proto_at(message, path, result) ||
           store_grpc_nonsense("result", err);
}

/* The value of a map's last entry with that key. */
static bool qdrant_entry(struct text message, unsigned map, const char *key,
                         struct text *found)
{
    struct proto_cursor c;
    struct proto_field entry, name, v;
    bool any = false;

    proto_begin(&c, message);
    while (proto_next(&c, &entry))
        if (proto_is(&entry, map, PROTO_BYTES) &&
            proto_find(entry.bytes, PROTO_MAP_KEY, PROTO_BYTES, &name) &&
            text_is(name.bytes, key) &&
            proto_find(entry.bytes, PROTO_MAP_VALUE, PROTO_BYTES, &v)) {
            *found = v.bytes;
            any = true;
        }
    return any && !c.bad;
}

/* CollectionInfo { config = 7 { params = 1 { vectors_config = 5 { params = 1 {
 * size = 1, distance = 2 } } } }, points_count = 9 } */
bool qdrant_message_shape(struct text message, struct qdrant_shape *shape,
                          struct error *err)
{
    static const unsigned to_config[] = { 7, 1, 0 }, to_vectors[] = { 5, 1, 0 };
    struct text info, config, vectors;
    struct proto_field f;

    *shape = (struct qdrant_shape){ 0 };
    if (!qdrant_result(message, &info, err))
        return false;
    if (!proto_at(info, to_config, &config))
        return store_grpc_nonsense("result.config.params", err);
    if (proto_find(info, 9, PROTO_VARINT, &f))
        shape->points = f.value;
    if (!proto_at(config, to_vectors, &vectors))
        return true;
    if (proto_find(vectors, 1, PROTO_VARINT, &f))
        shape->size = (size_t)f.value;
    if (proto_find(vectors, 2, PROTO_VARINT, &f))
        snprintf(shape->distance, sizeof shape->distance, "%s",
                 f.value > 0 && f.value < DISTANCES ? distances[f.value]
                                                    : "an unknown distance");
    return true;
}

/* UpdateResult { status = 2 } */
bool qdrant_message_update(struct text message, struct error *err)
{
    static const char *const words[] = { "nothing", "acknowledged", "completed",
                                         "clock_rejected", "wait_timeout" };
    struct text result;
    struct proto_field f;

    if (!qdrant_result(message, &result, err))
        return false;
    if (!proto_find(result, 2, PROTO_VARINT, &f))
        return store_grpc_nonsense("result.status", err);
    return qdrant_update_is(f.value < sizeof words / sizeof *words
                                ? words[f.value]
                                : "a status that is new",
                            err);
}

/* A PointId as text: a number's digits, or its UUID. */
static bool qdrant_id_text(struct text id, char room[24], struct text *out)
{
    struct proto_field f;

    if (proto_find(id, UUID_FIELD, PROTO_BYTES, &f)) {
        *out = f.bytes;
        return true;
    }
    if (!proto_find(id, NUMBER_FIELD, PROTO_VARINT, &f))
        return false;
    *out = (struct text){ room, (size_t)snprintf(room, 24, "%llu",
                                                 (unsigned long long)f.value) };
    return true;
}

bool qdrant_message_ids(struct text message,
                        void (*found)(void *ctx, struct text id), void *ctx,
                        struct error *err)
{
    struct proto_cursor c;
    struct proto_field point, id;
    struct text text;
    char room[24];

    proto_begin(&c, message);
    while (proto_next(&c, &point)) {
        if (!proto_is(&point, RESULT, PROTO_BYTES))
            continue;
        if (!proto_find(point.bytes, 1, PROTO_BYTES, &id) ||
            !qdrant_id_text(id.bytes, room, &text))
            return store_grpc_nonsense("id", err);
        found(ctx, text);
    }
    return !c.bad || store_grpc_nonsense("list of ids", err);
}

/* RetrievedPoint { vectors = 4 { vector = 1 { data = 1, since 1.16 dense = 101 {
 * data = 1 } } } } */
bool qdrant_message_vector(struct text message, struct text *floats)
{
    static const unsigned path[] = { RESULT, 4, 1, 0 };
    struct proto_field dense, data;
    struct text vector;

    if (!proto_at(message, path, &vector))
        return false;
    if (proto_find(vector, 101, PROTO_BYTES, &dense))
        vector = dense.bytes;
    if (!proto_find(vector, 1, PROTO_BYTES, &data))
        return false;
    *floats = data.bytes;
    return true;
}

/* CountResult { count = 1 } */
bool qdrant_message_count(struct text message, uint64_t *n, struct error *err)
{
    struct text result;

    return qdrant_result(message, &result, err) &&
           (proto_find_u64(result, 1, n) ||
            store_grpc_nonsense("result.count", err));
}

/* A text, or any other value as JSON; nothing for a null. */
static void qdrant_put_shown(struct buf *to, struct text message)
{
    static const struct text nothing = { NULL, 0 };
    struct proto_field f;

    if (proto_find(message, qdrant_value.string, PROTO_BYTES, &f))
        buf_put(to, f.bytes.ptr, f.bytes.len);
    else if (!text_equal(message, nothing) &&
             !proto_find(message, qdrant_value.null, PROTO_VARINT, &f))
        store_value_json(to, &qdrant_value, message);
}

/* ScoredPoint { id = 1, payload = 2, score = 3 } */
static bool qdrant_message_hit(struct text point, struct store_hit *hit,
                               struct error *err)
{
    struct proto_field f;
    struct text v;
    char room[24];

    buf_clear(&hit->id);
    buf_clear(&hit->text);
    hit->score = proto_find(point, 3, PROTO_FIXED32, &f)
                     ? (double)proto_float(&f)
                     : 0;
    if (qdrant_entry(point, 2, "_id", &v))
        qdrant_put_shown(&hit->id, v);
    if (qdrant_entry(point, 2, "text", &v))
        qdrant_put_shown(&hit->text, v);
    if (hit->id.len == 0) { /* another writer's */
        if (!proto_find(point, 1, PROTO_BYTES, &f) ||
            !qdrant_id_text(f.bytes, room, &v))
            return store_grpc_nonsense("id and score", err);
        buf_put(&hit->id, v.ptr, v.len);
    }
    return !(hit->id.failed || hit->text.failed) ||
           error_memory(err, "for a hit");
}

bool qdrant_message_hits(struct text message, struct store_hit *hits, size_t k,
                         size_t *got, struct error *err)
{
    struct proto_cursor c;
    struct proto_field point;

    *got = 0;
    proto_begin(&c, message);
    while (*got < k && proto_next(&c, &point))
        if (proto_is(&point, RESULT, PROTO_BYTES) &&
            !qdrant_message_hit(point.bytes, &hits[(*got)++], err))
            return false;
    return !c.bad || store_grpc_nonsense("list of hits", err);
}

/* CollectionInfo { config = 7 { metadata = 7 } } */
bool qdrant_message_kept(struct text message, struct buf *to, struct error *err)
{
    static const unsigned to_config[] = { 7, 0 };
    struct text info, config, v;

    if (!qdrant_result(message, &info, err))
        return false;
    if (proto_at(info, to_config, &config) &&
        qdrant_entry(config, 7, STORE_KEPT, &v))
        qdrant_put_shown(to, v);
    return true;
}
