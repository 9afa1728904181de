/* This file opens a job in steps: the folder of the ledger and the corpus, what
 * a finished or interrupted run left, then the ledger itself. */
#include "config.h"
#include "engine/job/job_open.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "engine/job/corpus.h"
#include "engine/job/finished.h"
#include "engine/job/job_load.h"
#include "engine/job/job_name.h"
#include "engine/job/store_check.h"
#include "engine/job/unsent.h"
#include "flow/backoff.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "util/str.h"

/* The wait between two questions grows so often; and no longer one is worth
 * it. */
enum { ASK_GROWS = 5, ASK_PATIENCE_MS = 30000, ASK_LOOK_MS = 100 };

/* LD-06: a folder where we can keep nothing is a wrong --checkpoint-dir, not a
 * broken disk. */
static bool job_misplaced(struct error *err)
{
    static const int codes[] = { EROFS,   EACCES, EPERM, ENOENT,
                                 ENOTDIR, ELOOP,  ENAMETOOLONG };

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (err->kind == ERROR_LOCAL && err->code == codes[i]) {
            err->kind = ERROR_CONFIG;
            return error_wrap(err, "--checkpoint-dir");
        }
    return false;
}

static bool job_open_dir(struct run *r, struct error *err)
{
    job_name(r->opt, r->job, sizeof r->job);
    if (strlen(r->opt->checkpoint_dir) >= sizeof r->dir)
        return error_set(err, ERROR_CONFIG, ENAMETOOLONG,
                         "--checkpoint-dir: the name is longer than %zu bytes",
                         sizeof r->dir - 1);
    snprintf(r->dir, sizeof r->dir, "%s", r->opt->checkpoint_dir);
    snprintf(r->ledger_path, sizeof r->ledger_path, "%s/%s.ledger", r->dir,
             r->job);
    if (!ledger_job_valid(r->job, err) || !corpus_open(r, err))
        return false;
    return file_make_dir(r->dir, err) || job_misplaced(err);
}

/* --new-job: keep what is there, out of the way. */
static bool job_put_ledger_aside(struct run *r, struct error *err)
{
    enum ledger_state state;
    struct ledger *old = ledger_open(r->dir, r->job, &state, err);
    char name[512];

    if (old)
        return ledger_archive(old, name, sizeof name, err);
    if (err->kind == ERROR_LOCKED)
        return false;
    return ledger_put_aside(r->dir, r->job, name, sizeof name, err);
}

/* The result of the question to the store; "" when it has everything. */
static void job_say_finished(const struct run *r, const char *path,
                             const char *why, char *said, size_t size)
{
    uint64_t lost = store_check_accepted_as_lost(path);
    char n[32];

    if (lost)
        snprintf(said, size,
                 "%s is finished: every document was in %s, which lost %s of "
                 "them, as was accepted (checkpoint %s). --new-job runs it "
                 "again.%s",
                 r->job, r->store_url, str_count(n, sizeof n, lost), path,
                 why);
    else
        snprintf(said, size,
                 "%s is finished: every document is in %s (checkpoint %s). "
                 "--new-job runs it again.%s",
                 r->job, r->store_url, path, why);
}

/* Nobody takes signals yet: they are blocked until the run is there. */
static bool job_is_told_to_end(void)
{
    static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
    sigset_t waiting;
    bool told = false;

    if (sigpending(&waiting) != 0)
        return false;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        told |= sigismember(&waiting, ends[i]) == 1;
    return told;
}

static bool job_sleep(struct run *r, int64_t ms)
{
    int64_t until = clock_ms() + ms, left = ms;

    for (; left > 0 && !job_is_told_to_end(); left = until - clock_ms())
        if (!control_sleep(r->control,
                           left < ASK_LOOK_MS ? left : ASK_LOOK_MS))
            return false;
    return left <= 0;
}

/* As often as for a document. A throttle counts as a try, too: nobody sees yet
 * that we wait. */
static enum store_check job_ask_store(struct run *r, const char *path,
                                      struct error *err)
{
    enum store_check held = store_check_ask(r, path, err);
    uint64_t most = r->opt->accept_store ? 0 : r->opt->retries;
    int64_t began = clock_ms(), limit = r->patience.outage_ms;

