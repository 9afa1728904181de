/*
 * What is kept with vectors of how they were made, so that a search asks in
 * the same way and vectors of two makings do not mix: one JSON object, in the
 * store where it has a place for it, else what the job's ledger knows.
 *
 *     {"embed":"ollama:nomic-embed-text","dim":256,"asked_dim":256,
 *      "own_dim":768,"normalised":true,"doc-prefix":"search_document: ",..}
 *
 * asked_dim is what --dim said, own_dim and normalised are there when the
 * vectors are the beginnings of longer ones, files when the embedder depends
 * on some. Phrases are missing where batchtop did not know any yet. own_url says
 * that there was an --embed-url, so that no query goes elsewhere. No URL and no
 * key is among it: a store's word must not send a key anywhere.
 *
 * Ownership   kept_release() also after a failure, and of a zeroed one.
 * Threads     The caller's.
 */
#ifndef BATCHTOP_ENGINE_JOB_KEPT_H
#define BATCHTOP_ENGINE_JOB_KEPT_H

#include "core/phrasing.h"
#include "ledger/ledger.h"
#include "store/store.h"

struct kept {
    char *embed;           /* NULL: nothing is kept */
    char *files;           /* embedder's identity; NULL: it has none */
    char *phrase[PHRASES]; /* NULL: not said */
    size_t dim, own_dim;   /* 0: not said */
    size_t asked_dim;      /* --dim; 0: without it */
    bool asked;            /* asked_dim is said */
    bool own_url;          /* made with --embed-url, whatever it said */
};

void kept_put(struct buf *to, const char *embed, const struct embedder *e,
              size_t asked_dim, bool own_url, const struct phrasing *p);
/* From what kept_put() wrote; of anything else nothing is kept. MEMORY. */
bool kept_read(struct kept *k, struct text json, struct error *err);
/* From the store, after its preflight; nothing when it has no place for it.
 * fails    as kept() does. */
bool kept_in_store(struct kept *k, struct store *s, struct error *err);
/* From a job's ledger. */
void kept_in_ledger(struct kept *k, struct ledger_view *v);
void kept_release(struct kept *k);

/* New vectors may stand beside those that are kept in `place`. fails    CONFIG,
 * naming both makings. */
bool kept_agrees(const struct kept *k, const char *place, const char *embed,
                 const struct phrasing *p, struct error *err);

#endif
