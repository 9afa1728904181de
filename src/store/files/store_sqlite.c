/*
 * The store that needs no server: one SQLite file.
 *
 *     documents  id TEXT PRIMARY KEY, text TEXT, metadata TEXT, embedding BLOB
 *     meta       key TEXT PRIMARY KEY, value: dim, metric, model, writer, and
 *                made_with: how the vectors were made, as JSON
 *
 * `embedding` is dim little-endian float32 without a header, which is what
 * the functions of sqlite-vec take; `text` is decoded, `metadata` the JSON
 * value as it was in the corpus, or NULL.
 *
 * An upsert call is one transaction, and what it confirms has reached the
 * disk: synchronous=EXTRA, since FULL does not make the unlinking of the
 * journal, which is the commit, durable.
 *
 * The rollback journal was faster than WAL here, 139,000 against 113,000
 * documents of 384 floats a second: appended pages need no journal, and WAL
 * writes everything twice. It also leaves one plain file that anyone can
 * read. Pages of 16 KiB hold eight such rows: 15 % faster and 11 % smaller
 * than pages of 8 KiB.
 *
 * Source: SQLite 3.40, https://www.sqlite.org/pragma.html, lang_upsert.html.
 */
#include "config.h"
#include "store/store.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "sys/file.h"
#include "util/floats.h"
#include "util/json.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the embedding column is little-endian: swap bytes here"
#endif

enum {
    LIMIT_COUNT = 10000,
    GOOD_COUNT = 2000, /* 20 % faster with random ids than 1,000 */
    BUSY_MS = 10000,   /* a search may hold the file for a moment */
    KEEP_BYTES = 1 << 20
};

struct sqlite_store {
    struct store base;
    char *path;
    sqlite3 *db;
    sqlite3_stmt *insert;
    struct buf decoded;
    ino_t ino; /* of the file that was opened; 0 before */
    bool read_only;
    char model[128]; /* to be recorded; "" when nobody said */
};

/* ---- errors ---- */

static enum error_kind sqlite_kind_of_code(int code)
{
    switch (code) {
    case SQLITE_NOMEM:
        return ERROR_MEMORY;
    case SQLITE_TOOBIG:
        return ERROR_REFUSED;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_ERROR: /* a table of another shape */
        return ERROR_CONFIG;
    default: /* FULL, IOERR, BUSY, LOCKED */
        return ERROR_LOCAL;
    }
}

/* Where no file can be made or written SQLite tries again for reading alone,
 * and tells how that failed. */
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

static bool sqlite_failed(struct sqlite_store *s, const char *what,
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
    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
        system = EUCLEAN;
    return error_set(err, sqlite_kind_of_code(code), system, "%s %s: %s%s",
                     what, s->path, sqlite3_errmsg(s->db), remedy);
}

static bool run_sql(struct sqlite_store *s, const char *sql, const char *what,
                    struct error *err)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           sqlite_failed(s, what, err);
}

static sqlite3_stmt *sqlite_prepare(struct sqlite_store *s, const char *sql,
                                    struct error *err)
{
    sqlite3_stmt *q = NULL;

    if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) != SQLITE_OK)
        sqlite_failed(s, "the tables of", err);
    return q;
}

/* ---- what the file says about itself ---- */

