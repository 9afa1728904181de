/*
 * Every reader of what a server answers, against a server that means ill:
 * good answers cut at each byte, with any byte another, with pieces doubled
 * and left out, and bodies made up to overflow something, 89,000 in all. None
 * may read beyond its bytes (the sanitizers look on), none may show the
 * terminal what a server said unescaped, and no document may count as stored
 * or embedded without the whole of its answer.
 */
#include "config.h"
#include "embed/rows.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/http_parts.h"
#include "store/chroma_reply.h"
#include "store/elastic_reply.h"
#include "store/milvus_reply.h"
#include "store/pinecone_reply.h"
#include "store/qdrant_reply.h"
#include "store/weaviate_reply.h"

enum { DOCS = 2, DIM = 2, HITS = 3 };

/* --- the readers ---------------------------------------------------------- */

static struct upsert_item items[DOCS];
static struct store_hit hits[HITS];

/* Whatever was read may go to a screen: ids and texts as they are, errors not
 * without having been made printable. */
static void see(void *ctx, struct text id)
{
    for (size_t i = 0; i < id.len; i++)
        *(size_t *)ctx += id.ptr[i] == 'a';
}

static bool read_rows(struct text json, const struct rows_form *form,
                      struct error *err)
{
    float v[DOCS * DIM];
    struct rows rows = { .count = DOCS, .dim = DIM, .vectors = v };
    struct http_reply reply = { .status = 200 };
    bool fine;

    for (size_t i = 0; i < DOCS * DIM; i++)
        v[i] = -4711;
    reply.body = (struct buf){ .data = (char *)json.ptr, .len = json.len,
                               .cap = json.len };
    fine = rows_read(&rows, form, &reply, err);
    for (size_t i = 0; fine && i < DOCS * DIM; i++)
        assert_true(v[i] != -4711);
    rows_release(&rows);
    return fine;
}

static bool openai(struct text json, struct error *err)
{
    static const struct rows_form form = {
        .list = "data", .vector = "embedding",
        .tokens = { "usage.total_tokens", NULL }
    };

    return read_rows(json, &form, err);
}

static bool cohere(struct text json, struct error *err)
{
    static const struct rows_form form = {
        .list = "embeddings",
        .tokens = { "meta.billed_units.input_tokens", NULL }
    };

    return read_rows(json, &form, err);
}

static bool bare(struct text json, struct error *err)
{
    static const struct rows_form form = { .list = NULL };

    return read_rows(json, &form, err);
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
        if (fine ? items[i].stored == (items[i].why.text[0] != '\0')
                 : items[i].stored)
            fail_msg("%.*s: item %zu is stored %d, why \"%s\"",
                     (int)json.len, json.ptr, i, items[i].stored,
                     items[i].why.text);
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

static bool weaviate_hits(struct text json, struct error *err)
{
    size_t got;

    return weaviate_read_hits(json, "Docs", "text", hits, HITS, &got, err);
}

/* A refusal: never fine, but it is read for its words all the same. */
static bool refusal(struct text json, struct error *err)
{
    struct http_reply reply;

    http_reply_init(&reply);
    http_pace_clear(&reply.pace);
    reply.status = 429;
    buf_put(&reply.body, json.ptr, json.len);
    http_status_error(&reply, err);
    http_reply_release(&reply);
    assert_true(err->retry_after_ms <= 3600000);
    return false;
}

static const struct reader {
    const char *name;
    bool (*read)(struct text json, struct error *err);
    const char *sample; /* a good answer */
} readers[] = {
    { "openai", openai,
      "{\"usage\":{\"total_tokens\":7},\"data\":[{\"embedding\":[3,-4.5e-3],"
      "\"index\":1},{\"index\":0,\"embedding\":\"AACAPwAAAEA=\"}]}" },
    { "cohere", cohere,
      "{\"embeddings\":{\"float\":[[1,2],[3,4]]},\"meta\":{\"billed_units\":{"
      "\"input_tokens\":3}}}" },
    { "a bare list", bare, "[[1,2],[3,4.25]]" },
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
    { "elastic's found", elastic_found,
      "{\"docs\":[{\"_id\":\"a\",\"found\":true},{\"_id\":\"b\",\"found\":"
      "false}]}" },
    { "elastic's hits", elastic_hits,
      "{\"hits\":{\"hits\":[{\"_id\":\"a\",\"_score\":0.75,\"_source\":{"
      "\"text\":\"one\"}}]}}" },
    { "weaviate's class", weaviate_class,
      "{\"class\":\"Docs\",\"vectorIndexConfig\":{\"distance\":\"cosine\"}}" },
    { "weaviate's dimension", weaviate_dim,
      "{\"objects\":[{\"vector\":[0.5,0.25]}]}" },
    { "weaviate's batch", weaviate_batch,
      "[{\"result\":{\"status\":\"SUCCESS\"}},{\"result\":{\"status\":"
      "\"FAILED\",\"errors\":{\"error\":[{\"message\":\"bad\"}]}}}]" },
    { "weaviate's count", weaviate_count,
      "{\"data\":{\"Aggregate\":{\"Docs\":[{\"meta\":{\"count\":5}}]}}}" },
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
};

enum { READERS = sizeof readers / sizeof readers[0] };

/* --- what they are given -------------------------------------------------- */

/* In exactly as many bytes as it has, so that one more is a fault. */
static bool feed(const struct reader *r, const char *bytes, size_t n)
{
    struct error err = { .text = "" };
    char *exact = malloc(n ? n : 1);
    bool fine;

    assert_non_null(exact);
    memcpy(exact, bytes, n);
    fine = r->read((struct text){ exact, n }, &err);
    free(exact);
    if (!fine && !err.text[0])
        fail_msg("%s: no word about %.*s", r->name, (int)n, bytes);
    for (const char *p = err.text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            fail_msg("%s: byte %d goes to the terminal", r->name, *p);
    return fine;
}

static void each_sample_is_a_good_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < READERS; i++)
        if (!feed(&readers[i], readers[i].sample, strlen(readers[i].sample)) &&
            readers[i].read != refusal)
            fail_msg("%s: the sample is none", readers[i].name);
}

