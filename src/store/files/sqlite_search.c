/* This file searches the SQLite store: it scans all vectors in one read
 * transaction, so that it fetches the rows that it found. */
#include "config.h"
#include "store/files/sqlite_parts.h"

#include <stdlib.h>

static bool sqlite_fetch_hits(struct sqlite_store *s,
                              const struct sqlite_near *best, size_t n,
                              struct store_hit *hits, struct error *err)
{
    sqlite3_stmt *q = sqlite_prepare(
        s, "SELECT id, text FROM documents WHERE rowid = ?", err);
    bool done = q != NULL;

    for (size_t i = 0; done && i < n; i++) {
        sqlite3_bind_int64(q, 1, best[i].row);
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
    struct sqlite_near *best = calloc(k ? k : 1, sizeof *best);
    bool done = false;

    *got = 0;
    if (!best)
        error_memory(err, "to search %s", s->path);
    else if (k == 0 || base->dim == 0) /* an empty table has no dimension */
        done = true;
    else if (sqlite_run(s, "BEGIN", "reading", err)) {
        done = sqlite_scan(s, query, best, k, got, err) &&
               sqlite_fetch_hits(s, best, *got, hits, err);
        sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
    }
    free(best);
    return done;
}
