/* This file turns any id into a UUID, for stores that take nothing else:
 * version 5 (RFC 9562, section 5.5), with nettle's SHA-1. It decides which ids
 * are UUIDs already. */
#include "config.h"
#include "util/uuid.h"

#include <nettle/sha1.h>

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

/* The hash begins the UUID, but for the version and the variant in it. */
void uuid_v5(const char *id, size_t n, char out[UUID_SIZE])
{
    static const uint8_t dns[] = { 0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad,
                                   0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0,
                                   0x4f, 0xd4, 0x30, 0xc8 };
    static const char hex[] = "0123456789abcdef";
    struct sha1_ctx sha1;
    uint8_t made[16];
    size_t at = 0;

    sha1_init(&sha1);
    sha1_update(&sha1, sizeof dns, dns);
    sha1_update(&sha1, n, (const uint8_t *)id);
    sha1_digest(&sha1, sizeof made, made);
    made[6] = (uint8_t)((made[6] & 0x0f) | 0x50);
    made[8] = (uint8_t)((made[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < sizeof made; i++) {
        if (is_dash_place(at))
            out[at++] = '-';
        out[at++] = hex[made[i] >> 4];
        out[at++] = hex[made[i] & 15];
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
