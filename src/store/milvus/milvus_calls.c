/*
 * This file asks Milvus over gRPC. Every answer has a status of its own, with
 * the codes that REST has, whatever the status of the call.
 *
 * Source      milvus.proto of github.com/milvus-io/milvus-proto 2.6, and what
 *             pymilvus 2.6 sends. tests/e2e/milvus_real.sh asks Milvus 2.3.5.
 */
#include "config.h"
#include "store/milvus/milvus_parts.h"

#include <stdio.h>

#include "store/store_grpc.h"
#include "store/wanted.h"
#include "util/json.h"
#include "util/protobuf.h"

/* Numbers of the fields. */
enum {
    DATABASE = 2, COLLECTION = 3, /* of every request */
    CREATE_SCHEMA = 4, CREATE_CONSISTENCY = 6, BOUNDED = 2,
    SCHEMA_NAME = 1, SCHEMA_FIELDS = 4, SCHEMA_DYNAMIC = 5,
    FIELD_NAME = 2, FIELD_PRIMARY = 3, FIELD_TYPE = 5, FIELD_PARAMS = 6,
    PAIR_KEY = 1, PAIR_VALUE = 2,
    INDEX_FIELD = 4, INDEX_PARAMS = 5, INDEX_NAME = 6,
    QUERY_EXPRESSION = 4, QUERY_OUTPUT = 5, QUERY_PARAMS = 9,
    QUERY_DEFAULT_CONSISTENCY = 12,
    SEARCH_GROUP = 6, SEARCH_DSL_TYPE = 7, SEARCH_OUTPUT = 8,
    SEARCH_PARAMS = 9, SEARCH_QUERIES = 12, SEARCH_DEFAULT_CONSISTENCY = 15,
    BOOL_EXPRESSION = 1,
    GROUP_PLACEHOLDERS = 1, HOLDER_TAG = 1, HOLDER_TYPE = 2, HOLDER_VALUES = 3,
    ANSWER_STATUS = 1
};

#define SERVICE "/milvus.proto.milvus.MilvusService/"

/* ---- one call ---- */

/* The next call, with the collection that it is about. */
static void milvus_call_to(struct milvus *m, const char *method)
{
    const char *database = store_http_option(&m->http, "database");

    store_grpc_to(&m->http, method);
    if (database)
        proto_put_text(m->http.body, DATABASE, text_of(database));
    proto_put_text(m->http.body, COLLECTION, text_of(m->http.name.data));
}

static bool milvus_judge(struct milvus *m, struct text status,
                         struct error *err)
{
    struct text reason, sent = m->http.reply.sent;

    if (!milvus_read_status(status, &m->code, &reason, err))
        return false;
    if (m->code == 0)
        return true;
    milvus_set_error(m->code, reason, err);
    milvus_find_verdict(m->code, reason, sent, err);
    return false;
}

/* Calls that answer with a status alone. */
static bool milvus_order(struct milvus *m, struct error *err)
{
    m->code = -1;
    return store_grpc_ask(&m->http, err) &&
           milvus_judge(m, store_grpc_answer(&m->http), err);
}

static bool milvus_call(struct milvus *m, struct error *err)
{
    static const unsigned path[] = { ANSWER_STATUS, 0 };
    struct text status = { NULL, 0 };

    m->code = -1;
    if (!store_grpc_ask(&m->http, err))
        return false;
    proto_at(store_grpc_answer(&m->http), path, &status);
    return milvus_judge(m, status, err);
}

static void milvus_put_pair(struct buf *b, unsigned field, const char *key,
                            const char *value)
{
    size_t mark = proto_open(b, field, strlen(key) + strlen(value));

    proto_put_text(b, PAIR_KEY, text_of(key));
    proto_put_text(b, PAIR_VALUE, text_of(value));
    proto_close(b, mark);
}

static void milvus_put_size(struct buf *b, unsigned field, const char *key,
                            size_t n)
{
    char number[24];

    snprintf(number, sizeof number, "%zu", n);
    milvus_put_pair(b, field, key, number);
}

/* ---- the collection ---- */

bool milvus_call_describe(struct milvus *m, bool *there, struct error *err)
{
    milvus_call_to(m, SERVICE "DescribeCollection");
    *there = milvus_call(m, err);
    if (!*there)
        return m->code == MILVUS_NO_COLLECTION ||
               error_wrap(err, "looking at collection %s", m->http.name.data);
    if (!milvus_read_schema(store_grpc_answer(&m->http), &m->shape, err))
        return false;
    milvus_call_to(m, SERVICE "DescribeIndex");
    if (milvus_call(m, err))
        return milvus_read_index(store_grpc_answer(&m->http), &m->shape, err);
    return m->code == MILVUS_NO_INDEX ||
           error_wrap(err, "looking at the index of collection %s",
                      m->http.name.data);
}

static void milvus_put_field(struct buf *b, const char *name,
                             enum milvus_kind kind, const char *param,
                             size_t n)
{
    size_t mark = proto_open(b, SCHEMA_FIELDS, strlen(name) + strlen(param));

    proto_put_text(b, FIELD_NAME, text_of(name));
    if (strcmp(name, "id") == 0)
        proto_put_bool(b, FIELD_PRIMARY, true);
    proto_put_u64(b, FIELD_TYPE, kind);
    milvus_put_size(b, FIELD_PARAMS, param, n);
    proto_close(b, mark);
}

