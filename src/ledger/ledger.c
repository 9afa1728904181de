/*
 * This file makes, opens, reads back, closes and archives a ledger.
 *
 * It builds a new ledger under the name JOB.ledger.new, synced and renamed:
 * there is never a half-made JOB.ledger. Opening takes the lock first, checks
 * that the file is a plain one of ours, lets SQLite recover what a crash left
 * in the WAL, then writes once, so that a read-only directory shows at the
 * start and not after an hour.
 *
 * A transaction that fails is rolled back whole, and the ledger is `broken`
 * until ledger_reopen(), which closes the database and opens it again: after a
 * failed fsync the kernel may have dropped the pages, so we do not use that
 * descriptor again. A commit that failed may be in the file nevertheless; we
 * remove its rows, because the caller repeats them.
 */
#include "config.h"
#include "ledger/ledger_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/file.h"

/* --- reading back --------------------------------------------------------- */

static void forget_places(struct ledger *l)
{
    for (size_t i = 0; i < l->place_count; i++) {
        free(l->places[i].is.path);
        free(l->places[i].above);
    }
    free(l->places);
    l->places = NULL;
    l->place_count = 0;
}

static bool load_sources(struct ledger *l, struct error *err)
{
    int64_t count;

    forget_places(l);
    if (!ledger_file_number(&l->file, SQL_SOURCE_COUNT, &count, err))
        return false;
    if (count < 0 || count > UINT16_MAX + 1)
        return ledger_file_fail(&l->file, SQLITE_CORRUPT, err);
    l->places = calloc((size_t)count + 1, sizeof *l->places);
    if (!l->places)
        return error_memory(err, "for the ledger");
    for (; l->place_count < (size_t)count; l->place_count++)
        if (!ledger_file_source(&l->file, l->place_count,
                                &l->places[l->place_count].is, err))
            return false;
    return true;
}

static bool ledger_load(struct ledger *l, struct error *err)
{
    int64_t last;

    if (!ledger_file_number(&l->file, SQL_DONE_LAST, &last, err) ||
        !load_sources(l, err))
        return false;
    l->next_row = last + 1;
    l->committed_row = last;
    l->done = l->committed_done =
        ledger_file_get_u64(&l->file, "ledger.done");
    l->ids_before =
        (int64_t)ledger_file_get_u64(&l->file, "ledger.ids_before");
    l->above_row = l->stored_above =
        (int64_t)ledger_file_get_u64(&l->file, "ledger.above");
    l->tracked = last == 0;
    ledger_forget_open_ids(l);
    return true;
}

static enum ledger_state ledger_find_state(const struct ledger *l)
{
    if (l->place_count == 0)
        return l->next_row == 1 ? LEDGER_NEW : LEDGER_RESUMED;
    for (size_t i = 0; i < l->place_count; i++)
        if (!l->places[i].is.complete)
            return LEDGER_RESUMED;
    return LEDGER_FINISHED;
}

/* --- opening -------------------------------------------------------------- */

static bool ledger_build(const char *temporary, const char *path,
                         const char *dir, struct error *err)
{
    if (!ledger_file_make(temporary, err))
        return false;
    if (rename(temporary, path) != 0)
        return error_errno(err, errno, "making %.160s", path);
    return ledger_home_sync(dir, err);
}

/* In any case, remove what a crash left of another new ledger. */
static bool make_when_missing(struct ledger *l, const char *path,
                              struct error *err)
{
    struct stat st;
    char *temporary = ledger_home_path(l->dir, l->job, ".ledger.new");
    bool good = true;

    if (!temporary)
        return error_memory(err, "for the ledger");
    if (lstat(path, &st) == 0)
        unlink(temporary);
    else if (errno != ENOENT)
        good = error_errno(err, errno, "%.160s", path);
    else if (!(good = ledger_build(temporary, path, l->dir, err)))
        unlink(temporary);
    free(temporary);
    return good;
}

