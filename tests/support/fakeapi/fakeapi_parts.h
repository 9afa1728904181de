/*
 * The pieces of fakeapi:
 *
 *     fakeapi.c          the server, a thread per connection
 *     fakeapi_request.c  the course of a request: faults, counters, control
 *     fakeapi_side.c     how long a side's answers take, what its load refuses
 *     fakeapi_wire.c     HTTP/1.1, and the ways to do it wrong
 *     fakeapi_h2.c       HTTP/2 and gRPC
 *     fakeapi_proto.c    messages of gRPC, field by field
 *     fakeapi_value.c    JSON as such messages
 *     fakeapi_texts.c    texts of a request, vectors of an answer, twists
 *     fakeapi_points.c   what was stored, whatever the dialect
 *     fakeapi_NAME.c     a dialect: one service's paths, bodies and refusals
 *     fakeapi_dialects.c their table
 *
 * A new dialect is one file that ends with its const table, and one line in
 * the table of dialects. It only says what is asked for and what is answered;
 * the script, outages, keys, limits and dice come before it and are the same
 * for all.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_FAKEAPI_FAKEAPI_PARTS_H
#define BATCHTOP_TESTS_SUPPORT_FAKEAPI_FAKEAPI_PARTS_H

#include "tests/support/fakeapi/fakeapi_options.h"
#include "util/json.h"

struct request {
    char method[8], path[8192]; /* the path with its query */
    struct text head, body;     /* the body as it was before gzip */
    size_t wire_len;            /* of the body as it came */
};

/* Storage of one connection; kept from request to request. */
struct answer {
    int status;         /* 200 until somebody says otherwise */
    int grpc;           /* a status of gRPC, whose message the body is then */
    const char *type;   /* application/json, likewise */
    struct buf headers; /* more lines, each with \r\n */
    struct buf body;
    struct buf room;    /* decoded texts */
    float *vector;      /* vector_cap floats */
    size_t vector_cap;
    size_t dim;         /* of the last vector that was read into it */
};

float *answer_vector(struct answer *a, size_t dim); /* aborts w/o memory */
void answer_release(struct answer *a);

/* ---- dialects ---- */

struct points;

/* One request's view of the server. */
struct service {
    const struct fakeapi_options *o; /* dim is never 0 */
    enum fakeapi_twist twist;
    struct points *points;
    uint64_t texts, upserted; /* out: embedded, put */
};

struct dialect {
    const char *name;
    /* The request is in this dialect; the first of the table that says so
     * answers it. */
    bool (*mine)(const struct request *q);
    bool embeds;                              /* counted so, all of them */
    bool (*upserts)(const struct request *q); /* NULL: stores nothing */
    /* Fill a->body (and a->status, where it is not 200). */
    void (*answer)(struct service *s, const struct request *q,
                   struct answer *a);
    /* Say no as this service does; replaces the body. The message is plain
     * text without quotes. */
    void (*refuse)(struct answer *a, int status, const char *message);
};

/* The dialects. What ends in the same path as another goes before it. */
#define DIALECTS(X) \
    X(azure)    \
    X(chroma)   \
    X(cohere)   \
    X(elastic)  \
    X(gemini)   \
    X(jina)     \
    X(milvus)   \
    X(milvus_grpc) \
    X(mistral)  \
    X(ollama)   \
    X(pinecone) \
    X(pinecone_grpc) \
    X(voyage)   \
    X(weaviate) \
    X(weaviate_grpc) \
    X(openai)   \
    X(qdrant)   \
    X(qdrant_grpc) \
    X(tei)
#define DIALECT_DECLARE(name) extern const struct dialect dialect_##name;
DIALECTS(DIALECT_DECLARE)
extern const struct dialect *const dialects[]; /* NULL behind the last */

/* The path without its query ends so; it begins so; the method is it. */
bool request_ends(const struct request *q, const char *end);
bool request_begins(const struct request *q, const char *start);
bool request_is(const struct request *q, const char *method);
/* Its head has this in it, as it is. */
bool request_says(const struct request *q, const char *what);
/* A value of the body's object; type JSON_NULL when there is none. False: the
 * body is no JSON object. */
bool request_member(const struct request *q, const char *name,
                    struct json_value *out);
/* Step into an array of the body's object, read up to there only: for the
 * large ones. */
bool request_enter(const struct request *q, const char *name,
                   struct json_cursor *c);

/* ---- texts in, vectors out ---- */

struct texts {
    struct json_value *of; /* as they stood in the request */
    size_t count, cap;
};

void texts_add(struct texts *t, const struct json_value *v);
/* Every element of an array, or a string alone; false: it is neither. */
bool texts_collect(struct texts *t, const struct json_value *v);
void texts_release(struct texts *t);
/* A text decoded; good until the next call with this room. */
struct text texts_decoded(const struct texts *t, size_t i, struct buf *room);
/* NULL, or why a service would not embed these: none, empty, poison. */
const char *texts_refusal(const struct service *s, const struct texts *t,
                          struct buf *room);
