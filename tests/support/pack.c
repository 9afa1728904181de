/* Bytes packed by gzip or by zstd; a bomb, without storage for what it holds. */
#include "config.h"
#include "tests/support/pack.h"
#include "tests/support/tap.h"

#include <string.h>
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

size_t pack_bomb(unsigned char byte, size_t n, void *to, size_t room)
{
    static unsigned char block[1 << 16];
    z_stream z = { .next_out = to, .avail_out = (uInt)room };

    memset(block, byte, sizeof block);
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8,
                                  Z_DEFAULT_STRATEGY), Z_OK);
    while (n > 0) {
        z.next_in = block;
        z.avail_in = n < sizeof block ? (uInt)n : sizeof block;
        n -= z.avail_in;
        assert_int_equal(deflate(&z, Z_NO_FLUSH), Z_OK);
    }
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return z.total_out;
}
