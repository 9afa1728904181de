/*
 * A vector store: records in, acknowledgements out.
 *
 * A store is one file that ends with its const table, and one line in the list
 * STORES. One worker owns one instance, so there is no lock inside. Upserts are
 * by id and idempotent. A store has no policy (retries, halving, bisection): it
 * serializes what fits into one request, sends it and reports each record's
 * outcome.
 */
#ifndef BATCHTOP_STORE_STORE_H
#define BATCHTOP_STORE_STORE_H

#include <stdatomic.h>

#include "util/buf.h"
#include "util/error.h"

enum store_wire_now { STORE_WIRE_ONE, STORE_WIRE_JSON, STORE_WIRE_GRPC };
const char *store_wire_word(enum store_wire_now wire); /* "", "JSON", "gRPC" */

struct store_config {
    const char *url;  /* --store, whole */
    const char *key;  /* NULL: none; never logged */
    const char *key_env;       /* --store-key-env; NULL: not given */
    const char *other_key_env; /* the embedder's, which a child must not see */
    size_t dim;       /* of the vectors; 0: unknown (search, verify) */
    bool create;      /* --create: make a missing collection or table */
    bool read_only;   /* search and verify: change nothing */
    int stop_fd;
    int64_t timeout_ms; /* 0: 120 s */
    const char *cacert;
    bool allow_cleartext;
    const char *model; /* recorded if the store has a place for it */
    void (*say)(void *ctx, const char *line); /* for the operator, printable;
                                                 NULL: nobody listens */
    void *say_ctx;
    /* Set to what records go over, where a store has two; NULL: nobody asks. */
    _Atomic(enum store_wire_now) *wire_now;
};

struct upsert_item {
    struct text id;       /* decoded */
    bool id_number;
    struct text text;     /* raw JSON string contents */
    bool text_escaped;
    struct text metadata; /* raw JSON value; len 0: none */
    const float *vector;  /* dim floats, finite, not all zero */
    bool stored;          /* out: the store confirmed this id */
    struct error why;     /* out: if not stored though the call succeeded */
};

struct store_hit {
    struct buf id, text;
    double score; /* cosine similarity */
};

struct store {
    const struct store_ops *ops;
    size_t dim;
    size_t limit_count; /* records in a request; dispatch may lower it */
    size_t limit_bytes; /* serialized bytes of a request, the store's own; 0:
                           none. It refuses one record above that unsent */
    size_t want_bytes;  /* dispatch's: a request of more than one record stays
                           below; 0: as limit_bytes */
    size_t good_count;  /* records a request should have if there are many */
    size_t sent_count, sent_bytes; /* of the last request's body */
    uint64_t wire_sent, wire_received; /* since open */
    bool binary;      /* a float of a vector takes four bytes of a request */
    bool may_be_binary; /* or will, if the preflight finds a better wire */
    const char *wire; /* how vectors go, for the plan, and why; NULL: this store
                         has one way */
    char note[240]; /* what preflight has to report; "" for nothing */
    bool made;      /* open() made the file */
};

struct store_ops {
    const char *name;    /* the URL scheme up to ':' or '+' */
    const char *summary; /* one line with the URL form */
    const char *key_env; /* the variable with the key; NULL: needs none */
    const char *ids;     /* what happens to ids; NULL: they stay */
    /* Options of the URL that only say how to write records: they may change
     * within a job. Ends with NULL; NULL: none. */
    const char *const *form;
    bool folds_uuids;    /* ids that differ in a UUID's case are equal */
    const struct store_http_kind *http; /* store_http.h; NULL: not over HTTP */
    size_t max_workers;  /* 0: any number; 1: a single writer */
    bool remote;

