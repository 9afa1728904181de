/* This file computes the bounds on the workers of a stage. */
#include "config.h"
#include "engine/crew.h"

#include "api/command.h"
#include "sys/thread.h"

/* A float in memory (4), and as JSON has it (13). */
enum { FLOAT_BYTES = 17, DOCUMENT_BYTES = 1024 };

static size_t crew_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The user's number, or the default; each endpoint has a worker at least. */
static void crew_bound(struct crew *c, uint64_t given, const char *option,
                       size_t standard, size_t endpoints)
{
    c->most = given ? (size_t)given : standard;
    c->by = given ? option : "";
    if (c->most < endpoints)
        c->most = endpoints;
    c->most = crew_least(c->most, c->limit);
}

struct crew crew_embedders(const struct options *opt,
                           const struct embedder_ops *ops, size_t endpoints)
{
    struct crew c = { .limit = WORKERS_MAX, .sought = ops->remote,
                      .at_once = (size_t)opt->max_concurrent };

    crew_bound(&c, opt->embed_workers, "--embed-workers",
               c.sought ? WORKERS_MAX : crew_least(thread_processors(),
                                                   CREW_AT_HOME),
               endpoints);
    if (c.sought && c.at_once && c.at_once * endpoints < c.most) {
        c.most = c.at_once * endpoints;
        c.by = "--max-concurrent";
    }
    return c;
}

struct crew crew_upserters(const struct options *opt,
                           const struct store_ops *ops)
{
    struct crew c = { .limit = ops->max_workers ? ops->max_workers
                                                : WORKERS_MAX,
                      .sought = ops->remote && ops->max_workers != 1 };

    crew_bound(&c, opt->store_workers, "--store-workers",
               c.sought ? WORKERS_MAX : 1, 1);
    return c;
}

size_t crew_embed_batch(const struct options *opt)
{
    return opt->embed_batch ? (size_t)opt->embed_batch : EMBED_BATCH;
}

size_t crew_embed_batch_most(size_t texts, size_t dim, bool counts)
{
    size_t most = EMBED_BATCH_MOST;

    if (dim && !counts)
        most = crew_least(most, EMBED_BATCH_BYTES / (dim * sizeof(float)));
    if (most < EMBED_BATCH)
        most = EMBED_BATCH;
    return texts ? crew_least(texts, most) : most;
}

size_t crew_share(size_t workers, size_t endpoints, size_t which)
{
    return workers / endpoints + (which < workers % endpoints);
}

size_t crew_unproved(double unloaded_ms)
{
    if (unloaded_ms >= CREW_FAR_MS)
        return CREW_BYTES;
    return CREW_LEAST + (size_t)(unloaded_ms * CREW_EACH_MS);
}

size_t crew_bytes(double unloaded_ms)
{
    double most = CREW_LEAST + unloaded_ms * CREW_MOST_EACH_MS;

    return unloaded_ms <= 0 || most > CREW_BYTES ? CREW_BYTES : (size_t)most;
}

size_t crew_fit(size_t bytes, size_t most)
{
    size_t fits;

    if (bytes == 0)
        return WORKERS_MAX;
    fits = crew_least(CREW_BYTES / bytes, 2);
    if (most / bytes > fits)
        return most / bytes;
    return fits ? fits : 1;
}

size_t crew_request_bytes(size_t documents, size_t dim)
{
    return documents * (dim * FLOAT_BYTES + DOCUMENT_BYTES);
}

size_t crew_files(size_t left, size_t stages)
{
    size_t each = left < CREW_FILES_SPARE || !stages
                      ? 0
                      : (left - CREW_FILES_SPARE) / CREW_FILES_EACH / stages;

    return crew_least(each, WORKERS_MAX - 1) + 1;
}

size_t crew_most(const struct crew *c, size_t documents, size_t dim)
{
    return c->sought ? crew_least(c->most, crew_fit(crew_request_bytes(
                                               documents, dim), CREW_BYTES))
                     : c->most;
}
