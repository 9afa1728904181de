/*
 * Every reader of what a service answers over gRPC, behind one form.
 */
#include "config.h"
#include "tests/support/grpc/messages.h"

#include <stdlib.h>

#include "store/milvus/milvus_parts.h"
#include "store/pinecone/pinecone_parts.h"
#include "store/store_value.h"
#include "store/weaviate/weaviate_reply.h"
#include "tests/support/replies_parts.h"

enum { HITS = 3, ITEMS = 2 };

static bool weaviates_errors(struct text reply, struct error *err)
{
    struct upsert_item items[ITEMS] = { { .id = text_of("a") },
                                        { .id = text_of("b") } };

    return weaviate_read_errors(reply, items, ITEMS, err);
}

static bool milvuss_status(struct text reply, struct error *err)
{
    struct text reason;
    int64_t code;

    return milvus_read_status(reply, &code, &reason, err);
}

static bool milvuss_schema(struct text reply, struct error *err)
{
    static struct milvus_shape shape;

    return milvus_read_schema(reply, &shape, err);
}

static bool milvuss_index(struct text reply, struct error *err)
{
    static struct milvus_shape shape = { .field = { { .name = "v" } } };

    shape.vector = &shape.field[0];
    return milvus_read_index(reply, &shape, err);
}

static bool milvuss_numbers(struct text reply, struct error *err)
{
    uint64_t n;

    return milvus_read_mutation(reply, &n, err) &&
           milvus_read_number(reply, &n, err);
}

static void see(void *ctx, struct text id)
{
    for (size_t i = 0; i < id.len; i++)
        *(size_t *)ctx += id.ptr[i] == 'a';
}

static bool milvuss_ids(struct text reply, struct error *err)
{
    size_t seen = 0;

    return milvus_read_column(reply, "id", see, &seen, err);
}

static bool milvuss_hits(struct text reply, struct error *err)
{
    struct store_hit hits[HITS] = { 0 };
    size_t got = 0;
    bool fine = milvus_read_found(reply, "text", hits, HITS, &got, err);

    reply_claim(got <= HITS, "more hits than were asked for", reply);
    for (size_t i = 0; i < HITS; i++) {
        buf_release(&hits[i].id);
        buf_release(&hits[i].text);
    }
    return fine;
}

/* A google.protobuf.Value as JSON, which must be JSON then. */
static bool struct_as_json(struct text reply, struct error *err)
{
    struct buf json = { 0 };
    bool fine = store_value_json(&json, &value_google, reply);
    struct json_cursor c;

    json_begin(&c, buf_cstr(&json), json.len);
    c.lax_utf8 = true; /* its texts are the service's */
    if (fine)
        reply_claim(json_value(&c, NULL) && json_end(&c), "no JSON", reply);
    buf_release(&json);
    return fine || error_set(err, ERROR_PROTOCOL, 0, "no value");
}

static bool pinecones_numbers(struct text reply, struct error *err)
{
    uint64_t n;

    pinecone_read_dim(reply);
    return pinecone_read_count(reply, &n, err);
}

#define SAMPLE(name, read, bytes) { name, read, bytes, sizeof(bytes) - 1 }

const struct message_reader message_readers[] = {
    SAMPLE("weaviate's errors", weaviates_errors,
           "\x0d\0\0\x80\x3f\x12\x07\x08\x01\x12\x03" "bad"
           "\x12\x06\x12\x04" "late"),
    SAMPLE("milvus's status", milvuss_status,
           "\x08\x01\x12\x02no\x18\x64"),
    SAMPLE("milvus's schema", milvuss_schema,
           "\x0a\0\x12\x2a\x22\x13\x12\x02pk\x18\x01\x28\x15"
           "\x32\x09\x0a\x03" "dim\x12\x02" "12"
           "\x22\x11\x12\x01v\x28\x65\x32\x0a\x0a\x03" "dim"
           "\x12\x03" "384\x28\x01"),
    SAMPLE("milvus's index", milvuss_index,
           "\x0a\0\x12\x1b\x1a\x16\x0a\x0bmetric_type\x12\x07"
           "COSINE \x22\x01v"),
    SAMPLE("milvus's numbers", milvuss_numbers,
           "\x12\x13\x12\x08" "count(*)\x1a\x07\x1a\x05\x0a"
           "\x03\x81\x80\x01\x40\x05"),
    SAMPLE("milvus's ids", milvuss_ids,
           "\x12\x11\x12\x02id\x1a\x0b\x32\x09\x0a\x02" "aa\x0a"
           "\x03" "bbb"),
    SAMPLE("milvus's hits", milvuss_hits,
           "\x12\x2d\x1a\x11\x12\x04text\x1a\x09\x32\x07\x0a\x05"
           "hello\x22\x08\0\0\x80\x3f\0\0\0\x3f\x2a\x0c\x12\x0a"
           "\x0a\x01" "a\x0a\x01" "b\x0a\x02" "cc\x30\x03"),
    SAMPLE("pinecone's numbers", pinecones_numbers,
           "\x08\x81\x02\x10\x80\x03"),
    SAMPLE("a value", struct_as_json,
           "\x2a\x1b\x0a\x08\x0a\x01" "a\x12\x03\x1a\x01x"
           "\x0a\x0f\x0a\x01" "b\x12\x0a\x32\x08\x0a\x02\x20\x01"
           "\x0a\x02\x1a\0"),
};

const size_t message_reader_count =
    sizeof message_readers / sizeof *message_readers;

bool message_feed(const struct message_reader *r, const void *bytes, size_t n)
{
    struct error err = { .text = "" };
    char *exact = malloc(n ? n : 1);
    struct text message = { exact, n };
    bool fine;

    if (!exact)
        abort();
    if (n)
        memcpy(exact, bytes, n);
    fine = r->read(message, &err);
    reply_claim(fine || err.text[0], r->name, message);
    for (const char *p = err.text; *p; p++)
        reply_claim((unsigned char)*p >= ' ' && *p != 0x7f, r->name, message);
    free(exact);
    return fine;
}