static bool milvus_make(struct milvus *m, struct error *err)
{
    struct buf *b = m->http.body;
    size_t schema;

    milvus_call_to(m, SERVICE "CreateCollection");
    schema = proto_open(b, CREATE_SCHEMA, 0);
    proto_put_text(b, SCHEMA_NAME, text_of(m->http.name.data));
    milvus_put_field(b, "id", MILVUS_VARCHAR, "max_length", MILVUS_NEW_ID);
    milvus_put_field(b, "vector", MILVUS_VECTOR, "dim", m->http.base.dim);
    if (m->http.meta.text_key)
        milvus_put_field(b, m->http.meta.text_key, MILVUS_VARCHAR, "max_length",
                  MILVUS_NEW_TEXT);
    proto_put_bool(b, SCHEMA_DYNAMIC, true);
    proto_close(b, schema);
    proto_put_u64(b, CREATE_CONSISTENCY, BOUNDED);
    return milvus_order(m, err);
}

static bool milvus_make_index(struct milvus *m, struct error *err)
{
    struct buf *b = m->http.body;

    milvus_call_to(m, SERVICE "CreateIndex");
    proto_put_text(b, INDEX_FIELD, text_of("vector"));
    milvus_put_pair(b, INDEX_PARAMS, "index_type", "AUTOINDEX");
    milvus_put_pair(b, INDEX_PARAMS, "metric_type", "COSINE");
    proto_put_text(b, INDEX_NAME, text_of("vector"));
    return milvus_order(m, err);
}

bool milvus_call_create(struct milvus *m, struct error *err)
{
    if (!milvus_make(m, err) || !milvus_make_index(m, err))
        return false;
    milvus_call_to(m, SERVICE "LoadCollection");
    return milvus_order(m, err);
}

/* ---- upsert ---- */

static bool milvus_all_upserted(struct milvus *m, struct error *err)
{
    uint64_t upserted;

    return milvus_read_mutation(store_grpc_answer(&m->http), &upserted, err) &&
           milvus_took_all(upserted, m->http.base.sent_count, err);
}

bool milvus_call_upsert(struct milvus *m, struct upsert_item *items, size_t n,
                        size_t *taken, struct error *err)
{
    store_grpc_to(&m->http, SERVICE "Upsert");
    if (!milvus_put_upsert(m, m->http.body, items, n, taken, err))
        return false;
    return m->http.base.sent_count == 0 ||
           (milvus_call(m, err) && milvus_all_upserted(m, err));
}

/* ---- questions ---- */

static void milvus_query(struct milvus *m, struct text expression,
                         const char *output)
{
    struct buf *b = m->http.body;

    milvus_call_to(m, SERVICE "Query");
    proto_put_text(b, QUERY_EXPRESSION, expression);
    proto_put_text(b, QUERY_OUTPUT, text_of(output));
    proto_put_bool(b, QUERY_DEFAULT_CONSISTENCY, true);
}

bool milvus_call_count(struct milvus *m, uint64_t *n, struct error *err)
{
    milvus_query(m, text_of(""), "count(*)");
    return milvus_call(m, err) &&
           milvus_read_number(store_grpc_answer(&m->http), n, err);
}

bool milvus_call_ids(struct milvus *m, struct wanted *w, size_t first,
                     struct error *err)
{
    size_t count = milvus_put_filter(m, w, first);

    milvus_query(m, (struct text){ m->room.data, m->room.len },
                 m->shape.id->name);
    milvus_put_size(m->http.body, QUERY_PARAMS, "limit", count);
    if (m->room.failed)
        return error_memory(err, "for a request");
    return milvus_call(m, err) &&
           milvus_read_column(store_grpc_answer(&m->http), m->shape.id->name,
                              wanted_mark, w, err);
}

/* A PlaceholderGroup with one vector. */
static void milvus_put_query(struct buf *b, const float *query, size_t dim)
{
    size_t size = dim * sizeof *query;
    size_t group = proto_open(b, SEARCH_GROUP, size);
    size_t holder = proto_open(b, GROUP_PLACEHOLDERS, size);

    proto_put_text(b, HOLDER_TAG, text_of("$0"));
    proto_put_u64(b, HOLDER_TYPE, MILVUS_VECTOR);
    proto_put_head(b, HOLDER_VALUES, size);
    proto_put_raw_floats(b, query, dim);
    proto_close(b, holder);
    proto_close(b, group);
}

bool milvus_call_search(struct milvus *m, const float *query, size_t k,
                        struct store_hit *hits, size_t *got,
                        struct error *err)
{
    const char *text = m->http.meta.text_key;
    struct buf *b = m->http.body;

    milvus_call_to(m, SERVICE "Search");
    milvus_put_query(b, query, m->http.base.dim);
    proto_put_u64(b, SEARCH_DSL_TYPE, BOOL_EXPRESSION);
    proto_put_text(b, SEARCH_OUTPUT, text_of(text ? text : m->shape.id->name));
    milvus_put_pair(b, SEARCH_PARAMS, "anns_field", m->shape.vector->name);
    milvus_put_pair(b, SEARCH_PARAMS, "params", "{}");
    milvus_put_size(b, SEARCH_PARAMS, "topk", k);
    proto_put_u64(b, SEARCH_QUERIES, 1);
    proto_put_bool(b, SEARCH_DEFAULT_CONSISTENCY, true);
    return milvus_call(m, err) &&
           milvus_read_found(store_grpc_answer(&m->http), text, hits, k, got,
                             err);
}
