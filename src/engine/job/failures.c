/*
 * Failures are read through a view of the ledger of its own, so that the
 * recorder's transaction is neither seen nor disturbed.
 */
#include "config.h"
#include "engine/job/failures.h"

#include <stdio.h>

enum { KINDS_MAX = 256 };

struct ledger_view *failures_view(struct run *r, struct error *err)
{
    char path[sizeof r->dir + 96];

    snprintf(path, sizeof path, "%s/%s.ledger", r->dir, r->job);
    return ledger_view_open(path, err);
}

bool failures_recount(struct run *r, struct error *err)
{
    struct ledger_kind kinds[KINDS_MAX];
    struct ledger_view *v = failures_view(r, err);
    size_t n = 0;
    bool fine;

    if (!v)
        return false;
    fine = ledger_view_kinds(v, kinds, KINDS_MAX, &n, err);
    ledger_view_close(v);
    if (!fine)
        return false;
    failure_log_forget(r->failures);
    for (size_t i = 0; i < n; i++)
        failure_log_preload(r->failures, &kinds[i].cause, kinds[i].count);
    return true;
}
