/*
 * This file is one connection to a ledger file.
 *
 * Durability. WAL with synchronous=FULL: each group commit ends with one
 * fdatasync of the WAL. NORMAL would be safe as well (the database stays whole
 * and never runs ahead of the store, which commits before the ledger does) but
 * it syncs only at checkpoints, so a power failure would undo every commit
 * since the last checkpoint and not, as promised, the last commit alone. A
 * group commit is several batches of paid embeddings; one sync is cheap for
 * them.
 *
 * Size. A page cache of 1 MiB, because we append rows and seldom look one up. A
 * checkpoint each 1024 pages keeps the WAL near a megabyte.
 *
 * On a network file system WAL's shared memory does not work: it gets the
 * rollback journal, and nobody can read while a run writes.
 */
#include "config.h"
#include "ledger/ledger_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "sys/file.h"
#include "util/str.h"

enum {
    HEADER_SIZE = 100,
    HEADER_VERSION_AT = 60,
    HEADER_APPLICATION_AT = 68,
    BUSY_MS = 2000,
};

static const char *const statements[] = {
#define X(name, text) [SQL_##name] = text,
    SCHEMA_STATEMENTS(X)
#undef X
};

/* --- words ---------------------------------------------------------------- */

static bool system_failure(struct ledger_file *f, int rc, const char *path,
                           struct error *err)
{
    int code = f->db ? sqlite3_system_errno(f->db) : 0;
    char why[128];

    /* If SQLite cannot make a file, it opens again for reading alone and
     * reports how that failed. */
    if (((rc & 0xff) == SQLITE_CANTOPEN || (rc & 0xff) == SQLITE_READONLY) &&
        f->path && !file_writable(f->path, err))
        return false;
    str_sentence(why, sizeof why,
                 text_of(f->db ? sqlite3_errmsg(f->db)
                               : sqlite3_errstr(rc)));
    if (code)
        return error_errno(err, code, "%s: %s", path, why);
    return error_set(err, ERROR_LOCAL, 0, "%s: %s", path, why);
}

/* Without memory or room SQLite rolls a transaction back by itself; then ours
 * has nothing to end. */
static bool is_undone(struct ledger_file *f, int rc)
{
    return (rc & 0xff) == SQLITE_ERROR && f->db &&
           sqlite3_get_autocommit(f->db) &&
           strstr(sqlite3_errmsg(f->db), "no transaction is active");
}

bool ledger_file_fail(struct ledger_file *f, int rc, struct error *err)
{
    char path[120];

    str_printable(path, sizeof path, text_of(f->path ? f->path : "ledger"));
    if (is_undone(f, rc))
        return error_set(err, ERROR_LOCAL, 0,
                         "%s: what was written was undone, for want of memory "
                         "or disk", path);
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        return error_set(err, ERROR_MEMORY, 0, "%s: no memory", path);
    case SQLITE_FULL:
        return error_set(err, ERROR_LOCAL, ENOSPC,
                         "%s: disk full; free some space", path);
    case SQLITE_BUSY:
        return error_set(err, ERROR_LOCAL, EBUSY,
                         "%s: another program holds the file", path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: /* our statements are right, so the schema is not */
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
        return error_set(err, ERROR_LOCAL, LEDGER_DAMAGED,
                         "%s is damaged; run the job again, which keeps what "
                         "is whole in it, or restore it from a copy",
                         path);
    default:
        return system_failure(f, rc, path, err);
    }
}

/* --- opening -------------------------------------------------------------- */

