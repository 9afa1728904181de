/* This file writes and reads the wire format of Protocol Buffers. A length that
 * is not known in advance gets as many bytes as the caller's guess needs; if
 * the guess was wrong, the message moves by the difference. */
#include "config.h"
#include "util/protobuf.h"

enum { FIELD_MOST = 536870911, FORM_BITS = 3 };

/* ---- writing ---- */

static char *proto_varint(char *to, uint64_t n)
{
    while (n >= 0x80) {
        *to++ = (char)(n | 0x80);
        n >>= 7;
    }
    *to++ = (char)n;
    return to;
}

static void proto_put_varint(struct buf *b, uint64_t n)
{
    char *to = buf_reserve(b, PROTO_VARINT_MAX);

    if (to)
        b->len += (size_t)(proto_varint(to, n) - to);
}

static void proto_put_tag(struct buf *b, unsigned field, enum proto_form form)
{
    proto_put_varint(b, (uint64_t)field << FORM_BITS | form);
}

void proto_put_u64(struct buf *b, unsigned field, uint64_t n)
{
    proto_put_tag(b, field, PROTO_VARINT);
    proto_put_varint(b, n);
}

void proto_put_bool(struct buf *b, unsigned field, bool yes)
{
    proto_put_u64(b, field, yes);
}

static void proto_put_fixed(struct buf *b, uint64_t bits, size_t size)
{
    char bytes[sizeof bits];

    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(bits >> (8 * i));
    buf_put(b, bytes, size);
}

void proto_put_raw_double(struct buf *b, double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    proto_put_fixed(b, bits, sizeof bits);
}

void proto_put_double(struct buf *b, unsigned field, double x)
{
    proto_put_tag(b, field, PROTO_FIXED64);
    proto_put_raw_double(b, x);
}

void proto_put_float(struct buf *b, unsigned field, float x)
{
    uint32_t bits;

    memcpy(&bits, &x, sizeof bits);
    proto_put_tag(b, field, PROTO_FIXED32);
    proto_put_fixed(b, bits, sizeof bits);
}

void proto_put_head(struct buf *b, unsigned field, size_t size)
{
    proto_put_tag(b, field, PROTO_BYTES);
    proto_put_varint(b, size);
}

void proto_put_text(struct buf *b, unsigned field, struct text t)
{
    proto_put_head(b, field, t.len);
    buf_put(b, t.ptr, t.len);
}

void proto_put_raw_floats(struct buf *b, const float *v, size_t n)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    buf_put(b, v, n * sizeof *v);
#else
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;

        memcpy(&bits, &v[i], sizeof bits);
        proto_put_fixed(b, bits, sizeof bits);
    }
#endif
}

void proto_put_floats(struct buf *b, unsigned field, const float *v, size_t n)
{
    proto_put_head(b, field, n * sizeof *v);
    proto_put_raw_floats(b, v, n);
}

size_t proto_floats_size(unsigned field, size_t n)
{
    size_t size = n * sizeof(float);

    return proto_varint_size((uint64_t)field << FORM_BITS) +
           proto_varint_size(size) + size;
}

/* The mark is where the message begins; the byte before it says how many bytes
 * its length has room for. */
size_t proto_open(struct buf *b, unsigned field, size_t guess)
{
    size_t room = proto_varint_size(guess);
    char *to;

    proto_put_tag(b, field, PROTO_BYTES);
    to = buf_reserve(b, PROTO_VARINT_MAX);
    if (to) {
        to[room - 1] = (char)room;
        b->len += room;
    }
    return b->len;
}

void proto_close(struct buf *b, size_t mark)
{
    size_t room, need, size;
    char *at;

    if (b->failed)
        return;
    size = b->len - mark;
    room = (size_t)b->data[mark - 1];
    need = proto_varint_size(size);
    if (need > room && !buf_reserve(b, need - room))
        return;
    at = b->data + mark - room;
    if (need != room)
        memmove(at + need, at + room, size);
    proto_varint(at, size);
    b->len = b->len + need - room;
}

/* ---- reading ---- */

void proto_begin(struct proto_cursor *c, struct text message)
{
    *c = (struct proto_cursor){ message.ptr, text_end(message), false };
}

static bool proto_bad(struct proto_cursor *c)
{
    c->bad = true;
    return false;
}

static bool proto_take_varint(struct proto_cursor *c, uint64_t *n)
{
    *n = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        unsigned char byte;

        if (c->p == c->end)
            return proto_bad(c);
        byte = (unsigned char)*c->p++;
        *n |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return proto_bad(c);
}

static bool proto_take_fixed(struct proto_cursor *c, size_t size, uint64_t *n)
{
    if ((size_t)(c->end - c->p) < size)
        return proto_bad(c);
    *n = 0;
    for (size_t i = 0; i < size; i++)
        *n |= (uint64_t)(unsigned char)c->p[i] << (8 * i);
    c->p += size;
    return true;
}

static bool proto_take_bytes(struct proto_cursor *c, struct text *bytes)
{
    uint64_t size;

    if (!proto_take_varint(c, &size))
        return false;
    if (size > (uint64_t)(c->end - c->p))
        return proto_bad(c);
    *bytes = (struct text){ c->p, (size_t)size };
    c->p += size;
    return true;
}

bool proto_next(struct proto_cursor *c, struct proto_field *f)
{
    uint64_t tag;

    *f = (struct proto_field){ 0 };
    if (c->bad || c->p == c->end || !proto_take_varint(c, &tag))
        return false;
    f->form = (enum proto_form)(tag & 7);
    tag >>= FORM_BITS;
    if (tag == 0 || tag > FIELD_MOST)
        return proto_bad(c);
    f->number = (unsigned)tag;
    switch (f->form) {
    case PROTO_VARINT:
        return proto_take_varint(c, &f->value);
    case PROTO_FIXED64:
        return proto_take_fixed(c, 8, &f->value);
    case PROTO_BYTES:
        return proto_take_bytes(c, &f->bytes);
    case PROTO_FIXED32:
        return proto_take_fixed(c, 4, &f->value);
    default:
        return proto_bad(c); /* groups, which nobody writes any more */
    }
}

double proto_double(const struct proto_field *f)
{
    double x;

    memcpy(&x, &f->value, sizeof x);
    return x;
}

float proto_float(const struct proto_field *f)
{
    uint32_t bits = (uint32_t)f->value;
    float x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

bool proto_find_u64(struct text message, unsigned number, uint64_t *n)
{
    struct proto_cursor c;
    struct proto_field f;

    *n = 0;
    proto_begin(&c, message);
    while (proto_next(&c, &f))
        if (proto_is(&f, number, PROTO_VARINT))
            *n = f.value;
    return !c.bad;
}

bool proto_find(struct text message, unsigned number, enum proto_form form,
                struct proto_field *f)
{
    struct proto_cursor c;
    struct proto_field next;
    bool found = false;

    proto_begin(&c, message);
    while (proto_next(&c, &next))
        if (proto_is(&next, number, form)) {
            *f = next;
            found = true;
        }
    return found && !c.bad;
}

bool proto_at(struct text message, const unsigned *path, struct text *out)
{
    struct proto_field f;

    for (; *path; path++) {
        if (!proto_find(message, *path, PROTO_BYTES, &f))
            return false;
        message = f.bytes;
    }
    *out = message;
    return true;
}
