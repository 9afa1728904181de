/* This file turns any id into a UUID, for stores that take nothing else: version
 * 5 (RFC 9562, section 5.5). It decides which ids are UUIDs already. */
#include "config.h"
#include "util/uuid.h"

#include "util/sha1/sha1.h"

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
    static const char dns[] = "\x6b\xa7\xb8\x10\x9d\xad\x11\xd1"
                              "\x80\xb4\x00\xc0\x4f\xd4\x30\xc8";
    static const char hex[] = "0123456789abcdef";
    unsigned char made[SHA1_SIZE];
    size_t at = 0;

    sha1_of((struct text){ dns, sizeof dns - 1 }, (struct text){ id, n }, made);
    made[6] = (unsigned char)((made[6] & 0x0f) | 0x50);
    made[8] = (unsigned char)((made[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < 16; i++) {
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
