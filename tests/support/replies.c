/*
 * Every reader of what a server answers, behind one form.
 */
#include "config.h"
#include "tests/support/replies_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/http_parts.h"
#include "store/chroma/chroma_reply.h"
#include "store/elastic/elastic_error.h"
#include "store/elastic/elastic_reply.h"
#include "store/milvus/milvus_reply.h"
#include "store/pinecone/pinecone_reply.h"
#include "store/qdrant/qdrant_reply.h"
#include "store/weaviate/weaviate_reply.h"

enum { DOCS = 2, HITS = 3 };

void reply_claim(bool is_so, const char *what, struct text json)
{
    if (is_so)
        return;
    fprintf(stderr, "%s: %.*s\n", what, (int)json.len, json.ptr);
    abort();
}

static struct upsert_item items[DOCS];
static struct store_hit hits[HITS];

/* Whatever was read may go to a screen: ids and texts as they are, errors not
 * without having been made printable. */
static void see(void *ctx, struct text id)
{
    for (size_t i = 0; i < id.len; i++)
        *(size_t *)ctx += id.ptr[i] == 'a';
}

static bool qdrant_shape(struct text json, struct error *err)
{
    struct qdrant_shape shape;

    return qdrant_read_shape(json, &shape, err);
}

static bool qdrant_ids(struct text json, struct error *err)
{
    size_t n = 0;

    return qdrant_read_ids(json, see, &n, err);
}

static bool qdrant_hits(struct text json, struct error *err)
{
    size_t got;

    return qdrant_read_hits(json, hits, HITS, &got, err);
}

static bool qdrant_count(struct text json, struct error *err)
{
    uint64_t n;

    return qdrant_read_count(json, &n, err);
}

static bool chroma_collection(struct text json, struct error *err)
{
    struct chroma_collection c;

    return chroma_read_collection(json, &c, err);
}

static bool chroma_checks(struct text json, struct error *err)
{
    size_t most;
    bool base64;

    return chroma_read_checks(json, &most, &base64, err);
}

static bool chroma_ids(struct text json, struct error *err)
{
    size_t n = 0;

    return chroma_read_ids(json, see, &n, err);
}

static bool chroma_hits(struct text json, struct error *err)
{
    size_t got;

    return chroma_read_hits(json, hits, HITS, &got, err);
}

static bool elastic_server(struct text json, struct error *err)
{
    struct elastic_server server;

    return elastic_read_server(json, &server, err);
}

static bool elastic_field(struct text json, struct error *err)
{
    struct elastic_field field;

    return elastic_read_field(json, "embedding", &field, err);
}

static bool elastic_state(struct text json, struct error *err)
{
    struct elastic_state state;

    return elastic_read_state(json, &state) ||
           error_set(err, ERROR_PROTOCOL, 0, "no state");
}

static bool elastic_count(struct text json, struct error *err)
{
    uint64_t n;

    return elastic_read_count(json, &n, err);
}

static bool elastic_found(struct text json, struct error *err)
{
    size_t n = 0;

    return elastic_read_found(json, see, &n, err);
}

static bool elastic_hits(struct text json, struct error *err)
{
    size_t got;

    return elastic_read_hits(json, "text", hits, HITS, &got, err);
}

/* An outcome for each, or none is called stored. */
static bool read_outcomes(struct text json,
                          bool (*read)(struct text json,
                                       struct upsert_item *items, size_t n,
                                       struct error *err),
                          struct error *err)
{
    bool fine;

    memset(items, 0, sizeof items);
    fine = read(json, items, DOCS, err);
    for (size_t i = 0; i < DOCS; i++)
        reply_claim(fine ? items[i].stored == (items[i].why.text[0] == '\0')
                         : !items[i].stored,
                    "stored, or not, without a word", json);
    return fine;
}

static bool elastic_bulk_items(struct text json, struct upsert_item *of,
                               size_t taken, struct error *err)
{
    return elastic_read_bulk(json, "embedding", of, taken, err);
}

static bool elastic_bulk(struct text json, struct error *err)
{
    return read_outcomes(json, elastic_bulk_items, err);
}

