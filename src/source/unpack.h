/*
 * Unpack gzip (a sequence of members) and zstd (frames, skippable ones too), a
 * piece at a time.
 *
 * It skips zeros between two members or behind the last one: a tape or a disk
 * image leaves such padding.
 *
 * Memory      gzip 40 KiB; zstd: the window of the frame, which the caller
 *             bounds.
 * Threads     One at a time.
 */
#ifndef BATCHTOP_SOURCE_UNPACK_H
#define BATCHTOP_SOURCE_UNPACK_H

#include "util/error.h"

#include <stddef.h>
#include <stdint.h>

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };
enum { UNPACK_SNIFF = 4 }; /* bytes that tell the packing */

/* Decide by the first bytes of a file, or by all that it has. */
enum packing unpack_sniff(const unsigned char *first, size_t n);

struct unpack;

/* window_bytes: the largest window of a zstd frame; 0: 128 MiB.
 * fails    MEMORY. */
struct unpack *unpack_new(enum packing packing, size_t window_bytes,
                          struct error *err);
void unpack_free(struct unpack *u);

/*
 * Unpack some of in[0..n): *used bytes of it, to[0..*got). Both may be 0 when
 * it needs more bytes. After a failure *got counts what came out before it.
 *
 * fails    INPUT: damaged; with code ENOMEM a whole sentence: there is no
 *          memory, or not for the window. The text names no file yet. The
 *          object is unusable afterwards.
 */
bool unpack_some(struct unpack *u, const unsigned char *in, size_t n,
                 size_t *used, char *to, size_t room, size_t *got,
                 struct error *err);

/* Bytes of the present member or frame: its checksum comes behind them, so
 * nothing has confirmed them yet. */
uint64_t unpack_unproved(const struct unpack *u);

/* A member or frame has begun and not ended, so more must come. */
bool unpack_inside(const struct unpack *u);

#endif
