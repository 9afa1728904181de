/* Looking at a ledger: in use, resting or archived. Nothing is written. */
#include "config.h"
#include "ledger/ledger_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "util/str.h"

enum { PAGE_ROWS = 256 }; /* failures read at a time */

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_MEMORY, 0, "no memory to look at a ledger");
}

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

struct ledger_view *ledger_view_open(const char *path, struct error *err)
{
    char *real = real_name(path, err);
    struct ledger_view *v;
    int64_t sources;
    bool good;

    if (!real)
        return NULL;
    v = calloc(1, sizeof *v);
    good = v ? ledger_file_open(&v->file, real, false, err) : no_memory(err);
    free(real);
    /* Reading once shows whether it can be read. */
    if (good &&
        ledger_file_number(&v->file, SQL_SOURCE_COUNT, &sources, err))
        return v;
    ledger_view_close(v);
    return NULL;
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

/* --- failures ------------------------------------------------------------- */

/* The first four columns: what it failed of. */
static void take_kind(struct ledger_kind *k, sqlite3_stmt *st)
{
    k->fault = (enum ledger_fault)sqlite3_column_int(st, 0);
    snprintf(k->stage, sizeof k->stage, "%s", column_string(st, 1));
    k->kind = column_kind(st, 2);
    k->code = sqlite3_column_int(st, 3);
}

bool ledger_view_owed(struct ledger_view *v, uint16_t source, uint64_t pos,
                      struct ledger_kind *out, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&v->file, SQL_OWED, err);
    int got;

    if (!st)
        return false;
    sqlite3_bind_int(st, 1, source);
    bind_u64(st, 2, pos);
    got = ledger_file_row(&v->file, st, err);
    *out = (struct ledger_kind){ .count = got > 0 };
    if (got > 0)
        take_kind(out, st);
    sqlite3_reset(st);
    return got >= 0;
}

bool ledger_view_kinds(struct ledger_view *v, struct ledger_kind *kinds,
                       size_t room, size_t *got, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&v->file, SQL_KINDS, err);
    int more = 0;

    if (!st)
        return false;
    bind_u64(st, 1, room);
    for (*got = 0; *got < room; ++*got) {
        struct ledger_kind *k = &kinds[*got];

        more = ledger_file_row(&v->file, st, err);
        if (more <= 0)
            break;
        take_kind(k, st);
        k->count = column_u64(st, 4);
        str_printable(k->sample, sizeof k->sample,
                      text_of(column_string(st, 6)));
    }
    sqlite3_reset(st);
    return more >= 0;
}

/* A failure whose texts are offsets into the bytes of its page. */
struct page_row {
    struct ledger_failure f;
    size_t stage_at, id_at, message_at;
};

struct page {
    struct page_row row[PAGE_ROWS];
    size_t count;
    struct buf bytes;
};

static size_t keep_string(struct buf *to, const char *s)
{
    size_t at = to->len;

    buf_put(to, s, strlen(s) + 1);
    return at;
}

static void take_failure(struct page *page, sqlite3_stmt *st)
{
    struct page_row *r = &page->row[page->count++];
    struct text id = column_text(st, 12);

    r->f = (struct ledger_failure){
        .row = sqlite3_column_int64(st, 0),
        .source = (uint16_t)sqlite3_column_int(st, 1),
        .pos = column_u64(st, 2),
        .offset = column_u64(st, 3),
        .length = column_u64(st, 4),
        .line = column_u64(st, 5),
        .fault = (enum ledger_fault)sqlite3_column_int(st, 6),
        .kind = column_kind(st, 8),
        .code = sqlite3_column_int(st, 9),
        .tries = (unsigned)sqlite3_column_int(st, 10),
        .wall_s = sqlite3_column_int64(st, 11),
        .id.len = id.len,
    };
    r->id_at = page->bytes.len;
    buf_put(&page->bytes, id.ptr, id.len);
    r->stage_at = keep_string(&page->bytes, column_string(st, 7));
    r->message_at = keep_string(&page->bytes, column_string(st, 13));
}

