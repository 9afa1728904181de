/*
 * Which row has an id, while the table has no index over its ids.
 *
 * An index over random ids costs more than the rows do: each transaction
 * changes a page of it for nearly every document, and SQLite writes a changed
 * page twice. So when a run has added many rows out of the order of their ids,
 * the store drops the index ("loading") and keeps the ids itself, as a
 * log-structured merge tree in tables of the same file:
 *
 *     recent        a hash map in memory: the last rows. Nothing of it is in
 *                   the file: the rows behind `covered` are read again
 *     id_level_N    sorted runs: entries of a key and a row, by key, in chunks.
 *                   Four runs of a level become one of the next
 *     id_runs       a row for each run: its level, how many entries and chunks,
 *                   and the last row of the table that it knows
 *     id_rows       how many rows the table has (sqlite_count.c)
 *
 * A sorted run is written in the transaction of the documents that made it due,
 * so a kill leaves the file as it was before. At the end of a run of the
 * program the store makes the index anew, sorted, and drops these tables.
 *
 * The key of an id is its hash, or the next number that no other id has, so a
 * key has one row. The row itself says whether it has the id: another program
 * may have deleted it.
 *
 * Threads     The owner of the store.
 */
#ifndef BATCHTOP_STORE_FILES_SQLITE_IDS_H
#define BATCHTOP_STORE_FILES_SQLITE_IDS_H

#include <sqlite3.h>

#include "util/buf.h"
#include "util/error.h"
#include "util/hash_map.h"

enum {
    IDS_FAN = 4,     /* runs of a level that become one */
    IDS_LEVELS = 12, /* far more rows than a file can have */
    IDS_RUNS = IDS_FAN * IDS_LEVELS
};

struct sqlite_store;

struct id_run {
    int64_t number;
    unsigned level; /* 1 .. IDS_LEVELS */
    uint64_t entries, chunks;
};

struct sqlite_ids {
    bool loading; /* the table has no index: the rest counts */
    bool fresh;   /* as the file is, if its version is the same */
    int64_t version;
    int64_t last;    /* the greatest row */
    int64_t rows;    /* how many; -1: unknown */
    int64_t covered; /* the greatest one that is in a run */
    struct hash_map recent;
    size_t recent_max; /* entries that become a run; fewer in tests */
    struct id_run run[IDS_RUNS]; /* oldest first */
    size_t runs;
    uint64_t *filter; /* Bloom filter of all runs; NULL: ask them */
    sqlite3_stmt *version_of, *id_of, *rows_to, *chunk[IDS_LEVELS + 1];
    /* New rows whose id was less than the one before them, how many of them
     * end the index, and the least that do; fewer in tests. */
    uint64_t scattered, scattered_max, scattered_least;
};

void sqlite_ids_init(struct sqlite_ids *ids);
/* The statements are the connection's. */
void sqlite_ids_release(struct sqlite_ids *ids);

/* ---- in a transaction ---- */

/* Learn what another program or instance has changed. `writing`: runs may be
 * written. */
bool sqlite_ids_sync(struct sqlite_store *s, bool writing, struct error *err);
/* While loading: the row of an id, if *found; else the key under which
 * sqlite_ids_add() takes it. */
bool sqlite_ids_find(struct sqlite_store *s, struct text id, bool *found,
                     int64_t *row, uint64_t *key, struct error *err);
bool sqlite_ids_add(struct sqlite_store *s, uint64_t key, int64_t row,
                    struct error *err);
/* Drop the index and begin loading. */
bool sqlite_ids_begin(struct sqlite_store *s, struct error *err);
/* Is the file like that, whatever this instance knows? */
bool sqlite_ids_loading(struct sqlite_store *s, bool *loading,
                        struct error *err);

/* ---- the sorted runs (sqlite_runs.c, sqlite_merge.c) ---- */

/* Read id_runs; damage is CONFIG. */
bool sqlite_runs_read(struct sqlite_store *s, struct error *err);
/* Make the filter of what is in the runs. Without memory there is none. */
bool sqlite_runs_filter(struct sqlite_store *s, struct error *err);
/* The row of a key; 0: no run has it. */
bool sqlite_runs_find(struct sqlite_store *s, uint64_t key, int64_t *row,
                      struct error *err);
/* Write `recent` as a run that knows the rows up to `covered`, and merge. */
bool sqlite_runs_add(struct sqlite_store *s, int64_t covered,
                     struct error *err);

#endif
