/*
 * Opening a job, step by step: its name, what an earlier run left, the ledger,
 * the comparison with the settings and the corpus, and what the ledger gives to
 * the new run. A job that has not sent anything yet may change its settings;
 * its ledger then begins anew.
 */
#include "config.h"
#include "engine/job/job.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/job/store_check.h"
#include "engine/job/corpus.h"
#include "engine/job/corpus_name.h"
#include "engine/job/failures.h"
#include "engine/job/finished.h"
#include "engine/job/job_identity.h"
#include "engine/job/corpus_known.h"
#include "engine/job/spooled.h"
#include "engine/job/unsent.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "util/str.h"

void job_name(const struct options *opt, char *to, size_t size)
{
    const char *corpus = opt->corpus.count ? opt->corpus.item[0] : "-";
    const char *slash = strrchr(corpus, '/');
    const char *name = slash ? slash + 1 : corpus;
    size_t n = 0;

    if (*opt->job) {
        snprintf(to, size, "%s", opt->job);
        return;
    }
    if (corpus_is_stream(corpus))
        name = "stdin";
    for (; name[n] && n + 1 < size && n < 64; n++)
        to[n] = isalnum((unsigned char)name[n]) || strchr("._-", name[n])
                    ? name[n]
                    : '_';
    to[n] = '\0';
    for (char *dot; (dot = strrchr(to, '.')) && dot > to;) {
        if (strcmp(dot, ".gz") && strcmp(dot, ".zst") &&
            strcmp(dot, ".jsonl") && strcmp(dot, ".ndjson") &&
            strcmp(dot, ".json"))
            break;
        *dot = '\0';
    }
    if (!isalnum((unsigned char)to[0]))
        to[0] = 'x';
}

bool job_find(const char *dir, const char *job, char *path, size_t size,
              bool *archived)
{
    *archived = false;
    snprintf(path, size, "%s/%s.ledger", dir, job);
    if (access(path, F_OK) == 0)
        return true;
    *archived = true;
    return ledger_find_archived(dir, job, path, size);
}

bool job_repair_ledger(const char *dir, const char *job, struct error *err)
{
    char path[1024];
    bool archived;
    enum ledger_state state;
    struct ledger *l;
    struct ledger_view *v = NULL;
    struct error why = { 0 };

    if (!job_find(dir, job, path, sizeof path, &archived) || archived ||
        (v = ledger_view_open(path, &why)) || why.code != EUCLEAN) {
        ledger_view_close(v);
        return true;
    }
    l = ledger_open(dir, job, &state, err);
    ledger_close(l);
    return l != NULL;
}

bool job_recall(struct options *opt, const char *path, struct error *err)
{
    struct ledger_view *v = ledger_view_open(path, err);
    char *json;
    bool fine;

    if (!v)
        return false;
    json = ledger_view_get(v, "options");
    fine = !json || options_from_json(opt, json, err);
    free(json);
    ledger_view_close(v);
    return fine;
}

/* --- the ledger's side ------------------------------------------------------ */

const char *job_endpoint(const struct run *r, const struct stage *stage)
{
    const struct option_list *urls = &r->opt->embed_url;

    if (stage == &r->upsert)
        return r->store_url;
    return urls->count ? urls->item[0] : r->opt->embed;
}

/* The ceilings that an earlier run learned of the same endpoints. */
static void recall_ceiling(struct run *r, struct stage *stage)
{
    char *text = ledger_get(r->ledger, stage->ceiling_key);

    if (text && ceiling_read(&stage->ceiling, job_endpoint(r, stage), text))
        snprintf(stage->ceiling_known, sizeof stage->ceiling_known, "%s", text);
    free(text);
}

/* A phrase that nobody gives now is as the job began. One of documents that
 * the ledger does not know, being older, is written down as it was. */
static bool recall_phrase(struct run *r, enum phrase which, struct error *err)
{
    char key[48], *was;
    bool fine = true;

    snprintf(key, sizeof key, "identity.%s", phrase_name(which));
    was = ledger_get(r->ledger, key);
    if (!was) {
        was = strdup(phrasing_before(&r->phrasing, which));
        fine = was && (which >= PHRASE_OF_QUERIES ||
                       ledger_set(r->ledger, key, was, err));
    }
    fine = fine && (phrase_given(r->opt, which) ||
                    phrasing_set(&r->phrasing, which, was, err));
    if (!was)
        error_set(err, ERROR_MEMORY, 0, "no memory for a prefix");
    free(was);
    return fine;
}

