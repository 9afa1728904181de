/*
 * A closed loop in virtual time: workers of one or two stages that send
 * requests through a gate to services that nobody described. For
 * test_seek_*.c.
 *
 * Threads     The test's own.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_FLOW_CLOSED_LOOP_H
#define BATCHTOP_TESTS_SUPPORT_FLOW_CLOSED_LOOP_H

#include "flow/gate.h"

enum {
    LOOP_WORKERS = 64,
    LOOP_STAGES = 2,
    LOOP_SECONDS = 240, /* the longest run */
    LOOP_BIN_MS = 250
};

/* How a service behaves; what is 0 is not there. */
struct service {
    double ms;            /* median of a request that is alone in it */
    double spread;        /* of its logarithm */
    double connect_ms;    /* more, of a worker's first request */
    double away_ms;       /* an answer is so long on its way */
    size_t servers;       /* work at once, the rest queues */
    size_t most_at_once;  /* refuses above, */
    double lingers_ms;    /* and counts some for about so much longer: */
    double lingers;       /* that share; 0: one in 32 */
    double per_s, burst;  /* refuses above: a bucket of requests */
    double slower_at;     /* all are slower: twice so at this many at once */
    int64_t retry_after_ms; /* named in a refusal */
    bool headers;         /* tells what is left of per_s */
    size_t flat_docs;     /* takes as long for up to so many documents */
    double doc_ms;        /* and so much more for each */
    size_t most_docs;     /* refuses a larger request: 413 */
    double fails;         /* of requests: 500 */
    double strays;        /* of requests: refused for no reason */
    double tpm;           /* refuses above: documents a minute */
    double singles;       /* of requests: of one document */
    double change_s;      /* from then on: */
    size_t servers_then;
    double ms_then;
    double out_from_s, out_to_s; /* connection refused */
};

/* What one stage does. */
struct stage_plan {
    struct service service;
    struct seek_bounds bounds;
    size_t fixed;    /* so many in flight without a gate; 0: seek */
    size_t workers;  /* 0: LOOP_WORKERS */
    size_t docs;     /* in a batch, where the gate has no opinion */
    size_t docs_held; /* in requests, most: the bound on their number follows
                         their size; 0: it does not */
    size_t docs_unproved; /* of these, until more pay (core/ration.h); 0: all */
    uint64_t rpm;    /* known beforehand */
    double cpu_ms;   /* a worker's own time for a request */
};

struct loop_plan {
    struct stage_plan stage[LOOP_STAGES];
    size_t stages;
    double seconds;
    uint64_t seed;
    size_t queue;        /* batches between two stages */
    size_t read_ahead;   /* batches before the first one */
    size_t pool;         /* batches under way in all stages; 0: any number */
    double source_per_s; /* batches that come; 0: any number */
    double pause_from_s, pause_to_s; /* nobody sends */
    bool lags;           /* workers hear of another width at ticks only */
    bool trace;
};

struct loop_outcome {
    uint64_t served, documents, refused, too_large, failed;
    uint64_t bin[LOOP_SECONDS * 1000 / LOOP_BIN_MS]; /* documents */
    size_t most_in_flight, most_pool;
    struct seek_stats seek;
    struct seek_knee knee;
    double mean_width; /* wanted, over the run */
};

/* Of each stage. */
void loop_run(const struct loop_plan *plan,
              struct loop_outcome out[LOOP_STAGES]);

#endif
