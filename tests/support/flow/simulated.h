/*
 * A simulation for test_simulation.c: a random service, a job of random
 * documents, workers that call dispatch(), and a clock that stands still but
 * for what takes time.
 *
 * Each worker is a coroutine; whoever waits lets the one run that wakes first.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_FLOW_SIMULATED_H
#define BATCHTOP_TESTS_SUPPORT_FLOW_SIMULATED_H

#include "flow/dispatch.h"

#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SIM_WORKERS = 1 }; /* they do not follow a stack that is switched */
#else
enum { SIM_WORKERS = 4 };
#endif

enum {
    DOCS_MAX = 400,
    BATCH_MAX = 128,
    STACK_BYTES = 1 << 17,
    HAND_MS = 60000,            /* until somebody sees to a hold */
    TIMEOUT_MS = 30000,         /* of a request */
    HOUR_MS = 3600000,
    REQUESTS_MOST = 100000      /* then it has no end */
};

/* How a service sends away what it does not take. */
enum manner {
    SAYS_SIZE,    /* 413, or words that are understood */
    SAYS_NUMBER,  /* ... and how many documents it takes */
    SAYS_400,     /* words that nobody understands */
    SAYS_500,
    SAYS_504,
    HANGS,        /* no answer in time */
    RESETS,
    SAYS_429,
    IS_SHORT,     /* fewer vectors than texts */
    MANNERS
};

/* What a poisoned document makes it say. */
enum poison {
    HEALTHY,
    POISON_400,   /* words that nobody understands */
    POISON_NAMED, /* words about the document */
    POISON_413,
    POISON_500,
    POISON_HANG,
    POISON_RESET,
    POISON_NONSENSE,
    POISON_PAGE,  /* a firewall's 403 */
    POISON_ECHO,  /* its text is repeated and speaks of a key */
    POISONS
};

/* From ARREARS on a hand mends it. */
enum trouble { CALM, REFUSES, UNAVAILABLE, FAILS, ARREARS, NO_KEY, QUOTA_WORDS,
               NONSENSE, TROUBLES };

struct document {
    enum poison poison;
    size_t bytes;
    unsigned luck;
    bool in_redo;
    int64_t due_ms;
    enum { OPEN, SERVED, FAILED } fate;
};

struct sim;

struct worker {
    struct sim *sim;
    ucontext_t context;
    char *stack;
    int64_t wake_ms;
    struct item item[BATCH_MAX];
    size_t items;
    struct dispatch dispatch;
    bool over;
};

struct sim {
    uint64_t seed, random;
    int64_t now_ms;
    struct gate *gate;
    struct ceiling ceiling;
    struct witness witness;
    /* the job */
    struct document doc[DOCS_MAX];
    struct doc docs[DOCS_MAX];
    struct batch all; /* its documents are docs */
    size_t count, next, open, batch, redo_most, in_redo;
    unsigned retries;
    /* the service */
    enum manner manner;
    size_t most_docs, most_bytes; /* 0: any */
    int64_t base_ms, each_us;
    unsigned bad_luck_pct;        /* of requests fail for no reason */
    enum proof proof;             /* what can be asked */
    enum trouble trouble;
    int64_t trouble_from_ms, trouble_to_ms;
    uint64_t per_min, minute, minute_used; /* a rate; 0: none */
    bool tells_wait;
    /* the outcome */
    unsigned requests, proofs, failures, holds, limited, unlucky;
    int64_t held_until_ms; /* 0: not */
    struct worker worker[SIM_WORKERS];
    size_t workers;
    bool refills; /* a worker takes more as soon as one request is through */
    ucontext_t scheduler;
    const char *wrong;
};

/* A number below n; true in so many of a hundred cases. */
uint64_t sim_roll(struct sim *s, uint64_t n);
bool sim_chance(struct sim *s, unsigned pct);
/* Something is not as it must be: the first such thing counts. */
void sim_wrong(struct sim *s, const char *what);

/* simulated_service.c: the service and the job of this seed; but for the
 * stacks of the workers nothing is kept. */
void sim_make(struct sim *s, uint64_t seed);
/* What the service makes of a request, and what befalls every request now. */
bool sim_serve(struct worker *w, struct request *rq, struct error *err);
bool sim_hour_is_bad(struct sim *s, struct error *err);
bool sim_over_rate(struct sim *s, struct error *err);

/* simulated_stage.c: */
void sim_make_workers(struct sim *s);
/* Until all are over. */
void sim_run(struct sim *s);
/* The worker lets so much time pass. */
void sim_pass(struct worker *w, int64_t ms);

#endif
