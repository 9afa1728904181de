/*
 * This file saves what is whole in a damaged ledger into a new one.
 *
 * Each row of `done` has a checksum, each source a seal; SQLite's pages have
 * neither. We skip a row that cannot be reached, and leave out one that cannot
 * be unpacked. What may be trusted then:
 *
 *   frontiers   if all sources are whole and no failure is missing (their
 *               numbers are those of the totals): below a frontier each
 *               document is stored or has a row in `failed`, whichever rows of
 *               `done` were lost. Only documents above it are sent again.
 *   ids         otherwise, or when rows from before a change of the corpus were
 *               lost: the run reads the corpus from its beginning and skips the
 *               ids in the remaining rows.
 *
 * So a document may be embedded again, and none is forgotten.
 *
 * We make the new file beside the damaged one, copy the damaged one to
 * completed/ with its WAL, then rename the new one over it. A kill before that
 * leaves a damaged ledger, which can be salvaged again.
 */
#include "config.h"
#include "ledger/ledger_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "util/str.h"

enum {
    NEAR = 1000,   /* rows in sequence to try one by one, and beyond */
    FAR = 1 << 20, /* where to give up the search */
    SOURCES_MAX = UINT16_MAX + 1,
};

struct salvage {
    struct ledger *l;
    struct ledger_file from, to;
    struct error ignored; /* errors of the damaged one */
    struct ledger_source *source;
    size_t source_count;
    bool sources_whole, failures_whole, totals_whole;
    uint64_t was_done;       /* ledger.done; 0: unknown */
    uint64_t was_stored;     /* the same, by its totals */
    uint64_t kept;           /* documents in rows that are whole */
    uint64_t kept_above;     /* of them above the frontiers */
    int64_t last_row;
    uint64_t ended[OUTCOMES]; /* failures by outcome */
    uint64_t ended_below;    /* those below the frontiers, not healed */
    struct ledger_totals totals;
};

/* Is it an error of a row that contradicts another? Then leave the row out. */
static bool salvage_leaves_out(const struct error *err)
{
    return err->kind == ERROR_LOCAL && err->code == LEDGER_DAMAGED;
}

/* --- the job -------------------------------------------------------------- */

static bool put_fact(struct salvage *s, sqlite3_stmt *st, struct error *err)
{
    return ledger_file_set(&s->to, column_string(st, 0), column_string(st, 1),
                           err) || salvage_leaves_out(err);
}

/* A ledger without its identity could be taken for one of another model. */
static bool has_identity(struct salvage *s)
{
    char *embed = ledger_file_get(&s->to, "identity.embed");
    char *store = ledger_file_get(&s->to, "identity.store");
    bool known = embed && store;

    free(embed);
    free(store);
    return known;
}

static bool take_facts(struct salvage *s, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&s->from, SQL_JOB_ALL, &s->ignored);
    bool fine = true;

    while (fine && st && ledger_file_row(&s->from, st, &s->ignored) > 0)
        fine = put_fact(s, st, err);
    if (st)
        sqlite3_reset(st);
    s->was_done = ledger_file_get_u64(&s->to, "ledger.done");
    s->totals_whole = ledger_file_totals(&s->to, &s->totals, &s->ignored) &&
                      s->totals.produced > 0;
    s->was_stored = s->totals.stored;
    return fine;
}

/* --- the sources ---------------------------------------------------------- */

static void forget_sources(struct salvage *s)
{
    for (size_t i = 0; i < s->source_count; i++)
        free(s->source[i].path);
    free(s->source);
    s->source = NULL;
    s->source_count = 0;
}

/* Take all of them, or trust none. */
static bool take_sources(struct salvage *s, struct error *err)
{
    int64_t count = 0;

    if (!ledger_file_number(&s->from, SQL_SOURCE_COUNT, &count,
                            &s->ignored) ||
        count <= 0 || count > SOURCES_MAX)
        return true;
    s->source = calloc((size_t)count, sizeof *s->source);
    if (!s->source)
        return error_memory(err, "for the ledger");
    while (s->source_count < (size_t)count &&
           ledger_file_source(&s->from, s->source_count,
                              &s->source[s->source_count], &s->ignored))
        s->source_count++;
    s->sources_whole = s->source_count == (size_t)count;
    if (!s->sources_whole)
        forget_sources(s);
    return true;
}

static bool put_sources(struct salvage *s, bool frontiers, struct error *err)
{
    for (size_t i = 0; i < s->source_count; i++) {
        struct ledger_source is = s->source[i];

        if (!frontiers)
            is = (struct ledger_source){ .path = is.path, .print = is.print,
                                         .frontier_line = 1 };
        if (!ledger_file_source_set(&s->to, i, &is, err))
            return false;
    }
    return true;
}

