/*
 * Messages of Protocol Buffers, read and written one field at a time, with no
 * description of any: a dialect knows the numbers of its fields. Nothing of the
 * program's own util/protobuf.h is used, so that both cannot err alike.
 *
 * Source      https://protobuf.dev/programming-guides/encoding/ (2026-11).
 */
#ifndef BATCHTOP_TESTS_SUPPORT_FAKEAPI_FAKEAPI_PROTO_H
#define BATCHTOP_TESTS_SUPPORT_FAKEAPI_FAKEAPI_PROTO_H

#include "util/buf.h"

enum pb_wire { PB_VARINT, PB_FIXED64, PB_BYTES, PB_FIXED32 = 5 };

struct pb { /* all that is left of a message; borrowed */
    const char *p, *end;
    bool broken; /* it was no message */
};

struct pb_field {
    uint32_t number;
    enum pb_wire wire;
    uint64_t value;    /* VARINT, FIXED32 and FIXED64, as bits */
    struct text bytes; /* BYTES: a string, a message, packed numbers */
};

struct pb pb_of(struct text message);
/* False at the end, or where it is broken. */
bool pb_next(struct pb *m, struct pb_field *f);
/* The last field of this number that is bytes; ptr NULL: there is none. */
struct text pb_find(struct text message, uint32_t number);
uint64_t pb_find_value(struct text message, uint32_t number);
double pb_double(const struct pb_field *f);
/* Repeated floats that may come packed or one by one: append those of the
 * field. `have` counts; false: none of either kind, or above cap. */
bool pb_floats(const struct pb_field *f, float *to, size_t *have,
                  size_t cap);

void pb_put_value(struct buf *to, uint32_t number, uint64_t value);
void pb_put_bytes(struct buf *to, uint32_t number, struct text bytes);
void pb_put_double(struct buf *to, uint32_t number, double d);
void pb_put_float(struct buf *to, uint32_t number, float f);
/* A message within a message: what is put between these two. At most 2^28
 * bytes. */
size_t pb_open(struct buf *to, uint32_t number);
void pb_close(struct buf *to, size_t opened);

#endif
