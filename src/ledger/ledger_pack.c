/* This file writes and reads the format that its header describes. The reader
 * trusts nothing: it checks every length and count of a row against the bytes
 * that are there before it reserves memory or uses an id. */
#include "config.h"
#include "ledger/ledger_pack.h"

#include <assert.h>
#include <stdlib.h>
#include <zstd.h>

enum {
    FLAG_PLACED = 1,
    FLAG_IN_A_ROW = 2,
    FLAG_HEX = 4,
    FLAG_UPPER = 8,
    LEVEL = 1,
    TEMPLATE_MAX = 256,
    VARINT_MAX = 10,
};

/* SQLite's own limit for one value is a little under this. */
#define BODY_MAX ((size_t)1 << 30)

void packer_init(struct packer *p)
{
    *p = (struct packer){ 0 };
}

void packer_release(struct packer *p)
{
    ZSTD_freeCCtx(p->cctx);
    ZSTD_freeDCtx(p->dctx);
    buf_release(&p->raw);
    buf_release(&p->packed);
    buf_release(&p->bytes);
    free(p->ids);
    free(p->pos);
    packer_init(p);
}

/* --- numbers -------------------------------------------------------------- */

static void put_varint(struct buf *to, uint64_t n)
{
    char *at = buf_reserve(to, VARINT_MAX);

    if (!at)
        return;
    while (n >= 0x80) {
        *at++ = (char)(n | 0x80);
        n >>= 7;
    }
    *at++ = (char)n;
    to->len = (size_t)(at - to->data);
}

struct bytes {
    const unsigned char *p, *end;
};

static bool take_varint(struct bytes *b, uint64_t *out)
{
    uint64_t n = 0;

    for (unsigned shift = 0; b->p < b->end && shift < 64; shift += 7) {
        unsigned char c = *b->p++;

        n |= (uint64_t)(c & 0x7f) << shift;
        if (c < 0x80) {
            *out = n;
            return true;
        }
    }
    return false;
}

/* Differences wrap around 2^64, so that any two positions have one. */
static uint64_t packer_zigzag(uint64_t difference)
{
    return (difference << 1) ^ (difference >> 63 ? UINT64_MAX : 0);
}

static uint64_t packer_unzigzag(uint64_t n)
{
    return (n >> 1) ^ (n & 1 ? UINT64_MAX : 0);
}

/* --- ids of one shape, whose varying columns are hex digits --------------- */

/* Bit 0: a lower case digit, bit 1: an upper case one; 0: no hex digit. */
static const unsigned char digit_cases[256] = {
    ['0'] = 3, ['1'] = 3, ['2'] = 3, ['3'] = 3, ['4'] = 3, ['5'] = 3,
    ['6'] = 3, ['7'] = 3, ['8'] = 3, ['9'] = 3, ['a'] = 1, ['b'] = 1,
    ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['A'] = 2, ['B'] = 2,
    ['C'] = 2, ['D'] = 2, ['E'] = 2, ['F'] = 2,
};

/* The template of the ids and whether the digits are upper case; false when
 * they have no common shape. */
static bool find_shape(const struct ledger_ack *acks, size_t n,
                       unsigned char *template, bool *upper)
{
    unsigned char varies[TEMPLATE_MAX] = { 0 };
    const char *first = acks[0].id.ptr;
    size_t len = acks[0].id.len;
    unsigned cases = 3;

    if (len == 0 || len > TEMPLATE_MAX || memchr(first, 0, len))
        return false;
    for (size_t i = 1; i < n; i++) {
        if (acks[i].id.len != len)
            return false;
        for (size_t at = 0; at < len; at++)
            varies[at] |= (unsigned char)(acks[i].id.ptr[at] ^ first[at]);
    }
    for (size_t at = 0; at < len; at++) {
        template[at] = varies[at] ? 0 : (unsigned char)first[at];
        for (size_t i = 0; varies[at] && i < n && cases; i++)
            cases &= digit_cases[(unsigned char)acks[i].id.ptr[at]];
    }
    *upper = !(cases & 1);
    return cases != 0;
}

/* The value of what is known to be a hex digit: letters of either case end in
 * 1 to 6. */
static unsigned packer_value(char digit)
{
    unsigned char c = (unsigned char)digit;

    return (c & 15u) + (c >> 6) * 9u;
}

static void put_column(struct buf *to, const struct ledger_ack *acks, size_t n,
                       size_t at)
{
    char *out = buf_reserve(to, (n + 1) / 2);

    if (!out)
        return;
    for (size_t i = 0; i < n; i += 2) {
        unsigned low =
            i + 1 < n ? packer_value(acks[i + 1].id.ptr[at]) : 0;

        *out++ = (char)(packer_value(acks[i].id.ptr[at]) << 4 | low);
    }
    to->len += (n + 1) / 2;
}

