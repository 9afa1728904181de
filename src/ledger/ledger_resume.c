/*
 * This file finds out once, at the start, which records are final already.
 *
 * Unchanged corpus: all records below the frontier are final; above it, the
 * positions in the few `done` rows that reach there, and the failures there.
 * They become sorted runs, because documents are done nearly in order: a few
 * runs cover millions of positions.
 *
 * Changed corpus: old positions mean nothing any more. From then on all rows so
 * far count by their ids, rows to come by position. ledger.ids_before keeps
 * that: a run that is interrupted after a change resumes with the frontier of
 * the new corpus and the ids of the old one.
 *
 * We leave out and count a row that cannot be unpacked. The run sends its
 * documents again, which is safe; to skip them would not be.
 */
#include "config.h"
#include "ledger/ledger_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Columns of SQL_DONE_FROM. */
enum { COL_ROW, COL_SOURCE, COL_FIRST, COL_LAST, COL_COUNT, COL_BODY };

static void ledger_resume_leave_out(struct ledger *l)
{
    l->damaged++;
    snprintf(l->note, sizeof l->note,
             "%" PRIu64 " damaged entries of the ledger were left out: their "
             "documents are sent again",
             l->damaged);
}

/* 1 good, 0 damaged (left out), -1 err. */
static int ledger_resume_unpack(struct ledger *l, sqlite3_stmt *st,
                                struct packed_row *row, struct error *err)
{
    struct error why;

    if (packer_unpack(&l->packer, column_text(st, COL_BODY), row, &why))
        return 1;
    if (why.kind == ERROR_MEMORY) {
        *err = why;
        return -1;
    }
    ledger_resume_leave_out(l);
    return 0;
}

/* --- runs of positions ---------------------------------------------------- */

static bool add_position(struct runs *to, uint64_t pos, struct error *err)
{
    struct run *last = to->count ? &to->run[to->count - 1] : NULL;

    if (last && pos == last->last + 1) {
        last->last = pos;
        return true;
    }
    if (to->count == to->cap) {
        size_t cap = to->cap ? to->cap * 2 : 64;
        struct run *grown = realloc(to->run, cap * sizeof *grown);

        if (!grown)
            return error_memory(err, "for the documents that are done");
        to->run = grown;
        to->cap = cap;
    }
    to->run[to->count++] = (struct run){ pos, pos };
    return true;
}

static int by_first(const void *a, const void *b)
{
    uint64_t x = ((const struct run *)a)->first;
    uint64_t y = ((const struct run *)b)->first;

    return (x > y) - (x < y);
}

static void sort_and_merge(struct runs *r)
{
    size_t kept = 0;

    if (r->count < 2)
        return;
    qsort(r->run, r->count, sizeof *r->run, by_first);
    for (size_t i = 1; i < r->count; i++)
        if (r->run[i].first > r->run[kept].last + 1)
            r->run[++kept] = r->run[i];
        else if (r->run[i].last > r->run[kept].last)
            r->run[kept].last = r->run[i].last;
    r->count = kept + 1;
}

static bool ledger_resume_runs_have(const struct runs *r, uint64_t pos)
{
    size_t low = 0, high = r->count;

    /* Nearly all documents come after the last exception. */
    if (r->count == 0 || pos > r->run[r->count - 1].last)
        return false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (r->run[middle].last < pos)
            low = middle + 1;
        else
            high = middle;
    }
    return r->run[low].first <= pos;
}

bool ledger_skips(const struct ledger *l, uint16_t source, uint64_t pos,
                  struct text id)
{
    if (source < l->skip_count &&
        ledger_resume_runs_have(&l->skips[source], pos))
        return true;
    return l->ids && idset_has(l->ids, id);
}

/* --- the exceptions above the frontiers ----------------------------------- */

static bool ledger_resume_skip_row(struct ledger *l, sqlite3_stmt *st,
                                   size_t source, struct error *err)
{
    uint64_t frontier = l->places[source].is.frontier_pos;
    struct packed_row row;
    int got = ledger_resume_unpack(l, st, &row, err);

    if (got <= 0)
        return got == 0;
    if (!row.placed || row.source != source) {
        ledger_resume_leave_out(l);
        return true;
    }
    for (size_t i = 0; i < row.count; i++)
        if (row.pos[i] >= frontier &&
            !add_position(&l->skips[source], row.pos[i], err))
            return false;
    return true;
}

static bool load_row(struct ledger *l, sqlite3_stmt *st, bool skips,
                     struct error *err)
{
    int64_t source = sqlite3_column_int64(st, COL_SOURCE);
    uint64_t last = column_u64(st, COL_LAST);
    struct place *p;

    if (source < 0 || (uint64_t)source >= l->place_count)
        return true;
    p = &l->places[source];
    if (last < p->is.frontier_pos)
        return true;
    return ledger_push_above(p, sqlite3_column_int64(st, COL_ROW), last,
                             err) &&
           (!skips || ledger_resume_skip_row(l, st, (size_t)source, err));
}

static bool load_failed(struct ledger *l, size_t source, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&l->file, SQL_FAILED_ABOVE, err);
    bool good = st;
    int got = 1;

    if (!st)
        return false;
    bind_u64(st, 1, source);
    bind_u64(st, 2, l->places[source].is.frontier_pos);
    while (good && (got = ledger_file_row(&l->file, st, err)) > 0)
        good = add_position(&l->skips[source], column_u64(st, 0), err);
    sqlite3_reset(st);
    return good && got == 0;
}

