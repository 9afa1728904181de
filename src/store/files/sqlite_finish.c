/* This file ends the loading of random ids: it makes the index over ids,
 * sorted, and drops the runs. */
#include "config.h"
#include "store/files/sqlite_parts.h"

#include <poll.h>
#include <stdio.h>

enum { STOP_OPS = 10000 }; /* steps of SQLite's machine: some 0.1 ms */

static int finish_is_stopped(void *store)
{
    struct pollfd stop = { .fd = ((struct sqlite_store *)store)->stop_fd,
                           .events = POLLIN };

    return stop.fd >= 0 && poll(&stop, 1, 0) > 0;
}

/* First, so that the index takes their pages. */
static bool finish_drop_runs(struct sqlite_store *s, struct error *err)
{
    char sql[64];

    for (unsigned level = 1; level <= IDS_LEVELS; level++) {
        snprintf(sql, sizeof sql, "DROP TABLE IF EXISTS id_level_%u", level);
        if (!sqlite_run(s, sql, "writing to", err))
            return false;
    }
    return sqlite_run(s, "DROP TABLE id_runs; DROP TABLE id_rows", "writing to",
                      err);
}

static bool finish_make_index(struct sqlite_store *s, struct error *err)
{
    bool loading = false, done;

    /* SQLite sorts all ids: in files, or it would have them in memory. A thread
     * sorts while this one reads the table: 0.7 s for a million rows, without
     * it 0.9; a second one saves 0.1 s more and wants 4 MB more, too. */
    if (!sqlite_run(s,
                    "PRAGMA query_only = 0;"
                    "PRAGMA synchronous = EXTRA;"
                    "PRAGMA secure_delete = FAST;"
                    "PRAGMA temp_store = FILE;"
                    "PRAGMA threads = 1;"
                    "PRAGMA cache_size = -500;"
                    "BEGIN IMMEDIATE",
                    "writing to", err))
        return false;
    sqlite3_progress_handler(s->db, STOP_OPS, finish_is_stopped, s);
    done = sqlite_ids_loading(s, &loading, err) &&
           (!loading ||
            (finish_drop_runs(s, err) &&
             sqlite_run(s, "CREATE UNIQUE INDEX documents_id ON documents(id)",
                        "making the index of", err)));
    sqlite3_progress_handler(s->db, 0, NULL, NULL);
    return sqlite_commit(s, done, err);
}

bool sqlite_finish(struct store *base, struct error *err)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    bool loading = false;

    if (!sqlite_ids_loading(s, &loading, err))
        return false;
    if (!loading)
        return true;
    if (s->say)
        s->say(s->say_ctx, "it makes its index over ids");
    return finish_make_index(s, err);
}
