/*
 * A set of ids for a changed corpus: their 128-bit hashes in an unlinked
 * temporary file, mapped. Two ids that share a hash would need some 10^19
 * documents to be likely. The kernel pages it, so it takes no heap and may be
 * larger than memory; 22 to 43 bytes of disk per id.
 *
 * Threads     idset_add() one; then idset_has() any number, without a lock.
 */
#ifndef BATCHTOP_LEDGER_IDSET_H
#define BATCHTOP_LEDGER_IDSET_H

#include "util/buf.h"
#include "util/error.h"

struct idset;

/* Room for `expected` ids before it has to grow. dir: where the file is made.
 * LOCAL (disk full), MEMORY. */
struct idset *idset_new(const char *dir, uint64_t expected, struct error *err);
void idset_free(struct idset *s);

/* LOCAL when it must grow and the disk is full. */
bool idset_add(struct idset *s, struct text id, struct error *err);
bool idset_has(const struct idset *s, struct text id);
uint64_t idset_count(const struct idset *s);

#endif
