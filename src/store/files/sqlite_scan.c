/*
 * This file compares every vector in the file with the query, on all
 * processors.
 *
 * A million rows of 384 floats are 1.85 GB: one thread takes 0.4 s, half of
 * which is the kernel's copying of pages. So the range of the rowids is cut
 * into slices. The caller's thread and its helpers, each with a connection of
 * its own, take one slice after the other; each keeps its best rows, and in the
 * end the caller merges them. Draws go to the earlier row, so the answer is
 * that of one thread.
 *
 * All connections see one state of the file: the caller is in a read
 * transaction, and in a rollback journal's file nobody commits while that
 * lasts. A file with a WAL has no such lock, so it gets no helpers. A helper
 * that cannot open the file, or finds another one in its place, leaves its
 * slices to the others.
 */
#include "config.h"
#include "store/files/sqlite_parts.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "sys/thread.h"
#include "util/floats.h"

enum {
    MAX_THREADS = 8,     /* each has a cache of CACHE_KIB */
    CACHE_KIB = 500,     /* pages come once: 3 MB are no faster */
    SLICES = 256,        /* many: deleted rows make them unequal */
    LEAST_ROWS = 16384,  /* below, a thread costs more than it saves */
};

struct scan {
    struct sqlite_store *store;
    const float *query;
    double length; /* the query's; 0: beyond the range of squares */
    size_t dim, k;
    int64_t first, last;   /* rowids */
    uint64_t rows, slices; /* rowids in a slice; how many of those */
    atomic_uint_fast64_t next; /* slice that nobody has taken */
};

struct scan_part {
    struct scan *scan;
    struct sqlite_store own; /* path, and a helper's own connection */
    pthread_t thread;
    bool started, failed;
    struct sqlite_near *best; /* room for k */
    size_t got;
    struct error err;
};

static bool sqlite_nearer(const struct sqlite_near *a,
                          const struct sqlite_near *b)
{
    return a->score > b->score || (a->score == b->score && a->row < b->row);
}

void sqlite_keep_best(struct sqlite_near *best, size_t *n, size_t k,
                      struct sqlite_near one)
{
    size_t at;

    if (*n == k && !sqlite_nearer(&one, &best[k - 1]))
        return;
    at = *n < k ? (*n)++ : k - 1;
    for (; at > 0 && sqlite_nearer(&one, &best[at - 1]); at--)
        best[at] = best[at - 1];
    best[at] = one;
}

/* ---- one row, one slice ---- */

/* Squares of floats lose digits below this, and are infinite above FLT_MAX. */
static bool scan_in_range(float square)
{
    return square > 1e-30F && square <= FLT_MAX;
}

static double scan_score(const struct scan *s, const void *vector)
{
    float square, dot = float_dot_square(s->query, vector, s->dim, &square);

    return s->length > 0 && scan_in_range(square)
               ? (double)dot / (sqrt((double)square) * s->length)
               : float_cosine(s->query, vector, s->dim);
}

static bool scan_row(struct scan_part *p, sqlite3_stmt *q, struct error *err)
{
    const struct scan *s = p->scan;
    struct sqlite_near one = { .row = sqlite3_column_int64(q, 0) };
    const void *vector = sqlite3_column_blob(q, 1);

    if ((size_t)sqlite3_column_bytes(q, 1) != s->dim * sizeof(float) ||
        !vector)
        return error_set(err, ERROR_CONFIG, 0,
                         "%s: row %" PRId64 " holds no vector of %zu "
                         "dimensions",
                         p->own.path, one.row, s->dim);
    one.score = scan_score(s, vector);
    sqlite_keep_best(p->best, &p->got, s->k, one);
    return true;
}

static bool scan_slice(struct scan_part *p, sqlite3_stmt *q, uint64_t slice,
                       struct error *err)
{
    const struct scan *s = p->scan;
    uint64_t from = (uint64_t)s->first + slice * s->rows;
    uint64_t left = (uint64_t)s->last - from;
    uint64_t to = from + (left < s->rows - 1 ? left : s->rows - 1);
    bool fine = true;
    int code;

    sqlite3_bind_int64(q, 1, (int64_t)from);
    sqlite3_bind_int64(q, 2, (int64_t)to);
    while (fine && (code = sqlite3_step(q)) != SQLITE_DONE)
        fine = code == SQLITE_ROW ? scan_row(p, q, err)
                                  : sqlite_failed(&p->own, "reading", err);
    sqlite3_reset(q);
    return fine;
}

/* Take slices until none is left. Who fails takes all that are left. */
static bool scan_slices(struct scan_part *p, struct error *err)
{
    struct scan *s = p->scan;
    sqlite3_stmt *q = sqlite_prepare(
        &p->own,
        "SELECT rowid, embedding FROM documents WHERE rowid BETWEEN ? AND ?",
        err);
    bool fine = q != NULL;
    uint64_t slice;

    while (fine && (slice = atomic_fetch_add(&s->next, 1)) < s->slices)
        fine = scan_slice(p, q, slice, err);
    if (!fine)
        atomic_store(&s->next, s->slices);
    sqlite3_finalize(q);
    return fine;
}

/* ---- helpers ---- */

