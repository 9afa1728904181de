/* This file decides between gRPC and REST for stores that have both, proves that
 * a guessed port is of the same store, and takes the roots of URLs apart for
 * that. */
#include "config.h"
#include "store/store_wire.h"

#include <stdio.h>
#include <stdlib.h>

#include "util/str.h"

enum { PATIENCE_MS = 3000, ASK_MS = 10000, CANDIDATES = 4 };

/* The square of the cosine of vectors that are one. */
#define ALIKE 0.9998

/* ---- roots ---- */

/* Behind the host of scheme://HOST[:PORT][/PATH]. */
static const char *wire_host_end(const char *root)
{
    const char *host = strstr(root, "://");

    host = host ? host + 3 : root;
    if (*host == '[' && strchr(host, ']'))
        return strchr(host, ']') + 1;
    return host + strcspn(host, ":/");
}

unsigned store_wire_port(const char *root)
{
    const char *end = wire_host_end(root);

    if (*end == ':')
        return (unsigned)strtoul(end + 1, NULL, 10);
    return strncmp(root, "https:", 6) == 0 ? 443 : 80;
}

void store_wire_root(const char *root, const char *port, struct buf *to)
{
    buf_put(to, root, (size_t)(wire_host_end(root) - root));
    buf_printf(to, ":%s", port);
    buf_cstr(to);
}

bool store_wire_secure(const struct store_http *s)
{
    return strncmp(s->root.data, "https:", 6) == 0;
}

/* ---- what the URL demands ---- */

static bool wire_check(const struct store_http *s, const char *format,
                       const char *port, struct error *err)
{
    if (format && strcmp(format, "json") != 0)
        return error_set(err, ERROR_CONFIG, 0,
                         "--store: format=%s is not known; it is json, or "
                         "left out", format);
    if (port && (strspn(port, "0123456789") != strlen(port) ||
                 strlen(port) > 5))
        return error_set(err, ERROR_CONFIG, 0,
                         "--store: grpc=%s is not the number of a port", port);
    return !((port || format) && store_grpc_alone(s)) && !(port && format)
               ? true
               : error_set(err, ERROR_CONFIG, 0,
                           "--store: format=json and grpc=PORT stand alone, "
                           "behind %s+http:// or +https://",
                           s->base.ops->name);
}

/* For whoever asks what records go over now. */
static void wire_tell(const struct store_http *s, bool grpc)
{
    if (s->wire_now)
        atomic_store(s->wire_now, grpc ? STORE_WIRE_GRPC : STORE_WIRE_JSON);
}

static bool wire_open_port(struct store_http *s, const char *port,
                           struct error *err)
{
    struct buf root = { 0 };
    bool fine;

    store_wire_root(s->root.data, port, &root);
    fine = root.failed ? error_memory(err, "for a store")
                       : store_grpc_open(s, root.data, err);
    buf_release(&root);
    return fine;
}

static bool wire_keep_likely(struct store_http *s, const char *root,
                             struct error *err)
{
    buf_puts(&s->grpc_likely, root);
    if (!*buf_cstr(&s->grpc_likely))
        return error_memory(err, "for a store");
    snprintf(s->grpc_plan, sizeof s->grpc_plan,
             "over gRPC if port %u answers, else as JSON",
             store_wire_port(root));
    s->base.wire = s->grpc_plan;
    s->base.may_be_binary = true;
    return true;
}

bool store_wire_set_up(struct store_http *s, const struct store_config *cfg,
                       const char *likely, struct error *err)
{
    const char *format = store_http_option(s, "format");
    const char *port = store_http_option(s, "grpc");

    if (!wire_check(s, format, port, err))
        return false;
    s->base.binary = store_grpc_alone(s) || port;
    s->base.wire = s->base.binary ? "over gRPC, as the URL says"
                   : format       ? "as JSON, as ?format=json says"
                                  : "as JSON: no port of gRPC is known beside "
                                    "this one (?grpc=PORT names it)";
    wire_tell(s, s->base.binary);
    if (format)
        return true;
    if (store_grpc_alone(s))
        return store_grpc_open(s, s->root.data, err);
    if (port)
        return wire_open_port(s, port, err);
    return !likely || cfg->read_only || wire_keep_likely(s, likely, err);
}

