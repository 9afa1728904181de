/*
 * The pieces of fakeapi: the wire (fakeapi.c), what is answered
 * (fakeapi_embed.c), what is stored (fakeapi_points.c).
 */
#ifndef BATCHTOP_TESTS_FAKEAPI_PARTS_H
#define BATCHTOP_TESTS_FAKEAPI_PARTS_H

#include "fakeapi.h"

struct request {
    char method[8], path[256];
    struct text head, body;
};

/* Storage of one connection; kept from request to request. */
struct answer {
    int status;
    const char *type, *headers; /* headers: NULL, or lines with \r\n */
    struct buf body;
    struct buf room;   /* decoded texts */
    float *vector;     /* vector_cap floats */
    size_t vector_cap;
};

float *answer_vector(struct answer *a, size_t dim); /* aborts w/o memory */
void answer_release(struct answer *a);
/* Qdrant's and OpenAI's ways of saying no. */
void answer_qdrant_error(struct answer *a, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void answer_openai_error(struct answer *a, int status, const char *code,
                         const char *message);

/* ---- points ---- */

struct points;

struct points *points_new(void);
void points_free(struct points *p);
/* Requests below /collections/; *upserted grows by the points of an upsert. */
void points_answer(struct points *p, const struct request *q, bool no_store,
                   uint64_t *upserted, struct answer *a);
void points_dump(struct points *p, struct buf *to);
void points_count(struct points *p, uint64_t *distinct, uint64_t *bad);
bool points_payload(struct points *p, struct text raw_id, struct buf *to);

/* ---- embeddings ---- */

/* *texts grows by the texts embedded. */
void embeddings_answer(const struct fakeapi_options *o,
                       enum fakeapi_twist twist, const struct request *q,
                       uint64_t *texts, struct answer *a);

#endif
