/* A job that has not sent anything yet may change its settings; its ledger then
 * begins anew. Any other job that differs is refused before its ledger
 * changes. */
#include "config.h"
#include "engine/job/job_load.h"

#include <stdlib.h>
#include <string.h>

#include "core/former.h"
#include "engine/job/corpus_known.h"
#include "engine/job/job_identity.h"
#include "engine/job/job_recall.h"
#include "engine/job/spooled.h"
#include "engine/job/store_check.h"
#include "engine/job/unsent.h"

/* job_recall() has chosen hash unless somebody else opens the job. */
static bool job_check_former(struct run *r, bool *former, struct error *err)
{
    char *embed = ledger_get(r->ledger, "identity.embed");

    *former = r->ledger_dim && former_hash(embed, r->ledger_model);
    free(embed);
    if (!*former || strcmp(r->opt->embed, "local") != 0)
        return true;
    return error_set(err, ERROR_FOREIGN, 0,
                     "this job began with what is now --embed hash: go on "
                     "with that, or --new-job and another --store");
}

static bool check_identity(struct run *r, struct error *err)
{
    struct ledger_field field[IDENTITY_FIELDS];
    struct buf texts;
    char *store = ledger_get(r->ledger, "identity.store");
    struct job_identity_was was = { .store = store };
    bool fine;

    buf_init(&texts);
    fine = job_recall_phrasing(r, err);
    job_recall_learned(r);
    fine = fine && job_check_former(r, &was.hash, err);
    job_identity(r, &was, &texts, field);
    fine = fine && ledger_identity(r->ledger, field, IDENTITY_FIELDS, err);
    buf_release(&texts);
    free(store);
    if (fine && was.hash)
        notices_add(r->notices, "the embedder local was another one when this "
                               "job began: it goes on with that, --embed hash");
    if (fine && r->opt->dim && r->ledger_dim && r->ledger_dim != r->opt->dim)
        return error_set(err, ERROR_FOREIGN, 0,
                         "the checkpoint is for --dim %zu, now it is %llu; "
                         "--new-job starts afresh",
                         r->ledger_dim, (unsigned long long)r->opt->dim);
    return fine;
}

/* Forget what was chosen for the earlier settings: the table's words must be of
 * the present model. */
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

/* Is it the same job? If nothing was sent, it becomes this one. */
static bool check_job(struct run *r, enum ledger_state *state, bool *changed,
                      struct error *err)
{
    if (check_identity(r, err) && corpus_known_check(r, changed, err))
        return true;
    if (err->kind != ERROR_FOREIGN || unsent_of(r->ledger_path) == UNSENT_NOT)
        return false;
    if (!job_begin_anew(r, err))
        return false;
    *state = LEDGER_NEW;
    *changed = false;
    return check_identity(r, err) && corpus_known_check(r, changed, err);
}

/* Earlier failures show in the log from the start, the newest last. */
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
    struct ledger_view *v = ledger_view_open(r->ledger_path, err);
    bool fine = v && ledger_view_failures(v, preload_row, r, err);

    ledger_view_close(v);
    return fine;
}

/* Count from the start what earlier runs brought to an end. */
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

/* Begin a new job with what an export calls done. */
static bool job_import(struct run *r, enum ledger_state state,
                       struct error *err)
{
    if (state != LEDGER_NEW)
        return error_set(err, ERROR_CONFIG, 0,
                         "--import is for a new job; \"%s\" has a "
                         "checkpoint already (--new-job puts it aside)",
                         r->job);
    return ledger_import(r->ledger, r->opt->import, err);
}

bool job_load(struct run *r, enum ledger_state *at, struct error *err)
{
    bool changed = false, by_ids, fine = check_job(r, at, &changed, err);
    enum ledger_state state = *at;

    if (!fine || (*r->opt->import && !job_import(r, state, err)))
        return false;
    /* An export, too, may call done what this store does not have. */
    if ((state != LEDGER_NEW || *r->opt->import) && !store_check_early(r, err))
        return false;
    by_ids = changed || *r->opt->import;
    if (by_ids && !ledger_use_ids(r->ledger, err))
        return false;
    if (!corpus_known_start(r, by_ids, err) || !job_keep_options(r, err))
        return false;
    if (r->opt->accept_store &&
        (!store_check_accept(r, err) || !ledger_commit(r->ledger, err)))
        return false;
    if (!by_ids && !ledger_use_frontier(r->ledger, err))
        return false;
    return open_counts(r, state, err);
}