/* ---- what the preflight finds ---- */

static void wire_close(struct store_http *s)
{
    grpc_free(s->grpc);
    s->grpc = NULL;
}

/* Go on with less patience than a request has later. */
static bool wire_open_quick(struct store_http *s, const char *root,
                            struct error *err)
{
    const struct http_config usual = s->http_config;
    bool fine;

    wire_close(s);
    s->http_config.connect_timeout_ms = PATIENCE_MS;
    s->http_config.total_timeout_ms = ASK_MS;
    fine = store_grpc_open(s, root, err);
    s->http_config = usual;
    return fine;
}

static bool wire_probe(struct store_http *s, const char *root,
                       const struct wire_kind *kind, struct error *err)
{
    bool fine = wire_open_quick(s, root, err) && kind->probe(&s->base, err);

    wire_close(s);
    return fine;
}

static void wire_note(struct store_http *s, bool fine, const char *why)
{
    unsigned port = store_wire_port(s->grpc_likely.data);
    char shown[120];

    str_sentence(shown, sizeof shown, text_of(why));
    if (fine)
        snprintf(s->base.note, sizeof s->base.note,
                 "vectors go over gRPC, port %u%s (?format=json: as JSON)",
                 port, s->proof ? ", once it shows what REST stored" : "");
    else
        snprintf(s->base.note, sizeof s->base.note,
                 "vectors go as JSON, for gRPC does not answer at port %u: %s",
                 port, shown);
}

/* At the address of REST the same server answers. */
static bool wire_needs_proof(const struct store_http *s)
{
    return strcmp(s->grpc_likely.data, s->root.data) != 0;
}

static bool wire_take_likely(struct store_http *s, struct error *err)
{
    if (!wire_needs_proof(s))
        return store_grpc_open(s, s->grpc_likely.data, err);
    wire_proof_release(s->proof);
    s->proof = wire_proof_new(s->grpc_likely.data);
    return s->proof || error_memory(err, "for a store");
}

/* ?grpc=N */
static bool wire_probe_named(struct store_http *s, const struct wire_kind *kind,
                             struct error *err)
{
    struct buf root = { 0 };
    bool fine;

    store_wire_root(s->root.data, store_http_option(s, "grpc"), &root);
    if (root.failed)
        fine = error_memory(err, "for a store");
    else
        fine = (wire_probe(s, root.data, kind, err) &&
                store_grpc_open(s, root.data, err)) ||
               error_wrap(err, "gRPC at %s", root.data);
    buf_release(&root);
    return fine;
}

bool store_wire_choose(struct store_http *s, const struct wire_kind *kind,
                       struct error *err)
{
    struct error why = { .text = "" };
    bool fine;

    if (kind->probes_named && store_http_option(s, "grpc"))
        return wire_probe_named(s, kind, err);
    if (s->grpc_likely.len == 0) {
        snprintf(s->base.note, sizeof s->base.note, "vectors go %s",
                 s->base.wire);
        return true;
    }
    fine = wire_probe(s, s->grpc_likely.data, kind, &why) &&
           wire_take_likely(s, &why);
    if (!fine && (why.kind == ERROR_STOPPED || why.kind == ERROR_MEMORY)) {
        *err = why;
        return false;
    }
    wire_note(s, fine, why.text);
    wire_tell(s, store_wire_grpc(s));
    return true;
}

void store_wire_follow(struct store *s, const struct store *from)
{
    struct store_http *to = (struct store_http *)s;
    const struct store_http *chose = (const struct store_http *)from;
    struct error none; /* without memory it goes over REST */

    if (chose->proof && !to->proof)
        to->proof = wire_proof_share(chose->proof);
    else if (chose->grpc && !to->grpc)
        store_grpc_open(to, chose->grpc_root.data, &none);
}

/* ---- the proof ---- */

