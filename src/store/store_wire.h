/*
 * Which wire records take, for stores with two: gRPC or the JSON of REST.
 *
 *     grpc[s]://, ?grpc=N   gRPC, and its errors are errors
 *     ?format=json               JSON
 *     else                       the preflight asks where gRPC is likely to be,
 *                                notes what it found, and workers follow it
 *
 * Threads     Like struct store: one worker owns one.
 */
#ifndef BATCHTOP_STORE_STORE_WIRE_H
#define BATCHTOP_STORE_STORE_WIRE_H

#include "store/store_grpc.h"

/* The options of a URL that say how records travel. */
#define WIRE_OPTIONS "format", "grpc"

/*
 * For set_up: open gRPC where the URL demands it, or keep `likely` (a root,
 * NULL: none) for the preflight. CONFIG, MEMORY.
 */
bool store_wire_set_up(struct store_http *s, const struct store_config *cfg,
                       const char *likely, struct error *err);

/*
 * For preflight, once REST has answered: ask at the likely root, if there is
 * one. `probe` makes a call and says why what answers will not do. Otherwise
 * gRPC stays closed and s->base.note has the reason.
 *
 * fails    STOPPED, MEMORY.
 */
bool store_wire_choose(struct store_http *s,
                       bool (*probe)(struct store *s, struct error *err),
                       struct error *err);
/* For store_ops.follow. */
void store_wire_follow(struct store *s, const struct store *from);

/* Do records go over gRPC? */
static inline bool store_wire_grpc(const struct store_http *s)
{
    return s->grpc != NULL;
}
/* No more: says why. */
void store_wire_leave(struct store_http *s, const char *why);

/* The root is https:// */
bool store_wire_secure(const struct store_http *s);
/* The port of a root; 80 or 443 where it has none. */
unsigned store_wire_port(const char *root);
/* Append the same root with another port and without a path, and a NUL. */
void store_wire_root(const char *root, const char *port, struct buf *to);

#endif
