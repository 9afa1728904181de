/*
 * SHA-1 as in FIPS 180-4, section 6.1.2, with the schedule kept in a ring of
 * sixteen words; UUID version 5 as in RFC 9562, section 5.5.
 */
#include "config.h"
#include "util/uuid.h"

#include <string.h>

enum { BLOCK = 64, DIGEST = 20 };

struct sha1 {
    uint32_t h[5];
    uint64_t bytes;
    uint8_t block[BLOCK];
};

static uint32_t uuid_rotate(uint32_t x, int by)
{
    return x << by | x >> (32 - by);
}

static uint32_t load_be(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

static void store_be(uint8_t *p, uint32_t x)
{
    p[0] = (uint8_t)(x >> 24);
    p[1] = (uint8_t)(x >> 16);
    p[2] = (uint8_t)(x >> 8);
    p[3] = (uint8_t)x;
}

/* The function and the constant of round t. */
static uint32_t uuid_round_function(int t, uint32_t b, uint32_t c, uint32_t d)
{
    if (t < 20)
        return ((b & c) | (~b & d)) + 0x5a827999u;
    if (t < 40)
        return (b ^ c ^ d) + 0x6ed9eba1u;
    if (t < 60)
        return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdcu;
    return (b ^ c ^ d) + 0xca62c1d6u;
}

static void sha1_block(uint32_t h[5], const uint8_t *p)
{
    uint32_t w[16], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

    for (int t = 0; t < 80; t++) {
        uint32_t *now = &w[t & 15], next;

        if (t < 16)
            *now = load_be(p + 4 * t);
        else
            *now = uuid_rotate(w[(t + 13) & 15] ^ w[(t + 8) & 15] ^
                                   w[(t + 2) & 15] ^ *now,
                               1);
        next = uuid_rotate(a, 5) + uuid_round_function(t, b, c, d) + e + *now;
        e = d;
        d = c;
        c = uuid_rotate(b, 30);
        b = a;
        a = next;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

static void sha1_init(struct sha1 *s)
{
    static const uint32_t start[5] = { 0x67452301u, 0xefcdab89u, 0x98badcfeu,
                                       0x10325476u, 0xc3d2e1f0u };

    memcpy(s->h, start, sizeof start);
    s->bytes = 0;
}

static void sha1_add(struct sha1 *s, const void *data, size_t n)
{
    const uint8_t *p = data;
    size_t used = (size_t)(s->bytes % BLOCK);

    s->bytes += n;
    while (n > 0) {
        size_t part = BLOCK - used < n ? BLOCK - used : n;

        memcpy(s->block + used, p, part);
        p += part;
        n -= part;
        used += part;
        if (used == BLOCK) {
            sha1_block(s->h, s->block);
            used = 0;
        }
    }
}

static void sha1_end(struct sha1 *s, uint8_t digest[DIGEST])
{
    static const uint8_t pad[BLOCK] = { 0x80 };
    uint64_t bits = s->bytes * 8;
    size_t used = (size_t)(s->bytes % BLOCK);
    uint8_t length[8];

    store_be(length, (uint32_t)(bits >> 32));
    store_be(length + 4, (uint32_t)bits);
    sha1_add(s, pad, (used < 56 ? 56 : 56 + BLOCK) - used);
    sha1_add(s, length, sizeof length);
    for (int i = 0; i < 5; i++)
        store_be(digest + 4 * i, s->h[i]);
}

void sha1(const void *data, size_t n, uint8_t digest[DIGEST])
{
    struct sha1 s;

    sha1_init(&s);
    sha1_add(&s, data, n);
    sha1_end(&s, digest);
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F');
}

static bool is_dash_place(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

bool uuid_is(const char *id, size_t n)
{
    if (n != 36)
        return false;
    for (size_t i = 0; i < n; i++)
        if (is_dash_place(i) ? id[i] != '-' : !is_hex(id[i]))
            return false;
    return true;
}

void uuid_v5(const char *id, size_t n, char out[UUID_SIZE])
{
    static const uint8_t dns[16] = { 0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad,
                                     0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0,
                                     0x4f, 0xd4, 0x30, 0xc8 };
    static const char hex[] = "0123456789abcdef";
    uint8_t digest[DIGEST];
    struct sha1 s;
    size_t at = 0;

    sha1_init(&s);
    sha1_add(&s, dns, sizeof dns);
    sha1_add(&s, id, n);
    sha1_end(&s, digest);
    digest[6] = (uint8_t)((digest[6] & 0x0f) | 0x50); /* version */
    digest[8] = (uint8_t)((digest[8] & 0x3f) | 0x80); /* variant */
    for (size_t i = 0; i < 16; i++) {
        if (is_dash_place(at))
            out[at++] = '-';
        out[at++] = hex[digest[i] >> 4];
        out[at++] = hex[digest[i] & 15];
    }
    out[at] = '\0';
}

void uuid_of(const char *id, size_t n, char out[UUID_SIZE])
{
    if (!uuid_is(id, n)) {
        uuid_v5(id, n, out);
        return;
    }
    for (size_t i = 0; i < n; i++)
        out[i] = id[i] >= 'A' && id[i] <= 'F' ? (char)(id[i] + 32) : id[i];
    out[n] = '\0';
}

struct text uuid_folded(struct text id, char room[UUID_SIZE])
{
    if (!uuid_is(id.ptr, id.len))
        return id;
    uuid_of(id.ptr, id.len, room);
    return (struct text){ room, UUID_SIZE - 1 };
}

bool uuid_same(struct text a, struct text b)
{
    char room[2][UUID_SIZE];

    if (a.len != b.len)
        return false;
    return text_equal(uuid_folded(a, room[0]), uuid_folded(b, room[1]));
}
