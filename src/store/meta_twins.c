/* This file hashes names with their first letter in lower case and sorts them,
 * so that two names that would become one are neighbours. */
#include "config.h"
#include "store/meta_parts.h"

#include <ctype.h>
#include <stdlib.h>

#include "util/str.h"

struct twin {
    uint64_t hash;    /* of the name with a small first letter */
    struct text name; /* as it is between the quotes */
    unsigned char first;
};

/* The free storage of the room serves to decode the name. */
static struct twin twin_of(const struct json_value *key, struct buf *room)
{
    struct twin t = { .name = key->raw };
    size_t start = room->len;

    json_decode(key, room);
    if (room->failed || room->len == start)
        return t;
    t.first = (unsigned char)room->data[start];
    room->data[start] = (char)tolower(t.first);
    t.hash = str_hash64(room->data + start, room->len - start);
    room->len = start;
    return t;
}

static int by_name(const void *a, const void *b)
{
    const struct twin *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

/* All members as an array in the room; *capital: a name begins with one. */
static size_t meta_twins_collect(struct text object, struct buf *room,
                                 bool *capital)
{
    struct json_cursor c;
    struct json_value key, v;

    *capital = false;
    buf_clear(room);
    json_begin(&c, object.ptr, object.len);
    if (!json_enter_object(&c))
        return 0;
    while (json_member(&c, &key) && json_value(&c, &v)) {
        struct twin t;

        if (v.type == JSON_NULL)
            continue;
        t = twin_of(&key, room);
        *capital |= isupper(t.first) != 0;
        buf_put(room, &t, sizeof t);
    }
    return room->failed ? 0 : room->len / sizeof(struct twin);
}

bool meta_twins(struct text object, struct buf *room, struct text *big,
                struct text *small)
{
    bool capital;
    size_t n = meta_twins_collect(object, room, &capital);
    struct twin *of = (struct twin *)(void *)room->data;

    if (!capital || n < 2)
        return false;
    qsort(of, n, sizeof *of, by_name);
    for (size_t i = 1; i < n; i++)
        if (of[i].hash == of[i - 1].hash && of[i].first != of[i - 1].first) {
            *big = of[i - 1].name; /* capitals come first in ASCII */
            *small = of[i].name;
            return true;
        }
    return false;
}