static bool recall_phrasing(struct run *r, struct error *err)
{
    char *embed = ledger_get(r->ledger, "identity.embed");
    bool fine = true;

    for (int i = 0; embed && fine && i < PHRASES; i++)
        fine = recall_phrase(r, (enum phrase)i, err);
    free(embed);
    return fine;
}

static bool check_identity(struct run *r, struct error *err)
{
    const struct options *opt = r->opt;
    struct ledger_field field[IDENTITY_FIELDS];
    struct buf texts;
    char *dim, *model, *store = ledger_get(r->ledger, "identity.store");
    bool fine;

    buf_init(&texts);
    fine = recall_phrasing(r, err);
    job_identity(r, store, &texts, field);
    fine = fine && ledger_identity(r->ledger, field, IDENTITY_FIELDS, err);
    buf_release(&texts);
    free(store);
    dim = ledger_get(r->ledger, "dim");
    if (dim) {
        r->ledger_dim = strtoul(dim, NULL, 10);
        free(dim);
    }
    recall_ceiling(r, &r->embed);
    recall_ceiling(r, &r->upsert);
    model = ledger_get(r->ledger, "model");
    if (model)
        snprintf(r->ledger_model, sizeof r->ledger_model, "%s", model);
    free(model);
    if (fine && opt->dim && r->ledger_dim && r->ledger_dim != opt->dim)
        return error_set(err, ERROR_FOREIGN, 0,
                         "the checkpoint is for --dim %zu, now it is %llu; "
                         "--new-job starts afresh",
                         r->ledger_dim, (unsigned long long)opt->dim);
    return fine;
}

/* What failed before shows in the log from the start, the newest last. */
static bool preload_row(void *arg, const struct failure *f)
{
    struct run *r = arg;

    failure_log_final(r->failures, f);
    record_counts_move(r->counts, COUNT_CORPUS,
                       f->cause.rejected ? COUNT_REJECTED : COUNT_FAILED, 1);
    return true;
}

static bool preload_failures(struct run *r, struct error *err)
{
    struct ledger_view *v = failures_view(r, err);
    bool fine = v && ledger_view_failures(v, preload_row, r, err);

    ledger_view_close(v);
    return fine;
}

/* What earlier runs brought to an end is counted from the start. */
static bool open_counts(struct run *r, enum ledger_state state,
                        struct error *err)
{
    if (!ledger_total_get(r->ledger, &r->totals_at_open, err) ||
        (state != LEDGER_NEW && !preload_failures(r, err)))
        return false;
    record_counts_move(r->counts, COUNT_CORPUS, COUNT_STORED,
                       r->totals_at_open.stored);
    record_counts_move(r->counts, COUNT_CORPUS, COUNT_SKIPPED,
                       r->totals_at_open.skipped);
    record_counts_move(r->counts, COUNT_CORPUS, COUNT_SUPERSEDED,
                       r->totals_at_open.superseded);
    r->records_at_open = record_counts_balance(r->counts).at[COUNT_CORPUS];
    return true;
}

static bool job_keep_options(struct run *r, struct error *err)
{
    struct buf json;
    bool fine;

    buf_init(&json);
    options_to_json(r->opt, &json);
    fine = ledger_set(r->ledger, "options", buf_cstr(&json), err);
    buf_release(&json);
    return fine && spooled_token(r, err) && ledger_commit(r->ledger, err);
}

/* LD-06: a place where nothing can be kept is a wrong --checkpoint-dir, not a
 * disk that broke down. */
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

static bool job_sent_nothing(const struct run *r)
{
    char path[sizeof r->dir + 96];

    snprintf(path, sizeof path, "%s/%s.ledger", r->dir, r->job);
    return unsent_of(path) != UNSENT_NOT;
}

/* What the earlier settings were told is forgotten: words of the table are of
 * the model that is named now. */