/* Is the file at that path still the one that the caller has open? */
static bool scan_same_file(const struct scan *s)
{
    struct stat st;

    return stat(s->store->path, &st) == 0 && st.st_ino == s->store->ino;
}

/* A connection in a read transaction of its own. */
static bool scan_join(struct scan_part *p)
{
    struct sqlite_store *own = &p->own;
    char sql[96];

    snprintf(sql, sizeof sql,
             "PRAGMA query_only = 1; PRAGMA cache_size = -%d; BEGIN; "
             "SELECT 1 FROM documents LIMIT 1",
             CACHE_KIB);
    return scan_same_file(p->scan) &&
           sqlite3_open_v2(own->path, &own->db,
                           SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READONLY,
                           NULL) == SQLITE_OK &&
           sqlite3_exec(own->db, sql, NULL, NULL, NULL) == SQLITE_OK &&
           scan_same_file(p->scan);
}

static void *scan_help(void *arg)
{
    struct scan_part *p = arg;

    if (scan_join(p))
        p->failed = !scan_slices(p, &p->err);
    sqlite3_close(p->own.db);
    return NULL;
}

/* Does our read transaction keep others from committing? */
static bool scan_shuts_writers_out(struct sqlite_store *s, bool *does,
                                   struct error *err)
{
    bool row;
    sqlite3_stmt *q = sqlite_first(s, "PRAGMA journal_mode", NULL, &row, err);

    if (!q)
        return false;
    *does = row && strcmp((const char *)sqlite3_column_text(q, 0), "wal") != 0;
    sqlite3_finalize(q);
    return true;
}

/* ---- the whole ---- */

/* The range of the rowids, cut. Two subqueries: each looks at one row. */
static bool scan_cut(struct scan *s, struct error *err)
{
    bool row;
    sqlite3_stmt *q = sqlite_first(
        s->store,
        "SELECT (SELECT min(rowid) FROM documents), "
        "(SELECT max(rowid) FROM documents)",
        NULL, &row, err);

    if (!q)
        return false;
    if (row && sqlite3_column_type(q, 0) != SQLITE_NULL) {
        s->first = sqlite3_column_int64(q, 0);
        s->last = sqlite3_column_int64(q, 1);
        s->rows = ((uint64_t)s->last - (uint64_t)s->first) / SLICES + 1;
        s->slices = ((uint64_t)s->last - (uint64_t)s->first) / s->rows + 1;
    }
    sqlite3_finalize(q);
    return true;
}

static bool scan_threads(const struct scan *s, size_t *n, struct error *err)
{
    size_t processors = thread_processors();
    bool alone = (uint64_t)s->last - (uint64_t)s->first < LEAST_ROWS;
    bool shuts_out = false;

    if (!alone && !scan_shuts_writers_out(s->store, &shuts_out, err))
        return false;
    *n = !shuts_out ? 1 : processors < MAX_THREADS ? processors : MAX_THREADS;
    return true;
}

static void scan_start(struct scan_part *p, struct scan *s)
{
    struct error ignored; /* the caller's thread goes on without it */

    p->own = (struct sqlite_store){ .path = s->store->path,
                                    .ino = s->store->ino,
                                    .read_only = true };
    p->started =
        thread_start(&p->thread, "scan", scan_help, p, &ignored);
}

/* The first part is the caller's; false: one failed. */
static bool scan_all(struct scan *s, struct scan_part *parts, size_t n,
                     struct error *err)
{
    bool fine;

    for (size_t i = 1; i < n; i++)
        scan_start(&parts[i], s);
    parts[0].own = *s->store;
    fine = scan_slices(&parts[0], err);
    for (size_t i = 1; i < n; i++) {
        if (parts[i].started)
            pthread_join(parts[i].thread, NULL);
        if (fine && parts[i].failed) {
            *err = parts[i].err;
            fine = false;
        }
    }
    return fine;
}

static bool scan_merged(struct scan *s, size_t n, struct sqlite_near *best,
                        size_t *got, struct error *err)
{
    struct scan_part parts[MAX_THREADS] = { 0 };
    struct sqlite_near *room = calloc(n * s->k, sizeof *room);
    bool fine;

    if (!room)
        return error_memory(err, "to search %s", s->store->path);
    for (size_t i = 0; i < n; i++) {
        parts[i].scan = s;
        parts[i].best = room + i * s->k;
    }
    fine = scan_all(s, parts, n, err);
    for (size_t i = 0; fine && i < n; i++)
        for (size_t j = 0; j < parts[i].got; j++)
            sqlite_keep_best(best, got, s->k, parts[i].best[j]);
    free(room);
    return fine;
}

bool sqlite_scan(struct sqlite_store *store, const float *query,
                 struct sqlite_near *best, size_t k, size_t *got,
                 struct error *err)
{
    struct scan s = { .store = store, .query = query, .dim = store->base.dim,
                      .k = k };
    float square = float_dot(query, query, s.dim);
    size_t threads;

    *got = 0;
    if (scan_in_range(square))
        s.length = sqrt((double)square);
    return scan_cut(&s, err) && scan_threads(&s, &threads, err) &&
           scan_merged(&s, threads, best, got, err);
}
