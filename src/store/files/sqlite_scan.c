/*
 * This file compares every vector in the file with the query, on all
 * processors.
 *
 * A million rows of 384 floats are 1.85 GB. One thread that steps a statement
 * over them takes 0.4 s of CPU: half is the kernel's copying of pages, a
 * quarter the statement. So threads walk the pages of the table by themselves
 * (sqlite_tree.c), each with a connection of its own. Where a file is not
 * plainly readable so, they step statements over slices of the rowids, which
 * also finds the words for what is wrong with it.
 *
 * The caller's thread and its helpers take one piece of work after the other;
 * each keeps its best rows, and in the end the caller merges them. Draws go to
 * the earlier row, so the answer is that of one thread.
 *
 * All connections see one state of the file: the caller is in a read
 * transaction, and in a rollback journal's file nobody commits while that
 * lasts. A file with a WAL has no such lock, so it gets no helpers and is asked
 * by SQL. A helper that cannot open the file, or finds another one in its
 * place, leaves its work to the others.
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

#include "store/files/sqlite_tree.h"
#include "sys/thread.h"
#include "util/floats.h"

enum {
    MAX_THREADS = 8,     /* each has a cache of CACHE_KIB */
    CACHE_KIB = 500,     /* pages come once: 3 MB are no faster */
    SLICES = 256,        /* many: deleted rows make them unequal */
    LEAST_ROWS = 16384   /* below, a thread costs more than it saves */
};

struct scan {
    struct sqlite_store *store;
    const float *query;
    double length; /* the query's; 0: beyond the range of squares */
    size_t dim, k;
    bool shuts_out;        /* nobody commits while we read */
    int64_t first, last;   /* rowids */
    uint64_t slice_rows;   /* rowids in a slice */
    struct tree_shape shape;
    uint32_t *nodes;       /* by pages: work for a thread each; else NULL */
    uint64_t pieces;       /* of work: nodes or slices */
    atomic_uint_fast64_t next; /* piece that nobody has taken */
};

struct scan_part {
    struct scan *scan;
    struct sqlite_store own; /* path, and a helper's own connection */
    struct sqlite_tree tree;
    pthread_t thread;
    bool started, failed;
    struct sqlite_near *best; /* room for k */
    float *turned; /* room for a vector, if FLOATS_TURNED */
    size_t got;
    struct error err;
};

static bool scan_nearer(const struct sqlite_near *a,
                        const struct sqlite_near *b)
{
    return a->score > b->score || (a->score == b->score && a->row < b->row);
}

/* Keep the k best of those that came, best first; the earlier row wins a
 * draw, whatever the order in which they come. */
static void scan_keep_best(struct sqlite_near *best, size_t *n, size_t k,
                           struct sqlite_near one)
{
    size_t at;

    if (*n == k && !scan_nearer(&one, &best[k - 1]))
        return;
    at = *n < k ? (*n)++ : k - 1;
    for (; at > 0 && scan_nearer(&one, &best[at - 1]); at--)
        best[at] = best[at - 1];
    best[at] = one;
}

/* ---- one row, one piece of work ---- */

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

static void scan_near(void *ctx, int64_t row, const void *vector)
{
    struct scan_part *p = ctx;
    struct sqlite_near one = { .row = row };

    if (FLOATS_TURNED) {
        float_turn(p->turned, vector, p->scan->dim);
        vector = p->turned;
    }
    one.score = scan_score(p->scan, vector);
    scan_keep_best(p->best, &p->got, p->scan->k, one);
}

static bool scan_row(struct scan_part *p, sqlite3_stmt *q, struct error *err)
{
    int64_t row = sqlite3_column_int64(q, 0);
    const void *vector = sqlite3_column_blob(q, 1);
    size_t dim = p->scan->dim;

    if ((size_t)sqlite3_column_bytes(q, 1) != dim * sizeof(float) || !vector)
        return error_set(err, ERROR_CONFIG, 0,
                         "%s: row %" PRId64 " holds no vector of %zu "
                         "dimensions",
                         p->own.path, row, dim);
    scan_near(p, row, vector);
    return true;
}

