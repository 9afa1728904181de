/* Requests that go through a gate, with outcomes that a test made up. */
#ifndef BATCHTOP_TESTS_SUPPORT_FLOW_GATE_TOOLS_H
#define BATCHTOP_TESTS_SUPPORT_FLOW_GATE_TOOLS_H

#include "flow/gate.h"
#include "tests/support/tap.h"

static inline struct error failure(enum error_kind kind, int64_t retry_after_ms)
{
    struct error err;

    error_set(&err, kind, 0, "scripted");
    err.retry_after_ms = retry_after_ms;
    return err;
}

static inline int64_t enter(struct gate *g, int64_t now, enum gate_why *why)
{
    return gate_enter(g, 1, 0, now, why);
}

/* Enter and come back with this outcome at once. */
static inline void once(struct gate *g, const struct error *err, int64_t now)
{
    enum gate_why why;

    assert_int_equal(enter(g, now, &why), 0);
    gate_leave(g, err, 0, 0, now, 0.5);
}

#endif
