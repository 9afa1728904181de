/*
 * Reads the answer of an embedding service, straight into the rows. Services
 * differ in where the vectors sit, which a form says:
 *
 *     {"data":[{"index":0,"embedding":V},..]}    list "data", vector "embedding"
 *     {"embeddings":[{"values":V},..]}           list "embeddings", "values"
 *     {"embeddings":[V,..]}                      list "embeddings"
 *     {"embeddings":{"float":[V,..]}}            the same; or "base64"
 *     [V,..]                                     no list
 *
 * Members come in any order, more of them do no harm, and the form of a vector
 * V is told by its JSON type, not by what was asked for: an array of numbers,
 * or a string, base64 of little-endian float32. `index` places a row; where it
 * is lacking, rows are in the order of the texts.
 */
#ifndef BATCHTOP_EMBED_ROWS_H
#define BATCHTOP_EMBED_ROWS_H

#include "embed/embedder.h"
#include "util/buf.h"
#include "util/error.h"

struct rows_form {
    const char *list;      /* NULL: the answer itself is the list */
    const char *vector;    /* the member of a row; NULL: the row is it */
    const char *tokens[2]; /* where tokens are counted, best first, as in
                              "usage.total_tokens"; NULL: nowhere */
};

struct rows {
    size_t count;    /* texts that were sent */
    size_t dim;      /* of a row; 0: learn it from the first, store nothing */
    size_t keep;     /* floats kept of each, scaled to length 1; 0: all, as
                        they are */
    float *vectors;  /* count x dim, or x keep; NULL while learning */
    uint64_t tokens; /* out, on failure too: 0 when the service did not say */
    struct buf seen; /* internal: a byte per row; storage kept */
    struct buf room; /* internal: a string that had escapes */
    struct buf wide; /* internal: a vector of which a part is kept */
};

void rows_release(struct rows *rows);

/* The next answer is to n texts, with vectors as e has them; `vectors` NULL:
 * with one whose dimension is to be learned. */
void rows_expect(struct rows *rows, const struct embedder *e, size_t n,
                 float *vectors);
/* That one was read: e gives as many as it has, or the first `asked` of them
 * (0: all). `who` gave it, "the model". fails CONFIG. */
bool rows_settle(const struct rows *rows, struct embedder *e, size_t asked,
                 const char *who, struct error *err);

/*
 * answer   JSON; `type` is how it calls itself, for a message.
 *
 * A vector that is null, empty or not base64 becomes a row of NaN, so that
 * only its document suffers.
 *
 * fails    PROTOCOL (not JSON, count, index, byte order), CONFIG (another
 *          dimension), MEMORY. PROTOCOL is about SERVICE where there is no list
 *          of vectors at all, or an index that places none.
 */
bool rows_read(struct rows *rows, const struct rows_form *form,
               struct text answer, const char *type, struct error *err);

#endif