static bool scan_slice(struct scan_part *p, sqlite3_stmt *q, uint64_t slice,
                       struct error *err)
{
    const struct scan *s = p->scan;
    uint64_t from = (uint64_t)s->first + slice * s->slice_rows;
    uint64_t left = (uint64_t)s->last - from;
    uint64_t to = from + (left < s->slice_rows - 1 ? left : s->slice_rows - 1);
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

static bool scan_take(struct scan *s, uint64_t *piece)
{
    *piece = atomic_fetch_add(&s->next, 1);
    return *piece < s->pieces;
}

static bool scan_slices(struct scan_part *p, struct error *err)
{
    sqlite3_stmt *q = sqlite_prepare(
        &p->own,
        "SELECT rowid, embedding FROM documents WHERE rowid BETWEEN ? AND ?",
        err);
    bool fine = q != NULL;
    uint64_t slice;

    while (fine && scan_take(p->scan, &slice))
        fine = scan_slice(p, q, slice, err);
    sqlite3_finalize(q);
    return fine;
}

/* False without a reason: the file is to be asked by SQL. */
static bool scan_pages(struct scan_part *p)
{
    const struct scan *s = p->scan;
    bool fine = tree_open(&p->tree, &s->shape, p->own.db);
    uint64_t node;

    while (fine && scan_take(p->scan, &node))
        fine = tree_rows(&p->tree, s->nodes[node], scan_near, p);
    tree_close(&p->tree);
    return fine;
}

/* Take work until none is left. Who fails takes all that is left. */
static bool scan_work(struct scan_part *p, struct error *err)
{
    bool fine = p->scan->nodes ? scan_pages(p) : scan_slices(p, err);

    if (!fine)
        atomic_store(&p->scan->next, p->scan->pieces);
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
        p->failed = !scan_work(p, &p->err);
    sqlite3_close(p->own.db);
    return NULL;
}

/* ---- what there is to do ---- */

/* In a read transaction: the journal's kind is known when the file was read. */
static bool scan_ask_journal(struct scan *s, struct error *err)
{
    bool row;
    sqlite3_stmt *q =
        sqlite_first(s->store, "PRAGMA journal_mode", NULL, &row, err);
    const char *mode;

    if (!q)
        return false;
    mode = row ? (const char *)sqlite3_column_text(q, 0) : NULL;
    s->shuts_out = mode && strcmp(mode, "wal") != 0;
    sqlite3_finalize(q);
    return true;
}

/* Two subqueries: each looks at one row. */
static bool scan_ask_range(struct scan *s, bool *empty, struct error *err)
{
    bool row;
    sqlite3_stmt *q = sqlite_first(
        s->store,
        "SELECT (SELECT min(rowid) FROM documents), "
        "(SELECT max(rowid) FROM documents)",
        NULL, &row, err);

    if (!q)
        return false;
    *empty = !row || sqlite3_column_type(q, 0) == SQLITE_NULL;
    s->first = sqlite3_column_int64(q, 0);
    s->last = sqlite3_column_int64(q, 1);
    sqlite3_finalize(q);
    return true;
}

static bool scan_cut_pages(struct scan *s)
{
    struct sqlite_tree t = { .run = NULL };
    sqlite3 *db = s->store->db;
    uint32_t *nodes = NULL;
    size_t n = 0;
    bool fine =
        s->shuts_out &&
        tree_find(&s->shape, db, "documents", "embedding",
                  s->dim * sizeof(float)) &&
        tree_open(&t, &s->shape, db) && tree_nodes(&t, &nodes, &n);

    tree_close(&t);
    if (!fine) {
        free(nodes);
        return false;
    }
    s->nodes = nodes;
    s->pieces = n;
    return true;
}

static void scan_cut_rows(struct scan *s)
{
    uint64_t last = (uint64_t)s->last - (uint64_t)s->first;

    free(s->nodes);
    s->nodes = NULL;
    s->slice_rows = last / SLICES + 1;
    s->pieces = last / s->slice_rows + 1;
}

/* ---- the whole ---- */

static size_t scan_threads(const struct scan *s)
{
    size_t n = thread_processors();

    if (!s->shuts_out ||
        (uint64_t)s->last - (uint64_t)s->first < LEAST_ROWS)
        return 1;
    n = n < MAX_THREADS ? n : MAX_THREADS;
    return n < s->pieces ? n : (size_t)s->pieces;
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
    fine = scan_work(&parts[0], err);
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

/* Do all pieces of work and keep what is best. */
static bool scan_merged(struct scan *s, struct sqlite_near *best, size_t *got,
                        struct error *err)
{
    struct scan_part parts[MAX_THREADS] = { 0 };
    size_t n = scan_threads(s);
    struct sqlite_near *room = calloc(n * s->k, sizeof *room);
    float *turned = FLOATS_TURNED ? calloc(n * s->dim, sizeof *turned) : NULL;
    bool fine;

    if (!room || (FLOATS_TURNED && !turned)) {
        free(room);
        free(turned);
        return error_memory(err, "to search %s", s->store->path);
    }
    atomic_store(&s->next, 0);
    for (size_t i = 0; i < n; i++) {
        parts[i].scan = s;
        parts[i].best = room + i * s->k;
        parts[i].turned = turned ? turned + i * s->dim : NULL;
    }
    fine = scan_all(s, parts, n, err);
    for (size_t i = 0; fine && i < n; i++)
        for (size_t j = 0; j < parts[i].got; j++)
            scan_keep_best(best, got, s->k, parts[i].best[j]);
    free(turned);
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
    struct error ignored;
    bool empty, fine;

    *got = 0;
    if (scan_in_range(square))
        s.length = sqrt((double)square);
    if (!scan_ask_range(&s, &empty, err) || !scan_ask_journal(&s, err))
        return false;
    if (empty)
        return true;
    fine = scan_cut_pages(&s) && scan_merged(&s, best, got, &ignored);
    if (!fine) {
        scan_cut_rows(&s);
        fine = scan_merged(&s, best, got, err);
    }
    free(s.nodes);
    return fine;
}
