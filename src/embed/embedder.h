/*
 * An embedding provider: texts in, vectors out.
 *
 * A provider is one file that ends with its const table, and one line in the
 * list EMBEDDERS. The worker that calls it owns it for life, so there is no
 * lock inside. It has no policy (retries, pacing, bisection, checks of the
 * vectors): a provider makes one request and returns the result. Once in a run
 * it may be two, when the server refuses an optional member.
 */
#ifndef BATCHTOP_EMBED_EMBEDDER_H
#define BATCHTOP_EMBED_EMBEDDER_H

#include "util/words/near.h"
#include "util/buf.h"
#include "util/error.h"

#include <stdatomic.h>

struct http_pace;

/* What the instances of one run share. Zero it before the first. */
struct embed_memory {
    atomic_uint left_out; /* members that the server refused, in the provider's
                             own order */
};

struct embedder_config {
    const char *model;    /* what followed the colon in --embed; "" if none */
    const char *url;      /* --embed-url; NULL: the provider's own */
    const char *key;      /* NULL: none; never logged */
    const char *key_env;       /* --embed-key-env; NULL: not given */
    const char *other_key_env; /* the store's, which a child must not see */
    size_t dim;           /* --dim; 0: the provider's own */
    size_t own_dim;       /* the model's, if another instance found that we cut
                             it to `dim`; 0: unknown */
    bool query;           /* texts are queries, not documents */
    const char *prefix;   /* put before each text; NULL or "": nothing */
    const char *extra;    /* members of the request as a JSON object that
                             extra_check() passed; NULL or "": none */
    int stop_fd;          /* readable = stop */
    int64_t timeout_ms;   /* 0: 120 s */
    const char *cacert;
    bool allow_cleartext;
    void (*say)(void *ctx, const char *line); /* for the operator, printable;
                                                 NULL: nobody listens */
    void *say_ctx;
    struct embed_memory *memory; /* NULL: it shares with nobody */
};

struct embed_input {
    struct text text; /* UTF-8, not empty */
    bool escaped;     /* raw JSON string contents with escapes */
};

/* Append it as the contents of a JSON string. */
void embed_input_put(struct buf *to, const struct embed_input *in);

struct embed_usage {
    uint64_t tokens; /* by the service's count; 0: it did not say */
    uint64_t sent_bytes, received_bytes; /* also set, like tokens, if the answer
                                            was useless */
    const struct http_pace *pace; /* net/http.h; NULL: none. Until the next
                                     call */
};

struct embedder {
    const struct embedder_ops *ops;
    size_t dim;            /* floats in a vector; 0 until preflight */
    size_t own_dim;        /* of the model's vector, if we keep only the first
                              `dim`, at length 1; 0: we keep all */
    size_t max_texts;      /* in a request; 0: no known limit */
    size_t max_tokens;     /* sum over a request; 0: no known limit */
    size_t max_text_tokens; /* of one text; 0: no known limit */
    size_t max_bytes;      /* of a request body; 0: no known limit */
    bool counts_texts;     /* its limit of requests a minute counts texts */
    uint64_t first_tokens; /* that the service counted in preflight */
    double usd_per_mtok;   /* price of a million tokens; 0: free or unknown */
    const char *priced;    /* date of that price; NULL: no price */
    char meant[NEAR_WORD_MAX]; /* of a model that no table has: the nearest one
                                  in it; "": none is near */
    /* The caller's, for calls without `vectors` to a remote one: their place,
     * which is asked for once the answer is there. NULL: no memory. */
    float *(*place)(void *ctx);
    void *place_ctx;
    const char *identity;  /* what the vectors depend on beyond --embed, up to
                              63 characters, for the ledger; NULL: nothing */
};

/* Which of --doc-prefix and --query-prefix, --embed-extra and --query-extra,
 * --query-model a provider can use. */
enum embedder_takes {
    EMBEDDER_PREFIX = 1,
    EMBEDDER_EXTRA = 2,
    EMBEDDER_QUERY_MODEL = 4,
    EMBEDDER_TAKES_ALL = 7
};

struct embedder_ops {
    const char *name;    /* what --embed takes */
    const char *summary; /* one line for --help, the menu and the man page */
    const char *key_env; /* the variable with the key; NULL: needs none */
    const char *key_env_too; /* another variable, if that is not set; or NULL */
    const char *too_long;    /* what happens to a text over max_text_tokens:
                                "refused", "cut"; NULL: no such limit */
    bool remote;         /* its calls cost time on the network */
    bool cheap;          /* embedding a text again costs next to nothing */
    bool tells;          /* its requests say what a text is for, so it needs no
                            words before the text */
    unsigned takes;      /* of enum embedder_takes */

    /* fails    CONFIG, LOCAL, MEMORY. No network here. */
    struct embedder *(*open)(const struct embedder_config *cfg,
                             struct error *err);
    /* Once per run, before the first paid call: reachable, authorized, model
     * known, dim learned. NULL: nothing to do. */
    bool (*preflight)(struct embedder *e, struct error *err);
    /*
     * Embed n texts, 1 <= n <= max_texts.
     *
     * vectors  on success n x dim float32, row-major, row i for in[i]. The
     *          caller checks them for NaN and 0. NULL: where e->place() says.
     * fails    NETWORK, TIMEOUT, LIMITED, QUOTA, SERVER, AUTH, CONFIG (another
     *          dimension, too), REFUSED, SIZE, PROTOCOL (count, index),
     *          STOPPED; vectors are undefined then.
     * blocks   up to the timeout; a stop ends it within 100 ms.
     */
    bool (*embed)(struct embedder *e, const struct embed_input *in, size_t n,
                  float *vectors, struct embed_usage *use, struct error *err);
    void (*close)(struct embedder *e); /* NULL and half-open are fine */
};

/* Texts that a request may have at so many requests a minute (0: any number): a
 * service that counts texts throttles a request that alone has more. 0: no
 * known limit. */
size_t embedder_texts(const struct embedder *e, uint64_t rpm);

/* The providers. embedder_NAME is at the end of each one's file. */
#define EMBEDDERS(X) \
    X(azure)         \
    X(cohere)        \
    X(exec)          \
    X(gemini)        \
    X(hash)          \
    X(jina)          \
    X(local)         \
    X(mistral)       \
    X(ollama)        \
    X(openai)        \
    X(static)        \
    X(tei)           \
    X(voyage)
#define EMBEDDER_DECLARE(name) extern const struct embedder_ops embedder_##name;
EMBEDDERS(EMBEDDER_DECLARE)

/* By the part of --embed before the colon; NULL: unknown. */
const struct embedder_ops *embedder_find(struct text name);
/* The table, for --help; NULL behind the last. */
const struct embedder_ops *embedder_at(size_t i);

#endif
