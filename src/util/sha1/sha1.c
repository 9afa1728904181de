/*
 * This file hashes a text in blocks of 64 bytes. Processors that have the steps
 * of SHA-1 as instructions take four of them at once (sha1_x86.c); the others
 * go the way of the standard, word by word.
 */
#include "config.h"
#include "util/sha1/sha1.h"

#include "util/sha1/sha1_parts.h"

struct sha1 {
    uint32_t h[SHA1_WORDS];
    uint64_t bytes;
    unsigned char block[SHA1_BLOCK]; /* that is not full yet */
};

static uint32_t sha1_left(uint32_t x, unsigned by)
{
    return x << by | x >> (32 - by);
}

static uint32_t sha1_word(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

/* How three words are mixed, and the constant, in each of four quarters. */
static uint32_t sha1_mix(unsigned quarter, uint32_t b, uint32_t c, uint32_t d)
{
    switch (quarter) {
    case 0:
        return ((b & c) | (~b & d)) + 0x5a827999;
    case 1:
        return (b ^ c ^ d) + 0x6ed9eba1;
    case 2:
        return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    default:
        return (b ^ c ^ d) + 0xca62c1d6;
    }
}

void sha1_block_any(uint32_t h[SHA1_WORDS],
                    const unsigned char block[SHA1_BLOCK])
{
    enum { STEPS = 80, QUARTER = 20 };
    uint32_t w[STEPS], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

    for (size_t i = 0; i < SHA1_BLOCK / 4; i++)
        w[i] = sha1_word(block + 4 * i);
    for (size_t i = SHA1_BLOCK / 4; i < STEPS; i++)
        w[i] = sha1_left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (unsigned i = 0; i < STEPS; i++) {
        uint32_t next =
            sha1_left(a, 5) + sha1_mix(i / QUARTER, b, c, d) + e + w[i];

        e = d;
        d = c;
        c = sha1_left(b, 30);
        b = a;
        a = next;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

static void sha1_block(uint32_t h[SHA1_WORDS],
                       const unsigned char block[SHA1_BLOCK])
{
#ifdef SHA1_X86
    if (sha1_x86_has()) {
        sha1_block_x86(h, block);
        return;
    }
#endif
    sha1_block_any(h, block);
}

static void sha1_add(struct sha1 *s, const void *data, size_t n)
{
    const unsigned char *p = data;
    size_t used = s->bytes % SHA1_BLOCK;

    s->bytes += n;
    while (n >= SHA1_BLOCK - used) {
        size_t part = SHA1_BLOCK - used;

        memcpy(s->block + used, p, part);
        sha1_block(s->h, s->block);
        p += part;
        n -= part;
        used = 0;
    }
    if (n > 0)
        memcpy(s->block + used, p, n);
}

/* A bit, zeros, and the length in bits fill up the last block. */
static void sha1_end(struct sha1 *s, unsigned char out[SHA1_SIZE])
{
    static const unsigned char fill[SHA1_BLOCK] = { 0x80 };
    size_t used = s->bytes % SHA1_BLOCK;
    size_t room = used < SHA1_BLOCK - sizeof(uint64_t) ? SHA1_BLOCK
                                                       : 2 * SHA1_BLOCK;
    uint64_t bits = s->bytes * 8;
    unsigned char length[sizeof bits];

    for (size_t i = 0; i < sizeof length; i++)
        length[i] = (unsigned char)(bits >> (56 - 8 * i));
    sha1_add(s, fill, room - sizeof length - used);
    sha1_add(s, length, sizeof length);
    for (size_t i = 0; i < SHA1_SIZE; i++)
        out[i] = (unsigned char)(s->h[i / 4] >> (24 - i % 4 * 8));
}

void sha1_of(struct text first, struct text second,
             unsigned char out[SHA1_SIZE])
{
    struct sha1 s = { .h = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
                             0xc3d2e1f0 } };

    sha1_add(&s, first.ptr, first.len);
    sha1_add(&s, second.ptr, second.len);
    sha1_end(&s, out);
}
