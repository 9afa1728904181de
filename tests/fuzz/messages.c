/*
 * What services answer over gRPC: the lines of a head and its trailers, and
 * messages of Protocol Buffers. In front stands the letter of the reader:
 *
 *     g  head and trailers          v  a Value, which comes back the same
 *     s u c i f h k                 Qdrant's shape, update, count, ids, vector,
 *                                   hits, metadata
 *     j  JSON to a Value, and back to JSON that is JSON
 *     #  the name of a reader in tests/support/grpc/messages.c and a line break
 */
#include "config.h"
#include "fuzz.h"

#include <stdlib.h>

#include "net/grpc_status.h"
#include "store/qdrant/qdrant_grpc_reply.h"
#include "store/store_wire.h"
#include "tests/support/grpc/messages.h"

enum { HITS = 3 };

/* Exactly as many bytes as there are, so that one more is a fault. */
static struct text messages_copy(struct text t)
{
    char *copy = malloc(t.len ? t.len : 1);

    fuzz_claim(copy != NULL, "no memory");
    if (t.len)
        memcpy(copy, t.ptr, t.len);
    return (struct text){ copy, t.len };
}

static void messages_see(void *ctx, struct text id)
{
    for (size_t i = 0; i < id.len; i++)
        *(size_t *)ctx += id.ptr[i] == 'a';
}

static void messages_status(struct text lines)
{
    struct grpc_status s = { .code = 0 };

    grpc_status_read(&s, lines);
    fuzz_claim(s.retry_ms >= -1, "a wait that is none");
    fuzz_claim(grpc_code_name(s.code)[0] && grpc_status_http(&s) >= 200,
               "a code without a meaning");
    grpc_status_release(&s);
}

static bool messages_is_json(const struct buf *b)
{
    struct json_cursor c;

    json_begin(&c, b->data ? b->data : "", b->len);
    c.lax_utf8 = true; /* a text may be of any bytes */
    return json_value(&c, NULL) && json_end(&c);
}

static void messages_value(struct text message)
{
    struct buf json = { 0 };

    if (store_value_json(&json, &qdrant_value, message))
        fuzz_claim(messages_is_json(&json), "a value that is no JSON");
    buf_release(&json);
}

static void messages_json(struct text json)
{
    struct buf b = { 0 }, room = { 0 }, back = { 0 };
    struct json_cursor c;
    bool fine;

    json_begin(&c, json.ptr, json.len);
    fine = json_value(&c, NULL) && json_end(&c);
    store_value_is_deep(json, 90);
    if (fine) {
        store_put_value(&b, &qdrant_value, json, &room);
        fuzz_claim(!b.failed, "JSON that is no value");
        if (store_value_json(&back, &qdrant_value,
                             (struct text){ b.data, b.len }))
            fuzz_claim(messages_is_json(&back), "a value that is no JSON");
    }
    buf_release(&b);
    buf_release(&room);
    buf_release(&back);
}

/* It may be read whole, and no more of it. */
static void messages_vector(struct text message)
{
    static const float ours[] = { 1, 2, 3, 4 };
    struct text floats;

    if (qdrant_message_vector(message, &floats)) {
        fuzz_claim(floats.ptr >= message.ptr &&
                       text_end(floats) <= text_end(message),
                   "a vector beyond its message");
        store_wire_fits(floats, ours, floats.len / sizeof *ours < 4
                                          ? floats.len / sizeof *ours
                                          : 4);
    }
}

static void messages_qdrant(char reader, struct text message)
{
    struct store_hit hits[HITS] = { { .score = 0 } };
    struct qdrant_shape shape;
    struct error err = { .text = "" };
    struct buf to = { 0 };
    uint64_t n;
    size_t got = 0;
    bool fine = true;

    if (reader == 's')
        fine = qdrant_message_shape(message, &shape, &err);
    else if (reader == 'u')
        fine = qdrant_message_update(message, &err);
    else if (reader == 'c')
        fine = qdrant_message_count(message, &n, &err);
    else if (reader == 'i')
        fine = qdrant_message_ids(message, messages_see, &got, &err);
    else if (reader == 'f')
        messages_vector(message);
    else if (reader == 'h')
        fine = qdrant_message_hits(message, hits, HITS, &got, &err);
    else if (reader == 'k')
        fine = qdrant_message_kept(message, &to, &err);
    if (!fine)
        fuzz_claim_said(&err);
    for (size_t i = 0; i < HITS; i++) {
        buf_release(&hits[i].id);
        buf_release(&hits[i].text);
    }
    buf_release(&to);
}

static void messages_named(struct text input)
{
    struct text name = fuzz_until(&input, '\n');

    for (size_t i = 0; i < message_reader_count; i++)
        if (text_is(name, message_readers[i].name))
            message_feed(&message_readers[i], input.ptr, input.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input = { (const char *)data, size };
    char reader = (char)fuzz_byte(&input);
    struct text bytes = messages_copy(input);

    if (reader == 'g')
        messages_status(bytes);
    else if (reader == 'v')
        messages_value(bytes);
    else if (reader == 'j')
        messages_json(bytes);
    else if (reader == '#')
        messages_named(bytes);
    else
        messages_qdrant(reader, bytes);
    free((char *)(uintptr_t)bytes.ptr);
    return 0;
}
