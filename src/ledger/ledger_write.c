/*
 * This file puts what the recorder reports into the open transaction;
 * ledger_commit() makes it durable.
 *
 * A batch becomes one row at the end of a table: no index, no search, no random
 * write. Sources and counters stay in memory until the commit writes them. To
 * find the exceptions above a frontier without a scan of the whole table, each
 * source has a queue of the rows that reach above it, oldest first;
 * `ledger.above` stores the oldest of all.
 */
#include "config.h"
#include "ledger/ledger_file.h"

#include <assert.h>
#include <stdlib.h>

#include "sys/clock.h"
#include "util/str.h"

/* --- transactions --------------------------------------------------------- */

bool ledger_lost(struct ledger *l)
{
    if (l->file.db && !sqlite3_get_autocommit(l->file.db))
        sqlite3_exec(l->file.db, "ROLLBACK", NULL, NULL, NULL);
    l->in_transaction = false;
    l->broken = true;
    return false;
}

static bool ledger_run_statement(struct ledger *l, enum schema_statement n,
                                 struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&l->file, n, err);

    return st && ledger_file_run(&l->file, st, err);
}

bool ledger_begin(struct ledger *l, struct error *err)
{
    if (l->broken)
        return error_set(err, ERROR_LOCAL, 0,
                         "the ledger of job %s must be opened again", l->job);
    if (!l->in_transaction && !ledger_run_statement(l, SQL_BEGIN, err))
        return ledger_lost(l);
    l->in_transaction = true;
    return true;
}

bool ledger_check_in_place(struct ledger *l, struct error *err)
{
    struct stat st = { 0 };
    bool there = l->file.path && lstat(l->file.path, &st) == 0;
    char shown[120];

    if (there && st.st_ino == l->ino && st.st_dev == l->dev)
        return true;
    str_printable(shown, sizeof shown,
                  text_of(l->file.path ? l->file.path : l->job));
    return there ? error_set(err, ERROR_LOCAL, EEXIST,
                             "something else has taken the place of %s: move "
                             "it away",
                             shown)
                 : error_set(err, ERROR_LOCAL, ENOENT,
                             "%s was moved or deleted while in use", shown);
}

static bool write_sources(struct ledger *l, struct error *err)
{
    for (size_t i = 0; i < l->place_count; i++) {
        struct place *p = &l->places[i];

        if (p->dirty && !ledger_file_source_set(&l->file, i, &p->is, err))
            return false;
        p->dirty = false;
    }
    return true;
}

/* The oldest row above any frontier, or the next one. */
static int64_t oldest_above(const struct ledger *l)
{
    int64_t row = l->next_row;

    for (size_t i = 0; i < l->place_count; i++) {
        const struct place *p = &l->places[i];

        if (p->first < p->end && p->above[p->first].row < row)
            row = p->above[p->first].row;
    }
    return row;
}

static bool write_counters(struct ledger *l, struct error *err)
{
    struct ledger_file *f = &l->file;

    if (l->tracked)
        l->above_row = oldest_above(l);
    if (l->above_row != l->stored_above &&
        !ledger_file_set_u64(f, "ledger.above", (uint64_t)l->above_row, err))
        return false;
    if (l->done != l->committed_done &&
        !ledger_file_set_u64(f, "ledger.done", l->done, err))
        return false;
    return ledger_file_set_u64(f, "ledger.updated", (uint64_t)clock_wall_s(),
                               err);
}

bool ledger_commit(struct ledger *l, struct error *err)
{
    if (!l->in_transaction && !l->broken)
        return true;
    if (!ledger_begin(l, err))
        return false;
    if (!ledger_check_in_place(l, err) || !write_sources(l, err) ||
        !write_counters(l, err) || !ledger_run_statement(l, SQL_COMMIT, err))
        return ledger_lost(l);
    l->in_transaction = false;
    l->committed_row = l->next_row - 1;
    l->committed_done = l->done;
    l->stored_above = l->above_row;
    return true;
}

/* --- done ----------------------------------------------------------------- */

bool ledger_push_above(struct place *p, int64_t row, uint64_t last,
                       struct error *err)
{
    struct above *grown;
    size_t cap = p->cap ? p->cap * 2 : 64;

    if (p->end == p->cap && p->first > p->cap / 2) {
        memmove(p->above, p->above + p->first,
                (p->end - p->first) * sizeof *p->above);
        p->end -= p->first;
        p->first = 0;
    }
    if (p->end == p->cap) {
        grown = realloc(p->above, cap * sizeof *grown);
        if (!grown)
            return error_memory(err, "for the rows above the frontier");
        p->above = grown;
        p->cap = cap;
    }
    p->above[p->end++] = (struct above){ row, last };
    return true;
}

/* The smallest and largest position; positions in no corpus do not count. */
static void find_span(const struct ledger_ack *acks, size_t n, uint64_t *first,
                      uint64_t *last)
{
    *first = LEDGER_NOWHERE;
    *last = 0;
    for (size_t i = 0; i < n; i++) {
        if (acks[i].pos < *first)
            *first = acks[i].pos;
        if (acks[i].pos > *last && acks[i].pos < LEDGER_NOWHERE)
            *last = acks[i].pos;
    }
}

bool ledger_append(struct ledger *l, int source, const struct ledger_ack *acks,
                   size_t n, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&l->file, SQL_DONE_ADD, err);
    bool placed = source >= 0;
    uint64_t first, last;
    struct text body;

    if (!st || !packer_pack(&l->packer, placed ? (uint16_t)source : 0, placed,
                            acks, n, &body, err))
        return false;
    find_span(acks, n, &first, &last);
    sqlite3_bind_int64(st, 1, l->next_row);
    sqlite3_bind_int64(st, 2, source);
    if (placed) {
        bind_u64(st, 3, first);
        bind_u64(st, 4, last);
    }
    bind_u64(st, 5, n);
    bind_blob(st, 6, body);
    if (!ledger_file_run(&l->file, st, err))
        return false;
    if (placed && l->tracked &&
        last >= l->places[source].is.frontier_pos &&
        !ledger_push_above(&l->places[source], l->next_row, last, err))
        return false;
    l->next_row++;
    l->done += n;
    return true;
}

bool ledger_done(struct ledger *l, uint16_t source,
                 const struct ledger_ack *acks, size_t n, struct error *err)
{
    if (!ledger_begin(l, err))
        return false;
    assert(source < l->place_count);
    while (n > 0) {
        size_t some = n < PACK_COUNT_MAX ? n : PACK_COUNT_MAX;

        if (!ledger_append(l, source, acks, some, err))
            return ledger_lost(l);
        acks += some;
        n -= some;
    }
    return true;
}

bool ledger_frontier(struct ledger *l, uint16_t source, uint64_t pos,
                     uint64_t offset, uint64_t line, struct error *err)
{
    struct place *p;

    if (!ledger_begin(l, err))
        return false;
    p = &l->places[source];
    assert(source < l->place_count && pos >= p->is.frontier_pos);
    p->is.frontier_pos = pos;
    p->is.frontier_offset = offset;
    p->is.frontier_line = line;
    p->dirty = true;
    while (p->first < p->end && p->above[p->first].last < pos)
        p->first++;
    return true;
}
