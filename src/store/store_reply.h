/*
 * Reads what vector stores answer: small JSON envelopes, walked by a cursor,
 * no tree. Every function takes the JSON text of one value.
 */
#ifndef BATCHTOP_STORE_STORE_REPLY_H
#define BATCHTOP_STORE_STORE_REPLY_H

#include "util/buf.h"
#include "util/error.h"
#include "util/json.h"

/* The last member of that name; false: there is none, or this is not an
 * object that can be read to its end. */
bool reply_member(struct text object, const char *name,
                  struct json_value *out);

/* The value at a path of member names that ends with NULL. */
bool reply_find(struct text json, const char *const *path,
                struct json_value *out);

/* The same as a whole number that is not negative. */
bool reply_number(struct text json, const char *const *path, uint64_t *out);

/* PROTOCOL, about SERVICE: "the answer has no WHAT", with how it begins.
 * Returns false. */
bool reply_nonsense(struct text json, const char *what, struct error *err);

/* A string made printable; "" for anything else. */
void reply_word(const struct json_value *v, char *to, size_t size);

/* Append a string decoded, any other value as it is written. */
void reply_put(struct buf *to, const struct json_value *v);

/* A number as a score; false for anything else. */
bool reply_score(const struct json_value *v, double *out);

#endif
