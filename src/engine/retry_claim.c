/* This file collects rows until a batch is full; then one commit of the
 * recorder makes the ledger current, and we check each row once more before we
 * send it or give it up. */
#include "config.h"
#include "engine/retry_claim.h"

static bool claim_fail(struct retry_claim *c, const struct error *err)
{
    if (!c->failed)
        c->err = *err;
    c->failed = true;
    return false;
}

void retry_claim_open(struct retry_claim *c, struct run *r)
{
    struct error err;

    *c = (struct retry_claim){ .run = r };
    recorder_flush(r->recorder, RECORDER_FLUSH_MS);
    c->view = ledger_view_open(r->ledger_path, &err);
    if (!c->view)
        claim_fail(c, &err);
}

void retry_claim_each(struct retry_claim *c,
                      bool (*each)(void *arg, const struct failure *f),
                      void *arg)
{
    struct error err;

    if (c->view && !ledger_view_failures(c->view, each, arg, &err))
        claim_fail(c, &err);
}

void retry_claim_close(struct retry_claim *c)
{
    ledger_view_close(c->view);
    buf_release(&c->texts);
}

bool retry_claim_add(struct retry_claim *c, enum claim_purpose purpose,
                     const struct doc *d, const struct failure *f, size_t at)
{
    struct claim_row *row = &c->row[c->count];

    if (!(d->flags & DOC_UNTRACKED) &&
        !inflight_enter_one(c->run->inflight, d->id_hash)) {
        c->busy++;
        return false;
    }
    *row = (struct claim_row){ .purpose = purpose, .at = at, .doc = *d,
                               .failure = *f };
    row->id_at = c->texts.len;
    buf_put(&c->texts, f->id.ptr, f->id.len);
    row->message_at = c->texts.len;
    buf_put(&c->texts, f->message, strlen(f->message) + 1);
    c->count++;
    return true;
}

static void claim_leave_id(struct retry_claim *c, const struct claim_row *row)
{
    if (!(row->doc.flags & DOC_UNTRACKED))
        run_leave_id(c->run, row->doc.id_hash);
}

void retry_claim_take_back(struct retry_claim *c)
{
    claim_leave_id(c, &c->row[--c->count]);
}

static void claim_drop_row(struct retry_claim *c, struct claim_row *row,
                           struct batch *b)
{
    if (row->purpose == CLAIM_SEND) {
        b->docs[row->at].fate = DOC_SUPERSEDED;
        b->open--;
    }
    claim_leave_id(c, row);
}

/* It is in flight again, or given up: it leaves the failed count. */
static void claim_grant_row(struct retry_claim *c, struct claim_row *row,
                            const struct failure_cause *was, uint64_t hash)
{
    struct run *r = c->run;

    record_counts_move(r->counts, was->rejected ? COUNT_REJECTED : COUNT_FAILED,
                       COUNT_IN_FLIGHT, 1);
    failure_log_healed(r->failures, was, hash, 1);
    c->granted++;
    atomic_store(&r->retried, true);
    row->failure.id.ptr = c->texts.data + row->id_at;
    row->failure.message = c->texts.data + row->message_at;
    switch (row->purpose) {
    case CLAIM_SEND:
        failure_log_mark(r->failures, row->doc.source, row->doc.pos,
                         FAILURE_RETRIED);
        break;
    case CLAIM_FAIL:
        recorder_failure(r->recorder, &row->doc, &row->failure);
        break;
    case CLAIM_SKIP:
        recorder_skip(r->recorder, &row->doc, &row->failure);
        break;
    }
}

static bool claim_settle_row(struct retry_claim *c, struct claim_row *row,
                             struct batch *b, struct error *err)
{
    struct failure_cause now;
    uint64_t hash = 0;
    bool is_open = false, fine;

    fine = ledger_view_is_open(c->view, row->doc.source, row->doc.pos, &is_open,
                             &now, &hash, err);
    if (is_open) {
        claim_grant_row(c, row, &now, hash);
    } else {
        c->busy += fine;
        claim_drop_row(c, row, b);
    }
    return fine;
}

static bool claim_wait_commit(struct retry_claim *c, struct error *err)
{
    if (c->texts.failed)
        return error_set(err, ERROR_MEMORY, 0, "there is no memory for it");
    return recorder_flush(c->run->recorder, RECORDER_FLUSH_MS) ||
           error_set(err, ERROR_LOCAL, 0,
                     "the checkpoint cannot be written now");
}

bool retry_claim_settle(struct retry_claim *c, struct batch *b)
{
    struct error err;
    bool fine = c->count == 0 || claim_wait_commit(c, &err);

    for (size_t i = 0; i < c->count; i++)
        if (!fine)
            claim_drop_row(c, &c->row[i], b);
        else
            fine = claim_settle_row(c, &c->row[i], b, &err);
    c->count = 0;
    c->texts.failed = false;
    buf_clear(&c->texts);
    return fine || claim_fail(c, &err);
}
