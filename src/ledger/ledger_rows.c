/*
 * This file turns sources and totals into rows, and rows into structs.
 *
 * The seal of a source is FNV-1a over its other columns. SQLite has no
 * checksums on its pages, and a frontier with a flipped bit would silently
 * skip documents.
 */
#include "config.h"
#include "ledger/ledger_file.h"

#include <stdio.h>
#include <stdlib.h>

#include "util/str.h"

/* --- sources -------------------------------------------------------------- */

/* Columns after the path, in the order of the table. */
#define SOURCE_NUMBERS(X)                                                      \
    X(print.size)                                                              \
    X(print.mtime_ns)                                                          \
    X(print.inode)                                                             \
    X(print.head_hash)                                                         \
    X(print.tail_hash)                                                         \
    X(print.seekable)                                                          \
    X(frontier_pos)                                                            \
    X(frontier_offset)                                                         \
    X(frontier_line)                                                           \
    X(window_hash)                                                             \
    X(window_end)                                                              \
    X(complete)

enum { COLUMN_PATH = 1, COLUMN_NUMBERS = 2 };

static uint64_t ledger_rows_mix(uint64_t hash, const void *data, size_t n)
{
    const unsigned char *p = data;

    for (size_t i = 0; i < n; i++)
        hash = (hash ^ p[i]) * 0x100000001b3u;
    return hash;
}

static uint64_t mix_u64(uint64_t hash, uint64_t n)
{
    for (int i = 0; i < 8; i++, n >>= 8)
        hash = (hash ^ (n & 0xff)) * 0x100000001b3u;
    return hash;
}

static uint64_t ledger_rows_source_hash(size_t i, const struct ledger_source *s)
{
    uint64_t hash = 0xcbf29ce484222325u;

    hash = mix_u64(hash, i);
    hash = ledger_rows_mix(hash, s->path, strlen(s->path));
#define X(field) hash = mix_u64(hash, s->field);
    SOURCE_NUMBERS(X)
#undef X
    return hash;
}

static bool take_source(sqlite3_stmt *st, size_t i, struct ledger_source *out,
                        struct error *err)
{
    struct ledger_source s = { 0 };
    const char *path = (const char *)sqlite3_column_text(st, COLUMN_PATH);
    int at = COLUMN_NUMBERS;

    s.path = strdup(path ? path : "");
    if (!s.path)
        return error_memory(err, "for a source");
#define X(field) s.field = column_u64(st, at++);
    SOURCE_NUMBERS(X)
#undef X
    if (column_u64(st, at) == ledger_rows_source_hash(i, &s)) {
        *out = s;
        return true;
    }
    free(s.path);
    return error_set(err, ERROR_LOCAL, LEDGER_DAMAGED,
                     "the ledger's entry for corpus file %zu is damaged; run "
                     "the job again, or restore the ledger from a copy",
                     i + 1);
}

bool ledger_file_source(struct ledger_file *f, size_t i,
                        struct ledger_source *out, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(f, SQL_SOURCE_GET, err);
    bool good = false;
    int got;

    if (!st)
        return false;
    bind_u64(st, 1, i);
    got = ledger_file_row(f, st, err);
    if (got == 1)
        good = take_source(st, i, out, err);
    else if (got == 0)
        error_set(err, ERROR_LOCAL, 0, "the ledger knows no corpus file %zu",
                  i + 1);
    sqlite3_reset(st);
    return good;
}

bool ledger_file_source_set(struct ledger_file *f, size_t i,
                            const struct ledger_source *in, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(f, SQL_SOURCE_SET, err);
    int at = 1;

    if (!st)
        return false;
    bind_u64(st, at++, i);
    sqlite3_bind_text(st, at++, in->path, -1, SQLITE_STATIC);
#define X(field) bind_u64(st, at++, in->field);
    SOURCE_NUMBERS(X)
#undef X
    bind_u64(st, at, ledger_rows_source_hash(i, in));
    return ledger_file_run(f, st, err);
}

/* --- totals --------------------------------------------------------------- */

#define TOTALS(X)                                                              \
    X(produced)                                                                \
    X(stored)                                                                  \
    X(failed)                                                                  \
    X(rejected)                                                                \
    X(skipped)                                                                 \
    X(superseded)                                                              \
    X(batches)                                                                 \
    X(requests)                                                                \
    X(retries)                                                                 \
    X(tokens)                                                                  \
    X(elapsed_ms)                                                              \
    X(paused_ms)

/* "name=digits" sets the field of that name. An unknown name is from a newer
 * version, so ignore it. */
static bool take_total(const char *word, struct ledger_totals *t)
{
    const char *equals = strchr(word, '=');
    struct text name;
    uint64_t n;

    if (!equals || !str_parse_u64(equals + 1, &n))
        return false;
    name = (struct text){ word, (size_t)(equals - word) };
#define X(field)                                                               \
    if (text_is(name, #field))                                                 \
        t->field = n;
    TOTALS(X)
#undef X
    return true;
}

bool ledger_file_totals(struct ledger_file *f, struct ledger_totals *t,
                        struct error *err)
{
    char *value = ledger_file_get(f, "ledger.totals"), *rest = value;
    bool good = true;

    *t = (struct ledger_totals){ 0 };
    while (good && rest && *rest) {
        char *word = rest;

        rest = strchr(word, ' ');
        if (rest)
            *rest++ = '\0';
        good = take_total(word, t);
    }
    free(value);
    return good || error_set(err, ERROR_LOCAL, LEDGER_DAMAGED,
                             "the totals in the ledger are damaged; run the "
                             "job again, or restore it from a copy");
}

bool ledger_file_totals_set(struct ledger_file *f,
                            const struct ledger_totals *t, struct error *err)
{
    char line[640];
    int n = 0;

    /* 12 names of at most 10 bytes and 12 numbers of at most 20 fit. */
#define X(field)                                                               \
    n += snprintf(line + n, sizeof line - (size_t)n, "%s" #field "=%llu",      \
                  n ? " " : "", (unsigned long long)t->field);
    TOTALS(X)
#undef X
    return ledger_file_set(f, "ledger.totals", line, err);
}
