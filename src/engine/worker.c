/*
 * The steps that embedding and storing share: a worker waits for a batch while
 * its endpoint takes requests, sets money aside for each request, and hands a
 * document over as failed or deferred.
 */
#include "config.h"
#include "engine/worker.h"

#include <stdio.h>
#include <stdlib.h>

#include "flow/dispatch.h"
#include "engine/recorder.h"
#include "sys/clock.h"
#include "util/str.h"

enum { LOOK_MS = 250, PURSE_MS = 50 };

void worker_set_state(struct worker *w, enum worker_state state,
                      int64_t wait_ms, const char *reason)
{
    meter_state(w->meter, state, wait_ms, reason, clock_us());
}

/* Take no batch while the endpoint would not take a request: another worker's
 * may. True when there was a wait. */
static bool wait_for_endpoint(struct worker *w)
{
    enum gate_why why;
    int64_t wait = gate_closed_ms(w->endpoint->gate, clock_ms(), &why);

    if (wait <= 0)
        return false;
    worker_set_state(w, WORKER_BACKOFF, wait, gate_word(why));
    control_sleep(w->stage->run->control, wait < LOOK_MS ? wait : LOOK_MS);
    return true;
}

struct batch *worker_next(struct worker *w, struct queue *q)
{
    struct control *control = w->stage->run->control;
    struct batch *b;

    for (;;) {
        if (control_stopping(control))
            return NULL;
        if (w->index >= counted(&w->stage->wanted_workers)) {
            worker_set_state(w, WORKER_OFF, 0, "");
            control_sleep(control, LOOK_MS);
            continue;
        }
        if (control_held(control, w->stage->id)) {
            worker_set_state(w, WORKER_PAUSED, 0, "");
            if (!control_go(control, w->stage->id))
                return NULL;
        }
        if (wait_for_endpoint(w))
            continue;
        worker_set_state(w, WORKER_IDLE, 0, "");
        switch (queue_pop(q, &b, LOOK_MS)) {
        case QUEUE_OK:
            if (control_held(control, w->stage->id) &&
                queue_push_front(q, b) == QUEUE_OK)
                break; /* it began while we waited: the batch stays */
            return b;
        case QUEUE_CLOSED:
            return NULL;
        case QUEUE_TIMEOUT:
            break;
        }
    }
}

static void hold_for_budget(struct run *r, double usd)
{
    char reason[160], spent[32], budget[32], next[32];

    snprintf(reason, sizeof reason,
             PURSE_EMPTY ": about %s of %s USD, and the next request "
             "costs about %s",
             str_usd(spent, sizeof spent, purse_spent(&r->purse)),
             str_usd(budget, sizeof budget, r->opt->budget),
             str_usd(next, sizeof next, usd));
    if (control_hold(r->control, HOLD_EMBED, reason,
                     r->attended ? "stop, or start again with a larger --budget"
                                 : "start again with a larger --budget"))
        notices_add(r->notices, "embed holds: %s", reason);
}

bool worker_reserve_cost(struct worker *w, double tokens)
{
    struct run *r = w->stage->run;
    double usd = tokens * r->usd_per_mtok / 1e6;

    if (usd <= 0 || w->aside_usd > 0)
        return true;
    switch (purse_take(&r->purse, usd)) {
    case PURSE_OPEN:
        w->aside_usd = usd;
        return true;
    case PURSE_WAIT:
        worker_set_state(w, WORKER_LIMITED, 0, "budget");
        control_sleep(r->control, PURSE_MS);
        break;
    case PURSE_SPENT:
        hold_for_budget(r, usd);
        break;
    }
    return false;
}

void worker_settle_cost(struct worker *w)
{
    if (w->aside_usd > 0)
        purse_give_back(&w->stage->run->purse, w->aside_usd);
    w->aside_usd = 0;
}

void worker_note_sent(struct worker *w, struct batch *b, size_t i,
                      size_t *again)
{
    uint8_t sent = w->stage->id == STAGE_EMBED ? DOC_EMBED_SENT
                                                 : DOC_UPSERT_SENT;

    *again += (b->docs[i].flags & sent) != 0;
    b->docs[i].flags |= sent;
}

void worker_count_retry(struct worker *w, size_t again)
{
    count(&w->stage->run->tally.retries, again > 0);
    count(&w->stage->run->tally.resent, again);
}

bool worker_scratch(struct worker *w, size_t bytes)
{
    void *grown;

    if (bytes <= w->scratch_cap)
        return true;
    grown = realloc(w->scratch, bytes);
    if (!grown)
        return false;
    w->scratch = grown;
    w->scratch_cap = bytes;
    return true;
}

void worker_item(const struct batch *b, size_t i, struct upsert_item *item)
{
    const struct doc *d = &b->docs[i];

    item->id = batch_text(b, d->id);
    item->id_number = d->flags & DOC_ID_NUMBER;
    item->text = batch_text(b, d->text);
    item->text_escaped = d->flags & DOC_TEXT_ESCAPED;
    item->metadata = batch_text(b, d->metadata);
    item->vector = NULL;
    item->stored = false;
}

void worker_fail_for(struct worker *w, const char *stage, struct batch *b,
                     size_t i, const struct error *err)
{
    struct doc *d = &b->docs[i];
    struct failure f = failure_of(d, stage, err);

    f.id = batch_text(b, d->id);
    f.tries++;
    recorder_failure(w->stage->run->recorder, d, &f);
    d->fate = DOC_FAILED;
    b->open--;
}

void worker_fail(struct worker *w, struct batch *b, size_t i,
                 const struct error *err)
{
    worker_fail_for(w, w->stage->name, b, i, err);
}

bool worker_defer(struct worker *w, struct batch *b, size_t i,
                  const float *vector, const struct error *err,
                  int64_t delay_ms, unsigned flags)
{
    unsigned counts = flags & DEFER_COUNTS ? 1 : 0;
    struct run *r = w->stage->run;
    struct doc *d = &b->docs[i];
    struct redo_item *item = redo_item_new(b, d, vector, b->dim);
    struct failure f = failure_of(d, w->stage->name, err);

    if (!item)
        return false;
    f.id = batch_text(b, d->id);
    f.tries += counts;
    item->doc.tries = (uint16_t)f.tries;
    if (flags & DEFER_ALONE)
        item->doc.flags |= DOC_ALONE;
    if (!redo_add(r->redo, item, clock_ms() + delay_ms, false)) {
        redo_item_free(item);
        return false;
    }
    if (delay_ms > 0)
        failure_log_deferred(r->failures, &f);
    d->fate = DOC_DEFERRED;
    b->open--;
    return true;
}
