/* This file searches the SQLite store: it scans all vectors in one read
 * transaction, so that it fetches the rows that it found. */
#include "config.h"
#include "store/files/sqlite_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "util/floats.h"

struct candidate {
    int64_t rowid;
    double score;
};

/* Keep the k best, best first; the earlier row wins a draw. */
static void sqlite_keep_best(struct candidate *best, size_t *n, size_t k,
                             int64_t row, double score)
{
    size_t at;

    if (*n == k && score <= best[k - 1].score)
        return;
    at = *n < k ? (*n)++ : k - 1;
    for (; at > 0 && best[at - 1].score < score; at--)
        best[at] = best[at - 1];
    best[at] = (struct candidate){ row, score };
}

/* Compare every vector with the query. SQLite aligns no blob: `row` is a
 * copy. */
static bool sqlite_scan(struct sqlite_store *s, const float *query, float *row,
                        struct candidate *best, size_t k, size_t *got,
                        struct error *err)
{
    size_t dim = s->base.dim, bytes = dim * sizeof *row;
    double length = sqrt((double)float_dot(query, query, dim));
    sqlite3_stmt *q =
        sqlite_prepare(s, "SELECT rowid, embedding FROM documents", err);
    int code;

    if (!q)
        return false;
    while ((code = sqlite3_step(q)) == SQLITE_ROW) {
        const void *blob = sqlite3_column_blob(q, 1);
        double norm;

        if ((size_t)sqlite3_column_bytes(q, 1) != bytes || !blob) {
            error_set(err, ERROR_CONFIG, 0,
                      "%s: row %" PRId64 " holds no vector of %zu dimensions",
                      s->path, (int64_t)sqlite3_column_int64(q, 0), dim);
            break;
        }
        memcpy(row, blob, bytes);
        norm = sqrt((double)float_dot(row, row, dim)) * length;
        sqlite_keep_best(best, got, k, sqlite3_column_int64(q, 0),
                         norm > 0 ? (double)float_dot(query, row, dim) / norm
                                  : 0);
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        sqlite_failed(s, "reading", err);
    sqlite3_finalize(q);
    return code == SQLITE_DONE;
}

static bool sqlite_fetch_hits(struct sqlite_store *s,
                              const struct candidate *best, size_t n,
                              struct store_hit *hits, struct error *err)
{
    sqlite3_stmt *q = sqlite_prepare(
        s, "SELECT id, text FROM documents WHERE rowid = ?", err);
    bool done = q != NULL;

    for (size_t i = 0; done && i < n; i++) {
        sqlite3_bind_int64(q, 1, best[i].rowid);
        done = sqlite3_step(q) == SQLITE_ROW;
        if (!done) {
            sqlite_failed(s, "reading", err);
            break;
        }
        sqlite_copy_column(q, 0, &hits[i].id);
        sqlite_copy_column(q, 1, &hits[i].text);
        hits[i].score = best[i].score;
        sqlite3_reset(q);
    }
    sqlite3_finalize(q);
    return done;
}

bool sqlite_search(struct store *base, const float *query, size_t k,
                   struct store_hit *hits, size_t *got, struct error *err)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    struct candidate *best = calloc(k ? k : 1, sizeof *best);
    float *row = calloc(base->dim ? base->dim : 1, sizeof *row);
    bool done = false;

    *got = 0;
    if (!best || !row)
        error_memory(err, "to search %s", s->path);
    else if (k == 0 || base->dim == 0) /* an empty table has no dimension */
        done = true;
    else if (sqlite_run(s, "BEGIN", "reading", err)) {
        done = sqlite_scan(s, query, row, best, k, got, err) &&
               sqlite_fetch_hits(s, best, *got, hits, err);
        sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
    }
    free(row);
    free(best);
    return done;
}
