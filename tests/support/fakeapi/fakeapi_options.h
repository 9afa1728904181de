/*
 * What fakeapi can be told and asked: the options it starts with, scripted
 * answers, twists of an answer, and its counters.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_FAKEAPI_FAKEAPI_OPTIONS_H
#define BATCHTOP_TESTS_SUPPORT_FAKEAPI_FAKEAPI_OPTIONS_H

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

/* What a side (all embedders, or all stores) takes and how long it needs; all
 * zero: everything, no time. */
#define FAKEAPI_SIDE(X)                                                \
    X(ms, "median time of an answer")                                  \
    X(spread, "its log-normal spread in percent")                      \
    X(kb_us, "and so many us more for each 1,000 bytes of a body")     \
    X(servers, "so many at a time are worked on, others queue")        \
    X(at_once, "more in flight answer 429")                            \
    X(rpm, "more requests a minute answer 429")                        \
    X(tpm, "more tokens a minute (4 bytes of a body) answer 429")      \
    X(declared, "1: headers tell rpm and tpm, as OpenAI's do")         \
    X(bytes, "larger bodies answer 413")                               \
    X(fail, "of 1,000 requests answer 500")                            \
    X(drop, "of 1,000 are done and the connection closed, unanswered") \
    X(garble, "of 1,000 are done and answered with noise")             \
    X(reset, "of 1,000 are reset, on HTTP/2 the stream alone")
#define FAKEAPI_SIDE_MEMBER(name, help) long name;
struct fakeapi_side {
    FAKEAPI_SIDE(FAKEAPI_SIDE_MEMBER)
};

struct fakeapi_options {
    struct fakeapi_side embed, store;
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
    bool light;          /* judge and count points, keep only their keys */
    bool keep_request;   /* for fakeapi_request() */
};

/* One scripted answer; strings are borrowed while it is queued. To gRPC it is
 * the status `grpc` with the body as its message, or, with a `status`, an
 * answer of HTTP alone. Over HTTP/2 `hang` and `reset` mean the stream, and
 * nothing trickles or is endless. */
struct fakeapi_answer {
    int status;          /* 0: 200 */
    int grpc;
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

/* Of one side; what was refused for its load or size alone. */
struct side_stats {
    uint64_t requests, limited, too_large; /* limited: 429 */
    uint64_t taken, bytes;                 /* not refused; bytes of bodies */
    uint64_t largest;                      /* bytes of a body */
    uint64_t most;                         /* in flight at a time */
    uint64_t documents;
};

#endif
