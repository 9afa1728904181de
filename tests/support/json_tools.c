/* Texts and values of JSON, as its tests want them. */
#include "config.h"
#include "tests/support/json_tools.h"

#include <stdlib.h>
#include <string.h>

char *exact(const char *text, size_t n)
{
    char *copy = malloc(n ? n : 1);

    assert_non_null(copy);
    memcpy(copy, text, n);
    return copy;
}

struct json_value value_of(const char *text)
{
    struct json_cursor c;
    struct json_value v;

    json_begin(&c, text, strlen(text));
    assert_true(json_value(&c, &v));
    assert_true(json_end(&c));
    return v;
}

void assert_buf(const struct buf *b, const char *expected, size_t n)
{
    assert_false(b->failed);
    assert_int_equal(b->len, n);
    assert_memory_equal(b->data, expected, n);
}