static bool weaviate_batch(struct text json, struct error *err)
{
    return read_outcomes(json, weaviate_read_batch, err);
}

static bool milvus_shape(struct text json, struct error *err)
{
    struct milvus_shape shape;

    return milvus_read_shape(json, &shape, err);
}

static bool milvus_upserted(struct text json, struct error *err)
{
    int64_t code;
    uint64_t n;

    return milvus_succeeded(json, (struct text){ NULL, 0 }, &code, err) &&
           milvus_read_upserted(json, &n, err);
}

static bool milvus_count(struct text json, struct error *err)
{
    uint64_t n;

    return milvus_read_count(json, &n, err);
}

static bool milvus_ids(struct text json, struct error *err)
{
    size_t n = 0;

    return milvus_read_ids(json, "id", see, &n, err);
}

static bool milvus_hits(struct text json, struct error *err)
{
    size_t got;

    return milvus_read_hits(json, "id", "text", hits, HITS, &got, err);
}

static bool pinecone_shape(struct text json, struct error *err)
{
    struct pinecone_shape shape;

    return pinecone_read_shape(json, "ns", &shape, err);
}

static bool pinecone_upserted(struct text json, struct error *err)
{
    uint64_t n;

    return pinecone_read_upserted(json, &n, err);
}

static bool pinecone_ids(struct text json, struct error *err)
{
    size_t n = 0;

    return pinecone_read_ids(json, see, &n, err);
}

static bool pinecone_hits(struct text json, struct error *err)
{
    size_t got;

    return pinecone_read_hits(json, "text", hits, HITS, &got, err);
}

static bool weaviate_class(struct text json, struct error *err)
{
    struct weaviate_class c;

    return weaviate_read_class(json, NULL, &c, err);
}

/* Without a word about tenants nothing is wrong. */
static bool weaviate_tenant(struct text json, struct error *err)
{
    char status[32];

    weaviate_read_tenant(json, status, sizeof status);
    return strcmp(status, "HOT") == 0 ||
           error_set(err, ERROR_PROTOCOL, 0, "another state");
}

static bool weaviate_dim(struct text json, struct error *err)
{
    return weaviate_read_dim(json, "") == 2 ||
           error_set(err, ERROR_PROTOCOL, 0, "another number");
}

static bool weaviate_count(struct text json, struct error *err)
{
    uint64_t n;

    return weaviate_read_count(json, "Docs", &n, err);
}

static bool weaviate_ids(struct text json, struct error *err)
{
    size_t n = 0;

    return weaviate_read_ids(json, "Docs", see, &n, err);
}

static bool weaviate_hits(struct text json, struct error *err)
{
    size_t got;

    return weaviate_read_hits(json, "Docs", "text", hits, HITS, &got, err);
}

static bool refusal(struct text json, struct error *err)
{
    struct http_reply reply;

    http_reply_init(&reply);
    http_pace_clear(&reply.pace);
    reply.status = 429;
    buf_put(&reply.body, json.ptr, json.len);
    http_status_error(&reply, err);
    http_reply_release(&reply);
    reply_claim(err->retry_after_ms <= 3600000, "a wait above an hour", json);
    return false;
}

static bool elastic_refusal(struct text json, struct error *err)
{
    struct elastic_error e;
    char said[200];

    if (!elastic_error_find(json, 429, &e))
        return error_set(err, ERROR_REFUSED, 429, "none of theirs");
    elastic_error_say(&e, said, sizeof said);
    error_set(err, ERROR_REFUSED, 429, "%s", said);
    elastic_error_judge(&e, "embedding", err);
    return false;
}

