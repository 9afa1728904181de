/* This file knows which row has an id while the table has no index over its
 * ids: it keeps the recent rows in memory, asks the runs for the others, and
 * changes between an index and runs. */
#include "config.h"
#include "store/files/sqlite_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "util/str.h"

enum {
    RECENT_MAX = 1 << 14,
    /* A table of a few thousand rows has an index of a few pages. */
    SCATTERED_LEAST = 4096,
    /* Making the index of a table costs about as much as adding a 32nd of its
     * rows to the index, of which every other is out of order. */
    SCATTERED_PART = 64
};

void sqlite_ids_init(struct sqlite_ids *ids)
{
    *ids = (struct sqlite_ids){ .recent_max = RECENT_MAX,
                                .scattered_least = SCATTERED_LEAST,
                                .scattered_max = UINT64_MAX };
}

void sqlite_ids_release(struct sqlite_ids *ids)
{
    hash_map_release(&ids->recent);
    free(ids->filter);
}

/* ---- find ---- */

/* Does this row have the id? A row that is gone has none. */
static bool ids_row_has(struct sqlite_store *s, int64_t row, struct text id,
                        bool *has, struct error *err)
{
    sqlite3_stmt *q = s->ids.id_of;
    struct text there;
    int code;

    if (!q)
        q = s->ids.id_of = sqlite_prepare(
                s, "SELECT id, length(embedding) FROM documents "
                   "WHERE rowid = ?",
                err);
    if (!q)
        return false;
    sqlite3_bind_int64(q, 1, row);
    code = sqlite3_step(q);
    *has = false;
    if (code == SQLITE_ROW) {
        there.ptr = (const char *)sqlite3_column_text(q, 0);
        there.len = (size_t)sqlite3_column_bytes(q, 0);
        *has = there.ptr && text_equal(there, id);
    } else if (code != SQLITE_DONE) {
        sqlite_failed(s, "reading", err);
    }
    sqlite3_reset(q);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

/* 0: no row has this key. */
static bool ids_row_of_key(struct sqlite_store *s, uint64_t key, int64_t *row,
                           struct error *err)
{
    const struct hash_slot *slot = hash_map_find(&s->ids.recent, key);

    if (slot && !hash_slot_is_free(slot)) {
        *row = (int64_t)slot->value;
        return true;
    }
    return sqlite_runs_find(s, key, row, err);
}

bool sqlite_ids_find(struct sqlite_store *s, struct text id, bool *found,
                     int64_t *row, uint64_t *key, struct error *err)
{
    *found = false;
    for (*key = str_hash64(id.ptr, id.len);; ++*key) {
        if (!ids_row_of_key(s, *key, row, err))
            return false;
        if (*row == 0)
            return true;
        if (!ids_row_has(s, *row, id, found, err))
            return false;
        if (*found)
            return true;
    }
}

static bool ids_enter(struct sqlite_store *s, uint64_t key, int64_t row,
                      struct error *err)
{
    struct sqlite_ids *ids = &s->ids;

    if (!hash_map_reserve(&ids->recent))
        return error_memory(err, "for the ids of %s", s->path);
    *hash_map_find(&ids->recent, key) =
        (struct hash_slot){ key, (uint64_t)row };
    ids->recent.count++;
    ids->last = row > ids->last ? row : ids->last;
    return true;
}

bool sqlite_ids_add(struct sqlite_store *s, uint64_t key, int64_t row,
                    struct error *err)
{
    return ids_enter(s, key, row, err) &&
           (s->ids.recent.count < s->ids.recent_max ||
            sqlite_runs_add(s, s->ids.last, err));
}

/* ---- learn what is in the file ---- */

/* Enter the rows of a query: rowid, id. The rows of a table come in their
 * order; of those from an index, any may be the greatest: `covered`. */
static bool ids_enter_rows(struct sqlite_store *s, sqlite3_stmt *q,
                           const int64_t *covered, bool writing,
                           struct error *err)
{
    struct sqlite_ids *ids = &s->ids;
    int code;

    while ((code = sqlite3_step(q)) == SQLITE_ROW) {
        int64_t row = sqlite3_column_int64(q, 0), other;
        struct text id = { (const char *)sqlite3_column_text(q, 1),
                           (size_t)sqlite3_column_bytes(q, 1) };
        uint64_t key;
        bool found;

        if (!id.ptr)
            continue; /* a row of another program */
        if (!sqlite_ids_find(s, id, &found, &other, &key, err))
            return false;
        if (!found && !ids_enter(s, key, row, err))
            return false;
        if (writing && ids->recent.count >= ids->recent_max &&
            !sqlite_runs_add(s, covered ? *covered : row, err))
            return false;
    }
    return code == SQLITE_DONE || sqlite_failed(s, "reading", err);
}

/* The rows that are in no run. */
static bool ids_catch_up(struct sqlite_store *s, bool writing,
                         struct error *err)
{
    sqlite3_stmt *q = sqlite_prepare(
        s, "SELECT rowid, id FROM documents WHERE rowid > ? ORDER BY rowid",
        err);
    bool done;

    if (!q)
        return false;
    sqlite3_bind_int64(q, 1, s->ids.covered);
    done = ids_enter_rows(s, q, NULL, writing, err);
    sqlite3_finalize(q);
    return done;
}

/* Only an index that can be made again may go: ours, or one that becomes so. */
static bool ids_judge_index(struct sqlite_store *s, struct error *err)
{
    struct sqlite_ids *ids = &s->ids;
    uint64_t part = (uint64_t)(ids->last > 0 ? ids->last : 0) /
                    SCATTERED_PART;
    int64_t ours;
    bool older;

    if (!sqlite_number(s, "SELECT 1 FROM sqlite_master WHERE type = 'index' "
                          "AND name = 'documents_id'", &ours, err) ||
        !sqlite_older(s, &older, err))
        return false;
    ids->scattered_max = part > ids->scattered_least ? part
                                                     : ids->scattered_least;
    if (!ours && !older)
        ids->scattered_max = UINT64_MAX;
    return true;
}

bool sqlite_ids_loading(struct sqlite_store *s, bool *loading,
                        struct error *err)
{
    int64_t there;

    if (!sqlite_number(s, "SELECT 1 FROM sqlite_master WHERE name = 'id_runs'",
                       &there, err))
        return false;
    *loading = there;
    return true;
}

static bool ids_read(struct sqlite_store *s, bool writing, struct error *err)
{
    struct sqlite_ids *ids = &s->ids;
    bool loading;

    hash_map_release(&ids->recent);
    if (!sqlite_ids_loading(s, &loading, err) ||
        !sqlite_number(s, "SELECT max(rowid) FROM documents", &ids->last, err))
        return false;
    ids->loading = loading;
    if (!loading) {
        free(ids->filter);
        ids->filter = NULL;
        return ids_judge_index(s, err);
    }
    if (!sqlite_runs_read(s, err) || !sqlite_rows_read(s, &ids->rows, err) ||
        (!s->read_only && !sqlite_runs_filter(s, err)))
        return false;
    if (ids->last < ids->covered)
        ids->last = ids->covered;
    return ids_catch_up(s, writing, err);
}

/* SQLite's number of what others have committed; it changes with that. */
static bool ids_version(struct sqlite_store *s, int64_t *version,
                        struct error *err)
{
    sqlite3_stmt *q = s->ids.version_of;

    if (!q)
        q = s->ids.version_of =
            sqlite_prepare(s, "PRAGMA data_version", err);
    if (!q)
        return false;
    if (sqlite3_step(q) != SQLITE_ROW) {
        sqlite_failed(s, "reading", err);
        sqlite3_reset(q);
        return false;
    }
    *version = sqlite3_column_int64(q, 0);
    sqlite3_reset(q);
    return true;
}

bool sqlite_ids_sync(struct sqlite_store *s, bool writing, struct error *err)
{
    struct sqlite_ids *ids = &s->ids;
    int64_t version;

    if (!ids_version(s, &version, err))
        return false;
    if (ids->fresh && version == ids->version)
        return true;
    ids->fresh = ids_read(s, writing, err);
    ids->version = version;
    return ids->fresh;
}

/* ---- between index and runs ---- */

/* In the form of today, with the tables of a loading. */
static bool ids_make_tables(struct sqlite_store *s, struct error *err)
{
    bool older;

    return sqlite_older(s, &older, err) && (!older || sqlite_renew(s, err)) &&
           sqlite_run(s, "CREATE TABLE id_runs(run INTEGER PRIMARY KEY, level, "
                         "entries, chunks, covered);"
                         "CREATE TABLE id_rows(rows, change);"
                         "INSERT INTO id_rows SELECT count(*), NULL "
                         "FROM documents", "writing to", err) &&
           sqlite_number(s, "SELECT rows FROM id_rows", &s->ids.rows, err);
}

bool sqlite_ids_begin(struct sqlite_store *s, struct error *err)
{
    struct sqlite_ids *ids = &s->ids;
    int64_t last = ids->last;
    sqlite3_stmt *q;
    bool done;

    if (!ids_make_tables(s, err))
        return false;
    ids->loading = true;
    ids->scattered = 0;
    ids->runs = 0;
    ids->covered = 0;
    if (!sqlite_runs_filter(s, err))
        return false;
    /* In the order of the index, which is much smaller than the table. */
    q = sqlite_prepare(s, "SELECT rowid, id FROM documents "
                          "INDEXED BY documents_id ORDER BY id", err);
    if (!q)
        return false;
    done = ids_enter_rows(s, q, &last, true, err);
    sqlite3_finalize(q);
    return done && (ids->recent.count == 0 || sqlite_runs_add(s, last, err)) &&
           sqlite_run(s, "DROP INDEX documents_id", "writing to", err);
}