static void put_hex_ids(struct buf *to, const struct ledger_ack *acks,
                        size_t n, const unsigned char *template)
{
    size_t len = acks[0].id.len;

    put_varint(to, len);
    buf_put(to, template, len);
    for (size_t at = 0; at < len; at++)
        if (!template[at])
            put_column(to, acks, n, at);
}

static bool take_hex_ids(struct packer *p, struct bytes *b, size_t n,
                         bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    const unsigned char *template;
    uint64_t len;
    char *ids;

    if (!take_varint(b, &len) || len == 0 || len > TEMPLATE_MAX ||
        len > (size_t)(b->end - b->p))
        return false;
    template = b->p;
    b->p += len;
    ids = buf_reserve(&p->bytes, n * (size_t)len);
    if (!ids)
        return false;
    for (size_t i = 0; i < n; i++) {
        p->ids[i] = (struct text){ ids + i * (size_t)len, (size_t)len };
        memcpy(ids + i * (size_t)len, template, (size_t)len);
    }
    for (size_t at = 0; at < len; at++) {
        if (template[at])
            continue;
        if ((size_t)(b->end - b->p) < (n + 1) / 2)
            return false;
        for (size_t i = 0; i < n; i++)
            ids[i * len + at] = digits[b->p[i / 2] >> (i & 1 ? 0 : 4) & 15];
        b->p += (n + 1) / 2;
    }
    return true;
}

/* --- any other ids -------------------------------------------------------- */

static size_t shared_prefix(struct text a, struct text b)
{
    size_t most = a.len < b.len ? a.len : b.len, i = 0;

    while (i < most && a.ptr[i] == b.ptr[i])
        i++;
    return i;
}

static void put_text_ids(struct packer *p, const struct ledger_ack *acks,
                         size_t n)
{
    struct text last = { "", 0 };

    /* p->pos is free while packing: it keeps prefixes between the passes. */
    for (size_t i = 0; i < n; last = acks[i++].id) {
        p->pos[i] = shared_prefix(last, acks[i].id);
        put_varint(&p->raw, p->pos[i]);
    }
    for (size_t i = 0; i < n; i++)
        put_varint(&p->raw, acks[i].id.len - p->pos[i]);
    for (size_t i = 0; i < n; i++)
        buf_put(&p->raw, acks[i].id.ptr + p->pos[i],
                acks[i].id.len - (size_t)p->pos[i]);
}

/* Lengths first, so that the storage of the ids never moves. */
static bool take_lengths(struct packer *p, struct bytes *b, size_t n,
                         uint64_t *shared)
{
    uint64_t total = 0, rest = 0, last = 0, len;

    for (size_t i = 0; i < n; i++)
        if (!take_varint(b, &shared[i]))
            return false;
    for (size_t i = 0; i < n; i++) {
        if (!take_varint(b, &len) || shared[i] > last || len > BODY_MAX)
            return false;
        rest += len;
        last = shared[i] + len;
        total += last;
        if (total > BODY_MAX)
            return false;
        p->ids[i].len = (size_t)last;
    }
    return rest == (uint64_t)(b->end - b->p) &&
           buf_reserve(&p->bytes, (size_t)total + 1);
}

static bool take_text_ids(struct packer *p, struct bytes *b, size_t n)
{
    uint64_t *shared = malloc(n * sizeof *shared);
    const char *last = "";
    char *to;

    if (!shared || !take_lengths(p, b, n, shared)) {
        p->bytes.failed |= !shared;
        free(shared);
        return false;
    }
    to = p->bytes.data;
    for (size_t i = 0; i < n; i++) {
        size_t same = (size_t)shared[i], rest = p->ids[i].len - same;

        memcpy(to, last, same);
        memcpy(to + same, b->p, rest);
        b->p += rest;
        p->ids[i].ptr = last = to;
        to += p->ids[i].len;
    }
    free(shared);
    return true;
}

/* --- rows ----------------------------------------------------------------- */

static bool packer_make_room(struct packer *p, size_t n, struct error *err)
{
    struct text *ids;
    uint64_t *pos;

    if (n <= p->cap)
        return true;
    ids = realloc(p->ids, n * sizeof *ids);
    if (ids)
        p->ids = ids;
    pos = realloc(p->pos, n * sizeof *pos);
    if (pos)
        p->pos = pos;
    if (!ids || !pos)
        return error_memory(err, "to pack done ids");
    p->cap = n;
    return true;
}

static bool in_a_row(const struct ledger_ack *acks, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (acks[i].pos != acks[i - 1].pos + 1)
            return false;
    return true;
}

