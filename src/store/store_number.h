/*
 * What becomes of a JSON number in a store that does not keep its digits: told
 * by the digits themselves, no locale and no rounding in it.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_STORE_STORE_NUMBER_H
#define BATCHTOP_STORE_STORE_NUMBER_H

#include "util/buf.h"

/* A literal: an integer above 2^53, which loses digits as a double. */
bool number_is_long(struct text number);
/* Without a point, and yet no integer of 64 bits with a sign: 1e5 is none. */
bool number_is_no_int64(struct text number);
/* An integer that does not fit 64 bits with a sign; one that does not without
 * it, either. */
bool number_over_int64(struct text number);
bool number_over_uint64(struct text number);
/* Larger than any double, 1.8e308. */
bool number_is_huge(struct text number);

/* One of the numbers in a JSON value, however deep, is such. */
bool number_inside(struct text json, bool (*is)(struct text number));

#endif
