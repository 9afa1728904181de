/* Read what Milvus answers: {"code":0,"data":..} or {"code":N,"message":".."},
 * both with HTTP status 200, so always read the code. */
#ifndef BATCHTOP_STORE_MILVUS_MILVUS_REPLY_H
#define BATCHTOP_STORE_MILVUS_MILVUS_REPLY_H

#include "store/store.h"

enum {
    MILVUS_FIELDS = 64,
    MILVUS_NO_COLLECTION = 100, /* codes */
    MILVUS_NO_INDEX = 700
};

/* Types of fields, by their numbers in schema.proto. */
enum milvus_kind {
    MILVUS_OTHER = 0, /* one that we do not write over gRPC */
    MILVUS_BOOL = 1,
    MILVUS_INT8 = 2,
    MILVUS_INT16 = 3,
    MILVUS_INT32 = 4,
    MILVUS_INT64 = 5,
    MILVUS_FLOAT = 10,
    MILVUS_DOUBLE = 11,
    MILVUS_VARCHAR = 21,
    MILVUS_JSON = 23,
    MILVUS_VECTOR = 101 /* of floats */
};

struct milvus_field {
    char name[256];
    enum milvus_kind kind;
    size_t most;   /* bytes of a VarChar, else 0 */
    size_t dim;    /* of a vector, else 0 */
    bool primary;
    bool optional; /* it may be null or has a default; gRPC only, as the next */
    bool made;     /* Milvus fills it itself */
};

/* A collection. */
struct milvus_shape {
    struct milvus_field field[MILVUS_FIELDS]; /* as many as Milvus has */
    size_t count;                             /* 0: nothing is known */
    const struct milvus_field *id, *vector;   /* NULL: none */
    size_t vectors; /* fields of float vectors */
    bool auto_id, dynamic;
    char metric[16]; /* "" without an index */
    bool typed; /* records go over gRPC, where a field takes its type only */
};

/* What a code, or the words beside it, mean: sets the kind and whom it is
 * about. `sent`: the request, whose words are no evidence. */
void milvus_find_verdict(int64_t code, struct text said, struct text sent,
                         struct error *err);
/* "Milvus code N: SAID". */
void milvus_set_error(int64_t code, struct text said, struct error *err);
/* Add a field that was read into shape->field[shape->count]. */
void milvus_take_field(struct milvus_shape *shape);

/* Does the code mean success? Otherwise `err` has its meaning. *code is 0 on
 * success, and -1 if there is none (PROTOCOL). */
bool milvus_succeeded(struct text json, struct text sent, int64_t *code,
                      struct error *err);
/* The same for a refusal with an HTTP status: correct err->kind if the body's
 * code says more. */
void milvus_correct_error(struct text json, struct text sent, int64_t *code,
                          struct error *err);

/* All of these fail with PROTOCOL. */

bool milvus_read_shape(struct text json, struct milvus_shape *shape,
                       struct error *err);
const struct milvus_field *milvus_field(const struct milvus_shape *shape,
                                        struct text name);
bool milvus_read_upserted(struct text json, uint64_t *n, struct error *err);
bool milvus_read_count(struct text json, uint64_t *n, struct error *err);
/* Did it take as many as were sent? */
bool milvus_took_all(uint64_t upserted, size_t sent, struct error *err);

/* Call `found` with the id of each row. Also MEMORY. */
bool milvus_read_ids(struct text json, const char *id,
                     void (*found)(void *ctx, struct text id), void *ctx,
                     struct error *err);
/* At most k hits; empties their buffers first. `text` is a field's name, NULL:
 * none. Also MEMORY. */
bool milvus_read_hits(struct text json, const char *id, const char *text,
                      struct store_hit *hits, size_t k, size_t *got,
                      struct error *err);

#endif
