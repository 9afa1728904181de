/*
 * What the files of the ledger share. Only they include this.
 *
 * ledger_sql.c opens the database and calls SQLite; ledger_home.c has the
 * directory, the lock and the names, ledger_away.c archives and brings back,
 * ledger_list.c lists what is there. ledger.c opens and closes a ledger,
 * ledger_facts.c and ledger_rows.c keep the facts of the job, ledger_salvage.c
 * repairs, ledger_write.c and ledger_failed.c record, ledger_resume.c finds out
 * what to skip. ledger_view.c and ledger_export.c read from outside.
 */
#ifndef BATCHTOP_LEDGER_LEDGER_FILE_H
#define BATCHTOP_LEDGER_LEDGER_FILE_H

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>

#include "ledger/idset.h"
#include "ledger/ledger.h"
#include "ledger/ledger_pack.h"
#include "ledger/schema.h"
#include "util/hash_map.h"

/* The code of an error that means: the file is ours, but damaged. */
enum { LEDGER_DAMAGED = EUCLEAN };

/* --- ledger_sql.c: a connection ------------------------------------------- */

struct ledger_file {
    sqlite3 *db;
    char *path;
    sqlite3_stmt *st[SQL_COUNT]; /* prepared when first used, then kept */
};

/* Open an existing ledger. SQLite reads and changes nothing in it before we
 * have seen that its header is ours. FOREIGN, LOCAL, MEMORY. */
bool ledger_file_open(struct ledger_file *f, const char *path, bool write,
                      struct error *err);
void ledger_file_close(struct ledger_file *f);
/* Open it to read what can be read: any statement may fail half way. */
bool ledger_file_open_damaged(struct ledger_file *f, const char *path,
                              struct error *err);
/* Check that all pages are consistent. Reads the whole file, some 300 MB a
 * second. LOCAL with code LEDGER_DAMAGED. */
bool ledger_file_whole(struct ledger_file *f, struct error *err);
/* Make the file, complete with schema, under a temporary name. Removes a file
 * that has the name. */
bool ledger_file_make(const char *path, struct error *err);

/* Put SQLite's message into err; returns false. */
bool ledger_file_fail(struct ledger_file *f, int rc, struct error *err);
bool ledger_file_exec(struct ledger_file *f, const char *sql,
                      struct error *err);

/* The statement, reset and without values; or NULL and err. */
sqlite3_stmt *ledger_file_sql(struct ledger_file *f, enum schema_statement n,
                              struct error *err);
/* Run a statement that returns nothing. */
bool ledger_file_run(struct ledger_file *f, sqlite3_stmt *st,
                     struct error *err);
/* Step to the next row: 1, 0 (no more; reset), -1 (err; reset). */
int ledger_file_row(struct ledger_file *f, sqlite3_stmt *st,
                    struct error *err);
/* First column of the first row as a number; 0 when there is none. */
bool ledger_file_number(struct ledger_file *f, enum schema_statement n,
                        int64_t *out, struct error *err);

char *ledger_file_get(struct ledger_file *f, const char *key);
bool ledger_file_set(struct ledger_file *f, const char *key,
                     const char *value, struct error *err);
/* 0 when absent or not a number. */
uint64_t ledger_file_get_u64(struct ledger_file *f, const char *key);
bool ledger_file_set_u64(struct ledger_file *f, const char *key,
                         uint64_t value, struct error *err);

bool ledger_file_source(struct ledger_file *f, size_t i,
                        struct ledger_source *out, struct error *err);
bool ledger_file_source_set(struct ledger_file *f, size_t i,
                            const struct ledger_source *in, struct error *err);
bool ledger_file_totals(struct ledger_file *f, struct ledger_totals *t,
                        struct error *err);
bool ledger_file_totals_set(struct ledger_file *f,
                            const struct ledger_totals *t, struct error *err);

static inline void bind_u64(sqlite3_stmt *st, int at, uint64_t n)
{
    sqlite3_bind_int64(st, at, (int64_t)n);
}

static inline uint64_t column_u64(sqlite3_stmt *st, int at)
{
    return (uint64_t)sqlite3_column_int64(st, at);
}

/* Borrowed until the next step. */
static inline struct text column_text(sqlite3_stmt *st, int at)
{
    const char *p = sqlite3_column_blob(st, at);

    return (struct text){ p ? p : "", (size_t)sqlite3_column_bytes(st, at) };
}

static inline const char *column_string(sqlite3_stmt *st, int at)
{
    const char *s = (const char *)sqlite3_column_text(st, at);

    return s ? s : "";
}

/* Four columns: fault, stage, kind and code. An unknown error word counts as an
 * error of the input. */
static inline struct failure_cause column_cause(sqlite3_stmt *st, int at)
{
    struct failure_cause c = {
        .rejected = sqlite3_column_int(st, at) == OUTCOME_REJECTED,
        .kind = ERROR_INPUT, .code = sqlite3_column_int(st, at + 3)
    };

    error_kind_parse(column_string(st, at + 2), &c.kind);
    snprintf(c.stage, sizeof c.stage, "%s", column_string(st, at + 1));
    return c;
}

static inline void bind_blob(sqlite3_stmt *st, int at, struct text t)
{
    sqlite3_bind_blob64(st, at, t.len ? t.ptr : "", t.len, SQLITE_STATIC);
}

/* --- ledger_home.c: directory, lock, names -------------------------------- */

