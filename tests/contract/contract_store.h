/*
 * What every store must do, as one test that any of them passes.
 */
#ifndef BATCHTOP_TESTS_CONTRACT_CONTRACT_STORE_H
#define BATCHTOP_TESTS_CONTRACT_CONTRACT_STORE_H

#include "store/store.h"

struct contract_store {
    const struct store_ops *ops;
    const char *url; /* of an empty place for records */
    bool made;       /* the place is there, or opening makes it */
    bool appends;    /* a record that is sent again is counted again */
    bool any_dim;    /* nothing keeps a second dimension out */
    /* What an odd record has there: a JSON value that the store takes and
     * gives back as it is. NULL: anything at all. */
    const char *metadata;
    /* The store never takes that id and says so of the record. NULL: any. */
    bool (*refuses)(struct text id);
    /* It is stored, but the store cannot be asked for it. NULL: no such id. */
    bool (*unaskable)(struct text id);
    bool no_nul;     /* a NUL in an id or a text is refused, with why */
    bool own_json;   /* metadata comes back in the store's own spelling */
    /*
     * Read a record back from outside: the text decoded, the metadata as it
     * lies there ("null" or "" for none). False: not there. NULL: the store's
     * own test looks at that.
     */
    bool (*fetch)(void *ctx, struct text id, struct buf *text,
                  struct buf *metadata);
    void *ctx;
};

void contract_store(const struct contract_store *k);

#endif
