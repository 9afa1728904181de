/*
 * What all providers over HTTP share: one POST a request, texts copied once
 * into its body, vectors read straight into the rows.
 *
 *     body = head, then open TEXT close for every text, commas between, tail
 *
 * The prefix of the texts is the end of `open`; what --embed-extra adds is
 * before the last bracket of `tail`.
 *
 * A provider describes itself in a const struct embed_service, writes those
 * pieces in its open(), and puts the functions below into its table:
 *
 *     struct embed_http *h = embed_http_new(&embedder_x, &service, cfg, err);
 *
 *     if (!h)
 *         return NULL;
 *     buf_puts(&h->url, "/embed");
 *     buf_puts(&h->head, "{\"texts\":[");
 *     return embed_http_ready(h, cfg, err);
 */
#ifndef BATCHTOP_EMBED_EMBED_HTTP_H
#define BATCHTOP_EMBED_EMBED_HTTP_H

#include "embed/embed_optional.h"
#include "embed/embedder.h"
#include "embed/rows.h"
#include "net/http.h"

/* What we know of a model without asking; 0: unknown. */
struct embed_model {
    const char *name;
    size_t dim;             /* floats unless --dim asks for others */
    size_t least, most;     /* range for --dim; 0, 0: `dim` alone */
    const uint16_t *dims;   /* or: only these, 0 behind the last */
    size_t text_tokens;     /* of one text */
    size_t request_tokens;  /* summed over a request */
    double usd_per_mtok;
};

struct embed_service {
    const char *title;      /* in messages */
    const char *url;        /* its base URL; NULL: --embed-url must give it */
    const char *example;    /* a model to name in a message; NULL: no need */
    const char *key_header; /* NULL: Authorization, as Bearer */
    const char *priced;     /* publication date of the prices below */
    bool needs_key;         /* at its own base, or anywhere if it has none */
    bool sends_dim;         /* send --dim for models outside the table, too */
    const struct embed_model *models; /* one without name behind the last */
    size_t max_texts;
    bool counts_texts; /* as struct embedder's */
    struct rows_form form;
    const char *tokens_header; /* header with their count; NULL: see the form */
    /* Correct the error that http_status_error() or rows_read() made of an
     * answer to so many texts. NULL: nothing to do. */
    void (*amend)(const struct http_reply *reply, size_t texts,
                  struct error *err);
};

struct embed_http {
    struct embedder base;
    const struct embed_service *service;
    const struct embed_model *model; /* NULL: not in the table */
    struct http *http;
    struct http_reply reply;
    struct rows rows;
    struct buf name; /* the model's, as the options have it */
    struct buf url, key, body;
    struct buf head, open, close, tail; /* open, close, tail: the default is a
                                           JSON array of strings */
    size_t asked_dim;  /* --dim */
    size_t dimensions; /* to ask the service for; 0: ask for none */
    size_t texts_at, texts_end; /* in the body */
    size_t usual;               /* bytes of the last body */
    struct embed_optionals optional;
    struct embed_memory *memory; /* NULL: none */
    void (*say)(void *ctx, const char *line);
    void *say_ctx;
    bool official, has_key;
    bool query;        /* texts to search with */
};

/*
 * Checks the configuration; on success `url` is the base without a slash at
 * its end, and the pieces are empty.
 *
 * fails    CONFIG, MEMORY.
 */
struct embed_http *embed_http_new(const struct embedder_ops *ops,
                                  const struct embed_service *service,
                                  const struct embedder_config *cfg,
                                  struct error *err);

/* Write a member that the server may refuse (embed_optional.h) into a piece. */
void embed_http_put_optional(struct embed_http *h, struct buf *piece,
                             const char *name, const char *hint,
                             const char *json);
/* The same for `"NAME":N`, if we ask the service for so many dimensions. */
void embed_http_put_dim(struct embed_http *h, struct buf *piece,
                        const char *name);

/* Takes h: it becomes the embedder, or is closed and the result is NULL
 * (CONFIG: no URL, or cfg->extra repeats a member of the request; MEMORY). */
struct embedder *embed_http_ready(struct embed_http *h,
                                  const struct embedder_config *cfg,
                                  struct error *err);

/* Write the request for these texts into h->body.
 *
 * fails    MEMORY. */
bool embed_http_body(struct embed_http *h, const struct embed_input *in,
                     size_t n, struct error *err);

/* For the provider's table. The preflight asks for one vector unless the
 * service's own table knows the dimension. */
bool embed_http_preflight(struct embedder *e, struct error *err);
bool embed_http_embed(struct embedder *e, const struct embed_input *in,
                      size_t n, float *vectors, struct embed_usage *use,
                      struct error *err);
/* GET what else a provider wants to know: h->reply has the answer.
 *
 * fails    as embed() does. */
bool embed_http_get(struct embed_http *h, const char *url, struct error *err);
void embed_http_close(struct embedder *e);

#endif
