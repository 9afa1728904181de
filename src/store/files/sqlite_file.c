/* This file runs the SQLite store's statements, gives each failure a message
 * with a remedy, and keeps the table "meta", which says what the file's vectors
 * are. */
#include "config.h"
#include "store/files/sqlite_parts.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "sys/file.h"
#include "util/json.h"

/* ---- errors ---- */

static enum error_kind sqlite_kind_of_code(int code)
{
    switch (code) {
    case SQLITE_NOMEM:
        return ERROR_MEMORY;
    case SQLITE_TOOBIG:
        return ERROR_REFUSED;
    case SQLITE_INTERRUPT:
        return ERROR_STOPPED;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_ERROR: /* a table of another shape */
    case SQLITE_CONSTRAINT:
        return ERROR_CONFIG;
    default: /* FULL, IOERR, BUSY, LOCKED */
        return ERROR_LOCAL;
    }
}

/* If SQLite cannot make or write a file, it opens again for reading alone and
 * reports how that failed. */
static bool sqlite_may_write(struct sqlite_store *s, struct error *err)
{
    struct stat st;

    if (s->ino && (stat(s->path, &st) != 0 || st.st_ino != s->ino))
        return error_set(err, ERROR_CONFIG, ENOENT,
                         "%s was moved, replaced or deleted while in use: "
                         "put it back",
                         s->path);
    return s->read_only || file_writable(s->path, err) ||
           error_set(err, err->code == ENOSPC ? ERROR_LOCAL : ERROR_CONFIG,
                     err->code, "%s (--store sqlite:FILE names another place)",
                     err->text);
}

bool sqlite_failed(struct sqlite_store *s, const char *what,
                   struct error *err)
{
    int code = sqlite3_errcode(s->db) & 0xff;
    int system = sqlite3_system_errno(s->db);
    const char *remedy = "";

    if ((code == SQLITE_CANTOPEN || code == SQLITE_READONLY) &&
        !sqlite_may_write(s, err))
        return false;
    if (code == SQLITE_CANTOPEN && system) {
        error_errno(err, system, "%s %s", what, s->path);
        err->kind = ERROR_CONFIG;
        return false;
    }
    if (code == SQLITE_BUSY)
        remedy = ": another program holds it; end that or wait";
    else if (code == SQLITE_NOTADB)
        remedy = ": name another file in --store sqlite:FILE";
    else if (code == SQLITE_FULL)
        remedy = ": make room on the disk";
    else if (code == SQLITE_CONSTRAINT)
        remedy = ": another program wrote an id twice; delete one of the rows";
    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
        system = EUCLEAN;
    return error_set(err, sqlite_kind_of_code(code), system, "%s %s: %s%s",
                     what, s->path, sqlite3_errmsg(s->db), remedy);
}

bool sqlite_run(struct sqlite_store *s, const char *sql, const char *what,
                struct error *err)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           sqlite_failed(s, what, err);
}

sqlite3_stmt *sqlite_prepare(struct sqlite_store *s, const char *sql,
                             struct error *err)
{
    sqlite3_stmt *q = NULL;

    if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) != SQLITE_OK)
        sqlite_failed(s, "the tables of", err);
    return q;
}

sqlite3_stmt *sqlite_first(struct sqlite_store *s, const char *sql,
                           const char *key, bool *row, struct error *err)
{
    sqlite3_stmt *q = sqlite_prepare(s, sql, err);
    int code;

    if (!q)
        return NULL;
    if (key)
        sqlite3_bind_text(q, 1, key, -1, SQLITE_STATIC);
    code = sqlite3_step(q);
    *row = code == SQLITE_ROW;
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return q;
    sqlite_failed(s, "reading", err);
    sqlite3_finalize(q);
    return NULL;
}

bool sqlite_number(struct sqlite_store *s, const char *sql, int64_t *to,
                   struct error *err)
{
    bool row;
    sqlite3_stmt *q = sqlite_first(s, sql, NULL, &row, err);

    if (!q)
        return false;
    *to = row ? sqlite3_column_int64(q, 0) : 0;
    sqlite3_finalize(q);
    return true;
}

void sqlite_copy_column(sqlite3_stmt *q, int column, struct buf *to)
{
    const void *text = sqlite3_column_text(q, column);

    buf_clear(to);
    buf_put(to, text, (size_t)sqlite3_column_bytes(q, column));
}

/* ---- transactions ---- */

static void sqlite_undo(struct sqlite_store *s)
{
    sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    s->ids.fresh = false;
}

bool sqlite_begin(struct sqlite_store *s, bool writing, struct error *err)
{
    if (!sqlite_run(s, writing ? "BEGIN IMMEDIATE" : "BEGIN",
                    writing ? "writing to" : "reading", err))
        return false;
    if (sqlite_ids_sync(s, writing, err))
        return true;
    sqlite_undo(s);
    return false;
}

