/* SHA-1 (FIPS 180-4), for UUIDs of version 5, which are made of it; nothing here
 * relies on it as a secret. */
#ifndef BATCHTOP_UTIL_SHA1_SHA1_H
#define BATCHTOP_UTIL_SHA1_SHA1_H

#include "util/buf.h"

enum { SHA1_SIZE = 20 };

/* Of both texts, one behind the other. */
void sha1_of(struct text first, struct text second,
             unsigned char out[SHA1_SIZE]);

#endif