/* About as many tokens as a service would count. */
size_t texts_tokens(struct text decoded);

/* How many rows an answer has under the twist, and whose text row k shows. */
size_t twisted_rows(enum fakeapi_twist twist, size_t texts);
size_t twisted_row(enum fakeapi_twist twist, size_t k, size_t rows);
/* Append row k of `rows` as `[f,..]` or a base64 string. Twists of the whole
 * answer touch every row, the others only the last text's. */
void put_vector(const struct service *s, struct answer *a, struct text text,
                size_t dim, bool base64, bool last);
/* TWIST_HTML: the page is in the answer. */
bool put_page(const struct service *s, struct answer *a);

/* ---- hosted embedding services ---- */

/* What a request for embeddings comes to, in every dialect. */
struct asked {
    struct json_value model, input;
    bool base64;
    size_t dim;
};

/* A member that a service's request may have. */
struct member {
    const char *name;
    const char *values; /* as they stand in JSON, "a|b"; NULL: any */
    bool needed;
};

/* One service: what its requests are like. */
struct hosted {
    const struct dialect *dialect;
    const struct member *members; /* one without name behind the last */
    const char *texts, *dim, *base64; /* members; base64: when it is so */
    bool no_model;                /* a server has one */
    size_t most;                  /* texts in a request */
    const char *too_many;         /* its words for more of them */
    /* Fill a->body with the vectors. */
    void (*put)(const struct service *s, const struct asked *x,
                const struct texts *t, struct answer *a);
};

/* Answer as the service does: refuse unknown members and values, too many
 * texts, poison; else put the vectors. */
void hosted_answer(const struct hosted *h, struct service *s,
                   const struct request *q, struct answer *a);

/* OpenAI's list of vectors with an index and the count of all tokens; with
 * `prompt` as that of the prompt's, too. */
void put_list(const struct service *s, const struct asked *x,
              const struct texts *t, bool prompt, struct answer *a);
/* Vectors with a comma between, by their order alone, each between two
 * pieces of text. Returns the tokens of all. */
size_t put_in_order(const struct service *s, const struct asked *x,
                    const struct texts *t, const char *open,
                    const char *close, struct answer *a);

/* ---- what was stored ---- */

struct point {
    struct text key;     /* the service's own key of it, any bytes */
    struct text id;      /* raw JSON of the record's id, for the dump */
    struct text text;    /* decoded; judged, not kept */
    struct text payload; /* raw bytes, given back as they are */
    const float *vector;
    size_t dim;
};

struct points *points_new(bool light); /* light: keep only the keys */
void points_free(struct points *p);
/* Put or replace: the vector must be the text's own to the last bit, else the
 * point counts as bad. */
void points_put(struct points *p, const struct point *x);
/* A record as services take them: under the decoded id, with the vector that
 * was read into a->vector last. A text that is no string is none. */
void points_take(struct points *p, const struct json_value *id,
                 const struct json_value *text, struct text payload,
                 size_t dim, struct answer *a);
bool points_has(struct points *p, struct text key);
bool points_get(struct points *p, struct text key, struct buf *payload);
/* Append its vector as it travels, and when it came (ms, no two the same). */
bool points_vector(struct points *p, struct text key, struct buf *floats,
                   uint64_t *changed);
bool points_delete(struct points *p, struct text key); /* false: not there */
void points_count(struct points *p, uint64_t *distinct, uint64_t *bad);
/* Another one is taken this second: no more than so many are. */
bool points_room(struct points *p, size_t per_s);
/* See points (without text and vector) until `see` says false. It runs under
 * the lock: it may not call back. */
void points_each(struct points *p,
                 bool (*see)(void *ctx, const struct point *x, bool good),
                 void *ctx);
size_t points_dim(struct points *p); /* of the first; 0: there is none */
/* A place for points, made once: false when it is there. metric: a word of
 * the dialect's own. */
bool points_make(struct points *p, size_t dim, const char *metric);
/* False: not made. metric (NULL: not wanted) has room for 24 bytes. */
bool points_shape(struct points *p, size_t *dim, char *metric);
/* What the place says of itself: a JSON value, copied; and appended, `none`
 * when it says nothing. */
void points_note(struct points *p, struct text json);
void points_noted(struct points *p, const char *none, struct buf *to);

/* A JSON array of numbers into a->vector; false: it is none. */
bool read_vector(struct text array, struct answer *a, size_t *dim);
/* The one at the cursor, which steps over it. */
bool read_vector_at(struct json_cursor *c, struct answer *a, size_t *dim);
/* A JSON string value with its quotes, any other as it is. */
struct text raw_of(const struct json_value *v);

#endif
