/*
 * Taking gzip (members one behind another) and zstd (frames, skippable ones
 * too) apart, a piece at a time.
 *
 * Zeros between two members or behind the last one are padding, as a tape or a
 * disk image leaves it, and are passed over.
 *
 * Memory      gzip 40 KiB; zstd the window that the frame asks for, which the
 *             caller bounds.
 * Threads     One at a time.
 */
#ifndef BATCHTOP_SOURCE_UNPACK_H
#define BATCHTOP_SOURCE_UNPACK_H

#include "util/error.h"

#include <stddef.h>
#include <stdint.h>

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };
enum { UNPACK_SNIFF = 4 }; /* bytes that tell the packing */

/* By the first bytes of a file, or all that it has. */
enum packing unpack_sniff(const unsigned char *first, size_t n);

struct unpack;

/* window_bytes: what a zstd frame may ask for; 0: 128 MiB.
 * fails    MEMORY. */
struct unpack *unpack_new(enum packing packing, size_t window_bytes,
                          struct error *err);
void unpack_free(struct unpack *u);

/*
 * Unpack some of in[0..n): *used bytes of it, to[0..*got). Both may be 0 where
 * more is needed. *got counts on failure, too: what came out before it.
 *
 * fails    INPUT: damaged; with code ENOMEM a whole sentence: there is no
 *          memory, or not for the window. No file is named yet. It is of no
 *          use afterwards.
 */
bool unpack_some(struct unpack *u, const unsigned char *in, size_t n,
                 size_t *used, char *to, size_t room, size_t *got,
                 struct error *err);

/* Bytes that came out of the member or frame at hand: its checksum is behind
 * them, so that nothing has confirmed them yet. */
uint64_t unpack_unproved(const struct unpack *u);

/* A member or frame has begun and not ended: there must be more. */
bool unpack_inside(const struct unpack *u);

#endif
