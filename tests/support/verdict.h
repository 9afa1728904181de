/*
 * What a service says when it refuses, and what that has to be taken for: a row
 * of the tables of refusals.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_VERDICT_H
#define BATCHTOP_TESTS_SUPPORT_VERDICT_H

#include "tests/support/tap.h"
#include "util/error.h"

/* Rows leave out what is not looked at. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

struct verdict {
    int status;
    const char *body;
    enum error_kind kind;
    enum error_about about;
    uint32_t most;
    const char *sent;    /* what the documents said; NULL: nothing special */
    const char *headers; /* NULL: none */
    int64_t wait_ms;     /* 0: none is looked for */
};

/* The error is that of the row, or the test fails with both. */
static inline void verdict_expect(const struct verdict *row,
                                  const struct error *err)
{
    static const char *const about[] = { "unknown", "document", "request",
                                         "service" };

    if (err->kind == row->kind && err->about == row->about &&
        err->most == row->most &&
        (!row->wait_ms || err->retry_after_ms == row->wait_ms))
        return;
    fail_msg("%d %s\n  is %s about %s, most %u, wait %lld, not %s about %s: %s",
             row->status, row->body, error_word(err->kind), about[err->about],
             err->most, (long long)err->retry_after_ms, error_word(row->kind),
             about[row->about], err->text);
}

#endif