const struct reply_reader reply_readers[] = {
    { "openai", rows_openai,
      "{\"usage\":{\"total_tokens\":7},\"data\":[{\"embedding\":[3,-4.5e-3],"
      "\"index\":1},{\"index\":0,\"embedding\":\"AACAPwAAAEA=\"}]}" },
    { "cohere", rows_cohere,
      "{\"embeddings\":{\"float\":[[1,2],[3,4]]},\"meta\":{\"billed_units\":{"
      "\"input_tokens\":3}}}" },
    { "gemini", rows_gemini,
      "{\"embeddings\":[{\"values\":[1,2]},{\"values\":[3,4]}],"
      "\"usageMetadata\":{\"promptTokenCount\":9}}" },
    { "ollama", rows_ollama,
      "{\"model\":\"m\",\"embeddings\":[[1,2],[3,4]],\"prompt_eval_count\":"
      "5}" },
    { "a bare list", rows_bare, "[[1,2],[3,4.25]]" },
    { "qdrant's shape", qdrant_shape,
      "{\"result\":{\"status\":\"green\",\"config\":{\"params\":{\"vectors\":{"
      "\"size\":2,\"distance\":\"Cosine\"}}}}}" },
    { "qdrant's update", qdrant_read_update,
      "{\"result\":{\"operation_id\":1,\"status\":\"completed\"}}" },
    { "qdrant's count", qdrant_count, "{\"result\":{\"count\":12}}" },
    { "qdrant's ids", qdrant_ids,
      "{\"result\":[{\"id\":\"b0\"},{\"id\":7}],\"status\":\"ok\"}" },
    { "qdrant's hits", qdrant_hits,
      "{\"result\":{\"points\":[{\"id\":\"b0\",\"score\":0.5,\"payload\":{"
      "\"_id\":\"a\",\"text\":\"\\u00e9\\ud83d\\ude00\"}}]}}" },
    { "chroma's collection", chroma_collection,
      "{\"id\":\"0f4c0001-0000-4000-8000-000000000000\",\"dimension\":2,"
      "\"configuration_json\":{\"hnsw\":{\"space\":\"cosine\"}}}" },
    { "chroma's checks", chroma_checks,
      "{\"max_batch_size\":1000,\"supports_base64_encoding\":true}" },
    { "chroma's ids", chroma_ids, "{\"ids\":[\"a\",\"b\\u0041\"]}" },
    { "chroma's hits", chroma_hits,
      "{\"ids\":[[\"a\",\"b\"]],\"distances\":[[0.1,0.2]],\"documents\":[["
      "\"one\",null]]}" },
    { "elastic's server", elastic_server,
      "{\"name\":\"n\",\"version\":{\"number\":\"8.11.3\"}}" },
    { "elastic's field", elastic_field,
      "{\"docs\":{\"mappings\":{\"properties\":{\"embedding\":{\"type\":"
      "\"dense_vector\",\"dims\":2,\"similarity\":\"cosine\"}}}}}" },
    { "elastic's bulk", elastic_bulk,
      "{\"errors\":true,\"items\":[{\"index\":{\"status\":201}},{\"index\":{"
      "\"status\":400,\"error\":{\"type\":\"t\",\"reason\":\"bad\"}}}]}" },
    { "elastic's state", elastic_state,
      "{\"docs\":{\"settings\":{\"index.verified_before_close\":\"true\","
      "\"index.blocks.write\":\"true\"}}}" },
    { "elastic's count", elastic_count, "{\"count\":12}" },
    { "elastic's found", elastic_found,
      "{\"docs\":[{\"_id\":\"a\",\"found\":true},{\"_id\":\"b\",\"found\":"
      "false}]}" },
    { "elastic's hits", elastic_hits,
      "{\"hits\":{\"hits\":[{\"_id\":\"a\",\"_score\":0.75,\"_source\":{"
      "\"text\":\"one\"}}]}}" },
    { "weaviate's class", weaviate_class,
      "{\"class\":\"Docs\",\"vectorIndexConfig\":{\"distance\":\"cosine\"}}" },
    { "weaviate's tenant", weaviate_tenant,
      "{\"name\":\"t\",\"activityStatus\":\"HOT\"}" },
    { "weaviate's dimension", weaviate_dim,
      "{\"objects\":[{\"vector\":[0.5,0.25]}]}" },
    { "weaviate's batch", weaviate_batch,
      "[{\"result\":{\"status\":\"SUCCESS\"}},{\"result\":{\"status\":"
      "\"FAILED\",\"errors\":{\"error\":[{\"message\":\"bad\"}]}}}]" },
    { "weaviate's count", weaviate_count,
      "{\"data\":{\"Aggregate\":{\"Docs\":[{\"meta\":{\"count\":5}}]}}}" },
    { "weaviate's ids", weaviate_ids,
      "{\"data\":{\"Get\":{\"Docs\":[{\"_additional\":{\"id\":\"u\"}},{"
      "\"_additional\":{\"id\":\"v\"}}]}}}" },
    { "weaviate's hits", weaviate_hits,
      "{\"data\":{\"Get\":{\"Docs\":[{\"doc_id\":\"a\",\"text\":\"one\","
      "\"_additional\":{\"id\":\"u\",\"distance\":0.25}}]}}}" },
    { "milvus's shape", milvus_shape,
      "{\"code\":0,\"data\":{\"autoId\":false,\"fields\":[{\"name\":\"id\","
      "\"primaryKey\":true,\"type\":\"VarChar\",\"params\":[{\"key\":"
      "\"max_length\",\"value\":\"64\"}]},{\"name\":\"vector\",\"type\":"
      "\"FloatVector\",\"params\":[{\"key\":\"dim\",\"value\":\"2\"}]}]}}" },
    { "milvus's upsert", milvus_upserted,
      "{\"code\":0,\"cost\":0,\"data\":{\"upsertCount\":2}}" },
    { "milvus's count", milvus_count,
      "{\"code\":0,\"data\":[{\"count(*)\":12}]}" },
    { "milvus's ids", milvus_ids,
      "{\"code\":0,\"data\":[{\"id\":\"a\"},{\"id\":9}]}" },
    { "milvus's hits", milvus_hits,
      "{\"code\":0,\"data\":[{\"distance\":0.5,\"id\":\"a\",\"text\":"
      "\"one\"}]}" },
    { "pinecone's shape", pinecone_shape,
      "{\"namespaces\":{\"ns\":{\"vectorCount\":3}},\"dimension\":2,"
      "\"metric\":\"cosine\"}" },
    { "pinecone's upsert", pinecone_upserted, "{\"upsertedCount\":2}" },
    { "pinecone's ids", pinecone_ids,
      "{\"vectors\":{\"a\":{\"values\":[1,2]},\"b\":{}},\"namespace\":\"\"}" },
    { "pinecone's hits", pinecone_hits,
      "{\"matches\":[{\"id\":\"a\",\"score\":0.5,\"metadata\":{\"text\":"
      "\"one\"}}]}" },
    { "a refusal", refusal,
      "{\"error\":{\"code\":429,\"message\":\"slow down\",\"details\":[{"
      "\"retryDelay\":\"3.5s\"}]}}" },
    { "elastic's refusal", elastic_refusal,
      "{\"error\":{\"type\":\"t\",\"reason\":\"[id]: a\",\"caused_by\":{"
      "\"type\":\"u\",\"reason\":\"b\"}},\"status\":400}" },
};

const size_t reply_reader_count =
    sizeof reply_readers / sizeof reply_readers[0];

bool reply_is_refusal(const struct reply_reader *r)
{
    return r->read == refusal || r->read == elastic_refusal;
}

bool reply_feed(const struct reply_reader *r, const void *bytes, size_t n)
{
    struct error err = { .text = "" };
    char *exact = malloc(n ? n : 1);
    struct text json = { exact, n };
    bool fine;

    if (!exact)
        abort();
    if (n)
        memcpy(exact, bytes, n);
    fine = r->read(json, &err);
    reply_claim(fine || err.text[0], r->name, json);
    for (const char *p = err.text; *p; p++)
        reply_claim((unsigned char)*p >= ' ' && *p != 0x7f, r->name, json);
    free(exact);
    return fine;
}

void reply_readers_release(void)
{
    for (size_t i = 0; i < HITS; i++) {
        buf_release(&hits[i].id);
        buf_release(&hits[i].text);
        hits[i] = (struct store_hit){ .score = 0 };
    }
}