bool store_wire_fits(struct text floats, const float *v, size_t dim)
{
    double dot = 0, ours = 0, theirs = 0;

    if (floats.len != dim * sizeof *v)
        return false;
    for (size_t i = 0; i < dim; i++) {
        uint32_t bits = 0;
        float x;

        for (size_t k = sizeof bits; k-- > 0;)
            bits = bits << 8 | (unsigned char)floats.ptr[i * sizeof bits + k];
        memcpy(&x, &bits, sizeof x);
        dot += (double)x * (double)v[i];
        ours += (double)v[i] * (double)v[i];
        theirs += (double)x * (double)x;
    }
    return dot > 0 && dot * dot >= ALIKE * ours * theirs;
}

/* The answer is known. */
static void wire_settle(struct store_http *s, bool proven)
{
    struct error none; /* without memory it goes over REST */

    wire_close(s);
    if (proven)
        store_grpc_open(s, wire_proof_root(s->proof), &none);
    wire_tell(s, proven);
    wire_proof_release(s->proof);
    s->proof = NULL;
}

/* One of the first records that gRPC does not show as it will be. */
static bool wire_pick(struct store_http *s, const struct wire_kind *kind,
                      const struct upsert_item *items, size_t n, size_t *at,
                      uint64_t *before)
{
    struct error none;

    for (*at = 0; *at < n && *at < CANDIDATES; ++*at) {
        if (!kind->shown(&s->base, &items[*at], before, &none))
            return false;
        if (kind->stored || *before != WIRE_AS_SENT)
            return true;
    }
    *at = n;
    return true;
}

static enum wire_found wire_compare(struct store_http *s,
                                    const struct wire_kind *kind,
                                    const struct upsert_item *item,
                                    uint64_t before)
{
    uint64_t want = WIRE_AS_SENT, after = 0;
    struct error none;

    if (kind->stored && !kind->stored(&s->base, item, &want, &none))
        return WIRE_NOTHING;
    if (before == want)
        return WIRE_NOTHING; /* it was stored as it was */
    return kind->shown(&s->base, item, &after, &none) && after && after == want
               ? WIRE_SHOWN
               : WIRE_MISSED;
}

static void wire_say_left(const struct store_http *s)
{
    char line[240];

    snprintf(line, sizeof line,
             "gRPC at %.100s does not show what REST stored: vectors go as JSON "
             "(?grpc=PORT in the URL names its port)",
             wire_proof_root(s->proof));
    if (s->say)
        s->say(s->say_ctx, line);
}

static void wire_end(struct store_http *s, enum wire_found found)
{
    enum wire_state state = wire_proof_end(s->proof, found);

    wire_close(s);
    if (state == WIRE_LEFT)
        wire_say_left(s);
    if (state != WIRE_OPEN)
        wire_settle(s, state == WIRE_PROVEN);
}

/* The request goes over REST; gRPC is asked before and after. */
static bool wire_try(struct store_http *s, const struct wire_kind *kind,
                     struct upsert_item *items, size_t n, size_t *taken,
                     struct error *err)
{
    uint64_t before = 0;
    size_t at = 0;
    struct error none;
    bool answers = wire_open_quick(s, wire_proof_root(s->proof), &none) &&
                   wire_pick(s, kind, items, n, &at, &before);
    bool fine = kind->by_rest(&s->base, items, n, taken, err);

    if (!fine)
        wire_end(s, WIRE_UNTRIED);
    else if (!answers)
        wire_end(s, WIRE_MISSED);
    else if (at >= *taken || !items[at].stored)
        wire_end(s, WIRE_NOTHING);
    else
        wire_end(s, wire_compare(s, kind, &items[at], before));
    return fine;
}

bool store_wire_upsert(struct store_http *s, const struct wire_kind *kind,
                       struct upsert_item *items, size_t n, size_t *taken,
                       struct error *err)
{
    enum wire_state state;

    if (s->proof) {
        state = wire_proof_state(s->proof);
        if (state == WIRE_OPEN && wire_proof_begin(s->proof))
            return wire_try(s, kind, items, n, taken, err);
        if (state == WIRE_PROVEN || state == WIRE_LEFT)
            wire_settle(s, state == WIRE_PROVEN);
    }
    return store_wire_grpc(s) ? kind->by_grpc(&s->base, items, n, taken, err)
                              : kind->by_rest(&s->base, items, n, taken, err);
}