    /* ops      This table: two stores may share a function.
     * fails    CONFIG (bad URL), LOCAL, AUTH, NETWORK. May not touch the
     *          network: that is preflight's. */
    struct store *(*open)(const struct store_ops *ops,
                          const struct store_config *cfg, struct error *err);
    /* Once per run before the first paid call: reachable, authorized,
     * collection exists (or is made), dimension and metric agree. If it does
     * not exist: CONFIG with code 404, or ENOENT for a file. Says nothing in
     * the store about vectors: whether these may come is asked after it. */
    bool (*preflight)(struct store *s, struct error *err);
    /*
     * Would the store take such a record, by the rules that we know without
     * asking it? Ignores the vector. False: item->why says in a sentence why it
     * never will (REFUSED, about the document). NULL: it takes any; upsert
     * refuses the same records in the same words.
     *
     * room     the caller's scratch, to decode texts.
     * threads  any number at once, while no other thread uses the instance.
     */
    bool (*takes)(const struct store *s, struct upsert_item *item,
                  struct buf *room);
    /* Copy what `from` learned of those rules in its preflight. NULL:
     * nothing. */
    void (*learn)(struct store *s, const struct store *from);
    /* For a worker's own instance: go the way that `from` chose in its
     * preflight (a wire). `from` is used by nobody else meanwhile. NULL: there
     * is no choice. */
    void (*follow)(struct store *s, const struct store *from);
    /*
     * Send a prefix of the items in one request: as many as limit_count and the
     * bytes allow, at least one. *taken is their number. On true each of them
     * has `stored` or `why`; stored means durable.
     *
     * fails    as a whole: NETWORK, TIMEOUT, LIMITED, QUOTA, SERVER, AUTH,
     *          CONFIG, REFUSED, SIZE (also: one record alone is above
     *          limit_bytes, *taken = 1), PROTOCOL, LOCAL, STOPPED.
     */
    bool (*upsert)(struct store *s, struct upsert_item *items, size_t n,
                   size_t *taken, struct error *err);
    /* The nearest k by cosine, best first; *got of them. NULL: cannot. */
    bool (*search)(struct store *s, const float *query, size_t k,
                   struct store_hit *hits, size_t *got, struct error *err);
    /* Can one ask the store for that id? lookup reports other ids as absent.
     * NULL: for any. */
    bool (*askable)(struct text id);
    /* present[i]: the store has ids[i]. NULL, or CONFIG with code ENOTSUP:
     * cannot. */
    bool (*lookup)(struct store *s, const struct text *ids, size_t n,
                   bool *present, struct error *err);
    bool (*count)(struct store *s, uint64_t *n, struct error *err);
    /*
     * How the vectors were made, as one JSON object beside them. keep()
     * replaces what was there, kept() appends it to `to`, or nothing if there
     * is none. Both after the preflight. NULL: the store has no place for it.
     */
    bool (*keep)(struct store *s, const char *json, struct error *err);
    bool (*kept)(struct store *s, struct buf *to, struct error *err);
    /*
     * All records of a run are stored: give the store the form in which it
     * rests. Called on an instance for this alone, opened read-only so that it
     * makes no file, while another one may write. May take long. The records
     * are safe and found without it. fails STOPPED, LOCAL, CONFIG. NULL:
     * nothing to do.
     */
    bool (*finish)(struct store *s, struct error *err);
    /* Is everything that this instance, the only writer, has written still
     * there? Cheap, for the end of a run. While it upserts nothing, any thread
     * may ask. fails LOCAL. NULL: use `count` and `lookup`. */
    bool (*intact)(struct store *s, struct error *err);
    void (*close)(struct store *s); /* NULL and half-open are fine */
    /* Remove the file if it holds no record: for a run that made it, stored
     * nothing and has closed every instance. NULL: it makes none. */
    void (*unmake)(const struct store_config *cfg);
};

/* Bytes of a request of several records; 0: any number. */
static inline size_t store_cut_bytes(const struct store *s)
{
    return s->want_bytes && (!s->limit_bytes || s->want_bytes < s->limit_bytes)
               ? s->want_bytes
               : s->limit_bytes;
}

/* The stores. store_NAME is at the end of each one's file. */
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

/* Append the URL without the options that are only form (store_ops): the place
 * of a job's records. */
void store_place(const char *url, struct buf *to);

/* Between two requests: its large buffers go to whoever needs some. */
void store_rest(struct store *s);

/* The URL without user, password and query, printable, for the screen. */
void store_label(const char *url, char *to, size_t size);

#endif