/* --- what is done --------------------------------------------------------- */

static uint64_t frontier_of(const struct salvage *s, uint64_t source)
{
    return source < s->source_count ? s->source[source].frontier_pos
                                    : UINT64_MAX;
}

/* Copy the row under its number if it is whole. */
static bool put_done(struct salvage *s, sqlite3_stmt *st, struct error *err)
{
    sqlite3_stmt *add = ledger_file_sql(&s->to, SQL_DONE_ADD, err);
    struct packed_row row;

    if (!add)
        return false;
    if (!packer_unpack(&s->l->packer, column_text(st, 5), &row, &s->ignored))
        return s->ignored.kind != ERROR_MEMORY ||
               error_memory(err, "for the ledger");
    for (int i = 0; i < 6; i++)
        sqlite3_bind_value(add, i + 1, sqlite3_column_value(st, i));
    bind_u64(add, 5, row.count);
    if (!ledger_file_run(&s->to, add, err))
        return salvage_leaves_out(err);
    s->kept += row.count;
    s->last_row = sqlite3_column_int64(st, 0);
    for (size_t i = 0; row.placed && i < row.count; i++)
        s->kept_above += row.pos[i] < LEDGER_NOWHERE &&
                         row.pos[i] >= frontier_of(s, row.source);
    return true;
}

/* 1: there is a row from this one on, 0: there is none, -1: it is lost. */
static int salvage_find_row(struct salvage *s, int64_t row)
{
    sqlite3_stmt *st = ledger_file_sql(&s->from, SQL_DONE_FROM, &s->ignored);
    int got;

    if (!st)
        return 0;
    sqlite3_bind_int64(st, 1, row);
    got = ledger_file_row(&s->from, st, &s->ignored);
    sqlite3_reset(st);
    return got;
}

/* The first row behind a lost one that is not lost; 0: there is none. A lost
 * page takes a few rows with it, a lost page above it thousands. So beyond NEAR
 * we take larger steps, and halving finds the end of the stretch. */
static int64_t salvage_pass_lost_rows(struct salvage *s, int64_t row)
{
    int64_t lost = row, found = row + 1;

    while (salvage_find_row(s, found) < 0) {
        int64_t step = found - row < NEAR ? 1 : found - row;

        lost = found;
        found += step;
        if (found - row > FAR)
            return 0;
    }
    while (found - lost > 1) {
        int64_t middle = lost + (found - lost) / 2;

        if (salvage_find_row(s, middle) < 0)
            lost = middle;
        else
            found = middle;
    }
    return found;
}

static bool take_done(struct salvage *s, struct error *err)
{
    for (int64_t row = 1; row > 0; row = salvage_pass_lost_rows(s, row)) {
        sqlite3_stmt *st = ledger_file_sql(&s->from, SQL_DONE_FROM,
                                           &s->ignored);
        int got;

        if (!st)
            return true;
        sqlite3_bind_int64(st, 1, row);
        while ((got = ledger_file_row(&s->from, st, &s->ignored)) > 0) {
            row = sqlite3_column_int64(st, 0) + 1;
            if (!put_done(s, st, err))
                return false;
        }
        if (got == 0)
            return true;
    }
    return true;
}

/* --- what failed ---------------------------------------------------------- */

static bool salvage_put_failure(struct salvage *s, sqlite3_stmt *st,
                                struct error *err)
{
    sqlite3_stmt *put = ledger_file_sql(&s->to, SQL_FAILED_PUT, err);
    uint64_t outcome = column_u64(st, 6);

    if (!put)
        return false;
    for (int i = 0; i < 14; i++)
        sqlite3_bind_value(put, i + 1, sqlite3_column_value(st, i));
    if (!ledger_file_run(&s->to, put, err))
        return false;
    if (outcome < OUTCOMES)
        s->ended[outcome]++;
    s->ended_below += outcome < OUTCOME_HEALED &&
                      column_u64(st, 2) < frontier_of(s, column_u64(st, 1));
    return true;
}

static bool take_failures(struct salvage *s, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&s->from, SQL_FAILED_ALL, &s->ignored);
    int got = -1;

    while (st && (got = ledger_file_row(&s->from, st, &s->ignored)) > 0)
        if (!salvage_put_failure(s, st, err))
            return salvage_leaves_out(err);
    s->failures_whole = got == 0 && s->totals_whole &&
                        s->ended[OUTCOME_FAILED] == s->totals.failed &&
                        s->ended[OUTCOME_REJECTED] == s->totals.rejected;
    return true;
}

/* --- the new one ---------------------------------------------------------- */