/* The absolute name of the directory, which is ours alone; malloc. With `make`,
 * create a missing one. */
char *ledger_home_open(const char *dir, bool make, struct error *err);
/* "DIR/JOB.SUFFIX"; malloc, NULL without memory. */
char *ledger_home_path(const char *dir, const char *job, const char *suffix);
/* A descriptor that holds the lock; -1 with LOCKED, LOCAL or CONFIG. */
int ledger_home_lock(const char *dir, const char *job, struct error *err);
/* Is the lock file of that name the file behind fd? */
bool ledger_home_holds(int fd, const char *dir, const char *job);
bool ledger_home_sync(const char *dir, struct error *err);
/* Check that the directory is ours and nobody else may write there: CONFIG. */
bool ledger_home_check_dir(const char *path, struct error *err);
/* A file system without shared memory, or with unusual locks. */
bool ledger_home_is_remote(long type);
/* Check that the file is regular, ours, and has one name: nobody planted it. */
bool ledger_home_check_file(const char *path, struct stat *st,
                            struct error *err);
bool ledger_home_check_stat(const struct stat *st, const char *path,
                            struct error *err);

/* --- ledger_away.c: completed/ -------------------------------------------- */

/* Open the folder for reading; it must not be a link. -1: CONFIG, LOCAL with
 * code ENOENT when there is none. */
int ledger_away_open(const char *dir, struct error *err);
/* Move DIR/JOB.ledger to completed/JOB_time.SUFFIX; the name goes to `to`. */
bool ledger_home_put_away(const char *dir, const char *job, const char *suffix,
                          char *to, size_t size, struct error *err);
/* Copy DIR/JOB.ledger and its companions there. The ledger itself stays until
 * another is renamed over it. */
bool ledger_home_keep_copy(const char *dir, const char *job,
                           const char *suffix, char *to, size_t size,
                           struct error *err);

/* --- ledger_salvage.c ----------------------------------------------------- */

/*
 * Repair the damaged ledger file of `l`, which is not open: put what is
 * readable into a new one with the same name, and move the damaged one to
 * completed/. l->note says what was kept and what the rest costs. LOCAL with
 * code LEDGER_DAMAGED when nothing is readable; the file is then unchanged.
 */
bool ledger_salvage(struct ledger *l, const char *path, struct error *err);

/* --- ledger.c, ledger_write.c, ledger_resume.c: the ledger ---------------- */

/* Sorted runs of positions, first..last, both included. */
struct run {
    uint64_t first, last;
};
struct runs {
    struct run *run;
    size_t count, cap;
};

/* A `done` row that reaches above the frontier. */
struct above {
    int64_t row;
    uint64_t last;
};

/* A source as the open transaction sees it. [recorder] */
struct place {
    struct ledger_source is;
    bool dirty; /* the next commit writes it */
    /* Rows above its frontier, oldest first; a queue in an array. */
    struct above *above;
    size_t first, end, cap;
};

/* 64-bit hashes of the ids that may have an open failure. */
struct open_ids {
    struct hash_map map; /* of no values */
    bool loaded, full; /* full: too many ids, always ask SQLite */
};

struct ledger {
    struct ledger_file file;
    char *dir, *job; /* dir is absolute */
    int lock_fd;
    dev_t dev; /* of the ledger file, to notice when it is gone */
    ino_t ino;
    bool in_transaction;
    bool broken; /* a transaction was lost: ledger_reopen() */
    struct packer packer;

    int64_t next_row, committed_row; /* of `done` */
    uint64_t done, committed_done;   /* documents in `done` */
    int64_t above_row, stored_above; /* ledger.above as it should be, and is */
    int64_t ids_before;
    bool tracked; /* the queues of all places are complete */
    struct place *places;
    size_t place_count;
    struct open_ids open_ids;

    struct runs *skips; /* one per source [const once readers run] */
    size_t skip_count;
    struct idset *ids; /* [const once readers run] */

    uint64_t damaged; /* rows left out */
    char note[256];    /* "": nothing to say */
};

/* A view keeps no transaction open between two rows: the writer could not reuse
 * its WAL until then. */
struct ledger_view {
    struct ledger_file file;
    struct packer packer;
    uint64_t damaged; /* rows left out */
};

/* The first readable row of `done` from *row on, borrowed until the next call:
 * 1 with its number in *row, 0 at the end, -1 err. */
int ledger_view_row(struct ledger_view *v, int64_t *row,
                    struct packed_row *out, struct error *err);

/* Begin a transaction unless one is open. */
bool ledger_begin(struct ledger *l, struct error *err);
/* Give the transaction up after a failure; returns false. */
bool ledger_lost(struct ledger *l);
/* Add a row; source -1: positions are unknown. */
bool ledger_append(struct ledger *l, int source, const struct ledger_ack *acks,
                   size_t n, struct error *err);
/* Find the rows above the frontiers; with `skips`, also their positions. */
bool ledger_load_above(struct ledger *l, bool skips, struct error *err);
/* Note that the row reaches above the frontier; rows come in order. */
bool ledger_push_above(struct place *p, int64_t row, uint64_t last,
                       struct error *err);
/* Forget the open failures: ask the file when it matters. */
void ledger_forget_open_ids(struct ledger *l);
/* Check that the ledger file is where it was opened. */
bool ledger_check_in_place(struct ledger *l, struct error *err);

#endif
