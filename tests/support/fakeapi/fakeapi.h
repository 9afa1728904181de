/*
 * A stand-in for the services we talk to, on the loopback: embedding servers
 * and vector stores in several dialects at once, told apart by the path, with
 * faults on demand. A vector is told by its text alone.
 *
 *     GET  /control/stats   counters, as JSON
 *     GET  /control/times   "SIDE STEP DOCUMENTS": how many in each quarter
 *                           of a second since the first request
 *     GET  /control/dump    a line for each point: "KEY ID ok" or "bad"
 *     POST /control/key     the body is the key from now on; empty: none
 *
 * "ok" says that the stored vector is the one of the stored text: mixed-up
 * rows show there. Bodies may come as gzip. A connection that begins as HTTP/2
 * does (no upgrade: "prior knowledge") is HTTP/2, where libnghttp2 was there
 * to build with; a request whose type is application/grpc is gRPC.
 *
 * Threads     One for accepting, one per connection. All functions may be
 *             called from any thread while it runs.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_FAKEAPI_FAKEAPI_H
#define BATCHTOP_TESTS_SUPPORT_FAKEAPI_FAKEAPI_H

#include "tests/support/fakeapi/fakeapi_options.h"

struct fakeapi;

struct fakeapi *fakeapi_start(const struct fakeapi_options *options);
int fakeapi_port(const struct fakeapi *f);
bool fakeapi_speaks_h2(void); /* it was built with libnghttp2 */
void fakeapi_stop(struct fakeapi *f); /* NULL is fine */

void fakeapi_twist(struct fakeapi *f, enum fakeapi_twist twist);
/* Queue an answer for the next request that has none. */
void fakeapi_script(struct fakeapi *f, const struct fakeapi_answer *a);
struct fakeapi_stats fakeapi_stats(struct fakeapi *f);
/* The last request, head and body, appended to `to`. */
void fakeapi_request(struct fakeapi *f, struct buf *to);
/* Payload of the point with this `_id` (raw JSON); false: not there. */
bool fakeapi_payload(struct fakeapi *f, struct text raw_id, struct buf *to);

/* The vector of a decoded text: length about 1. */
void fakeapi_vector(struct text text, float *to, size_t dim);

#endif
