/*
 * What every store behind HTTP has in common: the URL, the key, one exchange. A
 * store's struct begins with a struct store_http, and its file has only what is
 * its own. store_body.h cuts the body of an upsert.
 *
 * Threads     Like struct store: one worker owns one.
 */
#ifndef BATCHTOP_STORE_STORE_HTTP_H
#define BATCHTOP_STORE_STORE_HTTP_H

#include "net/grpc.h"
#include "net/http.h"
#include "store/store_meta.h"
#include "store/store_place.h"
#include "store/wire_proof.h"

enum { STORE_HEADERS = 4 };

/* The meaning of a refusal with these words, whatever http_status_error() made
 * of it. */
struct store_verdict {
    int status;         /* 0: any */
    const char *phrase; /* in the service's own words, in lower case */
    enum error_kind kind;
    enum error_about about;
};

/* What a kind of store is like; const, one per store. */
struct store_http_kind {
    const char *form;   /* of its URL, for the message about a wrong one */
    bool name_optional; /* the last part of the URL may be missing */
    bool grpc; /* store_grpc.h: the URL may be NAME+grpc[s]://HOST:PORT/NAME */
    bool gzip; /* its documentation allows gzip: ?gzip=yes, no */
    const char *const *options; /* what may follow '?'; ends with NULL */
    /* The key's header and what is before the key in it, "Bearer " or "". NULL:
     * the store calls store_http_header() itself. */
    const char *key_header, *key_prefix;
    const char *content_type; /* NULL: application/json */
    size_t limit_count, limit_bytes, good_count;
    /* The first row that matches counts; a row without a phrase ends them.
     * NULL: http_status_error() is right. */
    const struct store_verdict *verdicts;
    /* Correct it further. NULL: nothing to do. */
    void (*amend)(const struct http_reply *reply, struct error *err);
    struct store_place place; /* what the URL's name stands for */
    const struct meta_rules *rules; /* for metadata; NULL: it takes any */
    size_t size;                    /* of the store's struct */
    /* What else open() does. NULL: nothing. fails CONFIG, MEMORY. */
    bool (*set_up)(struct store *s, const struct store_config *cfg,
                   struct error *err);
};

struct store_http {
    struct store base;
    const struct store_http_kind *kind;
    struct http *http;
    struct http_config http_config;
    struct http_reply reply;
    struct grpc *grpc;    /* NULL: speak REST; store_grpc.h */
    struct buf grpc_root; /* http[s]://HOST:PORT, ends with a NUL */
    bool grpc_alone;      /* the URL says grpc[s]:// */
    struct buf grpc_likely; /* where it may be, with a NUL: store_wire.h */
    char grpc_plan[56];     /* the same in words, for base.wire */
    struct wire_proof *proof; /* gRPC waits for it: store_wire.h */
    struct http_header grpc_key; /* instead of the key's header; value is ours;
                                    name NULL: it is the same */
    struct store_meta meta; /* where kind->rules are */
    /* http://HOST:PORT[/PREFIX], the name behind the last slash, and the
     * options as "k=v"; each ends with a NUL. */
    struct buf root, name, options;
    struct buf url, body[STORE_COLUMNS]; /* of the present request; beyond
                                            body[0] for store_body() alone */
    struct http_header header[STORE_HEADERS]; /* values are ours */
    size_t header_count;
    struct gzip *gzip;                /* NULL: send bodies unpacked */
    void (*say)(void *ctx, const char *line);
    void *say_ctx;
    _Atomic(enum store_wire_now) *wire_now; /* NULL: nobody asks */
    bool create; /* --create, and not read-only */
};

/* Letters, digits, "-", "_" and "."; not empty, no "." in front. */
bool store_name_fits(struct text name);

/*
 * Take NAME+http[s]://HOST[:PORT][/PREFIX]/NAME[?k=v&k=v] apart, remember the
 * key, make the handle; of NAME+grpc[s]:// the root has http[s]://. Touches no
 * network. `s` is zeroed storage; call store_http_release() even after a
 * failure.
 *
 * fails    CONFIG, MEMORY.
 */
bool store_http_init(struct store_http *s, const struct store_ops *ops,
                     const struct store_config *cfg, struct error *err);
void store_http_release(struct store_http *s);

void store_http_rest(struct store_http *s); /* store_rest() */

/* For store_ops: open, with zeroed storage of kind->size, and close where
 * nothing else has to be released. */
struct store *store_http_open(const struct store_ops *ops,
                              const struct store_config *cfg,
                              struct error *err);
void store_http_close(struct store *s);
/* preflight: all that kind->place demands. */
bool store_http_preflight(struct store *s, struct error *err);
/* The same for a worker's own instance, which creates nothing. */
bool store_http_know(struct store *s, struct error *err);
/* For store_place.agree: store_place_suits(). */
bool store_http_suits(struct store *s, size_t dim, const char *metric,
                      struct error *err);

/* Another header for every request; copied. MEMORY, CONFIG (line break). */
bool store_http_header(struct store_http *s, const char *name,
                       const char *prefix, const char *value, bool secret,
                       struct error *err);

/* The value of an option of the URL; NULL: not given. */
const char *store_http_option(const struct store_http *s, const char *name);

/* Begin the next request: an empty body, and a URL below the root. */
void store_http_to(struct store_http *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Append to that URL, percent-encoded but for letters, digits and "-._~". */
void store_http_url_put(struct store_http *s, struct text value);

/* One exchange with that URL and s->body, whatever its status. If the kind
 * takes gzip, it packs a large body over https (?gzip=yes: everywhere, no:
 * nowhere); after a 415 it sends this body and all later ones unpacked. */
bool store_http_send(struct store_http *s, const char *method,
                     struct error *err);
/* The error for a status of 300 or more, amended. Returns false. */
bool store_http_refused(struct store_http *s, struct error *err);
/* Both together: the exchange must succeed. */
bool store_http_ask(struct store_http *s, const char *method,
                    struct error *err);
/* For store_place.look: 404 means that there is none. */
bool store_http_look(struct store_http *s, bool *there, struct error *err);
/* The reply's body. */
struct text store_http_answer(const struct store_http *s);

#endif
