/*
 * The body of a `done` row of the ledger: damaged, or ids and positions that
 * are the same when they are packed again.
 *
 * In front of the bytes: a letter. Odd: they are packed here, with a sum that
 * is right, as a disk would not leave them.
 */
#include "config.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "ledger/ledger_pack.h"

static struct packer first, second;

static void claim_same(const struct packed_row *a, const struct packed_row *b)
{
    fuzz_claim(a->source == b->source && a->count == b->count &&
                   a->placed == b->placed, "another row");
    for (size_t i = 0; i < a->count; i++) {
        fuzz_claim(!a->placed || a->pos[i] == b->pos[i], "another position");
        fuzz_claim(a->ids[i].len == b->ids[i].len &&
                       (a->ids[i].len == 0 ||
                        memcmp(a->ids[i].ptr, b->ids[i].ptr,
                               a->ids[i].len) == 0), "another id");
    }
}

static void pack_again(const struct packed_row *row)
{
    struct ledger_ack *acks = calloc(row->count, sizeof *acks);
    struct packed_row again;
    struct error err = { .text = "" };
    struct text body;

    fuzz_claim(acks != NULL, "no memory");
    for (size_t i = 0; i < row->count; i++)
        acks[i] = (struct ledger_ack){ row->placed ? row->pos[i] : 0,
                                       row->ids[i] };
    if (packer_pack(&second, (uint16_t)row->source, row->placed, acks,
                    row->count, &body, &err)) {
        fuzz_claim(packer_unpack(&second, body, &again, &err),
                   "packed, but not unpacked");
        claim_same(row, &again);
    } else {
        fuzz_claim_said(&err);
    }
    free(acks);
}

static void unpack(struct text body)
{
    struct error err = { .text = "" };
    struct packed_row row;

    if (!packer_unpack(&first, body, &row, &err)) {
        fuzz_claim_said(&err);
        return;
    }
    fuzz_claim(row.count > 0 && row.count <= PACK_COUNT_MAX, "no such count");
    if (row.source <= UINT16_MAX)
        pack_again(&row);
}

/* As the ledger writes it. */
static size_t frame(void *to, size_t room, struct text bytes)
{
    static ZSTD_CCtx *cctx;

    if (!cctx)
        cctx = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(cctx, ZSTD_c_checksumFlag, 1);
    return ZSTD_compress2(cctx, to, room, bytes.ptr, bytes.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input = { (const char *)data, size };
    bool made = fuzz_byte(&input) & 1;
    size_t room = ZSTD_compressBound(input.len);
    char *body = malloc(room);

    fuzz_claim(body != NULL, "no memory");
    if (made)
        unpack((struct text){ body, frame(body, room, input) });
    else
        unpack(input);
    free(body);
    return 0;
}
