/* This file takes the counts of open failures from the ledger: at the end of
 * the work, and at the end of a run that stops in the middle of a retry. */
#include "config.h"
#include "engine/recorder/failure_recount.h"

enum { KINDS_MAX = 256 };

static bool failure_recount_cause(void *arg, const struct failure *f)
{
    struct run *r = arg;

    failure_log_preload_cause(r->failures, f);
    return true;
}

/* The ledger cannot tell causes apart, so each failure is read. */
static bool failure_recount_causes(struct run *r, struct error *err)
{
    struct ledger_view *v = ledger_view_open(r->ledger_path, err);
    bool fine;

    failure_log_forget_causes(r->failures);
    fine = v && ledger_view_failures(v, failure_recount_cause, r, err);
    ledger_view_close(v);
    return fine;
}

/* The open failures as of the last commit, by the account of their records. */
static bool failure_recount_rows(struct run *r,
                                 uint64_t owed[COUNT_ACCOUNTS],
                                 struct error *err)
{
    struct ledger_kind kinds[KINDS_MAX];
    struct ledger_view *v = ledger_view_open(r->ledger_path, err);
    size_t n = 0;
    bool fine = v && ledger_view_kinds(v, kinds, KINDS_MAX, &n, err);

    ledger_view_close(v);
    if (fine)
        failure_log_forget(r->failures);
    for (size_t i = 0; fine && i < n; i++) {
        owed[kinds[i].cause.rejected ? COUNT_REJECTED : COUNT_FAILED] +=
            kinds[i].count;
        failure_log_preload(r->failures, &kinds[i].cause, kinds[i].count);
    }
    if (fine && !failure_log_causes_agree(r->failures))
        fine = failure_recount_causes(r, err);
    return fine;
}

bool failure_recount(struct run *r, struct error *err)
{
    uint64_t owed[COUNT_ACCOUNTS] = { 0 };

    return failure_recount_rows(r, owed, err);
}

static void failure_recount_return(struct run *r, enum record_account to,
                                   uint64_t owed)
{
    struct record_balance now = record_counts_balance(r->counts);
    uint64_t n = owed > now.at[to] ? owed - now.at[to] : 0;

    if (n <= now.at[COUNT_IN_FLIGHT])
        record_counts_move(r->counts, COUNT_IN_FLIGHT, to, n);
}

bool failure_recount_owed(struct run *r)
{
    uint64_t owed[COUNT_ACCOUNTS] = { 0 };
    struct error ignored;

    if (!atomic_load(&r->retried) ||
        record_counts_balance(r->counts).at[COUNT_IN_FLIGHT] == 0 ||
        !failure_recount_rows(r, owed, &ignored))
        return false;
    failure_recount_return(r, COUNT_FAILED, owed[COUNT_FAILED]);
    failure_recount_return(r, COUNT_REJECTED, owed[COUNT_REJECTED]);
    return true;
}