static bool ledger_attach(struct ledger *l, const char *path, struct error *err)
{
    struct stat st;
    struct statfs fs;

    if (!ledger_home_check_file(path, &st, err) ||
        !ledger_file_open(&l->file, path, true, err))
        return false;
    l->dev = st.st_dev;
    l->ino = st.st_ino;
    if (!l->note[0] && statfs(path, &fs) == 0 &&
        ledger_home_is_remote((long)fs.f_type))
        snprintf(l->note, sizeof l->note,
                 "the checkpoint directory is on a network file system: it "
                 "is slower there, and nobody can look while a job runs");
    return true;
}

/* The process that salvaged the ledger may not be the one that runs, so the
 * next opening reports it, once. */
static const char salvaged_key[] = "ledger.salvaged";

static bool ledger_recall_note(struct ledger *l, struct error *err)
{
    char *text = ledger_file_get(&l->file, salvaged_key);
    bool known = !text || !*text;

    if (!known)
        snprintf(l->note, sizeof l->note, "%s", text);
    free(text);
    return known || ledger_file_set(&l->file, salvaged_key, "", err);
}

/* One write proves that the file can be written. */
static bool ledger_sign(struct ledger *l, struct error *err)
{
    uint64_t now = (uint64_t)clock_wall_s();

    if (!ledger_begin(l, err))
        return false;
    if (ledger_file_get_u64(&l->file, "ledger.started") == 0 &&
        (!ledger_file_set(&l->file, "ledger.job", l->job, err) ||
         !ledger_file_set_u64(&l->file, "ledger.started", now, err)))
        return ledger_lost(l);
    if (!ledger_recall_note(l, err) ||
        !ledger_file_set_u64(&l->file, "ledger.opened", now, err))
        return ledger_lost(l);
    return ledger_commit(l, err);
}

static bool ledger_open_file(struct ledger *l, const char *path,
                             struct error *err)
{
    return ledger_attach(l, path, err) && ledger_file_whole(&l->file, err) &&
           ledger_load(l, err) && ledger_sign(l, err);
}

/* LD-07: salvage what can be read of a damaged ledger. */
static bool open_or_salvage(struct ledger *l, const char *path,
                            struct error *err)
{
    if (ledger_open_file(l, path, err))
        return true;
    if (err->code != LEDGER_DAMAGED)
        return false;
    ledger_file_close(&l->file);
    l->in_transaction = l->broken = false;
    return ledger_salvage(l, path, err) && ledger_open_file(l, path, err) &&
           ledger_set(l, salvaged_key, l->note, err) && ledger_commit(l, err);
}

static bool open_all(struct ledger *l, const char *dir, const char *job,
                     struct error *err)
{
    char *path;
    bool good;

    l->dir = ledger_home_open(dir, true, err);
    if (!l->dir)
        return false;
    l->job = strdup(job);
    if (!l->job)
        return error_memory(err, "for the ledger");
    l->lock_fd = ledger_home_lock(l->dir, job, err);
    if (l->lock_fd < 0)
        return false;
    path = ledger_home_path(l->dir, job, ".ledger");
    if (!path)
        return error_memory(err, "for the ledger");
    good = make_when_missing(l, path, err) && open_or_salvage(l, path, err);
    free(path);
    return good;
}

struct ledger *ledger_open(const char *dir, const char *job,
                           enum ledger_state *state, struct error *err)
{
    struct ledger *l;

    if (!ledger_job_valid(job, err))
        return NULL;
    l = calloc(1, sizeof *l);
    if (!l) {
        error_memory(err, "for the ledger");
        return NULL;
    }
    l->lock_fd = -1;
    packer_init(&l->packer);
    if (!open_all(l, dir, job, err)) {
        ledger_close(l);
        return NULL;
    }
    *state = ledger_find_state(l);
    return l;
}

