/* The Qdrant store's own struct, and its choice of a wire. For this folder
 * only. */
#ifndef BATCHTOP_STORE_QDRANT_QDRANT_PARTS_H
#define BATCHTOP_STORE_QDRANT_QDRANT_PARTS_H

#include "store/store_http.h"

struct qdrant {
    struct store_http http;
    bool chooses;         /* it will write, and the URL leaves the wire open */
    bool vectors_by_grpc; /* though the address is that of REST */
    uint64_t points;      /* in the collection, when it was looked at last */
};

/* Before anything is asked: say in base.wire how vectors will go. */
void qdrant_intend(struct qdrant *q);

/* Once, after the preflight over REST: does the port beside it, or that of
 * ?grpc=PORT, show the same collection over gRPC? Sets vectors_by_grpc, and the
 * note that says which.
 * fails    STOPPED, MEMORY; with ?grpc=PORT also where it is not so. */
bool qdrant_choose(struct qdrant *q, struct error *err);

/* Send vectors over gRPC to this root. fails CONFIG, MEMORY. */
bool qdrant_join(struct qdrant *q, const char *root, struct error *err);

#endif