/* A row's value as text; false (and *found false) when there is none. */
static bool read_meta(struct sqlite_store *s, const char *key, char *to,
                      size_t size, bool *found, struct error *err)
{
    sqlite3_stmt *q =
        sqlite_prepare(s, "SELECT value FROM meta WHERE key = ?", err);
    int code;

    if (!q)
        return false;
    sqlite3_bind_text(q, 1, key, -1, SQLITE_STATIC);
    code = sqlite3_step(q);
    *found = code == SQLITE_ROW && sqlite3_column_text(q, 0);
    if (*found)
        snprintf(to, size, "%s", (const char *)sqlite3_column_text(q, 0));
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        sqlite_failed(s, "reading", err);
    sqlite3_finalize(q);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

static bool write_meta(struct sqlite_store *s, const char *key,
                       const char *value, struct error *err)
{
    sqlite3_stmt *q =
        sqlite_prepare(s, "INSERT OR REPLACE INTO meta VALUES(?, ?)", err);
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

/* Whoever only reads makes no tables: an empty file has none. */
static bool has_table(struct sqlite_store *s, struct error *err)
{
    sqlite3_stmt *q = sqlite_prepare(
        s, "SELECT 1 FROM sqlite_master WHERE name = 'documents'", err);
    int code;

    if (!q)
        return false;
    code = sqlite3_step(q);
    if (code == SQLITE_DONE)
        error_set(err, ERROR_CONFIG, ENOENT,
                  "%s has no table \"documents\": it is empty, or the file "
                  "of another program", s->path);
    else if (code != SQLITE_ROW)
        sqlite_failed(s, "reading", err);
    sqlite3_finalize(q);
    return code == SQLITE_ROW;
}

/* The dimension of the vectors that are there; 0: there are none. */
static bool stored_dim(struct sqlite_store *s, size_t *dim, struct error *err)
{
    sqlite3_stmt *q = sqlite_prepare(
        s, "SELECT length(embedding) / 4 FROM documents LIMIT 1", err);
    int code;

    if (!q)
        return false;
    code = sqlite3_step(q);
    *dim = code == SQLITE_ROW ? (size_t)sqlite3_column_int64(q, 0) : 0;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        sqlite_failed(s, "reading", err);
    sqlite3_finalize(q);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

/* An empty table takes any vectors; others must be like those it has. */
static bool check_facts(struct sqlite_store *s, struct error *err)
{
    char model[sizeof s->model];
    bool known = false;
    size_t dim;

    if (!has_table(s, err) || !stored_dim(s, &dim, err) ||
        !read_meta(s, "model", model, sizeof model, &known, err))
        return false;
    if (dim == 0)
        return true;
    if (s->base.dim == 0)
        s->base.dim = dim;
    if (s->base.dim != dim)
        return error_set(err, ERROR_CONFIG, 0,
                         "%s holds vectors of %zu dimensions, these have %zu: "
                         "name another file in --store sqlite:FILE",
                         s->path, dim, s->base.dim);
    if (known && s->model[0] && strcmp(model, s->model) != 0)
        return error_set(err, ERROR_CONFIG, 0,
                         "%s holds vectors of %s, these are of %s: name "
                         "another file in --store sqlite:FILE",
                         s->path, model, s->model);
    return true;
}

static bool record_facts(struct sqlite_store *s, struct error *err)
{
    char dim[24];

    snprintf(dim, sizeof dim, "%zu", s->base.dim);
    if (!run_sql(s, "BEGIN IMMEDIATE", "writing to", err))
        return false;
    if (write_meta(s, "dim", dim, err) &&
        write_meta(s, "metric", "cosine", err) &&
        (!s->model[0] || write_meta(s, "model", s->model, err)) &&
        write_meta(s, "writer", PACKAGE_NAME " " PACKAGE_VERSION, err) &&
        run_sql(s, "COMMIT", "writing to", err))
        return true;
    sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

/* ---- open and close ---- */

static void sqlite_close(struct store *base)
{
    struct sqlite_store *s = (struct sqlite_store *)base;

    if (!s)
        return;
    sqlite3_finalize(s->insert);
    sqlite3_close(s->db);
    buf_release(&s->decoded);
    free(s->path);
    free(s);
}

/* "sqlite:FILE"; a leading ':' would mean a database in memory. */
static char *sqlite_path_of_url(const char *url)
{
    const char *file = strchr(url, ':') + 1;
    size_t size = strlen(file) + 3;
    char *path = malloc(size);

    if (path)
        snprintf(path, size, "%s%s", file[0] == ':' ? "./" : "", file);
    return path;
}

static bool make_tables(struct sqlite_store *s, struct error *err)
{
    return run_sql(s,
                   "PRAGMA page_size = 16384;"
                   "PRAGMA journal_mode = DELETE;"
                   "PRAGMA synchronous = EXTRA;"
                   "PRAGMA temp_store = MEMORY;"
                   "CREATE TABLE IF NOT EXISTS documents("
                   "id TEXT PRIMARY KEY, text TEXT, metadata TEXT, "
                   "embedding BLOB);"
                   "CREATE TABLE IF NOT EXISTS meta("
                   "key TEXT PRIMARY KEY, value)",
                   "opening", err);
}

static bool sqlite_open_file(struct sqlite_store *s, struct error *err)
{
    /* A reader, too, must be able to roll back what a killed writer left;
     * SQLite falls back to reading where the file cannot be written. */
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE |
                (s->read_only ? 0 : SQLITE_OPEN_CREATE);
    struct stat st;

    if (sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK)
        return sqlite_failed(s, "opening", err);
    sqlite3_busy_timeout(s->db, BUSY_MS);
    if (stat(s->path, &st) == 0)
        s->ino = st.st_ino;
    if (!run_sql(s, "PRAGMA cache_size = -3000", "opening", err))
        return false;
    return s->read_only ? run_sql(s, "PRAGMA query_only = 1", "opening", err)
                        : make_tables(s, err);
}

static struct store *sqlite_open(const struct store_config *cfg,
                                 struct error *err)
{
    struct sqlite_store *s;

    if (strncmp(cfg->url, "sqlite:", 7) != 0 || !cfg->url[7]) {
        error_set(err, ERROR_CONFIG, 0,
                  "--store sqlite lacks a file: write sqlite:FILE");
        return NULL;
    }
    s = calloc(1, sizeof *s);
    if (!s || !(s->path = sqlite_path_of_url(cfg->url))) {
        error_memory(err, "for the store");
        sqlite_close(s ? &s->base : NULL);
        return NULL;
    }
    s->base.ops = &store_sqlite;
    s->base.dim = cfg->dim;
    s->base.limit_count = LIMIT_COUNT;
    s->base.good_count = GOOD_COUNT;
    s->read_only = cfg->read_only;
    snprintf(s->model, sizeof s->model, "%s", cfg->model ? cfg->model : "");
    if (!sqlite_open_file(s, err) || !check_facts(s, err)) {
        sqlite_close(&s->base);
        return NULL;
    }
    return &s->base;
}

/* ---- upsert ---- */

static const char upsert_sql[] =
    "INSERT INTO documents(id, text, metadata, embedding) VALUES(?, ?, ?, ?) "
    "ON CONFLICT(id) DO UPDATE SET text = excluded.text, "
    "metadata = excluded.metadata, embedding = excluded.embedding";

static bool prepare_insert(struct sqlite_store *s, struct error *err)
{
    if (!s->insert)
        s->insert = sqlite_prepare(s, upsert_sql, err);
    return s->insert != NULL;
}

static bool sqlite_preflight(struct store *base, struct error *err)
{
    struct sqlite_store *s = (struct sqlite_store *)base;

    if (!check_facts(s, err))
        return false;
    return s->read_only || (prepare_insert(s, err) && record_facts(s, err));
}

static bool bind_text(sqlite3_stmt *q, int at, struct text t)
{
    return sqlite3_bind_text64(q, at, t.len ? t.ptr : "", t.len, SQLITE_STATIC,
                               SQLITE_UTF8) == SQLITE_OK;
}

static bool sqlite_put_item(struct sqlite_store *s,
                            const struct upsert_item *item, struct error *err)
{
    size_t vector_bytes = s->base.dim * sizeof *item->vector;
    struct text text = item->text;
    bool done;

    if (item->text_escaped) {
        buf_clear(&s->decoded);
        json_decode_raw(item->text, &s->decoded);
        if (s->decoded.failed)
            return error_memory(err, "for a text");
        text = (struct text){ s->decoded.data, s->decoded.len };
    }
    done = bind_text(s->insert, 1, item->id) &&
           bind_text(s->insert, 2, text) &&
           (item->metadata.len > 0
                ? bind_text(s->insert, 3, item->metadata)
                : sqlite3_bind_null(s->insert, 3) == SQLITE_OK) &&
           sqlite3_bind_blob64(s->insert, 4, item->vector, vector_bytes,
                               SQLITE_STATIC) == SQLITE_OK &&
           sqlite3_step(s->insert) == SQLITE_DONE;
    if (!done)
        sqlite_failed(s, "writing to", err);
    sqlite3_reset(s->insert);
    s->base.sent_bytes +=
        item->id.len + text.len + item->metadata.len + vector_bytes;
    return done;
}

static bool sqlite_put_items(struct sqlite_store *s,
                             const struct upsert_item *items, size_t n,
                             struct error *err)
{
    bool done = run_sql(s, "BEGIN IMMEDIATE", "writing to", err);

    if (!done)
        return false;
    for (size_t i = 0; done && i < n; i++)
        done = sqlite_put_item(s, &items[i], err);
    done = done && run_sql(s, "COMMIT", "writing to", err);
    if (!done)
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    buf_clear(&s->decoded);
    buf_trim(&s->decoded, KEEP_BYTES);
    return done;
}

static bool sqlite_upsert(struct store *base, struct upsert_item *items,
                          size_t n, size_t *taken, struct error *err)
{
    struct sqlite_store *s = (struct sqlite_store *)base;

    *taken = base->limit_count && n > base->limit_count ? base->limit_count
                                                        : n;
    base->sent_count = *taken;
    base->sent_bytes = 0;
    if (!prepare_insert(s, err) || !sqlite_put_items(s, items, *taken, err))
        return false;
    base->wire_sent += base->sent_bytes;
    for (size_t i = 0; i < *taken; i++)
        items[i].stored = true;
    return true;
}

/* ---- search, lookup, count ---- */

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

/* Every vector against the query. SQLite aligns no blob: `row` is a copy. */
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

static void sqlite_copy_column(sqlite3_stmt *q, int column, struct buf *to)
{
    const void *text = sqlite3_column_text(q, column);

    buf_clear(to);
    buf_put(to, text, (size_t)sqlite3_column_bytes(q, column));
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

/* One read transaction, so that the rows found are the rows fetched. */
static bool sqlite_search(struct store *base, const float *query, size_t k,
                          struct store_hit *hits, size_t *got,
                          struct error *err)
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
    else if (run_sql(s, "BEGIN", "reading", err)) {
        done = sqlite_scan(s, query, row, best, k, got, err) &&
               sqlite_fetch_hits(s, best, *got, hits, err);
        sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
    }
    free(row);
    free(best);
    return done;
}

static bool sqlite_lookup(struct store *base, const struct text *ids, size_t n,
                          bool *present, struct error *err)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    /* The length is in the row, not in the index over ids: what was
     * overwritten shows. */
    sqlite3_stmt *q = sqlite_prepare(
        s, "SELECT length(embedding) FROM documents WHERE id = ?", err);
    int code = SQLITE_DONE;

    if (!q)
        return false;
    for (size_t i = 0; i < n; i++) {
        bind_text(q, 1, ids[i]);
        code = sqlite3_step(q);
        if (code != SQLITE_ROW && code != SQLITE_DONE) {
            sqlite_failed(s, "reading", err);
            break;
        }
        present[i] = code == SQLITE_ROW;
        sqlite3_reset(q);
    }
    sqlite3_finalize(q);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

static bool sqlite_count(struct store *base, uint64_t *n, struct error *err)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    sqlite3_stmt *q = sqlite_prepare(s, "SELECT count(*) FROM documents", err);
    bool done;

    if (!q)
        return false;
    done = sqlite3_step(q) == SQLITE_ROW;
    if (done)
        *n = (uint64_t)sqlite3_column_int64(q, 0);
    else
        sqlite_failed(s, "reading", err);
    sqlite3_finalize(q);
    return done;
}

static bool sqlite_keep(struct store *base, const char *json,
                        struct error *err)
{
    return write_meta((struct sqlite_store *)base, "made_with", json, err);
}

/* Files of before have a model and say nothing else. */
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

static bool sqlite_kept(struct store *base, struct buf *to, struct error *err)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    sqlite3_stmt *q = sqlite_prepare(
        s, "SELECT value FROM meta WHERE key = 'made_with'", err);
    int code;

    if (!q)
        return false;
    code = sqlite3_step(q);
    if (code == SQLITE_ROW)
        sqlite_copy_column(q, 0, to);
    else if (code != SQLITE_DONE)
        sqlite_failed(s, "reading", err);
    sqlite3_finalize(q);
    return code == SQLITE_ROW ||
           (code == SQLITE_DONE && sqlite_read_old_kept(s, to, err));
}

const struct store_ops store_sqlite = {
    .name = "sqlite",
    .summary = "sqlite:FILE, a table that sqlite-vec reads; needs no server",
    .max_workers = 1,
    .open = sqlite_open,
    .preflight = sqlite_preflight,
    .upsert = sqlite_upsert,
    .search = sqlite_search,
    .lookup = sqlite_lookup,
    .count = sqlite_count,
    .keep = sqlite_keep,
    .kept = sqlite_kept,
    .close = sqlite_close,
};
