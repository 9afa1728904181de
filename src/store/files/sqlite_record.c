/*
 * This file finds the vector of a row in a leaf. A cell is the length of a
 * record, a rowid and the record: a header with the types of the columns, then
 * the columns. Of a record that is longer than its cell may be, the rest lies
 * in a chain of pages, and the vector is put together from them.
 */
#include "config.h"
#include "store/files/sqlite_tree.h"

#include <string.h>

/* Seven bits a byte, the ninth byte whole. NULL: it reaches behind `end`. */
static const unsigned char *tree_varint(const unsigned char *p,
                                        const unsigned char *end, uint64_t *v)
{
    *v = 0;
    for (int i = 0; i < 9 && p < end; i++) {
        unsigned char byte = *p++;

        if (i == 8) {
            *v = *v << 8 | byte;
            return p;
        }
        *v = *v << 7 | (byte & 0x7f);
        if (byte < 0x80)
            return p;
    }
    return NULL;
}

/* How many bytes a column of that type has; 10 and 11 are SQLite's own. */
static uint64_t tree_type_bytes(uint64_t type)
{
    static const unsigned char bytes[12] = { 0, 1, 2, 3, 4, 6, 8, 8 };

    return type < 12 ? bytes[type] : (type - 12) / 2;
}

/* Where the vector is in a record, of which `local` bytes are at p. */
static bool tree_vector_at(const struct tree_shape *s, const unsigned char *p,
                           size_t local, uint64_t *at)
{
    uint64_t head, type = 0;
    const unsigned char *q = tree_varint(p, p + local, &head);

    if (!q || head > local)
        return false;
    *at = head;
    for (size_t i = 0;; i++) {
        q = tree_varint(q, p + head, &type);
        if (!q)
            return false;
        if (i == s->column)
            break;
        if (tree_type_bytes(type) > INT32_MAX)
            return false;
        *at += tree_type_bytes(type);
    }
    return type >= 12 && type % 2 == 0 &&
           tree_type_bytes(type) == s->vector_bytes;
}

/* How much of a record lies in its cell: "B-tree Cell Format" has the formula
 * and its numbers. */
static uint64_t tree_local(const struct tree_shape *s, uint64_t record)
{
    uint64_t most = s->usable - 35, least = (s->usable - 12) * 32 / 255 - 23;
    uint64_t some;

    if (record <= most)
        return record;
    some = least + (record - least) % (s->usable - 4);
    return some <= most ? some : least;
}

struct tree_record {
    const unsigned char *data; /* local bytes of it, then maybe a chain */
    uint64_t bytes, local, at; /* at: the vector */
};

/* The bytes from..from+n of the record are at p: copy what is the vector's. */
static void tree_copy_part(unsigned char *to, const struct tree_record *r,
                           size_t vector_bytes, uint64_t from,
                           const unsigned char *p, uint64_t n)
{
    uint64_t first = from > r->at ? from : r->at;
    uint64_t last = r->at + vector_bytes;

    if (from + n < last)
        last = from + n;
    if (first < last)
        memcpy(to + (first - r->at), p + (first - from),
               (size_t)(last - first));
}

/* NULL: the chain is too short. */
static const unsigned char *tree_follow(struct sqlite_tree *t,
                                        const struct tree_record *r)
{
    size_t bytes = t->shape.vector_bytes, piece = t->shape.usable - 4;
    uint32_t number = tree_four(r->data + r->local);
    uint64_t from = r->local;

    tree_copy_part(t->vector, r, bytes, 0, r->data, r->local);
    for (; from < r->at + bytes; from += piece) {
        if (!tree_read(t, number, 1, t->link))
            return NULL;
        number = tree_four(t->link);
        tree_copy_part(t->vector, r, bytes, from, t->link + 4, piece);
    }
    return t->vector;
}

const unsigned char *tree_vector(struct sqlite_tree *t,
                                 const unsigned char *page, size_t cell,
                                 int64_t *rowid)
{
    const unsigned char *end = page + t->shape.usable, *p = page + cell;
    struct tree_record r;
    uint64_t key = 0;

    if (cell >= t->shape.usable || !(p = tree_varint(p, end, &r.bytes)) ||
        !(p = tree_varint(p, end, &key)) || r.bytes > INT32_MAX)
        return NULL;
    *rowid = (int64_t)key;
    r.data = p;
    r.local = tree_local(&t->shape, (size_t)r.bytes);
    if (r.local + (r.local < r.bytes ? 4 : 0) > (uint64_t)(end - p) ||
        !tree_vector_at(&t->shape, p, (size_t)r.local, &r.at) ||
        r.at + t->shape.vector_bytes > r.bytes)
        return NULL;
    return r.at + t->shape.vector_bytes <= r.local ? p + r.at
                                                   : tree_follow(t, &r);
}
