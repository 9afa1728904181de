/* What the tests of JSON share. */
#ifndef BATCHTOP_TESTS_SUPPORT_JSON_TOOLS_H
#define BATCHTOP_TESTS_SUPPORT_JSON_TOOLS_H

#include "tests/support/tap.h"
#include "util/json.h"

/* A copy of exactly n bytes, so that a read behind them is caught: free() it. */
char *exact(const char *text, size_t n);

/* The value that the text is, and nothing else. */
struct json_value value_of(const char *text);

void assert_buf(const struct buf *b, const char *expected, size_t n);

#endif
