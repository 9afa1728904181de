/*
 * A JSON value as a message of Protocol Buffers: google.protobuf.Value, or one
 * like it, whose fields are a null, a number, a text, a boolean, an object or a
 * list. It goes from the JSON text straight into the body: there is no tree.
 *
 * Bounds      The nesting of JSON (JSON_DEPTH_DEFAULT); no recursion.
 * Threads     Values.
 */
#ifndef BATCHTOP_STORE_STORE_VALUE_H
#define BATCHTOP_STORE_STORE_VALUE_H

#include "util/buf.h"
#include "util/json.h"
#include "util/protobuf.h"

/* The numbers of its fields. An object is a message with entries {1: the name,
 * 2: the value} in field 1, a list one with values in field 1. */
struct value_form {
    unsigned null, real, string, boolean, object, list;
    unsigned integer; /* int64; 0: integers are real, too */
};

/* google.protobuf.Value */
extern const struct value_form value_google;

/*
 * Append the one field that a Value consists of, without the head of the Value.
 * Integers beyond 64 bits become doubles. `room` is scratch.
 *
 * fails    a value that is no JSON: sets b->failed.
 */
void store_put_value(struct buf *b, const struct value_form *form,
                     struct text json, struct buf *room);
/* A JSON string's raw contents as a field. */
void store_put_decoded(struct buf *b, unsigned field, struct text raw,
                       bool escaped);

/*
 * Decoders refuse messages that are nested deeper than 100. Does the value, as
 * such a message, reach deeper than `most`? An object takes three levels, a
 * list two.
 */
bool store_value_is_deep(struct text json, unsigned most);

/* Append a Value as JSON. False: no such message, or too deep. */
bool store_value_json(struct buf *to, const struct value_form *form,
                      struct text message);

#endif
