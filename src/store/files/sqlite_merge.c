/* This file writes sorted runs of ids, and merges four of a level into one of
 * the next. */
#include "config.h"
#include "store/files/sqlite_runs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNK_ENTRIES = 900 }; /* of 16 bytes: a few more fit, too */

/* ---- write ---- */

struct run_writer {
    struct sqlite_store *s;
    sqlite3_stmt *insert;
    struct id_run run;
    int64_t chunk; /* of the entries in `bytes` */
    struct buf bytes;
};

static bool runs_end_chunk(struct run_writer *w, struct error *err)
{
    bool done = true;

    if (w->bytes.failed)
        return error_memory(err, "for the ids of %s", w->s->path);
    if (w->bytes.len == 0)
        return true;
    sqlite3_bind_int64(w->insert, 1,
                       runs_first_chunk(w->run.number) + w->chunk);
    sqlite3_bind_blob64(w->insert, 2, w->bytes.data, w->bytes.len,
                        SQLITE_STATIC);
    done = sqlite3_step(w->insert) == SQLITE_DONE ||
           sqlite_failed(w->s, "writing to", err);
    sqlite3_reset(w->insert);
    buf_clear(&w->bytes);
    return done;
}

static bool runs_put(struct run_writer *w, const struct hash_slot *e,
                     struct error *err)
{
    int64_t chunk = runs_chunk_of(e->hash, w->run.chunks);

    if (chunk != w->chunk && !runs_end_chunk(w, err))
        return false;
    w->chunk = chunk;
    buf_put(&w->bytes, e, sizeof *e);
    return true;
}

/* Begin a run of so many entries. */
static bool runs_begin(struct run_writer *w, struct sqlite_store *s,
                       unsigned level, uint64_t entries, struct error *err)
{
    struct sqlite_ids *ids = &s->ids;
    char sql[RUNS_SQL];

    *w = (struct run_writer){
        .s = s,
        .run = { .number = ids->runs ? ids->run[ids->runs - 1].number + 1 : 1,
                 .level = level,
                 .entries = entries,
                 .chunks = entries / CHUNK_ENTRIES + 1 }
    };
    snprintf(sql, sizeof sql,
             "CREATE TABLE IF NOT EXISTS id_level_%u("
             "chunk INTEGER PRIMARY KEY, entries BLOB)",
             level);
    if (sqlite_run(s, sql, "writing to", err))
        w->insert = sqlite_runs_prepare(
            s, "INSERT INTO id_level_%u VALUES(?, ?)", level, err);
    return w->insert != NULL;
}

static bool runs_enter(struct sqlite_store *s, const struct id_run *run,
                       int64_t covered, struct error *err)
{
    char sql[RUNS_SQL];

    snprintf(sql, sizeof sql,
             "INSERT INTO id_runs VALUES(%" PRId64 ", %u, %" PRIu64
             ", %" PRIu64 ", %" PRId64 ")",
             run->number, run->level, run->entries, run->chunks, covered);
    return sqlite_run(s, sql, "writing to", err);
}

/* Write the last chunk and release the writer; `fine`: all went well so far. */
static bool runs_end(struct run_writer *w, bool fine, int64_t covered,
                     struct error *err)
{
    fine = fine && runs_end_chunk(w, err) &&
           runs_enter(w->s, &w->run, covered, err);
    sqlite3_finalize(w->insert);
    buf_release(&w->bytes);
    return fine;
}

/* ---- merge ---- */

struct run_reader {
    sqlite3_stmt *chunks;
    const char *blob;
    size_t at, n;
    struct hash_slot next;
    bool more;
};

/* Take the next entry; false: an error. `more` says whether there is one. */
static bool runs_next(struct sqlite_store *s, struct run_reader *r,
                      struct error *err)
{
    while (r->at == r->n) {
        int code = sqlite3_step(r->chunks);

        r->more = false;
        if (code == SQLITE_DONE)
            return true;
        if (code != SQLITE_ROW)
            return sqlite_failed(s, "reading", err);
        r->blob = sqlite3_column_blob(r->chunks, 0);
        r->n = (size_t)sqlite3_column_bytes(r->chunks, 0) / sizeof r->next;
        r->at = 0;
    }
    r->more = true;
    r->next = runs_entry_at(r->blob, r->at++);
    return true;
}

static bool runs_open(struct sqlite_store *s, const struct id_run *run,
                      struct run_reader *r, struct error *err)
{
    *r = (struct run_reader){
        .chunks = sqlite_runs_prepare(s,
                               "SELECT entries FROM id_level_%u "
                               "WHERE chunk BETWEEN ? AND ? ORDER BY chunk",
                               run->level, err)
    };
    if (!r->chunks)
        return false;
    sqlite3_bind_int64(r->chunks, 1, runs_first_chunk(run->number));
    sqlite3_bind_int64(r->chunks, 2, runs_first_chunk(run->number + 1) - 1);
    return runs_next(s, r, err);
}