void ledger_close(struct ledger *l)
{
    if (!l)
        return;
    if (l->in_transaction)
        ledger_lost(l);
    ledger_file_close(&l->file);
    forget_places(l);
    ledger_forget_open_ids(l);
    for (size_t i = 0; i < l->skip_count; i++)
        free(l->skips[i].run);
    free(l->skips);
    idset_free(l->ids);
    packer_release(&l->packer);
    if (l->lock_fd >= 0)
        close(l->lock_fd);
    free(l->dir);
    free(l->job);
    free(l);
}

const char *ledger_note(const struct ledger *l)
{
    return l->note[0] ? l->note : NULL;
}

/* --- opening again -------------------------------------------------------- */

/* The lock may have gone with its directory. */
static bool ledger_hold_again(struct ledger *l)
{
    struct error ignored;
    int fd;

    if (ledger_home_holds(l->lock_fd, l->dir, l->job))
        return true;
    fd = ledger_home_lock(l->dir, l->job, &ignored);
    if (fd < 0)
        return false;
    close(l->lock_fd);
    l->lock_fd = fd;
    return true;
}

/* The file has lost its name, but SQLite still has it open: write it out again.
 * False when somebody moved it, or writing fails. */
static bool ledger_rescue(struct ledger *l, const char *path)
{
    struct error ignored;
    struct stat st;
    char *temporary = ledger_home_path(l->dir, l->job, ".ledger.new");
    char *sql = sqlite3_mprintf("VACUUM INTO %Q", temporary);
    bool good = temporary && sql && lstat(path, &st) != 0 &&
                errno == ENOENT && file_make_dir(l->dir, &ignored) &&
                ledger_hold_again(l);

    if (good) {
        unlink(temporary);
        good = ledger_file_exec(&l->file, sql, &ignored) &&
               chmod(temporary, 0600) == 0 && rename(temporary, path) == 0;
    }
    sqlite3_free(sql);
    free(temporary);
    return good;
}

static bool cut_uncommitted(struct ledger *l, int64_t row, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&l->file, SQL_DONE_CUT, err);

    if (!st)
        return false;
    sqlite3_bind_int64(st, 1, row);
    return ledger_file_run(&l->file, st, err);
}

bool ledger_reopen(struct ledger *l, struct error *err)
{
    char *path = ledger_home_path(l->dir, l->job, ".ledger");
    int64_t row = l->committed_row;
    uint64_t done = l->committed_done;
    bool tracked = l->tracked, good = false;

    if (!path)
        return error_memory(err, "for the ledger");
    if (l->in_transaction)
        ledger_lost(l);
    l->broken = true;
    if (!l->file.db || ledger_check_in_place(l, err) ||
        ledger_rescue(l, path)) {
        ledger_file_close(&l->file);
        good = ledger_attach(l, path, err) && cut_uncommitted(l, row, err) &&
               ledger_load(l, err);
    }
    free(path);
    if (!good)
        return false;
    l->done = l->committed_done = done;
    if (tracked && !ledger_load_above(l, false, err))
        return false;
    l->broken = false;
    return true;
}

/* --- putting away --------------------------------------------------------- */

/* One self-contained file: no WAL to lose, readable from read-only media. */
static bool ledger_leave_wal(struct ledger *l, struct error *err)
{
    sqlite3 *db = l->file.db;
    int rc = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE,
                                       NULL, NULL);

    if (rc != SQLITE_OK)
        return ledger_file_fail(&l->file, rc, err);
    /* SQLite refuses while somebody reads it; then it stays a WAL file whose
     * WAL is empty. */
    sqlite3_busy_timeout(db, 0);
    sqlite3_exec(db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
    return true;
}

bool ledger_archive(struct ledger *l, char *to, size_t size,
                    struct error *err)
{
    bool good = ledger_commit(l, err) && ledger_check_in_place(l, err) &&
                ledger_leave_wal(l, err);

    /* Statements keep locks, and we still need the lock file. */
    ledger_file_close(&l->file);
    l->in_transaction = false;
    good = good &&
           ledger_home_put_away(l->dir, l->job, ".ledger", to, size, err);
    ledger_close(l);
    return good;
}
