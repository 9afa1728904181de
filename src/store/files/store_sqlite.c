/*
 * This file stores records without a server, in one SQLite file.
 *
 *     documents  id TEXT, text TEXT, metadata TEXT, embedding BLOB,
 *                seq INTEGER PRIMARY KEY; the unique index documents_id
 *     meta       key TEXT PRIMARY KEY, value: dim, metric, model, writer, and
 *                made_with: how the vectors were made, as JSON
 *
 * `embedding` is dim little-endian float32 without a header, as the functions
 * of sqlite-vec take it; `text` is decoded, `metadata` the JSON value as it was
 * in the corpus, or NULL. `seq` is the rowid, in the order of arrival; it has a
 * name so that VACUUM keeps it. In files of older versions there is none, and
 * `id` is the primary key, until many random ids come (sqlite_older.c).
 *
 * While many random ids arrive there is no index: sqlite_ids.h.
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
#include "store/files/sqlite_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/floats.h"
#include "util/json.h"

enum {
    LIMIT_COUNT = 10000,
    GOOD_COUNT = 2000, /* five syncs each: 1,000 are a third slower */
    BUSY_MS = 10000,   /* a search may lock the file for a moment */
    KEEP_BYTES = 1 << 20
};

/* ---- open and close ---- */

static void sqlite_close(struct store *base)
{
    struct sqlite_store *s = (struct sqlite_store *)base;

    if (!s)
        return;
    for (sqlite3_stmt *q; s->db && (q = sqlite3_next_stmt(s->db, NULL));)
        sqlite3_finalize(q);
    sqlite3_close(s->db);
    sqlite_ids_release(&s->ids);
    buf_release(&s->decoded);
    buf_release(&s->turned);
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

/* In one transaction: a table without its index would be slow for ever. An
 * older table has one that belongs to its column. */
static bool make_tables(struct sqlite_store *s, struct error *err)
{
    bool row;
    sqlite3_stmt *q =
        sqlite_run(s,
                   "PRAGMA page_size = 16384;"
                   "PRAGMA journal_mode = DELETE;"
                   "PRAGMA synchronous = EXTRA;"
                   "PRAGMA temp_store = MEMORY;"
                   "PRAGMA secure_delete = FAST;",
                   "opening", err)
            ? sqlite_first(s, "SELECT 1 FROM sqlite_master WHERE name = "
                              "'documents'", NULL, &row, err)
            : NULL;

    if (!q)
        return false;
    sqlite3_finalize(q);
    if (row || sqlite_run(s,
                          "BEGIN IMMEDIATE;"
                          "CREATE TABLE IF NOT EXISTS documents("
                          "id TEXT NOT NULL, text TEXT, metadata TEXT, "
                          "embedding BLOB, seq INTEGER PRIMARY KEY);"
                          "CREATE UNIQUE INDEX IF NOT EXISTS documents_id "
                          "ON documents(id);"
                          "COMMIT",
                          "opening", err))
        return sqlite_run(s, "CREATE TABLE IF NOT EXISTS meta("
                             "key TEXT PRIMARY KEY, value)", "opening", err);
    sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

static bool sqlite_open_file(struct sqlite_store *s, struct error *err)
{
    /* A reader, too, must be able to roll back what a killed writer left;
     * SQLite falls back to reading if it cannot write the file. */
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE |
                (s->read_only ? 0 : SQLITE_OPEN_CREATE);
    struct stat st;

    s->base.made = !s->read_only && access(s->path, F_OK) != 0;
    if (sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK)
        return sqlite_failed(s, "opening", err);
    sqlite3_busy_timeout(s->db, BUSY_MS);
    if (stat(s->path, &st) == 0)
        s->ino = st.st_ino;
    if (!sqlite_run(s, "PRAGMA cache_size = -3000", "opening", err))
        return false;
    return s->read_only ? sqlite_run(s, "PRAGMA query_only = 1", "opening", err)
                        : make_tables(s, err);
}

static struct store *sqlite_open(const struct store_ops *ops,
                                 const struct store_config *cfg,
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
    s->base.ops = ops;
    s->base.dim = cfg->dim;
    s->base.limit_count = LIMIT_COUNT;
    s->base.good_count = GOOD_COUNT;
    s->read_only = cfg->read_only;
    s->stop_fd = cfg->stop_fd;
    s->say = cfg->say;
    s->say_ctx = cfg->say_ctx;
    sqlite_ids_init(&s->ids);
    snprintf(s->model, sizeof s->model, "%s", cfg->model ? cfg->model : "");
    if (!sqlite_open_file(s, err) || !sqlite_check_facts(s, err)) {
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
static const char insert_sql[] =
    "INSERT INTO documents(id, text, metadata, embedding, rowid) "
    "VALUES(?, ?, ?, ?, ?)";
static const char update_sql[] =
    "UPDATE documents SET id = ?, text = ?, metadata = ?, embedding = ? "
    "WHERE rowid = ?";

/* Prepare *q unless it is. */
static bool sqlite_have(struct sqlite_store *s, sqlite3_stmt **q,
                        const char *sql, struct error *err)
{
    if (!*q)
        *q = sqlite_prepare(s, sql, err);
    return *q != NULL;
}

/* The statements for the table as it is now. */
static bool prepare_writing(struct sqlite_store *s, struct error *err)
{
    return s->ids.loading ? sqlite_have(s, &s->insert, insert_sql, err) &&
                                sqlite_have(s, &s->update, update_sql, err)
                          : sqlite_have(s, &s->upsert, upsert_sql, err);
}

static bool sqlite_preflight(struct store *base, struct error *err)
{
    struct sqlite_store *s = (struct sqlite_store *)base;

    if (!sqlite_check_facts(s, err))
        return false;
    return s->read_only ||
           (sqlite_begin(s, true, err) &&
            sqlite_commit(s, prepare_writing(s, err), err));
}

static bool bind_text(sqlite3_stmt *q, int at, struct text t)
{
    return sqlite3_bind_text64(q, at, t.len ? t.ptr : "", t.len, SQLITE_STATIC,
                               SQLITE_UTF8) == SQLITE_OK;
}

/* The text as it is to be stored; false: no memory. */
static bool sqlite_decode(struct sqlite_store *s,
                          const struct upsert_item *item, struct text *text,
                          struct error *err)
{
    *text = item->text;
    if (!item->text_escaped)
        return true;
    buf_clear(&s->decoded);
    json_decode_raw(item->text, &s->decoded);
    *text = (struct text){ s->decoded.data, s->decoded.len };
    return !s->decoded.failed || error_memory(err, "for a text");
}

/* The vector as it is to be stored; NULL: no memory. */
static const void *sqlite_turn(struct sqlite_store *s, const float *v,
                               struct error *err)
{
    char *to;

    if (!FLOATS_TURNED)
        return v;
    to = buf_reserve(&s->turned, s->base.dim * sizeof *v);
    if (to)
        float_turn(to, v, s->base.dim);
    else
        error_memory(err, "for a vector");
    return to;
}

/* Write an item with one of the statements, as that row if it is not 0. */
static bool sqlite_write_item(struct sqlite_store *s, sqlite3_stmt *q,
                              const struct upsert_item *item, int64_t row,
                              struct error *err)
{
    size_t vector_bytes = s->base.dim * sizeof *item->vector;
    struct text text;
    const void *vector;
    bool done;

    if (!sqlite_decode(s, item, &text, err) ||
        !(vector = sqlite_turn(s, item->vector, err)))
        return false;
    done = bind_text(q, 1, item->id) && bind_text(q, 2, text) &&
           (item->metadata.len > 0
                ? bind_text(q, 3, item->metadata)
                : sqlite3_bind_null(q, 3) == SQLITE_OK) &&
           sqlite3_bind_blob64(q, 4, vector, vector_bytes,
                               SQLITE_STATIC) == SQLITE_OK &&
           (row == 0 || sqlite3_bind_int64(q, 5, row) == SQLITE_OK) &&
           sqlite3_step(q) == SQLITE_DONE;
    if (!done)
        sqlite_failed(s, "writing to", err);
    sqlite3_reset(q);
    s->base.sent_bytes +=
        item->id.len + text.len + item->metadata.len + vector_bytes;
    return done;
}

/* SQLite finds the row of the id in the index. */
static bool sqlite_put_indexed(struct sqlite_store *s,
                               const struct upsert_item *item,
                               struct error *err)
{
    sqlite3_set_last_insert_rowid(s->db, 0); /* it stays if none is added */
    return sqlite_write_item(s, s->upsert, item, 0, err);
}

static bool sqlite_put_loading(struct sqlite_store *s,
                               const struct upsert_item *item,
                               struct error *err)
{
    uint64_t key;
    int64_t row;
    bool found;

    if (!sqlite_ids_find(s, item->id, &found, &row, &key, err))
        return false;
    if (found)
        return sqlite_write_item(s, s->update, item, row, err);
    row = s->ids.last + 1;
    if (!sqlite_write_item(s, s->insert, item, row, err))
        return false;
    s->ids.rows += s->ids.rows >= 0;
    return sqlite_ids_add(s, key, row, err);
}

/* Was the last item new, and its id less than the one before? */
static bool sqlite_scattered(struct sqlite_store *s,
                             const struct upsert_item *items, size_t i)
{
    struct text a, b;
    size_t n;
    int order;

    if (i == 0 || sqlite3_last_insert_rowid(s->db) == 0)
        return false;
    a = items[i - 1].id;
    b = items[i].id;
    n = a.len < b.len ? a.len : b.len;
    order = n ? memcmp(a.ptr, b.ptr, n) : 0;
    return order > 0 || (order == 0 && a.len > b.len);
}

static bool sqlite_put_items(struct sqlite_store *s,
                             const struct upsert_item *items, size_t n,
                             struct error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (s->ids.loading) {
            if (!sqlite_put_loading(s, &items[i], err))
                return false;
        } else if (!sqlite_put_indexed(s, &items[i], err)) {
            return false;
        } else {
            s->ids.scattered += sqlite_scattered(s, items, i);
        }
    }
    return !s->ids.loading || sqlite_rows_write(s, err);
}

static bool sqlite_put_all(struct sqlite_store *s,
                           const struct upsert_item *items, size_t n,
                           struct error *err)
{
    bool done = sqlite_begin(s, true, err);

    if (!done)
        return false;
    if (!s->ids.loading && s->ids.scattered >= s->ids.scattered_max)
        done = sqlite_ids_begin(s, err);
    done = sqlite_commit(s,
                         done && prepare_writing(s, err) &&
                             (s->facts_recorded ||
                              sqlite_record_facts(s, err)) &&
                             sqlite_put_items(s, items, n, err),
                         err);
    s->facts_recorded |= done;
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
    if (!sqlite_put_all(s, items, *taken, err))
        return false;
    base->wire_sent += base->sent_bytes;
    for (size_t i = 0; i < *taken; i++)
        items[i].stored = true;
    return true;
}

/* ---- questions ---- */

static bool sqlite_ask_index(struct sqlite_store *s, const struct text *ids,
                             size_t n, bool *present, struct error *err)
{
    /* The row has the length, the index over ids has not: overwritten rows
     * show. */
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

static bool sqlite_ask_ids(struct sqlite_store *s, const struct text *ids,
                           size_t n, bool *present, struct error *err)
{
    int64_t row;
    uint64_t key;

    for (size_t i = 0; i < n; i++)
        if (!sqlite_ids_find(s, ids[i], &present[i], &row, &key, err))
            return false;
    return true;
}

static bool sqlite_lookup(struct store *base, const struct text *ids, size_t n,
                          bool *present, struct error *err)
{
    struct sqlite_store *s = (struct sqlite_store *)base;

    return sqlite_begin(s, false, err) &&
           sqlite_commit(s,
                         s->ids.loading
                             ? sqlite_ask_ids(s, ids, n, present, err)
                             : sqlite_ask_index(s, ids, n, present, err),
                         err);
}

/* Whoever else has the file open writes to it, or keeps us from locking it. */
static void sqlite_unmake(const struct store_config *cfg)
{
    struct store_config ours = { .url = cfg->url, .stop_fd = -1,
                                 .read_only = true };
    struct error ignored;
    struct store *base = sqlite_open(&store_sqlite, &ours, &ignored);
    struct sqlite_store *s = (struct sqlite_store *)base;
    bool any = true;
    sqlite3_stmt *q =
        base && sqlite_run(s, "PRAGMA query_only = 0; BEGIN EXCLUSIVE",
                           "locking", &ignored)
            ? sqlite_first(s, "SELECT 1 FROM documents LIMIT 1", NULL, &any,
                           &ignored)
            : NULL;

    sqlite3_finalize(q);
    if (q && !any)
        unlink(s->path);
    sqlite_close(base);
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
    .finish = sqlite_finish,
    .keep = sqlite_keep,
    .kept = sqlite_kept,
    .close = sqlite_close,
    .unmake = sqlite_unmake,
};