static struct run_reader *runs_least(struct run_reader *r, size_t n)
{
    struct run_reader *least = NULL;

    for (size_t i = 0; i < n; i++)
        if (r[i].more && (!least || r[i].next.hash < least->next.hash))
            least = &r[i];
    return least;
}

static bool runs_copy(struct run_writer *w, struct run_reader *r, size_t n,
                      struct error *err)
{
    struct run_reader *least;

    while ((least = runs_least(r, n)))
        if (!runs_put(w, &least->next, err) || !runs_next(w->s, least, err))
            return false;
    return true;
}

/* The runs of a level are the last ones. Without WHERE, SQLite drops the pages
 * unread. */
static bool runs_forget(struct sqlite_store *s, unsigned level,
                        struct error *err)
{
    char sql[RUNS_SQL];

    snprintf(sql, sizeof sql,
             "DELETE FROM id_level_%u; DELETE FROM id_runs WHERE level = %u",
             level, level);
    s->ids.runs -= IDS_FAN;
    return sqlite_run(s, sql, "writing to", err);
}

static bool runs_merge(struct sqlite_store *s, unsigned level, int64_t covered,
                       struct error *err)
{
    struct sqlite_ids *ids = &s->ids;
    const struct id_run *run = &ids->run[ids->runs - IDS_FAN];
    struct run_reader from[IDS_FAN] = { 0 };
    struct run_writer to;
    uint64_t entries = 0;
    bool fine = true;

    for (size_t i = 0; i < IDS_FAN; i++)
        entries += run[i].entries;
    for (size_t i = 0; fine && i < IDS_FAN; i++)
        fine = runs_open(s, &run[i], &from[i], err);
    fine = runs_begin(&to, s, level + 1, entries, err) && fine &&
           runs_copy(&to, from, IDS_FAN, err);
    for (size_t i = 0; i < IDS_FAN; i++)
        sqlite3_finalize(from[i].chunks);
    if (!runs_end(&to, fine, covered, err) || !runs_forget(s, level, err))
        return false;
    ids->run[ids->runs++] = to.run;
    return true;
}

static size_t runs_at(const struct sqlite_ids *ids, unsigned level)
{
    size_t n = 0;

    while (n < ids->runs && ids->run[ids->runs - 1 - n].level == level)
        n++;
    return n;
}

/* ---- recent ones become a run ---- */

static int runs_compare(const void *a, const void *b)
{
    uint64_t x = ((const struct hash_slot *)a)->hash;
    uint64_t y = ((const struct hash_slot *)b)->hash;

    return x < y ? -1 : x > y;
}

/* The entries of the map, sorted, in its own storage: it is not a map any
 * more. */
static struct hash_slot *runs_sort(struct hash_map *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->slot_count; i++)
        if (!hash_slot_is_free(&m->slots[i]))
            m->slots[n++] = m->slots[i];
    if (n)
        qsort(m->slots, n, sizeof *m->slots, runs_compare);
    return m->slots;
}

static bool runs_write(struct sqlite_store *s, const struct hash_slot *sorted,
                       size_t n, int64_t covered, struct error *err)
{
    struct run_writer w;
    bool fine = runs_begin(&w, s, 1, n, err);

    for (size_t i = 0; fine && i < n; i++) {
        sqlite_runs_pass(&s->ids, sorted[i].hash);
        fine = runs_put(&w, &sorted[i], err);
    }
    if (!runs_end(&w, fine, covered, err))
        return false;
    s->ids.run[s->ids.runs++] = w.run;
    return true;
}

bool sqlite_runs_add(struct sqlite_store *s, int64_t covered,
                     struct error *err)
{
    struct sqlite_ids *ids = &s->ids;
    size_t n = ids->recent.count;

    if (ids->runs == IDS_RUNS)
        return error_set(err, ERROR_CONFIG, 0, "%s: too many runs of ids",
                         s->path);
    if (!runs_write(s, runs_sort(&ids->recent), n, covered, err))
        return false;
    ids->covered = covered;
    memset(ids->recent.slots, 0,
           ids->recent.slot_count * sizeof *ids->recent.slots);
    ids->recent.count = 0;
    for (unsigned level = 1;
         level < IDS_LEVELS && runs_at(ids, level) == IDS_FAN; level++)
        if (!runs_merge(s, level, covered, err))
            return false;
    return true;
}
