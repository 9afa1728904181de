/* This file reads a ledger, in use, at rest or archived. It never writes. */
#include "config.h"
#include "ledger/ledger_file.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { VIEW_TRIES = 5 };

/* --- opening -------------------------------------------------------------- */

static char *real_name(const char *path, struct error *err)
{
    struct stat st;
    char *real;

    if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        error_set(err, ERROR_FOREIGN, 0, "%.160s is not a plain file", path);
        return NULL;
    }
    real = realpath(path, NULL);
    if (!real)
        error_errno(err, errno, "%.160s", path);
    return real;
}

static struct ledger_view *view_at(const char *path, struct error *err)
{
    char *real = real_name(path, err);
    struct ledger_view *v;
    int64_t sources;
    bool good;

    if (!real)
        return NULL;
    v = calloc(1, sizeof *v);
    good = v ? ledger_file_open(&v->file, real, false, err)
             : error_memory(err, "to look at a ledger");
    free(real);
    /* One read shows whether it can be read. */
    if (good &&
        ledger_file_number(&v->file, SQL_SOURCE_COUNT, &sources, err))
        return v;
    ledger_view_close(v);
    return NULL;
}

static ino_t view_inode(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 ? st.st_ino : 0;
}

/* DIR/JOB.ledger to the newest archived ledger of the job. */
static bool view_archived(const char *path, char *to, size_t size)
{
    const char *slash = strrchr(path, '/');
    const char *job = slash ? slash + 1 : path;
    size_t n = strlen(job), suffix = strlen(".ledger");
    char *dir = slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
    char *name = n > suffix ? strndup(job, n - suffix) : NULL;
    bool found = dir && name && ledger_find_archived(dir, name, to, size);

    free(dir);
    free(name);
    return found;
}

/* A run that ends moves its ledger, perhaps between SQLite's looks at its
 * files, and a new job may take the name at once. */
struct ledger_view *ledger_view_open(const char *path, struct error *err)
{
    char archived[PATH_MAX];
    struct ledger_view *v = NULL;

    for (int i = 0; !v && i < VIEW_TRIES; i++) {
        ino_t before = view_inode(path);

        v = view_at(path, err);
        if (v || (before && view_inode(path) == before))
            break;
        if (view_inode(path) == 0) {
            if (!view_archived(path, archived, sizeof archived))
                break;
            v = view_at(archived, err);
        }
    }
    return v;
}

void ledger_view_close(struct ledger_view *v)
{
    if (!v)
        return;
    ledger_file_close(&v->file);
    packer_release(&v->packer);
    free(v);
}

/* --- facts ---------------------------------------------------------------- */

char *ledger_view_get(struct ledger_view *v, const char *key)
{
    return ledger_file_get(&v->file, key);
}

bool ledger_view_totals(struct ledger_view *v, struct ledger_totals *t,
                        struct error *err)
{
    return ledger_file_totals(&v->file, t, err);
}

size_t ledger_view_source_count(struct ledger_view *v)
{
    struct error ignored;
    int64_t count;

    return ledger_file_number(&v->file, SQL_SOURCE_COUNT, &count, &ignored)
               ? (size_t)count
               : 0;
}

bool ledger_view_source(struct ledger_view *v, size_t i,
                        struct ledger_source *out, struct error *err)
{
    return ledger_file_source(&v->file, i, out, err);
}

bool ledger_view_complete(struct ledger_view *v, bool *complete,
                          struct error *err)
{
    size_t count = ledger_view_source_count(v);

    *complete = count > 0;
    for (size_t i = 0; i < count && *complete; i++) {
        struct ledger_source s;

        if (!ledger_file_source(&v->file, i, &s, err))
            return false;
        *complete = s.complete;
        free(s.path);
    }
    return true;
}

bool ledger_view_finished(struct ledger_view *v, bool *finished,
                          struct error *err)
{
    int64_t open;

    if (!ledger_view_complete(v, finished, err) ||
        !ledger_file_number(&v->file, SQL_FAILED_COUNT, &open, err))
        return false;
    *finished &= open == 0;
    return true;
}

/* --- ids ------------------------------------------------------------------ */