bool sqlite_commit(struct sqlite_store *s, bool fine, struct error *err)
{
    if (fine && sqlite_run(s, "COMMIT", "writing to", err))
        return true;
    sqlite_undo(s);
    return false;
}

/* ---- what the file says about itself ---- */

/* The value under a key; *found false when there is none. */
static bool read_meta(struct sqlite_store *s, const char *key, char *to,
                      size_t size, bool *found, struct error *err)
{
    sqlite3_stmt *q = sqlite_first(s, "SELECT value FROM meta WHERE key = ?",
                                   key, found, err);

    if (!q)
        return false;
    *found = *found && sqlite3_column_text(q, 0);
    if (*found)
        snprintf(to, size, "%s", (const char *)sqlite3_column_text(q, 0));
    sqlite3_finalize(q);
    return true;
}

/* What is there already is not written: it would count as a transaction. */
static bool write_meta(struct sqlite_store *s, const char *key,
                       const char *value, struct error *err)
{
    sqlite3_stmt *q = sqlite_prepare(
        s, "INSERT INTO meta VALUES(?, ?) ON CONFLICT(key) DO UPDATE "
           "SET value = excluded.value WHERE value IS NOT excluded.value",
        err);
    int code;

    if (!q)
        return false;
    sqlite3_bind_text(q, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 2, value, -1, SQLITE_STATIC);
    code = sqlite3_step(q);
    if (code != SQLITE_DONE)
        sqlite_failed(s, "writing", err);
    sqlite3_finalize(q);
    return code == SQLITE_DONE;
}

/* A reader makes no tables: an empty file has none. */
static bool has_table(struct sqlite_store *s, struct error *err)
{
    bool row;
    sqlite3_stmt *q = sqlite_first(
        s, "SELECT 1 FROM sqlite_master WHERE name = 'documents'", NULL, &row,
        err);

    if (!q)
        return false;
    sqlite3_finalize(q);
    return row || error_set(err, ERROR_CONFIG, ENOENT,
                            "%s has no table \"documents\": it is empty, or "
                            "the file of another program", s->path);
}

/* The dimension of the stored vectors; 0: there are none. */
static bool stored_dim(struct sqlite_store *s, size_t *dim, struct error *err)
{
    int64_t floats;

    if (!sqlite_number(s, "SELECT length(embedding) / 4 FROM documents LIMIT 1",
                       &floats, err))
        return false;
    *dim = (size_t)floats;
    return true;
}

/* An empty table takes vectors of any length, another those of its own. What
 * made them is the engine's question: it reads sqlite_kept(). */
bool sqlite_check_facts(struct sqlite_store *s, struct error *err)
{
    size_t dim;

    if (!has_table(s, err) || !stored_dim(s, &dim, err))
        return false;
    if (dim == 0)
        return true;
    if (s->base.dim == 0)
        s->base.dim = dim;
    return s->base.dim == dim ||
           error_set(err, ERROR_CONFIG, 0,
                     "%s holds vectors of %zu dimensions, these have %zu: "
                     "name another file in --store sqlite:FILE",
                     s->path, dim, s->base.dim);
}

bool sqlite_record_facts(struct sqlite_store *s, struct error *err)
{
    char dim[24];

    snprintf(dim, sizeof dim, "%zu", s->base.dim);
    return write_meta(s, "dim", dim, err) &&
           write_meta(s, "metric", "cosine", err) &&
           (!s->model[0] || write_meta(s, "model", s->model, err)) &&
           write_meta(s, "writer", PACKAGE_NAME " " PACKAGE_VERSION, err);
}

/* ---- how its vectors were made ---- */

bool sqlite_keep(struct store *base, const char *json, struct error *err)
{
    return write_meta((struct sqlite_store *)base, "made_with", json, err);
}

/* Older files have a model and nothing else. */
static bool sqlite_read_old_kept(struct sqlite_store *s, struct buf *to,
                                 struct error *err)
{
    char model[sizeof s->model];
    bool known = false;
    size_t dim;

    if (!stored_dim(s, &dim, err) ||
        !read_meta(s, "model", model, sizeof model, &known, err))
        return false;
    if (dim > 0 && known) {
        buf_puts(to, "{\"embed\":");
        json_put_string(to, text_of(model));
        buf_putc(to, '}');
    }
    return true;
}

bool sqlite_kept(struct store *base, struct buf *to, struct error *err)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    bool row;
    sqlite3_stmt *q = sqlite_first(s, "SELECT value FROM meta WHERE key = ?",
                                   "made_with", &row, err);

    if (!q)
        return false;
    if (row)
        sqlite_copy_column(q, 0, to);
    sqlite3_finalize(q);
    return row || sqlite_read_old_kept(s, to, err);
}
