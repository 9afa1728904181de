/*
 * How texts are put to the model: what stands before a document and before a
 * query, what the request says beside, and under which name a query asks. A
 * model that was trained with such words gives vectors without them, too, but
 * bad ones, and nothing fails.
 *
 * Each phrase comes from its option (an empty one turns it off), else from the
 * job that the vectors are of, else from the table of known models. So it is
 * part of a job's identity, and is kept with the vectors (kept.h).
 *
 * Ownership   phrasing_release() also after a failure, and of a zeroed one.
 * Threads     The caller's; const once it is made.
 */
#ifndef BATCHTOP_CORE_PHRASING_H
#define BATCHTOP_CORE_PHRASING_H

#include "options/options.h"
#include "embed/embedder.h"
#include "embed/known.h"

enum phrase {
    PHRASE_DOC_PREFIX,
    PHRASE_EMBED_EXTRA,
    PHRASE_OF_QUERIES, /* from here on: documents do not depend on them */
    PHRASE_QUERY_PREFIX = PHRASE_OF_QUERIES,
    PHRASE_QUERY_EXTRA,
    PHRASE_QUERY_MODEL,
    PHRASES
};

struct phrasing {
    char *of[PHRASES];               /* never NULL once made; "": nothing */
    bool by_table[PHRASES];          /* nobody asked for it */
    const struct known_model *known; /* NULL: the model is not known */
};

/* The option's name without dashes, as in the ledger and with the vectors. */
const char *phrase_name(enum phrase which);
/* What the caller gave; NULL: nothing. */
const char *phrase_given(const struct options *opt, enum phrase which);

/*
 * From the options and the table, for this embedder.
 *
 * fails    CONFIG: an option that means nothing to the embedder, or is not
 *          what it must be. MEMORY.
 */
bool phrasing_make(struct phrasing *p, const struct options *opt,
                   const struct embedder_ops *ops, struct error *err);
void phrasing_release(struct phrasing *p);

/* Take what is known from elsewhere in place of what the table says; a store's
 * or a ledger's word is judged like an option. fails    CONFIG, MEMORY. */
bool phrasing_set(struct phrasing *p, enum phrase which, const char *value,
                  struct error *err);
/* What a job did that says nothing about it, having begun before there were
 * phrases: nothing, but where a provider knew its own. */
const char *phrasing_before(const struct phrasing *p, enum phrase which);

/* What the embedder is to know of it; cfg borrows from p. */
void phrasing_apply(const struct phrasing *p, bool query,
                    struct embedder_config *cfg);
/* Bytes that stand before every document in a request's body. */
size_t phrasing_bytes(const struct phrasing *p);

/* A sentence of what the table chose, printable; false: it chose nothing. */
bool phrasing_say(const struct phrasing *p, char *to, size_t size);

#endif
