/*
 * Rows are collected until a batch is full, then one commit of the recorder
 * makes the ledger current, and each row is checked once more before it is sent
 * or given up.
 */
#include "config.h"
#include "engine/retry_claim.h"

enum { COMMIT_WAIT_MS = 10000 };

void retry_claim_release(struct retry_claim *o)
{
    buf_release(&o->ids);
}

bool retry_claim_add(struct retry_claim *o, enum claim_wish wish,
                     const struct fault_record *x, size_t doc)
{
    struct claim_row *row = &o->row[o->count];

    if (!x->no_id && !inflight_enter_one(o->run->inflight, x->doc.id_hash)) {
        o->busy++;
        return false;
    }
    *row = (struct claim_row){ .wish = wish, .doc = doc,
                              .id_at = o->ids.len, .x = *x };
    buf_put(&o->ids, x->id.ptr, x->id.len);
    o->count++;
    return true;
}

static void claim_leave_id(struct retry_claim *o, const struct claim_row *row)
{
    if (!row->x.no_id)
        run_leave_id(o->run, row->x.doc.id_hash);
}

void retry_claim_take_back(struct retry_claim *o)
{
    claim_leave_id(o, &o->row[--o->count]);
}

/* It is under way again, or given up: not owed as it was. */
static void claim_forgive(struct retry_claim *o, const struct ledger_kind *was)
{
    bool rejected = was->fault == LEDGER_REJECTED;

    record_counts_move(o->run->counts, rejected ? COUNT_REJECTED : COUNT_FAILED,
                       COUNT_IN_FLIGHT, 1);
    failure_log_healed(o->run->failures, was->stage, was->kind, was->code,
                       rejected, 1);
    o->forgiven++;
}

static void claim_drop_row(struct retry_claim *o, struct claim_row *row,
                           struct batch *b)
{
    if (row->wish == CLAIM_SEND) {
        b->docs[row->doc].fate = DOC_SUPERSEDED;
        b->open--;
    }
    claim_leave_id(o, row);
}

static void claim_grant_row(struct retry_claim *o, struct claim_row *row)
{
    struct run *r = o->run;

    row->x.id.ptr = o->ids.data ? o->ids.data + row->id_at : "";
    switch (row->wish) {
    case CLAIM_SEND:
        failure_log_mark(r->failures, row->x.doc.source, row->x.doc.pos,
                         FAILURE_RETRIED);
        break;
    case CLAIM_FAIL:
        recorder_failure(r->recorder, &row->x);
        break;
    case CLAIM_SKIP:
        recorder_skip(r->recorder, &row->x);
        break;
    }
}

static bool claim_settle_row(struct retry_claim *o, struct claim_row *row,
                             struct batch *b, struct error *err)
{
    struct ledger_kind now;

    if (!ledger_view_owed(o->view, row->x.doc.source, row->x.doc.pos, &now,
                          err)) {
        claim_drop_row(o, row, b);
        return false;
    }
    if (now.count == 0) {
        o->busy++;
        claim_drop_row(o, row, b);
        return true;
    }
    claim_forgive(o, &now);
    claim_grant_row(o, row);
    return true;
}

static bool claim_wait_commit(struct retry_claim *o, struct error *err)
{
    if (o->ids.failed)
        return error_set(err, ERROR_MEMORY, 0, "there is no memory for it");
    return recorder_flush(o->run->recorder, COMMIT_WAIT_MS) ||
           error_set(err, ERROR_LOCAL, 0,
                     "the checkpoint cannot be written now");
}

bool retry_claim_settle(struct retry_claim *o, struct batch *b,
                        struct error *err)
{
    bool fine = o->count == 0 || claim_wait_commit(o, err);

    for (size_t i = 0; i < o->count; i++)
        if (!fine)
            claim_drop_row(o, &o->row[i], b);
        else
            fine = claim_settle_row(o, &o->row[i], b, err);
    o->count = 0;
    o->ids.failed = false;
    buf_clear(&o->ids);
    return fine;
}
