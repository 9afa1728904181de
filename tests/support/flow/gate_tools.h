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

/* Ask to enter with so many requests and tokens; *t is the ticket. */
static inline int64_t ask(struct gate *g, struct gate_ticket *t,
                          double requests, double tokens, int64_t now,
                          enum gate_why *why)
{
    *t = (struct gate_ticket){ .requests = requests, .tokens = tokens };
    return gate_enter(g, t, now, why);
}

/* One that nobody keeps the ticket of: gone() lets it come back. */
static inline int64_t enter(struct gate *g, int64_t now, enum gate_why *why)
{
    struct gate_ticket t;

    return ask(g, &t, 1, 0, now, why);
}

/* A request that entered, whichever, comes back. */
static inline int64_t gone(struct gate *g, const struct error *err,
                           int64_t now, double chance)
{
    struct gate_ticket t = { .inside = true };

    return gate_leave(g, &t,
                      &(struct gate_answer){ .err = err, .chance = chance },
                      now);
}

/* Enter and come back with this outcome at once. */
static inline void once(struct gate *g, const struct error *err, int64_t now)
{
    enum gate_why why;

    assert_int_equal(enter(g, now, &why), 0);
    gone(g, err, now, 0.5);
}

#endif
