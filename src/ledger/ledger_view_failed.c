/* This file reads open failures from outside: by kind, one, or by page. */
#include "config.h"
#include "ledger/ledger_file.h"

#include <stdlib.h>

#include "data/failure_fold.h"
#include "util/str.h"

enum { PAGE_ROWS = 256 }; /* failures read at a time */

bool ledger_view_is_open(struct ledger_view *v, uint16_t source, uint64_t pos,
                         bool *is_open, struct failure_cause *cause,
                         uint64_t *hash, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&v->file, SQL_OWED, err);
    int got;

    if (!st)
        return false;
    sqlite3_bind_int(st, 1, source);
    bind_u64(st, 2, pos);
    got = ledger_file_row(&v->file, st, err);
    *is_open = got > 0;
    if (got > 0) {
        const struct failure f = { .cause = column_cause(st, 0),
                                   .id = column_text(st, 4),
                                   .message = column_string(st, 5) };

        *cause = f.cause;
        *hash = failure_fold(&f).hash;
    }
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
        k->cause = column_cause(st, 0);
        k->count = column_u64(st, 4);
        str_sentence(k->sample, sizeof k->sample,
                     text_of(column_string(st, 6)));
    }
    sqlite3_reset(st);
    return more >= 0;
}

/* A failure whose texts are offsets into the bytes of its page. */
struct page_row {
    struct failure f;
    size_t id_at, message_at;
};

struct page {
    struct page_row row[PAGE_ROWS];
    size_t count;
    struct buf bytes;
};

static void view_failed_take_row(struct page *page, sqlite3_stmt *st)
{
    struct page_row *r = &page->row[page->count++];
    struct text id = column_text(st, 11);
    const char *message = column_string(st, 12);

    r->f = (struct failure){
        .source = (uint16_t)sqlite3_column_int(st, 0),
        .pos = column_u64(st, 1),
        .offset = column_u64(st, 2),
        .length = column_u64(st, 3),
        .line = column_u64(st, 4),
        .cause = column_cause(st, 5),
        .tries = (unsigned)sqlite3_column_int(st, 9),
        .wall_s = sqlite3_column_int64(st, 10),
        .id.len = id.len,
    };
    r->id_at = page->bytes.len;
    buf_put(&page->bytes, id.ptr, id.len);
    r->message_at = page->bytes.len;
    buf_put(&page->bytes, message, strlen(message) + 1);
}

static bool fill_page(struct ledger_view *v, sqlite3_stmt *st,
                      struct page *page, struct error *err)
{
    int got = 0;

    page->count = 0;
    buf_clear(&page->bytes);
    while (page->count < PAGE_ROWS &&
           (got = ledger_file_row(&v->file, st, err)) > 0)
        view_failed_take_row(page, st);
    sqlite3_reset(st);
    if (page->bytes.failed)
        return error_memory(err, "to look at a ledger");
    return got >= 0;
}

/* The failures behind (source, pos). */
static bool read_page(struct ledger_view *v, int source, uint64_t pos,
                      struct page *page, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&v->file, SQL_FAILURES, err);

    if (!st)
        return false;
    sqlite3_bind_int(st, 1, source);
    bind_u64(st, 2, pos);
    sqlite3_bind_int(st, 3, PAGE_ROWS);
    return fill_page(v, st, page, err);
}

static bool tell_page(struct page *page,
                      bool (*each)(void *arg, const struct failure *f),
                      void *arg)
{
    for (size_t i = 0; i < page->count; i++) {
        struct page_row *r = &page->row[i];

        r->f.id.ptr = page->bytes.data + r->id_at;
        r->f.message = page->bytes.data + r->message_at;
        if (!each(arg, &r->f))
            return false;
    }
    return true;
}

static struct page *page_new(struct error *err)
{
    struct page *page = calloc(1, sizeof *page);

    if (!page)
        error_memory(err, "to look at a ledger");
    return page;
}

static void page_free(struct page *page)
{
    if (page)
        buf_release(&page->bytes);
    free(page);
}

bool ledger_view_failures(struct ledger_view *v,
                          bool (*each)(void *arg, const struct failure *f),
                          void *arg, struct error *err)
{
    struct page *page = page_new(err);
    bool good = page != NULL, more = true;
    int source = -1;
    uint64_t pos = 0;

    while (good && more) {
        good = read_page(v, source, pos, page, err);
        if (!good || page->count == 0)
            break;
        source = page->row[page->count - 1].f.source;
        pos = page->row[page->count - 1].f.pos;
        more = tell_page(page, each, arg) && page->count == PAGE_ROWS;
    }
    page_free(page);
    return good;
}

bool ledger_view_failure(struct ledger_view *v, uint16_t source, uint64_t pos,
                         bool (*each)(void *arg, const struct failure *f),
                         void *arg, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&v->file, SQL_FAILURE, err);
    struct page *page = st ? page_new(err) : NULL;
    bool good = false;

    if (page) {
        sqlite3_bind_int(st, 1, source);
        bind_u64(st, 2, pos);
        good = fill_page(v, st, page, err);
    }
    if (good)
        tell_page(page, each, arg);
    page_free(page);
    return good;
}
