/*
 * HTTP/2 of fakeapi, with prior knowledge and without TLS, and gRPC above it.
 * A connection is one thread: it waits for the next bytes or for the next
 * answer that is due, so any number of streams wait side by side.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_FAKEAPI_FAKEAPI_H2_H
#define BATCHTOP_TESTS_SUPPORT_FAKEAPI_FAKEAPI_H2_H

#include "tests/support/fakeapi/fakeapi_server.h"

/* The connection's first bytes say so; blocks until it has sent some. */
bool h2_begins(int fd);
/* Until the connection is over. */
void h2_talk(struct fakeapi *f, int fd);

#endif
