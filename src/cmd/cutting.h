/*
 * How many embedding requests a corpus makes, and what ends each of them: the
 * plan's copy of the embed stage's rule. A batch of documents is cut into
 * requests by texts, tokens and bytes, whichever comes first.
 *
 * Threads     Pure.
 */
#ifndef BATCHTOP_CMD_CUTTING_H
#define BATCHTOP_CMD_CUTTING_H

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

struct cutting {
    /* in; 0: no such limit */
    uint64_t batch, texts, tokens, tpm, bytes;
    /* out */
    uint64_t requests, by[CUT_REASONS];
    uint64_t largest; /* texts in a request */
    /* under way */
    uint64_t in_batch, in_request, request_bytes;
    double request_tokens;
};

/* The next document; no end has to be told. */
void cutting_add(struct cutting *c, size_t bytes, double tokens);

/* What ended most requests, or would have: CUT_BATCH when none. */
enum cut_by cutting_mostly(const struct cutting *c);
/* "batch", "texts", "tokens", "tpm", "bytes". */
const char *cutting_name(enum cut_by by);

#endif