static void packer_put_row(struct packer *p, uint16_t source, bool placed,
                           const struct ledger_ack *acks, size_t n)
{
    unsigned char template[TEMPLATE_MAX];
    bool upper, row = in_a_row(acks, n);
    bool hex = find_shape(acks, n, template, &upper);

    buf_clear(&p->raw);
    buf_putc(&p->raw, (char)((placed ? FLAG_PLACED : 0) |
                             (row ? FLAG_IN_A_ROW : 0) |
                             (hex ? FLAG_HEX : 0) |
                             (hex && upper ? FLAG_UPPER : 0)));
    put_varint(&p->raw, source);
    put_varint(&p->raw, n);
    if (placed)
        put_varint(&p->raw, acks[0].pos);
    for (size_t i = 1; placed && !row && i < n; i++)
        put_varint(&p->raw, packer_zigzag(acks[i].pos - acks[i - 1].pos - 1));
    if (hex)
        put_hex_ids(&p->raw, acks, n, template);
    else
        put_text_ids(p, acks, n);
}

static ZSTD_CCtx *new_cctx(void)
{
    ZSTD_CCtx *c = ZSTD_createCCtx();

    if (c) {
        ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, LEVEL);
        ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    }
    return c;
}

bool packer_pack(struct packer *p, uint16_t source, bool placed,
                 const struct ledger_ack *acks, size_t n, struct text *out,
                 struct error *err)
{
    size_t total = 0, bound, got;

    assert(n > 0 && n <= PACK_COUNT_MAX);
    for (size_t i = 0; i < n; i++) {
        total += acks[i].id.len;
        if (total > BODY_MAX / 2)
            return error_set(err, ERROR_SIZE, 0,
                             "the ids of one batch are larger than %zu bytes",
                             BODY_MAX / 2);
    }
    if (!packer_make_room(p, n, err))
        return false;
    packer_put_row(p, source, placed, acks, n);
    if (!p->cctx)
        p->cctx = new_cctx();
    if (p->raw.failed || !p->cctx)
        return error_memory(err, "to pack done ids");
    bound = ZSTD_compressBound(p->raw.len);
    buf_clear(&p->packed);
    if (!buf_reserve(&p->packed, bound))
        return error_memory(err, "to pack done ids");
    got = ZSTD_compress2(p->cctx, p->packed.data, bound, p->raw.data,
                         p->raw.len);
    if (ZSTD_isError(got))
        return error_memory(err, "to pack done ids");
    *out = (struct text){ p->packed.data, got };
    return true;
}

static bool packer_inflate(struct packer *p, struct text body)
{
    unsigned long long size = ZSTD_getFrameContentSize(body.ptr, body.len);
    size_t got;

    /* Both error values of zstd are larger than any size. */
    if (size > BODY_MAX)
        return false;
    if (!buf_reserve(&p->raw, (size_t)size + 1))
        return false;
    got = ZSTD_decompressDCtx(p->dctx, p->raw.data, (size_t)size, body.ptr,
                              body.len);
    if (ZSTD_isError(got))
        return false;
    p->raw.len = got;
    return true;
}

static bool take_positions(struct packer *p, struct bytes *b, size_t n,
                           bool row)
{
    uint64_t step = 0;

    if (!take_varint(b, &p->pos[0]))
        return false;
    for (size_t i = 1; i < n; i++) {
        if (!row && !take_varint(b, &step))
            return false;
        p->pos[i] = p->pos[i - 1] + 1 + packer_unzigzag(step);
    }
    return true;
}

static bool take_row(struct packer *p, struct packed_row *out,
                     struct error *err)
{
    struct bytes b = { (const unsigned char *)p->raw.data,
                       (const unsigned char *)p->raw.data + p->raw.len };
    uint64_t count;
    unsigned flags;

    if (b.p == b.end)
        return false;
    flags = *b.p++;
    if (!take_varint(&b, &out->source) || !take_varint(&b, &count) ||
        count == 0 || count > PACK_COUNT_MAX ||
        !packer_make_room(p, (size_t)count, err))
        return false;
    out->count = (size_t)count;
    out->placed = flags & FLAG_PLACED;
    if (out->placed &&
        !take_positions(p, &b, out->count, flags & FLAG_IN_A_ROW))
        return false;
    if (flags & FLAG_HEX ? !take_hex_ids(p, &b, out->count, flags & FLAG_UPPER)
                         : !take_text_ids(p, &b, out->count))
        return false;
    out->pos = p->pos;
    out->ids = p->ids;
    return b.p == b.end;
}

bool packer_unpack(struct packer *p, struct text body, struct packed_row *out,
                   struct error *err)
{
    struct error why = { .kind = ERROR_LOCAL };

    if (!p->dctx)
        p->dctx = ZSTD_createDCtx();
    if (!p->dctx)
        return error_memory(err, "to pack done ids");
    buf_clear(&p->raw);
    buf_clear(&p->bytes);
    if (packer_inflate(p, body) && take_row(p, out, &why))
        return true;
    if (why.kind == ERROR_MEMORY || p->raw.failed || p->bytes.failed)
        return error_memory(err, "to pack done ids");
    return error_set(err, ERROR_LOCAL, 0, "the packed ids are damaged");
}
