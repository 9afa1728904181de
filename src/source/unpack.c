/* This file wraps zlib and zstd behind one call that takes some packed bytes
 * and gives some plain ones. It counts the bytes of a member whose checksum has
 * not come yet, because damage may show only at its end. */
#include "config.h"
#include "source/unpack.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum {
    WINDOW_LOG_USUAL = 27, /* what zstd itself takes without being asked */
    WINDOW_LOG_MOST = sizeof(size_t) == 4 ? 30 : 31,
    FRAME_HEAD = 6, /* magic, descriptor, window */
};

struct unpack {
    enum packing packing;
    bool inside;
    uint64_t unproved; /* bytes of the present member or frame */
    z_stream gzip;
    ZSTD_DStream *zstd;
    unsigned char head[FRAME_HEAD]; /* of the present frame */
    size_t head_len;
};

static bool is_skippable(const unsigned char *p)
{
    return (p[0] & 0xf0) == 0x50 && memcmp(p + 1, "\x2a\x4d\x18", 3) == 0;
}

enum packing unpack_sniff(const unsigned char *first, size_t n)
{
    if (n >= 2 && first[0] == 0x1f && first[1] == 0x8b)
        return PACKING_GZIP;
    if (n >= UNPACK_SNIFF && (memcmp(first, "\x28\xb5\x2f\xfd", 4) == 0 ||
                              is_skippable(first)))
        return PACKING_ZSTD;
    return PACKING_NONE;
}

/* The largest power of two that fits, within zstd's limits. */
static int window_log(size_t bytes)
{
    int log = WINDOW_LOG_USUAL;

    while (log < WINDOW_LOG_MOST && bytes >> (log + 1))
        log++;
    return log;
}

static bool unpack_start(struct unpack *u, size_t window_bytes)
{
    if (u->packing == PACKING_GZIP)
        return inflateInit2(&u->gzip, 16 + MAX_WBITS) == Z_OK;
    u->zstd = ZSTD_createDStream();
    return u->zstd &&
           !ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax,
                                                window_log(window_bytes)));
}

struct unpack *unpack_new(enum packing packing, size_t window_bytes,
                          struct error *err)
{
    struct unpack *u = calloc(1, sizeof *u);

    if (u) {
        u->packing = packing;
        if (unpack_start(u, window_bytes))
            return u;
    }
    unpack_free(u);
    error_memory(err, "to unpack it");
    return NULL;
}

void unpack_free(struct unpack *u)
{
    if (!u)
        return;
    if (u->packing == PACKING_GZIP)
        inflateEnd(&u->gzip);
    ZSTD_freeDStream(u->zstd);
    free(u);
}

uint64_t unpack_unproved(const struct unpack *u)
{
    return u->unproved;
}

bool unpack_inside(const struct unpack *u)
{
    return u->inside;
}

/* --- gzip ----------------------------------------------------------------- */

static bool gzip_some(struct unpack *u, const unsigned char *in, size_t n,
                      size_t *used, char *to, size_t room, size_t *got,
                      struct error *err)
{
    int status;

    if (!u->inside)
        inflateReset(&u->gzip); /* the next member */
    u->inside = true;
    u->gzip.next_in = (Bytef *)(uintptr_t)in;
    u->gzip.avail_in = (uInt)n;
    u->gzip.next_out = (Bytef *)to;
    u->gzip.avail_out = (uInt)room;
    status = inflate(&u->gzip, Z_NO_FLUSH);
    *used = n - u->gzip.avail_in;
    *got = room - u->gzip.avail_out;
    if (status == Z_STREAM_END)
        u->inside = false;
    else if (status == Z_MEM_ERROR)
        return error_set(err, ERROR_INPUT, ENOMEM, "no memory to unpack it");
    else if (status != Z_OK && status != Z_BUF_ERROR)
        return error_set(err, ERROR_INPUT, 0, "damaged gzip");
    return true;
}

/* --- zstd ----------------------------------------------------------------- */

/* The window size in the present frame's head (RFC 8878, 3.1.1.1); 0: unknown,
 * because the frame is one segment or its head came in pieces. */
static uint64_t window_of(const struct unpack *u)
{
    unsigned log, eighths;

    if (u->head_len < FRAME_HEAD || (u->head[4] & 0x20))
        return 0;
    log = 10 + (u->head[5] >> 3);
    eighths = u->head[5] & 7;
    return (UINT64_C(1) << log) + ((UINT64_C(1) << log) >> 3) * eighths;
}

static bool zstd_failed(const struct unpack *u, size_t status,
                        struct error *err)
{
    char size[32] = "more than 128 MiB";
    uint64_t window = window_of(u);

    if (window >> 30 && (window & ((1u << 30) - 1)) == 0)
        snprintf(size, sizeof size, "%u GiB", (unsigned)(window >> 30));
    else if (window)
        snprintf(size, sizeof size, "%u MiB", (unsigned)(window >> 20));
    switch (ZSTD_getErrorCode(status)) {
    case ZSTD_error_frameParameter_windowTooLarge:
        return error_set(err, ERROR_INPUT, ENOMEM,
                         "this zstd needs a window of %s, for which there is "
                         "no memory below --max-memory; unpack it where there "
                         "is (zstd -d --long=31)",
                         size);
    case ZSTD_error_memory_allocation:
        return error_set(err, ERROR_INPUT, ENOMEM,
                         "no memory to unpack it: this zstd needs a window "
                         "of %s",
                         window ? size : "unknown size");
    default:
        return error_set(err, ERROR_INPUT, 0, "damaged zstd");
    }
}

static void keep_head(struct unpack *u, const unsigned char *in, size_t n)
{
    size_t part = FRAME_HEAD - u->head_len;

    if (part > n)
        part = n;
    memcpy(u->head + u->head_len, in, part);
    u->head_len += part;
}

static bool zstd_some(struct unpack *u, const unsigned char *in, size_t n,
                      size_t *used, char *to, size_t room, size_t *got,
                      struct error *err)
{
    ZSTD_inBuffer from = { in, n, 0 };
    ZSTD_outBuffer out = { to, room, 0 };
    size_t status;

    if (!u->inside)
        u->head_len = 0;
    u->inside = true;
    keep_head(u, in, n);
    status = ZSTD_decompressStream(u->zstd, &out, &from);
    *used = from.pos;
    *got = out.pos;
    if (ZSTD_isError(status))
        return zstd_failed(u, status, err);
    if (status == 0)
        u->inside = false;
    return true;
}

/* --- either --------------------------------------------------------------- */

bool unpack_some(struct unpack *u, const unsigned char *in, size_t n,
                 size_t *used, char *to, size_t room, size_t *got,
                 struct error *err)
{
    size_t zeros = 0, limit = room > UINT32_MAX / 2 ? UINT32_MAX / 2 : room;
    bool fine;

    *used = *got = 0;
    while (!u->inside && zeros < n && in[zeros] == 0)
        zeros++;
    if (!u->inside && zeros == n) {
        *used = n;
        return true;
    }
    if (!u->inside)
        u->unproved = 0;
    fine = (u->packing == PACKING_GZIP ? gzip_some : zstd_some)(
        u, in + zeros, n - zeros, used, to, limit, got, err);
    *used += zeros;
    u->unproved += *got;
    return fine;
}
