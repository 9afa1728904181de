/* Bytes as a corpus may be packed: by gzip or by zstd. */
#include "config.h"
#include "tests/support/source_pack.h"
#include "tests/support/tap.h"

#include <zlib.h>
#include <zstd.h>

size_t pack_gzip(const void *from, size_t n, unsigned char *to)
{
    z_stream z = { .next_in = (Bytef *)(uintptr_t)from, .avail_in = (uInt)n };

    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8,
                                  Z_DEFAULT_STRATEGY), Z_OK);
    z.next_out = to;
    z.avail_out = (uInt)deflateBound(&z, (uLong)n);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return z.total_out;
}

size_t pack_zstd(const void *from, size_t n, unsigned char *to)
{
    size_t len = ZSTD_compress(to, ZSTD_compressBound(n), from, n, 3);

    assert_false(ZSTD_isError(len));
    return len;
}
