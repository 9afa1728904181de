/* This file finds a key in the sorted runs of ids: a filter in memory tells of
 * most new ids that none has it. */
#include "config.h"
#include "store/files/sqlite_runs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILTER_BITS = 25 }; /* 4 MiB: one of five passes at 10 million ids */

#define FILTER_WORDS (((size_t)1 << FILTER_BITS) / 64)

/* ---- the filter ---- */

/* Two bits of the filter for a key: bits of the key that say nothing about its
 * chunk. */
static size_t runs_bit(uint64_t key, int which)
{
    return (size_t)(key >> (which * FILTER_BITS)) &
           (((size_t)1 << FILTER_BITS) - 1);
}

void sqlite_runs_pass(struct sqlite_ids *ids, uint64_t key)
{
    for (int which = 0; ids->filter && which < 2; which++)
        ids->filter[runs_bit(key, which) / 64] |=
            (uint64_t)1 << runs_bit(key, which) % 64;
}

static bool runs_filter_has(const uint64_t *filter, uint64_t key)
{
    for (int which = 0; filter && which < 2; which++)
        if (!(filter[runs_bit(key, which) / 64] >> runs_bit(key, which) % 64 &
              1))
            return false;
    return true;
}

/* ---- find ---- */

sqlite3_stmt *sqlite_runs_prepare(struct sqlite_store *s, const char *format,
                                  unsigned level, struct error *err)
{
    char sql[RUNS_SQL];

    snprintf(sql, sizeof sql, format, level);
    return sqlite_prepare(s, sql, err);
}

/* Binary search; 0: not there. */
static int64_t runs_row_in(const char *blob, size_t n, uint64_t key)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (runs_entry_at(blob, mid).hash < key)
            low = mid + 1;
        else
            high = mid;
    }
    return low < n && runs_entry_at(blob, low).hash == key
               ? (int64_t)runs_entry_at(blob, low).value
               : 0;
}

static bool runs_look(struct sqlite_store *s, const struct id_run *run,
                      uint64_t key, int64_t *row, struct error *err)
{
    sqlite3_stmt **q = &s->ids.chunk[run->level];
    int code;

    if (!*q)
        *q = sqlite_runs_prepare(
            s, "SELECT entries FROM id_level_%u WHERE chunk = ?", run->level,
            err);
    if (!*q)
        return false;
    sqlite3_bind_int64(*q, 1,
                       runs_first_chunk(run->number) +
                           runs_chunk_of(key, run->chunks));
    code = sqlite3_step(*q);
    if (code == SQLITE_ROW)
        *row = runs_row_in(sqlite3_column_blob(*q, 0),
                           (size_t)sqlite3_column_bytes(*q, 0) /
                               sizeof(struct hash_slot),
                           key);
    else if (code != SQLITE_DONE)
        sqlite_failed(s, "reading", err);
    sqlite3_reset(*q);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

bool sqlite_runs_find(struct sqlite_store *s, uint64_t key, int64_t *row,
                      struct error *err)
{
    *row = 0;
    if (!runs_filter_has(s->ids.filter, key))
        return true;
    for (size_t i = s->ids.runs; i-- > 0 && !*row;)
        if (!runs_look(s, &s->ids.run[i], key, row, err))
            return false;
    return true;
}

/* ---- what is in the file ---- */

static bool runs_take(struct sqlite_store *s, sqlite3_stmt *q)
{
    struct sqlite_ids *ids = &s->ids;
    int64_t level = sqlite3_column_int64(q, 1), at = 0;
    struct id_run run = { .number = sqlite3_column_int64(q, 0),
                          .level = (unsigned)level,
                          .entries = (uint64_t)sqlite3_column_int64(q, 2),
                          .chunks = (uint64_t)sqlite3_column_int64(q, 3) };

    if (ids->runs == IDS_RUNS || level < 1 || level > IDS_LEVELS ||
        run.number < 1 || run.number > UINT32_MAX / 2 ||
        run.chunks > UINT32_MAX || run.entries > (uint64_t)INT64_MAX / 16)
        return false;
    at = sqlite3_column_int64(q, 4);
    ids->run[ids->runs++] = run;
    ids->covered = at > ids->covered ? at : ids->covered;
    return true;
}

bool sqlite_runs_read(struct sqlite_store *s, struct error *err)
{
    sqlite3_stmt *q = sqlite_prepare(s, "SELECT run, level, entries, chunks, "
                                        "covered FROM id_runs ORDER BY run",
                                     err);
    bool fine = true;
    int code;

    s->ids.runs = 0;
    s->ids.covered = 0;
    if (!q)
        return false;
    while ((code = sqlite3_step(q)) == SQLITE_ROW && fine)
        fine = runs_take(s, q);
    if (!fine)
        error_set(err, ERROR_CONFIG, EUCLEAN,
                  "%s: the table id_runs is damaged", s->path);
    else if (code != SQLITE_DONE)
        fine = sqlite_failed(s, "reading", err);
    sqlite3_finalize(q);
    return fine;
}

static bool runs_filter_level(struct sqlite_store *s, unsigned level,
                              struct error *err)
{
    sqlite3_stmt *q =
        sqlite_runs_prepare(s, "SELECT entries FROM id_level_%u", level, err);
    int code;

    if (!q)
        return false;
    while ((code = sqlite3_step(q)) == SQLITE_ROW) {
        const char *blob = sqlite3_column_blob(q, 0);
        size_t n = (size_t)sqlite3_column_bytes(q, 0) /
                   sizeof(struct hash_slot);

        for (size_t i = 0; i < n; i++)
            sqlite_runs_pass(&s->ids, runs_entry_at(blob, i).hash);
    }
    if (code != SQLITE_DONE)
        sqlite_failed(s, "reading", err);
    sqlite3_finalize(q);
    return code == SQLITE_DONE;
}

bool sqlite_runs_filter(struct sqlite_store *s, struct error *err)
{
    struct sqlite_ids *ids = &s->ids;

    free(ids->filter);
    ids->filter = calloc(FILTER_WORDS, sizeof *ids->filter);
    for (size_t i = 0; ids->filter && i < ids->runs; i++)
        if ((i == 0 || ids->run[i].level != ids->run[i - 1].level) &&
            !runs_filter_level(s, ids->run[i].level, err))
            return false;
    return true;
}
