/* What the two files of closed_loop.h share. */
#ifndef BATCHTOP_TESTS_SUPPORT_FLOW_CLOSED_LOOP_PARTS_H
#define BATCHTOP_TESTS_SUPPORT_FLOW_CLOSED_LOOP_PARTS_H

#include "core/ration.h"
#include "tests/support/flow/closed_loop.h"

enum { LOOP_QUEUE = 256, LOOP_SERVERS = 256, LOOP_INSIDE = 256, TICK = LOOP_STAGES,
       WAKE };

/* The outcome of a request, known when it is sent. */
struct answer {
    int64_t at_us; /* when it comes back */
    bool fine;
    struct error err;
    struct http_pace pace;
};

struct loop_worker {
    enum { OFF, STARVED, ASKING, PAUSED, BUSY, WORKING, BLOCKED } state;
    size_t docs, sent_docs; /* of its batch, in its request */
    size_t part;            /* most in a request, once a 413 came */
    bool connected;
    int64_t sent_us, since_us;
    struct answer answer;
    struct gate_ticket ticket;
};

struct loop_stage {
    const struct stage_plan *plan;
    struct loop_outcome *out;
    struct gate *gate; /* NULL: a fixed number, whatever the service says */
    struct loop_worker worker[LOOP_WORKERS];
    size_t workers, in_flight, width; /* width: as they heard of it */
    size_t bound;
    struct ration ration; /* its bytes are documents */
    int64_t wake_us;
    size_t queue[LOOP_QUEUE], first, queued; /* documents of batches before */
    /* the service's */
    int64_t free_us[LOOP_SERVERS];
    int64_t until_us[LOOP_INSIDE]; /* requests inside */
    size_t inside;
    double bucket;
    int64_t bucket_us;
    double documents; /* that tpm leaves */
    int64_t documents_us;
    int64_t named_us; /* a client without a gate waits until then */
};

struct event {
    int64_t at_us;
    uint64_t order;
    size_t stage, worker;
};

struct loop {
    const struct loop_plan *plan;
    uint64_t random, order, ticks, taken;
    size_t in_pool;
    int64_t now_us, epoch_ms; /* virtual; the gate's clock at its zero */
    struct loop_stage stage[LOOP_STAGES];
    struct event event[4 * LOOP_WORKERS * LOOP_STAGES];
    size_t events;
};

double loop_unit(struct loop *l); /* in [0, 1) */

/* The worker sends w->sent_docs documents now. */
struct answer service_serve(struct loop *l, struct loop_stage *st,
                            struct loop_worker *w);

#endif
