/*
 * Where an embedding request ends: by texts, tokens or bytes, whichever comes
 * first; and how the reader packs whole requests into a batch. The embed stage
 * cuts batches by the same limits, and the plan counts the requests.
 *
 * Threads     Pure.
 */
#ifndef BATCHTOP_FLOW_CUTTING_H
#define BATCHTOP_FLOW_CUTTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cut_by {
    CUT_BATCH,  /* --embed-batch: the batch ends */
    CUT_TEXTS,  /* the service takes no more texts */
    CUT_TOKENS, /* ... no more tokens */
    CUT_TPM,    /* a quarter of --tpm */
    CUT_BYTES,  /* ... no larger request */
    CUT_MEMORY, /* a batch keeps no more text */
    CUT_REASONS
};

/* Tokens are an estimate, so a request stays below their limits by a margin, in
 * thousandths; before anything was learned it is a tenth. */
enum { CUT_MARGIN_WHOLE = 1000, CUT_MARGIN_FIRST = 100 };

/* 0: no such limit. */
struct cut_limits {
    uint64_t texts, tokens, tpm, bytes, margin;
};

/* A document: bytes and tokens as sent. */
struct cut_text {
    size_t bytes;
    double tokens;
    size_t kept; /* bytes of it in a batch */
};

/* What is in a request so far. */
struct cut_request {
    uint64_t texts, bytes;
    double tokens;
};

/*
 * Put a text into the request and return CUT_REASONS; else change nothing and
 * return why it does not fit. An empty request takes any.
 *
 * A request may have a quarter of a minute's tokens, or it would use up those
 * of the next ones, too.
 */
enum cut_by cut_add(struct cut_request *q, const struct cut_limits *most,
                    const struct cut_text *t);

/*
 * A batch in the making: whole requests only, as many as `batch` documents
 * hold, so that no request ends because the batch does.
 */
struct packing {
    /* in; 0: no such limit */
    uint64_t batch;
    size_t batch_bytes; /* that a batch keeps; the last text may exceed it */
    struct cut_limits most;
    /* of this batch */
    uint64_t documents;
    uint64_t largest; /* texts in a request */
    size_t kept;
    struct cut_request now;
};

enum packed {
    PACKED,       /* into the last request */
    PACKED_APART, /* as the first of a request */
    PACKED_NOT    /* it belongs to the next batch */
};

/* Why no document at all fits any more; CUT_REASONS: some may. */
enum cut_by packing_full(const struct packing *p);
/* Add the next document. An empty batch takes any. *by is why it does not go
 * into the last request, unless it does. */
enum packed packing_add(struct packing *p, const struct cut_text *t,
                        enum cut_by *by);
/* Begin the next batch, with the same limits. */
void packing_clear(struct packing *p);

/* How many requests a corpus makes, and what ends each of them. */
struct cutting {
    struct packing batch; /* in: its limits */
    /* out */
    uint64_t requests, by[CUT_REASONS];
    uint64_t largest; /* texts in a request */
};

/* Add the next document. */
void cutting_add(struct cutting *c, const struct cut_text *t);
/* A file ends, and the batch with it. */
void cutting_end_file(struct cutting *c);

/* What ended most requests; CUT_BATCH when nothing did. */
enum cut_by cutting_main_reason(const struct cutting *c);
/* "batch", "texts", "tokens", "tpm", "bytes", "memory". */
const char *cutting_name(enum cut_by by);

#endif
