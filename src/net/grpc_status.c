/* This file reads the status of a gRPC call out of its trailers: the code, the
 * percent-encoded message, and google.rpc.RetryInfo in the binary details. */
#include "config.h"
#include "net/grpc_status.h"

#include <stdlib.h>
#include <strings.h>

#include "util/base64.h"
#include "util/protobuf.h"

enum { DETAILS_BYTES = 4096, MESSAGE_BYTES = 8192 };

static const struct {
    const char *name;
    int http;
} codes[] = {
    { "OK", 200 },
    { "CANCELLED", 499 },
    { "UNKNOWN", 500 },
    { "INVALID_ARGUMENT", 400 },
    { "DEADLINE_EXCEEDED", 504 },
    { "NOT_FOUND", 404 },
    { "ALREADY_EXISTS", 409 },
    { "PERMISSION_DENIED", 403 },
    { "RESOURCE_EXHAUSTED", 429 },
    { "FAILED_PRECONDITION", 400 },
    { "ABORTED", 409 },
    { "OUT_OF_RANGE", 400 },
    { "UNIMPLEMENTED", 501 },
    { "INTERNAL", 500 },
    { "UNAVAILABLE", 503 },
    { "DATA_LOSS", 500 },
    { "UNAUTHENTICATED", 401 },
};

enum { CODE_COUNT = sizeof codes / sizeof *codes };

static int grpc_known(int code)
{
    return code >= 0 && code < CODE_COUNT ? code : GRPC_UNKNOWN;
}

const char *grpc_code_name(int code)
{
    return codes[grpc_known(code)].name;
}

/* The words of grpc's libraries for C++, Go, Java, Rust and .NET. */
int grpc_status_http(const struct grpc_status *s)
{
    static const char *const large[] = { "essage larger than max",
                                         "essage exceeds maximum size",
                                         "essage length too large",
                                         "essage exceeds the maximum" };
    struct text message = { s->message.data, s->message.len };

    for (size_t i = 0; i < sizeof large / sizeof *large; i++)
        if (text_find(message, large[i]))
            return 413;
    return codes[grpc_known(s->code)].http;
}

static void grpc_status_clear(struct grpc_status *s)
{
    s->code = -1;
    s->retry_ms = -1;
    s->packed = false;
    buf_clear(&s->message);
}

void grpc_status_release(struct grpc_status *s)
{
    buf_release(&s->message);
}

/* ---- the lines ---- */

static int grpc_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What is no encoding stands for itself. */
static void grpc_decode(struct buf *to, struct text t)
{
    buf_clear(to);
    for (size_t i = 0; i < t.len && to->len < MESSAGE_BYTES; i++) {
        int high = i + 2 < t.len ? grpc_hex(t.ptr[i + 1]) : -1;
        int low = i + 2 < t.len ? grpc_hex(t.ptr[i + 2]) : -1;

        if (t.ptr[i] != '%' || high < 0 || low < 0) {
            buf_putc(to, t.ptr[i]);
            continue;
        }
        buf_putc(to, (char)(high << 4 | low));
        i += 2;
    }
}

static int grpc_number(struct text t)
{
    int n = 0;

    for (size_t i = 0; i < t.len; i++) {
        if (t.ptr[i] < '0' || t.ptr[i] > '9' || n > 999)
            return GRPC_UNKNOWN;
        n = n * 10 + (t.ptr[i] - '0');
    }
    return t.len ? n : GRPC_UNKNOWN;
}

/* google.protobuf.Duration */
static int64_t grpc_duration_ms(struct text duration)
{
    struct proto_cursor c;
    struct proto_field f;
    uint64_t seconds = 0, nanos = 0;

    proto_begin(&c, duration);
    while (proto_next(&c, &f)) {
        if (proto_is(&f, 1, PROTO_VARINT))
            seconds = f.value;
        else if (proto_is(&f, 2, PROTO_VARINT))
            nanos = f.value;
    }
    if (c.bad || seconds > INT32_MAX || nanos > 999999999)
        return -1;
    return (int64_t)(seconds * 1000 + nanos / 1000000);
}

/* google.rpc.Status { Any details = 3 }, Any { type_url = 1; value = 2 } */
static int64_t grpc_retry_ms(struct text details)
{
    struct proto_cursor c;
    struct proto_field any, type, value, delay;
    int64_t ms = -1;

    proto_begin(&c, details);
    while (proto_next(&c, &any))
        if (proto_is(&any, 3, PROTO_BYTES) &&
            proto_find(any.bytes, 1, PROTO_BYTES, &type) &&
            text_ends(type.bytes, "google.rpc.RetryInfo") &&
            proto_find(any.bytes, 2, PROTO_BYTES, &value) &&
            proto_find(value.bytes, 1, PROTO_BYTES, &delay))
            ms = grpc_duration_ms(delay.bytes);
    return c.bad ? -1 : ms;
}

/* Its padding is usually left out. */
static void grpc_take_details(struct grpc_status *s, struct text t)
{
    char padded[DETAILS_BYTES], raw[DETAILS_BYTES];
    size_t got;

    if (t.len > sizeof padded - 4)
        return;
    memcpy(padded, t.ptr, t.len);
    while (t.len % 4)
        padded[t.len++] = '=';
    if (base64_decode(padded, t.len, raw, sizeof raw, &got))
        s->retry_ms = grpc_retry_ms((struct text){ raw, got });
}

static void grpc_take_line(struct grpc_status *s, struct text name,
                           struct text value)
{
#define NAMED(word)                         \
    (name.len == sizeof(word) - 1 &&        \
     strncasecmp(name.ptr, word, name.len) == 0)
    if (NAMED("grpc-status"))
        s->code = grpc_number(value);
    else if (NAMED("grpc-message"))
        grpc_decode(&s->message, value);
    else if (NAMED("grpc-status-details-bin"))
        grpc_take_details(s, value);
    else if (NAMED("grpc-encoding"))
        s->packed = value.len > 0 && !text_is(value, "identity");
#undef NAMED
}

void grpc_status_read(struct grpc_status *s, struct text lines)
{
    const char *p = lines.ptr, *end = text_end(lines);

    grpc_status_clear(s);
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        const char *colon, *from, *next = stop ? stop + 1 : end;

        stop = stop ? stop : end;
        while (stop > p && (stop[-1] == '\r' || stop[-1] == ' '))
            stop--;
        colon = memchr(p, ':', (size_t)(stop - p));
        for (from = colon ? colon + 1 : stop; from < stop && *from == ' ';)
            from++;
        if (colon)
            grpc_take_line(s, (struct text){ p, (size_t)(colon - p) },
                           (struct text){ from, (size_t)(stop - from) });
        p = next;
    }
}
