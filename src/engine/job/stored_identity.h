/*
 * How stored vectors were made, so that a search asks in the same way and
 * vectors of two kinds do not mix: one JSON object, in the store if it has a
 * place for it, else in the facts of the job's ledger.
 *
 *     {"embed":"ollama:nomic-embed-text","dim":256,"asked_dim":256,
 *      "own_dim":768,"normalised":true,"doc-prefix":"search_document: ",..}
 *
 * asked_dim is that of --dim; own_dim and normalised are there if the vectors
 * are the beginnings of longer ones, files if the embedder depends on some.
 * Phrases are missing if batchtop did not know them yet. own_url means that
 * there was an --embed-url, so that no query goes elsewhere. It has no URL and
 * no key: a store must not be able to send a key anywhere.
 *
 * Ownership   Call stored_identity_release() also after a failure; zeroed is
 *             fine.
 * Threads     The caller's.
 */
#ifndef BATCHTOP_ENGINE_JOB_STORED_IDENTITY_H
#define BATCHTOP_ENGINE_JOB_STORED_IDENTITY_H

#include "core/phrasing.h"
#include "ledger/ledger.h"
#include "store/store.h"

struct stored_identity {
    char *embed;           /* NULL: nothing is kept */
    char *files;           /* embedder's identity; NULL: none */
    char *phrase[PHRASES]; /* NULL: unknown */
    size_t dim, own_dim;   /* 0: unknown */
    size_t asked_dim;      /* --dim; 0: without it */
    bool asked;            /* asked_dim is known */
    bool own_url;          /* made with --embed-url, whatever that was */
};

void stored_identity_put(struct buf *to, const char *embed,
                         const struct embedder *e, size_t asked_dim,
                         bool own_url, const struct phrasing *p);
/* Read what stored_identity_put() wrote; ignore anything else. MEMORY. */
bool stored_identity_read(struct stored_identity *k, struct text json,
                          struct error *err);
/* From the store, after its preflight; nothing if it has no place for it.
 * fails    as kept() does. */
bool stored_identity_in_store(struct stored_identity *k, struct store *s,
                              struct error *err);
/* From a job's ledger. */
void stored_identity_in_ledger(struct stored_identity *k,
                               struct ledger_view *v);
void stored_identity_release(struct stored_identity *k);

/* The store has no vectors: what it keeps is about some that are gone. */
bool stored_identity_store_is_empty(struct store *s);

/* The vectors in `place` are of that --embed. fails    CONFIG, naming both. */
bool stored_identity_is_of(const struct stored_identity *k, const char *place,
                           const char *embed, struct error *err);
/* New vectors may stand beside those that are kept in `place`. fails    CONFIG,
 * naming both makings. */
bool stored_identity_agrees(const struct stored_identity *k, const char *place,
                            const char *embed, const struct phrasing *p,
                            struct error *err);

#endif
