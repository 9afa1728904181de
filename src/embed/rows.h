/*
 * Read the answer of an embedding service straight into the rows. A form says
 * where a service puts the vectors:
 *
 *     {"data":[{"index":0,"embedding":V},..]}    list "data", vector "embedding"
 *     {"embeddings":[{"values":V},..]}           list "embeddings", "values"
 *     {"embeddings":[V,..]}                      list "embeddings"
 *     {"embeddings":{"float":[V,..]}}            the same; or "base64"
 *     [V,..]                                     no list
 *
 * Members come in any order, and extra ones do no harm. The JSON type tells the
 * form of a vector V, whatever we asked for: an array of numbers, or a string,
 * base64 of little-endian float32. `index` places a row; without it, rows are
 * in the order of the texts.
 */
#ifndef BATCHTOP_EMBED_ROWS_H
#define BATCHTOP_EMBED_ROWS_H

#include "embed/embedder.h"
#include "util/buf.h"
#include "util/error.h"

struct rows_form {
    const char *list;      /* NULL: the answer itself is the list */
    const char *vector;    /* the member of a row; NULL: the row is it */
    const char *tokens[2]; /* where the count of tokens is, best first, as in
                              "usage.total_tokens"; NULL: nowhere */
};

struct rows {
    size_t count;    /* texts that were sent */
    size_t dim;      /* of a row; 0: learn it from the first, store nothing */
    size_t keep;     /* floats of each to keep, at length 1; 0: all,
                        unchanged */
    float *vectors;  /* count x dim, or x keep; NULL while learning, */
    const struct embedder *placed; /* or until its place() is asked; else
                                      NULL */
    uint64_t tokens; /* out, on failure too: 0: the service did not say */
    struct buf seen; /* internal: a byte per row; its storage stays */
    struct buf room; /* internal: a string that had escapes */
    struct buf wide; /* internal: a vector of which we keep a part */
};

void rows_release(struct rows *rows);

/* Expect an answer to n texts, with vectors as e has them; `vectors` NULL: in
 * e's place(), or, where it has none, with one, to learn its dimension. */
void rows_expect(struct rows *rows, const struct embedder *e, size_t n,
                 float *vectors);
/* After that answer: e gives as many floats as it has, or the first `asked` of
 * them (0: all). `who` gave it, "the model". fails CONFIG. */
bool rows_settle(const struct rows *rows, struct embedder *e, size_t asked,
                 const char *who, struct error *err);

/*
 * answer   JSON; `type` is the service's content type, for a message.
 *
 * A vector that is null, empty or not base64 becomes a row of NaN, so that
 * only its document suffers.
 *
 * fails    PROTOCOL (not JSON, count, index, byte order), CONFIG (another
 *          dimension), MEMORY. PROTOCOL is about SERVICE if there is no list of
 *          vectors at all, or an index that places none.
 */
bool rows_read(struct rows *rows, const struct rows_form *form,
               struct text answer, const char *type, struct error *err);

#endif
