/*
 * The server of fakeapi, for its own files: what it holds, and the course of a
 * request, which is the same over HTTP/1.1 (fakeapi.c) and HTTP/2
 * (fakeapi_h2.c):
 *
 *     fakeapi_arrive()   counts it and says when its answer is due
 *     fakeapi_treat()    at that time: does what was asked, or a fault
 *     fakeapi_leave()    its answer goes out now, or never will
 */
#ifndef BATCHTOP_TESTS_SUPPORT_FAKEAPI_FAKEAPI_SERVER_H
#define BATCHTOP_TESTS_SUPPORT_FAKEAPI_FAKEAPI_SERVER_H

#include <pthread.h>

#include "tests/support/fakeapi/fakeapi_parts.h"
#include "tests/support/fakeapi/fakeapi_side.h"

enum { SCRIPT_MAX = 64, CONNECTIONS = 512, KEY = 256 };

struct connection {
    struct fakeapi *server;
    int fd; /* -1: free */
    pthread_t thread;
    bool started;
};

struct fakeapi {
    struct fakeapi_options o;
    int listener, port;
    int64_t begun_ms;
    int64_t first_us; /* [lock] its first request came */
    pthread_t thread;
    pthread_mutex_t lock;
    struct connection connection[CONNECTIONS]; /* [lock] */
    struct fakeapi_answer script[SCRIPT_MAX];  /* [lock] */
    size_t script_count;                       /* [lock] */
    enum fakeapi_twist twist;                  /* [lock] */
    char key[KEY];                             /* [lock] "": none */
    struct fakeapi_stats stats;                /* [lock] */
    int64_t due_ms;                            /* [lock] as the last 429 said */
    struct buf last;                           /* [lock] */
    uint64_t dice;                             /* [lock] */
    int64_t out_until_ms;                      /* [lock] */
    bool ending;                               /* [lock] */
    struct points *points;
    struct side side[SIDES];
};

/* A request under way. */
struct visit {
    const struct dialect *dialect;
    struct side *side; /* NULL: of neither */
    struct ticket ticket;
    uint64_t number; /* as it came, from 1 on; 0: it is not counted */
};

enum outcome {
    OUTCOME_ANSWER, /* send the answer */
    OUTCOME_SCRIPT, /* send what the script says */
    OUTCOME_RESET,  /* reset the connection */
    OUTCOME_DROP    /* close it without a word */
};

void fakeapi_arrive(struct fakeapi *f, const struct request *q,
                    struct visit *v);
/* Fills the answer; with OUTCOME_SCRIPT `scripted`, whose body may be that of
 * the answer. */
enum outcome fakeapi_treat(struct fakeapi *f, const struct request *q,
                           struct visit *v, struct answer *a,
                           struct fakeapi_answer *scripted);
void fakeapi_leave(struct visit *v);
void fakeapi_new_key(struct fakeapi *f, struct text key);

#endif
