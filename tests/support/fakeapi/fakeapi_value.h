/*
 * JSON values as messages: google.protobuf.Struct and what services have made
 * of it, each with field numbers of its own.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_FAKEAPI_FAKEAPI_VALUE_H
#define BATCHTOP_TESTS_SUPPORT_FAKEAPI_FAKEAPI_VALUE_H

#include "tests/support/fakeapi/fakeapi_proto.h"

/* The fields of a Value; its object has a map in field 1, its list values in
 * field 1. integer 0: numbers are doubles. */
struct value_form {
    uint32_t null, number, integer, string, boolean, object, list;
};

extern const struct value_form google_value; /* google.protobuf.Value */

/* Append a Value as JSON; false: it is none. */
bool value_to_json(const struct value_form *form, struct text value,
                   struct buf *to);
/* Append the map that field `number` of a message is, as a JSON object. */
bool value_map_to_json(const struct value_form *form, struct text message,
                       uint32_t number, struct buf *to);
/* The members of a JSON object as such a map. */
void value_map_from_json(const struct value_form *form, struct text json,
                         uint32_t number, struct buf *to);

#endif
