/*
 * Which wire records take, for stores with two: gRPC or the JSON of REST.
 *
 *     grpc[s]://, ?grpc=N        gRPC, and its errors are errors
 *     ?format=json               JSON
 *     else                       the preflight asks where gRPC is likely to be,
 *                                notes what it found, and workers follow it
 *
 * A port that we guess may be another server's: of a tunnel's other end, of a
 * second server on this host. Where it is not the address of REST, no record
 * goes there before a proof. A request goes over REST. Before it, gRPC does not
 * show one of its records as it will be; after it, gRPC does (struct
 * wire_kind's marks). A copy of the data cannot do that: only who has the same
 * record stored there between these two questions could, and where a store tells
 * the millisecond of a record's change, not even they. Questions that find
 * nothing leave it open for some requests; then REST is taken for good and `say`
 * has one line. wire_proof.h is what instances share.
 *
 * Threads     Like struct store: one worker owns one.
 */
#ifndef BATCHTOP_STORE_STORE_WIRE_H
#define BATCHTOP_STORE_STORE_WIRE_H

#include "store/store_grpc.h"

/* The options of a URL that say how records travel. */
#define WIRE_OPTIONS "format", "grpc"

/* One store's two wires; const. */
struct wire_kind {
    /* Make a call over gRPC and say why what answers will not do. */
    bool (*probe)(struct store *s, struct error *err);
    /* Probe ?grpc=N, too: it must do. */
    bool probes_named;

    /* The rest is for store_wire_upsert(). As store_ops.upsert, each. */
    bool (*by_rest)(struct store *s, struct upsert_item *items, size_t n,
                    size_t *taken, struct error *err);
    bool (*by_grpc)(struct store *s, struct upsert_item *items, size_t n,
                    size_t *taken, struct error *err);
    /* What gRPC shows of a record: 0, it is not there, or a number that changes
     * when it is stored. */
    bool (*shown)(struct store *s, const struct upsert_item *item,
                  uint64_t *mark, struct error *err);
    /* The same over REST, once it is stored there. NULL: WIRE_AS_SENT, and
     * `shown` gives it where the vector is the item's. */
    bool (*stored)(struct store *s, const struct upsert_item *item,
                   uint64_t *mark, struct error *err);
};

enum { WIRE_AS_SENT = 1 };

/*
 * For set_up: open gRPC where the URL demands it, or keep `likely` (a root,
 * NULL: none) for the preflight. CONFIG, MEMORY.
 */
bool store_wire_set_up(struct store_http *s, const struct store_config *cfg,
                       const char *likely, struct error *err);

/*
 * For preflight, once REST has answered: ask at the likely root, if there is
 * one. Otherwise gRPC stays closed and s->base.note has the reason.
 *
 * fails    STOPPED, MEMORY; with probes_named whatever the probe says.
 */
bool store_wire_choose(struct store_http *s, const struct wire_kind *kind,
                       struct error *err);
/* For store_ops.follow. */
void store_wire_follow(struct store *s, const struct store *from);
/* For store_ops.upsert: over the wire that counts, or as a proof. */
bool store_wire_upsert(struct store_http *s, const struct wire_kind *kind,
                       struct upsert_item *items, size_t n, size_t *taken,
                       struct error *err);

/* Do records go over gRPC? */
static inline bool store_wire_grpc(const struct store_http *s)
{
    return s->grpc && !s->proof;
}

/* Little-endian float32 that point where v does: stores round and
 * normalize. */
bool store_wire_fits(struct text floats, const float *v, size_t dim);

/* The root is https:// */
bool store_wire_secure(const struct store_http *s);
/* The port of a root; 80 or 443 where it has none. */
unsigned store_wire_port(const char *root);
/* Append the same root with another port and without a path, and a NUL. */
void store_wire_root(const char *root, const char *port, struct buf *to);

#endif
