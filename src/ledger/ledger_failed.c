/*
 * This file records failures: open, skipped, or stored after all.
 *
 * A failure that is no longer open keeps its row while it is above the frontier
 * (a resume must know that the position is final); below it we drop the row.
 *
 * Nearly all documents never failed, so it must cost nothing to ask whether one
 * supersedes a failure: we keep hashes of the ids of open failures in memory,
 * and ask SQLite only about an id whose hash is there.
 */
#include "config.h"
#include "ledger/ledger_file.h"

#include <assert.h>

#include "util/str.h"

enum {
    MESSAGE_MAX = 4096,
    OPEN_IDS_MAX = 1 << 20, /* hashes; with more we always ask SQLite */
};

/* --- ids with an open failure --------------------------------------------- */

static uint64_t ledger_failed_hash_id(struct text id)
{
    uint64_t hash = str_hash64(id.ptr, id.len);

    return hash ? hash : 1; /* 0 marks a free slot */
}

/* Without memory or with too many ids the set is "full": always ask. */
static void add_open_id(struct open_ids *set, struct text id)
{
    struct hash_slot *slot;

    if (set->full || !set->loaded)
        return;
    if (set->map.count >= OPEN_IDS_MAX || !hash_map_reserve(&set->map)) {
        set->full = true;
        return;
    }
    slot = hash_map_find(&set->map, ledger_failed_hash_id(id));
    set->map.count += hash_slot_is_free(slot);
    slot->hash = ledger_failed_hash_id(id);
}

void ledger_forget_open_ids(struct ledger *l)
{
    hash_map_release(&l->open_ids.map);
    l->open_ids = (struct open_ids){ 0 };
}

static bool load_open_ids(struct ledger *l, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&l->file, SQL_OPEN_IDS, err);
    int got = st ? 1 : -1;

    l->open_ids.loaded = true;
    while (got > 0 && !l->open_ids.full) {
        got = ledger_file_row(&l->file, st, err);
        if (got > 0 && sqlite3_column_bytes(st, 0) > 0)
            add_open_id(&l->open_ids, column_text(st, 0));
    }
    if (st)
        sqlite3_reset(st);
    if (got < 0)
        ledger_forget_open_ids(l);
    return got >= 0;
}

static bool may_be_open(const struct open_ids *set, struct text id)
{
    return set->full ||
           (set->map.count > 0 &&
            !hash_slot_is_free(
                hash_map_find(&set->map, ledger_failed_hash_id(id))));
}

/* --- recording ------------------------------------------------------------ */

bool ledger_fail(struct ledger *l, const struct failure *f,
                 struct error *err)
{
    char message[MESSAGE_MAX + 1];
    sqlite3_stmt *st;

    if (!ledger_begin(l, err))
        return false;
    assert(f->source < l->place_count);
    st = ledger_file_sql(&l->file, SQL_FAIL, err);
    if (!st)
        return ledger_lost(l);
    str_sentence(message, sizeof message,
                 text_of(f->message ? f->message : ""));
    sqlite3_bind_int(st, 1, f->source);
    bind_u64(st, 2, f->pos);
    bind_u64(st, 3, f->offset);
    bind_u64(st, 4, f->length);
    bind_u64(st, 5, f->line);
    sqlite3_bind_int(st, 6, f->cause.rejected ? OUTCOME_REJECTED
                                           : OUTCOME_FAILED);
    sqlite3_bind_text(st, 7, f->cause.stage, -1, SQLITE_STATIC);
    sqlite3_bind_text(st, 8, error_word(f->cause.kind), -1, SQLITE_STATIC);
    sqlite3_bind_int(st, 9, f->cause.code);
    bind_u64(st, 10, f->tries);
    sqlite3_bind_int64(st, 11, f->wall_s);
    bind_blob(st, 12, f->id);
    sqlite3_bind_text(st, 13, message, -1, SQLITE_STATIC);
    if (!ledger_file_run(&l->file, st, err))
        return ledger_lost(l);
    if (!f->cause.rejected && f->id.len > 0)
        add_open_id(&l->open_ids, f->id);
    return true;
}

static bool set_outcome(struct ledger *l, uint16_t source, uint64_t pos,
                        enum outcome outcome, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&l->file, SQL_OUTCOME_SET, err);

    if (!st)
        return ledger_lost(l);
    sqlite3_bind_int(st, 1, source);
    bind_u64(st, 2, pos);
    sqlite3_bind_int(st, 3, (int)outcome);
    return ledger_file_run(&l->file, st, err) || ledger_lost(l);
}

static bool ledger_failed_delete(struct ledger *l, uint16_t source,
                                 uint64_t pos, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&l->file, SQL_FAILED_DROP, err);

    if (!st)
        return ledger_lost(l);
    sqlite3_bind_int(st, 1, source);
    bind_u64(st, 2, pos);
    return ledger_file_run(&l->file, st, err) || ledger_lost(l);
}

bool ledger_heal(struct ledger *l, uint16_t source, uint64_t pos,
                 struct error *err)
{
    if (!ledger_begin(l, err))
        return false;
    assert(source < l->place_count);
    return pos < l->places[source].is.frontier_pos
               ? ledger_failed_delete(l, source, pos, err)
               : set_outcome(l, source, pos, OUTCOME_HEALED, err);
}

bool ledger_pass_over(struct ledger *l, uint16_t source, uint64_t pos,
                      struct error *err)
{
    sqlite3_stmt *st;

    if (!ledger_begin(l, err))
        return false;
    assert(source < l->place_count);
    st = ledger_file_sql(&l->file, SQL_PASS_OVER, err);
    if (!st)
        return ledger_lost(l);
    sqlite3_bind_int(st, 1, source);
    bind_u64(st, 2, pos);
    sqlite3_bind_int(st, 3, OUTCOME_SUPERSEDED);
    return ledger_file_run(&l->file, st, err) || ledger_lost(l);
}

bool ledger_skip(struct ledger *l, uint16_t source, uint64_t pos,
                 struct error *err)
{
    return ledger_begin(l, err) &&
           set_outcome(l, source, pos, OUTCOME_SKIPPED, err);
}

/* The first step of the statement changes all rows. */
static bool ledger_failed_tell_settled(
    struct ledger *l, sqlite3_stmt *st,
    void (*each)(void *arg, const struct failure *f), void *arg,
    struct error *err)
{
    int got;

    while ((got = ledger_file_row(&l->file, st, err)) > 0) {
        const struct failure was = {
            .source = (uint16_t)sqlite3_column_int(st, 0),
            .pos = column_u64(st, 1),
            .cause = column_cause(st, 2),
            .id = column_text(st, 6),
            .message = column_string(st, 7),
        };

        each(arg, &was);
    }
    return got == 0;
}

bool ledger_supersede(struct ledger *l, struct text id, uint16_t source,
                      uint64_t pos,
                      void (*each)(void *arg, const struct failure *f),
                      void *arg, struct error *err)
{
    sqlite3_stmt *st;

    if (!l->open_ids.loaded && !load_open_ids(l, err))
        return ledger_lost(l);
    if (!may_be_open(&l->open_ids, id))
        return true;
    if (!ledger_begin(l, err))
        return false;
    st = ledger_file_sql(&l->file, SQL_SUPERSEDE, err);
    if (!st)
        return ledger_lost(l);
    bind_blob(st, 1, id);
    sqlite3_bind_int(st, 2, source);
    bind_u64(st, 3, pos);
    return ledger_failed_tell_settled(l, st, each, arg, err) || ledger_lost(l);
}
