/*
 * Reads the answer of POST /v1/embeddings, straight into the rows:
 *
 *     {"data":[{"index":0,"embedding":"<base64>" or [f,..]},..],
 *      "usage":{"prompt_tokens":2,"total_tokens":2}}
 *
 * Members come in any order, more of them do no harm, and the form of a vector
 * is told by its JSON type, not by what was asked for. `index` places a row;
 * where all lack it, rows are in the order of the texts.
 */
#ifndef BATCHTOP_EMBED_OPENAI_REPLY_H
#define BATCHTOP_EMBED_OPENAI_REPLY_H

#include "net/http.h"
#include "util/buf.h"
#include "util/error.h"

struct openai_rows {
    size_t count;    /* texts that were sent */
    size_t dim;      /* of a row; 0: learn it from the first, store nothing */
    float *vectors;  /* count x dim; NULL while learning */
    uint64_t tokens; /* out: 0 when the service did not say */
    struct buf seen; /* internal: a byte per row; storage kept */
    struct buf room; /* internal: a string that had escapes */
};

void openai_rows_release(struct openai_rows *rows);

/*
 * A vector that is null or not base64 becomes a row of NaN, so that only its
 * document suffers.
 *
 * fails    PROTOCOL (not JSON, count, index, dimension), MEMORY.
 */
bool openai_reply_read(const struct http_reply *reply,
                       struct openai_rows *rows, struct error *err);

#endif