static uint32_t big_endian(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

static bool judge_header(const unsigned char *head, sqlite3_int64 size,
                         const char *path, struct error *err)
{
    char name[120];
    uint32_t version = big_endian(head + HEADER_VERSION_AT);

    str_printable(name, sizeof name, text_of(path));
    if (size == 0)
        return error_set(err, ERROR_FOREIGN, 0,
                         "%s is empty: it was cut or is no ledger; move it "
                         "away, or begin again with --new-job",
                         name);
    if (size < HEADER_SIZE || memcmp(head, "SQLite format 3", 16) != 0 ||
        big_endian(head + HEADER_APPLICATION_AT) != SCHEMA_APPLICATION)
        return error_set(err, ERROR_FOREIGN, 0,
                         "%s is not a ledger of batchtop; it was left as it "
                         "is: choose another --job or --checkpoint-dir",
                         name);
    if (version != SCHEMA_VERSION)
        return error_set(err, ERROR_FOREIGN, 0,
                         "%s has format %u, this batchtop knows format %d: "
                         "use the version that wrote it, or --new-job",
                         name, (unsigned)version, SCHEMA_VERSION);
    return true;
}

/* Read it through SQLite's own descriptor: closing another one on the same file
 * would drop the locks that this process has on it. */
static bool check_header(struct ledger_file *f, struct error *err)
{
    unsigned char head[HEADER_SIZE] = { 0 };
    sqlite3_file *io = NULL;
    sqlite3_int64 size = 0;
    int rc;

    rc = sqlite3_file_control(f->db, "main", SQLITE_FCNTL_FILE_POINTER, &io);
    if (rc == SQLITE_OK)
        rc = io->pMethods->xFileSize(io, &size);
    if (rc == SQLITE_OK)
        rc = io->pMethods->xRead(io, head, sizeof head, 0);
    if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
        return ledger_file_fail(f, rc, err);
    return judge_header(head, size, f->path, err);
}

bool ledger_file_exec(struct ledger_file *f, const char *sql,
                      struct error *err)
{
    int rc = sqlite3_exec(f->db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK || ledger_file_fail(f, rc, err);
}

static bool connect_to(struct ledger_file *f, const char *path, int flags,
                       struct error *err)
{
    int rc;

    *f = (struct ledger_file){ .path = strdup(path) };
    if (!f->path)
        return error_memory(err, "for a ledger");
    rc = sqlite3_open_v2(path, &f->db,
                         flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW |
                             SQLITE_OPEN_PRIVATECACHE,
                         NULL);
    if (rc == SQLITE_OK) {
        sqlite3_extended_result_codes(f->db, 1);
        sqlite3_busy_timeout(f->db, BUSY_MS);
        sqlite3_db_config(f->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        return true;
    }
    ledger_file_fail(f, rc, err);
    ledger_file_close(f);
    return false;
}

static bool set_up_writer(struct ledger_file *f, struct error *err)
{
    struct statfs fs;
    bool remote = statfs(f->path, &fs) == 0 &&
                  ledger_home_is_remote((long)fs.f_type);

    return ledger_file_exec(f,
                            remote ? "PRAGMA locking_mode=EXCLUSIVE;"
                                     "PRAGMA journal_mode=TRUNCATE"
                                   : "PRAGMA journal_mode=WAL;"
                                     "PRAGMA wal_autocheckpoint=1024",
                            err) &&
           ledger_file_exec(f,
                            "PRAGMA synchronous=FULL;"
                            "PRAGMA journal_size_limit=4194304;",
                            err);
}

/* SQLite reads the file only for a statement, and only a writer can undo what a
 * killed process left in a journal. Does it need a writer? */
static bool wants_writer(struct ledger_file *f)
{
    int rc = sqlite3_exec(f->db, "PRAGMA schema_version", NULL, NULL, NULL);

    return (rc & 0xff) == SQLITE_READONLY;
}

static bool ledger_file_recover(struct ledger_file *f, const char *path,
                                struct error *err)
{
    ledger_file_close(f);
    return connect_to(f, path, SQLITE_OPEN_READWRITE, err) &&
           ledger_file_exec(f,
                            "PRAGMA schema_version;"
                            "PRAGMA query_only=ON",
                            err);
}

static bool set_up_reader(struct ledger_file *f, const char *path,
                          struct error *err)
{
    return !wants_writer(f) || ledger_file_recover(f, path, err);
}

bool ledger_file_open(struct ledger_file *f, const char *path, bool write,
                      struct error *err)
{
    if (!connect_to(f, path,
                    write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY, err))
        return false;
    if (check_header(f, err) &&
        (write ? set_up_writer(f, err) : set_up_reader(f, path, err)) &&
        ledger_file_exec(f,
                         "PRAGMA cache_size=-1024;"
                         "PRAGMA cell_size_check=ON;"
                         "PRAGMA trusted_schema=OFF",
                         err))
        return true;
    ledger_file_close(f);
    return false;
}

bool ledger_file_open_damaged(struct ledger_file *f, const char *path,
                              struct error *err)
{
    if (!connect_to(f, path, SQLITE_OPEN_READWRITE, err))
        return false;
    /* SQLite reads a file that is shorter than its header says, as far as it
     * goes, only for those who may write its schema; we never do. */
    sqlite3_db_config(f->db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    sqlite3_db_config(f->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (check_header(f, err) &&
        ledger_file_exec(f,
                         "PRAGMA writable_schema=ON;"
                         "PRAGMA query_only=ON;"
                         "PRAGMA cell_size_check=ON;"
                         "PRAGMA trusted_schema=OFF",
                         err))
        return true;
    ledger_file_close(f);
    return false;
}

bool ledger_file_whole(struct ledger_file *f, struct error *err)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(f->db, "PRAGMA quick_check(1)", -1, &st, NULL);
    bool whole;

    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    whole = rc == SQLITE_ROW && strcmp(column_string(st, 0), "ok") == 0;
    sqlite3_finalize(st);
    return whole ||
           ledger_file_fail(f, rc == SQLITE_ROW ? SQLITE_CORRUPT : rc, err);
}

/* What a crash left under that name is worthless. */
static bool make_empty(const char *path, struct error *err)
{
    int fd;

    if (unlink(path) != 0 && errno != ENOENT)
        return error_errno(err, errno, "%.160s", path);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
              0600);
    if (fd < 0)
        return error_errno(err, errno, "making %.160s", path);
    close(fd);
    return true;
}

bool ledger_file_make(const char *path, struct error *err)
{
    struct ledger_file f;
    char sql[128];
    bool good;

    if (!make_empty(path, err))
        return false;

    /* The file is worthless until it is renamed: so no journal on disk (a
     * defensive connection may not go without any), one commit, and the final
     * journal mode, which is expensive to change later. */
    snprintf(sql, sizeof sql,
             "BEGIN; PRAGMA application_id=%d; PRAGMA user_version=%d",
             SCHEMA_APPLICATION, SCHEMA_VERSION);
    if (!connect_to(&f, path, SQLITE_OPEN_READWRITE, err))
        return false;
    good = ledger_file_exec(&f,
                            "PRAGMA page_size=1024;"
                            "PRAGMA journal_mode=MEMORY;"
                            "PRAGMA synchronous=FULL",
                            err) &&
           ledger_file_exec(&f, sql, err) &&
           ledger_file_exec(&f, SCHEMA_MAKE "COMMIT", err) &&
           set_up_writer(&f, err);
    ledger_file_close(&f);
    return good;
}

void ledger_file_close(struct ledger_file *f)
{
    for (int i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(f->st[i]);
    sqlite3_close(f->db);
    free(f->path);
    *f = (struct ledger_file){ 0 };
}

/* --- statements ----------------------------------------------------------- */

sqlite3_stmt *ledger_file_sql(struct ledger_file *f, enum schema_statement n,
                              struct error *err)
{
    sqlite3_stmt **st = &f->st[n];
    int rc = SQLITE_OK;

    if (*st) {
        sqlite3_reset(*st);
        sqlite3_clear_bindings(*st);
        return *st;
    }
    rc = sqlite3_prepare_v3(f->db, statements[n], -1,
                            SQLITE_PREPARE_PERSISTENT, st, NULL);
    if (rc != SQLITE_OK)
        ledger_file_fail(f, rc, err);
    return *st;
}

int ledger_file_row(struct ledger_file *f, sqlite3_stmt *st,
                    struct error *err)
{
    int rc = sqlite3_step(st);

    if (rc == SQLITE_ROW)
        return 1;
    if (rc != SQLITE_DONE)
        ledger_file_fail(f, rc, err);
    sqlite3_reset(st);
    return rc == SQLITE_DONE ? 0 : -1;
}

bool ledger_file_run(struct ledger_file *f, sqlite3_stmt *st,
                     struct error *err)
{
    int got = ledger_file_row(f, st, err);

    sqlite3_reset(st);
    return got >= 0;
}

bool ledger_file_number(struct ledger_file *f, enum schema_statement n,
                        int64_t *out, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(f, n, err);
    int got = st ? ledger_file_row(f, st, err) : -1;

    if (got < 0)
        return false;
    *out = got ? sqlite3_column_int64(st, 0) : 0;
    sqlite3_reset(st);
    return true;
}

/* --- texts by key --------------------------------------------------------- */

char *ledger_file_get(struct ledger_file *f, const char *key)
{
    struct error ignored;
    sqlite3_stmt *st = ledger_file_sql(f, SQL_GET, &ignored);
    char *copy = NULL;

    if (!st)
        return NULL;
    sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
    if (ledger_file_row(f, st, &ignored) == 1) {
        const char *value = (const char *)sqlite3_column_text(st, 0);

        copy = value ? strdup(value) : NULL;
    }
    sqlite3_reset(st);
    return copy;
}

bool ledger_file_set(struct ledger_file *f, const char *key,
                     const char *value, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(f, SQL_SET, err);

    if (!st)
        return false;
    sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(st, 2, value, -1, SQLITE_STATIC);
    return ledger_file_run(f, st, err);
}

uint64_t ledger_file_get_u64(struct ledger_file *f, const char *key)
{
    char *value = ledger_file_get(f, key);
    uint64_t n = 0;

    if (!value || !str_parse_u64(value, &n))
        n = 0;
    free(value);
    return n;
}

bool ledger_file_set_u64(struct ledger_file *f, const char *key,
                         uint64_t value, struct error *err)
{
    char digits[24];

    snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    return ledger_file_set(f, key, digits, err);
}
