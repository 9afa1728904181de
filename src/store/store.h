/*
 * A vector store: records in, acknowledgements out.
 *
 * A store is one file that ends with its const table, and one line in the list
 * STORES. One worker owns one instance, so there is no lock inside. Upserts
 * are by id and idempotent. Policy (retries, halving, bisection) is the
 * core's: a store serializes what fits into one request, sends it and tells
 * each record's outcome.
 */
#ifndef BATCHTOP_STORE_STORE_H
#define BATCHTOP_STORE_STORE_H

#include "util/buf.h"
#include "util/error.h"

struct store_config {
    const char *url;  /* --store, whole */
    const char *key;  /* NULL: none; never logged */
    const char *key_env;       /* --store-key-env; NULL: not given */
    const char *other_key_env; /* the embedder's: a child must not see it */
    size_t dim;       /* of the vectors; 0: not known (search, verify) */
    bool create;      /* --create: make collection or table when missing */
    bool read_only;   /* search and verify: change nothing */
    int stop_fd;
    int64_t timeout_ms; /* 0: 120 s */
    const char *cacert;
    bool allow_cleartext;
    const char *model; /* recorded where the store has a place for it */
    void (*say)(void *ctx, const char *line); /* to the operator, printable;
                                                 NULL: nobody listens */
    void *say_ctx;
};

struct upsert_item {
    struct text id;       /* decoded */
    bool id_number;
    struct text text;     /* raw JSON string contents */
    bool text_escaped;
    struct text metadata; /* raw JSON value; len 0: none */
    const float *vector;  /* dim floats, finite, not all zero */
    bool stored;          /* out: the store confirmed this id */
    struct error why;     /* out: when not stored though the call succeeded */
};

struct store_hit {
    struct buf id, text;
    double score; /* cosine similarity */
};

struct store {
    const struct store_ops *ops;
    size_t dim;
    size_t limit_count; /* records in a request; may be lowered by the core */
    size_t limit_bytes; /* serialized bytes of a request, the store's own; 0:
                           none. One record above it is refused unsent */
    size_t want_bytes;  /* the core's: a request of more than one record stays
                           below; 0: as limit_bytes says */
    size_t good_count;  /* records a request should have when there are many */
    size_t sent_count, sent_bytes; /* of the last request's body */
    uint64_t wire_sent, wire_received; /* since open */
    char note[240]; /* what preflight has to say aloud; "" for nothing */
};

struct store_ops {
    const char *name;    /* the URL scheme up to ':' or '+' */
    const char *summary; /* one line with the URL form */
    const char *key_env; /* the variable with the key; NULL: needs none */
    const char *ids;     /* what becomes of ids; NULL: they stay */
    /* Options of the URL that only say how records are written: they may
     * change within a job. Ends with NULL; NULL: none. */
    const char *const *form;
    bool folds_uuids;    /* the case of a UUID's letters makes no other id */
    const struct store_http_kind *http; /* store_http.h; NULL: another way */
    size_t max_workers;  /* 0: any number; 1: a single writer */
    bool remote;

    /* fails    CONFIG (bad URL), LOCAL, AUTH, NETWORK. May not touch the
     *          network: that is preflight's. */
    struct store *(*open)(const struct store_config *cfg, struct error *err);
    /* Once per run before the first paid call: reachable, authorized,
     * collection there (or made), dimension and metric agree. When it is not
     * there, or the file cannot be opened for that reason: CONFIG with code
     * 404 or ENOENT. */
    bool (*preflight)(struct store *s, struct error *err);
    /*
     * Would the store take such a record, by what is known of its rules
     * without asking it? The vector is not looked at. False: item->why says in
     * a sentence why it never will (REFUSED, about the document). NULL: it
     * takes any; upsert refuses the same records in the same words.
     *
     * room     scratch of the caller's, for texts that have to be decoded.
     * threads  any number at once, while nobody else uses the instance.
     */
    bool (*takes)(const struct store *s, struct upsert_item *item,
                  struct buf *room);
    /* Know what `from` learned of those rules by its preflight. NULL: that
     * teaches none. */
    void (*learn)(struct store *s, const struct store *from);
    /*
     * Send a prefix of the items in one request: as many as limit_count and
     * the bytes allow, at least one. *taken says how many. On true each of
     * them has `stored` or `why`. Durable when it says stored.
     *
     * fails    as a whole: NETWORK, TIMEOUT, LIMITED, QUOTA, SERVER, AUTH,
     *          CONFIG, REFUSED, SIZE (also: one record alone is above
     *          limit_bytes, *taken = 1), PROTOCOL, LOCAL, STOPPED.
     */
    bool (*upsert)(struct store *s, struct upsert_item *items, size_t n,
                   size_t *taken, struct error *err);
    /* Nearest k by cosine, best first; *got of them. NULL: cannot. */
    bool (*search)(struct store *s, const float *query, size_t k,
                   struct store_hit *hits, size_t *got, struct error *err);
    /* The store can be asked for that id; one that it cannot be asked for is
     * called absent by lookup. NULL: for any. */
    bool (*askable)(struct text id);
    /* present[i]: the store has ids[i]. NULL, or CONFIG with code ENOTSUP:
     * cannot. */
    bool (*lookup)(struct store *s, const struct text *ids, size_t n,
                   bool *present, struct error *err);
    bool (*count)(struct store *s, uint64_t *n, struct error *err);
    /*
     * How the vectors were made, as one JSON object, beside them. keep() puts
     * it in the place of what was there, kept() appends it to `to`: nothing
     * when none is there. Both after the preflight. NULL: it has no place.
     */
    bool (*keep)(struct store *s, const char *json, struct error *err);
    bool (*kept)(struct store *s, struct buf *to, struct error *err);
    /* What this instance, the only writer, has written is still where it put
     * it; cheap, at the end of a run. While it upserts nothing, any thread may
     * ask. fails LOCAL. NULL: `count` and `lookup` are asked. */
    bool (*intact)(struct store *s, struct error *err);
    void (*close)(struct store *s); /* NULL and half-open are fine */
};

/* Bytes of a request of several records; 0: any number. */
static inline size_t store_cut_bytes(const struct store *s)
{
    return s->want_bytes && (!s->limit_bytes || s->want_bytes < s->limit_bytes)
               ? s->want_bytes
               : s->limit_bytes;
}

/* The stores. store_NAME is at the end of the file of each. */
#define STORES(X)    \
    X(sqlite)        \
    X(jsonl)         \
    X(postgres)      \
    X(qdrant)        \
    X(chroma)        \
    X(milvus)        \
    X(elasticsearch) \
    X(opensearch)    \
    X(pinecone)      \
    X(weaviate)      \
    X(exec)
#define STORE_DECLARE(name) extern const struct store_ops store_##name;
STORES(STORE_DECLARE)

const struct store_ops *store_find(const char *url); /* NULL: unknown */
const struct store_ops *store_at(size_t i);

/* The URL without the options that are only form (store_ops): what a job's
 * records are in. Appended. */
void store_place(const char *url, struct buf *to);

/* The URL without user, password and query, printable: for the screen. */
void store_label(const char *url, char *to, size_t size);

#endif
