/*
 * What those share who read sorted runs and who write them; sqlite_ids.h has
 * the design.
 *
 * A run has as many chunks as make some 900 entries each, a page of the file;
 * chunk c of C has the keys from c * 2^64 / C on, so one look finds a key. An
 * entry is two words of the machine, little-endian: the key and the row.
 *
 * Threads     The owner of the store.
 */
#ifndef BATCHTOP_STORE_FILES_SQLITE_RUNS_H
#define BATCHTOP_STORE_FILES_SQLITE_RUNS_H

#include "store/files/sqlite_parts.h"
#include "util/wide.h"

enum { RUNS_SQL = 160 }; /* bytes of a statement */

/* The chunk of a run that has the key. */
static inline int64_t runs_chunk_of(uint64_t key, uint64_t chunks)
{
    return (int64_t)wide_mul(key, chunks).hi;
}

/* The number, in its table, of the first chunk of a run. */
static inline int64_t runs_first_chunk(int64_t run)
{
    return run << 32;
}

/* SQLite aligns no blob: a copy. */
static inline struct hash_slot runs_entry_at(const char *blob, size_t at)
{
    struct hash_slot e;

    memcpy(&e, blob + at * sizeof e, sizeof e);
    return e;
}

/* A statement whose format has the level in it. */
sqlite3_stmt *sqlite_runs_prepare(struct sqlite_store *s, const char *format,
                                  unsigned level, struct error *err);
/* Let the filter pass a key that a run has. */
void sqlite_runs_pass(struct sqlite_ids *ids, uint64_t key);

#endif