/* The failures behind (source, pos). */
static bool read_page(struct ledger_view *v, const char *kind, int source,
                      uint64_t pos, struct page *page, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&v->file, SQL_FAILURES, err);
    int got;

    if (!st)
        return false;
    page->count = 0;
    buf_clear(&page->bytes);
    sqlite3_bind_int(st, 1, source);
    bind_u64(st, 2, pos);
    if (kind)
        sqlite3_bind_text(st, 3, kind, -1, SQLITE_STATIC);
    sqlite3_bind_int(st, 4, PAGE_ROWS);
    while ((got = ledger_file_row(&v->file, st, err)) > 0 &&
           page->count < PAGE_ROWS)
        take_failure(page, st);
    sqlite3_reset(st);
    if (page->bytes.failed)
        return no_memory(err);
    return got >= 0;
}

static bool tell_page(struct page *page,
                      bool (*each)(void *arg, const struct ledger_failure *f),
                      void *arg)
{
    for (size_t i = 0; i < page->count; i++) {
        struct page_row *r = &page->row[i];

        r->f.id.ptr = page->bytes.data + r->id_at;
        r->f.stage = page->bytes.data + r->stage_at;
        r->f.message = page->bytes.data + r->message_at;
        if (!each(arg, &r->f))
            return false;
    }
    return true;
}

bool ledger_view_failures(struct ledger_view *v, const char *kind,
                          bool (*each)(void *arg,
                                       const struct ledger_failure *f),
                          void *arg, struct error *err)
{
    struct page *page = calloc(1, sizeof *page);
    bool good = page ? true : no_memory(err), more = true;
    int source = -1;
    uint64_t pos = 0;

    while (good && more) {
        good = read_page(v, kind, source, pos, page, err);
        if (!good || page->count == 0)
            break;
        source = page->row[page->count - 1].f.source;
        pos = page->row[page->count - 1].f.pos;
        more = tell_page(page, each, arg) && page->count == PAGE_ROWS;
    }
    if (page)
        buf_release(&page->bytes);
    free(page);
    return good;
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

static bool all_ids(struct ledger_view *v,
                    bool (*each)(void *arg, struct text id), void *arg,
                    struct error *err)
{
    struct packed_row done;
    int got;

    for (int64_t row = 0;
         (got = ledger_view_row(v, &row, &done, err)) > 0; row++)
        for (size_t i = 0; i < done.count; i++)
            if (!each(arg, done.ids[i]))
                return true;
    return got == 0 && damaged_error(v, err);
}

/* n points at equal distances on the line of all rows; the place within a row
 * is the place among its ids. */
static bool some_ids(struct ledger_view *v, uint64_t n, uint64_t rows,
                     bool (*each)(void *arg, struct text id), void *arg,
                     struct error *err)
{
    struct packed_row done = { 0 };
    int64_t at = 0;
    size_t last = SIZE_MAX;

    for (uint64_t i = 0; i < n; i++) {
        int64_t row = (int64_t)(i * rows / n) + 1;
        size_t id;

        if (row > at) {
            int got;

            at = row;
            got = ledger_view_row(v, &at, &done, err);
            if (got <= 0)
                return got == 0 && damaged_error(v, err);
            last = SIZE_MAX;
        }
        id = (size_t)(i * rows % n * done.count / n);
        if (id != last && !each(arg, done.ids[id]))
            return true;
        last = id;
    }
    return damaged_error(v, err);
}

bool ledger_view_ids(struct ledger_view *v, uint64_t n,
                     bool (*each)(void *arg, struct text id), void *arg,
                     struct error *err)
{
    uint64_t done = ledger_file_get_u64(&v->file, "ledger.done");
    int64_t rows;

    v->damaged = 0;
    if (n == 0 || n >= done)
        return all_ids(v, each, arg, err);
    return ledger_file_number(&v->file, SQL_DONE_LAST, &rows, err) &&
           some_ids(v, n, (uint64_t)rows, each, arg, err);
}