static void SE_17_half_an_answer_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < READERS; i++)
        for (size_t n = 0; n < strlen(readers[i].sample); n++)
            if (feed(&readers[i], readers[i].sample, n))
                fail_msg("%s: %zu bytes are enough", readers[i].name, n);
}

static void SE_17_any_byte_may_be_another(void **state)
{
    static const char bytes[] = "\0\"\\{}[]:,0-e.u \x1b\x80\xff\n";
    char copy[512];

    (void)state;
    for (size_t i = 0; i < READERS; i++) {
        size_t n = strlen(readers[i].sample);

        assert_true(n < sizeof copy);
        memcpy(copy, readers[i].sample, n);
        for (size_t at = 0; at < n; at++) {
            for (size_t b = 0; b < sizeof bytes - 1; b++) {
                copy[at] = bytes[b];
                feed(&readers[i], copy, n);
            }
            copy[at] = readers[i].sample[at];
        }
    }
}

/* A piece is left out, or there twice. */
static void SE_17_any_piece_may_be_missing_or_doubled(void **state)
{
    char copy[1024];

    (void)state;
    for (size_t i = 0; i < READERS; i++) {
        const char *s = readers[i].sample;
        size_t n = strlen(s);

        for (size_t at = 0; at < n; at++)
            for (size_t len = 1; at + len <= n && len < 40; len += 3) {
                memcpy(copy, s, at);
                memcpy(copy + at, s + at + len, n - at - len);
                feed(&readers[i], copy, n - len);
                memcpy(copy, s, at + len);
                memcpy(copy + at + len, s + at, n - at);
                feed(&readers[i], copy, n + len);
            }
    }
}

/* The sample with each of its strings and numbers in turn made this. */
static void exchange(const struct reader *r, const char *with, size_t len)
{
    static char copy[300000];
    const char *s = r->sample;
    size_t n = strlen(s);

    for (size_t at = 0, end; at < n; at = end) {
        end = at + 1;
        if (s[at] == '"')
            end = at + 2 + strcspn(s + at + 1, "\"");
        else if (s[at] >= '0' && s[at] <= '9')
            end = at + strspn(s + at, "0123456789.e-");
        else
            continue;
        assert_true(n + len < sizeof copy);
        memcpy(copy, s, at);
        memcpy(copy + at, with, len);
        memcpy(copy + at + len, s + end, n - end);
        feed(r, copy, n - (end - at) + len);
    }
}

static void SE_17_values_no_service_would_send(void **state)
{
    static const char *const values[] = {
        "\"\\u001b]0;owned\\u0007\"", "\"\\u0000\"", "\"\\ud800\"",
        "\"\\u202e\\u200b\"", "\"\xc2\x9b" "31m\"", "\"\"", "1e999", "-1",
        "18446744073709551616", "99999999999999999999999999", "1e-400",
        "NaN", "null", "true", "{}", "[]", "[[[[[[[[[[]]]]]]]]]]",
    };
    static char large[200000];

    (void)state;
    memset(large, 'x', sizeof large);
    large[0] = large[sizeof large - 1] = '"';
    for (size_t i = 0; i < READERS; i++) {
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++)
            exchange(&readers[i], values[v], strlen(values[v]));
        exchange(&readers[i], large, sizeof large);
    }
}

static void SE_17_no_depth_is_too_deep_to_be_refused(void **state)
{
    static const char *const open[] = { "[", "{\"a\":", "[{\"data\":[",
                                        "{\"result\":{\"data\":" };
    static char deep[1 << 20];

    (void)state;
    for (size_t o = 0; o < sizeof open / sizeof open[0]; o++) {
        size_t len = strlen(open[o]), n = 0;

        for (; n + len <= sizeof deep; n += len)
            memcpy(deep + n, open[o], len);
        for (size_t i = 0; i < READERS; i++)
            assert_false(feed(&readers[i], deep, n));
    }
}

static int release_hits(void **state)
{
    (void)state;
    for (size_t i = 0; i < HITS; i++) {
        buf_release(&hits[i].id);
        buf_release(&hits[i].text);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sample_is_a_good_answer),
        cmocka_unit_test(SE_17_half_an_answer_is_none),
        cmocka_unit_test(SE_17_any_byte_may_be_another),
        cmocka_unit_test(SE_17_any_piece_may_be_missing_or_doubled),
        cmocka_unit_test(SE_17_values_no_service_would_send),
        cmocka_unit_test(SE_17_no_depth_is_too_deep_to_be_refused),
    };

    return cmocka_run_group_tests(tests, NULL, release_hits);
}
