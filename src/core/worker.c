#include "config.h"
#include "core/worker.h"

#include <stdlib.h>

#include "core/recorder.h"
#include "sys/clock.h"

enum { LOOK_MS = 250 };

struct batch *worker_next(struct worker *w, struct queue *q)
{
    struct control *control = w->desk->run->control;
    struct batch *b;

    for (;;) {
        if (control_stopping(control))
            return NULL;
        if (w->index >= counted(&w->desk->wanted)) {
            meter_state(w->meter, WORKER_OFF, 0, "");
            control_sleep(control, LOOK_MS);
            continue;
        }
        if (control_held(control, w->desk->stage)) {
            meter_state(w->meter, WORKER_PAUSED, 0, "");
            if (!control_go(control, w->desk->stage))
                return NULL;
        }
        meter_state(w->meter, WORKER_IDLE, 0, "");
        switch (queue_pop(q, &b, LOOK_MS)) {
        case QUEUE_OK:
            return b;
        case QUEUE_CLOSED:
            return NULL;
        case QUEUE_TIMEOUT:
            break;
        }
    }
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

static struct fault_record fault_of(const struct worker *w,
                                    const struct batch *b,
                                    const struct doc *d,
                                    const struct error *err)
{
    struct fault_record f = { .doc = *d,
                              .id = batch_text(b, d->id),
                              .fault = LEDGER_FAILED,
                              .stage = w->desk->name,
                              .why = *err };

    f.doc.tries++;
    return f;
}

void worker_fail(struct worker *w, struct batch *b, size_t i,
                 const struct error *err)
{
    struct doc *d = &b->docs[i];
    struct fault_record f = fault_of(w, b, d, err);

    recorder_failure(w->desk->run->recorder, &f);
    d->fate = DOC_FAILED;
    b->open--;
}

bool worker_defer(struct worker *w, struct batch *b, size_t i,
                  const float *vector, const struct error *err,
                  int64_t delay_ms)
{
    struct run *r = w->desk->run;
    struct doc *d = &b->docs[i];
    struct redo_item *item = redo_item_new(b, d, vector, b->dim);
    bool counts = err->kind != ERROR_LIMITED; /* to slow down is no try */
    struct fault x = { .stage = w->desk->name, .kind = err->kind,
                       .code = err->code, .tries = d->tries + counts,
                       .id = batch_text(b, d->id), .message = err->text,
                       .source = d->source, .pos = d->pos,
                       .offset = d->offset };

    if (!item)
        return false;
    item->doc.tries += counts;
    if (!redo_add(r->redo, item, clock_ms() + delay_ms, false)) {
        redo_item_free(item);
        return false;
    }
    faults_deferred(r->faults, &x);
    d->fate = DOC_DEFERRED;
    b->open--;
    return true;
}
