/*
 * One more instance of the store checks each document against the store's known
 * rules. It never sends anything, so all workers can share it.
 */
#include "config.h"
#include "engine/job/judge.h"

bool judge_open(struct run *r, const struct store *first, struct error *err)
{
    struct store *judge;

    if (!first->ops->takes)
        return true;
    judge = first->ops->open(&r->store_config, err);
    if (judge && first->ops->learn)
        first->ops->learn(judge, first);
    r->judge = judge;
    return judge != NULL;
}

void judge_close(struct run *r)
{
    if (r->judge)
        r->judge->ops->close((struct store *)(uintptr_t)r->judge);
    r->judge = NULL;
}

void judge_batch(struct worker *w, struct batch *b)
{
    struct run *r = w->stage->run;
    const struct store *judge = r->judge;
    struct upsert_item item;

    for (size_t i = 0; judge && i < b->count; i++) {
        if (b->docs[i].fate != DOC_OPEN)
            continue;
        worker_item(b, i, &item);
        if (!judge->ops->takes(judge, &item, &w->room))
            worker_fail_for(w, r->upsert.name, b, i, &item.why);
    }
    buf_clear(&w->room);
    buf_trim(&w->room, KEEP_BYTES);
}
