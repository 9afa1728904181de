/*
 * One side of fakeapi, embedders or stores: how long its answers take, and what
 * it refuses for its load alone. Each of its limits is a number that a service
 * has, told to nobody unless `declared` says so.
 *
 * Threads     Any, but side_init().
 */
#ifndef BATCHTOP_TESTS_SUPPORT_FAKEAPI_FAKEAPI_SIDE_H
#define BATCHTOP_TESTS_SUPPORT_FAKEAPI_FAKEAPI_SIDE_H

#include <pthread.h>

#include "tests/support/fakeapi/fakeapi_options.h"

enum { SIDE_EMBED, SIDE_STORE, SIDES };
enum { SIDE_SERVERS = 256, SIDE_TIMES = 4096, SIDE_STEP_MS = 250 };

/* What fills with time and empties with use; below zero it is in debt. */
struct allowance_bucket {
    double level, most, per_us;
};

struct side {
    struct fakeapi_side o;
    pthread_mutex_t lock;
    uint64_t dice;                                /* [lock] */
    int64_t free_us[SIDE_SERVERS];                /* [lock] */
    int64_t filled_us;                            /* [lock] */
    struct allowance_bucket requests, tokens;     /* [lock] */
    long in_flight;                               /* [lock] */
    struct side_stats stats;                      /* [lock] */
    uint32_t documents[SIDE_TIMES];               /* [lock] a step each */
};

enum side_fault {
    SIDE_FINE,
    SIDE_FAILS,    /* 500, nothing done */
    SIDE_DROPS,    /* done, and the connection closed without an answer */
    SIDE_GARBLES,  /* done, and the answer is noise */
    SIDE_RESETS    /* a TCP reset, nothing done */
};

/* What becomes of a request. */
struct ticket {
    int64_t due_us; /* its answer is due */
    int refused;    /* 429, 413; 0: it is taken */
    enum side_fault fault;
};

void side_init(struct side *s, const struct fakeapi_side *o);
/* A request of so many bytes is here. */
struct ticket side_arrive(struct side *s, size_t bytes);
/* So many of its documents were done; the server's first request came at
 * begun_us. */
void side_done(struct side *s, int64_t begun_us, uint64_t documents);
void side_leave(struct side *s);
struct side_stats side_stats(struct side *s);
/* What a service says of its limits, as lines of a head. */
void side_put_limits(struct side *s, struct buf *to);
/* "NAME STEP DOCUMENTS" for each step of SIDE_STEP_MS. */
void side_put_times(struct side *s, const char *name, struct buf *to);

#endif
