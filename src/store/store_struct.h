/*
 * google.protobuf.Struct out of JSON: how services that take metadata over gRPC
 * want it. A Struct is a map from names to values; its numbers are doubles.
 *
 * Failures    The buffer's.
 * Threads     Any.
 * Source      google/protobuf/struct.proto
 */
#ifndef BATCHTOP_STORE_STORE_STRUCT_H
#define BATCHTOP_STORE_STORE_STRUCT_H

#include "store/store_meta.h"
#include "util/json.h"

/* Append one member of a Struct. */
void struct_put_string(struct buf *b, const char *name, struct text decoded);
/* The document's text, decoded. */
void struct_put_text(struct buf *b, const char *name,
                     const struct upsert_item *item);
/* A scalar, or a list of scalars. `as_text`: a number as its digits. */
void struct_put_member(struct buf *b, const struct json_value *name,
                       const struct json_value *v, bool as_text);

/* The metadata's members as the rules want them, or all of it as one string. */
void struct_put_meta(struct buf *b, const struct store_meta *m,
                     const struct upsert_item *item);

/* The value of a JSON number that stands in an object or a list. */
double struct_number(const struct json_value *number);

#endif