static bool job_begin_anew(struct run *r, struct error *err)
{
    phrasing_release(&r->phrasing);
    r->ledger_dim = 0;
    r->ledger_model[0] = '\0';
    if (!phrasing_make(&r->phrasing, r->opt, r->embed_ops, err) ||
        !ledger_restart(r->ledger, err))
        return false;
    notices_add(r->notices, "nothing was sent by the earlier settings of this "
                           "job: it begins anew with these");
    return true;
}

/* The job is this one; or it becomes this one, as nothing came of it. */
static bool check_job(struct run *r, enum ledger_state *state, bool *changed,
                      struct error *err)
{
    if (check_identity(r, err) && known_check(r, changed, err))
        return true;
    if (err->kind != ERROR_FOREIGN || !job_sent_nothing(r))
        return false;
    if (!job_begin_anew(r, err))
        return false;
    *state = LEDGER_NEW;
    *changed = false;
    return check_identity(r, err) && known_check(r, changed, err);
}

static bool load_ledger(struct run *r, enum ledger_state *at,
                        struct error *err)
{
    bool changed = false, by_ids, fine = check_job(r, at, &changed, err);
    enum ledger_state state = *at;

    if (!fine || (state != LEDGER_NEW && !store_check_check_early(r, err)))
        return false;
    if (*r->opt->import &&
        (state != LEDGER_NEW || !ledger_import(r->ledger, r->opt->import,
                                               err)))
        return state == LEDGER_NEW
                   ? false
                   : error_set(err, ERROR_CONFIG, 0,
                               "--import is for a new job; \"%s\" has a "
                               "checkpoint already (--new-job puts it aside)",
                               r->job);
    by_ids = changed || *r->opt->import;
    if (by_ids && !ledger_use_ids(r->ledger, err))
        return false;
    if (!known_start(r, by_ids, err) || !job_keep_options(r, err))
        return false;
    if ((*r->opt->import || r->opt->accept_store) &&
        (!store_check_accept(r, err) || !ledger_commit(r->ledger, err)))
        return false;
    if (!by_ids && !ledger_use_frontier(r->ledger, err))
        return false;
    return open_counts(r, state, err);
}

/* --- what an earlier run left ------------------------------------------------ */

/* --new-job: what is there is kept, out of the way. */
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

/* What came of the question for the store; "" when it has it all. */
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

/* It is finished if the store still has it all. What it lost is accepted by the
 * job's own ledger, which is archived again at the end. */
static enum run_opened job_check_finished(struct run *r, const char *path,
                                          char *said, size_t said_size,
                                          struct error *err)
{
    enum store_check held = store_check_ask(r, path, err);
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

static bool job_open_dir(struct run *r, struct error *err)
{
    job_name(r->opt, r->job, sizeof r->job);
    if (strlen(r->opt->checkpoint_dir) >= sizeof r->dir)
        return error_set(err, ERROR_CONFIG, ENAMETOOLONG,
                         "--checkpoint-dir: the name is longer than %zu bytes",
                         sizeof r->dir - 1);
    snprintf(r->dir, sizeof r->dir, "%s", r->opt->checkpoint_dir);
    if (!ledger_job_valid(r->job, err) || !corpus_open(r, err))
        return false;
    return file_make_dir(r->dir, err) || job_misplaced(err);
}

/* What an earlier run left, before the ledger is opened or made. COMPLETE:
 * there is nothing to do; RESUMED: there may be. *copied: in a copy of what is
 * archived. */
static enum run_opened job_look_at_earlier_run(struct run *r, bool *copied,
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

enum run_opened job_open(struct run *r, char *said, size_t said_size,
                         struct error *err)
{
    enum ledger_state state;
    enum run_opened before;
    bool copied;

    if (!job_open_dir(r, err))
        return RUN_OPEN_ERROR;
    before = job_look_at_earlier_run(r, &copied, said, said_size, err);
    if (before != RUN_OPEN_RESUMED)
        return before;
    if (!open_ledger(r, &state, err))
        return RUN_OPEN_ERROR;
    if (!load_ledger(r, &state, err)) {
        if (state == LEDGER_NEW || (copied && err->kind == ERROR_FOREIGN)) {
            ledger_discard(r->ledger);
            r->ledger = NULL;
        }
        return RUN_OPEN_ERROR;
    }
    return state == LEDGER_NEW ? RUN_OPEN_NEW : RUN_OPEN_RESUMED;
}
