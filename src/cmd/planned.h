/*
 * What a plan found, to print as lines or as one JSON object.
 *
 * Threads     The caller's.
 */
#ifndef BATCHTOP_CMD_PLANNED_H
#define BATCHTOP_CMD_PLANNED_H

#include "core/phrasing.h"
#include "embed/embedder.h"
#include "flow/cutting.h"
#include "flow/endpoints.h"
#include "options/options.h"
#include "store/store.h"

struct planned {
    const struct options *opt;
    struct embedder *embedder;
    struct phrasing phrasing;
    size_t prefix_bytes; /* before each document */
    const struct store_ops *store;
    struct store *judge; /* an instance of it, if it is remote; else NULL */
    size_t endpoints; /* that share the embedding */
    uint64_t documents, rejected, bytes, text_bytes, metadata_bytes;
    uint64_t longest_text, oversized, duplicates, tokens;
    uint64_t refused;      /* records that the store would refuse */
    struct buf refusal;    /* the first of them: its id and why */
    struct cutting cut;
    uint64_t store_count;  /* records that an upsert should have */
    const char *count_by;  /* who says so */
    uint64_t store_bytes;  /* of an upsert request; 0: no limit */
    bool spools;           /* answers are kept until they are stored */
};

void planned_text(struct planned *p);
void planned_json(struct planned *p);

#endif
