/*
 * How many workers a stage may have, and what its requests begin with: numbers
 * that follow from the options and the kind of service, before anything is
 * measured.
 *
 * A stage that calls a service seeks how many requests it has in flight
 * (flow/seek.h), up to a bound: --embed-workers, --store-workers,
 * --max-concurrent, or WORKERS_MAX. One that computes itself, or whose workers
 * are processes of a user's command, always has as many as there are
 * processors, at most CREW_AT_HOME; a store of that kind has one.
 *
 * Bounds      What the workers of a stage hold for their requests (documents,
 *             vectors, the request and the reply) stays below CREW_BYTES; while
 *             the service answers sooner than in CREW_FAR_MS, below what
 *             core/ration.h grants, from crew_unproved() on. Fewer workers are
 *             wanted where their requests are larger (crew_fit()).
 *
 * Threads     Pure.
 */
#ifndef BATCHTOP_ENGINE_CREW_H
#define BATCHTOP_ENGINE_CREW_H

#include "embed/embedder.h"
#include "flow/seek/seek.h"
#include "options/options.h"
#include "store/store.h"

enum {
    CREW_AT_HOME = 4,       /* most workers where no service is called */
    CREW_BYTES = 128 << 20, /* in the requests of a stage, all together */
    CREW_LEAST = 4 << 20,   /* the same, until more has paid, */
    CREW_EACH_MS = 64 << 10, /* and so much more for each ms of latency; */
    CREW_MOST_EACH_MS = 3 << 18, /* in any case below CREW_LEAST and that: 750
                                    MB a second, which no run comes to */
    CREW_FAR_MS = 250,      /* latency, unloaded, of a service that needs many
                               requests in flight whatever they hold */
    CREW_FILES_EACH = 3,    /* a connection: a socket, and two that wake it */
    CREW_FILES_SPARE = 12,  /* for all else: corpus, store, consoles, names */
    EMBED_BATCH = 100,      /* documents in a request, to begin with, */
    EMBED_BATCH_MOST = 512,     /* and the most that is tried, */
    EMBED_BATCH_BYTES = 1 << 20 /* of vectors: larger requests hold memory and
                                   bring nothing, except where a service
                                   counts requests */
};

struct crew {
    size_t most;    /* workers; at least one for each endpoint, as far as
                       `limit` allows */
    size_t limit;   /* that can be pinned, too */
    size_t at_once; /* requests in flight at one endpoint; 0: any number */
    bool sought;    /* how many of them are at work is found out */
    const char *by; /* the option whose number `most` is; "": a default */
};

struct crew crew_embedders(const struct options *opt,
                           const struct embedder_ops *ops, size_t endpoints);
struct crew crew_upserters(const struct options *opt,
                           const struct store_ops *ops);
/* Documents in a request, to begin with. */
size_t crew_embed_batch(const struct options *opt);
/* The most that is tried at a service that takes so many texts (0: any number)
 * with vectors of so many floats (0: not known yet). counts: it limits how many
 * requests come, so they may be the largest. */
size_t crew_embed_batch_most(size_t texts, size_t dim, bool counts);

/* Of so many workers, those of one endpoint: worker i has endpoint i modulo
 * their count. */
size_t crew_share(size_t workers, size_t endpoints, size_t which);
/* What a worker holds for a request of so many documents, before any was made:
 * their vectors, once as they are and once as the wire has them, and a kilobyte
 * each for the rest. */
size_t crew_request_bytes(size_t documents, size_t dim);
/* Bytes for the requests of a stage before more has paid, at a service with
 * such a latency. */
size_t crew_unproved(double unloaded_ms);
/* The most that it may come to; 0: the latency is not known yet. */
size_t crew_bytes(double unloaded_ms);
/* Workers whose requests of so many bytes each stay within `most`, at least
 * one, and two where those fit into CREW_BYTES: one makes its request while the
 * other waits. */
size_t crew_fit(size_t bytes, size_t most);
/* Workers of each of so many stages, whose first one is connected, where `left`
 * more files may be opened. */
size_t crew_files(size_t left, size_t stages);
/* The most that a crew may come to, with requests of so many documents. */
size_t crew_most(const struct crew *c, size_t documents, size_t dim);

#endif