bool ledger_load_above(struct ledger *l, bool skips, struct error *err)
{
    int64_t from = l->above_row > l->ids_before ? l->above_row : l->ids_before;
    sqlite3_stmt *st = ledger_file_sql(&l->file, SQL_DONE_FROM, err);
    bool good = st;
    int got = 1;

    if (!st)
        return false;
    for (size_t i = 0; i < l->place_count; i++)
        l->places[i].first = l->places[i].end = 0;
    sqlite3_bind_int64(st, 1, from);
    while (good && (got = ledger_file_row(&l->file, st, err)) > 0)
        good = load_row(l, st, skips, err);
    sqlite3_reset(st);
    if (!good || got < 0)
        return false;
    l->tracked = true;
    return true;
}

static bool make_skips(struct ledger *l, struct error *err)
{
    for (size_t i = 0; i < l->skip_count; i++)
        free(l->skips[i].run);
    free(l->skips);
    l->skip_count = 0;
    l->skips = calloc(l->place_count + 1, sizeof *l->skips);
    if (!l->skips)
        return error_memory(err, "for the documents that are done");
    l->skip_count = l->place_count;
    return true;
}

/* --- the index over ids --------------------------------------------------- */

static bool add_row_ids(struct ledger *l, sqlite3_stmt *st, struct error *err)
{
    struct packed_row row;
    int got = ledger_resume_unpack(l, st, &row, err);

    if (got <= 0)
        return got == 0;
    for (size_t i = 0; i < row.count; i++)
        if (!idset_add(l->ids, row.ids[i], err))
            return false;
    return true;
}

static bool add_done_ids(struct ledger *l, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&l->file, SQL_DONE_FROM, err);
    bool good = st;
    int got = 1;

    if (!st)
        return false;
    sqlite3_bind_int64(st, 1, 0);
    while (good && (got = ledger_file_row(&l->file, st, err)) > 0 &&
           sqlite3_column_int64(st, COL_ROW) < l->ids_before)
        good = add_row_ids(l, st, err);
    sqlite3_reset(st);
    return good && got >= 0;
}

static bool add_failed_ids(struct ledger *l, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&l->file, SQL_STALE_IDS, err);
    bool good = st;
    int got = 1;

    if (!st)
        return false;
    while (good && (got = ledger_file_row(&l->file, st, err)) > 0)
        if (sqlite3_column_bytes(st, 0) > 0)
            good = idset_add(l->ids, column_text(st, 0), err);
    sqlite3_reset(st);
    return good && got == 0;
}

static bool build_ids(struct ledger *l, struct error *err)
{
    idset_free(l->ids);
    l->ids = idset_new(l->dir, l->done, err);
    return l->ids && add_done_ids(l, err) && add_failed_ids(l, err);
}

/* --- the two ways to go on ------------------------------------------------ */

static bool ledger_resume_change(struct ledger *l, enum schema_statement n,
                                 uint64_t *rows, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&l->file, n, err);

    if (!st || !ledger_file_run(&l->file, st, err))
        return false;
    *rows = (uint64_t)sqlite3_changes64(l->file.db);
    return true;
}

/* The run checks every record anew, so old rejections no longer count. */
static bool forget_rejected(struct ledger *l, struct error *err)
{
    struct ledger_totals t;
    uint64_t rows;

    if (!ledger_resume_change(l, SQL_STALE_REJECTED, &rows, err) ||
        !ledger_file_totals(&l->file, &t, err))
        return false;
    t.rejected -= rows < t.rejected ? rows : t.rejected;
    t.produced -= rows < t.produced ? rows : t.produced;
    return rows == 0 || ledger_file_totals_set(&l->file, &t, err);
}

static bool leave_positions(struct ledger *l, struct error *err)
{
    uint64_t rows;

    if (!forget_rejected(l, err) ||
        !ledger_resume_change(l, SQL_STALE_CLOSED, &rows, err) ||
        !ledger_resume_change(l, SQL_STALE_MOVE, &rows, err) ||
        !ledger_file_set_u64(&l->file, "ledger.ids_before",
                             (uint64_t)l->next_row, err))
        return false;
    l->ids_before = l->above_row = l->next_row;
    for (size_t i = 0; i < l->place_count; i++) {
        struct place *p = &l->places[i];

        p->is.frontier_pos = p->is.frontier_offset = p->is.frontier_line = 0;
        p->is.complete = false;
        p->dirty = true;
        p->first = p->end = 0;
    }
    l->tracked = true;
    return true;
}

bool ledger_use_ids(struct ledger *l, struct error *err)
{
    if (!ledger_begin(l, err))
        return false;
    if (!leave_positions(l, err))
        return ledger_lost(l);
    return ledger_commit(l, err) && make_skips(l, err) && build_ids(l, err);
}

bool ledger_use_frontier(struct ledger *l, struct error *err)
{
    if (!make_skips(l, err) || !ledger_load_above(l, true, err))
        return false;
    for (size_t i = 0; i < l->skip_count; i++) {
        if (!load_failed(l, i, err))
            return false;
        sort_and_merge(&l->skips[i]);
    }
    return l->ids_before == 0 || build_ids(l, err);
}