int ledger_view_row(struct ledger_view *v, int64_t *row,
                    struct packed_row *out, struct error *err)
{
    for (;; ++*row) {
        sqlite3_stmt *st = ledger_file_sql(&v->file, SQL_DONE_FROM, err);
        struct error why;
        bool good;
        int got;

        if (!st)
            return -1;
        sqlite3_bind_int64(st, 1, *row);
        got = ledger_file_row(&v->file, st, err);
        if (got <= 0)
            return got;
        *row = sqlite3_column_int64(st, 0);
        good = packer_unpack(&v->packer, column_text(st, 5), out, &why);
        sqlite3_reset(st);
        if (good)
            return 1;
        if (why.kind == ERROR_MEMORY) {
            *err = why;
            return -1;
        }
        v->damaged++;
    }
}

static bool damaged_error(struct ledger_view *v, struct error *err)
{
    return v->damaged == 0 ||
           error_set(err, ERROR_LOCAL, 0,
                     "%llu damaged entries of the ledger were left out",
                     (unsigned long long)v->damaged);
}

/* Up to n ids of the rows from `row` on. */
static bool all_ids(struct ledger_view *v, int64_t row, uint64_t n,
                    bool (*each)(void *arg, struct text id), void *arg,
                    struct error *err)
{
    struct packed_row done;
    int got;

    for (; (got = ledger_view_row(v, &row, &done, err)) > 0; row++)
        for (size_t i = 0; i < done.count; i++)
            if (n-- == 0 || !each(arg, done.ids[i]))
                return true;
    return got == 0;
}

/* n points at equal distances on the line of `rows` rows from `first` on; the
 * place within a row is the place among its ids. */
static bool some_ids(struct ledger_view *v, uint64_t n, int64_t first,
                     uint64_t rows, bool (*each)(void *arg, struct text id),
                     void *arg, struct error *err)
{
    struct packed_row done = { 0 };
    int64_t at = 0;
    size_t last = SIZE_MAX;

    for (uint64_t i = 0; i < n; i++) {
        int64_t row = first + (int64_t)(i * rows / n);
        size_t id;

        if (row > at) {
            int got;

            at = row;
            got = ledger_view_row(v, &at, &done, err);
            if (got <= 0)
                return got == 0;
            last = SIZE_MAX;
        }
        id = (size_t)(i * rows % n * done.count / n);
        if (id != last && !each(arg, done.ids[id]))
            return true;
        last = id;
    }
    return true;
}

bool ledger_view_ids(struct ledger_view *v, uint64_t n,
                     bool (*each)(void *arg, struct text id), void *arg,
                     struct error *err)
{
    uint64_t done = ledger_file_get_u64(&v->file, "ledger.done");
    int64_t rows;

    v->damaged = 0;
    if (n == 0 || n >= done)
        return all_ids(v, 1, UINT64_MAX, each, arg, err) &&
               damaged_error(v, err);
    return ledger_file_number(&v->file, SQL_DONE_LAST, &rows, err) &&
           some_ids(v, n, 1, (uint64_t)rows, each, arg, err) &&
           damaged_error(v, err);
}

static bool done_behind(struct ledger_view *v, int64_t row, uint64_t *done,
                        struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&v->file, SQL_DONE_SUM, err);
    int got;

    if (!st)
        return false;
    sqlite3_bind_int64(st, 1, row);
    got = ledger_file_row(&v->file, st, err);
    *done = got > 0 ? column_u64(st, 0) : 0;
    sqlite3_reset(st);
    return got >= 0;
}

bool ledger_view_sample(struct ledger_view *v, int64_t row, uint64_t n,
                        uint64_t *done, int64_t *last,
                        bool (*each)(void *arg, struct text id), void *arg,
                        struct error *err)
{
    if (!ledger_file_number(&v->file, SQL_DONE_LAST, last, err) ||
        !done_behind(v, row, done, err))
        return false;
    if (*done <= n)
        return all_ids(v, row + 1, n, each, arg, err);
    return all_ids(v, *last > row ? *last : row + 1, n / 2, each, arg, err) &&
           some_ids(v, n - n / 2, row + 1, (uint64_t)(*last - row), each, arg,
                    err);
}
