/*
 * Members of a request that a server may not know: the form of the vectors,
 * their length, the purpose of a text, what to do with a long one. If a server
 * refuses one, we leave it out for the rest of the run.
 *
 * In a piece of the request (embed_http.h) a member is `,"NAME":JSON`. For
 * embed_http.c and the providers only.
 */
#ifndef BATCHTOP_EMBED_EMBED_OPTIONAL_H
#define BATCHTOP_EMBED_EMBED_OPTIONAL_H

#include "net/http.h"
#include "util/buf.h"

#include <stdatomic.h>

enum { EMBED_OPTIONALS = 6 };

struct embed_optional {
    const char *name, *hint; /* hint: its name in refusals; or NULL */
    const struct buf *piece;
    size_t at, len; /* its place there */
};

struct embed_optionals {
    struct embed_optional item[EMBED_OPTIONALS];
    size_t count;
    unsigned left_out; /* a bit for each */
};

/* Append the member to the piece, with a comma unless it is the first. All
 * strings but `json` must live on. At most EMBED_OPTIONALS. */
void embed_optional_put(struct embed_optionals *o, struct buf *piece,
                        const char *name, const char *hint, const char *json);

/* Append the piece to a body, without members that are left out. */
void embed_optional_copy(const struct embed_optionals *o,
                         const struct buf *piece, struct buf *to);

/* Which member, of those not left out, this refusal names; -1: none.
 * reply->sent must be the texts alone. */
int embed_optional_named(const struct embed_optionals *o,
                         const struct http_reply *reply);

#endif
