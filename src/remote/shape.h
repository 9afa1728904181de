/*
 * A struct that came from elsewhere, field by field: what is checked before
 * anything of it is believed, and what two builds must have in common.
 *
 * A reader indexes by enums and counts, prints texts, and turns numbers into
 * others: each field has bounds within which no reader comes to harm.
 *
 * Threads     Values.
 */
#ifndef BATCHTOP_REMOTE_SHAPE_H
#define BATCHTOP_REMOTE_SHAPE_H

#include "util/error.h"

#include <stddef.h>
#include <stdint.h>

enum check {
    CHECK_UNSIGNED, /* 0..most: counts, enums, bools */
    CHECK_SIGNED,   /* -most..most, 64 bits */
    CHECK_DOUBLE,   /* the same; finite */
    CHECK_AMOUNT,   /* 0..most; a double, too */
    CHECK_FLOAT,    /* -most..most */
    CHECK_TEXT,     /* ends within its array; compared, never shown */
    CHECK_LINE,     /* the same, and is printable */
    CHECK_PAGE,     /* so are its lines */
    CHECK_SHAPE     /* by the fields of another struct */
};

struct shape;

struct field {
    const char *name;
    size_t at, size, align; /* size: of all elements of an array */
    enum check check;
    uint64_t most;
    const struct shape *shape;
};

struct shape {
    size_t size, align, count;
    const struct field *field;
};

#define SHAPE_MEMBER(T, m) (((struct T *)0)->m)
#define FIELD(T, m, check, most)                                              \
    { #m, offsetof(struct T, m), sizeof SHAPE_MEMBER(T, m),                   \
      __alignof__(SHAPE_MEMBER(T, m)), CHECK_##check, most, NULL }
#define INNER(T, m, shape)                                                    \
    { #m, offsetof(struct T, m), sizeof SHAPE_MEMBER(T, m),                   \
      __alignof__(SHAPE_MEMBER(T, m)), CHECK_SHAPE, 0, &shape }
#define SHAPE(T)                                                              \
    static const struct shape T##_shape = {                                   \
        sizeof(struct T), _Alignof(struct T),                                 \
        sizeof T##_fields / sizeof T##_fields[0], T##_fields                  \
    }

/* Bounds. Documents, requests, rows, milliseconds, documents a second. */
#define MANY 1000000000000000u
/* Bytes, and places in files. */
#define FAR INT64_MAX
/* A share: 0..100, but for noise and for cores. */
#define SHARE 1000000u

/* fails    PROTOCOL, with the name of the field. */
bool shape_check(const struct shape *shape, const void *p, struct error *err);
/* Make its lines what shape_check() wants of them. */
void shape_mend(const struct shape *shape, void *p);
/* The same number for the same fields, places and bounds. */
uint64_t shape_hash(const struct shape *shape, uint64_t seed);
/* No field is forgotten; for a test. */
bool shape_is_whole(const struct shape *shape);

/* It ends within its array, and str_printable() would leave it as it is. */
bool shape_is_line(const char *text, size_t size);

#endif
