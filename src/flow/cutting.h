/*
 * Where an embedding request ends: by texts, tokens or bytes, whichever comes
 * first. The embed stage cuts batches by it, and the plan counts the requests.
 *
 * Threads     Pure.
 */
#ifndef BATCHTOP_FLOW_CUTTING_H
#define BATCHTOP_FLOW_CUTTING_H

#include <stddef.h>
#include <stdint.h>

enum cut_by {
    CUT_BATCH,  /* --embed-batch: the batch ends */
    CUT_TEXTS,  /* the service takes no more texts */
    CUT_TOKENS, /* ... no more tokens */
    CUT_TPM,    /* a quarter of --tpm */
    CUT_BYTES,  /* ... no larger request */
    CUT_REASONS
};

/* 0: no such limit. */
struct cut_limits {
    uint64_t texts, tokens, tpm, bytes;
};

/* What is in a request so far. */
struct cut_request {
    uint64_t texts, bytes;
    double tokens;
};

/*
 * Put a text of this size into the request and return CUT_REASONS; else change
 * nothing and return why it does not fit. An empty request takes any.
 *
 * A request may have a quarter of a minute's tokens, or it would use up those
 * of the next ones, too. Tokens are an estimate, so add a tenth.
 */
enum cut_by cut_add(struct cut_request *q, const struct cut_limits *most,
                    size_t bytes, double tokens);

/* How many requests a corpus makes, and what ends each of them. */
struct cutting {
    /* in; 0: no such limit */
    uint64_t batch;
    struct cut_limits most;
    /* out */
    uint64_t requests, by[CUT_REASONS];
    uint64_t largest; /* texts in a request */
    /* not yet ended */
    uint64_t in_batch;
    struct cut_request now;
};

/* Add the next document; there is no call for the end. */
void cutting_add(struct cutting *c, size_t bytes, double tokens);

/* What ended most requests; CUT_BATCH when nothing did. */
enum cut_by cutting_main_reason(const struct cutting *c);
/* "batch", "texts", "tokens", "tpm", "bytes". */
const char *cutting_name(enum cut_by by);

#endif