    for (unsigned n = 1; held == STORE_ASKED_LATER && n <= most; n++) {
        unsigned tries = n < ASK_GROWS ? n : ASK_GROWS;

        if (err->retry_after_ms > ASK_PATIENCE_MS ||
            (limit >= 0 && clock_ms() - began >= limit) ||
            !job_sleep(r, backoff_ms(tries, err->retry_after_ms,
                                     random_unit())))
            break;
        held = store_check_ask(r, path, err);
    }
    return held;
}

/* The job is finished if the store still has everything. Its own ledger accepts
 * what the store lost, and is archived again at the end. */
static enum run_opened job_check_finished(struct run *r, const char *path,
                                          char *said, size_t said_size,
                                          struct error *err)
{
    enum store_check held = job_ask_store(r, path, err);
    char why[sizeof err->text + 64] = "";

    if (r->opt->accept_store && r->store_lost)
        return ledger_bring_back(r->dir, r->job, path, true, err)
                   ? RUN_OPEN_RESUMED
                   : RUN_OPEN_ERROR;
    if (held == STORE_ASKED_LATER)
        error_wrap(err, "%s is finished, but whether the store still has it "
                        "all could not be asked", r->job);
    if (!r->opt->accept_store &&
        (held == STORE_ASKED_LATER || held == STORE_REFUSED))
        return RUN_OPEN_ERROR;
    if (held != STORE_HAS_ALL && err->code != ENOTSUP)
        snprintf(why, sizeof why, " The store could not be asked: %s.",
                 err->text);
    job_say_finished(r, path, why, said, said_size);
    return RUN_OPEN_COMPLETE;
}

/* Check what an earlier run left, before the ledger is opened or made.
 * COMPLETE: there is nothing to do; RESUMED: there may be. *copied: in a copy
 * of the archived ledger. */
static enum run_opened check_previous_run(struct run *r, bool *copied,
                                          char *said, size_t said_size,
                                          struct error *err)
{
    char path[sizeof r->dir + 96];
    bool archived;

    *copied = false;
    if (!job_find(r->dir, r->job, path, sizeof path, &archived))
        return RUN_OPEN_RESUMED;
    if (r->opt->new_job)
        return archived || job_put_ledger_aside(r, err) ? RUN_OPEN_RESUMED
                                                        : RUN_OPEN_ERROR;
    if (!archived && !unsent_gives_way(r, path, sizeof path))
        return RUN_OPEN_RESUMED;
    switch (finished_compare(r, path, err)) {
    case FINISHED_ERROR:
        return RUN_OPEN_ERROR;
    case FINISHED_SAME:
        return job_check_finished(r, path, said, said_size, err);
    case FINISHED_NEVER:
        if (!ledger_bring_back(r->dir, r->job, path, true, err))
            return RUN_OPEN_ERROR;
        notices_add(r->notices, "a --new-job that was interrupted had put the "
                               "job aside: it goes on where it was");
        break;
    case FINISHED_GROWN:
        if (!ledger_bring_back(r->dir, r->job, path, false, err))
            return RUN_OPEN_ERROR;
        *copied = true;
        break;
    case FINISHED_OTHER:
        break;
    }
    return RUN_OPEN_RESUMED;
}

static bool open_ledger(struct run *r, enum ledger_state *state,
                        struct error *err)
{
    r->ledger = ledger_open(r->dir, r->job, state, err);
    if (!r->ledger)
        return job_misplaced(err);
    if (ledger_note(r->ledger))
        notices_add(r->notices, "%s", ledger_note(r->ledger));
    return true;
}

enum run_opened job_open(struct run *r, char *said, size_t said_size,
                         struct error *err)
{
    enum ledger_state state;
    enum run_opened before;
    bool copied;

    if (!job_open_dir(r, err))
        return RUN_OPEN_ERROR;
    before = check_previous_run(r, &copied, said, said_size, err);
    if (before != RUN_OPEN_RESUMED)
        return before;
    if (!open_ledger(r, &state, err))
        return RUN_OPEN_ERROR;
    if (!job_load(r, &state, err)) {
        if (state == LEDGER_NEW || (copied && err->kind == ERROR_FOREIGN)) {
            ledger_discard(r->ledger);
            r->ledger = NULL;
        }
        return RUN_OPEN_ERROR;
    }
    r->ledger_copied = copied;
    return state == LEDGER_NEW ? RUN_OPEN_NEW : RUN_OPEN_RESUMED;
}
