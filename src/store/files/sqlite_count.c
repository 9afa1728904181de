/*
 * This file counts the rows of the SQLite store.
 *
 * SQLite counts them in the index over ids. Without one it would read the whole
 * table, so each transaction of a loading writes their number into a table:
 *
 *     id_rows    rows, and the transaction (`change`) after which they were
 *                so many
 *
 * A file with a rollback journal has the number of its last transaction in its
 * header. If it is another one than in the table, another program has written
 * since: then the rows are counted.
 */
#include "config.h"
#include "store/files/sqlite_parts.h"

#include "store/files/sqlite_tree.h"

enum { HEAD = 28, JOURNAL_AT = 18, CHANGE_AT = 24 };

/* The number of the last transaction, in one of ours. False: it is unknown, or
 * the file has a WAL, which leaves the number as it is. */
static bool count_last_change(struct sqlite_store *s, uint32_t *change)
{
    sqlite3_file *file = tree_file(s->db);
    unsigned char head[HEAD];

    if (!file || file->pMethods->xRead(file, head, HEAD, 0) != SQLITE_OK)
        return false;
    *change = tree_four(head + CHANGE_AT);
    return head[JOURNAL_AT] == 1 && head[JOURNAL_AT + 1] == 1;
}

bool sqlite_rows_read(struct sqlite_store *s, int64_t *rows, struct error *err)
{
    bool row;
    uint32_t change;
    sqlite3_stmt *q = sqlite_first(s, "SELECT rows, change FROM id_rows", NULL,
                                   &row, err);

    if (!q)
        return false;
    *rows = row && count_last_change(s, &change) &&
                    sqlite3_column_int64(q, 1) == (int64_t)change
                ? sqlite3_column_int64(q, 0)
                : -1;
    sqlite3_finalize(q);
    return true;
}

bool sqlite_rows_write(struct sqlite_store *s, struct error *err)
{
    struct sqlite_ids *ids = &s->ids;
    uint32_t change;
    bool done;

    if (ids->rows < 0 || !count_last_change(s, &change))
        return true;
    if (!ids->rows_to)
        ids->rows_to = sqlite_prepare(
            s, "UPDATE id_rows SET rows = ?, change = ?", err);
    if (!ids->rows_to)
        return false;
    sqlite3_bind_int64(ids->rows_to, 1, ids->rows);
    sqlite3_bind_int64(ids->rows_to, 2, change + 1);
    done = sqlite3_step(ids->rows_to) == SQLITE_DONE ||
           sqlite_failed(s, "writing to", err);
    sqlite3_reset(ids->rows_to);
    return done;
}

bool sqlite_count(struct store *base, uint64_t *n, struct error *err)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    int64_t rows = -1;
    bool loading = false, fine;

    if (!sqlite_run(s, "BEGIN", "reading", err))
        return false;
    fine = sqlite_ids_loading(s, &loading, err) &&
           (!loading || sqlite_rows_read(s, &rows, err)) &&
           (rows >= 0 ||
            sqlite_number(s, "SELECT count(*) FROM documents", &rows, err));
    sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
    *n = (uint64_t)rows;
    return fine;
}
