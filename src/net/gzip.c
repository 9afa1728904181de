/* This file packs bodies: a worker keeps one deflate state and resets it for
 * each. The output buffer has the size that zlib names as its bound, so one
 * call is enough. */
#include "config.h"
#include "net/gzip.h"

#include <limits.h>
#include <stdlib.h>

#define ZLIB_CONST /* next_in is only read */
#include <zlib.h>

enum { WINDOW = MAX_WBITS + 16, MEMORY = 8 };

struct gzip {
    z_stream z;
    struct buf out;
};

struct gzip *gzip_new(void)
{
    struct gzip *g = calloc(1, sizeof *g);

    if (g && deflateInit2(&g->z, Z_BEST_SPEED, Z_DEFLATED, WINDOW, MEMORY,
                          Z_DEFAULT_STRATEGY) != Z_OK) {
        free(g);
        return NULL;
    }
    return g;
}

void gzip_free(struct gzip *g)
{
    if (!g)
        return;
    deflateEnd(&g->z);
    buf_release(&g->out);
    free(g);
}

bool gzip_pack(struct gzip *g, struct text in, struct text *out)
{
    size_t room = in.len <= UINT_MAX / 2 ? deflateBound(&g->z, in.len) : 0;
    char *to;

    buf_clear(&g->out);
    to = room ? buf_reserve(&g->out, room) : NULL;
    if (!to || deflateReset(&g->z) != Z_OK)
        return false;
    g->z.next_in = (z_const Bytef *)in.ptr;
    g->z.avail_in = (uInt)in.len;
    g->z.next_out = (Bytef *)to;
    g->z.avail_out = (uInt)room;
    if (deflate(&g->z, Z_FINISH) != Z_STREAM_END)
        return false;
    *out = (struct text){ to, room - g->z.avail_out };
    return true;
}
