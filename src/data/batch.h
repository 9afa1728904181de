/*
 * A batch of documents, their bytes and their vectors in one arena: what
 * travels between the stages.
 *
 * Ownership   A batch has one owner at a time: the pool, a reader, a queue, a
 *             worker, the recorder. Nobody keeps a pointer into a batch that it
 *             gave away.
 * Text        `text` keeps the bytes that stood between the quotes in the
 *             corpus, escapes and all (DOC_TEXT_ESCAPED when there are any);
 *             `metadata` is the JSON value verbatim; `id` is decoded.
 * Memory      Storage stays between uses and only grows; batch_trim() frees
 *             what is above the usual size.
 */
#ifndef BATCHTOP_DATA_BATCH_H
#define BATCHTOP_DATA_BATCH_H

#include "util/buf.h"
#include "util/error.h"

/* A piece of the arena: offsets survive its growth. */
struct piece {
    uint32_t at, len;
};

enum doc_flags {
    DOC_TEXT_ESCAPED = 1,
    DOC_ID_NUMBER = 2, /* the id was a JSON number, kept digit by digit */
    DOC_RETRY = 4,     /* sent again, for an open failure of the ledger */
    DOC_ALONE = 8,     /* it failed alone: send it in a request of its own */
    DOC_EMBED_SENT = 16, /* it was in a request, */
    DOC_UPSERT_SENT = 32, /* to the store */
    DOC_UNTRACKED = 64, /* its id is not in the in-flight table */
    DOC_BEGINS = 128 /* it begins a request, as the reader packed them */
};

/* How the store or the pipeline left a document. */
enum doc_fate {
    DOC_OPEN,
    DOC_STORED,
    DOC_FAILED,    /* final: the recorder has the failure */
    DOC_DEFERRED,  /* waits in the retry heap, which holds its own copy */
    DOC_SUPERSEDED /* a later record with this id takes its place */
};

struct doc {
    struct piece id, text, metadata; /* metadata.len 0: none */
    uint64_t pos;    /* ordinal of the record in its source, from 0 */
    uint64_t offset; /* of its first byte in the uncompressed source */
    uint64_t length; /* bytes of the record in the source */
    uint64_t id_hash;
    uint32_t tokens;  /* an estimate for its text */
    uint32_t segment; /* for the frontier's bookkeeping */
    uint32_t slot;    /* slot of the spool with its vector; 0: none */
    uint16_t source;
    uint16_t tries;   /* completed attempts that counted */
    uint8_t flags;
    uint8_t fate;     /* enum doc_fate */
};

struct batch {
    uint64_t seq;
    struct doc *docs;
    size_t count, cap;
    struct buf bytes;
    float *vectors; /* rows of dim floats, once embedded: for docs[gone] on */
    size_t gone;    /* documents in front that need no vector any more */
    size_t dim, vectors_cap; /* floats */
    size_t open;             /* documents whose fate is DOC_OPEN */
    struct batch *next;      /* for its owner */
};

struct batch *batch_new(void); /* NULL without memory */
void batch_free(struct batch *b);
void batch_clear(struct batch *b);
void batch_trim(struct batch *b, size_t keep_bytes);
/* Nobody needs its vectors any more: free storage above keep_bytes. */
void batch_trim_vectors(struct batch *b, size_t keep_bytes);
/* The same for those of the documents before its first open one. */
void batch_trim_front(struct batch *b, size_t keep_bytes);

/* Add a document and copy its bytes; NULL without memory: adds nothing. */
struct doc *batch_add(struct batch *b, struct text id, struct text text,
                      struct text metadata);
/* Storage for count x dim vectors; false without memory. */
bool batch_dimension(struct batch *b, size_t dim);
/* Bytes that the batch occupies, vectors included. */
size_t batch_footprint(const struct batch *b);

static inline struct text batch_text(const struct batch *b, struct piece p)
{
    return (struct text){ b->bytes.data + p.at, p.len };
}

static inline float *batch_vector(const struct batch *b, size_t i)
{
    return b->vectors + (i - b->gone) * b->dim;
}

#endif
