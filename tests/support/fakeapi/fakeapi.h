/*
 * A stand-in for the services we talk to, on the loopback: embedding servers
 * and vector stores in several dialects at once, told apart by the path, with
 * faults on demand. A vector is told by its text alone.
 *
 *     GET  /control/stats   counters, as JSON
 *     GET  /control/dump    a line for each point: "KEY ID ok" or "bad"
 *     POST /control/key     the body is the key from now on; empty: none
 *
 * "ok" says that the stored vector is the one of the stored text: mixed-up
 * rows show there. Bodies may come as gzip.
 *
 * Threads     One for accepting, one per connection. All functions may be
 *             called from any thread while it runs.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_FAKEAPI_FAKEAPI_H
#define BATCHTOP_TESTS_SUPPORT_FAKEAPI_FAKEAPI_H

#include "util/buf.h"

/* What is wrong with the answers of embedding servers. */
enum fakeapi_twist {
    TWIST_NONE,
    TWIST_FLOATS,     /* arrays, whatever was asked for */
    TWIST_SHUFFLED,   /* rows in reverse, each with its index */
    TWIST_NO_INDEX,   /* rows in order, without index */
    TWIST_MISSING,    /* the last row is not there */
    TWIST_EXTRA,      /* one row too many, index out of range */
    TWIST_DUPLICATE,  /* the first index twice, the second never */
    TWIST_ZERO_INDEX, /* every row has the index 0 */
    TWIST_FIRST_8,    /* no more than eight rows, in order */
    TWIST_WRONG_DIM,  /* the last row is one float longer */
    TWIST_NAN,        /* the word NaN, which is no JSON, in the last row */
    TWIST_NULL,       /* null for the last row */
    TWIST_NULL_FLOAT, /* null for a float of the last row */
    TWIST_HUGE,       /* 1e999 for a float of the last row */
    TWIST_ZERO,       /* all zeros in the last row */
    TWIST_ALPHABET,   /* base64 of the last row has a letter that is none */
    TWIST_HTML        /* 200 with a page */
};

/* How a 429 says when to come again. */
enum fakeapi_pace {
    PACE_MS,      /* retry-after-ms */
    PACE_SECONDS, /* Retry-After: whole seconds, at least one */
    PACE_DATE,    /* Retry-After: a date */
    PACE_RESET,   /* x-ratelimit-remaining-requests: 0 and -reset-requests */
    PACE_NONE,
    PACE_ALL /* each of them in turn */
};

struct fakeapi_options {
    int port;            /* 0: any */
    size_t dim;          /* 0: 1536 */
    const char *key;     /* heads without it answer 401; NULL: none */
    const char *poison;  /* texts with this word answer 400; "WORD%N": with
                          * the word right in front of a multiple of N */
    int rate_429_pct, fail_500_pct, reset_pct; /* of 100 requests */
    uint64_t busy_first; /* so many requests at the start answer 429 */
    size_t docs_per_s;   /* elastic: of a bulk's documents, more answer 429
                          * each; 0: all are taken */
    enum fakeapi_pace pace;
    int pace_ms;         /* 0: 200 */
    int poison_status;   /* what those texts answer instead of 400 */
    size_t limit_bytes;  /* larger bodies answer 413; 0: none */
    int large_status;    /* what larger bodies answer instead; 1: a reset */
    int delay_ms;        /* before an answer */
    uint64_t auth_after; /* from this request on 401; 0: never */
    int64_t outage_from_ms, outage_to_ms; /* connections are cut meanwhile */
    uint64_t outage_at;  /* likewise from this request on; 0: never */
    int64_t outage_for_ms;
    struct text say;     /* the body of every refusal; ptr NULL: its own */
    bool no_store;       /* only count points */
    bool keep_request;   /* for fakeapi_request() */
};

/* One scripted answer; strings are borrowed while it is queued. */
struct fakeapi_answer {
    int status;          /* 0: 200 */
    const char *headers; /* each line with its \r\n; NULL: none */
    struct text body;
    bool apply;          /* first do what was asked for */
    bool limited;        /* a 429 in the pace of the options, nothing else */
    bool genuine;        /* the same, and status and body are its answer's */
    bool cut;            /* close behind `cut_at` bytes of the whole answer */
    size_t cut_at;
    int cut_16ths;       /* 1..15: close behind so much of the body */
    bool hang;           /* after the (perhaps cut) answer: silence */
    bool reset;          /* no answer: a TCP reset */
    bool close;          /* close after the answer without saying so */
    bool endless;        /* the body again and again, chunked */
    int trickle_ms;      /* this long between any two bytes of the answer */
};

struct fakeapi_stats {
    uint64_t requests, embed_requests, upsert_requests, refused;
    uint64_t early;    /* embed requests before a 429's word was over */
    uint64_t texts;    /* embedded */
    uint64_t points;   /* upserted */
    uint64_t distinct; /* points in the store now */
    uint64_t bad;      /* of these: with another text's vector */
    uint64_t bytes_in; /* of bodies */
    uint64_t upsert_bytes; /* of upserts' bodies */
    uint64_t connections;
};

struct fakeapi;

struct fakeapi *fakeapi_start(const struct fakeapi_options *options);
int fakeapi_port(const struct fakeapi *f);
void fakeapi_stop(struct fakeapi *f); /* NULL is fine */

void fakeapi_twist(struct fakeapi *f, enum fakeapi_twist twist);
/* Queue an answer for the next request that has none. */
void fakeapi_script(struct fakeapi *f, const struct fakeapi_answer *a);
struct fakeapi_stats fakeapi_stats(struct fakeapi *f);
/* The last request, head and body, appended to `to`. */
void fakeapi_request(struct fakeapi *f, struct buf *to);
/* Payload of the point with this `_id` (raw JSON); false: not there. */
bool fakeapi_payload(struct fakeapi *f, struct text raw_id, struct buf *to);

/* The vector of a decoded text: length about 1. */
void fakeapi_vector(struct text text, float *to, size_t dim);

#endif
