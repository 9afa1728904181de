/* Protocol Buffers by hand: the wire types, tags, and nothing that knows a
 * message. */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_proto.h"

#include <stdlib.h>
#include <string.h>

#include "util/floats.h"

enum { VARINT_MOST = 10, OPEN_BYTES = 4 };

/* ---- reading ---- */

struct pb pb_of(struct text message)
{
    return (struct pb){ message.ptr, text_end(message), false };
}

static bool pb_breaks(struct pb *m)
{
    m->broken = true;
    return false;
}

static bool pb_varint(struct pb *m, uint64_t *out)
{
    *out = 0;
    for (unsigned i = 0; i < VARINT_MOST && m->p < m->end; i++) {
        unsigned char c = (unsigned char)*m->p++;

        *out |= (uint64_t)(c & 0x7f) << 7 * i;
        if (c < 0x80)
            return true;
    }
    return pb_breaks(m);
}

static bool pb_fixed(struct pb *m, size_t n, uint64_t *out)
{
    if ((size_t)(m->end - m->p) < n)
        return pb_breaks(m);
    *out = 0;
    for (size_t i = 0; i < n; i++)
        *out |= (uint64_t)(unsigned char)m->p[i] << 8 * i;
    m->p += n;
    return true;
}

bool pb_next(struct pb *m, struct pb_field *f)
{
    uint64_t tag, length;

    if (m->p == m->end || m->broken || !pb_varint(m, &tag))
        return false;
    *f = (struct pb_field){ .number = (uint32_t)(tag >> 3),
                               .wire = (enum pb_wire)(tag & 7) };
    switch (f->wire) {
    case PB_VARINT:
        return pb_varint(m, &f->value);
    case PB_FIXED64:
        return pb_fixed(m, 8, &f->value);
    case PB_FIXED32:
        return pb_fixed(m, 4, &f->value);
    case PB_BYTES:
        if (!pb_varint(m, &length) || length > (size_t)(m->end - m->p))
            return pb_breaks(m);
        f->bytes = (struct text){ m->p, (size_t)length };
        m->p += length;
        return true;
    }
    return pb_breaks(m);
}

struct text pb_find(struct text message, uint32_t number)
{
    struct pb m = pb_of(message);
    struct pb_field f;
    struct text found = { NULL, 0 };

    while (pb_next(&m, &f))
        if (f.number == number && f.wire == PB_BYTES)
            found = f.bytes;
    return found;
}

uint64_t pb_find_value(struct text message, uint32_t number)
{
    struct pb m = pb_of(message);
    struct pb_field f;
    uint64_t found = 0;

    while (pb_next(&m, &f))
        if (f.number == number && f.wire != PB_BYTES)
            found = f.value;
    return found;
}

double pb_double(const struct pb_field *f)
{
    double d;

    memcpy(&d, &f->value, sizeof d);
    return d;
}

bool pb_floats(const struct pb_field *f, float *to, size_t *have,
                  size_t cap)
{
    uint32_t bits = (uint32_t)f->value;
    size_t n = f->wire == PB_BYTES ? f->bytes.len / sizeof *to : 1;

    if ((f->wire == PB_BYTES && f->bytes.len % sizeof *to) ||
        (f->wire != PB_BYTES && f->wire != PB_FIXED32) ||
        n > cap - *have)
        return false;
    if (f->wire == PB_FIXED32)
        memcpy(to + *have, &bits, sizeof bits);
    else if (n && FLOATS_TURNED)
        float_turn(to + *have, f->bytes.ptr, n);
    else if (n)
        memcpy(to + *have, f->bytes.ptr, f->bytes.len);
    *have += n;
    return true;
}

/* ---- writing ---- */

static void pb_put_varint(struct buf *to, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        buf_putc(to, (char)(v | 0x80));
    buf_putc(to, (char)v);
}

static void pb_put_tag(struct buf *to, uint32_t number, enum pb_wire w)
{
    pb_put_varint(to, (uint64_t)number << 3 | w);
}

void pb_put_value(struct buf *to, uint32_t number, uint64_t value)
{
    pb_put_tag(to, number, PB_VARINT);
    pb_put_varint(to, value);
}

void pb_put_bytes(struct buf *to, uint32_t number, struct text bytes)
{
    pb_put_tag(to, number, PB_BYTES);
    pb_put_varint(to, bytes.len);
    buf_put(to, bytes.ptr, bytes.len);
}

static void pb_put_fixed(struct buf *to, uint64_t bits, size_t size)
{
    for (size_t i = 0; i < size; i++)
        buf_putc(to, (char)(bits >> 8 * i));
}

void pb_put_double(struct buf *to, uint32_t number, double d)
{
    uint64_t bits;

    memcpy(&bits, &d, sizeof bits);
    pb_put_tag(to, number, PB_FIXED64);
    pb_put_fixed(to, bits, sizeof bits);
}

void pb_put_float(struct buf *to, uint32_t number, float f)
{
    uint32_t bits;

    memcpy(&bits, &f, sizeof bits);
    pb_put_tag(to, number, PB_FIXED32);
    pb_put_fixed(to, bits, sizeof bits);
}

size_t pb_open(struct buf *to, uint32_t number)
{
    pb_put_tag(to, number, PB_BYTES);
    buf_put(to, "\0\0\0", OPEN_BYTES);
    return to->len;
}

/* The length was left room for, as a varint of four bytes: longer than need be
 * is allowed. */
void pb_close(struct buf *to, size_t opened)
{
    size_t n = to->len - opened;

    if (n >> 7 * OPEN_BYTES)
        abort();
    for (unsigned i = 0; i < OPEN_BYTES; i++)
        to->data[opened - OPEN_BYTES + i] =
            (char)((n >> 7 * i & 0x7f) | (i + 1 < OPEN_BYTES ? 0x80u : 0));
}
