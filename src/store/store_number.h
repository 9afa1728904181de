/*
 * Whether a store that does not keep a JSON number's digits would change it:
 * decided by the digits, without locale or rounding.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_STORE_STORE_NUMBER_H
#define BATCHTOP_STORE_STORE_NUMBER_H

#include "util/buf.h"

/* A literal: an integer above 2^53, which loses digits as a double. */
bool number_is_long(struct text number);
/* Without a point, yet not an integer of signed 64 bits: 1e5 is none. */
bool number_is_no_int64(struct text number);
/* An integer that does not fit signed 64 bits; one that does not fit unsigned
 * either. */
bool number_over_int64(struct text number);
bool number_over_uint64(struct text number);
/* Larger than any double, 1.8e308. */
bool number_is_huge(struct text number);

/* Is one of the numbers in a JSON value, however deep, like that? */
bool number_inside(struct text json, bool (*is)(struct text number));

#endif
