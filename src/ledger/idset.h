/*
 * A set of ids for a changed corpus: their 128-bit hashes in an unlinked
 * temporary file, mapped. Two ids are likely to share a hash only among some
 * 10^19 documents. The kernel pages the file, so it takes no heap and may be
 * larger than memory; 22 to 43 bytes of disk per id.
 *
 * Threads     One calls idset_add(); then any number call idset_has(),
 *             unlocked.
 */
#ifndef BATCHTOP_LEDGER_IDSET_H
#define BATCHTOP_LEDGER_IDSET_H

#include "util/buf.h"
#include "util/error.h"

struct idset;

/* Room for `expected` ids before it has to grow. dir: the folder for the file.
 * LOCAL (disk full), MEMORY. */
struct idset *idset_new(const char *dir, uint64_t expected, struct error *err);
void idset_free(struct idset *s);

/* LOCAL when it has to grow and the disk is full. */
bool idset_add(struct idset *s, struct text id, struct error *err);
bool idset_has(const struct idset *s, struct text id);
uint64_t idset_count(const struct idset *s);

#endif
