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
 * on some. Phrases are missing where batchtop did not know any yet. own_url
 * says that there was an --embed-url, so that no query goes elsewhere. No URL
 * and no key is among it: a store's word must not send a key anywhere.
 *
 * Ownership   stored_identity_release() also after a failure, and of a zeroed
 *             one.
 * Threads     The caller's.
 */
#ifndef BATCHTOP_ENGINE_JOB_STORED_IDENTITY_H
#define BATCHTOP_ENGINE_JOB_STORED_IDENTITY_H

#include "core/phrasing.h"
#include "ledger/ledger.h"
#include "store/store.h"

struct stored_identity {
    char *embed;           /* NULL: nothing is kept */
    char *files;           /* embedder's identity; NULL: it has none */
    char *phrase[PHRASES]; /* NULL: not said */
    size_t dim, own_dim;   /* 0: not said */
    size_t asked_dim;      /* --dim; 0: without it */
    bool asked;            /* asked_dim is said */
    bool own_url;          /* made with --embed-url, whatever it said */
};

void stored_identity_put(struct buf *to, const char *embed,
                         const struct embedder *e, size_t asked_dim,
                         bool own_url, const struct phrasing *p);
/* From what stored_identity_put() wrote; of anything else nothing is kept.
 * MEMORY. */
bool stored_identity_read(struct stored_identity *k, struct text json,
                          struct error *err);
/* From the store, after its preflight; nothing when it has no place for it.
 * fails    as kept() does. */
bool stored_identity_in_store(struct stored_identity *k, struct store *s,
                              struct error *err);
/* From a job's ledger. */
void stored_identity_in_ledger(struct stored_identity *k,
                               struct ledger_view *v);
void stored_identity_release(struct stored_identity *k);

/* New vectors may stand beside those that are kept in `place`. fails    CONFIG,
 * naming both makings. */
bool stored_identity_agrees(const struct stored_identity *k, const char *place,
                            const char *embed, const struct phrasing *p,
                            struct error *err);

#endif
