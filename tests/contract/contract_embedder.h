/*
 * What every embedder must do, as one test that any of them passes. One that
 * works on this machine is asked for sense and order; one on the network is
 * asked for everything, with fakeapi on the other side.
 */
#ifndef BATCHTOP_TESTS_CONTRACT_CONTRACT_EMBEDDER_H
#define BATCHTOP_TESTS_CONTRACT_CONTRACT_EMBEDDER_H

#include "embed/embedder.h"

struct contract_embedder {
    const struct embedder_ops *ops;
    const char *model;
    const char *path; /* of its URL at fakeapi, e.g. "/v1"; NULL: no network */
    bool no_index;    /* rows are told by their order alone */
    bool no_usage;    /* the service counts no tokens */
};

void contract_embedder(const struct contract_embedder *k);

#endif
