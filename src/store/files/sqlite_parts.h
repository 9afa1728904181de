/*
 * The pieces of the store in one SQLite file:
 *
 *     store_sqlite.c   open, upsert, lookup, the table
 *     sqlite_file.c    statements, failures, what the file says about itself
 *     sqlite_ids.c     which row has an id while there is no index
 *     sqlite_runs.c    the sorted runs of ids for that, found and read
 *     sqlite_merge.c   written and merged
 *     sqlite_finish.c  the index, made at the end of a run
 *     sqlite_older.c   a table of an older version becomes one of today
 *     sqlite_count.c   how many rows
 *     sqlite_search.c  the rows that are nearest
 *     sqlite_scan.c    every vector against the query, on all processors
 *     sqlite_tree.c    the table's rows, from the pages of the file
 *     sqlite_record.c  a row's vector, from a page
 *
 * Threads     As struct store: one worker owns one.
 */
#ifndef BATCHTOP_STORE_FILES_SQLITE_PARTS_H
#define BATCHTOP_STORE_FILES_SQLITE_PARTS_H

#include <sqlite3.h>
#include <sys/types.h>

#include "store/files/sqlite_ids.h"
#include "store/store.h"

struct sqlite_store {
    struct store base;
    char *path;
    sqlite3 *db;
    /* By id, where an index has it; by row, where we know it. */
    sqlite3_stmt *upsert, *insert, *update;
    struct sqlite_ids ids;
    int stop_fd;
    void (*say)(void *ctx, const char *line); /* NULL: nobody listens */
    void *say_ctx;
    struct buf decoded, turned; /* turned: a vector, if FLOATS_TURNED */
    ino_t ino; /* of the file that was opened; 0 before */
    bool read_only;
    bool facts_recorded; /* by this instance */
    char model[128]; /* to be recorded; "" if nobody named it */
};

/* Set err to SQLite's message for its last call, with a remedy. Returns
 * false. */
bool sqlite_failed(struct sqlite_store *s, const char *what,
                   struct error *err);
/* Statements without an answer; `what` is in the message of a failure. */
bool sqlite_run(struct sqlite_store *s, const char *sql, const char *what,
                struct error *err);
/* The caller finalizes it; NULL: *err says why. */
sqlite3_stmt *sqlite_prepare(struct sqlite_store *s, const char *sql,
                             struct error *err);
/* The same, at its first row, if *row says that there is one. `key` replaces
 * the statement's question mark; NULL: it has none. */
sqlite3_stmt *sqlite_first(struct sqlite_store *s, const char *sql,
                           const char *key, bool *row, struct error *err);
/* The number that a statement has in its first row; 0: it has no row. */
bool sqlite_number(struct sqlite_store *s, const char *sql, int64_t *to,
                   struct error *err);
void sqlite_copy_column(sqlite3_stmt *q, int column, struct buf *to);

/* A transaction with what is known of the ids as it is in the file. */
bool sqlite_begin(struct sqlite_store *s, bool writing, struct error *err);
/* End it, undone unless all went well so far. Returns what became of it. */
bool sqlite_commit(struct sqlite_store *s, bool fine, struct error *err);

/* ---- in a transaction ---- */

/* While loading: how many rows the file says that it has. *rows is -1 if
 * another program has written since. */
bool sqlite_rows_read(struct sqlite_store *s, int64_t *rows, struct error *err);
/* Write ids.rows, as of the end of this transaction. */
bool sqlite_rows_write(struct sqlite_store *s, struct error *err);

/* *is: the table has the form of an older version, which sqlite_renew() turns
 * into that of today. */
bool sqlite_older(struct sqlite_store *s, bool *is, struct error *err);
bool sqlite_renew(struct sqlite_store *s, struct error *err);

/* Are the stored vectors as long as the new ones? */
bool sqlite_check_facts(struct sqlite_store *s, struct error *err);
/* In the transaction that adds the first vectors: a run that is refused before
 * has changed nothing. */
bool sqlite_record_facts(struct sqlite_store *s, struct error *err);

/* A row and how near it is; of equally near ones the earlier comes first. */
struct sqlite_near {
    int64_t row;
    double score;
};

/* Find the *got best of k rows in one read transaction, which the caller holds:
 * what it fetches then is what was compared. */
bool sqlite_scan(struct sqlite_store *s, const float *query,
                 struct sqlite_near *best, size_t k, size_t *got,
                 struct error *err);

/* struct store_ops's count, finish, search, keep and kept. */
bool sqlite_count(struct store *base, uint64_t *n, struct error *err);
bool sqlite_finish(struct store *base, struct error *err);
bool sqlite_search(struct store *base, const float *query, size_t k,
                   struct store_hit *hits, size_t *got, struct error *err);
bool sqlite_keep(struct store *base, const char *json, struct error *err);
bool sqlite_kept(struct store *base, struct buf *to, struct error *err);

#endif
