/* The name-based UUID (RFC 9562 version 5) that maps any id to one that
 * UUID-only stores take. */
#ifndef BATCHTOP_UTIL_UUID_H
#define BATCHTOP_UTIL_UUID_H

#include "util/buf.h"

/* id is 36 characters 8-4-4-4-12 hex digits, either case. */
bool uuid_is(const char *id, size_t n);

enum { UUID_SIZE = 37 }; /* 36 characters and a NUL */

/* UUIDv5 in the DNS namespace, lower case, 36 characters and a NUL. */
void uuid_v5(const char *id, size_t n, char out[UUID_SIZE]);

/* Do both name one id to a store that ignores the case of a UUID's letters? */
bool uuid_same(struct text a, struct text b);
/* The id with one spelling for all of its forms: a UUID in small letters, which
 * stand in `room`; any other id unchanged. */
struct text uuid_folded(struct text id, char room[UUID_SIZE]);

/* The UUID that stands for an id: itself in lower case when it is one, else
 * its version 5. The same id is the same UUID for ever. */
void uuid_of(const char *id, size_t n, char out[UUID_SIZE]);

#endif
