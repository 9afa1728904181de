/*
 * The status that ends a gRPC call: its codes, and what they are in HTTP, so
 * that http_error.c gives the same words the same meaning over both.
 *
 * Threads     Values.
 * Source      https://grpc.github.io/grpc/core/md_doc_statuscodes.html and
 *             PROTOCOL-HTTP2.md of github.com/grpc/grpc; google/rpc/code.proto
 *             for the HTTP equivalents.
 */
#ifndef BATCHTOP_NET_GRPC_STATUS_H
#define BATCHTOP_NET_GRPC_STATUS_H

#include "util/buf.h"

/* Those that the program treats apart; grpc_status.c has a row for each. */
enum grpc_code {
    GRPC_OK = 0,
    GRPC_UNKNOWN = 2,
    GRPC_DEADLINE_EXCEEDED = 4
};

struct grpc_status {
    int code;           /* -1: the answer has none */
    struct buf message; /* decoded */
    int64_t retry_ms;   /* RetryInfo among the details; -1: none */
    bool packed;        /* grpc-encoding is there and not identity */
};

void grpc_status_release(struct grpc_status *s);

/* Take it out of a head and trailers, lines with their ends; one that was read
 * before lends its storage. */
void grpc_status_read(struct grpc_status *s, struct text lines);

/* "UNAVAILABLE"; a code that is unknown is UNKNOWN. */
const char *grpc_code_name(int code);

/* The HTTP status that means the same. A message above the receiver's limit is
 * 413, whichever code it comes with: implementations differ. */
int grpc_status_http(const struct grpc_status *s);

#endif
