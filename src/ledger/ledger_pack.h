/*
 * The body of a `done` row: the packed positions and ids of one batch.
 *
 * Bytes before compression, integers as LEB128 varints:
 *
 *   flags      bit 0 placed: positions follow   bit 1 in a row: +1 each
 *              bit 2 hex ids                    bit 3 the digits are A-F
 *   source, count
 *   placed     the first position; unless in a row, count - 1 differences to
 *              "one more than the last", zigzag
 *   hex ids    length, a template of that many bytes in which 0 stands for a
 *              column that varies, then for each such column its digits, two
 *              to a byte: a UUID costs 16 bytes, 64 digits cost 32
 *   text ids   count lengths of the prefix shared with the id before, count
 *              lengths of the rest, the rests
 *
 * Columns are stored together because they compress well: in sorted ids the
 * high digits are runs. The whole is one zstd frame, level 1, whose checksum
 * finds a flipped bit before anybody uses it.
 *
 * Threads     One packer per thread.
 */
#ifndef BATCHTOP_LEDGER_LEDGER_PACK_H
#define BATCHTOP_LEDGER_LEDGER_PACK_H

#include "ledger/ledger.h"

enum { PACK_COUNT_MAX = 65536 }; /* documents in one row */

struct packer {
    struct ZSTD_CCtx_s *cctx;
    struct ZSTD_DCtx_s *dctx;
    struct buf raw, packed, bytes;
    struct text *ids;
    uint64_t *pos;
    size_t cap;
};

/* What a body holds; borrowed from the packer until its next call. */
struct packed_row {
    uint64_t source;
    size_t count;
    bool placed;
    const uint64_t *pos; /* when placed */
    const struct text *ids;
};

/* Zero-filled storage is a packer, too: it makes its contexts when needed. */
void packer_init(struct packer *p);
void packer_release(struct packer *p);

/* n is 1..PACK_COUNT_MAX. *out is borrowed until the next call. MEMORY, or
 * SIZE when the ids are larger than SQLite stores. */
bool packer_pack(struct packer *p, uint16_t source, bool placed,
                 const struct ledger_ack *acks, size_t n, struct text *out,
                 struct error *err);

/* LOCAL when the bytes are damaged (any bytes will do), MEMORY. */
bool packer_unpack(struct packer *p, struct text body, struct packed_row *out,
                   struct error *err);

#endif
