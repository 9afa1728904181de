/*
 * The wire of fakeapi: HTTP/1.1 with keep-alive, bodies with a Content-Length,
 * plain or gzip. For fakeapi.c only.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_FAKEAPI_FAKEAPI_WIRE_H
#define BATCHTOP_TESTS_SUPPORT_FAKEAPI_FAKEAPI_WIRE_H

#include "tests/support/fakeapi/fakeapi_parts.h"

/* One connection's storage. */
struct wire {
    int fd;
    struct buf in, out, plain; /* plain: a body that came as gzip */
    size_t used; /* bytes of `in` that the present request takes */
};

void wire_release(struct wire *w);
/* The next request, whole; false: the connection is over. */
bool wire_read(struct wire *w, struct request *q);
bool wire_answer(struct wire *w, const struct answer *a);
/* False: the connection is over. */
bool wire_script(struct wire *w, const struct fakeapi_answer *s);
/* What a body that came as gzip was, in `plain`; false: it is none. */
bool wire_inflate(struct buf *plain, struct text *body);
/* Closing will be a TCP reset. */
void wire_reset(int fd);

#endif