static bool may_keep_frontiers(struct salvage *s)
{
    return s->sources_whole && s->failures_whole &&
           (s->kept == s->was_done ||
            ledger_file_get_u64(&s->to, "ledger.ids_before") == 0);
}

static void salvage_count_again(struct salvage *s, bool frontiers)
{
    struct ledger_totals *t = &s->totals;

    if (frontiers && s->kept == s->was_done)
        return;
    t->stored = s->kept;
    t->failed = t->rejected = t->skipped = t->superseded = 0;
    if (frontiers) {
        t->stored = s->kept_above;
        for (size_t i = 0; i < s->source_count; i++)
            t->stored += s->source[i].frontier_pos;
        t->stored -= s->ended_below;
        t->failed = s->ended[OUTCOME_FAILED];
        t->rejected = s->ended[OUTCOME_REJECTED];
        t->skipped = s->ended[OUTCOME_SKIPPED];
        t->superseded = s->ended[OUTCOME_SUPERSEDED];
    }
    t->produced = t->stored + t->failed + t->rejected + t->skipped +
                  t->superseded;
}

static bool forget_failures(struct salvage *s, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&s->to, SQL_FAILED_FORGET, err);
    uint64_t next = (uint64_t)s->last_row + 1;

    return st && ledger_file_run(&s->to, st, err) &&
           ledger_file_set_u64(&s->to, "ledger.ids_before", next, err) &&
           ledger_file_set_u64(&s->to, "ledger.above", next, err);
}

static void salvage_note_outcome(struct salvage *s, bool frontiers,
                                 const char *damaged)
{
    const char *slash = strrchr(damaged, '/');
    uint64_t kept = frontiers ? s->totals.stored : s->kept;
    uint64_t was = frontiers ? s->was_stored : s->was_done;
    char stay[32], again[32] = "all others";

    if (was > 0)
        str_count(again, sizeof again, was > kept ? was - kept : 0);
    snprintf(s->l->note, sizeof s->l->note,
             "the ledger was damaged: %s documents stay done, %s must be "
             "embedded and paid for again; it is kept in completed/%s",
             str_count(stay, sizeof stay, kept), again,
             slash ? slash + 1 : damaged);
}

static bool salvage_fill(struct salvage *s, bool *frontiers, struct error *err)
{
    if (!ledger_file_exec(&s->to, "BEGIN", err) || !take_facts(s, err) ||
        !take_sources(s, err) || !take_done(s, err) || !take_failures(s, err))
        return false;
    *frontiers = may_keep_frontiers(s);
    if (!has_identity(s) || (!*frontiers && s->kept == 0))
        return error_set(err, ERROR_LOCAL, LEDGER_DAMAGED,
                         "%s/%.64s.ledger is damaged and nothing in it can be "
                         "relied on; restore it from a copy, or begin again "
                         "with --new-job",
                         s->l->dir, s->l->job);
    salvage_count_again(s, *frontiers);
    return put_sources(s, *frontiers, err) &&
           (*frontiers || forget_failures(s, err)) &&
           ledger_file_set_u64(&s->to, "ledger.done", s->kept, err) &&
           ledger_file_totals_set(&s->to, &s->totals, err) &&
           ledger_file_exec(&s->to, "COMMIT", err);
}

static bool salvage_build(struct salvage *s, const char *path,
                          const char *temporary, bool *frontiers,
                          struct error *err)
{
    bool fine;

    if (!ledger_file_open_damaged(&s->from, path, err))
        return false;
    /* One transaction: else each step over a lost row locks the file anew. */
    ledger_file_exec(&s->from, "BEGIN", &s->ignored);
    fine = ledger_file_make(temporary, err) &&
           ledger_file_open(&s->to, temporary, true, err) &&
           salvage_fill(s, frontiers, err);
    ledger_file_close(&s->to);
    ledger_file_close(&s->from);
    return fine;
}

bool ledger_salvage(struct ledger *l, const char *path, struct error *err)
{
    struct salvage s = { .l = l };
    char *temporary = ledger_home_path(l->dir, l->job, ".ledger.new");
    char damaged[512];
    bool fine = temporary || error_memory(err, "for the ledger");
    bool frontiers = false;

    fine = fine && salvage_build(&s, path, temporary, &frontiers, err) &&
           ledger_home_keep_copy(l->dir, l->job, ".damaged", damaged,
                                 sizeof damaged, err) &&
           (rename(temporary, path) == 0 ||
            error_errno(err, errno, "making %.160s", path)) &&
           ledger_home_sync(l->dir, err);
    if (fine)
        salvage_note_outcome(&s, frontiers, damaged);
    else if (temporary)
        unlink(temporary);
    forget_sources(&s);
    free(temporary);
    return fine;
}
