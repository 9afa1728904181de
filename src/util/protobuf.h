/*
 * Protocol Buffers on the wire: a writer into a buffer and a reader of bytes
 * that somebody else made.
 *
 * A message is its fields one after another, each with a number and one of the
 * forms below. The writer knows no schema: a provider's file names the fields.
 * What the reader does not know, it steps over.
 *
 *     size_t m = proto_open(&b, 3, 200);      field 3, a message
 *     proto_put_text(&b, 1, id);
 *     proto_put_floats(&b, 101, v, dim);
 *     proto_close(&b, m);
 *
 * Memory      The writer's failures are the buffer's. The reader allocates
 *             nothing and borrows the bytes.
 * Bounds      The reader enters nothing by itself, so depth costs no stack.
 * Threads     Values.
 * Source      https://protobuf.dev/programming-guides/encoding/
 */
#ifndef BATCHTOP_UTIL_PROTOBUF_H
#define BATCHTOP_UTIL_PROTOBUF_H

#include "util/buf.h"

/* ---- writing ---- */

/* The fields of an entry, as which a map is repeated. */
enum { PROTO_MAP_KEY = 1, PROTO_MAP_VALUE = 2 };

/* The most bytes of a number of 64 bits, and of a length before it is known. */
enum { PROTO_VARINT_MAX = 10 };

/* Bytes that a number takes. */
static inline size_t proto_varint_size(uint64_t n)
{
    return n ? (size_t)(70 - __builtin_clzll(n)) / 7 : 1;
}

/* Integers of any type but sint; a negative one takes ten bytes. */
void proto_put_u64(struct buf *b, unsigned field, uint64_t n);
void proto_put_bool(struct buf *b, unsigned field, bool yes);
void proto_put_double(struct buf *b, unsigned field, double x);
void proto_put_float(struct buf *b, unsigned field, float x);
/* string (UTF-8) or bytes */
void proto_put_text(struct buf *b, unsigned field, struct text t);
/* The head of a field of `size` bytes, which the caller appends. */
void proto_put_head(struct buf *b, unsigned field, size_t size);
/* repeated float, packed */
void proto_put_floats(struct buf *b, unsigned field, const float *v, size_t n);
/* The bytes that proto_put_floats() appends. */
size_t proto_floats_size(unsigned field, size_t n);
/* Floats as little-endian float32 and nothing else. */
void proto_put_raw_floats(struct buf *b, const float *v, size_t n);
/* A double likewise. */
void proto_put_raw_double(struct buf *b, double x);

/*
 * A message whose size is not known yet: about `guess` bytes. Close it with
 * what this returned, inner ones first. A good guess saves a move of the bytes;
 * the result is the shortest either way.
 */
size_t proto_open(struct buf *b, unsigned field, size_t guess);
void proto_close(struct buf *b, size_t mark);

/* ---- reading ---- */

enum proto_form {
    PROTO_VARINT = 0, /* integers, bool, enum */
    PROTO_FIXED64 = 1, /* double */
    PROTO_BYTES = 2,  /* string, bytes, message, packed numbers */
    PROTO_FIXED32 = 5 /* float */
};

struct proto_field {
    unsigned number;
    enum proto_form form;
    uint64_t value;    /* of the numbers; the bits of a float or double */
    struct text bytes; /* of PROTO_BYTES */
};

struct proto_cursor {
    const char *p, *end;
    bool bad; /* it met what is no message */
};

void proto_begin(struct proto_cursor *c, struct text message);
/* The next field; false at the end, or at what is no field: then c->bad. */
bool proto_next(struct proto_cursor *c, struct proto_field *f);

/* Is it that field in that form? */
static inline bool proto_is(const struct proto_field *f, unsigned number,
                            enum proto_form form)
{
    return f->number == number && f->form == form;
}

double proto_double(const struct proto_field *f); /* of PROTO_FIXED64 */
float proto_float(const struct proto_field *f);   /* of PROTO_FIXED32 */

/* The last field of that number in that form, as the protocol wants; false: not
 * there, or not a message. */
bool proto_find(struct text message, unsigned number, enum proto_form form,
                struct proto_field *f);
/* The integer of that number, 0 where it is left out; false: not a message. */
bool proto_find_u64(struct text message, unsigned number, uint64_t *n);
/* The message at a path of numbers that ends with 0. */
bool proto_at(struct text message, const unsigned *path, struct text *out);

#endif
