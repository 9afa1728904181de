/*
 * How we put texts to a model: the words before a document and before a query,
 * extra members of the request, and the model's name for queries. A model that
 * was trained with such words gives vectors without them, too, but bad ones,
 * and nothing fails.
 *
 * Each phrase comes from its option (an empty one turns it off), else from the
 * job that made the vectors, else from the table of known models. So it is part
 * of a job's identity, and kept with the vectors (vector_identity.h).
 *
 * Ownership   Call phrasing_release() also after a failure; zeroed is fine.
 * Threads     The caller's; const once it is made.
 */
#ifndef BATCHTOP_CORE_PHRASING_H
#define BATCHTOP_CORE_PHRASING_H

#include "embed/embedder.h"
#include "embed/known.h"
#include "options/options.h"

enum phrase {
    PHRASE_DOC_PREFIX,
    PHRASE_EMBED_EXTRA,
    PHRASE_OF_QUERIES, /* from here on: documents do not depend on it */
    PHRASE_QUERY_PREFIX = PHRASE_OF_QUERIES,
    PHRASE_QUERY_EXTRA,
    PHRASE_QUERY_MODEL,
    PHRASES
};

struct phrasing {
    char *of[PHRASES];               /* never NULL once made; "": nothing */
    bool by_table[PHRASES];          /* nobody asked for it */
    const struct known_model *known; /* NULL: the model is unknown */
};

/* The option's name without dashes, as in the ledger and the store. */
const char *phrase_name(enum phrase which);
/* What the caller gave; NULL: nothing. */
const char *phrase_given(const struct options *opt, enum phrase which);

/*
 * Make it from the options and the table, for this embedder.
 *
 * fails    CONFIG: an option that has no effect with this embedder, or a wrong
 *          value. MEMORY.
 */
bool phrasing_make(struct phrasing *p, const struct options *opt,
                   const struct embedder_ops *ops, struct error *err);
void phrasing_release(struct phrasing *p);

/* Take what is known from elsewhere in place of what the table says; a store's
 * or a ledger's word is judged like an option. fails    CONFIG, MEMORY. */
bool phrasing_set(struct phrasing *p, enum phrase which, const char *value,
                  struct error *err);
/* The phrase of a job that began before there were phrases and so names none:
 * nothing, unless the provider had its own. */
const char *phrasing_before(const struct phrasing *p, enum phrase which);

/* Put into cfg what the embedder must know; cfg borrows from p. */
void phrasing_apply(const struct phrasing *p, bool query,
                    struct embedder_config *cfg);
/* Bytes before every document in a request's body. */
size_t phrasing_bytes(const struct phrasing *p);

/* A printable sentence about what the table chose; false: it chose nothing. */
bool phrasing_say(const struct phrasing *p, char *to, size_t size);

#endif
